/* What report, sessions and packets share: open a case, pick a format, run one
 * function of the renderer on the model.
 */
#pragma once

#include "cli/steps.h"

typedef int render_fn(const struct model *m, const struct render_options *o,
		      FILE *out, struct err *err);

struct view {
	const char *usage;  /* "tracepair report CASE" */
	const char *format; /* default on entry */
	const char *out_path;
	struct render_options options;
	struct option_list fail_on;
	const char *by;                                  /* report only */
	const char *fates;                               /* packets only */
	int (*prepare)(struct view *v, struct err *err); /* or NULL */
	render_fn *(*pick)(const struct renderer *r);
};

/* Runs the view with @rows (targets in *v).  Return: exit code, or -1. */
int view_run(struct view *v, int argc, char **argv,
	     const struct option_row *rows, size_t n, struct err *err);
