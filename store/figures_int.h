/* The counters of figures as an array: for figures.c and figures_merge.c. */
#pragma once

#include <stddef.h>

#include "store/match.h"

/* The counters of a way, in the order of the format: they lie so. */
#define COUNTS (sizeof(struct counts) / sizeof(uint64_t))
#define CHANGES 8
#define COUNTERS (3 * COUNTS + KINDS * FATES + 3 + CHANGES)
_Static_assert(offsetof(struct hop_way, bytes) == 0, "the first one");
_Static_assert(offsetof(struct hop_way, changed) +
			       sizeof(((struct hop_way *)0)->changed) ==
		       COUNTERS * sizeof(uint64_t),
	       "all of them, without a gap");

static inline const uint64_t *counters_of(const struct hop_way *w)
{
	return (const void *)w;
}

static inline uint64_t *counters_to(struct hop_way *w)
{
	return (void *)w;
}
