/* Packed runs of records.
 *
 * A run has the records of one part and direction, by column.  Neighbours in a run
 * resemble each other, so each value is predicted from those before it (struct
 * guess) and from earlier columns of the same record; the deviation is stored.
 *
 * A run's start (struct pack_base) is in the block's directory, predicted from the
 * run before, since the two directions of a part predict each other.  What first
 * records look like (struct pack_shape) is stored once for a block, taken from
 * the first run of each kind.  So every run can be unpacked alone, and a run of
 * two records need not repeat what a SYN looks like here.
 *
 * Format of a run: a byte that names the unit of its time stamps, then chunks:
 * the first has one record, the others CHUNK each, the last the rest.  The first
 * record has a chunk of its own because it deviates everywhere, and would spoil
 * the columns that are constant afterwards.
 *	chunk = mask, [sparse mask if 4 records or more], columns, tail
 * A column without its bit in the mask is as predicted.  A dense column is a
 * varint for each record, a sparse one a bitmap and a varint for each bit that is
 * set.  Deviations of numbers are zigzag, those of sets of flags exclusive or.  The
 * tail has what the marks require: digests and sums raw, fragments, SACK edges.
 *
 * Invariants: only guess_next() changes predictions, and packing and unpacking
 * share it, so that they cannot diverge.  A wrong prediction only costs bytes.
 * Everything is restored except what a record's own marks call invalid (digests,
 * sum, frag_*, edges beyond n_sack): that is zero afterwards.
 *
 * Hostile bytes: a run's n is bounded by the directory (BLOCK_RECORDS), every
 * byte is read by a cursor; any value is possible, except of n_sack.
 *
 * Cost, measured on one core: 48 ns to sort and pack a record of a long download,
 * 13 ns to unpack it; 70 and 25 ns for mixed flows of 100 packets.  A record takes
 * 14 bytes in both, 28 in flows of five packets with their directory.  CHUNK
 * records and their deviations stay within the first-level cache.
 */
#include "store/pack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/pack_brief.h"
#include "store/pack_put.h"

static inline void put_at(struct columns *c, enum col k, size_t i, uint64_t v)
{
	c->at[k][i] = v;
}

_Static_assert(COL_SEQ + 1 == COL_HDR, "still columns are the last ones");

/* Whether any of the still columns deviates. */
static inline bool is_restless(const struct guess *g, const struct record *r,
			       unsigned k)
{
	int small = (r->hdr_len ^ g->hdr) | (r->opts ^ g->opts) |
		    (r->ttl ^ g->ttl) | (r->tos ^ g->tos) |
		    (r->icmp_type ^ g->icmp) | (r->csum ^ g->kind[k].csum) |
		    (r->n_sack ^ guess_n_sack(g, r));

	return small || r->wire_len != guess_wire(g, r) ||
	       r->cap_len != guess_cap(g, r);
}

/* Columns that are mostly as predicted throughout a chunk. */
static void deviate_still(struct columns *c, size_t i, const struct guess *g,
			  const struct record *r, unsigned k)
{
	put_at(c, COL_HDR, i, zigzag32((uint32_t)r->hdr_len - g->hdr));
	put_at(c, COL_OPTS, i, r->opts ^ g->opts);
	put_at(c, COL_WIRE, i, zigzag32(r->wire_len - guess_wire(g, r)));
	put_at(c, COL_TTL, i, zigzag32((uint32_t)r->ttl - g->ttl));
	put_at(c, COL_CSUM, i, r->csum ^ g->kind[k].csum);
	put_at(c, COL_CAP, i, zigzag32(r->cap_len - guess_cap(g, r)));
	put_at(c, COL_TOS, i, r->tos ^ g->tos);
	put_at(c, COL_NSACK, i, r->n_sack ^ guess_n_sack(g, r));
	put_at(c, COL_ICMP, i, r->icmp_type ^ g->icmp);
}

/* The first record of a chunk that deviates in a column zeroes those before it. */
static void begin_still(struct columns *c, size_t i)
{
	for (unsigned k = COL_HDR; k < COLS; k++)
		memset(c->at[k], 0, i * sizeof c->at[k][0]);
}

static void deviate(struct columns *c, size_t i, const struct guess *g,
		    const struct record *r, int64_t tick, unsigned k,
		    bool *still)
{
	bool ts = r->opts & REC_OPT_TS;

	put_at(c, COL_TIME, i, zigzag((uint64_t)tick - (uint64_t)g->tick));
	put_at(c, COL_FRAME, i, zigzag(r->frame - g->frame - 1));
	put_at(c, COL_PAY, i, zigzag32(r->pay_len - g->pay));
	put_at(c, COL_ACK, i, zigzag(r->ack64 - guess_ack(g, r)));
	put_at(c, COL_TSVAL, i, zigzag32(r->tsval - (ts ? g->tsval : 0)));
	put_at(c, COL_TSECR, i, zigzag32(r->tsecr - guess_tsecr(g, r)));
	put_at(c, COL_FLAGS, i, r->tcp_flags ^ g->flags);
	put_at(c, COL_IPID, i,
	       zigzag32((uint32_t)(int16_t)(r->ip_id - guess_ip_id(g))));
	put_at(c, COL_WINDOW, i,
	       zigzag32((uint32_t)(int16_t)(r->window - g->window)));
	put_at(c, COL_MARKS, i, r->marks ^ g->kind[k].marks);
	put_at(c, COL_SEQ, i, zigzag(r->seq64 - g->seq));
	if (*still && !is_restless(g, r, k))
		return;
	if (*still)
		begin_still(c, i);
	*still = false;
	deviate_still(c, i, g, r, k);
}

/* All bits of the column together: most columns have few, or none. */
static uint64_t all_of(const uint64_t *v, size_t n)
{
	uint64_t a = 0, b = 0;
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		a |= v[i] | v[i + 1];
		b |= v[i + 2] | v[i + 3];
	}
	for (; i < n; i++)
		a |= v[i];
	return a | b;
}

/* A bit for each that is not zero, the first one's the lowest. */
static uint64_t set_bits(const uint64_t *v, size_t n)
{
	uint64_t bits = 0;

	while (n--)
		bits = bits + bits + (v[n] != 0);
	return bits;
}

static uint8_t *put_sparse(uint8_t *p, const uint64_t *v, size_t n,
			   uint64_t bits)
{
	for (size_t b = 0; b < (n + 7) / 8; b++)
		*p++ = (uint8_t)(bits >> 8 * b);
	for (; bits; bits &= bits - 1)
		p = put_varint(p, v[__builtin_ctzll(bits)]);
	return p;
}

static uint8_t *put_dense(uint8_t *p, const uint64_t *v, size_t n, uint64_t all)
{
	if (all < 0x80)
		for (size_t i = 0; i < n; i++)
			*p++ = (uint8_t)v[i];
	else if (all < 0x4000)
		for (size_t i = 0; i < n; i++)
			p = put_short(p, v[i]);
	else
		for (size_t i = 0; i < n; i++)
			p = put_varint(p, v[i]);
	return p;
}

/* The first @cols of the columns; the others are all zeroes. */
static void put_columns(struct buf *out, const struct columns *c, size_t n,
			unsigned cols)
{
	uint64_t all[COLS] NOT_ZEROED, bits[COLS] NOT_ZEROED;
	uint32_t mask = 0, sparse = 0;
	uint8_t *p = buf_room(out,
			      2 * VARINT_MAX + COLS * (8 + n * VARINT_MAX));

	for (unsigned k = 0; k < cols; k++) {
		all[k] = all_of(c->at[k], n);
		if (!all[k])
			continue;
		mask |= 1u << k;
		if (n < SPARSE_FROM)
			continue;
		bits[k] = set_bits(c->at[k], n);
		/* a bitmap saves a byte for each zero */
		if (n - (size_t)__builtin_popcountll(bits[k]) > (n + 7) / 8)
			sparse |= 1u << k;
	}
	p = put_varint(p, mask);
	if (n >= SPARSE_FROM)
		p = put_varint(p, sparse);
	for (unsigned k = 0; k < cols; k++)
		if (sparse >> k & 1)
			p = put_sparse(p, c->at[k], n, bits[k]);
		else if (mask >> k & 1)
			p = put_dense(p, c->at[k], n, all[k]);
	out->n = (size_t)(p - out->at);
}

/* The same of a single record: each column is one number, or nothing. */
static void put_column_each(struct buf *out, const struct columns *c,
			    unsigned cols)
{
	uint32_t mask = 0;
	uint8_t *p = buf_room(out, VARINT_MAX + COLS * VARINT_MAX);

	for (unsigned k = 0; k < cols; k++)
		mask |= (c->at[k][0] ? 1u : 0u) << k;
	p = put_varint(p, mask);
	for (; mask; mask &= mask - 1)
		p = put_varint(p, c->at[__builtin_ctz(mask)][0]);
	out->n = (size_t)(p - out->at);
}

/* SACK blocks move slowly: edges against those of the last block list. */
static uint8_t *put_sack(uint8_t *p, const struct guess *g,
			 const struct record *r)
{
	for (unsigned j = 0; j < r->n_sack && j < 4; j++) {
		bool old = j < g->n_sack;
		uint32_t left = old ? g->sack[j][0] : (uint32_t)r->ack64;
		uint32_t right = old ? g->sack[j][1] : r->sack[j][0];

		p = put_varint(p, zigzag32(r->sack[j][0] - left));
		p = put_varint(p, zigzag32(r->sack[j][1] - right));
	}
	return p;
}

static void put_all(struct buf *out, const struct columns *c, size_t n,
		    unsigned cols)
{
	if (n == 1)
		put_column_each(out, c, cols);
	else
		put_columns(out, c, n, cols);
}

/* digests and sum; fragment; edges */
#define TAIL_MAX (4 + 4 + 4 + 2 * VARINT_MAX + 8 * VARINT_MAX)

/* What the marks call for; @g is as it was before the record. */
static uint8_t *put_tail(uint8_t *p, const struct guess *g,
			 const struct record *r)
{
	if (r->marks & REC_HEAD)
		p = put_le32(p, r->head_digest);
	if (r->marks & REC_FULL)
		p = put_le32(p, r->full_digest);
	if (r->marks & REC_SUM)
		p = put_le32(p, r->pay_sum) - 2;
	if (r->marks & REC_FRAG) {
		p = put_varint(p, zigzag32(r->frag_id - g->frag_id));
		p = put_varint(p, r->frag_off);
	}
	if (r->n_sack)
		p = put_sack(p, g, r);
	return p;
}

_Static_assert(PACK_UNIT_MOST + 1 == UNITS, "the last one");

unsigned pack_unit(const struct record *r, size_t n, unsigned most)
{
	for (size_t i = 0; i < n && most; i++)
		most = unit_within(r[i].time_ns, most);
	return most;
}

static void pack_chunk(struct guess *g, const struct record *r, size_t n,
		       unsigned unit, struct buf *out)
{
	struct columns c NOT_ZEROED;
	uint8_t tail[CHUNK * TAIL_MAX] NOT_ZEROED, *end = tail;
	bool still = true;

	for (size_t i = 0; i < n; i++) {
		int64_t tick = in_unit(r[i].time_ns, unit);
		unsigned k = kind_of(&r[i]);

		deviate(&c, i, g, &r[i], tick, k, &still);
		end = put_tail(end, g, &r[i]);
		guess_next_of(g, &r[i], tick, k);
	}
	put_all(out, &c, n, still ? COL_HDR : COLS);
	buf_bytes(out, tail, (size_t)(end - tail));
}

struct pack_base pack_base_of(const struct record *r, size_t n)
{
	struct pack_base b = { .frame = r->frame,
			       .seq = r->seq64,
			       .tsval = r->tsval };

	if (r->time_ns >= 0 && r->time_ns < BASE_TIME_MAX)
		b.time_ns = r->time_ns;
	for (size_t i = 0; i < n && i < CHUNK; i++) {
		if (!b.ack)
			b.ack = r[i].ack64;
		if (!b.tsecr)
			b.tsecr = r[i].tsecr;
		if (b.ack && b.tsecr)
			break;
	}
	return b;
}

static struct pack_shape shape_from(const struct record *r, size_t n)
{
	struct pack_shape s = {
		.flags = r->tcp_flags,
		.hdr = r->hdr_len,
		.window = r->window,
		.opts = r->opts,
		.ttl = r->ttl,
		.snap = UINT32_MAX,
	};
	struct guess g;
	const struct pack_base none = { 0 };

	guess_init(&g, &none, 0);
	for (size_t i = 0; i < n && i < CHUNK; i++) {
		guess_next(&g, &r[i], 0);
		if (i == 0)
			guess_family(&g, r);
		if (i == 1)
			s.window_next = r[1].window;
	}
	s.snap = g.snap;
	for (unsigned k = 0; k < 4; k++)
		s.marks[k] = g.kind[k].marks;
	return s;
}

static uint8_t shape_kind(const struct record *r)
{
	return (uint8_t)(r->dir & 1) | (r->tcp_flags ? 2 : 0);
}

bool pack_shape_there(const struct pack_shapes *s, const struct record *r)
{
	return s->have >> shape_kind(r) & 1;
}

void pack_shape_of(struct pack_shapes *s, struct pack_base *base,
		   const struct record *r, size_t n)
{
	base->kind = shape_kind(r);
	if (!pack_shape_there(s, r)) {
		s->at[base->kind] = shape_from(r, n);
		s->have |= 1u << base->kind;
	}
	base->shape = s->at[base->kind];
}

/* ---- runs ---- */

struct packing {
	struct guess g;
	unsigned unit;
	bool begun; /* the first record is packed */
	struct buf *out;
};

struct packing *packing_new(void)
{
	return mem_zalloc(1, sizeof(struct packing));
}

void packing_free(struct packing *p)
{
	free(p);
}

void pack_begin(struct packing *p, const struct pack_base *base, unsigned unit,
		struct buf *out)
{
	p->unit = unit;
	p->begun = false;
	p->out = out;
	buf_u8(out, (uint8_t)unit);
	guess_init(&p->g, base, unit);
}

void pack_more(struct packing *p, const struct record *r, size_t n)
{
	if (!p->begun) {
		p->begun = true;
		pack_chunk(&p->g, r, 1, p->unit, p->out);
		guess_family(&p->g, r);
		r++;
		n--;
	}
	if (n)
		pack_chunk(&p->g, r, n, p->unit, p->out);
}

bool pack_more_briefs(struct packing *p, const struct brief *const *b, size_t n,
		      uint64_t first_frame)
{
	return p->begun &&
	       pack_briefs(&p->g, b, n, first_frame, p->unit, p->out);
}

void pack_run_from(const struct pack_base *base, const struct record *r,
		   size_t n, struct buf *out)
{
	struct packing p;

	pack_begin(&p, base, pack_unit(r, n, PACK_UNIT_MOST), out);
	for (size_t i = 0, step = PACK_FIRST; i < n;
	     i += step, step = PACK_STEP) {
		if (step > n - i)
			step = n - i;
		pack_more(&p, r + i, step);
	}
}

void pack_run(const struct record *r, size_t n, struct buf *out)
{
	const struct pack_base none = { 0 };

	pack_run_from(&none, r, n, out);
}
