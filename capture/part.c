/* A part's bytes in the case file.
 *
 * Format: unit of time (1 or 1000 ns), protocol, tunnel, incarnation, ends,
 * times, frames, both directions, turns, acknowledgements, what preceded the
 * stream.  Varints, except for random values; times are steps from the part's
 * first, sequence numbers steps from the direction's lowest, and a field that
 * mostly equals or nearly equals another is a step from that, or replaced by a
 * flag that says so (AS_).  The measure is a case of a million flows of five
 * packets, a third of which is parts.  A direction without packets is one byte;
 * fields that are mostly zero are omitted behind flags.  Turn samples that are
 * among those of all segments, in the same order, are a set of bits.  The shape
 * of a SYN (its options and window) is stored as the difference from the other
 * direction's, or from that of Linux.
 *
 * Invariants: part_unpack(part_pack(p)) gives p back except for id, file and
 * number, provided that a direction without packets is all zero.
 *
 * Hostile bytes: counts are checked against the arrays' sizes; every other
 * value is a possible one.
 */
#include "capture/part.h"

#include <stddef.h>
#include <string.h>

#include "capture/part_int.h"

enum {
	ENDS_V4 = 0x01,
	UNIT_US = 0x02,
	HAS_TUNNEL = 0x04,
	HAS_INCARNATION = 0x08,
	IS_TCP = 0x10,
	HAS_BEFORE = 0x20,
	ADDRESS_V4_AT = 12
};

/* Turns that are not stored one by one: the directions' byte counts. */
enum { TURNS_ONE = PART_TURNS + 1, TURNS_TWO };

#define PROTO_TCP 6

/* 1: not whole in microseconds.  Compared, a remainder takes no division. */
static inline unsigned is_odd(int64_t ns)
{
	return ns % 1000 != 0;
}

static unsigned samples_odd(const struct part_samples *a)
{
	unsigned odd = 0;

	for (int i = 0; i < a->n; i++)
		odd |= is_odd(a->at[i].time_ns);
	return odd;
}

static int64_t part_unit(const struct part *p)
{
	unsigned odd = is_odd(p->first_ns) | is_odd(p->last_ns);

	for (int d = 0; d < 2; d++) {
		const struct part_dir *s = &p->dir[d];

		odd |= is_odd(s->first_ns) | is_odd(s->last_ns) |
		       is_odd(s->syn_ns) | is_odd(s->tsval_first_ns) |
		       is_odd(s->tsval_last_ns);
		odd |= samples_odd(&s->any) | samples_odd(&s->turn);
	}
	return odd ? 1 : 1000;
}

/* The other direction's SYN, if stored before this one. */
static const struct part_dir *shape_of(const struct part *p, int d)
{
	return d && p->dir[0].syn ? &p->dir[0] : &part_linux_syn;
}

static void put_ends(struct buf *out, const struct net_end *ends, bool v4)
{
	for (int e = 0; e < 2; e++) {
		const uint8_t *a = ends[e].addr.b;

		if (v4)
			buf_bytes(out, a + ADDRESS_V4_AT, 4);
		else
			buf_bytes(out, a, 16);
		buf_varint(out, ends[e].port);
	}
}

static void take_ends(struct cursor *in, struct net_end ends[2], bool v4)
{
	for (int e = 0; e < 2; e++) {
		const uint8_t *a = cursor_take(in, v4 ? 4 : 16);

		if (a && v4)
			ends[e].addr = net_addr_v4(a);
		else if (a)
			memcpy(ends[e].addr.b, a, 16);
		ends[e].port = (uint16_t)cursor_varint(in);
	}
}

/* Return: the number of turns, if they are just the directions' byte counts;
 * else 0. */
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

#define ANSWERS_FIRST 0x80 /* beside the number of turns */

static void put_turns(struct buf *out, const struct part *p)
{
	int likely = likely_turns(p);
	uint8_t n = likely ? (uint8_t)(PART_TURNS + likely) : p->turns;

	buf_u8(out, (uint8_t)((p->answers_first ? ANSWERS_FIRST : 0) | n << 1 |
			      (p->first_turn_dir & 1)));
	for (int i = 0; i < p->turns && !likely; i++)
		buf_varint(out, p->turn_bytes[i]);
}

static void take_turns(struct cursor *in, struct part *p)
{
	uint8_t v = cursor_u8(in), n = (v & (uint8_t)~ANSWERS_FIRST) >> 1;
	bool likely = n > PART_TURNS;

	p->first_turn_dir = v & 1;
	p->answers_first = v & ANSWERS_FIRST;
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

static bool has_before(const struct part *p)
{
	return p->before.len[0] || p->before.len[1] || p->before.named;
}

static void put_name(struct buf *out, const struct part *p,
		     const struct part_scale *s)
{
	bool v4 = net_addr_is_v4(&p->ends[0].addr) &&
		  net_addr_is_v4(&p->ends[1].addr);

	buf_u8(out, (uint8_t)((v4 ? ENDS_V4 : 0) |
			      (s->unit_ns == 1000 ? UNIT_US : 0) |
			      (p->tunnel ? HAS_TUNNEL : 0) |
			      (p->incarnation ? HAS_INCARNATION : 0) |
			      (p->proto == PROTO_TCP ? IS_TCP : 0) |
			      (has_before(p) ? HAS_BEFORE : 0)));
	if (p->proto != PROTO_TCP)
		buf_u8(out, p->proto);
	if (p->tunnel)
		buf_varint(out, p->tunnel);
	if (p->incarnation)
		buf_varint(out, p->incarnation);
	put_ends(out, p->ends, v4);
}

/* Return: the kind, of HAS_ and others. */
static uint8_t take_name(struct cursor *in, struct part *p,
			 struct part_scale *s)
{
	uint8_t kind = cursor_u8(in);

	s->unit_ns = kind & UNIT_US ? 1000 : 1;
	p->proto = kind & IS_TCP ? PROTO_TCP : cursor_u8(in);
	if (kind & HAS_TUNNEL)
		p->tunnel = (uint32_t)cursor_varint(in);
	if (kind & HAS_INCARNATION)
		p->incarnation = (uint32_t)cursor_varint(in);
	take_ends(in, p->ends, kind & ENDS_V4);
	return kind;
}

/* Lengths and bits, then the ends that it names. */
static void put_before(struct buf *out, const struct part *p)
{
	const struct part_before *x = &p->before;
	bool v4 = net_addr_is_v4(&x->ends[0].addr) &&
		  net_addr_is_v4(&x->ends[1].addr);

	buf_varint(out, (uint64_t)x->len[0] << 3 | (uint64_t)v4 << 2 |
				(uint64_t)x->named << 1 | x->opening);
	buf_varint(out, x->len[1]);
	if (x->named)
		put_ends(out, x->ends, v4);
}

static void take_before(struct cursor *in, struct part *p)
{
	struct part_before *x = &p->before;
	uint64_t v = cursor_varint(in), back = cursor_varint(in);

	in->bad |= v >> 3 > UINT16_MAX || back > UINT16_MAX;
	x->len[0] = (uint16_t)(v >> 3);
	x->len[1] = (uint16_t)back;
	x->named = v >> 1 & 1;
	x->opening = v & 1;
	if (x->named)
		take_ends(in, x->ends, v >> 2 & 1);
}

/* Acknowledgements mostly end where the other direction does: a byte of bits
 * says which do not. */
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
	struct part_scale s = { part_unit(p),   p->first_ns, p->last_ns,
				p->first_frame, false,       false };

	put_name(out, p, &s);
	put_time(out, &s, p->first_ns, 0);
	put_time(out, &s, p->last_ns, p->first_ns);
	buf_varint(out, p->first_frame);
	put_step(out, p->last_frame, p->first_frame);
	for (int d = 0; d < 2; d++)
		part_put_dir(out, &p->dir[d], shape_of(p, d), &s);
	put_turns(out, p);
	put_acks(out, p);
	if (has_before(p))
		put_before(out, p);
}

/* Return: the kind, as take_name(). */
static uint8_t take_outline(struct cursor *in, struct part *p,
			    struct part_scale *s)
{
	uint8_t kind = take_name(in, p, s);

	p->first_ns = s->first_ns = take_time(in, s, 0);
	p->last_ns = s->last_ns = take_time(in, s, p->first_ns);
	p->first_frame = s->first_frame = cursor_varint(in);
	p->last_frame = take_step(in, p->first_frame);
	part_take_dir(in, &p->dir[0], shape_of(p, 0), s);
	s->leave = s->skip;
	part_take_dir(in, &p->dir[1], shape_of(p, 1), s);
	return kind;
}

/* Samples are most of the structure, though not of its packed form. */
static void clear_but_samples(struct part *p)
{
	memset(p, 0, offsetof(struct part, dir));
	for (int d = 0; d < 2; d++)
		memset(&p->dir[d], 0, offsetof(struct part_dir, any));
	memset((char *)p + offsetof(struct part, first_turn_dir), 0,
	       sizeof *p - offsetof(struct part, first_turn_dir));
}

int part_unpack_outline(struct part *p, struct cursor *in)
{
	struct part_scale s = { .unit_ns = 1, .skip = true };

	clear_but_samples(p);
	(void)take_outline(in, p, &s);
	return in->bad ? -1 : 0;
}

int part_unpack(struct part *p, struct cursor *in)
{
	struct part_scale s = { .unit_ns = 1 };
	uint8_t kind;

	memset(p, 0, sizeof *p);
	kind = take_outline(in, p, &s);
	take_turns(in, p);
	take_acks(in, p);
	if (kind & HAS_BEFORE)
		take_before(in, p);
	return in->bad ? -1 : 0;
}
