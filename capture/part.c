/* A part's bytes in the case file.
 *
 * Format: unit of time (1 or 1000 ns), protocol, tunnel, incarnation, ends,
 * times, frames, both directions, turns, acknowledgements.  Varints but for
 * what is random; times are steps from the part's first, sequence numbers steps
 * from the direction's lowest, and whatever mostly equals or nearly equals
 * another field is a step from that, or behind a flag that says so (AS_):
 * a million flows of five packets are the measure, of which a part is a third
 * of the size.  A direction without packets is one byte; what is zero mostly is
 * behind flags.  Turn samples that are among those of all segments, in the same
 * order, are a set of bits.  The shape of a SYN (its options and window) is
 * told as what differs from the other direction's, or from that of Linux.
 *
 * Invariants: part_unpack(part_pack(p)) gives p back but for id, file and
 * number, provided that a direction without packets is all zero.
 *
 * Hostile bytes: counts are checked against the arrays' sizes; every other
 * value is a possible one.
 */
#include "capture/part.h"

#include <string.h>

enum { /* first byte of a direction */
       HAS_PACKETS = 0x01,
       HAS_SYN = 0x02,
       HAS_FIN = 0x04,
       HAS_RST = 0x08,
       HAS_TS = 0x10,
       IS_IPID_ZERO = 0x20,
       IS_IPID_CONST = 0x40,
       HAS_DATA = 0x80,
};

enum { /* second byte of a direction */
       HAS_HEAD = 0x01,
       HAS_GOOD = 0x02,
       HAS_BAD = 0x04,
       HAS_BIG = 0x08,
       HAS_ANY = 0x10,
       HAS_TURN = 0x20,
       IS_TURN_SUBSET = 0x40,
       HAS_TTL_RANGE = 0x80,
};

enum {                     /* third byte of a direction: what is as foretold */
       AS_SEQ_LOW = 0x01,  /* seq_first, in its space's first turn */
       AS_SEQ_NEXT = 0x02, /* seq_next, by bytes, SYN and FIN */
       AS_FIRST = 0x04,    /* first_ns and last_ns: the part's */
       AS_LAST = 0x08,
       AS_TS = 0x10,    /* all of time stamps but the last value */
       AS_HEAD = 0x20,  /* length and size of the first bytes' digest */
       AS_SYN = 0x40,   /* number, count and time of the SYN */
       AS_SHAPE = 0x80, /* its options and window */
};

enum { /* of a SYN's shape: which differ */
       SHAPE_MSS = 0x01,
       SHAPE_WINDOW = 0x02,
       SHAPE_ORDER = 0x04,
       SHAPE_WSCALE = 0x08,
       SHAPE_OPTS = 0x10,
};

enum {
	ENDS_V4 = 0x01,
	UNIT_US = 0x02,
	HAS_TUNNEL = 0x04,
	HAS_INCARNATION = 0x08,
	IS_TCP = 0x10,
	ADDRESS_V4_AT = 12
};

/* Turns, where not told one by one: the directions' bytes. */
enum { TURNS_ONE = PART_TURNS + 1, TURNS_TWO };

#define PROTO_TCP 6
#define HEAD_MAX 64

/* What Linux sends: MSS, SACK, time stamps, no-op, window scale. */
static const struct part_dir linux_syn = {
	.mss = 1460,
	.syn_window = 64240,
	.opt_order = 0xe576,
	.wscale = 7,
	.syn_opts = 0x17,
};

struct scale {
	int64_t unit_ns;
	int64_t first_ns, last_ns; /* the part's */
	uint64_t first_frame;
};

static int64_t part_unit(const struct part *p)
{
	int64_t odd = p->first_ns % 1000 | p->last_ns % 1000;

	for (int d = 0; d < 2; d++) {
		const struct part_dir *s = &p->dir[d];

		odd |= s->first_ns % 1000 | s->last_ns % 1000 |
		       s->syn_ns % 1000 | s->tsval_first_ns % 1000 |
		       s->tsval_last_ns % 1000;
		for (int i = 0; i < s->any.n; i++)
			odd |= s->any.at[i].time_ns % 1000;
		for (int i = 0; i < s->turn.n; i++)
			odd |= s->turn.at[i].time_ns % 1000;
	}
	return odd ? 1 : 1000;
}

/* Steps wrap, as times may lie anywhere; with a unit of 1000 both ends are
 * divided first, so that nothing is lost by wrapping. */
static void put_time(struct buf *out, const struct scale *s, int64_t ns,
		     int64_t from_ns)
{
	buf_zigzag(out, (int64_t)((uint64_t)(ns / s->unit_ns) -
				  (uint64_t)(from_ns / s->unit_ns)));
}

static int64_t take_time(struct cursor *in, const struct scale *s,
			 int64_t from_ns)
{
	uint64_t t = (uint64_t)cursor_zigzag(in) +
		     (uint64_t)(from_ns / s->unit_ns);

	return (int64_t)(t * (uint64_t)s->unit_ns);
}

static void put_step(struct buf *out, uint64_t v, uint64_t from)
{
	buf_zigzag(out, (int64_t)(v - from));
}

static uint64_t take_step(struct cursor *in, uint64_t from)
{
	return from + (uint64_t)cursor_zigzag(in);
}

static void put_u16(struct buf *out, uint16_t v)
{
	buf_u8(out, (uint8_t)v);
	buf_u8(out, (uint8_t)(v >> 8));
}

static uint16_t take_u16(struct cursor *in)
{
	uint8_t low = cursor_u8(in);

	return (uint16_t)(low | cursor_u8(in) << 8);
}

static void put_step32(struct buf *out, uint32_t v, uint32_t from)
{
	buf_zigzag(out, (int32_t)(v - from));
}

static uint32_t take_step32(struct cursor *in, uint32_t from)
{
	return from + (uint32_t)cursor_zigzag(in);
}

/* ---- samples ---- */

static bool sample_same(const struct part_sample *a,
			const struct part_sample *b)
{
	return a->digest == b->digest && a->len == b->len && a->seq == b->seq &&
	       a->time_ns == b->time_ns;
}

/* Where the stream's first byte is. */
static uint64_t data_first(const struct part_dir *d)
{
	return d->seq_first + d->syn;
}

static void put_sample(struct buf *out, const struct part_sample *a,
		       const struct part_dir *d, const struct scale *s)
{
	uint32_t step = a->len - d->max_pay;
	uint32_t len = step << 1 ^ -(step >> 31);
	bool first = a->seq == data_first(d);

	buf_u32le(out, a->digest);
	buf_varint(out, (uint64_t)len << 1 | first);
	if (!first)
		put_step(out, a->seq, d->seq_first);
	put_time(out, s, a->time_ns, d->first_ns);
}

static void take_sample(struct cursor *in, struct part_sample *a,
			const struct part_dir *d, const struct scale *s)
{
	uint64_t len;

	a->digest = cursor_le32(in);
	len = cursor_varint(in);
	a->len = d->max_pay +
		 ((uint32_t)(len >> 2) ^ -(uint32_t)(len >> 1 & 1));
	a->seq = len & 1 ? data_first(d) : take_step(in, d->seq_first);
	a->time_ns = take_time(in, s, d->first_ns);
}

static void put_samples(struct buf *out, const struct part_samples *a,
			const struct part_dir *d, const struct scale *s)
{
	buf_u8(out, a->n);
	for (int i = 0; i < a->n; i++)
		put_sample(out, &a->at[i], d, s);
}

static void take_samples(struct cursor *in, struct part_samples *a,
			 const struct part_dir *d, const struct scale *s)
{
	uint8_t n = cursor_u8(in);

	if (n > PART_SAMPLES)
		in->bad = true;
	if (in->bad)
		return;
	a->n = n;
	for (int i = 0; i < n; i++)
		take_sample(in, &a->at[i], d, s);
}

/* Which of the samples of all segments are those of turns, as bits.
 * Return: false where turns have others, or in another order. */
static bool turn_bits(const struct part_dir *d, uint32_t *bits)
{
	int t = 0;

	*bits = 0;
	for (int i = 0; i < d->any.n && t < d->turn.n; i++)
		if (sample_same(&d->any.at[i], &d->turn.at[t])) {
			*bits |= 1u << i;
			t++;
		}
	return t == d->turn.n;
}

static void take_turn_bits(struct cursor *in, struct part_dir *d)
{
	uint64_t bits = cursor_varint(in);

	if (bits >> d->any.n)
		in->bad = true;
	for (int i = 0; i < d->any.n && !in->bad; i++)
		if (bits >> i & 1)
			d->turn.at[d->turn.n++] = d->any.at[i];
}

/* ---- one direction ---- */

static uint8_t flags_of(const struct part_dir *d)
{
	return (uint8_t)(HAS_PACKETS | (d->syn ? HAS_SYN : 0) |
			 (d->fin ? HAS_FIN : 0) | (d->rst ? HAS_RST : 0) |
			 (d->ts ? HAS_TS : 0) |
			 (d->ipid_zero ? IS_IPID_ZERO : 0) |
			 (d->ipid_const ? IS_IPID_CONST : 0) |
			 (d->data_packets || d->bytes || d->max_pay ? HAS_DATA
								    : 0));
}

/* HAS_TURN with IS_TURN_SUBSET: bits; IS_TURN_SUBSET alone: all of them. */
static uint8_t more_flags_of(const struct part_dir *d, bool subset)
{
	bool all = subset && d->turn.n == d->any.n;

	return (uint8_t)((d->head_len ? HAS_HEAD : 0) |
			 (d->csum_good ? HAS_GOOD : 0) |
			 (d->csum_bad || d->csum_offload ? HAS_BAD : 0) |
			 (d->big ? HAS_BIG : 0) | (d->any.n ? HAS_ANY : 0) |
			 (d->turn.n && !all ? HAS_TURN : 0) |
			 (d->turn.n && subset ? IS_TURN_SUBSET : 0) |
			 (d->ttl_max != d->ttl_min ? HAS_TTL_RANGE : 0));
}

static uint64_t likely_next(const struct part_dir *d)
{
	return data_first(d) + d->bytes + d->fin;
}

static uint8_t likely_head(const struct part_dir *d)
{
	return d->bytes < HEAD_MAX ? (uint8_t)d->bytes : HEAD_MAX;
}

static unsigned shape_differs(const struct part_dir *d,
			      const struct part_dir *from)
{
	return (d->mss != from->mss ? SHAPE_MSS : 0u) |
	       (d->syn_window != from->syn_window ? SHAPE_WINDOW : 0u) |
	       (d->opt_order != from->opt_order ? SHAPE_ORDER : 0u) |
	       (d->wscale != from->wscale ? SHAPE_WSCALE : 0u) |
	       (d->syn_opts != from->syn_opts ? SHAPE_OPTS : 0u);
}

static uint8_t as_flags_of(const struct part_dir *d,
			   const struct part_dir *shape, const struct scale *s)
{
	bool ts = d->tsval_first == d->syn_tsval &&
		  d->tsval_first_ns == d->first_ns &&
		  d->tsval_last_ns == d->last_ns;
	bool head = d->head_len == likely_head(d) && !(d->head >> 40);
	bool syn = d->isn == (uint32_t)d->seq_first && d->syn_count == 1 &&
		   d->syn_ns == d->first_ns;

	return (uint8_t)((d->seq_first >> 32 == 1 ? AS_SEQ_LOW : 0) |
			 (d->seq_next == likely_next(d) ? AS_SEQ_NEXT : 0) |
			 (d->first_ns == s->first_ns ? AS_FIRST : 0) |
			 (d->last_ns == s->last_ns ? AS_LAST : 0) |
			 (ts ? AS_TS : 0) | (head ? AS_HEAD : 0) |
			 (syn ? AS_SYN : 0) |
			 (shape_differs(d, shape) ? 0 : AS_SHAPE));
}

static void put_shape(struct buf *out, const struct part_dir *d,
		      const struct part_dir *from)
{
	unsigned differs = shape_differs(d, from);

	buf_u8(out, (uint8_t)differs);
	if (differs & SHAPE_MSS)
		put_u16(out, d->mss);
	if (differs & SHAPE_WINDOW)
		put_u16(out, d->syn_window);
	if (differs & SHAPE_ORDER)
		put_u16(out, d->opt_order);
	if (differs & SHAPE_WSCALE)
		buf_u8(out, (uint8_t)d->wscale);
	if (differs & SHAPE_OPTS)
		buf_u8(out, d->syn_opts);
}

static void take_shape(struct cursor *in, struct part_dir *d, bool as)
{
	uint8_t differs = as ? 0 : cursor_u8(in);

	if (differs & SHAPE_MSS)
		d->mss = take_u16(in);
	if (differs & SHAPE_WINDOW)
		d->syn_window = take_u16(in);
	if (differs & SHAPE_ORDER)
		d->opt_order = take_u16(in);
	if (differs & SHAPE_WSCALE)
		d->wscale = (int8_t)cursor_u8(in);
	if (differs & SHAPE_OPTS)
		d->syn_opts = cursor_u8(in);
}

static void shape_from(struct part_dir *d, const struct part_dir *from)
{
	d->mss = from->mss;
	d->syn_window = from->syn_window;
	d->opt_order = from->opt_order;
	d->wscale = from->wscale;
	d->syn_opts = from->syn_opts;
}

static void put_syn(struct buf *out, const struct part_dir *d,
		    const struct part_dir *shape, uint8_t as,
		    const struct scale *s)
{
	if (!(as & AS_SYN)) {
		put_step32(out, d->isn, (uint32_t)d->seq_first);
		buf_varint(out, d->syn_count);
		put_time(out, s, d->syn_ns, d->first_ns);
	}
	put_step(out, d->syn_frame, s->first_frame);
	put_u16(out, d->syn_ip_id);
	if (!(as & AS_SHAPE))
		put_shape(out, d, shape);
	if (d->ts)
		buf_u32le(out, d->syn_tsval);
	else
		buf_varint(out, d->syn_tsval);
}

static void take_syn(struct cursor *in, struct part_dir *d,
		     const struct part_dir *shape, uint8_t as,
		     const struct scale *s)
{
	d->isn = (uint32_t)d->seq_first;
	d->syn_count = 1;
	d->syn_ns = d->first_ns;
	if (!(as & AS_SYN)) {
		d->isn = take_step32(in, d->isn);
		d->syn_count = (uint32_t)cursor_varint(in);
		d->syn_ns = take_time(in, s, d->first_ns);
	}
	d->syn_frame = take_step(in, s->first_frame);
	d->syn_ip_id = take_u16(in);
	shape_from(d, shape);
	take_shape(in, d, as & AS_SHAPE);
	d->syn_tsval = d->ts ? cursor_le32(in) : (uint32_t)cursor_varint(in);
}

static void put_ts(struct buf *out, const struct part_dir *d, uint8_t as,
		   const struct scale *s)
{
	if (!(as & AS_TS)) {
		put_step32(out, d->tsval_first, d->syn_tsval);
		put_time(out, s, d->tsval_first_ns, d->first_ns);
		put_time(out, s, d->tsval_last_ns, d->last_ns);
	}
	put_step32(out, d->tsval_last, d->tsval_first);
}

static void take_ts(struct cursor *in, struct part_dir *d, uint8_t as,
		    const struct scale *s)
{
	d->tsval_first = d->syn_tsval;
	d->tsval_first_ns = d->first_ns;
	d->tsval_last_ns = d->last_ns;
	if (!(as & AS_TS)) {
		d->tsval_first = take_step32(in, d->syn_tsval);
		d->tsval_first_ns = take_time(in, s, d->first_ns);
		d->tsval_last_ns = take_time(in, s, d->last_ns);
	}
	d->tsval_last = take_step32(in, d->tsval_first);
}

/* One packet's payload is all there is, and the largest. */
static uint32_t likely_max(const struct part_dir *d)
{
	return d->data_packets ? (uint32_t)(d->bytes / d->data_packets) : 0;
}

static void put_data(struct buf *out, const struct part_dir *d)
{
	buf_varint(out, d->data_packets);
	buf_varint(out, d->bytes);
	put_step32(out, d->max_pay, likely_max(d));
}

static void take_data(struct cursor *in, struct part_dir *d)
{
	d->data_packets = cursor_varint(in);
	d->bytes = cursor_varint(in);
	d->max_pay = take_step32(in, likely_max(d));
}

static void put_head(struct buf *out, const struct part_dir *d, uint8_t as)
{
	if (!(as & AS_HEAD)) {
		buf_u8(out, d->head_len);
		buf_u64le(out, d->head);
		return;
	}
	buf_u8(out, (uint8_t)(d->head >> 32));
	buf_u32le(out, (uint32_t)d->head);
}

static void take_head(struct cursor *in, struct part_dir *d, uint8_t as)
{
	if (!(as & AS_HEAD)) {
		d->head_len = cursor_u8(in);
		d->head = cursor_le64(in);
		return;
	}
	d->head_len = likely_head(d);
	d->head = (uint64_t)cursor_u8(in) << 32;
	d->head |= cursor_le32(in);
}

static void put_more(struct buf *out, const struct part_dir *d, uint8_t as,
		     const struct scale *s)
{
	uint32_t bits;
	bool subset = turn_bits(d, &bits);
	uint8_t more = more_flags_of(d, subset);

	buf_u8(out, more);
	if (more & HAS_TTL_RANGE)
		buf_u8(out, d->ttl_max);
	if (more & HAS_HEAD)
		put_head(out, d, as);
	if (more & HAS_GOOD)
		buf_varint(out, d->csum_good);
	if (more & HAS_BAD) {
		buf_varint(out, d->csum_bad);
		buf_varint(out, d->csum_offload);
	}
	if (more & HAS_BIG)
		buf_varint(out, d->big);
	if (more & HAS_ANY)
		put_samples(out, &d->any, d, s);
	if (more & HAS_TURN && subset)
		buf_varint(out, bits);
	else if (more & HAS_TURN)
		put_samples(out, &d->turn, d, s);
}

static void take_more(struct cursor *in, struct part_dir *d, uint8_t as,
		      const struct scale *s)
{
	uint8_t more = cursor_u8(in);

	d->ttl_max = more & HAS_TTL_RANGE ? cursor_u8(in) : d->ttl_min;
	if (more & HAS_HEAD)
		take_head(in, d, as);
	if (more & HAS_GOOD)
		d->csum_good = (uint32_t)cursor_varint(in);
	if (more & HAS_BAD) {
		d->csum_bad = (uint32_t)cursor_varint(in);
		d->csum_offload = (uint32_t)cursor_varint(in);
	}
	if (more & HAS_BIG)
		d->big = (uint32_t)cursor_varint(in);
	if (more & HAS_ANY)
		take_samples(in, &d->any, d, s);
	if (more & HAS_TURN && more & IS_TURN_SUBSET)
		take_turn_bits(in, d);
	else if (more & HAS_TURN)
		take_samples(in, &d->turn, d, s);
	else if (more & IS_TURN_SUBSET)
		d->turn = d->any;
}

/* The other direction's SYN where it was told already. */
static const struct part_dir *shape_of(const struct part *p, int d)
{
	return d && p->dir[0].syn ? &p->dir[0] : &linux_syn;
}

static void put_dir(struct buf *out, const struct part_dir *d,
		    const struct part_dir *shape, const struct scale *s)
{
	uint8_t flags = flags_of(d), as;

	if (!d->packets) {
		buf_u8(out, 0);
		return;
	}
	as = as_flags_of(d, shape, s);
	buf_u8(out, flags);
	buf_u8(out, as);
	buf_varint(out, d->packets);
	if (as & AS_SEQ_LOW)
		buf_u32le(out, (uint32_t)d->seq_first);
	else
		buf_varint(out, d->seq_first);
	if (!(as & AS_FIRST))
		put_time(out, s, d->first_ns, s->first_ns);
	if (!(as & AS_LAST))
		put_time(out, s, d->last_ns, s->last_ns);
	buf_u8(out, d->ttl_min);
	if (flags & HAS_DATA)
		put_data(out, d);
	if (!(as & AS_SEQ_NEXT))
		put_step(out, d->seq_next, likely_next(d));
	if (flags & HAS_SYN)
		put_syn(out, d, shape, as, s);
	if (flags & HAS_TS)
		put_ts(out, d, as, s);
	put_more(out, d, as, s);
}

static void take_flags(struct part_dir *d, uint8_t flags)
{
	d->syn = flags & HAS_SYN;
	d->fin = flags & HAS_FIN;
	d->rst = flags & HAS_RST;
	d->ts = flags & HAS_TS;
	d->ipid_zero = flags & IS_IPID_ZERO;
	d->ipid_const = flags & IS_IPID_CONST;
}

static void take_dir(struct cursor *in, struct part_dir *d,
		     const struct part_dir *shape, const struct scale *s)
{
	uint8_t flags = cursor_u8(in), as;

	if (!(flags & HAS_PACKETS)) {
		in->bad |= flags != 0;
		return;
	}
	take_flags(d, flags);
	as = cursor_u8(in);
	d->packets = cursor_varint(in);
	if (as & AS_SEQ_LOW)
		d->seq_first = 1ull << 32 | cursor_le32(in);
	else
		d->seq_first = cursor_varint(in);
	d->first_ns = as & AS_FIRST ? s->first_ns
				    : take_time(in, s, s->first_ns);
	d->last_ns = as & AS_LAST ? s->last_ns : take_time(in, s, s->last_ns);
	d->ttl_min = cursor_u8(in);
	if (flags & HAS_DATA)
		take_data(in, d);
	d->seq_next = as & AS_SEQ_NEXT ? likely_next(d)
				       : take_step(in, likely_next(d));
	if (flags & HAS_SYN)
		take_syn(in, d, shape, as, s);
	if (flags & HAS_TS)
		take_ts(in, d, as, s);
	take_more(in, d, as, s);
}

/* ---- the part ---- */

static void put_ends(struct buf *out, const struct part *p, bool v4)
{
	for (int e = 0; e < 2; e++) {
		const uint8_t *a = p->ends[e].addr.b;

		buf_bytes(out, v4 ? a + ADDRESS_V4_AT : a, v4 ? 4 : 16);
		buf_varint(out, p->ends[e].port);
	}
}

static void take_ends(struct cursor *in, struct part *p, bool v4)
{
	for (int e = 0; e < 2; e++) {
		const uint8_t *a = cursor_take(in, v4 ? 4 : 16);

		if (a && v4)
			p->ends[e].addr = net_addr_v4(a);
		else if (a)
			memcpy(p->ends[e].addr.b, a, 16);
		p->ends[e].port = (uint16_t)cursor_varint(in);
	}
}

/* Return: number of turns that are just the directions' bytes, or 0. */
static int likely_turns(const struct part *p)
{
	int first = p->first_turn_dir & 1;

	if (p->turns == 0 || p->turns > 2)
		return 0;
	for (int i = 0; i < p->turns; i++)
		if (p->turn_bytes[i] != (uint32_t)p->dir[first ^ i].bytes)
			return 0;
	return p->turns;
}

static void put_turns(struct buf *out, const struct part *p)
{
	int likely = likely_turns(p);
	uint8_t n = likely ? (uint8_t)(PART_TURNS + likely) : p->turns;

	buf_u8(out, (uint8_t)(n << 1 | (p->first_turn_dir & 1)));
	for (int i = 0; i < p->turns && !likely; i++)
		buf_varint(out, p->turn_bytes[i]);
}

static void take_turns(struct cursor *in, struct part *p)
{
	uint8_t v = cursor_u8(in), n = v >> 1;
	bool likely = n > PART_TURNS;

	p->first_turn_dir = v & 1;
	if (n > TURNS_TWO) {
		in->bad = true;
		return;
	}
	p->turns = likely ? (uint8_t)(n - PART_TURNS) : n;
	for (int i = 0; i < p->turns; i++)
		p->turn_bytes[i] =
			likely ? (uint32_t)p->dir[p->first_turn_dir ^ i].bytes
			       : (uint32_t)cursor_varint(in);
}

static void put_name(struct buf *out, const struct part *p,
		     const struct scale *s)
{
	bool v4 = net_addr_is_v4(&p->ends[0].addr) &&
		  net_addr_is_v4(&p->ends[1].addr);

	buf_u8(out, (uint8_t)((v4 ? ENDS_V4 : 0) |
			      (s->unit_ns == 1000 ? UNIT_US : 0) |
			      (p->tunnel ? HAS_TUNNEL : 0) |
			      (p->incarnation ? HAS_INCARNATION : 0) |
			      (p->proto == PROTO_TCP ? IS_TCP : 0)));
	if (p->proto != PROTO_TCP)
		buf_u8(out, p->proto);
	if (p->tunnel)
		buf_varint(out, p->tunnel);
	if (p->incarnation)
		buf_varint(out, p->incarnation);
	put_ends(out, p, v4);
}

static void take_name(struct cursor *in, struct part *p, struct scale *s)
{
	uint8_t kind = cursor_u8(in);

	s->unit_ns = kind & UNIT_US ? 1000 : 1;
	p->proto = kind & IS_TCP ? PROTO_TCP : cursor_u8(in);
	if (kind & HAS_TUNNEL)
		p->tunnel = (uint32_t)cursor_varint(in);
	if (kind & HAS_INCARNATION)
		p->incarnation = (uint32_t)cursor_varint(in);
	take_ends(in, p, kind & ENDS_V4);
}

/* Acknowledgements end where the other direction does: a byte of bits says
 * which do not. */
static void put_acks(struct buf *out, const struct part *p)
{
	uint8_t off = 0;

	for (int d = 0; d < 2; d++)
		if (p->dir[d].packets &&
		    p->dir[d].ack_max != p->dir[!d].seq_next)
			off |= (uint8_t)(1 << d);
	buf_u8(out, off);
	for (int d = 0; d < 2; d++)
		if (off >> d & 1)
			put_step(out, p->dir[d].ack_max, p->dir[!d].seq_next);
}

static void take_acks(struct cursor *in, struct part *p)
{
	uint8_t off = cursor_u8(in);

	for (int d = 0; d < 2; d++) {
		if (!p->dir[d].packets)
			continue;
		p->dir[d].ack_max = p->dir[!d].seq_next;
		if (off >> d & 1)
			p->dir[d].ack_max = take_step(in, p->dir[!d].seq_next);
	}
}

void part_pack(const struct part *p, struct buf *out)
{
	struct scale s = { part_unit(p), p->first_ns, p->last_ns,
			   p->first_frame };

	put_name(out, p, &s);
	put_time(out, &s, p->first_ns, 0);
	put_time(out, &s, p->last_ns, p->first_ns);
	buf_varint(out, p->first_frame);
	put_step(out, p->last_frame, p->first_frame);
	for (int d = 0; d < 2; d++)
		put_dir(out, &p->dir[d], shape_of(p, d), &s);
	put_turns(out, p);
	put_acks(out, p);
}

int part_unpack(struct part *p, struct cursor *in)
{
	struct scale s = { .unit_ns = 1 };

	memset(p, 0, sizeof *p);
	take_name(in, p, &s);
	p->first_ns = s.first_ns = take_time(in, &s, 0);
	p->last_ns = s.last_ns = take_time(in, &s, p->first_ns);
	p->first_frame = s.first_frame = cursor_varint(in);
	p->last_frame = take_step(in, p->first_frame);
	for (int d = 0; d < 2; d++)
		take_dir(in, &p->dir[d], shape_of(p, d), &s);
	take_turns(in, p);
	take_acks(in, p);
	return in->bad ? -1 : 0;
}
