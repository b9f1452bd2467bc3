/* How long clients wait before their requests, of their own accord.
 *
 * reads:  exchange     writes: struct thinks
 */
#pragma once

#include "base/hist.h"
#include "report/model.h"

struct thinks {
	struct hist all; /* one for each request; owned */
	/* A few are far longer than the others and make up most of their time:
	 * an average is neither's. */
	bool few;
	uint64_t slow;             /* so many, */
	int64_t slow_ns;           /* together, */
	int64_t least_ns, most_ns; /* each of them */
	int64_t others_ns;         /* median of the others */
};

/* Of the @n sessions @id.  To be released. */
void thinks_load(struct thinks *t, const struct model *m, const int64_t *id,
		 size_t n);
void thinks_release(struct thinks *t);
