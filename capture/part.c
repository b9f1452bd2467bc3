/* A part's bytes in the case file.
 *
 * Format: unit of time (1 or 1000 ns), protocol, tunnel, incarnation, ends,
 * times, frames, turns, then both directions.  Varints throughout; times are
 * steps from the part's first, sequence numbers steps from the direction's
 * lowest, and whatever mostly equals or nearly equals another field is a step
 * from that: a million flows of five packets are the measure, of which a part
 * is half the size.  A direction without packets is one byte; what is zero
 * mostly is behind flags.  Turn samples that are among those of all segments,
 * in the same order, are a set of bits.
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
	HAS_PACKETS = 0x01, HAS_SYN = 0x02, HAS_FIN = 0x04, HAS_RST = 0x08,
	HAS_TS = 0x10, IS_IPID_ZERO = 0x20, IS_IPID_CONST = 0x40,
	HAS_DATA = 0x80,
};

enum { /* second byte of a direction */
	HAS_HEAD = 0x01, HAS_GOOD = 0x02, HAS_BAD = 0x04, HAS_BIG = 0x08,
	HAS_ANY = 0x10, HAS_TURN = 0x20, IS_TURN_SUBSET = 0x40,
	HAS_TTL_RANGE = 0x80,
};

enum { ENDS_V4 = 0x01, UNIT_US = 0x02, HAS_TUNNEL = 0x04,
       HAS_INCARNATION = 0x08, ADDRESS_V4_AT = 12 };

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
	return a->digest == b->digest && a->len == b->len &&
	       a->seq == b->seq && a->time_ns == b->time_ns;
}

static void put_sample(struct buf *out, const struct part_sample *a,
		       const struct part_dir *d, const struct scale *s)
{
	buf_u32le(out, a->digest);
	put_step32(out, a->len, d->max_pay);
	put_step(out, a->seq, d->seq_first);
	put_time(out, s, a->time_ns, d->first_ns);
}

static void take_sample(struct cursor *in, struct part_sample *a,
			const struct part_dir *d, const struct scale *s)
{
	a->digest = cursor_le32(in);
	a->len = take_step32(in, d->max_pay);
	a->seq = take_step(in, d->seq_first);
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

static uint8_t more_flags_of(const struct part_dir *d, bool subset)
{
	return (uint8_t)((d->head_len ? HAS_HEAD : 0) |
			 (d->csum_good ? HAS_GOOD : 0) |
			 (d->csum_bad || d->csum_offload ? HAS_BAD : 0) |
			 (d->big ? HAS_BIG : 0) | (d->any.n ? HAS_ANY : 0) |
			 (d->turn.n ? HAS_TURN : 0) |
			 (subset ? IS_TURN_SUBSET : 0) |
			 (d->ttl_max != d->ttl_min ? HAS_TTL_RANGE : 0));
}

static void put_syn(struct buf *out, const struct part_dir *d,
		    const struct scale *s)
{
	put_step32(out, d->isn, (uint32_t)d->seq_first);
	buf_varint(out, d->syn_tsval);
	buf_varint(out, d->syn_count);
	put_step(out, d->syn_frame, s->first_frame);
	put_time(out, s, d->syn_ns, d->first_ns);
	put_u16(out, d->mss);
	put_u16(out, d->syn_window);
	put_u16(out, d->opt_order);
	put_u16(out, d->syn_ip_id);
	buf_u8(out, (uint8_t)d->wscale);
	buf_u8(out, d->syn_opts);
}

static void take_syn(struct cursor *in, struct part_dir *d,
		     const struct scale *s)
{
	d->isn = take_step32(in, (uint32_t)d->seq_first);
	d->syn_tsval = (uint32_t)cursor_varint(in);
	d->syn_count = (uint32_t)cursor_varint(in);
	d->syn_frame = take_step(in, s->first_frame);
	d->syn_ns = take_time(in, s, d->first_ns);
	d->mss = take_u16(in);
	d->syn_window = take_u16(in);
	d->opt_order = take_u16(in);
	d->syn_ip_id = take_u16(in);
	d->wscale = (int8_t)cursor_u8(in);
	d->syn_opts = cursor_u8(in);
}

static void put_ts(struct buf *out, const struct part_dir *d,
		   const struct scale *s)
{
	put_step32(out, d->tsval_first, d->syn_tsval);
	put_step32(out, d->tsval_last, d->tsval_first);
	put_time(out, s, d->tsval_first_ns, d->first_ns);
	put_time(out, s, d->tsval_last_ns, d->last_ns);
}

static void take_ts(struct cursor *in, struct part_dir *d,
		    const struct scale *s)
{
	d->tsval_first = take_step32(in, d->syn_tsval);
	d->tsval_last = take_step32(in, d->tsval_first);
	d->tsval_first_ns = take_time(in, s, d->first_ns);
	d->tsval_last_ns = take_time(in, s, d->last_ns);
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

static void put_more(struct buf *out, const struct part_dir *d,
		     const struct scale *s)
{
	uint32_t bits;
	bool subset = turn_bits(d, &bits);
	uint8_t more = more_flags_of(d, subset);

	buf_u8(out, more);
	if (more & HAS_TTL_RANGE)
		buf_u8(out, d->ttl_max);
	if (more & HAS_HEAD) {
		buf_u8(out, d->head_len);
		buf_u64le(out, d->head);
	}
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

static void take_more(struct cursor *in, struct part_dir *d,
		      const struct scale *s)
{
	uint8_t more = cursor_u8(in);

	d->ttl_max = more & HAS_TTL_RANGE ? cursor_u8(in) : d->ttl_min;
	if (more & HAS_HEAD) {
		d->head_len = cursor_u8(in);
		d->head = cursor_le64(in);
	}
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
}

static void put_dir(struct buf *out, const struct part_dir *d,
		    const struct scale *s)
{
	uint8_t flags = flags_of(d);

	if (!d->packets) {
		buf_u8(out, 0);
		return;
	}
	buf_u8(out, flags);
	buf_varint(out, d->packets);
	buf_varint(out, d->seq_first);
	put_step(out, d->seq_next, d->seq_first);
	put_time(out, s, d->first_ns, s->first_ns);
	put_time(out, s, d->last_ns, s->last_ns);
	buf_u8(out, d->ttl_min);
	if (flags & HAS_DATA)
		put_data(out, d);
	if (flags & HAS_SYN)
		put_syn(out, d, s);
	if (flags & HAS_TS)
		put_ts(out, d, s);
	put_more(out, d, s);
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
		     const struct scale *s)
{
	uint8_t flags = cursor_u8(in);

	if (!(flags & HAS_PACKETS)) {
		in->bad |= flags != 0;
		return;
	}
	take_flags(d, flags);
	d->packets = cursor_varint(in);
	d->seq_first = cursor_varint(in);
	d->seq_next = take_step(in, d->seq_first);
	d->first_ns = take_time(in, s, s->first_ns);
	d->last_ns = take_time(in, s, s->last_ns);
	d->ttl_min = cursor_u8(in);
	if (flags & HAS_DATA)
		take_data(in, d);
	if (flags & HAS_SYN)
		take_syn(in, d, s);
	if (flags & HAS_TS)
		take_ts(in, d, s);
	take_more(in, d, s);
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

static void put_turns(struct buf *out, const struct part *p)
{
	buf_u8(out, (uint8_t)(p->turns << 1 | (p->first_turn_dir & 1)));
	for (int i = 0; i < p->turns; i++)
		buf_varint(out, p->turn_bytes[i]);
}

static void take_turns(struct cursor *in, struct part *p)
{
	uint8_t v = cursor_u8(in);

	p->first_turn_dir = v & 1;
	p->turns = v >> 1;
	if (p->turns > PART_TURNS) {
		p->turns = 0;
		in->bad = true;
	}
	for (int i = 0; i < p->turns; i++)
		p->turn_bytes[i] = (uint32_t)cursor_varint(in);
}

static void put_name(struct buf *out, const struct part *p,
		     const struct scale *s)
{
	bool v4 = net_addr_is_v4(&p->ends[0].addr) &&
		  net_addr_is_v4(&p->ends[1].addr);

	buf_u8(out, (uint8_t)((v4 ? ENDS_V4 : 0) |
			      (s->unit_ns == 1000 ? UNIT_US : 0) |
			      (p->tunnel ? HAS_TUNNEL : 0) |
			      (p->incarnation ? HAS_INCARNATION : 0)));
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
	p->proto = cursor_u8(in);
	if (kind & HAS_TUNNEL)
		p->tunnel = (uint32_t)cursor_varint(in);
	if (kind & HAS_INCARNATION)
		p->incarnation = (uint32_t)cursor_varint(in);
	take_ends(in, p, kind & ENDS_V4);
}

/* Acknowledgements end near what the other direction sent. */
static void put_acks(struct buf *out, const struct part *p)
{
	for (int d = 0; d < 2; d++)
		if (p->dir[d].packets)
			put_step(out, p->dir[d].ack_max,
				 p->dir[!d].seq_next);
}

static void take_acks(struct cursor *in, struct part *p)
{
	for (int d = 0; d < 2; d++)
		if (p->dir[d].packets)
			p->dir[d].ack_max = take_step(in,
						      p->dir[!d].seq_next);
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
	put_turns(out, p);
	for (int d = 0; d < 2; d++)
		put_dir(out, &p->dir[d], &s);
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
	take_turns(in, p);
	for (int d = 0; d < 2; d++)
		take_dir(in, &p->dir[d], &s);
	take_acks(in, p);
	return in->bad ? -1 : 0;
}
