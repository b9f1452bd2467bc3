/* What a packet adds to its part.
 *
 * What: its sequence numbers are unwrapped, the direction's facts counted
 * (side_add.h, side.c), turns summed, contents sampled (sample.c).  Nearly all
 * segments acknowledge and neither begin nor end anything (flow_is_plain()): for
 * these the compiler makes the same functions once more, of what is left then.
 *
 * Sequence numbers: a direction's place (side.ref) is the last accepted number
 * of its space, by its own packets or, as one direction may be missing from a
 * capture, by acknowledgements ahead of them.  RST and steps of over 2^30 never
 * move it; a SYN and the first own packet always do.  A direction with nothing
 * but resets takes the last one's number.
 *
 * References: RFC 9293 3.4 (sequence numbers); RFC 1982 (serial arithmetic).
 */
#pragma once

#include <string.h>

#include "base/gather.h"
#include "base/seq.h"
#include "capture/flow_int.h"
#include "capture/side_add.h"

#define SAMPLE_MIN_TCP 8
#define SAMPLE_MIN_DATAGRAM 4

/* Whether two numbers are less than this far apart, either way. */
static inline bool within(uint32_t a, uint32_t b, uint32_t distance)
{
	return a - b <= distance || b - a <= distance;
}

/* ---- sequence numbers ---- */

/* Return: @raw as 64-bit number in the direction's space. */
static inline uint64_t unwrapped(const struct side *s, uint32_t raw)
{
	return s->placed ? seq_unwrap(s->ref, raw) : seq_first(raw);
}

static inline uint32_t seq_len(const struct record *r, unsigned flags)
{
	return r->pay_len + (flags & REC_SYN ? 1 : 0) +
	       (flags & REC_FIN ? 1 : 0);
}

/* Moves the direction's place to the packet's own, unwrapped number. */
static ALWAYS_INLINE void place_seq(struct side *s, const struct record *r,
				    unsigned flags)
{
	bool first = !s->accepted || flags & REC_SYN;
	uint64_t end;

	if (flags & REC_RST) {
		/* all that pairing has of a direction of resets; one without
		 * anything to refer to has 0 */
		if (!s->accepted && (uint32_t)r->seq64)
			s->seq_first = s->seq_next = r->seq64;
		return;
	}
	if (!first &&
	    !within((uint32_t)r->seq64, (uint32_t)s->ref, FLOW_SEQ_FAR))
		return;
	s->ref = r->seq64;
	s->placed = true;
	end = r->seq64 + seq_len(r, flags);
	if (!s->accepted) {
		s->accepted = true;
		s->seq_first = r->seq64;
		s->seq_next = end;
		return;
	}
	if (r->seq64 < s->seq_first)
		s->seq_first = r->seq64;
	if (end > s->seq_next)
		s->seq_next = end;
}

/* Unwraps the acknowledgement in the other direction's space; where that
 * direction is not captured, acknowledgements carry its place on. */
static ALWAYS_INLINE void place_ack(struct side *far, struct record *r,
				    unsigned flags)
{
	if (!(flags & REC_ACK)) {
		r->ack64 = 0;
		return;
	}
	r->ack64 = unwrapped(far, (uint32_t)r->ack64);
	if (flags & REC_RST)
		return;
	if (!far->placed ||
	    (r->ack64 > far->ref && r->ack64 - far->ref <= FLOW_SEQ_FAR)) {
		far->ref = r->ack64;
		far->placed = true;
	}
}

/* ---- turns and samples ---- */

#define TURNS_SMALL 12 /* in a block of 48 bytes */
_Static_assert(PART_TURNS * sizeof(uint32_t) <= 96, "fits the wide block");

/* The class of the block that turns are in. */
static inline unsigned turns_class(const struct live *f)
{
	return flow_turns_past(f) > TURNS_SMALL ? 1 : 0;
}

/* The turn that went on is over: its sum goes to the block. */
static inline void turn_end(struct flowtab *t, struct live *f)
{
	unsigned i = f->turns - 1u;
	uint32_t *wide;

	if (!f->turn_bytes) {
		f->turn_bytes = pool_take(&t->pool, 0);
	} else if (i == TURNS_SMALL) {
		wide = pool_take(&t->pool, 1);
		memcpy(wide, f->turn_bytes, TURNS_SMALL * sizeof *wide);
		pool_give(&t->pool, 0, f->turn_bytes);
		f->turn_bytes = wide;
	}
	f->turn_bytes[i] = f->turn_sum;
}

static inline void turn_begin(struct flowtab *t, struct live *f, unsigned dir)
{
	if (f->turns)
		side_head_close(&f->side[!dir], &t->pool);
	else
		f->first_turn_dir = dir;
	f->turn_dir = dir;
	if (f->turns_over)
		return;
	if (f->turns)
		turn_end(t, f);
	f->turn_sum = 0;
	if (f->turns == PART_TURNS)
		f->turns_over = true;
	else
		f->turns++;
}

/* Adds @new_bytes to the turn.  The sum of the one that goes on is in the part, so
 * that only a packet that ends it needs the block.  Return: whether they begin
 * one. */
static ALWAYS_INLINE bool turn_add(struct flowtab *t, struct live *f,
				   unsigned dir, uint64_t new_bytes)
{
	bool begins = flow_turns(f, dir);
	uint32_t sum;

	if (begins)
		turn_begin(t, f, dir);
	if (f->turns_over)
		return begins;
	sum = f->turn_sum;
	f->turn_sum = new_bytes > UINT32_MAX - sum ? UINT32_MAX
						   : sum + (uint32_t)new_bytes;
	return begins;
}

/* How far TCP payload moves the stream's end.  A hole that a capture left
 * counts as what was in it, so that totals agree between points. */
static ALWAYS_INLINE uint64_t advance(const struct side *s,
				      const struct record *r, unsigned flags)
{
	uint64_t end = r->seq64 + seq_len(r, flags);

	if (!r->pay_len || flags & REC_RST)
		return 0;
	if (!s->accepted)
		return r->pay_len;
	if (end - s->seq_next > FLOW_SEQ_FAR) /* behind, or nowhere near */
		return 0;
	end -= flags & REC_FIN ? 1 : 0;
	return end > s->seq_next ? end - s->seq_next : 0;
}

static ALWAYS_INLINE void sample(struct flowtab *t, struct live *f,
				 unsigned dir, const struct packet *p,
				 uint32_t min, bool turn)
{
	struct side *s = &f->side[dir];
	bool few = f->side[0].syn && f->side[1].syn;
	const struct record *r = &p->rec;
	uint32_t mixed = sample_mixed(r->head_digest);

	if (!(r->marks & REC_HEAD) || r->pay_len < min)
		return;
	side_sample(s, few, r, mixed, turn, &t->pool);
}

/* How many of @new_bytes, sent first, precede the stream proper (preface.h). */
static inline uint64_t before_stream(struct side *s, const struct packet *p,
				     uint64_t new_bytes, struct pool *pool)
{
	side_preface(s, p, pool);
	if (!s->preface)
		return 0;
	return s->preface->len < new_bytes ? s->preface->len : new_bytes;
}

/* @flags: those of the segment. */
static ALWAYS_INLINE void add_stream(struct flowtab *t, struct live *f,
				     unsigned dir, struct packet *p,
				     unsigned flags)
{
	struct side *s = &f->side[dir], *far = &f->side[!dir];
	struct record *r = &p->rec;
	bool known = s->accepted || flags & REC_SYN, turn = false;
	uint64_t next, data, new_bytes;

	r->seq64 = unwrapped(s, (uint32_t)r->seq64);
	/* before the place moves: what is new? */
	next = s->seq_next;
	new_bytes = advance(s, r, flags);
	place_seq(s, r, flags);
	place_ack(far, r, flags);
	side_add(s, far, r, true);
	side_tcp(s, p, flags, &t->pool);
	if (!r->pay_len)
		return;
	data = r->seq64 + (flags & REC_SYN ? 1 : 0);
	if (new_bytes && s->syn && (uint32_t)data == s->isn + 1)
		new_bytes -= before_stream(s, p, new_bytes, &t->pool);
	if (new_bytes)
		turn = turn_add(t, f, dir, new_bytes) && known &&
		       (data == next || flags & REC_SYN);
	if (s->syn && (uint32_t)data - s->isn - 1 < FLOW_SEQ_FAR)
		side_head(s, p, (uint32_t)data - s->isn - 1, &t->pool);
	sample(t, f, dir, p, SAMPLE_MIN_TCP, turn);
}

static inline void add_datagram(struct flowtab *t, struct live *f, unsigned dir,
				struct packet *p)
{
	struct side *s = &f->side[dir];
	struct record *r = &p->rec;
	bool turn = false;

	r->seq64 = s->packets + 1;
	r->ack64 = 0;
	if (!s->packets)
		s->seq_first = 1;
	s->seq_next = r->seq64 + 1;
	if (!s->packets && !(r->marks & REC_FRAG)) {
		side_head(s, p, 0, &t->pool);
		side_head_close(s, &t->pool);
	}
	side_add(s, &f->side[!dir], r, false);
	if (!r->pay_len)
		return;
	turn = turn_add(t, f, dir, r->pay_len);
	sample(t, f, dir, p, SAMPLE_MIN_DATAGRAM, turn);
}

/* A fragment without a TCP header: it has no number of its own and stands
 * where its direction is. */
static inline void add_fragment(struct live *f, unsigned dir, struct packet *p)
{
	struct side *s = &f->side[dir];

	p->rec.seq64 = s->ref;
	p->rec.ack64 = 0;
	side_add(s, &f->side[!dir], &p->rec, true);
}

/* Completes p->rec and counts it into the part.  Return: flow_is_plain(). */
static ALWAYS_INLINE bool flow_add(struct flowtab *t, struct live *f,
				   unsigned dir, struct packet *p)
{
	struct record *r = &p->rec;

	r->part = f->number;
	r->dir = (uint8_t)dir;
	if (r->time_ns > f->last_ns)
		f->last_ns = r->time_ns;
	f->last_frame = r->frame;
	if (p->trailer)
		side_trailer(&f->side[dir], p, &t->pool);
	if (flow_is_plain(p)) {
		add_stream(t, f, dir, p, REC_ACK);
		return true;
	}
	if (p->key.proto != IPPROTO_TCP)
		add_datagram(t, f, dir, p);
	else if (flow_has_sequence(p))
		add_stream(t, f, dir, p, r->tcp_flags);
	else
		add_fragment(f, dir, p);
	return false;
}
