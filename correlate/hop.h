/* One hop of one session in one direction: which record at the far point is
 * the one at the near point.
 *
 * reads:  struct strand (near and far)     writes: links, in memory
 *
 * link_sweep() walks both strands in lock step; copies_match() places what it
 * left over, by content and time; coverage_match() places TCP data that was cut
 * or merged on the way.  Then every record is linked, or known to have nothing
 * at the other end; what that means is for correlate/proof.c and decide.c.
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
#define HOP_F_MOST (1ll << 61)   /* ns: clocks 73 years apart */
#define HOP_DEV_MOST (1ll << 56) /* ns: two years */

enum link_bit {                 /* of near_is and far_is */
		LINKED = 1,     /* all of it has a counterpart */
		LINK_RESEG = 2, /* in records cut differently */
		LINK_PART = 4,  /* some bytes have one: see piece */
		LINK_TIED = 8,  /* one of several copies, not told apart */
		LINK_DUP =
			16, /* near: seen more than once; far: the second of them */
		LINK_LATE = 32, /* overtaken on the way */
		LINK_PASSED =
			64, /* near: a later point has it; far: a point before the
			   * near one has it */
		LINK_AWAY = 128, /* not of this hop: it goes by another */
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
	bool answered;       /* each near datagram was: all passed */
	bool relay;          /* only byte ranges mean anything across it */
	bool told;           /* delta is by the SYNs of both */
	bool numbered;       /* delta and ack_delta are known */
	uint32_t delta;      /* far raw - near raw, newest */
	uint32_t ack_delta;  /* the same of ack numbers */
	uint32_t ts_delta;   /* far TSval - near TSval */
	bool use_ts, use_id; /* TSval, IP ID survive the hop and tell copies */
	bool new_ids;        /* IP IDs that move are written anew on the hop */
	bool blank;          /* of both nothing is known: no pair was found */
	int64_t tick;        /* resolution of both points' stamps, ns */
	/* F: first from the clocks, then the running typical value */
	bool paced;
	int64_t pace, dev;     /* typical F and its mean deviation, ns */
	/* least F of what was linked, and the one above it; INT64_MAX: none */
	int64_t floor, floor_next;
	int64_t f_low, f_high; /* F of a packet without delay, bounds from the
				* clocks; INT64_MIN, INT64_MAX: not known */
	bool paced_by_packets; /* pace is of packets, not what clocks promise */
	int64_t max_transit;
	/* owned; hop_release() */
	uint32_t *far_of, *near_of;
	uint8_t *near_is, *far_is;
	struct VEC(struct piece) piece;    /* by near, off; of LINK_PART only */
	struct VEC(struct hop_delta) edit; /* rising from; [0] is the start */
	bool near_ran; /* the near capture ran until near_until */
	int64_t near_until;
	/* what the lock step walks over is looked at for these; NULL: not */
	struct recopy *near_copies, *far_copies;
	bool unsure; /* delta or ack_delta is not known: nothing can
			      * be linked, and nothing be called missing */
};

/* Sizes the arrays for the two strands; all unlinked. */
void hop_init(struct hop *h, struct strand *near, struct strand *far, bool tcp);
void hop_release(struct hop *h);

/* delta that holds for near raw @seq */
uint32_t hop_delta_at(const struct hop *h, uint32_t seq);
/* Far raw @seq as a near raw number. */
uint32_t hop_to_near(const struct hop *h, uint32_t seq);
/* Typical F around near record @i, and how far others are from it.
 * Return: false where nothing is known. */
bool hop_pace_at(const struct hop *h, uint32_t i, int64_t *pace, int64_t *dev);
/* F that no packet is faster than, as far as what was linked tells, else the
 * clocks; @pace: what is typical, where neither does. */
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
/* Where nothing shows what survives the hop: do IP ID and another field both
 * say that these are two packets?  Few devices write both anew. */
bool hop_belied(const struct hop *h, const struct record *x,
		const struct record *y);
/* Does its IP ID tell a packet from its copies?  Linux' SYN,ACKs and RSTs all have
 * 0. */
static inline bool hop_id_tells(const struct record *r)
{
	return r->ip_id != 0;
}
void hop_link(struct hop *h, uint32_t i, uint32_t j);
void hop_unlink(struct hop *h, uint32_t i);

/* Are @x (near) and @y (far) the same packet, by all header fields that
 * survive the hop?  Time is not looked at. */
bool hop_same(const struct hop *h, const struct record *x,
	      const struct record *y);
/* The same of TCP for the many that agree in everything that may count: false
 * where it takes hop_same() to tell. */
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
 * the ack number, or not; a cut record may have lost some. */
bool hop_same_sacks(const struct hop *h, const struct record *x,
		    const struct record *y);
/* Are these the acknowledgements of two packets, whatever a device translates: as
 * many edges, and no one amount between them? */
bool record_sacks_differ(const struct record *x, const struct record *y);
/* Does the content, as far as both captured it, agree? */
bool record_content_agrees(const struct record *x, const struct record *y);

/* Over a relay: does the far side have it send what the near side's stream cannot
 * have brought?  @near_back, @far_back: the other direction, at both points;
 * needs h->numbered.  correlate/relay_edits.c */
bool relay_edits(const struct hop *h, const struct strand *near_back,
		 const struct strand *far_back);

/* Which fields survive, and the pace.  correlate/learn.c */
void hop_learn(struct hop *h);
/* Return: true where each record was linked to one, in order.  correlate/link.c */
bool link_sweep(struct hop *h);
void copies_match(struct hop *h);   /* correlate/copies.c */
void coverage_match(struct hop *h); /* correlate/coverage.c */
/* Far records that repeat a linked one: LINK_DUP.  correlate/duplicates.c */
void copies_mark_duplicates(struct hop *h);
/* All of the above, and the order of arrival (LINK_LATE). */
void hop_match(struct hop *h);
