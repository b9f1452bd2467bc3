/* Fates of what is at a hop's near end and not at its far one.
 *
 * decide_absent(), first that holds:
 *   0. over a relay: what decide_relay.c says, but where it says nothing, and
 *	then 1 to 3
 *   1. the far capture cannot have it (watch_hides): outside
 *   2. it is one of copies that nothing tells apart, or by how much numbers
 *	differ is not known: undecided
 *   3. a later point has it, or each datagram of the session was answered:
 *	unseen
 *   4. it is a trailer, or may be there with one or without
 *	(decide_trailer.c): undecided
 *   5. the receiver's acknowledgements (decide_acks.c): unseen or lost;
 *	undecided if what they show may be of the copy before, which the far
 *	point has not, either, or if it was lost while the far capture was
 *	deaf (decide_deaf.c, bins_deaf())
 *      where they prove nothing, ICMP errors that quote it (decide_quote.c)
 *	what they prove to be lost is undecided where the far capture misses so
 *	many that it may be lost behind it (decide_place.c)
 *   6. expected (decide_arrival.c) before the far capture has anything of a
 *	session that it has from mid-stream on: undecided
 *   7. a pure ACK, a SYN or a datagram, while the far point has one like it
 *	that nothing is linked to, or anything with its IP ID: undecided
 *   8. absence alone: decided when what all sessions say about this capture,
 *	then (not where it had nothing of this session, and lacks several in a
 *	row: decide_deaf.c) and as a whole, and this hop is known
 *	(evidence_answer())
 *
 * Cost: a few bisections each; only what is missing somewhere comes here.
 */
#include "correlate/decide_int.h"

#define LIKES_LOOK 64 /* records around, of which one may be it */
#define SYNS_LOOK 8
#define ANSWERS_LOOK 16 /* datagrams of a session, each answered */

/* Few, and strictly in turns: more could be two streams of their own that keep
 * the same pace, and a turn out of order a retry, or a copy. */
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

/* What a far record may be instead of what it should: a pure ACK with the number
 * @ack, or a datagram of @x's content.  Not with another IP ID, where these
 * survive, or other edges of SACK, nor a reset for what is none: it is another
 * packet. */
struct like {
	const struct record *x;
	bool is_ack;
	uint32_t ack;
	bool use_id;
};

static bool is_like(const struct like *l, const struct record *y)
{
	if (l->use_id && hop_id_tells(l->x) && hop_id_tells(y) &&
	    l->x->ip_id != y->ip_id)
		return false;
	if (l->is_ack)
		return !rec_seq_len(y) && (uint32_t)y->ack64 == l->ack &&
		       !((l->x->tcp_flags ^ y->tcp_flags) & REC_RST) &&
		       !record_sacks_differ(l->x, y);
	return l->x->pay_len == y->pay_len && l->x->icmp_type == y->icmp_type &&
	       record_content_agrees(l->x, y);
}

/* Does @far have one, unlinked as @is says, about when it is expected? */
static bool has_one_like(struct strand *far, const uint8_t *is,
			 const struct like *l, const struct arrival *at)
{
	uint32_t mid = strand_find(far, at->mid);
	uint32_t j = mid > LIKES_LOOK ? mid - LIKES_LOOK : 0;

	for (; j < far->n && j < mid + LIKES_LOOK; j++) {
		const struct record *y;

		if (is[j] & (LINKED | LINK_DUP | LINK_AWAY))
			continue;
		y = strand_at(far, j);
		if (decide_comes_about(at, y->time_ns) && is_like(l, y))
			return true;
	}
	return false;
}

/* Does @far have a SYN with the number @seq, unlinked as @is says, about then?
 * A device that answers SYNs itself sends another one on, later and with other
 * options. */
static bool has_syn(struct strand *far, const uint8_t *is, uint32_t seq,
		    const struct arrival *at)
{
	for (uint32_t j = 0; j < far->n && j < SYNS_LOOK; j++) {
		const struct record *y = strand_at(far, j);

		if ((y->tcp_flags & REC_SYN) && (uint32_t)y->seq64 == seq &&
		    !(is[j] & (LINKED | LINK_DUP | LINK_AWAY)) &&
		    decide_comes_about(at, y->time_ns))
			return true;
	}
	return false;
}

/* Near record @i of hop @k is at no point behind, as far as its capture ran and
 * can tell: does the next one after the hop's end lack it for sure? */
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
	       !has_one_like(g->far, g->far_is,
			     &(struct like){ .x = &x,
					     .is_ack = true,
					     .ack = (uint32_t)x.ack64 +
						    h->ack_delta + g->ack_delta,
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
	bool gap = decide_in_gap(c, k, i,
				 at); /* two of one host have one, too */
	bool confirmed = !gap && is_confirmed(c, k, i, at);
	bool heard = !gap &&
		     (!c->env->bins || bins_heard(&c->env->bins[to], at->mid));

	if (c->s->loss[from * c->env->n_points + to] &
	    answer_bit(heard, confirmed))
		v = verdict_of(FATE_LOST, BASIS_ABSENCE, WHY_NOT_THERE);
	v.open = true;
	v.confirmed = confirmed;
	v.gap = gap;
	v.at_end = decide_at_end(c, k, i);
	return v;
}

/* Is it expected before the far point shows anything of a session that it has
 * from mid-stream on only?  It missed the opening because it did not look
 * then, whatever else it had. */
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

/* May the far point have pure ACK or datagram @i, unlinked because of its many
 * likes, or SYN @i as another one? */
static bool has_like(const struct hop *h, uint32_t i, const struct arrival *at)
{
	struct record x = *strand_at(h->near, i);

	struct like l = { .x = &x,
			  .is_ack = h->tcp,
			  .ack = (uint32_t)x.ack64 + h->ack_delta,
			  .use_id = h->use_id };

	if (!h->tcp)
		return has_one_like(h->far, h->far_is, &l, at);
	if (x.tcp_flags & REC_SYN)
		return has_syn(h->far, h->far_is, (uint32_t)x.seq64 + h->delta,
			       at);
	return !rec_seq_len(&x) && has_one_like(h->far, h->far_is, &l, at);
}

static bool has_the_id(struct strand *s, uint32_t i, uint16_t id)
{
	const struct record *r = i < s->n ? strand_at(s, i) : NULL;

	return r && r->ip_id == id && !(r->marks & REC_FRAG);
}

/* Has record @i an ID that its neighbours have not?  Some hosts give all packets of
 * a connection the same, which tells nothing. */
static bool is_own_id(struct strand *s, uint32_t i)
{
	struct record x = *strand_at(s, i);

	return hop_id_tells(&x) && !((i && has_the_id(s, i - 1, x.ip_id)) ||
				     has_the_id(s, i + 1, x.ip_id));
}

/* Has @far one that is linked to nothing, came about then, and has the very IP ID?
 * Then it may be this packet, changed: cut into fragments or put together, or
 * with numbers that a device moves from somewhere in the stream on. */
static bool has_id(const struct hop *h, uint32_t i, const struct arrival *at)
{
	struct record x = *strand_at(h->near, i);
	uint32_t mid = strand_find(h->far, at->mid);
	uint32_t j = mid > LIKES_LOOK ? mid - LIKES_LOOK : 0;

	if (h->new_ids || !is_own_id(h->near, i))
		return false;
	for (; j < h->far->n && j < mid + LIKES_LOOK; j++) {
		const struct record *y;

		if (h->far_is[j] & (LINKED | LINK_DUP | LINK_AWAY))
			continue;
		y = strand_at(h->far, j);
		if (y->ip_id == x.ip_id && decide_comes_about(at, y->time_ns))
			return true;
	}
	return false;
}

/* What acknowledgements and absence say, where the far capture could look. */
static struct verdict missing(struct chain *c, size_t k, uint32_t i,
			      struct verdict v, const struct arrival *at)
{
	const struct hop *h = &c->hop[k];

	if (v.fate != FATE_UNSEEN && before_far_began(c, h, at))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_GAP);
	if (v.reason != WHY_CAPTURE_MAY_MISS)
		return v;
	if (!at->known)
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_NO_CLOCK);
	if (has_like(h, i, at))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_COPY_UNKNOWN);
	if (has_id(h, i, at))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE,
				  WHY_UNMATCHED_CONTENT);
	return by_absence(c, k, i, at);
}

/* Silence of the receiver tells that the packet is lost, or its answer: where,
 * only a far capture that was listening says.  Without neighbours in its own
 * session, as a SYN is, what the capture had of others tells, once it is known. */
static struct verdict unless_deaf(const struct chain *c, const struct hop *h,
				  struct verdict v, const struct arrival *at)
{
	if (v.fate != FATE_LOST || v.basis != BASIS_EFFECT || !at->known)
		return v;
	if (!c->env->bins)
		v.bins = true;
	else if (bins_deaf(&c->env->bins[h->far->pos - 1], at->mid))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_GAP);
	return v;
}

/* What the receiver's acknowledgements do not prove an error may tell. */
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
	return decide_place(c, k, i, missing(c, k, i, v, &at));
}

/* What acknowledges the first packet that the far point has of the other
 * direction comes there after it; unless it acknowledged another copy of that,
 * long before. */
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
