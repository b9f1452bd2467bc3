/* Does a relay send bytes other than those it gets?
 *
 * What: fates across a relay are those of bytes at the same place of both
 * streams, which is meaningless if it adds or removes a line.  Pairing notices
 * that by what follows (score_places.c); if a capture has only the beginning of
 * a connection, nothing follows.
 *
 * How: the relay cannot send a byte before it has it.  When it forwards to the
 * near side what came from the far side, its acknowledgement says how far it
 * has the near side's stream.  If the far point had seen it send more than that
 * before those bytes came, it has inserted something into the stream before
 * that place.  No clocks are compared: "before" always refers to the far
 * point's own clock.
 *
 *	near            relay           far         (the client is on the left)
 *	  GET, 82 bytes  ->   GET, 110 bytes ->     82..110 cannot have come
 *	     <- 200, ack 82   <- 200                from the near side's stream
 *
 * Limits: additions after the last answer, and removals, are not noticed.  If
 * the far point missed bytes of an answer that are retransmitted next, although
 * the relay has them, they seem later than they were, and a relay that edits
 * nothing may seem to; that loses fates, but makes no wrong ones.
 *
 * Cost: a pass over the four strands.
 */
#include "correlate/hop.h"

#define ORDER_NS 200000 /* captures write packets out of order by less */

struct front_of { /* how far a stream has been seen */
	uint32_t at;
	bool any;
};

static void front_add(struct front_of *f, const struct record *r)
{
	uint32_t end = (uint32_t)r->seq64 + r->pay_len;

	if (!r->pay_len || (f->any && seq_diff(end, f->at) <= 0))
		return;
	*f = (struct front_of){ end, true };
}

static bool reaches(const struct front_of *f, uint32_t seq)
{
	return f->any && seq_diff(f->at, seq) >= 0;
}

struct walk {
	const struct hop *h;
	const struct strand *far_back;
	struct front_of back, sent; /* at the far point, of far_back and far */
	uint32_t j, k;              /* next of these */
	/* Of the record that brought back so far: its first number, its time */
	uint32_t from;
	int64_t t_ns;
};

/* Advances until the far point has seen the other direction up to far raw
 * @seq. */
static void see_back(struct walk *w, uint32_t seq)
{
	while (!reaches(&w->back, seq) && w->j < w->far_back->n) {
		const struct record *r = strand_at(w->far_back, w->j++);

		front_add(&w->back, r);
		w->from = (uint32_t)r->seq64;
		w->t_ns = r->time_ns;
	}
}

/* Is the last byte before @seq in the record that first got so far?  Otherwise
 * that one was missed, and when it came is not known. */
static bool has_seen(const struct walk *w, uint32_t seq)
{
	return reaches(&w->back, seq) && seq_diff(w->from, seq) < 0;
}

/* How far the relay had certainly sent at the far point before then. */
static void see_sent(struct walk *w)
{
	int64_t before = time_sub(w->t_ns, ORDER_NS + w->h->tick);

	while (w->k < w->h->far->n) {
		const struct record *r = strand_at(w->h->far, w->k);

		if (r->time_ns >= before)
			return;
		front_add(&w->sent, r);
		w->k++;
	}
}

bool relay_edits(const struct hop *h, const struct strand *near_back,
		 const struct strand *far_back)
{
	struct walk w = { .h = h, .far_back = far_back };
	struct front_of told = { .any = false };

	for (uint32_t i = 0; i < near_back->n; i++) {
		struct record r = *strand_at(near_back, i);
		uint32_t end = (uint32_t)r.seq64 + r.pay_len;

		if (!r.pay_len || !(r.tcp_flags & REC_ACK) ||
		    (r.tcp_flags & (REC_SYN | REC_RST)) || reaches(&told, end))
			continue;
		front_add(&told, &r);
		see_back(&w, end + h->ack_delta);
		if (!has_seen(&w, end + h->ack_delta))
			continue;
		see_sent(&w);
		if (w.sent.any &&
		    seq_diff(hop_to_near(h, w.sent.at), (uint32_t)r.ack64) > 0)
			return true;
	}
	return false;
}
