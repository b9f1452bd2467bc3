/* What a point sees of the hosts of a session that it lacks.
 *
 * reads:  session and flow rows    writes: struct sight
 */
#pragma once

#include "report/model.h"

#define WITNESS_SAMPLES 4

enum witnessed {
	WITNESS_NONE, /* nothing shows that such packets come by there */
	WITNESS_WAY,  /* some of its subnet, or many of anybody's, do */
	WITNESS_NET,  /* many of its subnet do, and all of them */
	WITNESS_HOST, /* sessions of that host do, and all of them */
	WITNESS_SURE  /* many do, and the capture is not of one service */
};

struct sight {
	enum witnessed how;
	int to_pos; /* the point that lacks the session and ran; 0: none */
	uint32_t
		sessions; /* that are at both: of the host, or else of others */
	bool mixed;       /* of the same service, too */
	size_t n_samples; /* of the host's flows at the near point */
	struct {
		int64_t flow;
		int end; /* the host's: 0 client, 1 server */
	} sample[WITNESS_SAMPLES];
};

struct witness;
struct witness *witness_new(const struct model *m);
/* @flows: of the session, in its order.  In the order of sessions. */
void witness_add(struct witness *w, const struct session_row *row,
		 const struct flow_row *const *flows);
void witness_free(struct witness *w); /* NULL is fine */

/* At which end of the path is @a, as the point at @pos has it?  Return: 0 the
 * first, 1 the last, -1: nothing says. */
int witness_side(const struct witness *w, int pos, const struct net_addr *a);
/* Do datagrams come to the session's client from the port that it asked, but from
 * another address? */
bool witness_other_answers(const struct witness *w,
			   const struct session_view *v);
/* Has the point sessions with packets both ways? */
bool witness_both_ways(const struct witness *w, int pos);
/* Has it none, and answered sessions of which it has the client's packets only? */
bool witness_one_way(const struct witness *w, int pos);
/* Did the capture at @pos run when the flow began, as far as clocks tell? */
bool witness_ran(const struct model *m, int pos, const struct flow_row *flow);
/* The points from flow @i of @v on towards @side (0 first, 1 last), where end
 * @end (0 client, 1 server) of the session is: which should have seen it? */
struct sight witness_judge(struct witness *w, const struct session_view *v,
			   int i, int end, int side);
