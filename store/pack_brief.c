/* Chunks of a window's lines, packed without making records of them.
 *
 * In nearly all chunks, the segments of an open connection differ in a dozen columns
 * only.  Predictions are simple then: mostly the value of the line before.  So the
 * columns are made from the lines directly, without a record and a struct guess
 * for each; the guess is set once, at the end.  is_plain() checks for each line what
 * makes a chunk plain:
 *	TCP, an ACK, no SYN, no selective ACK, no fragment; the line has all of
 *	the record; time stamps in all or in none; header, TTL and other fields
 *	that hardly ever change are as predicted; no deviation over 32 bits
 * store/pack.c packs all other chunks, and defines the format; the tests compare
 * the two.
 *
 * Cost: a third fewer instructions than making records and packing them.
 */
#include "store/pack_brief.h"

#include <stddef.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "store/pack_put.h"

#define PLAIN_COLS (COL_SEQ + 1) /* the others are all as predicted */

typedef uint32_t lanes __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));
#define LANES 4

union narrow {
	uint32_t at[PLAIN_COLS][CHUNK];
	lanes lane[PLAIN_COLS][CHUNK / LANES];
};

/* ---- which chunks ---- */

/* The bytes of a line that hardly ever change, as one number. */
static inline uint64_t still_of(const struct brief *b)
{
	uint64_t v;

	_Static_assert(sizeof *b - offsetof(struct brief, hdr_len) == sizeof v,
		       "the last ones");
	memcpy(&v, (const char *)b + offsetof(struct brief, hdr_len), sizeof v);
	return v;
}

/* What is the same in all lines of a plain chunk. */
struct still {
	uint64_t want, mask; /* of still_of() */
	uint32_t snap;
	uint32_t no_ts; /* bits of the time stamps that must not be there */
};

static bool still_init(struct still *s, const struct guess *g)
{
	const struct brief want = { .hdr_len = g->hdr,
				    .opts = g->opts,
				    .ttl = g->ttl,
				    .tos = g->tos,
				    .link = (uint8_t)g->link,
				    .tcp_flags = REC_ACK };
	const struct brief mask = { .hdr_len = UINT16_MAX,
				    .opts = UINT8_MAX,
				    .ttl = UINT8_MAX,
				    .tos = UINT8_MAX,
				    .link = UINT8_MAX,
				    .tcp_flags = REC_ACK | REC_SYN };

	for (unsigned k = 0; k < 4; k++) /* that of a line which is elsewhere */
		if (g->kind[k].csum > REC_CSUM_OFFLOAD)
			return false;
	*s = (struct still){ .want = still_of(&want),
			     .mask = still_of(&mask),
			     .snap = g->snap,
			     .no_ts = g->opts & REC_OPT_TS ? 0 : UINT32_MAX };
	return !(g->opts & REC_OPT_SACK) && !g->icmp && g->link <= UINT8_MAX;
}

static inline uint32_t wire_of(const struct brief *b)
{
	return (uint32_t)b->link + b->hdr_len + b->pay_len;
}

static inline uint32_t cap_of(const struct brief *b, uint32_t wire)
{
	return b->marks & REC_FULL ? wire : b->full_or_cap;
}

static inline bool is_plain(const struct still *s, const struct brief *b,
			    uint32_t wire, uint32_t cap)
{
	uint64_t other = (still_of(b) ^ s->want) & s->mask;

	other |= cap ^ (wire < s->snap ? wire : s->snap);
	other |= (b->tsval | b->tsecr) & s->no_ts;
	other |= b->marks & REC_FRAG;
	return !other;
}

/* ---- columns ---- */

static inline uint32_t narrow32(uint32_t v)
{
	return (uint32_t)zigzag32(v);
}

/* What more than the line before predicts. */
struct moving {
	uint32_t kind[4]; /* marks, and the checksum's state above them */
	uint32_t tsecr;
	uint16_t ip_id, ip_id_step;
};

static inline uint32_t kind_value(uint16_t marks, uint8_t csum)
{
	return marks | (uint32_t)csum << 16;
}

static struct moving moving_of(const struct guess *g)
{
	/* without time stamps none is expected to be echoed: guess_tsecr() */
	struct moving m = { .tsecr = g->opts & REC_OPT_TS ? g->tsecr : 0,
			    .ip_id = g->ip_id,
			    .ip_id_step = g->ip_id_still ? 0 : 1 };

	for (unsigned k = 0; k < 4; k++)
		m.kind[k] = kind_value(g->kind[k].marks, g->kind[k].csum);
	return m;
}

/* The columns of small numbers, of line @i.  Return: whether the checksum's
 * state is as predicted. */
static inline bool put_moving(union narrow *c, size_t i, struct moving *m,
			      const struct brief *b, unsigned kind)
{
	uint32_t v = kind_value(b->marks, b->csum);
	uint32_t differ = v ^ m->kind[kind];

	m->kind[kind] = v;
	c->at[COL_MARKS][i] = differ;
	c->at[COL_TSECR][i] = narrow32(b->tsecr - m->tsecr);
	m->tsecr = b->tsecr ? b->tsecr : m->tsecr;
	c->at[COL_IPID][i] = narrow32(
		(uint32_t)(int16_t)(b->ip_id -
				    (uint16_t)(m->ip_id + m->ip_id_step)));
	m->ip_id_step = b->ip_id != m->ip_id;
	m->ip_id = b->ip_id;
	return !(differ >> 16);
}

/* The line before the first one, as far as the guess tells. */
struct before {
	int64_t tick;
	uint64_t frame, seq, ack;
	uint32_t pay, tsval;
	uint16_t window;
	uint8_t flags;
};

static struct before before_of(const struct guess *g, uint64_t first_frame)
{
	return (struct before){ .tick = g->tick,
				.frame = g->frame + 1 - first_frame,
				.seq = g->seq,
				.ack = g->ack,
				.pay = g->pay,
				.tsval = g->tsval,
				.window = g->window,
				.flags = (uint8_t)g->flags };
}

/* The columns of line @i that the one before predicts.  Return: all bits of those
 * that may need more than 32. */
static inline uint64_t put_before(union narrow *c, size_t i, struct before *x,
				  const struct brief *b, int64_t tick,
				  uint32_t ts)
{
	uint64_t time = zigzag((uint64_t)tick - (uint64_t)x->tick);
	uint64_t frame = zigzag(b->frame - x->frame);
	uint64_t seq = zigzag(b->seq64 - x->seq);
	uint64_t ack = zigzag(b->ack64 - x->ack);

	c->at[COL_TIME][i] = (uint32_t)time;
	c->at[COL_FRAME][i] = (uint32_t)frame;
	c->at[COL_SEQ][i] = (uint32_t)seq;
	c->at[COL_ACK][i] = (uint32_t)ack;
	c->at[COL_PAY][i] = narrow32(b->pay_len - x->pay);
	c->at[COL_TSVAL][i] = narrow32(b->tsval - x->tsval) & ts;
	c->at[COL_WINDOW][i] = narrow32(
		(uint32_t)(int16_t)(b->window - x->window));
	c->at[COL_FLAGS][i] = b->tcp_flags ^ x->flags;
	*x = (struct before){ .tick = tick,
			      .frame = (uint64_t)b->frame + 1,
			      .seq = b->seq64 + b->pay_len +
				     (b->tcp_flags & REC_FIN),
			      .ack = b->ack64,
			      .pay = b->pay_len,
			      .tsval = b->tsval,
			      .window = b->window,
			      .flags = REC_ACK };
	return time | frame | seq | ack;
}

_Static_assert(REC_FIN == 1, "takes one number");

/* Zeroes what follows the first @n of the columns up to the next multiple of LANES,
 * and those beside it, which are not made yet. */
static ALWAYS_INLINE void pad(union narrow *c, size_t n)
{
	for (unsigned k = 0; k < PLAIN_COLS; k++)
		c->lane[k][(n - 1) / LANES] = (lanes){ 0 };
}

/* Return: whether all are plain. */
static ALWAYS_INLINE bool make_columns(union narrow *c, struct before *x,
				       struct moving *m, const struct still *s,
				       const struct brief *const *b, size_t n,
				       unsigned unit)
{
	uint64_t wide = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t wire = wire_of(b[i]), cap = cap_of(b[i], wire);
		unsigned kind = (b[i]->pay_len ? 1u : 0) |
				(cap < wire ? 2u : 0);

		if (!is_plain(s, b[i], wire, cap) ||
		    !put_moving(c, i, m, b[i], kind))
			return false;
		wide |= put_before(c, i, x, b[i], in_unit(b[i]->time_ns, unit),
				   ~s->no_ts);
	}
	return !(wide >> 32);
}

/* ---- writing them ---- */

/* Return: a bit for each that is not zero, the first one's the lowest. */
static ALWAYS_INLINE uint64_t set_bits(lanes v)
{
#ifdef __SSE2__
	__m128i zero = _mm_cmpeq_epi32((__m128i)v, _mm_setzero_si128());

	return 0xf ^ (uint64_t)_mm_movemask_ps(_mm_castsi128_ps(zero));
#else
	return (uint64_t)(v[0] != 0) | (uint64_t)(v[1] != 0) << 1 |
	       (uint64_t)(v[2] != 0) << 2 | (uint64_t)(v[3] != 0) << 3;
#endif
}

/* Of the first @n of a column: all bits together, and a bit for each that is not
 * zero.  Those up to the next multiple of LANES are zero. */
static ALWAYS_INLINE uint32_t look(const lanes *v, size_t n, uint64_t *set)
{
	lanes all = { 0 };
	halves half;

	*set = 0;
	for (size_t i = 0; i < n; i += LANES, v++) {
		all |= *v;
		*set |= set_bits(*v) << i;
	}
	half = (halves)all;
	half[0] |= half[1];
	return (uint32_t)(half[0] | half[0] >> 32);
}

static ALWAYS_INLINE uint8_t *put_sparse(uint8_t *p, const uint32_t *v,
					 size_t n, uint64_t set, bool gathers)
{
	for (size_t k = 0; k < (n + 7) / 8; k++)
		*p++ = (uint8_t)(set >> 8 * k);
	for (; set; set &= set - 1)
		p = put_varint_as(p, v[__builtin_ctzll(set)], gathers);
	return p;
}

static ALWAYS_INLINE uint8_t *put_dense(uint8_t *p, const uint32_t *v, size_t n,
					uint32_t all, bool gathers)
{
	if (all < 0x80)
		for (size_t i = 0; i < n; i++)
			*p++ = (uint8_t)v[i];
	else if (all < 0x4000)
		for (size_t i = 0; i < n; i++)
			p = put_short(p, v[i]);
	else
		for (size_t i = 0; i < n; i++)
			p = put_varint_as(p, v[i], gathers);
	return p;
}

static ALWAYS_INLINE uint8_t *put_narrow(uint8_t *p, union narrow *c, size_t n,
					 bool gathers)
{
	uint32_t all[PLAIN_COLS] NOT_ZEROED, mask = 0, sparse = 0;
	uint64_t set[PLAIN_COLS] NOT_ZEROED;

	for (unsigned k = 0; k < PLAIN_COLS; k++) {
		all[k] = look(c->lane[k], n, &set[k]);
		if (!all[k])
			continue;
		mask |= 1u << k;
		if (n >= SPARSE_FROM &&
		    n - (size_t)__builtin_popcountll(set[k]) > (n + 7) / 8)
			sparse |= 1u << k;
	}
	p = put_varint(p, mask);
	if (n >= SPARSE_FROM)
		p = put_varint(p, sparse);
	for (unsigned k = 0; k < PLAIN_COLS; k++)
		if (sparse >> k & 1)
			p = put_sparse(p, c->at[k], n, set[k], gathers);
		else if (mask >> k & 1)
			p = put_dense(p, c->at[k], n, all[k], gathers);
	return p;
}

/* Digests and sum, if the marks require them: each is written, and kept or not. */
static ALWAYS_INLINE uint8_t *put_tails(uint8_t *p,
					const struct brief *const *b, size_t n)
{
	_Static_assert(REC_HEAD == 1 && REC_FULL == 2 && REC_SUM == 4,
		       "bits make sizes");
	for (size_t i = 0; i < n; i++) {
		unsigned marks = b[i]->marks;

		put_le32(p, b[i]->head_digest);
		p += (marks & REC_HEAD) * 4;
		put_le32(p, b[i]->full_or_cap);
		p += (marks & REC_FULL) * 2;
		put_le32(p, b[i]->pay_sum);
		p += (marks & REC_SUM) / 2;
	}
	return p;
}

/* ---- the chunk ---- */

/* As guess_next() would have left it. */
static void guess_after(struct guess *g, const struct before *x,
			const struct moving *m, const struct brief *last,
			uint64_t first_frame)
{
	g->tick = x->tick;
	g->frame = first_frame + last->frame;
	g->seq = x->seq;
	g->ack = x->ack;
	g->pay = x->pay;
	g->window = x->window;
	g->flags = REC_ACK;
	if (g->opts & REC_OPT_TS) {
		g->tsval = x->tsval;
		g->tsecr = m->tsecr;
	}
	g->ip_id = m->ip_id;
	g->ip_id_still = !m->ip_id_step;
	for (unsigned k = 0; k < 4; k++)
		g->kind[k].marks = (uint16_t)m->kind[k];
}

#define PLAIN_BYTES(n)                                                         \
	(3 * VARINT_MAX + PLAIN_COLS * (8 + (n)*5) + (n) * (4 + 4 + 2) +       \
	 VARINT_ROOM)

static ALWAYS_INLINE bool pack_as(struct guess *g, const struct brief *const *b,
				  size_t n, uint64_t first_frame, unsigned unit,
				  struct buf *out, bool gathers)
{
	union narrow c NOT_ZEROED;
	struct before x = before_of(g, first_frame);
	struct moving m = moving_of(g);
	struct still s;
	uint8_t *p;

	pad(&c, n);
	if (!still_init(&s, g) || !make_columns(&c, &x, &m, &s, b, n, unit))
		return false;
	p = buf_room(out, PLAIN_BYTES(n));
	p = put_narrow(p, &c, n, gathers);
	p = put_tails(p, b, n);
	out->n = (size_t)(p - out->at);
	guess_after(g, &x, &m, b[n - 1], first_frame);
	return true;
}

#if GATHER
__attribute__((target(GATHER_TARGET))) static bool
pack_gathering(struct guess *g, const struct brief *const *b, size_t n,
	       uint64_t first_frame, unsigned unit, struct buf *out)
{
	return pack_as(g, b, n, first_frame, unit, out, true);
}
#endif

bool pack_briefs(struct guess *g, const struct brief *const *b, size_t n,
		 uint64_t first_frame, unsigned unit, struct buf *out)
{
#if GATHER
	if (gather_fits())
		return pack_gathering(g, b, n, first_frame, unit, out);
#endif
	return pack_as(g, b, n, first_frame, unit, out, false);
}
