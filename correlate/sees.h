/* Which ways of the path a point's capture sees, and whether all traffic that
 * way passes it.
 *
 * reads:  session flow     writes: nothing
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "correlate/watch.h"
#include "store/store.h"

/* For a point, by way of the path (0 out, 1 back): bit @way, it has packets
 * that way; bit 2 + @way, some sessions' packets that way bypass it. */
static inline bool sees_way(uint8_t sees, int way)
{
	return sees >> way & 1;
}

static inline bool sees_part(uint8_t sees, int way)
{
	return sees >> (2 + way) & 1;
}

#define SHARE_MOST 16 /* packets of a session that count, at most */

struct amount {
	uint64_t packets, bytes; /* of payload */
};

struct share {         /* what a point has of sessions that pass it one way */
	uint64_t some; /* sessions of which it has some */
	uint64_t none[SHARE_MOST + 1]; /* sessions of which it has none, by
				        * packets that passed */
	uint64_t passed, missed;       /* packets of @some; those of them not
				        * here */
	uint64_t large, thin; /* of @some, those with SHARE_MOST packets or
			       * more, and those of these of which it lacks
			       * much */
	uint64_t lacked;      /* share lacked of each of @large, in
			       * thousandths */
};

/* Adds a session of which the point has @here this way, and of which a point
 * before it and one after it both have @around or more. */
void share_add(struct share *s, const struct amount *here,
	       const struct amount *around);
/* Do whole sessions bypass the point, or packets of each? */
bool share_is_part(const struct share *s);

struct pair_share { /* two points that both have only a part, one way */
	uint64_t both, either; /* sessions of which they have packets */
};

/* Are the two on separate routes, so that nothing passes both? */
bool share_is_apart(const struct pair_share *s);

/* @w: by point.  @sees: by path position - 1, n_points, zeroed.
 * @apart: n_points^2, zeroed, by (before, behind) in path order; bit way: what
 * passes one does not pass the other. */
void sees_learn(struct store *s, const struct watch *w, size_t n_points,
		uint8_t *sees, uint8_t *apart);
