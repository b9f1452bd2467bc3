/* What a scenario is built of: build.c makes a healthy path and adds troubles,
 * scenario.c says which family has which.
 */
#pragma once

#include "tests/sim/sessions.h"

struct build {
	struct sim *s;
	struct rng r;
	struct mix m;
	int target;         /* packets */
	int relay;          /* segment with one; 0: none */
	int dns, rtp, echo; /* shares of sessions, in percent */
	int relay_twins;    /* of relayed ones that have twins, in percent */
};

/* A healthy path with @points points; must come first. */
void build_path(struct build *b, int points);
void build_snap(struct build *b, int pct); /* of the points */
int build_inner(struct build *b);          /* a segment between two points */
void build_loss(struct build *b);
void build_bundle(struct build *b);         /* of links, one of them bad */
void build_disorder(struct build *b);       /* copies, reordering */
void build_on_hosts(struct sim *s);         /* outer points are on the hosts */
void build_offload(struct build *b);        /* of points on hosts */
void build_router_offload(struct build *b); /* of those between */
void build_nat(struct build *b);
void build_web(struct build *b); /* HTTP over the relay */
/* The clients' side of that sealed in TLS, or in @frames, or both. */
void build_seal(struct build *b, bool frames);
void build_reseq(struct build *b);      /* numbers, options, MSS */
void build_gaps(struct build *b);       /* drops of captures */
void build_inner_gaps(struct build *b); /* of those between the outer ones */
void build_windows(struct build *b);    /* late start, early stop */
void build_clocks(struct build *b);
void build_steps(struct build *b);    /* clocks that are set in mid-capture */
void build_sessions(struct build *b); /* up to target; must come last */
/* Points 1 and 2 are the ports of a router, in one file. */
void build_router(struct build *b);
/* The points beside the relay are on it, a load balancer that names peers. */
void build_trailers(struct build *b);
void build_marks(struct build *b); /* ECN and classes */
void build_moves(struct build *b); /* other routes in mid-capture */
void build_unanswered(struct build *b, int pct);
