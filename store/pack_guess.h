/* Inside of packed runs: what packing (store/pack.c) and unpacking
 * (store/unpack.c) predict a record from.
 *
 * Invariant: guess_next() is the only thing that changes predictions and is
 * shared by both ways, so that they cannot drift apart.
 */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/zigzag.h"
#include "store/pack.h"

#define CHUNK 64      /* bits of a bitmap */
#define SPARSE_FROM 4 /* records, below which a bitmap never pays */
#define LINK_HEADER 14
#define BASE_TIME_MAX (1ll << 62) /* ns: room for steps */

enum col {
	COL_TIME,
	COL_FRAME,
	COL_PAY,
	COL_ACK,
	COL_TSVAL,
	COL_TSECR,
	COL_FLAGS,
	COL_IPID,
	COL_WINDOW,
	COL_MARKS,
	COL_SEQ,
	COL_HDR,
	COL_OPTS,
	COL_WIRE,
	COL_TTL,
	COL_CSUM,
	COL_CAP,
	COL_TOS,
	COL_NSACK,
	COL_ICMP,
	COLS
};

#define COL(k) (1u << COL_##k)
#define COLS_OF_SETS                                                           \
	(COL(FLAGS) | COL(MARKS) | COL(OPTS) | COL(CSUM) | COL(TOS) |          \
	 COL(NSACK) | COL(ICMP))
#define COLS_RARE                                                              \
	(COL(OPTS) | COL(HDR) | COL(TTL) | COL(TOS) | COL(ICMP) | COL(NSACK))

static const int64_t pack_units[] = { 1, 100, 1000, 1000000, 1000000000 };
#define UNITS (sizeof pack_units / sizeof pack_units[0])

/* What the next record is predicted from. */
struct guess {
	int64_t tick; /* time in units */
	uint64_t frame, seq, ack;
	uint32_t tsval, tsecr, pay, link, snap, frag_id;
	uint16_t window, ip_id, hdr, flags;
	uint16_t window_next; /* after the first record; 0: the same */
	bool ip_id_still;     /* the last two were the same */
	uint8_t ttl, tos, opts, icmp;
	struct { /* marks and checksum depend on whether there is */
		uint16_t marks; /* payload and whether it was cut */
		uint8_t csum;
	} kind[4];
	uint8_t n_sack;
	uint32_t sack[4][2];
};

static inline unsigned kind_of(const struct record *r)
{
	return (r->pay_len ? 1u : 0) | (r->cap_len < r->wire_len ? 2u : 0);
}

static inline int64_t in_unit(int64_t ns, unsigned u)
{
	switch (u) { /* constants, so that no division is left */
	case 0:
		return ns;
	case 1:
		return ns / 100;
	case 2:
		return ns / 1000;
	case 3:
		return ns / 1000000;
	default:
		return ns / 1000000000;
	}
}

/* Return: the largest unit up to @most that @ns is whole in. */
static inline unsigned unit_within(int64_t ns, unsigned most)
{
	while (most && in_unit(ns, most) * pack_units[most] != ns)
		most--;
	return most;
}

static inline void guess_shape(struct guess *g, const struct pack_shape *s)
{
	g->flags = s->flags;
	g->hdr = s->hdr;
	g->window = s->window;
	g->window_next = s->window_next;
	g->opts = s->opts;
	g->ttl = s->ttl;
	g->snap = s->snap;
	for (unsigned k = 0; k < 4; k++)
		g->kind[k].marks = s->marks[k];
}

static inline void guess_init(struct guess *g, const struct pack_base *base,
			      unsigned unit)
{
	memset(g, 0, sizeof *g);
	g->tick = in_unit(base->time_ns, unit);
	g->frame = base->frame - 1;
	g->seq = base->seq;
	g->ack = base->ack;
	g->tsval = base->tsval;
	g->tsecr = base->tsecr;
	g->link = LINK_HEADER;
	g->snap = UINT32_MAX;
	g->ip_id_still = true;
	g->hdr = 52;
	g->opts = REC_OPT_TS;
	g->ttl = 64;
	for (unsigned k = 0; k < 4; k++) {
		g->kind[k].marks = REC_DF;
		if (k & 1)
			g->kind[k].marks |= REC_HEAD;
		if (k == 1)
			g->kind[k].marks |= REC_FULL | REC_SUM;
		if (k & 2)
			g->kind[k].marks |= REC_CUT;
		g->kind[k].csum = k & 2 ? REC_CSUM_UNKNOWN : REC_CSUM_GOOD;
	}
	g->flags = REC_ACK;
	if (base->shape.hdr)
		guess_shape(g, &base->shape);
}

/* Sets of the other kinds take over what is the same for a whole flow. */
static inline void guess_family(struct guess *g, const struct record *r)
{
	for (unsigned k = 0; k < 4; k++) {
		g->kind[k].marks &= (uint16_t) ~(REC_DF | REC_V6);
		g->kind[k].marks |= r->marks & (REC_DF | REC_V6);
	}
}

static inline uint32_t guess_wire(const struct guess *g, const struct record *r)
{
	return g->link + r->hdr_len + r->pay_len;
}

static inline uint32_t guess_cap(const struct guess *g, const struct record *r)
{
	return r->wire_len < g->snap ? r->wire_len : g->snap;
}

static inline uint64_t guess_ack(const struct guess *g, const struct record *r)
{
	return r->tcp_flags & REC_ACK ? g->ack : 0;
}

static inline uint16_t guess_ip_id(const struct guess *g)
{
	return (uint16_t)(g->ip_id + (g->ip_id_still ? 0 : 1));
}

static inline uint8_t guess_n_sack(const struct guess *g,
				   const struct record *r)
{
	if (!(r->opts & REC_OPT_SACK))
		return 0;
	return g->n_sack ? g->n_sack : 1;
}

/* A SYN has no time stamp to echo. */
static inline uint32_t guess_tsecr(const struct guess *g,
				   const struct record *r)
{
	if (!(r->opts & REC_OPT_TS) ||
	    (r->tcp_flags & (REC_SYN | REC_ACK)) == REC_SYN)
		return 0;
	return g->tsecr;
}

static inline void guess_options(struct guess *g, const struct record *r)
{
	if (r->opts & REC_OPT_TS) {
		g->tsval = r->tsval;
		if (r->tsecr)
			g->tsecr = r->tsecr;
	}
	if (r->n_sack) {
		g->n_sack = r->n_sack;
		memcpy(g->sack, r->sack, sizeof g->sack);
	}
	g->opts = r->opts;
}

/* After a SYN come segments without its options. */
static inline void guess_after_syn(struct guess *g, const struct record *r)
{
	g->opts = r->opts & REC_OPT_TS;
	g->hdr = (uint16_t)((r->marks & REC_V6 ? 60 : 40) + (g->opts ? 12 : 0));
	if (g->window_next)
		g->window = g->window_next;
}

/* Takes the record in, of kind @k: the one place where predictions change. */
static inline void guess_next_of(struct guess *g, const struct record *r,
				 int64_t tick, unsigned k)
{
	g->tick = tick;
	g->frame = r->frame;
	g->seq = r->seq64 + (r->tcp_flags ? rec_seq_len(r) : 1);
	if (r->tcp_flags & REC_ACK)
		g->ack = r->ack64;
	g->pay = r->pay_len;
	g->hdr = r->hdr_len;
	g->link = r->wire_len - r->hdr_len - r->pay_len;
	if (r->cap_len < r->wire_len)
		g->snap = r->cap_len;
	g->window = r->window;
	g->ip_id_still = g->ip_id == r->ip_id;
	g->ip_id = r->ip_id;
	g->ttl = r->ttl;
	g->tos = r->tos;
	g->icmp = r->icmp_type;
	g->kind[k].marks = r->marks;
	g->kind[k].csum = r->csum;
	g->flags = r->tcp_flags ? REC_ACK : 0;
	if (r->marks & REC_FRAG)
		g->frag_id = r->frag_id;
	guess_options(g, r);
	if (r->tcp_flags & REC_SYN)
		guess_after_syn(g, r);
}

static inline void guess_next(struct guess *g, const struct record *r,
			      int64_t tick)
{
	guess_next_of(g, r, tick, kind_of(r));
}

struct columns {
	uint64_t at[COLS][CHUNK];
};
