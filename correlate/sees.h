/* Which ways of the path a point's capture has, and whether all of what goes
 * there comes by it.
 *
 * reads:  session flow     writes: nothing
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "correlate/watch.h"
#include "store/store.h"

/* Of a point, by way of the path (0 out, 1 back): bit @way, it has packets that
 * way; bit 2 + @way, some sessions' packets that way go round it. */
static inline bool sees_way(uint8_t sees, int way)
{
	return sees >> way & 1;
}

static inline bool sees_part(uint8_t sees, int way)
{
	return sees >> (2 + way) & 1;
}

#define SHARE_MOST 16 /* packets of a session that count */

struct amount {
	uint64_t packets, bytes; /* of payload */
};

struct share {         /* what a point has of sessions that pass it one way */
	uint64_t some; /* sessions of which it has some */
	uint64_t none[SHARE_MOST + 1]; /* none of, by packets that passed */
	uint64_t passed, missed;       /* packets of @some; of them, not here */
	uint64_t large, thin; /* of @some, with SHARE_MOST packets or more,
			       * and of these, it lacks much */
	uint64_t lacked;      /* of each of @large, in thousandths */
};

/* A session of which the point has @here this way, and a point before it and
 * one behind it both have @around or more. */
void share_add(struct share *s, const struct amount *here,
	       const struct amount *around);
/* Do whole sessions go round the point, or packets of each? */
bool share_is_part(const struct share *s);

struct pair_share { /* two points that both have a part only, one way */
	uint64_t both, either; /* sessions that they have packets of */
};

/* Are the two on routes of their own, so that nothing comes by both? */
bool share_is_apart(const struct pair_share *s);

/* @w: by point.  @sees: by path position - 1, n_points, zeroed.
 * @apart: n_points^2, zeroed, by (before, behind) in path order; bit way: what
 * goes by one does not go by the other. */
void sees_learn(struct store *s, const struct watch *w, size_t n_points,
		uint8_t *sees, uint8_t *apart);
