/* Two points: candidates on their way to links.
 *
 * reads:  struct point      writes: struct link, struct rival
 */
#pragma once

#include "correlate/keys_join.h"
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
	uint8_t *rests; /* by pair: what its score rests on; owned */
	double threshold;
};

/* What candidates weighed before habits were learnt. */
struct weighed {
	uint64_t *pair; /* rising; owned by the holder, as are the others */
	uint8_t *rests; /* by pair */
	struct edge *edge;
	size_t n_pairs, n_edges;
	struct habits_sum sum; /* as it was then */
};

#define SETTLED_OVER 20.0 /* bits above the threshold: to be sure at once */

#define MATCH_FETCH 16 /* candidates whose memory is asked for at once */
/* Asks for the flows of @n candidates, MATCH_FETCH at most, and for their
 * samples.
 * @weights: and for what these weigh, as most will be the same. */
void match_fetch(const struct match *w, const uint64_t *pair, size_t n,
		 bool weights);

/* Candidates, each once, that are sure pairs become links. */
void match_settle(struct match *w);
/* Candidates, each once, rising, into edges.  @was: NULL: none were before. */
void match_weigh(struct match *w, const struct weighed *was);
/* Edges without a rival on either side, and with bits to spare, teach habits.
 * Return: how many. */
size_t match_learn(struct match *w);
/* What @s says of the two flows. */
struct link match_link_of(const struct match *w, uint32_t l, uint32_t r,
			  const struct score *s, double margin);
/* Edges into links and rivals. */
void match_decide(struct match *w);
