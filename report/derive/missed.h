/* What a capture that misses packets may lack by chance.
 *
 * reads:  the case's figures    writes: chances
 *
 * A capture that misses packets may pause, and then has nothing of what passes: so not
 * each packet that it lacks counts, but each span of SPREAD_NS in which it lacks some.
 */
#pragma once

#include "report/model.h"

#define MISSED_CHANCE 0.001 /* less is no chance */

struct spread {     /* what a point lacks; by time, or less is counted */
	uint64_t n; /* spans */
	int64_t last_ns;
};

/* A flow that the point lacks. */
void spread_add(struct spread *s, const struct flow_row *f);
/* The share of what passed there that the capture at @pos misses. */
double missed_share(const struct model *m, int pos);
/* How probable is it that the capture at @pos lacks all that by missing it? */
double missed_by_chance(const struct model *m, int pos, const struct spread *s);
