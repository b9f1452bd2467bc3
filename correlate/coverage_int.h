/* Shared by the files that give bytes of far records to near ones: coverage.c does,
 * coverage_pairs.c says which fit, coverage_twice.c what came twice.
 *
 * reads, writes: struct cover
 */
#pragma once

#include "correlate/hop.h"

struct range {
	uint64_t at; /* near number of the first byte */
	int64_t time_ns;
	uint32_t len;
	uint32_t idx;
	uint32_t found; /* bytes given so far */
	uint32_t chain; /* its newest share + 1; 0: none */
	uint32_t shares;
	bool stamped; /* TCP's time stamps */
	/* of a near one, once it was asked for: hop_pace_at() */
	bool asked, paced;
	int64_t pace, dev;
};

struct edge {
	double cost;
	uint32_t far, near; /* places in the arrays of ranges */
};

struct share {              /* bytes given */
	uint32_t near, far; /* places in the arrays of ranges */
	uint64_t at;
	uint32_t len;
	uint32_t near_next, far_next; /* older pieces of the same + 1 */
};

struct cover {
	struct hop *h;
	struct VEC(struct range) near, far;
	struct VEC(struct edge) edge;
	struct VEC(struct share) share;
	uint32_t longest; /* near record */
};

/* Fills c->edge with the pairs of near and far ranges that share bytes and fit; c->near
 * rises by number.  Return: false if there are too many. */
bool coverage_pairs(struct cover *c);
/* Marks near records with LINK_DUP whose bytes came again in a far record that has shares
 * of others. */
void coverage_twice(const struct cover *c);
