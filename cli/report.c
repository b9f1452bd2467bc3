/* tracepair report CASE
 */
#include "cli/commands.h"
#include "cli/view.h"

static render_fn *pick(const struct renderer *r)
{
	return r->report;
}

int command_report(int argc, char **argv, struct err *err)
{
	struct view v = { .usage = "tracepair report CASE",
			  .format = "text",
			  .pick = pick };
	const struct option_row rows[] = {
		{ "format", 0, OPTION_TEXT, "FORMAT",
		  "text (default), json or html", &v.format },
		{ "output", 'o', OPTION_TEXT, "FILE", "write here",
		  &v.out_path },
		{ "fail-on", 0, OPTION_LIST, "CONDITION",
		  "exit 1 if a finding's name, loss>P%, rtt>T, severity>=LEVEL",
		  &v.fail_on },
	};

	return view_run(&v, argc, argv, rows, sizeof rows / sizeof *rows, err);
}
