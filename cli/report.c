/* tracepair report CASE
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/view.h"

static render_fn *pick(const struct renderer *r)
{
	return r->report;
}

static int prepare(struct view *v, struct err *err)
{
	if (!v->by)
		return 0;
	if (strcmp(v->by, "server") == 0)
		v->options.by = GROUP_SERVER;
	else if (strcmp(v->by, "client") == 0)
		v->options.by = GROUP_CLIENT;
	else if (strcmp(v->by, "command") == 0)
		v->options.by = GROUP_COMMAND;
	else
		return err_set(err, ERR_USAGE,
			       "--by %s: take server, client or command",
			       v->by);
	if (strcmp(v->format, "text") != 0)
		return err_set(err, ERR_USAGE,
			       "--by is for the text format; the JSON report "
			       "has all tables under 'time'");
	return 0;
}

int command_report(int argc, char **argv, struct err *err)
{
	struct view v = { .usage = "tracepair report CASE",
			  .format = "text",
			  .pick = pick,
			  .prepare = prepare };
	const struct option_row rows[] = {
		{ "format", 0, OPTION_TEXT, "FORMAT",
		  "text (default), json or html", &v.format },
		{ "output", 'o', OPTION_TEXT, "FILE", "write here",
		  &v.out_path },
		{ "by", 0, OPTION_TEXT, "WHAT",
		  "only the table by server, client or command", &v.by },
		{ "fail-on", 0, OPTION_LIST, "CONDITION",
		  "exit 1 on FINDING, loss>P%, rtt>T, severity>=LEVEL",
		  &v.fail_on },
	};

	return view_run(&v, argc, argv, rows, sizeof rows / sizeof *rows, err);
}
