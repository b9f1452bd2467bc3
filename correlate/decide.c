/* Fates of what is at one end of a hop and not at the other.
 *
 * decide_absent(), first that holds:
 *   0. over a relay: bytes behind the end of the stream that it sent on are
 *	lost; a copy of bytes that another copy brought, and what is no data,
 *	concern that side alone: outside; else 1 and 2 may hold, or it is
 *	undecided
 *   1. the far capture cannot have it (watch_hides): outside
 *   2. it is one of copies that nothing tells apart, or by how much numbers
 *	differ is not known: undecided
 *   3. a later point has it, or each datagram of the session was answered:
 *	unseen
 *   4. the receiver's acknowledgements, at the far point and at the near one
 *	(correlate/proof.c): unseen if either shows that it arrived, else lost
 *	if either shows that it did not; undecided if what they show
 *	may be of the copy before, which the far point has not, either
 *   5. expected before the far capture has anything of a session that it has
 *	from mid-stream on: undecided
 *   6. a pure ACK, or a SYN, while the far point has one like it that nothing
 *	is linked to: undecided
 *   7. absence alone: decided when what all sessions say about this capture,
 *	then and as a whole, and this hop is known (evidence_answer())
 *
 * decide_orphan(): the near capture missed it, unless it shows that it was
 * made between: a reset, or another packet, with a TTL that no packet of this
 * direction arrived with, or one after which the alleged sender went on as if
 * nothing had been.
 *
 * Cost: a few bisections each; only what is missing somewhere comes here.
 */
#include "correlate/chain.h"
#include "correlate/proof.h"

#define MS 1000000ll
#define GUARD (5 * MS)      /* around the expected arrival */
#define REACTION (100 * MS) /* an answer may take so long */
#define FAR_AWAY (500 * MS) /* the same, seen at the near point */
#define NO_RTT (10 * MS)    /* width where nothing tells the delay */
#define COPIES_LOOK 8       /* earlier copies that are looked at */
#define END_LOOK 64   /* records at a stream's end, of which one ends it */
#define ORDER_LOOK 64 /* records before, of which one arrived */
#define LIKES_LOOK 64 /* records around, of which one may be it */
#define SYNS_LOOK 8
#define ANSWERS_LOOK 16 /* datagrams of a session, each answered */
#define TTL_LOOK 24     /* records around, whose TTL is compared */

struct arrival { /* expected, on the far point's clock */
	int64_t low, high, mid;
	bool known;
	bool loose; /* by the longest transits only */
};

/* When what was sent last before near record @i, and arrived, did so. */
static int64_t arrived_before(const struct hop *h, uint32_t i)
{
	for (int left = ORDER_LOOK; i-- > 0 && left > 0; left--)
		if ((h->near_is[i] & (LINKED | LINK_TIED | LINK_LATE)) ==
		    LINKED)
			return strand_at(h->far, h->far_of[i])->time_ns;
	return INT64_MIN;
}

/* Where the delay changes fast (a queue that empties), what went before bounds
 * it better than what is usual around: packets overtake by little. */
static void not_before(struct arrival *a, int64_t t)
{
	if (t == INT64_MIN || a->low >= t - GUARD)
		return;
	a->low = t - GUARD;
	a->mid = a->mid > a->low ? a->mid : a->low;
	a->high = a->high > a->mid ? a->high : a->mid;
}

static struct arrival arrival_at(const struct hop *h, uint32_t i)
{
	struct arrival a = { .known = true };
	int64_t t = strand_at(h->near, i)->time_ns, pace, dev, guard;

	if (hop_pace_at(h, i, &pace, &dev)) {
		guard = GUARD + 10 * dev;
		a.mid = t + pace;
		a.low = a.mid - guard;
		a.high = a.mid + guard;
		if (h->f_low != INT64_MIN && a.low < t + h->f_low - GUARD &&
		    t + h->f_low <= a.mid)
			a.low = t + h->f_low - h->tick;
		not_before(&a, arrived_before(h, i));
	} else if (h->f_high != INT64_MAX) {
		a.low = a.mid = t + h->f_high;
		a.high = a.low + NO_RTT;
	} else if (h->f_low != INT64_MIN) {
		/* only packets of the other way were seen at both: one transit
		 * bounds the clock, another the packet */
		a.low = a.mid = t + h->f_low;
		a.high = a.low + 2 * h->max_transit;
		a.loose = true;
	} else {
		a.known = false;
	}
	return a;
}

static struct verdict plain(enum fate f, enum fate_basis b,
			    enum fate_reason why)
{
	return (struct verdict){ .fate = (uint8_t)f,
				 .basis = (uint8_t)b,
				 .reason = (uint8_t)why };
}

/* --- acknowledgements --- */
struct ask { /* about one range of one near record */
	struct chain *c;
	size_t k;
	uint32_t i;
	uint64_t s, e;        /* seq64 of the near strand */
	uint32_t next, next2; /* later copies; UINT32_MAX: none */
	bool had;             /* an earlier copy is at the far point */
	int64_t shown[2];     /* when the far point shows others */
	struct arrival at;
};

/* Bytes of [s, e) that the far point has of near record @i. */
static uint32_t arrived_of(const struct hop *h, uint32_t i, uint64_t s,
			   uint64_t e)
{
	uint64_t at = strand_at(h->near, i)->seq64;
	uint32_t n = 0;

	if (h->near_is[i] & LINKED)
		return (uint32_t)(e - s);
	for (size_t k = 0; k < h->piece.n && h->piece.at[k].near <= i; k++) {
		const struct piece *p = &h->piece.at[k];
		uint64_t a = at + p->off, b = a + p->len;

		if (p->near != i || b <= s || a >= e)
			continue;
		n += (uint32_t)((b < e ? b : e) - (a > s ? a : s));
	}
	return n;
}

/* Did an earlier copy bring all of [s, e)? */
static bool had_earlier(struct chain *c, size_t k, uint32_t i, uint64_t s,
			uint64_t e)
{
	const struct hop *h = &c->hop[k];
	struct recopy *r = chain_copies(c, c->leg[k].a);

	for (int left = COPIES_LOOK; left > 0; left--) {
		i = recopy_previous(r, i, s, e);
		if (i == UINT32_MAX)
			return false;
		if (h->near_is[i] & LINK_AWAY
			    ? chain_arrival(c, k, i) != LINK_NONE
			    : (h->near_is[i] & (LINKED | LINK_PART)) &&
				      arrived_of(h, i, s, e) >= e - s)
			return true;
	}
	return false;
}

/* Stamps from @after on at which the far point shows any of the bytes in what
 * the near point has not: copies that it missed, or was no longer there to
 * see.  The first two; INT64_MAX: none. */
static void shown_at_far(struct chain *c, size_t k, uint64_t s, uint64_t e,
			 int64_t after, int64_t shown[2])
{
	struct hop *h = &c->hop[k];
	uint32_t seq = (uint32_t)s + hop_delta_at(h, (uint32_t)s), j;
	/* what went round the near point it has not, either */
	uint8_t has = c->leg[k].takes_new ? LINKED | LINK_DUP | LINK_AWAY
					  : LINKED | LINK_DUP;
	uint64_t from;
	int n = 0;

	shown[0] = shown[1] = INT64_MAX;
	j = h->far->n ? strand_find(h->far, after) : 0;
	if (j >= h->far->n)
		return;
	from = seq_unwrap(strand_at(h->far, j)->seq64, seq);
	for (int left = COPIES_LOOK; n < 2 && left > 0; left--, j++) {
		j = recopy_next(chain_copies(c, c->leg[k].b), j, from,
				from + (e - s));
		if (j == UINT32_MAX)
			return;
		if (!(h->far_is[j] & has))
			shown[n++] = strand_at(h->far, j)->time_ns;
	}
}

/* When a later copy reached the far point, or would have at the earliest. */
static int64_t copy_at_far(const struct ask *q, uint32_t i)
{
	const struct hop *h = &q->c->hop[q->k];
	struct arrival a;
	uint32_t j;

	if (i == UINT32_MAX)
		return INT64_MAX;
	j = chain_arrival(q->c, q->k, i);
	if (j != LINK_NONE)
		return strand_at(h->far, j)->time_ns;
	a = arrival_at(h, i);
	return a.known ? a.low : INT64_MAX;
}

static int64_t copy_at_near(const struct hop *h, uint32_t i)
{
	return i == UINT32_MAX ? INT64_MAX : strand_at(h->near, i)->time_ns;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When a copy that the far point shows at @shown passed the near one, at the
 * earliest. */
static int64_t left_near(const struct ask *q, int64_t shown)
{
	const struct hop *h = &q->c->hop[q->k];

	return shown == INT64_MAX || !q->at.known
		       ? INT64_MAX
		       : shown - (q->at.high -
				  strand_at(h->near, q->i)->time_ns);
}

static void swap_if_later(int64_t *a, int64_t *b)
{
	if (*a > *b) {
		int64_t t = *a;

		*a = *b;
		*b = t;
	}
}

/* The first two of later copies: two that the near point has, at @a, and two
 * that it has not, at @b.  They may have overtaken each other. */
static void later_copies(struct proof_view *v, const int64_t a[2],
			 const int64_t b[2])
{
	int64_t t[4] = { a[0], a[1], b[0], b[1] };

	swap_if_later(&t[0], &t[1]);
	swap_if_later(&t[2], &t[3]);
	v->until_ns = earlier(t[0], t[2]);
	v->again_ns = t[0] <= t[2] ? earlier(t[1], t[2]) : earlier(t[0], t[3]);
}

/* Did the network make two of copy @i? */
static bool doubled(const struct hop *h, uint32_t i)
{
	return i != UINT32_MAX && (h->near_is[i] & LINK_DUP);
}

static bool opens(const struct hop *h, uint32_t i)
{
	return (strand_at(h->near, i)->tcp_flags & REC_SYN) != 0;
}

static struct strand *acks_at(const struct ask *q, const struct strand *data)
{
	struct strand *a = &q->c->s->strand[data->flow * 2 + (1 - data->dir)];

	return a->n ? a : NULL;
}

static struct proof ask_far(const struct ask *q, struct strand *acks)
{
	const struct hop *h = &q->c->hop[q->k];
	struct proof_view v = {
		.acks = acks,
		.shift = hop_delta_at(h, (uint32_t)q->s),
		.from_ns = q->had ? q->at.mid : q->at.low,
		.settled_ns = q->at.high + REACTION,
		.beyond = true,
		.opens = opens(h, q->i),
		.had = q->had,
		.doubled = doubled(h, q->next),
	};
	int64_t later[2] = { copy_at_far(q, q->next),
			     copy_at_far(q, q->next2) };

	later_copies(&v, later, q->shown);
	return proof_look(&v, (uint32_t)q->s, (uint32_t)q->e);
}

static struct proof ask_near(const struct ask *q, struct strand *acks)
{
	const struct hop *h = &q->c->hop[q->k];
	int64_t t = strand_at(h->near, q->i)->time_ns;
	struct proof_view v = {
		.acks = acks,
		.from_ns = t,
		.settled_ns = t + FAR_AWAY,
		.opens = opens(h, q->i),
		.had = q->had,
		.doubled = doubled(h, q->next),
	};
	int64_t later[2] = { copy_at_near(h, q->next),
			     copy_at_near(h, q->next2) };
	int64_t others[2] = { left_near(q, q->shown[0]),
			      left_near(q, q->shown[1]) };

	later_copies(&v, later, others);
	return proof_look(&v, (uint32_t)q->s, (uint32_t)q->e);
}

static struct verdict proved(struct verdict v, const struct proof *p,
			     const struct strand *acks)
{
	if (p->record == LINK_NONE)
		return v;
	v.proof_point = (uint8_t)acks->pos;
	v.proof_dir = acks->dir;
	v.proof = p->record;
	return v;
}

static bool arrived(const struct proof *p)
{
	return p->verdict == PROOF_ACKED || p->verdict == PROOF_SACKED ||
	       p->verdict == PROOF_AGAIN;
}

/* @p: at the far point, at the near one.  What comes to the near point after
 * this copy left may have left the far one before it came there: there it is
 * known better, but for a duplicate that is reported. */
static struct verdict weigh(const struct proof *p, struct strand *const *acks)
{
	bool before = p[0].verdict == PROOF_BEFORE;

	for (int v = 0; v < 2; v++)
		if (arrived(&p[v]) && (!before || p[v].verdict == PROOF_AGAIN))
			return proved(plain(FATE_UNSEEN, BASIS_PROOF,
					    p[v].verdict == PROOF_ACKED
						    ? WHY_ACKED
						    : WHY_SACKED),
				      &p[v], acks[v]);
	for (int v = 0; v < 2; v++)
		if (p[v].verdict == PROOF_BEFORE)
			return plain(FATE_UNDECIDED, BASIS_NONE,
				     WHY_CAPTURE_MAY_MISS);
	for (int v = 0; v < 2; v++)
		if (p[v].verdict == PROOF_HOLE)
			return proved(plain(FATE_LOST, BASIS_PROOF, WHY_HOLE),
				      &p[v], acks[v]);
	for (int v = 0; v < 2; v++)
		if (p[v].verdict == PROOF_SILENCE)
			return proved(plain(FATE_LOST, BASIS_EFFECT,
					    WHY_NO_REACTION),
				      &p[v], acks[v]);
	return plain(FATE_UNDECIDED, BASIS_NONE, WHY_CAPTURE_MAY_MISS);
}

static struct verdict ask_acks(struct chain *c, size_t k, uint32_t i,
			       uint64_t s, uint64_t e, const struct arrival *at,
			       int depth);

/* The verdict on the copy before, where the far point has not that one either:
 * an acknowledgement then means that one of the two arrived. */
static struct verdict copy_before(struct chain *c, size_t k, uint32_t i,
				  uint64_t s, uint64_t e, int depth)
{
	const struct hop *h = &c->hop[k];
	uint32_t b = recopy_previous(chain_copies(c, c->leg[k].a), i, s, e);
	struct arrival at;

	if (b == UINT32_MAX || (h->near_is[b] & LINK_PART) ||
	    chain_arrival(c, k, b) != LINK_NONE)
		return plain(FATE_LOST, BASIS_NONE, WHY_NONE);
	if (depth == 0)
		return plain(FATE_UNDECIDED, BASIS_NONE, WHY_NONE);
	if (h->near_is[b] & LINK_PASSED)
		return plain(FATE_UNSEEN, BASIS_NONE, WHY_NONE);
	at = arrival_at(h, b);
	return ask_acks(c, k, b, s, e, &at, depth - 1);
}

static struct verdict ask_acks(struct chain *c, size_t k, uint32_t i,
			       uint64_t s, uint64_t e, const struct arrival *at,
			       int depth)
{
	const struct hop *h = &c->hop[k];
	struct recopy *r = chain_copies(c, c->leg[k].a);
	struct ask q = { .c = c, .k = k, .i = i, .s = s, .e = e, .at = *at };
	struct proof p[2] = { { PROOF_NONE, LINK_NONE },
			      { PROOF_NONE, LINK_NONE } };
	struct strand *acks[2] = { acks_at(&q, h->far), acks_at(&q, h->near) };
	struct verdict v, before = copy_before(c, k, i, s, e, depth);

	q.next = recopy_next(r, i + 1, s, e);
	q.next2 = q.next == UINT32_MAX ? UINT32_MAX
				       : recopy_next(r, q.next + 1, s, e);
	q.had = before.fate == FATE_UNSEEN || had_earlier(c, k, i, s, e);
	q.shown[0] = q.shown[1] = INT64_MAX;
	if (at->known)
		shown_at_far(c, k, s, e, at->low, q.shown);
	if (acks[0] && at->known)
		p[0] = ask_far(&q, acks[0]);
	if (acks[1])
		p[1] = ask_near(&q, acks[1]);
	v = weigh(p, acks);
	if (v.fate == FATE_UNSEEN && before.fate == FATE_UNDECIDED &&
	    p[0].verdict != PROOF_AGAIN && p[1].verdict != PROOF_AGAIN)
		return plain(FATE_UNDECIDED, BASIS_NONE, WHY_COPY_UNKNOWN);
	return v;
}

/* --- answers --- */

/* Few, and strictly in turns: more could be two streams of their own that keep
 * the same pace, and a turn out of order a retry, or a copy. */
bool each_answered(const struct strand *asks, const struct strand *answers)
{
	if (!asks->n || asks->n != answers->n || asks->n > ANSWERS_LOOK)
		return false;
	for (uint32_t i = 0; i < asks->n; i++) {
		int64_t ask = strand_at(asks, i)->time_ns;
		int64_t answer = strand_at(answers, i)->time_ns;

		if (answer <= ask || (i + 1 < asks->n &&
				      strand_at(asks, i + 1)->time_ns < answer))
			return false;
	}
	return true;
}

/* --- absence --- */

/* May @far have, unlinked as @is says, a pure ACK with the number @ack that is
 * expected at @at? */
static bool has_ack(struct strand *far, const uint8_t *is, uint32_t ack,
		    const struct arrival *at)
{
	uint32_t mid = strand_find(far, at->mid);
	uint32_t j = mid > LIKES_LOOK ? mid - LIKES_LOOK : 0;

	for (; j < far->n && j < mid + LIKES_LOOK; j++) {
		const struct record *y;

		if (is[j] & (LINKED | LINK_DUP | LINK_AWAY))
			continue;
		y = strand_at(far, j);
		if (!rec_seq_len(y) && y->time_ns >= at->low - FAR_AWAY &&
		    y->time_ns <= at->high + FAR_AWAY &&
		    (uint32_t)y->ack64 == ack)
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
		    y->time_ns >= at->low - FAR_AWAY &&
		    y->time_ns <= at->high + FAR_AWAY)
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

	if (next >= c->n_hops)
		return false;
	g = &c->hop[next];
	if (!g->paced || g->unsure || g->relay || h->unsure)
		return false;
	there.low += g->pace - GUARD - 10 * g->dev;
	there.mid += g->pace;
	there.high += g->pace + GUARD + 10 * g->dev;
	if (watch_hides(&c->env->watch[g->far->pos - 1], there.low,
			there.high) != WHY_NONE)
		return false;
	return !h->tcp || rec_seq_len(&x) ||
	       !has_ack(g->far, g->far_is,
			(uint32_t)x.ack64 + h->ack_delta + g->ack_delta,
			&there);
}

static struct verdict by_absence(const struct chain *c, size_t k, uint32_t i,
				 const struct arrival *at)
{
	const struct hop *h = &c->hop[k];
	size_t from = (size_t)h->near->pos - 1, to = (size_t)h->far->pos - 1;
	struct verdict v = plain(FATE_UNDECIDED, BASIS_NONE,
				 WHY_CAPTURE_MAY_MISS);
	bool confirmed = is_confirmed(c, k, i, at);
	bool heard = !c->env->bins || bins_heard(&c->env->bins[to], at->mid);

	if (c->s->loss[from * c->env->n_points + to] &
	    answer_bit(heard, confirmed))
		v = plain(FATE_LOST, BASIS_ABSENCE, WHY_NOT_THERE);
	v.open = true;
	v.confirmed = confirmed;
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

/* May the far point have pure ACK @i, unlinked because of its many likes, or
 * SYN @i as another one? */
static bool has_like(const struct hop *h, uint32_t i, const struct arrival *at)
{
	struct record x = *strand_at(h->near, i);

	if (h->tcp && (x.tcp_flags & REC_SYN))
		return has_syn(h->far, h->far_is, (uint32_t)x.seq64 + h->delta,
			       at);
	return h->tcp && !rec_seq_len(&x) &&
	       has_ack(h->far, h->far_is, (uint32_t)x.ack64 + h->ack_delta, at);
}

/* What acknowledgements and absence say, where the far capture could look. */
static struct verdict missing(struct chain *c, size_t k, uint32_t i,
			      struct verdict v, const struct arrival *at)
{
	const struct hop *h = &c->hop[k];

	if (v.fate != FATE_UNSEEN && before_far_began(c, h, at))
		return plain(FATE_UNDECIDED, BASIS_NONE, WHY_GAP);
	if (v.reason != WHY_CAPTURE_MAY_MISS)
		return v;
	if (!at->known)
		return plain(FATE_UNDECIDED, BASIS_NONE, WHY_NO_CLOCK);
	if (has_like(h, i, at))
		return plain(FATE_UNDECIDED, BASIS_NONE, WHY_COPY_UNKNOWN);
	return by_absence(c, k, i, at);
}

/* Where the far stream ends, as a near raw number; false: not seen. */
static bool stream_end(const struct hop *h, uint32_t *at)
{
	uint32_t left = END_LOOK;

	for (uint32_t j = h->far->n; j-- > 0 && left-- > 0;) {
		const struct record *y = strand_at(h->far, j);

		if (!(y->tcp_flags & REC_FIN))
			continue;
		*at = hop_to_near(h, (uint32_t)y->seq64 + y->pay_len);
		return true;
	}
	return false;
}

/* Did another copy of near record @i's bytes [s, e) come through? */
static bool other_copy_passed(struct chain *c, size_t k, uint32_t i, uint64_t s,
			      uint64_t e)
{
	const struct hop *h = &c->hop[k];
	const struct recopy *r = chain_copies(c, c->leg[k].a);
	uint32_t at = i;

	for (int left = COPIES_LOOK; left > 0; left--) {
		at = recopy_previous(r, at, s, e);
		if (at == UINT32_MAX)
			break;
		if (h->near_is[at] & (LINKED | LINK_PART))
			return true;
	}
	at = i;
	for (int left = COPIES_LOOK; left > 0; left--) {
		at = recopy_next(r, at, s, e);
		if (at == UINT32_MAX)
			break;
		if (h->near_is[at] & (LINKED | LINK_PART))
			return true;
	}
	return false;
}

/* A relay takes bytes and sends bytes; packets are each side's own. */
static struct verdict relay_absent(struct chain *c, size_t k, uint32_t i,
				   uint64_t s, uint64_t e)
{
	uint32_t end;

	if (s == e)
		return plain(FATE_OUTSIDE, BASIS_NONE, WHY_RELAY);
	if (c->hop[k].told && stream_end(&c->hop[k], &end) &&
	    seq_diff((uint32_t)s, end) >= 0)
		return plain(FATE_LOST, BASIS_PROOF, WHY_ENDED);
	if (other_copy_passed(c, k, i, s, e))
		return plain(FATE_OUTSIDE, BASIS_NONE, WHY_RELAY);
	return plain(FATE_UNDECIDED, BASIS_NONE, WHY_RELAY);
}

static struct verdict absent(struct chain *c, size_t k, uint32_t i,
			     uint32_t off, uint32_t len, struct arrival at)
{
	const struct hop *h = &c->hop[k];
	struct record x = *strand_at(h->near, i);
	enum fate_reason why = WHY_NONE;
	uint64_t s = x.seq64 + off, e = s + len;
	struct verdict v = plain(FATE_UNDECIDED, BASIS_NONE,
				 WHY_CAPTURE_MAY_MISS);

	if (h->relay) {
		v = relay_absent(c, k, i, s, e);
		if (v.fate != FATE_UNDECIDED)
			return v;
	}
	if (at.known)
		why = watch_hides(&c->env->watch[h->far->pos - 1], at.low,
				  at.high);
	if (why != WHY_NONE)
		return at.loose
			       ? plain(FATE_UNDECIDED, BASIS_NONE, WHY_NO_CLOCK)
			       : plain(FATE_OUTSIDE, BASIS_NONE, why);
	if (h->near_is[i] & LINK_TIED)
		return plain(FATE_UNDECIDED, BASIS_NONE, WHY_COPY_UNKNOWN);
	if (h->near_is[i] & LINK_PASSED)
		return plain(FATE_UNSEEN, BASIS_PROOF, WHY_LATER_POINT);
	if (h->answered)
		return plain(FATE_UNSEEN, BASIS_EFFECT, WHY_EFFECT);
	if (h->relay)
		return v;
	if (h->unsure || c->s->row->verdict == PAIR_AMBIGUOUS)
		return plain(FATE_UNDECIDED, BASIS_NONE, WHY_UNMATCHED_CONTENT);
	if (h->tcp && len && chain_part_passed(c, k, i, s, e))
		return plain(FATE_UNSEEN, BASIS_PROOF, WHY_LATER_POINT);
	if (h->tcp && rec_seq_len(&x) && !(x.tcp_flags & REC_RST)) {
		if (off == 0 && len == x.pay_len)
			e = s + rec_seq_len(&x);
		v = ask_acks(c, k, i, s, e, &at, COPIES_LOOK);
	}
	return missing(c, k, i, v, &at);
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
	struct arrival at = arrival_at(&c->hop[k], i);
	struct verdict v;

	not_before_cause(c, k, i, &at);
	v = absent(c, k, i, off, len, at);
	v.t_ns = at.known ? at.mid : strand_at(c->hop[k].near, i)->time_ns;
	return v;
}

/* --- far only --- */

/* Have the records around it, which came all the way, another TTL? */
static bool strange_ttl(const struct hop *h, uint32_t j, uint8_t ttl)
{
	uint32_t from = j > TTL_LOOK ? j - TTL_LOOK : 0, others = 0;

	for (uint32_t k = from; k < h->far->n && k < j + TTL_LOOK; k++) {
		if (k == j || !(h->far_is[k] & LINKED))
			continue;
		if (strand_at(h->far, k)->ttl == ttl)
			return false;
		others++;
	}
	return others >= 2;
}

/* After a reset its sender is silent, but for more resets. */
static bool sender_went_on(const struct hop *h, uint32_t j)
{
	int64_t t = strand_at(h->far, j)->time_ns;

	for (uint32_t k = j + 1; k < h->far->n && k < j + TTL_LOOK; k++) {
		const struct record *r = strand_at(h->far, k);

		if ((h->far_is[k] & LINKED) && !(r->tcp_flags & REC_RST) &&
		    r->time_ns > t + 2 * (h->dev + h->tick) + MS)
			return true;
	}
	return false;
}

struct verdict decide_orphan(struct chain *c, size_t k, uint32_t j)
{
	const struct hop *h = &c->hop[k];
	struct record y = *strand_at(h->far, j);
	int64_t low = INT64_MIN, high = 0, room = GUARD + 10 * h->dev + h->tick;
	bool special = y.tcp_flags & (REC_RST | REC_FIN);
	struct verdict v;

	if (h->relay)
		return plain(FATE_OUTSIDE, BASIS_NONE, WHY_RELAY);
	if (h->unsure) /* it may be any of those that are undecided */
		return plain(FATE_OUTSIDE, BASIS_NONE, WHY_UNMATCHED_CONTENT);
	if (h->tcp && strange_ttl(h, j, y.ttl) &&
	    (special || !h->use_ts || !(y.opts & REC_OPT_TS)))
		return plain(FATE_INJECTED, BASIS_EFFECT, WHY_NOT_FROM_THERE);
	if (h->tcp && (y.tcp_flags & REC_RST) && sender_went_on(h, j))
		return plain(FATE_INJECTED, BASIS_EFFECT, WHY_NOT_FROM_THERE);
	if (h->paced) {
		low = y.time_ns - h->pace - room;
		high = y.time_ns - h->pace + room;
	} else if (h->f_low != INT64_MIN || h->f_high != INT64_MAX) {
		high = y.time_ns -
		       (h->f_low != INT64_MIN ? h->f_low : h->f_high);
		low = high - NO_RTT;
	}
	if (low != INT64_MIN && watch_hides(&c->env->watch[h->near->pos - 1],
					    low, high) != WHY_NONE)
		return plain(FATE_OUTSIDE, BASIS_NONE, WHY_NOT_RUNNING);
	v = plain(FATE_DELIVERED, BASIS_NONE, WHY_MATCHED);
	v.t_ns = low != INT64_MIN ? low + (high - low) / 2 : y.time_ns;
	return v;
}
