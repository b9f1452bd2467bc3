/* One session: links, presence, fates and figures of all of its hops.
 *
 * reads:  strands, watches, clocks     writes: match_writer, figures, evidence
 *
 * Hops of a direction join consecutive points able to see it, in the direction
 * of travel.  A transmission is numbered at the first point that saw it: in the
 * order of the first hop's entries (near records, and those that the first
 * point missed, where they belong); what a later point saw first comes after
 * these.
 */
#pragma once

#include "base/arena.h"
#include "correlate/guesses.h"
#include "correlate/hopfig.h"
#include "correlate/strand.h"
#include "correlate/timing.h"

/* What is the same for all sessions; read only.  Arrays by path position -
 * 1. */
struct sweep_env {
	size_t n_points;
	const struct watch *watch;
	const struct clock_row *const *clock; /* NULL where there is none */
	const struct timing *timing; /* converts strands to steady time; NULL:
				      * not needed */
	const uint8_t *sees, *apart; /* correlate/sees.h */
	/* what captures have of all that passed; NULL: not known yet, assumed
	 * to be all */
	const struct bins *bins;
	int64_t max_transit_ns;
};

struct sweep_session {
	const struct session_row *row;
	struct strand *strand; /* [row->n_flows][2]: by flow, direction */
	uint32_t mss[2];       /* largest payload of a segment, by direction;
				 * 0: not known */
	const uint8_t *loss;   /* is absence alone loss, by (from, to):
				* evidence_answer(): answer_bits */
	struct arena
		*room; /* [2] arenas for the chains of directions 0 and 1: empty
		        * before and after the sweep.  NULL: none */
	/* out: */
	struct match_writer *out;
	struct figures fig;   /* way[0] c2s, way[1] s2c; owned by the caller */
	struct evidence *say; /* gets what this session shows; NULL: not
			       * wanted */
	struct guesses *guesses; /* gets what depended on @loss, and would
				  * depend on bins; NULL: not wanted, as without
				  * @say */
};

#define MSS_USUAL 1460

/* Largest payload of a packet in direction @dir. */
static inline uint32_t sweep_segment(const struct sweep_session *s, int dir)
{
	if (s->row->proto != 6)
		return UINT32_MAX;
	return s->mss[dir] ? s->mss[dir] : MSS_USUAL;
}

/* Is the sweep of use: does the session have a hop at all? */
void sweep_session(const struct sweep_env *env, struct sweep_session *s);

/* Work to be done in parallel with the sweep of a long session, without using
 * its strands. */
struct sweep_aside {
	/* @trips: the session's figures, with only the round trips filled in;
	 * called by any thread */
	void (*fn)(void *ctx, const struct figures *trips);
	void *ctx;
};

/* The same for a long session, on two processors if one is spare.
 * @way: the session twice, for direction 0 and 1: each with strands, a writer
 * and evidence, if any, of its own.  Afterwards the results of both are in the
 * first.
 * Return: whether @aside (NULL: none) was called; not if round trips are
 * certain only at the end. */
bool sweep_both(const struct sweep_env *env, struct sweep_session way[2],
		const struct sweep_aside *aside);
