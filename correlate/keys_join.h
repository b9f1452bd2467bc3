/* Joining two points on one kind of key.
 *
 * reads:  keys of flows     writes: pairs, votes for the coarse clock
 */
#pragma once

#include "correlate/coarse.h"
#include "correlate/keys.h"

struct side_set { /* flows of a point that take part */
	const struct point *p;
	const uint32_t *flow;
	size_t n;
};

struct pair_list { /* left flow << 32 | right flow */
	struct VEC(uint64_t) pair;
};

struct vote_list {
	struct VEC(struct vote) strong; /* of values seen once at each point */
	struct VEC(struct vote) weak;   /* of values seen a few times */
};

struct key_join {
	const struct coarse *coarse;
	/* For KEY_SERVER, the right key for a left one; NULL: itself. */
	uint64_t (*map)(void *ctx, uint64_t key);
	void *map_ctx;
	/* Is the pair not worth a candidate?  NULL: all are. */
	bool (*drop)(const void *ctx, const struct flow *l,
		     const struct flow *r);
	const void *drop_ctx;
};

/* Adds the pairs that share a key of @kind to @out, and to @votes (NULL: not
 * wanted) what their times say of the clock.  Values that many flows have are
 * narrowed to neighbours in time where the clock is known, else left out. */
void keys_join(const struct side_set *left, const struct side_set *right,
	       enum key_kind kind, const struct key_join *how,
	       struct pair_list *out, struct vote_list *votes);
