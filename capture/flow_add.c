/* What a packet adds to its part.
 *
 * What: its sequence numbers are unwrapped, the direction's facts counted
 * (side.c), turns summed, contents sampled (sample.c).
 *
 * Sequence numbers: a direction's place (side.ref) is the last accepted number
 * of its space, by its own packets or, as one direction may be missing from a
 * capture, by acknowledgements ahead of them.  RST and steps of over 2^30
 * never move it; a SYN and the first own packet always do.  A direction of
 * resets alone has the last one's number.
 *
 * References: RFC 9293 3.4 (sequence numbers); RFC 1982 (serial arithmetic).
 */
#include "capture/flow_int.h"

#include <string.h>

#include "base/seq.h"

#define SAMPLE_MIN_TCP 8
#define SAMPLE_MIN_DATAGRAM 4

/* Whether two numbers are less than this far apart, either way. */
static bool within(uint32_t a, uint32_t b, uint32_t distance)
{
	return a - b <= distance || b - a <= distance;
}

/* ---- sequence numbers ---- */

uint64_t flow_unwrapped(const struct side *s, uint32_t raw)
{
	return s->placed ? seq_unwrap(s->ref, raw) : seq_first(raw);
}

/* Moves the direction's place to the packet's own, unwrapped number. */
static void place_seq(struct side *s, const struct record *r)
{
	bool first = !s->accepted || r->tcp_flags & REC_SYN;
	uint64_t end;

	if (r->tcp_flags & REC_RST) {
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
	end = r->seq64 + rec_seq_len(r);
	if (!s->accepted || r->seq64 < s->seq_first)
		s->seq_first = r->seq64;
	if (!s->accepted || end > s->seq_next)
		s->seq_next = end;
	s->accepted = true;
}

/* Unwraps the acknowledgement in the other direction's space; where that
 * direction is not captured, acknowledgements carry its place on. */
static void place_ack(struct side *far, struct record *r)
{
	if (!(r->tcp_flags & REC_ACK)) {
		r->ack64 = 0;
		return;
	}
	r->ack64 = flow_unwrapped(far, (uint32_t)r->ack64);
	if (r->tcp_flags & REC_RST)
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

static uint32_t *turn_push(struct flowtab *t, struct live *f)
{
	uint32_t *wide;

	if (!f->turn_bytes) {
		f->turn_bytes = pool_take(&t->pool, 0);
	} else if (f->turns == TURNS_SMALL && !f->turn_wide) {
		wide = pool_take(&t->pool, 1);
		memcpy(wide, f->turn_bytes, TURNS_SMALL * sizeof *wide);
		pool_give(&t->pool, 0, f->turn_bytes);
		f->turn_bytes = wide;
		f->turn_wide = true;
	}
	f->turn_bytes[f->turns] = 0;
	return &f->turn_bytes[f->turns++];
}

/* Adds @new_bytes to the turn.  Return: whether they begin one. */
static bool turn_add(struct flowtab *t, struct live *f, unsigned dir,
		     uint64_t new_bytes)
{
	bool begins = f->turn_dir != (int8_t)dir;
	uint32_t *sum;

	if (begins) {
		if (f->turn_dir >= 0)
			side_head_close(&f->side[!dir], &t->pool);
		else
			f->first_turn_dir = (uint8_t)dir;
		f->turn_dir = (int8_t)dir;
		if (f->turns == PART_TURNS)
			f->turns_over = true;
		else
			turn_push(t, f);
	}
	if (f->turns_over)
		return begins;
	sum = &f->turn_bytes[f->turns - 1];
	*sum = new_bytes > UINT32_MAX - *sum ? UINT32_MAX
					     : *sum + (uint32_t)new_bytes;
	return begins;
}

/* How far TCP payload moves the stream's end.  A hole that a capture left
 * counts as what was in it, so that totals agree between points. */
static uint64_t advance(const struct side *s, const struct record *r)
{
	uint64_t end = r->seq64 + rec_seq_len(r);

	if (!r->pay_len || r->tcp_flags & REC_RST)
		return 0;
	if (!s->accepted)
		return r->pay_len;
	if (end - s->seq_next > FLOW_SEQ_FAR) /* behind, or nowhere near */
		return 0;
	end -= r->tcp_flags & REC_FIN ? 1 : 0;
	return end > s->seq_next ? end - s->seq_next : 0;
}

static void sample(struct flowtab *t, struct live *f, unsigned dir,
		   const struct packet *p, bool turn)
{
	struct side *s = &f->side[dir];
	bool few = f->side[0].syn && f->side[1].syn;
	const struct record *r = &p->rec;
	uint32_t min = p->key.proto == IPPROTO_TCP ? SAMPLE_MIN_TCP
						   : SAMPLE_MIN_DATAGRAM;

	uint32_t mixed = sample_mixed(r->head_digest);

	if (!(r->marks & REC_HEAD) || r->pay_len < min)
		return;
	bottom_add(&s->any, side_any_max(few), r, mixed, &t->pool);
	if (turn)
		bottom_add(&s->turn, side_turn_max(few), r, mixed, &t->pool);
}

/* Of @new_bytes, the first that were sent: how many are before the stream. */
static uint64_t before_stream(struct side *s, const struct packet *p,
			      uint64_t new_bytes, struct pool *pool)
{
	side_preface(s, p, pool);
	if (!s->preface)
		return 0;
	return s->preface->len < new_bytes ? s->preface->len : new_bytes;
}

static void add_stream(struct flowtab *t, struct live *f, unsigned dir,
		       struct packet *p)
{
	struct side *s = &f->side[dir], *far = &f->side[!dir];
	struct record *r = &p->rec;
	bool known = s->accepted || r->tcp_flags & REC_SYN, turn = false;
	uint64_t next, data, new_bytes;

	r->seq64 = flow_unwrapped(s, (uint32_t)r->seq64);
	/* before the place moves: what is new? */
	next = s->seq_next;
	new_bytes = advance(s, r);
	place_seq(s, r);
	place_ack(far, r);
	side_add(s, far, p, &t->pool);
	if (!r->pay_len)
		return;
	data = r->seq64 + (r->tcp_flags & REC_SYN ? 1 : 0);
	if (new_bytes && s->syn && (uint32_t)data == s->isn + 1)
		new_bytes -= before_stream(s, p, new_bytes, &t->pool);
	if (new_bytes)
		turn = turn_add(t, f, dir, new_bytes) && known &&
		       (data == next || r->tcp_flags & REC_SYN);
	if (s->syn && (uint32_t)data - s->isn - 1 < FLOW_SEQ_FAR)
		side_head(s, p, (uint32_t)data - s->isn - 1, &t->pool);
	sample(t, f, dir, p, turn);
}

static void add_datagram(struct flowtab *t, struct live *f, unsigned dir,
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
	side_add(s, &f->side[!dir], p, &t->pool);
	if (!r->pay_len)
		return;
	turn = turn_add(t, f, dir, r->pay_len);
	sample(t, f, dir, p, turn);
}

/* A fragment without a TCP header: it has no number of its own and stands
 * where its direction is. */
static void add_fragment(struct flowtab *t, struct live *f, unsigned dir,
			 struct packet *p)
{
	struct side *s = &f->side[dir];

	p->rec.seq64 = s->ref;
	p->rec.ack64 = 0;
	side_add(s, &f->side[!dir], p, &t->pool);
}

void flow_add(struct flowtab *t, struct live *f, unsigned dir, struct packet *p)
{
	struct record *r = &p->rec;

	r->part = f->number;
	r->dir = (uint8_t)dir;
	if (r->time_ns < f->first_ns)
		f->first_ns = r->time_ns;
	if (r->time_ns > f->last_ns)
		f->last_ns = r->time_ns;
	f->last_frame = r->frame;
	if (p->trailer)
		side_trailer(&f->side[dir], p, &t->pool);
	if (p->key.proto != IPPROTO_TCP)
		add_datagram(t, f, dir, p);
	else if (flow_has_sequence(p))
		add_stream(t, f, dir, p);
	else
		add_fragment(t, f, dir, p);
}
