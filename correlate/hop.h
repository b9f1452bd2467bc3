/* One hop of one session in one direction: which record at the far point is
 * the one at the near point.
 *
 * reads:  struct strand (near and far)     writes: links, in memory
 *
 * link_sweep() walks both strands in lock step; copies_match() places what that
 * left over, by content and time; coverage_match() places TCP data that was
 * split or merged on the way.  Then every record is linked, or known to have no
 * counterpart; correlate/proof.c and decide.c say what that means.
 *
 * Numbers: "near raw" is the 32-bit TCP sequence number as the near point has
 * it; far raw = near raw + delta, modulo 2^32, where delta may change at an
 * edit of the payload on the way (struct hop_delta).  F is a far stamp minus
 * the near stamp of the same packet: delay plus difference of clocks.  F, pace,
 * dev, tick and max_transit are so bounded that sums of some do not overflow.
 */
#pragma once

#include "base/mem.h"
#include "base/time.h"
#include "correlate/strand.h"

struct recopy;

#define LINK_NONE UINT32_MAX
#define LINK_NEAR 12 /* records around the walk at which it goes on first */
#define HOP_F_MOST (1ll << 61)   /* ns: clocks 73 years apart */
#define HOP_DEV_MOST (1ll << 56) /* ns: two years */

enum link_bit {                 /* of near_is and far_is */
		LINKED = 1,     /* all of it has a counterpart */
		LINK_RESEG = 2, /* in records cut differently */
		LINK_PART = 4,  /* some bytes have one: see `piece` */
		LINK_TIED = 8,  /* one of several copies, not told apart */
		LINK_DUP = 16,  /* near: arrived more than once; far: the second
			     * sight */
		LINK_LATE = 32, /* overtaken on the way */
		LINK_PASSED =
			64, /* near: a later point has it; far: a point before
			     * the near one has it */
		LINK_AWAY = 128, /* not on this hop: it takes another */
};

struct piece { /* bytes of a near record found in a far record */
	uint32_t near, far;
	uint32_t off, len; /* within the near record's payload */
};

struct hop_delta {
	uint32_t from; /* near raw: valid from here on */
	uint32_t delta;
};

struct hop {
	struct strand *near, *far; /* not owned */
	bool tcp;
	bool answered;       /* each near datagram was answered: all passed */
	bool relay;          /* a relay: only byte ranges correspond across
			      * it */
	bool told;           /* delta is known from both SYNs */
	bool numbered;       /* delta and ack_delta are known */
	uint32_t delta;      /* far raw - near raw, newest */
	uint32_t ack_delta;  /* the same of ack numbers */
	uint32_t ts_delta;   /* far TSval - near TSval */
	bool use_ts, use_id; /* TSval or IP ID survive the hop and distinguish
			      * copies */
	bool use_sack; /* selective acknowledgements survive the hop; known
			      * once some were compared */
	bool new_ids;  /* varying IP IDs are rewritten on the hop */
	bool blank;    /* nothing is known about either: no pair was
			      * found */
	int64_t tick;  /* resolution of both points' stamps, ns */
	/* F: first from the clocks, then a running typical value */
	bool paced;
	int64_t pace, dev; /* typical F and its mean deviation, ns */
	/* least F of what was linked, and the one above it; INT64_MAX: none */
	int64_t floor, floor_next;
	int64_t f_low, f_high; /* F of a packet without delay, bounds from the
				* clocks; INT64_MIN, INT64_MAX: not known */
	bool paced_by_packets; /* pace is from packets, not from the clocks */
	int64_t max_transit;
	/* owned; hop_release() */
	uint32_t *far_of, *near_of;
	uint8_t *near_is, *far_is;
	struct VEC(struct piece) piece;    /* by near, off; of LINK_PART only */
	struct VEC(struct hop_delta) edit; /* rising from; [0] is the start */
	bool near_ran; /* the near capture ran until near_until */
	int64_t near_until;
	/* filled while the lock step walks; NULL: not wanted */
	struct recopy *near_copies, *far_copies;
	bool unsure; /* delta or ack_delta is not known, so nothing can be linked;
		      * or too many records share bytes: nothing can be
		      * called missing */
};

/* Sizes the arrays for the two strands; all unlinked. */
void hop_init(struct hop *h, struct strand *near, struct strand *far, bool tcp);
void hop_release(struct hop *h);

/* delta that holds for near raw @seq */
uint32_t hop_delta_at(const struct hop *h, uint32_t seq);
/* Converts far raw @seq to a near raw number. */
uint32_t hop_to_near(const struct hop *h, uint32_t seq);
/* Typical F around near record @i, and the deviation of others. Return: false
 * if nothing is known. */
bool hop_pace_at(const struct hop *h, uint32_t i, int64_t *pace, int64_t *dev);
/* The least F that a packet can have, from linked packets, else from the
 * clocks; @pace: the typical F, used if neither tells. */
static inline int64_t hop_floor(const struct hop *h, int64_t pace)
{
	int64_t floor = h->floor != INT64_MAX   ? h->floor
			: h->f_low != INT64_MIN ? h->f_low
						: pace;

	return pace < floor ? pace : floor;
}
static inline int64_t hop_f_bounded(int64_t f)
{
	return f > HOP_F_MOST ? HOP_F_MOST : f < -HOP_F_MOST ? -HOP_F_MOST : f;
}
/* F, were @y (far) the packet @x (near). */
static inline int64_t hop_f(const struct record *x, const struct record *y)
{
	return hop_f_bounded(time_sub(y->time_ns, x->time_ns));
}
static inline int64_t hop_dev_bounded(int64_t dev)
{
	return dev < HOP_DEV_MOST ? dev : HOP_DEV_MOST;
}
/* Do the clocks allow this F at all? */
bool hop_may_take(const struct hop *h, int64_t f);
/* Was what came at far stamp @far_ns most likely sent after the near capture's end? */
bool hop_near_ended(const struct hop *h, int64_t far_ns);
/* May the second of two equal records at the far point, @gap_ns later, have been
 * made by the network?  Another copy comes a round trip later. */
bool hop_twice(const struct hop *h, int64_t gap_ns);
/* If nothing shows what survives the hop: do IP ID and another field both say
 * that these are two packets?  Few devices rewrite both. */
bool hop_belied(const struct hop *h, const struct record *x,
		const struct record *y);
/* Does the IP ID distinguish a packet from its copies?  Linux's SYN,ACKs and
 * RSTs all have 0. */
static inline bool hop_id_tells(const struct record *r)
{
	return r->ip_id != 0;
}
void hop_link(struct hop *h, uint32_t i, uint32_t j);
void hop_unlink(struct hop *h, uint32_t i);

/* Are @x (near) and @y (far) the same packet, by all header fields that survive
 * the hop?  Time is not considered. */
bool hop_same(const struct hop *h, const struct record *x,
	      const struct record *y);
/* A fast check for TCP, for the many that agree in everything relevant: if
 * false, hop_same() decides. */
static inline bool hop_same_at_once(const struct hop *h, const struct record *x,
				    const struct record *y)
{
	uint32_t seq = (uint32_t)y->seq64 - (uint32_t)x->seq64;
	uint32_t ack = (uint32_t)y->ack64 - (uint32_t)x->ack64;

	return h->tcp && seq == h->delta && x->pay_len == y->pay_len &&
	       x->tcp_flags == y->tcp_flags && x->ip_id == y->ip_id &&
	       (ack == h->ack_delta || !(x->tcp_flags & REC_ACK)) &&
	       !(x->n_sack | y->n_sack) &&
	       (!h->use_ts || !(x->opts & y->opts & REC_OPT_TS) ||
		y->tsval - x->tsval == h->ts_delta);
}
/* Do the selective acknowledgements agree?  Edges may have been translated with
 * the ack number, or not; a cut record may lack some. */
bool hop_same_sacks(const struct hop *h, const struct record *x,
		    const struct record *y);
/* Are these acknowledgements of two different packets, whatever a device
 * translates: edges without a constant difference, or another number of them, where
 * that survives the hop? */
bool hop_sacks_differ(const struct hop *h, const struct record *x,
		      const struct record *y);
/* Does the content agree, as far as both captured it? */
bool record_content_agrees(const struct record *x, const struct record *y);

/* Across a relay: did the relay send something on the far side that the near
 * side's stream cannot have brought?  @near_back, @far_back: the other
 * direction, at both points.  Requires h->numbered.  (relay_edits.c) */
bool relay_edits(const struct hop *h, const struct strand *near_back,
		 const struct strand *far_back);

/* Learns which fields survive, and the pace.  (learn.c) */
void hop_learn(struct hop *h);
/* Return: true if every record was linked to one, in order.  (link.c) */
bool link_sweep(struct hop *h);
/* Do packets take another time from about here, records @i and @j, on?  Sets h->pace;
 * a pair within LINK_NEAR records agrees then.  (link_moved.c) */
bool link_moved(struct hop *h, uint32_t i, uint32_t j);
void copies_match(struct hop *h);   /* correlate/copies.c */
void coverage_match(struct hop *h); /* correlate/coverage.c */
/* Does left-over far record @j repeat a linked one?  (duplicates.c) */
bool copies_repeat(const struct hop *h, uint32_t j);
/* Are far @j and @k, behind it, data that came twice within so short a time that no
 * host sends it again?  (duplicates.c) */
bool copies_twice(const struct hop *h, uint32_t j, uint32_t k);
/* Marks far records that repeat a linked one: LINK_DUP.  (duplicates.c) */
void copies_mark_duplicates(struct hop *h);
/* All of the above, and the order of arrival (LINK_LATE). */
void hop_match(struct hop *h);
