/* Random sessions for a scenario: who talks to whom, what, and how it looks
 * in each zone of the path.
 */
#pragma once

#include "tests/sim/sim.h"

struct mix {                           /* what a family's sessions are like */
	int v6_pct, ts_pct, right_pct; /* right: opened from the far end */
	int bulk_pct, both_pct, idle_pct, rst_end_pct, zero_window_pct;
	uint32_t max_bytes;      /* of a bulk transfer */
	int style;               /* of contents; -1: any */
	int clients, servers;    /* hosts on each side */
	int id_mode;             /* enum ipid_mode; -1: any */
	int64_t spread;          /* starts in [0,spread) */
	uint16_t mss;            /* 0: any usual one */
	int header_pct;          /* of relayed ones: PROXY protocol */
	int connect_pct;         /* else: the client asks for it */
	bool spoof;              /* relayed ones keep both hosts' ends */
	int ecn_pct, steady_pct; /* steady: turns without end, all the time */
	bool plain_turns;        /* one after another, none longer than what may
			       * be sent at once */
};

struct session *session_tcp(struct sim *s, struct rng *r, const struct mix *m);
/* @what: S_DNS, S_RTP or S_ECHO. */
struct session *session_dgram(struct sim *s, struct rng *r, const struct mix *m,
			      enum session_what what);
/* A session over a relay in segment @seg: the client's side, and .other. */
struct session *session_relayed(struct sim *s, struct rng *r,
				const struct mix *m, int seg);
/* Another one with the same turns and bytes as @old, over the same relay. */
struct session *session_relayed_twin(struct sim *s, struct rng *r,
				     const struct mix *m,
				     const struct session *old, int64_t start);
/* A session that asks over HTTP, over the relay @w in segment @seg; of one that does
 * not share connections, with the one that it continues as. */
struct session *session_web(struct sim *s, struct rng *r, const struct mix *m,
			    int seg, struct web *w);
/* A connection of such a relay to its server, for @own alone (NULL: for all). */
struct session *session_web_back(struct sim *s, struct rng *r,
				 const struct mix *m, int seg, struct web *w,
				 struct session *own);
/* The answers of @e come from another address of the server. */
struct session *session_reply_as(struct sim *s, struct rng *r,
				 struct session *e);
/* The same addresses and ports again at @start, as another incarnation. */
struct session *session_again(struct sim *s, struct rng *r, const struct mix *m,
			      const struct session *old, int64_t start);
/* Same turns, lengths and bytes as @old, from another port (@same_host) or
 * another client. */
struct session *session_twin(struct sim *s, struct rng *r, const struct mix *m,
			     const struct session *old, int64_t start);
/* About how many packets it will make. */
int session_weight(const struct session *e);
