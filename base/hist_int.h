/* Inside the histogram: what hist.c and hist_pack.c share. */
#pragma once

#include "base/hist.h"

#define HIST_INDEX_MAX 2017 /* of the magnitude 2^63 */

/* Are the values themselves kept, as indexes? */
static inline bool hist_is_few(const struct hist *h)
{
	return h->n <= HIST_FEW;
}

/* Counts @more values in a bucket that hist_cover() has made room for. */
static inline void hist_count(struct hist *h, int32_t index, uint32_t more)
{
	uint32_t *b = &h->bucket[index - h->first];

	*b = more > UINT32_MAX - *b ? UINT32_MAX : *b + more;
}

/* Extends the span of buckets to include [lo, hi]; h->bucket is NULL if there are
 * none yet. */
void hist_extend(struct hist *h, int32_t lo, int32_t hi);

/* The same, if it does not include that. */
static inline void hist_cover(struct hist *h, int32_t lo, int32_t hi)
{
	if (!h->bucket || lo < h->first || hi >= h->first + (int32_t)h->room)
		hist_extend(h, lo, hi);
}

/* The indexes of a histogram of few values, ascending. */
void hist_sort_few(const struct hist *h, int16_t out[static HIST_FEW]);
