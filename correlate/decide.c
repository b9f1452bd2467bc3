/* Fates of what is at a hop's near end and not at its far one.
 *
 * decide_absent() asks these questions in turn.  The first answer counts.
 *   0. Is the hop over a relay?  Then decide_relay.c answers.  If it cannot,
 *	only 1 to 3 are asked.
 *   1. Can the far capture not have the packet (watch_hides())?  Outside.
 *   2. Is it one of several copies that nothing tells apart, or is it not known
 *	by how much the two points' numbers differ?  Undecided.
 *   3. Does a later point have it, or was each datagram of the session
 *	answered?  Unseen.
 *   4. Is it a trailer, or may the far point have it with or without one
 *	(decide_trailer.c)?  Undecided.
 *   5. Do the receiver's acknowledgements (decide_acks.c) show what became of
 *	it?  Unseen or lost.  It stays undecided if they may speak of the copy
 *	before, which the far point lacks as well, or if the far capture was
 *	deaf then (decide_deaf.c, bins_deaf(), bins_mute()).
 *	If they show nothing, an ICMP error may quote it (decide_quote.c).
 *	If they prove the loss, but the far capture misses so many packets that
 *	this one may have been lost behind it (decide_place.c), it is undecided.
 *   6. Was it due (decide_arrival.c) before the far capture shows anything of a
 *	session whose beginning it lacks?  Undecided.
 *   7. Does the far point have an unlinked record like it (of data: with any of
 *	its bytes), or anything unlinked with its IP ID?  Undecided.
 *   8. Nothing but its absence is left.  That counts as loss once enough is known
 *	of this capture and this hop from all sessions (evidence_answer()).  Where
 *	the far capture had nothing of this session and lacks several packets in
 *	a row, what is known of the capture at that time does not count
 *	(decide_deaf.c).  It is nothing if at that time such packets are all that
 *	is absent, and nothing was heard (bins_bare()), or nothing from it to one that
 *	the capture missed (bins_mute()), or if it is of a direction's last packets,
 *	one of which has arrived (decide_tail.c).
 *
 * Cost: a few bisections each; only what is missing somewhere comes here.
 */
#include "correlate/decide_int.h"

#include "base/seq.h"

#define ANSWERS_LOOK 16 /* datagrams of a session, each answered */

/* Each request is answered before the next one.  Longer sessions do not count:
 * two streams that keep the same pace by themselves look like that, too.  A turn
 * out of order may be a retry or a copy. */
bool each_answered(const struct strand *asks, const struct strand *answers)
{
	if (!asks->n || asks->n != answers->n || asks->n > ANSWERS_LOOK)
		return false;
	for (uint32_t i = 0; i < asks->n; i++) {
		int64_t ask = strand_time(asks, i);
		int64_t answer = strand_time(answers, i);

		if (answer <= ask ||
		    (i + 1 < asks->n && strand_time(asks, i + 1) < answer))
			return false;
	}
	return true;
}

/* No point behind the hop has near record @i.  Does that mean anything at the
 * next one: was it running, and can it have no record like @i that is linked to
 * nothing?  Then two captures lack it, and the far one did not merely miss it. */
static bool is_confirmed(const struct chain *c, size_t k, uint32_t i,
			 const struct arrival *at)
{
	size_t next = chain_last_hop(c, c->leg[k].b);
	const struct hop *h = &c->hop[k], *g;
	struct record x = *strand_at(h->near, i);
	struct arrival there = *at;
	int64_t room;

	if (next >= c->n_hops)
		return false;
	g = &c->hop[next];
	if (!g->paced || g->unsure || g->relay)
		return false;
	room = DECIDE_GUARD + 10 * g->dev;
	there.mid = time_add(there.mid, g->pace);
	there.low = time_add(there.low, time_sub(g->pace, room));
	there.high = time_add(there.high, time_add(g->pace, room));
	if (watch_hides(&c->env->watch[g->far->pos - 1], there.low,
			there.high) != WHY_NONE)
		return false;
	return !h->tcp || rec_seq_len(&x) ||
	       !decide_has_one_like(
		       g->far, g->far_is,
		       &(struct like){ .h = g,
				       .x = &x,
				       .is_ack = true,
				       .ack = (uint32_t)x.ack64 + h->ack_delta +
					      g->ack_delta,
				       .use_id = h->use_id && g->use_id },
		       &there);
}

static struct verdict by_absence(const struct chain *c, size_t k, uint32_t i,
				 const struct arrival *at)
{
	const struct hop *h = &c->hop[k];
	size_t from = (size_t)h->near->pos - 1, to = (size_t)h->far->pos - 1;
	struct verdict v = verdict_of(FATE_UNDECIDED, BASIS_NONE,
				      WHY_CAPTURE_MAY_MISS);
	/* both points of one host are deaf together: @confirmed needs no gap */
	bool gap = decide_in_gap(c, k, i, at);
	bool confirmed = !gap && is_confirmed(c, k, i, at);
	const struct bins *bins = c->env->bins ? &c->env->bins[to] : NULL;
	bool heard = !gap && (!bins || bins_heard(bins, at->mid));
	bool bare = bins && !confirmed &&
		    !(h->tcp && rec_seq_len(strand_at(h->near, i))) &&
		    bins_bare(bins, at->mid);
	bool mute = bins && !confirmed && bins_mute(bins, at->mid);

	if (!bare && !mute &&
	    c->s->loss[from * c->env->n_points + to] &
		    answer_bit(heard, confirmed))
		v = verdict_of(FATE_LOST, BASIS_ABSENCE, WHY_NOT_THERE);
	if (v.fate == FATE_LOST && decide_at_end(c, k, i) &&
	    decide_tail_taken(c, k, i, at))
		v = verdict_of(FATE_UNDECIDED, BASIS_NONE,
			       WHY_CAPTURE_MAY_MISS);
	v.open = true;
	v.confirmed = confirmed;
	v.gap = gap;
	v.at_end = decide_at_end(c, k, i);
	return v;
}

/* Was it due before the far point's first record of a session whose opening that
 * point lacks?  The capture did not look at this session yet, even if it had
 * others. */
static bool before_far_began(const struct chain *c, const struct hop *h,
			     const struct arrival *at)
{
	const struct strand *s = &c->s->strand[h->far->flow * 2];
	int64_t began = INT64_MAX;

	if (!h->tcp || !at->known)
		return false;
	for (int d = 0; d < 2; d++) {
		const struct record *r = s[d].n ? strand_at(&s[d], 0) : NULL;

		if (r && (r->tcp_flags & REC_SYN))
			return false;
		if (r && r->time_ns < began)
			began = r->time_ns;
	}
	return began != INT64_MAX && at->mid < began;
}

/* What acknowledgements and absence say, where the far capture could look. */
static struct verdict missing(struct chain *c, size_t k, uint32_t i,
			      uint32_t off, uint32_t len, struct verdict v,
			      const struct arrival *at)
{
	const struct hop *h = &c->hop[k];

	if (v.fate != FATE_UNSEEN && before_far_began(c, h, at))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_GAP);
	if (v.reason != WHY_CAPTURE_MAY_MISS)
		return v;
	if (!at->known)
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_NO_CLOCK);
	if (decide_has_like(h, i, off, len, at))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_COPY_UNKNOWN);
	if (decide_has_id(h, i, at))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE,
				  WHY_UNMATCHED_CONTENT);
	return by_absence(c, k, i, at);
}

/* If the receiver stays silent, the packet or its answer was lost.  Only a far
 * capture that was listening tells which.  And only such a one tells whether what
 * is proven to be lost was lost before it or behind it.  A SYN, or a flight that
 * was lost as a whole, has no neighbours in its session that would show that, so the
 * other sessions do (c->env->bins), once the first pass has counted them. */
static struct verdict unless_deaf(const struct chain *c, const struct hop *h,
				  struct verdict v, const struct arrival *at)
{
	const struct bins *b;

	if (v.fate != FATE_LOST || !at->known ||
	    (v.basis != BASIS_EFFECT && v.reason != WHY_HOLE))
		return v;
	if (!c->env->bins) {
		v.bins = v.basis == BASIS_EFFECT; /* else: GUESS_PLACE */
		return v;
	}
	b = &c->env->bins[h->far->pos - 1];
	if (v.basis == BASIS_EFFECT ? bins_deaf(b, at->mid)
				    : bins_mute(b, at->mid))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_GAP);
	return v;
}

/* Where acknowledgements prove nothing, an ICMP error may. */
static struct verdict unless_quoted(struct chain *c, size_t k, uint32_t i,
				    struct verdict v, uint64_t s, uint32_t len,
				    const struct arrival *at)
{
	struct verdict q;

	if (v.fate == FATE_UNSEEN || v.basis == BASIS_PROOF ||
	    (v.fate == FATE_UNDECIDED && v.reason != WHY_CAPTURE_MAY_MISS))
		return v;
	q = decide_quoted(c, k, i, s, len, at);
	return q.fate == FATE_UNDECIDED ? v : q;
}

static struct verdict absent(struct chain *c, size_t k, uint32_t i,
			     uint32_t off, uint32_t len, struct arrival at)
{
	const struct hop *h = &c->hop[k];
	struct record x = *strand_at(h->near, i);
	enum fate_reason why = WHY_NONE;
	uint64_t s = x.seq64 + off, e = s + len;
	struct verdict v = verdict_of(FATE_UNDECIDED, BASIS_NONE,
				      WHY_CAPTURE_MAY_MISS);

	if (h->relay) {
		v = decide_over_relay(c, k, i, s, e);
		if (v.fate != FATE_UNDECIDED)
			return v;
	}
	if (at.known)
		why = watch_hides(&c->env->watch[h->far->pos - 1], at.low,
				  at.high);
	if (why != WHY_NONE)
		return at.loose ? verdict_of(FATE_UNDECIDED, BASIS_NONE,
					     WHY_NO_CLOCK)
				: verdict_of(FATE_OUTSIDE, BASIS_NONE, why);
	if (h->near_is[i] & LINK_TIED)
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_COPY_UNKNOWN);
	if (h->near_is[i] & LINK_PASSED)
		return verdict_of(FATE_UNSEEN, BASIS_PROOF, WHY_LATER_POINT);
	if (h->answered)
		return verdict_of(FATE_UNSEEN, BASIS_EFFECT, WHY_EFFECT);
	if (h->relay)
		return v;
	if (h->unsure || c->s->row->verdict == PAIR_AMBIGUOUS)
		return verdict_of(FATE_UNDECIDED, BASIS_NONE,
				  WHY_UNMATCHED_CONTENT);
	if (h->tcp && len && chain_part_passed(c, k, i, s, e))
		return verdict_of(FATE_UNSEEN, BASIS_PROOF, WHY_LATER_POINT);
	if (decide_trailer(h, i, off, len, &at))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE,
				  WHY_UNMATCHED_CONTENT);
	if (h->tcp && rec_seq_len(&x) && !(x.tcp_flags & REC_RST)) {
		if (off == 0 && len == x.pay_len)
			e = s + rec_seq_len(&x);
		v = decide_by_acks(c, k, i, s, e, &at);
		v = unless_quoted(c, k, i, v, s, len, &at);
		if (v.fate == FATE_LOST && decide_deaf(c, k, i))
			return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_GAP);
		v = unless_deaf(c, h, v, &at);
	}
	return decide_place(c, k, i, missing(c, k, i, off, len, v, &at));
}

/* An acknowledgement of the first packet that the far point has of the other
 * direction passes the far point after that packet.  This narrows its arrival,
 * unless it is due long before: then it acknowledges an earlier copy. */
static void not_before_cause(const struct chain *c, size_t k, uint32_t i,
			     struct arrival *at)
{
	const struct hop *h = &c->hop[k];
	const struct strand *o = chain_opposite(c, h->far);
	const struct record *x = strand_at(h->near, i), *y;
	uint32_t ack = (uint32_t)x->ack64 + h->ack_delta;

	if (!h->tcp || h->unsure || h->relay || !o->n ||
	    !(x->tcp_flags & REC_ACK))
		return;
	y = strand_at(o, 0);
	if (seq_diff(ack, (uint32_t)y->seq64) <= 0 || y->time_ns <= at->low ||
	    y->time_ns > at->high)
		return;
	at->low = y->time_ns;
	at->mid = at->mid > at->low ? at->mid : at->low;
	at->high = at->high > at->mid ? at->high : at->mid;
}

struct verdict decide_absent(struct chain *c, size_t k, uint32_t i,
			     uint32_t off, uint32_t len)
{
	struct arrival at = decide_arrival(&c->hop[k], i);
	struct verdict v;

	not_before_cause(c, k, i, &at);
	v = absent(c, k, i, off, len, at);
	v.t_ns = at.known ? at.mid : strand_time(c->hop[k].near, i);
	return v;
}
