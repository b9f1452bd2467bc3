/* Packed runs of records.
 *
 * What: the records of one part and direction, by column.  Neighbours in such
 * a run resemble each other, so each value is predicted from those before it
 * (struct guess) and from columns of the same record that come earlier; what
 * is stored is the deviation.
 *
 * Where a run begins stands in the block's directory (struct pack_base), there
 * predicted from the run before, as the two directions of a part tell of each
 * other; and how runs begin, once for the block (struct pack_shape), taken from
 * the first one of each kind.  So every run can be unpacked alone, and a run of
 * two records does not tell again what a SYN looks like here.
 *
 * Format of a run: a byte that names the unit of its time stamps, then chunks:
 * the first holds one record, the others CHUNK each, the last what is left.
 * The first record stands alone because it deviates everywhere: it would spoil
 * the columns that are constant afterwards.
 *	chunk = mask, [sparse mask if 4 records or more], columns, tail
 * A column without its bit in the mask is as predicted.  A dense column is a
 * varint a record, a sparse one a bitmap and varints for the bits that are
 * set; deviations are zigzag, of sets of flags exclusive or.  The tail holds
 * what the marks call for: digests and sums raw, fragments, SACK edges.
 *
 * Invariants: guess_next() is the only thing that changes predictions and is
 * shared by both ways, so that they cannot drift apart.  A value that is
 * predicted wrong costs bytes and nothing else; everything is restored except
 * what a record's own marks call invalid (digests, sum, frag_*, edges beyond
 * n_sack): these come back as zero.
 *
 * Hostile bytes: a run's n is bounded by the directory (BLOCK_RECORDS), every
 * byte is read by a cursor; any value is a possible one, except n_sack.
 *
 * Cost, measured on one core: 29 ns to pack and 16 ns to unpack a record of a
 * long download, 70 and 36 ns of mixed flows of 100 packets; 14 bytes a record
 * of both, 28 of flows of five packets with their directory.  CHUNK records and
 * their deviations stay within the first-level cache.
 */
#include "store/pack.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 64      /* bits of a bitmap */
#define SPARSE_FROM 4 /* records, below which a bitmap never pays */
#define LINK_HEADER 14

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

static const int64_t units[] = { 1, 100, 1000, 1000000, 1000000000 };
#define UNITS (sizeof units / sizeof units[0])

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

static uint64_t zigzag(uint64_t deviation)
{
	return deviation << 1 ^ -(deviation >> 63);
}

static uint64_t zigzag32(uint32_t deviation)
{
	return (uint32_t)(deviation << 1) ^ -(deviation >> 31);
}

static uint64_t zagzig(uint64_t v)
{
	return v >> 1 ^ -(v & 1);
}

static uint32_t zagzig32(uint64_t v)
{
	return (uint32_t)zagzig(v);
}

static unsigned kind_of(const struct record *r)
{
	return (r->pay_len ? 1u : 0) | (r->cap_len < r->wire_len ? 2u : 0);
}

static int64_t in_unit(int64_t ns, unsigned u)
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

static void guess_shape(struct guess *g, const struct pack_shape *s)
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

static void guess_init(struct guess *g, const struct pack_base *base,
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
static void guess_family(struct guess *g, const struct record *r)
{
	for (unsigned k = 0; k < 4; k++) {
		g->kind[k].marks &= (uint16_t) ~(REC_DF | REC_V6);
		g->kind[k].marks |= r->marks & (REC_DF | REC_V6);
	}
}

static uint32_t guess_wire(const struct guess *g, const struct record *r)
{
	return g->link + r->hdr_len + r->pay_len;
}

static uint32_t guess_cap(const struct guess *g, const struct record *r)
{
	return r->wire_len < g->snap ? r->wire_len : g->snap;
}

static uint64_t guess_ack(const struct guess *g, const struct record *r)
{
	return r->tcp_flags & REC_ACK ? g->ack : 0;
}

static uint16_t guess_ip_id(const struct guess *g)
{
	return (uint16_t)(g->ip_id + (g->ip_id_still ? 0 : 1));
}

static uint8_t guess_n_sack(const struct guess *g, const struct record *r)
{
	if (!(r->opts & REC_OPT_SACK))
		return 0;
	return g->n_sack ? g->n_sack : 1;
}

/* A SYN has no time stamp to echo. */
static uint32_t guess_tsecr(const struct guess *g, const struct record *r)
{
	if (!(r->opts & REC_OPT_TS) ||
	    (r->tcp_flags & (REC_SYN | REC_ACK)) == REC_SYN)
		return 0;
	return g->tsecr;
}

static void guess_options(struct guess *g, const struct record *r)
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
static void guess_after_syn(struct guess *g, const struct record *r)
{
	g->opts = r->opts & REC_OPT_TS;
	g->hdr = (uint16_t)((r->marks & REC_V6 ? 60 : 40) + (g->opts ? 12 : 0));
	if (g->window_next)
		g->window = g->window_next;
}

/* Takes the record in: the one place where predictions change. */
static void guess_next(struct guess *g, const struct record *r, int64_t tick)
{
	unsigned k = kind_of(r);

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

/* Large arrays that are written before they are read: where the compiler is
 * told to zero all variables, it would cost more than packing a short run. */
#define NOT_ZEROED __attribute__((uninitialized))

/* ---- packing ---- */

struct columns {
	uint64_t all[COLS]; /* all bits of the column together */
	uint64_t at[COLS][CHUNK];
};

static inline void put_at(struct columns *c, enum col k, size_t i, uint64_t v)
{
	c->at[k][i] = v;
	c->all[k] |= v;
}

static void deviate(struct columns *c, size_t i, const struct guess *g,
		    const struct record *r, int64_t tick)
{
	bool ts = r->opts & REC_OPT_TS;
	unsigned k = kind_of(r);

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

static uint64_t set_bits(const uint64_t *v, size_t n)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= (uint64_t)(v[i] != 0) << i;
	return bits;
}

static uint8_t *put_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
	return p + 4;
}

#define VARINT_MAX 10 /* bytes */

/* Up to 28 bits without a branch on how many there are, which nobody could
 * predict. */
static uint8_t *put_varint(uint8_t *p, uint64_t v)
{
	unsigned more;
	uint32_t w;

	while (v >> 28) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	w = (uint32_t)v;
	more = (31u - (unsigned)__builtin_clz(w | 1)) / 7;
	w = (w & 0x7f) | (w << 1 & 0x7f00) | (w << 2 & 0x7f0000) |
	    (w << 3 & 0x7f000000);
	put_le32(p, w | 0x808080u >> 8 * (3 - more));
	return p + more + 1;
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
	else
		for (size_t i = 0; i < n; i++)
			p = put_varint(p, v[i]);
	return p;
}

static void put_columns(struct buf *out, const struct columns *c, size_t n)
{
	uint64_t bits[COLS] NOT_ZEROED;
	uint32_t mask = 0, sparse = 0;
	uint8_t *p = buf_room(out,
			      2 * VARINT_MAX + COLS * (8 + n * VARINT_MAX));

	for (unsigned k = 0; k < COLS; k++) {
		if (!c->all[k])
			continue;
		mask |= 1u << k;
		bits[k] = set_bits(c->at[k], n);
		/* a bitmap saves a byte for each zero */
		if (n >= SPARSE_FROM &&
		    n - (size_t)__builtin_popcountll(bits[k]) > (n + 7) / 8)
			sparse |= 1u << k;
	}
	p = put_varint(p, mask);
	if (n >= SPARSE_FROM)
		p = put_varint(p, sparse);
	for (unsigned k = 0; k < COLS; k++)
		if (sparse >> k & 1)
			p = put_sparse(p, c->at[k], n, bits[k]);
		else if (mask >> k & 1)
			p = put_dense(p, c->at[k], n, c->all[k]);
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

static bool in_units(int64_t ns, unsigned u)
{
	return in_unit(ns, u) * units[u] == ns;
}

static unsigned time_unit(const struct record *const *r, size_t n)
{
	unsigned u = UNITS - 1;

	for (size_t i = 0; i < n && u; i++)
		while (!in_units(r[i]->time_ns, u))
			u--;
	return u;
}

static void pack_chunk(struct guess *g, const struct record *const *r, size_t n,
		       unsigned unit, struct buf *out)
{
	struct columns c NOT_ZEROED;
	uint8_t tail[CHUNK * TAIL_MAX] NOT_ZEROED, *end = tail;

	memset(c.all, 0, sizeof c.all);
	for (size_t i = 0; i < n; i++) {
		int64_t tick = in_unit(r[i]->time_ns, unit);

		deviate(&c, i, g, r[i], tick);
		end = put_tail(end, g, r[i]);
		guess_next(g, r[i], tick);
	}
	put_columns(out, &c, n);
	buf_bytes(out, tail, (size_t)(end - tail));
}

#define BASE_TIME_MAX (1ll << 62) /* put_base_time() has room for steps */

struct pack_base pack_base_of(const struct record *const *r, size_t n)
{
	struct pack_base b = { .frame = r[0]->frame,
			       .seq = r[0]->seq64,
			       .tsval = r[0]->tsval };

	if (r[0]->time_ns >= 0 && r[0]->time_ns < BASE_TIME_MAX)
		b.time_ns = r[0]->time_ns;
	for (size_t i = 0; i < n && i < CHUNK; i++) {
		if (!b.ack)
			b.ack = r[i]->ack64;
		if (!b.tsecr)
			b.tsecr = r[i]->tsecr;
	}
	return b;
}

static struct pack_shape shape_from(const struct record *const *r, size_t n)
{
	struct pack_shape s = {
		.flags = r[0]->tcp_flags,
		.hdr = r[0]->hdr_len,
		.window = r[0]->window,
		.opts = r[0]->opts,
		.ttl = r[0]->ttl,
		.snap = UINT32_MAX,
	};
	struct guess g;
	const struct pack_base none = { 0 };

	guess_init(&g, &none, 0);
	for (size_t i = 0; i < n && i < CHUNK; i++) {
		guess_next(&g, r[i], 0);
		if (i == 0)
			guess_family(&g, r[0]);
		if (i == 1)
			s.window_next = r[1]->window;
	}
	s.snap = g.snap;
	for (unsigned k = 0; k < 4; k++)
		s.marks[k] = g.kind[k].marks;
	return s;
}

void pack_shape_of(struct pack_shapes *s, struct pack_base *base,
		   const struct record *const *r, size_t n)
{
	base->kind = (uint8_t)(r[0]->dir & 1) | (r[0]->tcp_flags ? 2 : 0);
	if (!(s->have >> base->kind & 1)) {
		s->at[base->kind] = shape_from(r, n);
		s->have |= 1u << base->kind;
	}
	base->shape = s->at[base->kind];
}

static const struct pack_base no_base;

void pack_run(const struct record *const *r, size_t n, struct buf *out)
{
	pack_run_from(&no_base, r, n, out);
}

void pack_run_from(const struct pack_base *base, const struct record *const *r,
		   size_t n, struct buf *out)
{
	struct guess g;
	unsigned unit = time_unit(r, n);

	buf_u8(out, (uint8_t)unit);
	guess_init(&g, base, unit);
	for (size_t i = 0, step; i < n; i += step) {
		step = i == 0 ? 1 : n - i < CHUNK ? n - i : CHUNK;
		pack_chunk(&g, r + i, step, unit, out);
		if (i == 0)
			guess_family(&g, r[0]);
	}
}

/* ---- unpacking ---- */

/* Columns of a chunk; those that are as predicted share one of zeroes. */
struct deviations {
	const uint64_t *at[COLS];
	bool rare; /* one of COLS_RARE is there */
	struct columns room;
};

static const uint64_t zeroes[CHUNK];

static inline uint64_t load_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

/* A varint of up to eight bytes without a branch on its length, which in most
 * columns is anyone's guess. */
static inline uint64_t take_varint(struct cursor *in)
{
	uint64_t v, stop;

	if (in->end - in->at < 8 || in->bad)
		return cursor_varint(in);
	v = load_le64(in->at);
	if (!(v & 0x80)) {
		in->at++;
		return v & 0x7f;
	}
	stop = ~v & 0x8080808080808080;
	if (!stop)
		return cursor_varint(in);
	in->at += (__builtin_ctzll(stop) + 1) / 8;
	v &= stop ^ (stop - 1); /* up to the end of its last byte */
	v &= 0x7f7f7f7f7f7f7f7f;
	v = (v & 0x007f007f007f007f) | (v & 0x7f007f007f007f00) >> 1;
	v = (v & 0x00003fff00003fff) | (v & 0x3fff00003fff0000) >> 2;
	return (v & 0x0fffffff) | (v & 0x0fffffff00000000) >> 4;
}

/* Deviations of numbers are zigzag, of sets of flags they are not. */
static inline uint64_t take_value(struct cursor *in, bool set)
{
	uint64_t v = take_varint(in);

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
		out[i].time_ns = (int64_t)(tick * (uint64_t)units[unit]);
		take_tail(in, g, &out[i]);
		guess_next(g, &out[i], (int64_t)tick);
	}
}

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

/* ---- blocks ---- */

/* Steps are mostly of whole microseconds: the lowest bit says so. */
static void put_base_time(struct buf *out, int64_t ns, int64_t from)
{
	int64_t step = ns - from;
	bool us = step % 1000 == 0;

	buf_varint(out, zigzag((uint64_t)(us ? step / 1000 : step)) << 1 | us);
}

static int64_t take_base_time(struct cursor *in, int64_t from)
{
	uint64_t v = cursor_varint(in);
	uint64_t t = (uint64_t)from + zagzig(v >> 1) * (v & 1 ? 1000 : 1);

	if (t >= (uint64_t)BASE_TIME_MAX)
		in->bad = true;
	return in->bad ? 0 : (int64_t)t;
}

/* What the base before tells of the next: the other direction of one part has
 * numbers and acknowledgements the other way round. */
static struct pack_base base_guess(const struct pack_run *before,
				   const struct pack_run *run)
{
	const struct pack_base *b = &before->base;

	if (before->part == run->part && before->dir != run->dir)
		return (struct pack_base){ .time_ns = b->time_ns,
					   .frame = b->frame,
					   .seq = b->ack,
					   .ack = b->seq,
					   .tsval = b->tsecr,
					   .tsecr = b->tsval };
	return *b;
}

static void put_base(struct buf *out, const struct pack_run *before,
		     const struct pack_run *run)
{
	struct pack_base from = base_guess(before, run), b = run->base;

	put_base_time(out, b.time_ns, from.time_ns);
	buf_varint(out, zigzag(b.frame - from.frame));
	buf_varint(out, zigzag(b.seq - from.seq));
	buf_varint(out, zigzag(b.ack - from.ack));
	buf_varint(out, zigzag32(b.tsval - from.tsval));
	buf_varint(out, zigzag32(b.tsecr - from.tsecr));
}

static void take_base(struct cursor *in, const struct pack_run *before,
		      struct pack_run *run)
{
	struct pack_base from = base_guess(before, run), *b = &run->base;

	b->time_ns = take_base_time(in, from.time_ns);
	b->frame = from.frame + zagzig(cursor_varint(in));
	b->seq = from.seq + zagzig(cursor_varint(in));
	b->ack = from.ack + zagzig(cursor_varint(in));
	b->tsval = from.tsval + zagzig32(cursor_varint(in));
	b->tsecr = from.tsecr + zagzig32(cursor_varint(in));
}

static void put_shape(struct buf *out, const struct pack_shape *s)
{
	buf_varint(out, s->flags);
	buf_varint(out, s->hdr);
	buf_varint(out, s->window);
	buf_varint(out, s->window_next);
	for (unsigned k = 0; k < 4; k++)
		buf_varint(out, s->marks[k]);
	buf_varint(out, s->snap);
	buf_u8(out, s->opts);
	buf_u8(out, s->ttl);
}

static void take_shape(struct cursor *in, struct pack_shape *s)
{
	s->flags = (uint16_t)cursor_varint(in);
	s->hdr = (uint16_t)cursor_varint(in);
	s->window = (uint16_t)cursor_varint(in);
	s->window_next = (uint16_t)cursor_varint(in);
	for (unsigned k = 0; k < 4; k++)
		s->marks[k] = (uint16_t)cursor_varint(in);
	s->snap = (uint32_t)cursor_varint(in);
	s->opts = cursor_u8(in);
	s->ttl = cursor_u8(in);
}

/* Shapes: bits of the kinds that have one, then these. */
static void put_shapes(struct buf *out, const struct pack_run *runs, size_t n)
{
	const struct pack_shape *at[PACK_KINDS] = { 0 };
	uint8_t have = 0;

	for (size_t i = 0; i < n; i++)
		if (runs[i].base.shape.hdr) {
			at[runs[i].base.kind] = &runs[i].base.shape;
			have |= (uint8_t)(1 << runs[i].base.kind);
		}
	buf_u8(out, have);
	for (unsigned k = 0; k < PACK_KINDS; k++)
		if (at[k])
			put_shape(out, at[k]);
}

static void take_shapes(struct cursor *in, struct pack_shapes *s)
{
	s->have = cursor_u8(in);
	for (unsigned k = 0; k < PACK_KINDS; k++)
		if (s->have >> k & 1)
			take_shape(in, &s->at[k]);
}

/* Directory: number of runs, shapes, then for each run the part (as the step
 * from the one before; lowest bits: kind, of which one is the direction),
 * records, bytes, and the base. */
void pack_block(const struct pack_run *runs, size_t n_runs,
		const struct buf *runs_bytes, struct buf *out)
{
	const struct pack_run none = { 0 }, *before = &none;

	buf_varint(out, n_runs);
	put_shapes(out, runs, n_runs);
	for (size_t i = 0; i < n_runs; i++) {
		uint64_t step = runs[i].part - before->part; /* wraps */

		buf_varint(out,
			   step << 2 | (runs[i].base.kind & 2) | runs[i].dir);
		buf_varint(out, runs[i].n);
		buf_varint(out, runs[i].size);
		put_base(out, before, &runs[i]);
		before = &runs[i];
	}
	buf_bytes(out, runs_bytes->at, runs_bytes->n);
}

#define ENTRY_MIN 9 /* bytes of a directory entry */

static void take_run(struct cursor *in, const struct pack_shapes *shapes,
		     const struct pack_run *before, struct pack_run *run)
{
	uint64_t key = cursor_varint(in), n = cursor_varint(in);

	run->part = before->part + (uint32_t)(key >> 2);
	run->dir = key & 1;
	run->n = (uint32_t)n;
	run->size = cursor_varint(in);
	take_base(in, before, run);
	run->base.kind = key & 3;
	run->base.shape = shapes->at[key & 3];
	if (key >> 34 || n == 0 || n > BLOCK_RECORDS)
		in->bad = true;
}

long unpack_directory(const uint8_t *p, size_t size, struct pack_run **runs)
{
	struct cursor in = cursor_of(p, size);
	uint64_t n = cursor_varint(&in);
	const struct pack_run none = { 0 };
	struct pack_shapes shapes = { 0 };
	struct pack_run *r;
	size_t at;

	*runs = NULL;
	if (in.bad || n > size / ENTRY_MIN)
		return -1;
	r = mem_zalloc(n + 1, sizeof *r);
	take_shapes(&in, &shapes);
	for (uint64_t i = 0; i < n && !in.bad; i++)
		take_run(&in, &shapes, i ? &r[i - 1] : &none, &r[i]);
	at = in.bad ? 0 : (size_t)(in.at - p);
	for (uint64_t i = 0; i < n && !in.bad; i++) {
		r[i].at = at;
		if (r[i].size > size - at)
			in.bad = true;
		else
			at += r[i].size;
	}
	if (in.bad || at != size) {
		free(r);
		return -1;
	}
	*runs = r;
	return (long)n;
}
