/* tracepair packets CASE
 */
#include <string.h>

#include "cli/commands.h"
#include "cli/view.h"
#include "store/match.h"

static render_fn *pick(const struct renderer *r)
{
	return r->packets;
}

/* "lost,unseen" to bits.  Return: 0 or -1. */
static int parse_fates(const char *text, unsigned *out, struct err *err)
{
	while (*text) {
		size_t len = strcspn(text, ",");
		int f;

		for (f = 0; f < FATES; f++) {
			const char *name = fate_name((enum fate)f);

			if (strlen(name) == len &&
			    strncmp(name, text, len) == 0)
				break;
		}
		if (f == FATES)
			return err_set(err, ERR_USAGE,
				       "--fate %.*s: no such fate; take "
				       "delivered, lost, unseen, outside, "
				       "undecided, injected",
				       (int)len, text);
		*out |= 1u << f;
		text += len + (text[len] ? 1 : 0);
	}
	return 0;
}

static int prepare(struct view *v, struct err *err)
{
	return v->fates ? parse_fates(v->fates, &v->options.fates, err) : 0;
}

int command_packets(int argc, char **argv, struct err *err)
{
	struct view v = { .usage = "tracepair packets CASE",
			  .format = "text",
			  .pick = pick,
			  .prepare = prepare };
	const struct option_row rows[] = {
		{ "session", 0, OPTION_ID, "N", "of one session only",
		  &v.options.session },
		{ "fate", 0, OPTION_TEXT, "FATE,...",
		  "only these: lost, unseen, undecided ...", &v.fates },
		{ "format", 0, OPTION_TEXT, "FORMAT",
		  "text (default) or ndjson", &v.format },
		{ "output", 'o', OPTION_TEXT, "FILE", "write here",
		  &v.out_path },
	};

	return view_run(&v, argc, argv, rows, sizeof rows / sizeof *rows, err);
}
