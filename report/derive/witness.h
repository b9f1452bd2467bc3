/* What a point sees of the hosts of a session that it lacks.
 *
 * reads:  session and flow rows    writes: struct sight
 */
#pragma once

#include "report/model.h"

#define WITNESS_SAMPLES 4

enum witnessed {
	WITNESS_NONE, /* nothing shows that such packets pass there */
	WITNESS_WAY,  /* some sessions of its subnet, or many of any host, do */
	WITNESS_NET,  /* many of its subnet do, and none is missing */
	WITNESS_HOST, /* sessions of that host do, and none is missing */
	WITNESS_SURE  /* many do, and the capture is not limited to one
		       * service */
};

struct sight {
	enum witnessed how;
	int to_pos; /* the point that lacks the session although its capture
		     * ran; 0: none */
	uint32_t sessions; /* seen at both: the host's, or else others' */
	bool mixed;        /* of the same service, too */
	uint32_t apart; /* of the same service, that lived at the near point and
			    * are not at the far one */
	size_t n_samples; /* the host's flows at the near point */
	struct {
		int64_t flow, session;
		int end; /* the host is 0 client, 1 server */
	} sample[WITNESS_SAMPLES];
};

struct witness;
struct witness *witness_new(const struct model *m);
/* To be called in the order of sessions.  @flows: the session's, in its
 * order. */
void witness_add(struct witness *w, const struct session_row *row,
		 const struct flow_row *const *flows);
void witness_free(struct witness *w); /* NULL is fine */

/* At which end of the path is @a, as seen by the point at @pos?  Return: 0 the
 * first, 1 the last, -1 not known. */
int witness_side(const struct witness *w, int pos, const struct net_addr *a);
/* Does the session's client get datagrams from the port that it asked, but from
 * another address? */
bool witness_other_answers(const struct witness *w,
			   const struct session_view *v);
/* Sessions of TCP without data, and with packets of a server's, that @client has at
 * @pos and may not have asked for: samples. */
struct sight witness_openings(const struct witness *w, int pos,
			      const struct net_end *client);
/* Does the point have sessions with packets both ways? */
bool witness_both_ways(const struct witness *w, int pos);
/* Has it none, and answered sessions of which it has the client's packets only? */
bool witness_one_way(const struct witness *w, int pos);
/* Did the capture at @pos run when the flow began, as far as clocks tell? */
bool witness_ran(const struct model *m, int pos, const struct flow_row *flow);
/* Did it begin before all that the capture at @pos has, as far as clocks tell? */
bool witness_is_early(const struct model *m, int pos,
		      const struct flow_row *flow);
/* Of the points beyond flow @i of @v towards @side (0 first, 1 last), where end
 * @end (0 client, 1 server) of the session is: which should have seen it? */
struct sight witness_judge(struct witness *w, const struct session_view *v,
			   int i, int end, int side);
