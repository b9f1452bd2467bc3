/* One direction of one session: the points that can see it, in the order of
 * travel, and the hops between them.
 *
 * reads:  strands, watches, clocks     writes: links, in memory
 *
 * Mostly hop k leads from point k of the chain to point k + 1.  If some packets
 * bypass a point (struct leg), there is an additional hop for them, from the
 * point before it to the point after it.
 */
#pragma once

#include "base/arena.h"
#include "correlate/hop.h"
#include "correlate/recopy.h"
#include "correlate/stamps.h"
#include "correlate/sweep.h"

struct leg { /* what a hop joins: places in the chain */
	size_t a, b;
	bool takes_lost; /* packets that no hop found after `a` get their fate
			  * here */
	bool takes_new;  /* ... before b */
};

struct tx_copy {
	uint64_t tx;
	uint32_t copy;
};

struct chain { /* a session's direction */
	const struct sweep_env *env;
	struct sweep_session *s;
	int dir;
	size_t n;               /* points */
	struct arena mem;       /* holds the arrays of n or n_hops elements */
	struct strand **strand; /* by travel */
	bool *part;             /* by strand: some packets bypass it */
	size_t n_hops;          /* by a, then by b */
	struct hop *hop;
	struct leg *leg;       /* of each hop */
	struct recopy *copies; /* of each strand, built when needed */
	struct stamps *stamps; /* of each strand */
	uint32_t **tx;         /* by strand and record; owned; n > 2 only */
	struct passed {        /* seen in strand `at` and at hop k's far end,
			        * but not between them up to hop k's near end;
			        * by far record */
		uint32_t far, near;
		size_t at;
	} * *passed; /* by hop; each is owned */
	size_t *n_passed;
	/* copy numbers of retransmissions; by tx */
	struct VEC(struct tx_copy) copy;
};

/* Orders the points; n < 2: there is no hop. */
void chain_open(struct chain *c);
/* Links the records of each hop, then calls chain_join(). */
void chain_match(struct chain *c);
void chain_release(struct chain *c);
/* Fills in what is known of a hop before its records are read. (chain_hop.c) */
void chain_prepare(const struct chain *c, struct hop *h);
/* The same point's strand of the other direction. */
struct strand *chain_opposite(const struct chain *c, const struct strand *s);
/* The hop on which a packet that left strand @at and was not found is missing,
 * or n_hops. */
size_t chain_last_hop(const struct chain *c, size_t at);
/* Is hop @k unused, since everything goes by others? */
bool chain_unused(const struct chain *c, size_t k);
/* The record, at hop @k's far end, of near record @i, even if it went by points
 * in between; or LINK_NONE. */
uint32_t chain_arrival(const struct chain *c, size_t k, uint32_t i);
struct recopy *chain_copies(struct chain *c, size_t at);

/* Finds what intermediate points missed: LINK_PASSED, and `passed`. (join.c) */
void chain_join(struct chain *c);
/* Does a point after hop @k's far end have the bytes [s, e) (seq64 at the near
 * end) of near record @i, TCP data that is not linked, or only in part? */
bool chain_part_passed(const struct chain *c, size_t k, uint32_t i, uint64_t s,
		       uint64_t e);
/* Return: how many of them, from the first on, such a point has (*passed), or
 * all such points lack. */
uint32_t chain_part_run(const struct chain *c, size_t k, uint32_t i, uint64_t s,
			uint64_t e, bool *passed);

struct pick { /* some records of a strand, viewed as a strand */
	struct strand view;
	struct strand *of;
	struct VEC(uint32_t) idx;
};

/* Picks those whose bit is 0 in all of @is[0..n); free with pick_release(). */
void pick_unlinked(struct pick *p, struct strand *of, const uint8_t *const *is,
		   size_t n);
void pick_release(struct pick *p);

struct verdict {
	uint8_t fate, basis, reason;
	bool open; /* only what all sessions show decides it */
	bool bins; /* so it is unless all show that the far capture was deaf */
	bool confirmed; /* ... and no point behind has it, either */
	bool gap;       /* ... and about then the far point has none of the
			 * session's packets, of which it lacks several */
	bool at_end;    /* ... and nothing more of this direction */
	bool proven;    /* lost, if not behind a far capture that missed it */
	int64_t t_ns;   /* about when it passed where it is missing, by the
			 * clock there */
	uint8_t proof_point, proof_dir;
	uint64_t proof;
};

/* Does each datagram of @asks have its answer at the same point, so that all of
 * them must have passed every point on the way? */
bool each_answered(const struct strand *asks, const struct strand *answers);

/* Fate on hop @k of the bytes [off, off + len) of near record @i, none of which
 * the far point has.  (decide.c) */
struct verdict decide_absent(struct chain *c, size_t k, uint32_t i,
			     uint32_t off, uint32_t len);
/* Fate of far record @j, which the near point lacks.  FATE_DELIVERED: the near
 * point missed it; FATE_OUTSIDE: the near point cannot have it, so that it has
 * no fate there.  (decide_orphan.c) */
struct verdict decide_orphan(struct chain *c, size_t k, uint32_t j);

/* The last point has its record @j.  Has it an earlier copy of these bytes, which
 * was lost behind it?  (decide_place.c) */
bool decide_lost_beyond(struct chain *c, uint32_t j);

/* Gives each record of hop @k its fate, number and place in the figures;
 * hops in their order.  *next_tx: the next transmission's number.
 * correlate/emit.c */
void emit_hop(struct chain *c, size_t k, uint32_t *next_tx);
