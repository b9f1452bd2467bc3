/* The answer of a report: what comes before everything else in each format for
 * people.
 */
#pragma once

#include "report/model.h"

#define ANSWER_LINES 3

/* What holds for every report: what captures cannot prove. */
extern const char answer_limits[];

struct answer {
	bool grave; /* a finding of medium or high severity, or everything is in
		     * doubt */
	size_t n;   /* lines, at least one; the first is the main one */
	char *line[ANSWER_LINES]; /* owned; sentences */
	char *extent; /* owned; how much was captured, of which much may be
		       * of no session */
};

void answer_make(struct answer *a, const struct model *m);
void answer_release(struct answer *a);
