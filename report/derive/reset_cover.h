/* Resets of a time of which the captures nearer to the server have nothing.
 *
 * reads:  files, clocks, sessions     writes: a sentence of a draft
 */
#pragma once

#include "report/rules.h"

/* The server's reset that flow @from has at @at_ns: do the captures at all points nearer
 * to the server begin later or end before?  Return: the position of the nearest of
 * these; 0: one may cover that time, or there is none. */
int reset_uncovered(struct derive *d, const struct session_view *v, int from,
		    int64_t at_ns);
/* Says that of @n of the @of resets of a finding who sent them is not known, as nothing
 * was captured at @pos at that time.  Of all: of medium severity at most. */
void reset_tell_uncovered(struct draft *f, const struct model *m, int pos,
			  uint64_t n, uint64_t of);
