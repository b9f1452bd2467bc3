/* Unpacking of runs: the way back of store/pack.c, which has the format.
 *
 * What: the columns of a chunk are read into arrays of deviations, then record
 * after record is restored from its prediction and its deviations, and changes
 * the next prediction.  In long transfers most records are like the one before in
 * all but some numbers: these are copies of it with the numbers put in, at a
 * third of the cost (restore_alike()).
 *
 * Invariant: of the arrays for sparse columns, all is zero between chunks: what
 * a chunk put there it takes out again, so that nothing need be cleared.
 *
 * Hostile bytes: a run's n is bounded by the directory (BLOCK_RECORDS), every
 * byte is read by a cursor; any value is a possible one, except n_sack.
 */
#include <stdbool.h>
#include <string.h>

#include "store/pack_guess.h"

/* What is the same in records that are alike. */
#define COLS_ALIKE (COLS_SELDOM | COL(PAY) | COL(FLAGS) | COL(WINDOW))
/* What hardly ever deviates. */
#define COLS_SELDOM (COLS_RARE | COL(WIRE) | COL(CAP) | COL(MARKS) | COL(CSUM))

/* Columns of a chunk; those that are as predicted share one of zeroes. */
struct deviations {
	uint32_t mask, sparse;
	uint64_t other; /* records that are surely not like the one before */
	const uint64_t *at[COLS];
	uint64_t *zero;     /* [COLS][CHUNK]: of sparse columns; not owned */
	uint64_t set[COLS]; /* of sparse columns: which are not zero */
	uint64_t dense[COLS][CHUNK]; /* of the others */
};

static const uint64_t zeroes[CHUNK];
static _Thread_local uint64_t sparse_room[COLS][CHUNK];

static void deviations_init(struct deviations *d)
{
	d->mask = d->sparse = 0;
	d->zero = sparse_room[0];
	for (unsigned k = 0; k < COLS; k++)
		d->at[k] = zeroes;
}

/* Deviations of numbers are zigzag, of sets of flags they are not. */
static inline uint64_t take_value(struct cursor *in, bool set)
{
	uint64_t v = cursor_varint_here(in);

	return set ? v : zagzig(v);
}

static inline void take_dense(struct cursor *in, uint64_t *v, size_t n,
			      bool set)
{
	struct cursor c = *in; /* in registers */

	for (size_t i = 0; i < n; i++)
		v[i] = take_value(&c, set);
	*in = c;
}

static uint64_t take_bitmap(struct cursor *in, size_t n)
{
	const uint8_t *p = cursor_take(in, (n + 7) / 8);
	uint64_t bits = 0;

	for (size_t b = 0; p && b < (n + 7) / 8; b++)
		bits |= (uint64_t)p[b] << 8 * b;
	return n < CHUNK ? bits & (((uint64_t)1 << n) - 1) : bits;
}

static inline uint64_t take_sparse(struct cursor *in, uint64_t *v, size_t n,
				   bool set)
{
	struct cursor c = *in;
	uint64_t all = take_bitmap(&c, n);

	for (uint64_t bits = all; bits; bits &= bits - 1)
		v[__builtin_ctzll(bits)] = take_value(&c, set);
	*in = c;
	return all;
}

static void take_column(struct cursor *in, struct deviations *d, unsigned k,
			size_t n)
{
	bool set = COLS_OF_SETS >> k & 1;
	uint64_t *sparse = d->zero + (size_t)k * CHUNK;

	if (d->sparse >> k & 1) {
		d->set[k] = take_sparse(in, sparse, n, set);
		d->at[k] = sparse;
		if (COLS_ALIKE >> k & 1)
			d->other |= d->set[k];
	} else {
		take_dense(in, d->dense[k], n, set);
		d->at[k] = d->dense[k];
		if (COLS_ALIKE >> k & 1)
			d->other = UINT64_MAX;
	}
}

static void take_columns(struct cursor *in, struct deviations *d, size_t n)
{
	uint64_t mask = cursor_varint(in);
	uint64_t sparse = n >= SPARSE_FROM ? cursor_varint(in) : 0;

	if (mask >> COLS || sparse & ~mask)
		in->bad = true;
	d->mask = (uint32_t)mask & (COL(ICMP) * 2 - 1);
	d->sparse = (uint32_t)sparse & d->mask;
	d->other = 0;
	for (uint32_t bits = d->mask; bits; bits &= bits - 1)
		take_column(in, d, (unsigned)__builtin_ctz(bits), n);
}

/* Makes what was sparse zero, and all as predicted. */
static void drop_columns(struct deviations *d)
{
	for (uint32_t bits = d->mask; bits; bits &= bits - 1) {
		unsigned k = (unsigned)__builtin_ctz(bits);
		uint64_t *sparse = d->zero + (size_t)k * CHUNK;

		d->at[k] = zeroes;
		if (!(d->sparse >> k & 1))
			continue;
		for (uint64_t set = d->set[k]; set; set &= set - 1)
			sparse[__builtin_ctzll(set)] = 0;
	}
}

/* Columns that hardly ever deviate. */
static void restore_rare(const struct deviations *d, size_t i,
			 const struct guess *g, struct record *r)
{
	r->opts = (uint8_t)(d->at[COL_OPTS][i] ^ g->opts);
	r->hdr_len = (uint16_t)(g->hdr + d->at[COL_HDR][i]);
	r->ttl = (uint8_t)(g->ttl + d->at[COL_TTL][i]);
	r->tos = (uint8_t)(d->at[COL_TOS][i] ^ g->tos);
	r->icmp_type = (uint8_t)(d->at[COL_ICMP][i] ^ g->icmp);
	r->n_sack = (uint8_t)(d->at[COL_NSACK][i] ^ guess_n_sack(g, r));
}

static void guess_rare(const struct guess *g, struct record *r)
{
	r->opts = g->opts;
	r->hdr_len = g->hdr;
	r->ttl = g->ttl;
	r->tos = g->tos;
	r->icmp_type = g->icmp;
	r->n_sack = guess_n_sack(g, r);
}

static inline void restore(const struct deviations *d, size_t i,
			   const struct guess *g, struct record *r)
{
	bool ts, seldom = d->mask & COLS_SELDOM;
	unsigned k;

	if (seldom)
		restore_rare(d, i, g, r);
	else
		guess_rare(g, r);
	ts = r->opts & REC_OPT_TS;
	r->frame = g->frame + 1 + d->at[COL_FRAME][i];
	r->pay_len = g->pay + (uint32_t)d->at[COL_PAY][i];
	r->tcp_flags = (uint16_t)(d->at[COL_FLAGS][i] ^ g->flags);
	r->ack64 = guess_ack(g, r) + d->at[COL_ACK][i];
	r->tsval = (ts ? g->tsval : 0) + (uint32_t)d->at[COL_TSVAL][i];
	r->tsecr = guess_tsecr(g, r) + (uint32_t)d->at[COL_TSECR][i];
	r->ip_id = (uint16_t)(guess_ip_id(g) + d->at[COL_IPID][i]);
	r->window = (uint16_t)(g->window + d->at[COL_WINDOW][i]);
	r->seq64 = g->seq + d->at[COL_SEQ][i];
	r->wire_len = guess_wire(g, r);
	if (seldom)
		r->wire_len += (uint32_t)d->at[COL_WIRE][i];
	r->cap_len = guess_cap(g, r);
	if (seldom)
		r->cap_len += (uint32_t)d->at[COL_CAP][i];
	k = kind_of(r);
	r->marks = g->kind[k].marks;
	r->csum = g->kind[k].csum;
	if (!seldom)
		return;
	r->marks ^= (uint16_t)d->at[COL_MARKS][i];
	r->csum ^= (uint8_t)d->at[COL_CSUM][i];
}

static void take_sack(struct cursor *in, const struct guess *g,
		      struct record *r)
{
	if (r->n_sack > 4) {
		in->bad = true;
		r->n_sack = 0;
	}
	for (unsigned j = 0; j < r->n_sack; j++) {
		bool old = j < g->n_sack;
		uint32_t left = old ? g->sack[j][0] : (uint32_t)r->ack64;

		r->sack[j][0] = left + zagzig32(cursor_varint(in));
		r->sack[j][1] = (old ? g->sack[j][1] : r->sack[j][0]) +
				zagzig32(cursor_varint(in));
	}
}

static inline uint16_t take_sum(struct cursor *in)
{
	uint8_t low = cursor_u8(in);

	return (uint16_t)(low | cursor_u8(in) << 8);
}

static inline void take_tail(struct cursor *in, const struct guess *g,
			     struct record *r)
{
	r->head_digest = r->marks & REC_HEAD ? cursor_le32(in) : 0;
	r->full_digest = r->marks & REC_FULL ? cursor_le32(in) : 0;
	r->pay_sum = 0;
	if (r->marks & REC_SUM)
		r->pay_sum = take_sum(in);
	r->frag_id = 0;
	r->frag_off = 0;
	if (r->marks & REC_FRAG) {
		r->frag_id = g->frag_id + zagzig32(cursor_varint(in));
		r->frag_off = (uint16_t)cursor_varint(in);
	}
	memset(r->sack, 0, sizeof r->sack);
	if (r->n_sack)
		take_sack(in, g, r);
}

/* What all records of a run have. */
struct shared {
	uint64_t unit; /* of time, ns */
	uint32_t part;
	uint8_t dir;
};

/* Is what follows @r predicted to be like it? */
static inline bool is_steady(const struct guess *g, const struct record *r)
{
	return r->tcp_flags == g->flags && !r->n_sack &&
	       !(r->opts & REC_OPT_SACK) && !(r->marks & REC_FRAG) &&
	       r->cap_len == guess_cap(g, r);
}

/* Records [i, end) of a chunk, all like the one before: what restore(),
 * take_tail() and guess_next() do, where only numbers change. */
static void restore_alike(struct guess *g, struct cursor *in,
			  const struct deviations *d, const struct shared *all,
			  struct record *out, size_t i, size_t end)
{
	const struct record *like = &out[i] - 1;
	const bool acks = like->tcp_flags & REC_ACK;
	const bool ts = like->opts & REC_OPT_TS;
	const uint32_t step = like->tcp_flags ? like->pay_len : 1;
	struct cursor c = *in;
	uint64_t tick = (uint64_t)g->tick, seq = g->seq;

	for (; i < end; i++) {
		struct record *r = &out[i];

		*r = *like;
		tick += d->at[COL_TIME][i];
		r->time_ns = (int64_t)(tick * all->unit);
		r->frame = g->frame += 1 + d->at[COL_FRAME][i];
		r->seq64 = seq + d->at[COL_SEQ][i];
		seq = r->seq64 + step;
		r->ack64 = (acks ? g->ack : 0) + d->at[COL_ACK][i];
		if (acks)
			g->ack = r->ack64;
		r->tsval = (ts ? g->tsval : 0) + (uint32_t)d->at[COL_TSVAL][i];
		r->tsecr = (ts ? g->tsecr : 0) + (uint32_t)d->at[COL_TSECR][i];
		if (ts) {
			g->tsval = r->tsval;
			g->tsecr = r->tsecr ? r->tsecr : g->tsecr;
		}
		r->ip_id = (uint16_t)(guess_ip_id(g) + d->at[COL_IPID][i]);
		g->ip_id_still = g->ip_id == r->ip_id;
		g->ip_id = r->ip_id;
		if (r->marks & REC_HEAD)
			r->head_digest = cursor_le32(&c);
		if (r->marks & REC_FULL)
			r->full_digest = cursor_le32(&c);
		if (r->marks & REC_SUM)
			r->pay_sum = take_sum(&c);
	}
	g->tick = (int64_t)tick;
	g->seq = seq;
	*in = c;
}

static inline void restore_one(struct guess *g, struct cursor *in,
			       const struct deviations *d,
			       const struct shared *all, struct record *r,
			       size_t i)
{
	uint64_t tick = (uint64_t)g->tick + d->at[COL_TIME][i];

	restore(d, i, g, r);
	r->time_ns = (int64_t)(tick * all->unit);
	r->part = all->part;
	r->dir = all->dir;
	take_tail(in, g, r);
	guess_next(g, r, (int64_t)tick);
}

/* Return: behind record @i and those after it that may be like their
 * predecessors; @i where it is not. */
static size_t stretch_end(const struct deviations *d, size_t i, size_t n)
{
	uint64_t other = d->other >> i;
	size_t end = other ? i + (size_t)__builtin_ctzll(other) : n;

	return end < n ? end : n;
}

/* @first: no record is before @out. */
static void unpack_chunk(struct guess *g, struct cursor *in,
			 struct deviations *d, const struct shared *all,
			 bool first, struct record *out, size_t n)
{
	struct cursor c;
	size_t i = 0;

	take_columns(in, d, n);
	c = *in; /* in registers */
	while (i < n) {
		size_t end = first && !i ? i : stretch_end(d, i, n);

		if (end > i && is_steady(g, &out[i] - 1)) {
			restore_alike(g, &c, d, all, out, i, end);
			i = end;
		} else {
			restore_one(g, &c, d, all, &out[i], i);
			i++;
		}
	}
	*in = c;
	drop_columns(d);
}

static const struct pack_base no_base;

int unpack_run(const uint8_t *p, size_t size, uint32_t part, uint8_t dir,
	       struct record *out, size_t n)
{
	return unpack_run_from(&no_base, p, size, part, dir, out, n);
}

int unpack_run_from(const struct pack_base *base, const uint8_t *p, size_t size,
		    uint32_t part, uint8_t dir, struct record *out, size_t n)
{
	struct cursor in = cursor_of(p, size);
	struct shared all = { .part = part, .dir = dir };
	struct deviations d NOT_ZEROED;
	struct guess g;
	unsigned unit = cursor_u8(&in);

	if (unit >= UNITS)
		return -1;
	all.unit = (uint64_t)pack_units[unit];
	deviations_init(&d);
	guess_init(&g, base, unit);
	for (size_t i = 0, step; i < n && !in.bad; i += step) {
		step = i == 0 ? 1 : n - i < CHUNK ? n - i : CHUNK;
		unpack_chunk(&g, &in, &d, &all, !i, out + i, step);
		if (i == 0)
			guess_family(&g, &out[0]);
	}
	return in.bad || cursor_left(&in) ? -1 : 0;
}
