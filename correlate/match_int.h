/* Two points: candidates on their way to links.
 *
 * reads:  struct point      writes: struct link, struct rival
 */
#pragma once

#include "correlate/keys.h"
#include "correlate/sets.h"

struct edge {
	uint32_t l, r;
	float bits;
	int32_t margin; /* of a chosen one; -1: not chosen */
	bool swap;      /* of score */
	bool relayed;   /* of score: in MATCH_ANY a witness only */
	bool sure_relay;
};

struct match {
	struct pair_case *c;
	enum match_pass pass;
	struct score_model m;
	struct VEC(uint32_t) left, right; /* flows not settled */
	struct pair_list pairs;
	struct vote_list votes;
	struct VEC(struct edge) edge;
	double threshold;
};
/* Joins the two flows, as @s says. */
void match_link(struct match *w, uint32_t l, uint32_t r, const struct score *s,
		double margin);
/* Edges into links and rivals. */
void match_decide(struct match *w);
