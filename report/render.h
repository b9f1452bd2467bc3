/* Output: a format is one struct of functions.
 *
 * reads:  struct model     writes: a stream
 */
#pragma once

#include <stdio.h>

#include "report/model.h"

struct render_options {
	bool colour;
	int columns;     /* text: line width; 0: the format's default */
	unsigned fates;  /* packets: bits of enum fate; 0: all */
	int64_t session; /* packets, sessions: only this one; 0: all */
	int by;          /* report: list only this enum group_kind; 0: all */
	int64_t limit;   /* text: rows at most; 0: the format's default */
};

struct renderer {
	const char *name;
	bool for_files; /* of no use on a terminal */
	/* Can this build use it?  NULL: yes.  Return: 0 or -1. */
	int (*ready)(struct err *err);
	/* NULL: the format does not have it.  Return: 0 or -1. */
	int (*report)(const struct model *m, const struct render_options *o,
		      FILE *out, struct err *err);
	int (*sessions)(const struct model *m, const struct render_options *o,
			FILE *out, struct err *err);
	int (*packets)(const struct model *m, const struct render_options *o,
		       FILE *out, struct err *err);
	int (*exchanges)(const struct model *m, const struct render_options *o,
			 FILE *out, struct err *err);
};

extern const struct renderer render_text, render_json, render_ndjson,
	render_html;

/* Return: NULL if there is no such format. */
const struct renderer *renderer_find(const char *name);
