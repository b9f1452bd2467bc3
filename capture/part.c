/* A part's bytes in the case file.
 *
 * Format: unit of time (1 or 1000 ns), protocol, tunnel, incarnation, ends,
 * times, frames, turns, then both directions.  Varints throughout; times are
 * steps from the part's first, sequence numbers steps from the direction's
 * lowest.  A direction without packets is one byte; what is zero mostly
 * (checksum counters, TSvals, samples) is behind flags.  A turn sample that is
 * among the samples of all segments too is its place there: one byte.
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
	HAS_HEAD = 0x01, HAS_CSUM = 0x02, HAS_BIG = 0x04, HAS_ANY = 0x08,
	HAS_TURN = 0x10,
};

enum { ENDS_V4 = 0x01, UNIT_US = 0x02, ADDRESS_V4_AT = 12 };

struct scale {
	int64_t first_ns, unit_ns;
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
static void put_time(struct buf *out, const struct scale *s, int64_t ns)
{
	buf_zigzag(out, (int64_t)((uint64_t)(ns / s->unit_ns) -
				  (uint64_t)(s->first_ns / s->unit_ns)));
}

static int64_t take_time(struct cursor *in, const struct scale *s)
{
	uint64_t t = (uint64_t)cursor_zigzag(in) +
		     (uint64_t)(s->first_ns / s->unit_ns);

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

/* ---- samples ---- */

static bool sample_same(const struct part_sample *a,
			const struct part_sample *b)
{
	return a->digest == b->digest && a->len == b->len &&
	       a->seq == b->seq && a->time_ns == b->time_ns;
}

static void put_sample(struct buf *out, const struct part_sample *a,
		       const struct scale *s, uint64_t seq)
{
	buf_u32le(out, a->digest);
	buf_varint(out, a->len);
	put_step(out, a->seq, seq);
	put_time(out, s, a->time_ns);
}

static void take_sample(struct cursor *in, struct part_sample *a,
			const struct scale *s, uint64_t seq)
{
	a->digest = cursor_le32(in);
	a->len = (uint32_t)cursor_varint(in);
	a->seq = take_step(in, seq);
	a->time_ns = take_time(in, s);
}

static void put_any(struct buf *out, const struct part_dir *d,
		    const struct scale *s)
{
	buf_u8(out, d->any.n);
	for (int i = 0; i < d->any.n; i++)
		put_sample(out, &d->any.at[i], s, d->seq_first);
}

static void put_turn(struct buf *out, const struct part_dir *d,
		     const struct scale *s)
{
	buf_u8(out, d->turn.n);
	for (int i = 0; i < d->turn.n; i++) {
		uint8_t j = 0;

		while (j < d->any.n &&
		       !sample_same(&d->turn.at[i], &d->any.at[j]))
			j++;
		buf_u8(out, j);
		if (j == d->any.n)
			put_sample(out, &d->turn.at[i], s, d->seq_first);
	}
}

static uint8_t take_count(struct cursor *in)
{
	uint8_t n = cursor_u8(in);

	if (n > PART_SAMPLES)
		in->bad = true;
	return in->bad ? 0 : n;
}

static void take_any(struct cursor *in, struct part_dir *d,
		     const struct scale *s)
{
	d->any.n = take_count(in);
	for (int i = 0; i < d->any.n; i++)
		take_sample(in, &d->any.at[i], s, d->seq_first);
}

static void take_turn(struct cursor *in, struct part_dir *d,
		      const struct scale *s)
{
	d->turn.n = take_count(in);
	for (int i = 0; i < d->turn.n; i++) {
		uint8_t j = cursor_u8(in);

		if (j < d->any.n)
			d->turn.at[i] = d->any.at[j];
		else
			take_sample(in, &d->turn.at[i], s, d->seq_first);
	}
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

static uint8_t more_flags_of(const struct part_dir *d)
{
	bool csum = d->csum_bad || d->csum_offload || d->csum_good;

	return (uint8_t)((d->head_len ? HAS_HEAD : 0) |
			 (csum ? HAS_CSUM : 0) | (d->big ? HAS_BIG : 0) |
			 (d->any.n ? HAS_ANY : 0) |
			 (d->turn.n ? HAS_TURN : 0));
}

static void put_syn(struct buf *out, const struct part_dir *d,
		    const struct scale *s, uint64_t frame)
{
	buf_zigzag(out, (int32_t)(d->isn - (uint32_t)d->seq_first));
	buf_varint(out, d->syn_tsval);
	buf_varint(out, d->syn_count);
	put_step(out, d->syn_frame, frame);
	put_time(out, s, d->syn_ns);
	buf_varint(out, d->mss);
	buf_varint(out, d->syn_window);
	buf_varint(out, d->opt_order);
	buf_varint(out, d->syn_ip_id);
	buf_u8(out, (uint8_t)d->wscale);
	buf_u8(out, d->syn_opts);
}

static void take_syn(struct cursor *in, struct part_dir *d,
		     const struct scale *s, uint64_t frame)
{
	d->isn = (uint32_t)d->seq_first + (uint32_t)cursor_zigzag(in);
	d->syn_tsval = (uint32_t)cursor_varint(in);
	d->syn_count = (uint32_t)cursor_varint(in);
	d->syn_frame = take_step(in, frame);
	d->syn_ns = take_time(in, s);
	d->mss = (uint16_t)cursor_varint(in);
	d->syn_window = (uint16_t)cursor_varint(in);
	d->opt_order = (uint16_t)cursor_varint(in);
	d->syn_ip_id = (uint16_t)cursor_varint(in);
	d->wscale = (int8_t)cursor_u8(in);
	d->syn_opts = cursor_u8(in);
}

static void put_ts(struct buf *out, const struct part_dir *d,
		   const struct scale *s)
{
	buf_varint(out, d->tsval_first);
	buf_zigzag(out, (int32_t)(d->tsval_last - d->tsval_first));
	put_time(out, s, d->tsval_first_ns);
	put_time(out, s, d->tsval_last_ns);
}

static void take_ts(struct cursor *in, struct part_dir *d,
		    const struct scale *s)
{
	d->tsval_first = (uint32_t)cursor_varint(in);
	d->tsval_last = d->tsval_first + (uint32_t)cursor_zigzag(in);
	d->tsval_first_ns = take_time(in, s);
	d->tsval_last_ns = take_time(in, s);
}

static void put_dir(struct buf *out, const struct part_dir *d,
		    const struct scale *s, uint64_t frame)
{
	uint8_t flags = flags_of(d), more = more_flags_of(d);

	if (!d->packets) {
		buf_u8(out, 0);
		return;
	}
	buf_u8(out, flags);
	buf_u8(out, more);
	buf_varint(out, d->packets);
	buf_varint(out, d->seq_first);
	put_step(out, d->seq_next, d->seq_first);
	buf_varint(out, d->ack_max);
	put_time(out, s, d->first_ns);
	put_time(out, s, d->last_ns);
	buf_u8(out, d->ttl_min);
	buf_u8(out, (uint8_t)(d->ttl_max - d->ttl_min));
	if (flags & HAS_DATA) {
		buf_varint(out, d->bytes);
		buf_varint(out, d->data_packets);
		buf_varint(out, d->max_pay);
	}
	if (flags & HAS_SYN)
		put_syn(out, d, s, frame);
	if (flags & HAS_TS)
		put_ts(out, d, s);
	if (more & HAS_HEAD) {
		buf_u8(out, d->head_len);
		buf_u64le(out, d->head);
	}
	if (more & HAS_CSUM) {
		buf_varint(out, d->csum_bad);
		buf_varint(out, d->csum_offload);
		buf_varint(out, d->csum_good);
	}
	if (more & HAS_BIG)
		buf_varint(out, d->big);
	if (more & HAS_ANY)
		put_any(out, d, s);
	if (more & HAS_TURN)
		put_turn(out, d, s);
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
		     const struct scale *s, uint64_t frame)
{
	uint8_t flags = cursor_u8(in), more;

	if (!(flags & HAS_PACKETS)) {
		in->bad |= flags != 0;
		return;
	}
	take_flags(d, flags);
	more = cursor_u8(in);
	d->packets = cursor_varint(in);
	d->seq_first = cursor_varint(in);
	d->seq_next = take_step(in, d->seq_first);
	d->ack_max = cursor_varint(in);
	d->first_ns = take_time(in, s);
	d->last_ns = take_time(in, s);
	d->ttl_min = cursor_u8(in);
	d->ttl_max = (uint8_t)(d->ttl_min + cursor_u8(in));
	if (flags & HAS_DATA) {
		d->bytes = cursor_varint(in);
		d->data_packets = cursor_varint(in);
		d->max_pay = (uint32_t)cursor_varint(in);
	}
	if (flags & HAS_SYN)
		take_syn(in, d, s, frame);
	if (flags & HAS_TS)
		take_ts(in, d, s);
	if (more & HAS_HEAD) {
		d->head_len = cursor_u8(in);
		d->head = cursor_le64(in);
	}
	if (more & HAS_CSUM) {
		d->csum_bad = (uint32_t)cursor_varint(in);
		d->csum_offload = (uint32_t)cursor_varint(in);
		d->csum_good = (uint32_t)cursor_varint(in);
	}
	if (more & HAS_BIG)
		d->big = (uint32_t)cursor_varint(in);
	if (more & HAS_ANY)
		take_any(in, d, s);
	if (more & HAS_TURN)
		take_turn(in, d, s);
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

void part_pack(const struct part *p, struct buf *out)
{
	bool v4 = net_addr_is_v4(&p->ends[0].addr) &&
		  net_addr_is_v4(&p->ends[1].addr);
	struct scale s = { 0, part_unit(p) };

	buf_u8(out, (uint8_t)((v4 ? ENDS_V4 : 0) |
			      (s.unit_ns == 1000 ? UNIT_US : 0)));
	buf_u8(out, p->proto);
	buf_varint(out, p->tunnel);
	buf_varint(out, p->incarnation);
	put_ends(out, p, v4);
	put_time(out, &s, p->first_ns);
	s.first_ns = p->first_ns;
	put_time(out, &s, p->last_ns);
	buf_varint(out, p->first_frame);
	put_step(out, p->last_frame, p->first_frame);
	put_turns(out, p);
	for (int d = 0; d < 2; d++)
		put_dir(out, &p->dir[d], &s, p->first_frame);
}

int part_unpack(struct part *p, struct cursor *in)
{
	uint8_t kind = cursor_u8(in);
	struct scale s = { 0, kind & UNIT_US ? 1000 : 1 };

	memset(p, 0, sizeof *p);
	p->proto = cursor_u8(in);
	p->tunnel = (uint32_t)cursor_varint(in);
	p->incarnation = (uint32_t)cursor_varint(in);
	take_ends(in, p, kind & ENDS_V4);
	p->first_ns = take_time(in, &s);
	s.first_ns = p->first_ns;
	p->last_ns = take_time(in, &s);
	p->first_frame = cursor_varint(in);
	p->last_frame = take_step(in, p->first_frame);
	take_turns(in, p);
	for (int d = 0; d < 2; d++)
		take_dir(in, &p->dir[d], &s, p->first_frame);
	return in->bad ? -1 : 0;
}
