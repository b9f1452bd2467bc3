/* tracepair exchanges CASE
 */
#include "cli/commands.h"
#include "cli/view.h"

static render_fn *pick(const struct renderer *r)
{
	return r->exchanges;
}

int command_exchanges(int argc, char **argv, struct err *err)
{
	struct view v = { .usage = "tracepair exchanges CASE",
			  .format = "text",
			  .pick = pick };
	const struct option_row rows[] = {
		{ "session", 0, OPTION_ID, "N", "of one session only",
		  &v.options.session },
		{ "format", 0, OPTION_TEXT, "FORMAT",
		  "text (default) or ndjson", &v.format },
		{ "output", 'o', OPTION_TEXT, "FILE", "write here",
		  &v.out_path },
	};

	return view_run(&v, argc, argv, rows, sizeof rows / sizeof *rows, err);
}
