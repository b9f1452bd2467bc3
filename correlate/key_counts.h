/* How common values are at a point.
 *
 * reads:  struct flow       writes: point.seen, flow.seen, point.rarity
 */
#pragma once

#include "correlate/pair_int.h"

/* Counts all flows' keys in p->seen, and stores with each flow how common its
 * own are.  Once, after roles are known. */
void point_count_keys(struct point *p);

static inline uint64_t point_place(const struct point *p, uint64_t key)
{
	return key >> 7 & p->seen_mask;
}

/* In how many flows of the point a value is: never too few, up to 255. */
static inline unsigned point_seen(const struct point *p, uint64_t key)
{
	return p->seen[point_place(p, key)];
}

/* Prefetches the samples of some flows; then what weighing the first of them
 * looks up. */
void point_fetch_samples(const struct point *p, const struct flow *const *f,
			 size_t n);
void point_fetch_weights(const struct point *p, const struct flow *const *f,
			 size_t n);
