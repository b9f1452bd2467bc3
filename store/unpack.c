/* Unpacking of runs: the way back of store/pack.c, which has the format.
 *
 * What: the columns of a chunk are read into arrays of deviations, then record
 * after record is restored from its prediction and its deviations, and changes
 * the next prediction.
 *
 * Hostile bytes: a run's n is bounded by the directory (BLOCK_RECORDS), every
 * byte is read by a cursor; any value is a possible one, except n_sack.
 */
#include <stdbool.h>
#include <string.h>

#include "store/pack_guess.h"

/* Columns of a chunk; those that are as predicted share one of zeroes. */
struct deviations {
	const uint64_t *at[COLS];
	bool rare; /* one of COLS_RARE is there */
	struct columns room;
};

static const uint64_t zeroes[CHUNK];

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

static inline void take_sparse(struct cursor *in, uint64_t *v, size_t n,
			       bool set)
{
	struct cursor c = *in;

	memset(v, 0, n * sizeof *v);
	for (uint64_t bits = take_bitmap(&c, n); bits; bits &= bits - 1)
		v[__builtin_ctzll(bits)] = take_value(&c, set);
	*in = c;
}

static void take_columns(struct cursor *in, struct deviations *d, size_t n)
{
	uint64_t mask = cursor_varint(in);
	uint64_t sparse = n >= SPARSE_FROM ? cursor_varint(in) : 0;

	if (mask >> COLS || sparse & ~mask)
		in->bad = true;
	d->rare = mask & COLS_RARE;
	for (unsigned k = 0; k < COLS; k++) {
		bool set = COLS_OF_SETS >> k & 1;

		d->at[k] = mask >> k & 1 ? d->room.at[k] : zeroes;
		if (!(mask >> k & 1))
			continue;
		if (sparse >> k & 1)
			take_sparse(in, d->room.at[k], n, set);
		else
			take_dense(in, d->room.at[k], n, set);
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

static void restore(const struct deviations *d, size_t i, const struct guess *g,
		    struct record *r)
{
	bool ts;
	unsigned k;

	if (d->rare)
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
	r->wire_len = guess_wire(g, r) + (uint32_t)d->at[COL_WIRE][i];
	r->cap_len = guess_cap(g, r) + (uint32_t)d->at[COL_CAP][i];
	k = kind_of(r);
	r->marks = (uint16_t)(d->at[COL_MARKS][i] ^ g->kind[k].marks);
	r->csum = (uint8_t)(d->at[COL_CSUM][i] ^ g->kind[k].csum);
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

static void take_tail(struct cursor *in, const struct guess *g,
		      struct record *r)
{
	r->head_digest = r->marks & REC_HEAD ? cursor_le32(in) : 0;
	r->full_digest = r->marks & REC_FULL ? cursor_le32(in) : 0;
	r->pay_sum = 0;
	if (r->marks & REC_SUM) {
		uint8_t low = cursor_u8(in);

		r->pay_sum = (uint16_t)(low | cursor_u8(in) << 8);
	}
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

static void unpack_chunk(struct guess *g, struct cursor *in, unsigned unit,
			 struct record *out, size_t n)
{
	struct deviations d NOT_ZEROED;

	take_columns(in, &d, n);
	for (size_t i = 0; i < n; i++) {
		uint64_t tick = (uint64_t)g->tick + d.at[COL_TIME][i];

		restore(&d, i, g, &out[i]);
		out[i].time_ns = (int64_t)(tick * (uint64_t)pack_units[unit]);
		take_tail(in, g, &out[i]);
		guess_next(g, &out[i], (int64_t)tick);
	}
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
	struct guess g;
	unsigned unit = cursor_u8(&in);

	if (unit >= UNITS)
		return -1;
	guess_init(&g, base, unit);
	for (size_t i = 0, step; i < n && !in.bad; i += step) {
		step = i == 0 ? 1 : n - i < CHUNK ? n - i : CHUNK;
		unpack_chunk(&g, &in, unit, out + i, step);
		if (i == 0)
			guess_family(&g, &out[0]);
	}
	for (size_t i = 0; i < n; i++) {
		out[i].part = part;
		out[i].dir = dir;
	}
	return in.bad || cursor_left(&in) ? -1 : 0;
}
