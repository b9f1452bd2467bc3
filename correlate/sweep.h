/* One session: links, presence, fates and figures of all of its hops.
 *
 * reads:  strands, watches, clocks     writes: match_writer, figures, evidence
 *
 * Hops of a direction join consecutive points able to see it, in the direction
 * of travel.  A transmission is numbered at the first point that saw it: in
 * the order of the first hop's entries (near records, and those that the first
 * point missed where they belong); what a later point saw first follows.
 */
#pragma once

#include "correlate/evidence.h"
#include "correlate/hop.h"
#include "correlate/hopfig.h"
#include "correlate/recopy.h"
#include "correlate/stamps.h"

/* What is the same for all sessions; read only.  Arrays by path position - 1. */
struct sweep_env {
	size_t n_points;
	const struct watch *watch;
	const struct clock_row *const *clock; /* NULL where there is none */
	const uint8_t *sees; /* correlate/sees.h */
	int64_t max_transit_ns;
};

struct sweep_session {
	const struct session_row *row;
	struct strand *strand; /* [row->n_flows][2]: by flow, direction */
	uint32_t mss[2];       /* largest payload of a segment, by direction;
				 * 0: not known */
	const uint8_t *loss;   /* is absence alone loss, by (from, to):
				* evidence_answer() */
	/* out: */
	struct match_writer *out;
	struct figures fig;   /* way[0] c2s, way[1] s2c; owned by the caller */
	uint64_t open;        /* fates that follow from @loss */
	struct evidence *say; /* gets what this session shows; NULL: no */
};

/* Is the sweep of use: does the session have a hop at all? */
void sweep_session(const struct sweep_env *env, struct sweep_session *s);

/* --- between sweep.c, join.c and decide.c --- */
struct chain { /* a session's direction */
	const struct sweep_env *env;
	struct sweep_session *s;
	int dir;
	size_t n;               /* points */
	struct strand **strand; /* by travel; owned array */
	struct hop *hop;        /* n - 1; owned */
	struct recopy *copies;  /* of each strand, built when needed; owned */
	struct stamps *stamps;  /* of each strand; owned */
	uint32_t **tx;          /* by strand and record; owned; n > 2 only */
	struct passed {         /* in the strand at, not in those behind it
				 * to k, in hop k's far; by far */
		uint32_t far, near;
		size_t at;
	} * *passed; /* by hop; owned */
	size_t *n_passed;
};

/* Finds what points in the middle missed: LINK_PASSED, and `passed`.
 * correlate/join.c */
void chain_join(struct chain *c);

struct verdict {
	uint8_t fate, basis, reason;
	bool open; /* only what all sessions show decides it */
	uint8_t proof_point, proof_dir;
	uint64_t proof;
};

/* Does each datagram of @asks have its answer, at the same point, so that all of
 * them must have passed every point on the way? */
bool each_answered(const struct strand *asks, const struct strand *answers);

/* Fate on hop @k of the bytes [off, off + len) of near record @i, of which the
 * far point has none. */
struct verdict decide_absent(struct chain *c, size_t k, uint32_t i,
			     uint32_t off, uint32_t len);
/* Of far record @j, which the near point has not.  FATE_DELIVERED: the near
 * point missed it; FATE_OUTSIDE: the near point cannot have it, so that it has
 * no fate there. */
struct verdict decide_orphan(struct chain *c, size_t k, uint32_t j);
struct recopy *chain_copies(struct chain *c, size_t at);
