/* tracepair sessions CASE
 */
#include "cli/commands.h"
#include "cli/view.h"

static render_fn *pick(const struct renderer *r)
{
	return r->sessions;
}

int command_sessions(int argc, char **argv, struct err *err)
{
	struct view v = { .usage = "tracepair sessions CASE",
			  .format = "text",
			  .pick = pick };
	const struct option_row rows[] = {
		{ "format", 0, OPTION_TEXT, "FORMAT",
		  "text (default) or ndjson", &v.format },
		{ "output", 'o', OPTION_TEXT, "FILE", "write here",
		  &v.out_path },
		{ "session", 0, OPTION_ID, "N", "one session only",
		  &v.options.session },
	};

	return view_run(&v, argc, argv, rows, sizeof rows / sizeof *rows, err);
}
