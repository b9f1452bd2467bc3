/* What acknowledgements say of data that the far capture lacks.
 *
 * Both the far point's and the near one's are examined (correlate/proof.c): unseen
 * if either shows that the copy arrived, else lost if either shows that it did
 * not.  Of several copies, an acknowledgement refers to the first that arrived.  So
 * what is known of earlier and later copies comes first, including those that only
 * the far point, or one behind it, shows (correlate/decide_copies.c); if the copy
 * before is missing, too, an acknowledgement refers to one of the two.
 *
 * If both captures were deaf, points before them may still have the answer.  They
 * show when it passed, not how long before it was sent.  So they are only asked
 * about bytes of which no point shows another copy, and only whether these arrived.
 *
 * Cost: a few bisections; the same for each of DECIDE_COPIES earlier copies.
 */
#include "correlate/decide_int.h"
#include "correlate/proof.h"

#define REACTION 100000000ll /* ns in which a receiver answers */

struct ask { /* about one range of one near record */
	struct chain *c;
	size_t k;
	uint32_t i;
	uint64_t s, e;        /* seq64 of the near strand */
	uint32_t next, next2; /* later copies; UINT32_MAX: none */
	bool had;             /* an earlier copy is at the far point */
	int64_t shown[2]; /* when the far point, or one behind, shows others */
	struct arrival at;
};

/* When the bytes in a later copy reached the far point, or would have at the
 * earliest: at the usual pace, or at the fastest one. */
static int64_t copy_at_far(const struct ask *q, uint32_t i, bool fastest)
{
	const struct hop *h = &q->c->hop[q->k];
	struct arrival a;
	uint32_t j;

	if (i == UINT32_MAX)
		return INT64_MAX;
	j = chain_arrival(q->c, q->k, i);
	if (j != LINK_NONE)
		return decide_came_at(h, i, j, q->s, q->e);
	a = decide_arrival(h, i);
	if (!a.known)
		return INT64_MAX;
	return fastest ? a.soonest : a.low;
}

static int64_t copy_at_near(const struct hop *h, uint32_t i)
{
	return i == UINT32_MAX ? INT64_MAX : strand_time(h->near, i);
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
		       : time_sub(shown, time_sub(q->at.high,
						  strand_time(h->near, q->i)));
}

static void swap_if_later(int64_t *a, int64_t *b)
{
	if (*a > *b) {
		int64_t t = *a;

		*a = *b;
		*b = t;
	}
}

/* The first two of later copies: @a has the times of two that the near point has, @b
 * those of two that it does not.  They may have overtaken each other. */
static void later_copies(struct proof_view *v, const int64_t a[2],
			 const int64_t b[2])
{
	int64_t t[4] = { a[0], a[1], b[0], b[1] };

	swap_if_later(&t[0], &t[1]);
	swap_if_later(&t[2], &t[3]);
	v->until_ns = earlier(t[0], t[2]);
	v->again_ns = t[0] <= t[2] ? earlier(t[1], t[2]) : earlier(t[0], t[3]);
}

/* Did the network make two of copy @i of hop @k, there or further on? */
static bool doubled(const struct chain *c, size_t k, uint32_t i)
{
	while (k < c->n_hops && i != LINK_NONE) {
		const struct hop *h = &c->hop[k];

		if (h->near_is[i] & LINK_DUP)
			return true;
		if (h->relay || !(h->near_is[i] & LINKED))
			return false;
		i = h->far_of[i];
		k = chain_last_hop(c, c->leg[k].b);
	}
	return false;
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

static void far_copies(const struct ask *q, struct proof_view *v, bool fastest)
{
	int64_t later[2] = { copy_at_far(q, q->next, fastest),
			     copy_at_far(q, q->next2, fastest) };

	later_copies(v, later, q->shown);
}

/* An acknowledgement that comes when a fast copy may have been there is of neither.
 * If those before show a loss, it is the copy's. */
static struct proof ask_far(const struct ask *q, struct strand *acks)
{
	const struct hop *h = &q->c->hop[q->k];
	struct proof_view v = {
		.acks = acks,
		.shift = hop_delta_at(h, (uint32_t)q->s),
		.from_ns = q->had ? q->at.mid : q->at.low,
		.settled_ns = time_add(q->at.high, REACTION),
		.beyond = true,
		.opens = opens(h, q->i),
		.had = q->had,
		.doubled = doubled(q->c, q->k, q->next),
	};
	struct proof p, slow;

	far_copies(q, &v, true);
	p = proof_look(&v, (uint32_t)q->s, (uint32_t)q->e);
	if (p.verdict != PROOF_NONE)
		return p;
	far_copies(q, &v, false);
	slow = proof_look(&v, (uint32_t)q->s, (uint32_t)q->e);
	return slow.verdict == PROOF_ACKED || slow.verdict == PROOF_SACKED
		       ? p
		       : slow;
}

static struct proof ask_near(const struct ask *q, struct strand *acks)
{
	const struct hop *h = &q->c->hop[q->k];
	int64_t t = strand_time(h->near, q->i);
	struct proof_view v = {
		.acks = acks,
		.from_ns = t,
		.settled_ns = time_add(t, DECIDE_FAR_AWAY),
		.opens = opens(h, q->i),
		.had = q->had,
		.doubled = doubled(q->c, q->k, q->next),
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

/* @p: at the far point, at the near one.  What arrives at the near point after this
 * copy left may have left the far point before the copy came there.  So the far
 * point knows better, except for a reported duplicate. */
static struct verdict weigh(const struct proof *p, struct strand *const *acks)
{
	bool before = p[0].verdict == PROOF_BEFORE;

	for (int v = 0; v < 2; v++)
		if (arrived(&p[v]) && (!before || p[v].verdict == PROOF_AGAIN))
			return proved(verdict_of(FATE_UNSEEN, BASIS_PROOF,
						 p[v].verdict == PROOF_ACKED
							 ? WHY_ACKED
							 : WHY_SACKED),
				      &p[v], acks[v]);
	for (int v = 0; v < 2; v++)
		if (p[v].verdict == PROOF_BEFORE)
			return verdict_of(FATE_UNDECIDED, BASIS_NONE,
					  WHY_CAPTURE_MAY_MISS);
	for (int v = 0; v < 2; v++)
		if (p[v].verdict == PROOF_HOLE)
			return proved(verdict_of(FATE_LOST, BASIS_PROOF,
						 WHY_HOLE),
				      &p[v], acks[v]);
	for (int v = 0; v < 2; v++)
		if (p[v].verdict == PROOF_SILENCE)
			return proved(verdict_of(FATE_LOST, BASIS_EFFECT,
						 WHY_NO_REACTION),
				      &p[v], acks[v]);
	return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_CAPTURE_MAY_MISS);
}

/* --- points before --- */

struct seen { /* bytes of a record, at a place of the chain */
	size_t at;
	uint32_t i;
	uint64_t s, e;
};

/* Turns @x into the record of the place before that became this one.
 * Return: there is one. */
static bool go_back(const struct chain *c, struct seen *x)
{
	for (size_t k = 0; k < c->n_hops; k++) {
		const struct hop *h = &c->hop[k];
		uint32_t i = c->leg[k].b == x->at ? h->near_of[x->i]
						  : LINK_NONE;
		uint64_t len = x->e - x->s;

		if (i == LINK_NONE || h->relay || h->unsure ||
		    !(h->far_is[x->i] & LINKED))
			continue;
		x->at = c->leg[k].a;
		x->i = i;
		x->s = seq_unwrap(strand_at(h->near, i)->seq64,
				  hop_to_near(h, (uint32_t)x->s));
		x->e = x->s + len;
		return true;
	}
	return false;
}

static bool is_sole(struct chain *c, const struct seen *x)
{
	const struct recopy *r = chain_copies(c, x->at);

	return recopy_previous(r, x->i, x->s, x->e) == UINT32_MAX &&
	       recopy_next(r, x->i + 1, x->s, x->e) == UINT32_MAX;
}

static struct verdict ask_before(const struct ask *q)
{
	struct chain *c = q->c;
	struct seen x = { c->leg[q->k].a, q->i, q->s, q->e };

	while (is_sole(c, &x) && go_back(c, &x) && is_sole(c, &x)) {
		struct strand *near = c->strand[x.at];
		struct strand *acks[2] = { acks_at(q, near), NULL };
		int64_t t = strand_at(near, x.i)->time_ns;
		struct proof_view v = { .acks = acks[0],
					.from_ns = t,
					.settled_ns = INT64_MAX,
					.until_ns = INT64_MAX,
					.again_ns = INT64_MAX };
		struct proof p[2] = { { PROOF_NONE, LINK_NONE },
				      { PROOF_NONE, LINK_NONE } };

		if (acks[0])
			p[0] = proof_look(&v, (uint32_t)x.s, (uint32_t)x.e);
		if (p[0].verdict == PROOF_ACKED || p[0].verdict == PROOF_SACKED)
			return weigh(p, acks);
	}
	return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_CAPTURE_MAY_MISS);
}

static struct verdict ask_acks(struct chain *c, size_t k, uint32_t i,
			       uint64_t s, uint64_t e, const struct arrival *at,
			       int depth);

/* The verdict on the copy before.  If the far point lacks that one, too, an
 * acknowledgement only means that one of the two arrived. */
static struct verdict copy_before(struct chain *c, size_t k, uint32_t i,
				  uint64_t s, uint64_t e, int depth)
{
	const struct hop *h = &c->hop[k];
	uint32_t b = recopy_previous(chain_copies(c, c->leg[k].a), i, s, e);
	struct arrival at;

	if (b == UINT32_MAX || (h->near_is[b] & LINK_PART) ||
	    chain_arrival(c, k, b) != LINK_NONE)
		return verdict_of(FATE_LOST, BASIS_NONE, WHY_NONE);
	if (depth == 0)
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_NONE);
	if (h->near_is[b] & LINK_PASSED)
		return verdict_of(FATE_UNSEEN, BASIS_NONE, WHY_NONE);
	at = decide_arrival(h, b);
	return ask_acks(c, k, b, s, e, &at, depth - 1);
}

/* Copies that the near point does not have. */
static void look_for_shown(struct ask *q)
{
	int64_t t;

	decide_shown_at_far(q->c, q->k, q->s, q->e, q->at.low, q->shown);
	if (decide_shown_beyond(q->c, q->k, q->s, q->e, q->at.high, &t) &&
	    t < q->shown[1]) {
		q->shown[1] = t;
		swap_if_later(&q->shown[0], &q->shown[1]);
	}
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
	q.had = before.fate == FATE_UNSEEN ||
		decide_had_earlier(c, k, i, s, e) ||
		(at->known && decide_had_unseen(c, k, s, e, at->low));
	q.shown[0] = q.shown[1] = INT64_MAX;
	if (at->known)
		look_for_shown(&q);
	if (acks[0] && at->known)
		p[0] = ask_far(&q, acks[0]);
	if (acks[1])
		p[1] = ask_near(&q, acks[1]);
	v = weigh(p, acks);
	if (p[0].verdict == PROOF_NONE && p[1].verdict == PROOF_NONE &&
	    q.shown[0] == INT64_MAX)
		return ask_before(&q);
	if (v.fate == FATE_UNSEEN && before.fate == FATE_UNDECIDED &&
	    p[0].verdict != PROOF_AGAIN && p[1].verdict != PROOF_AGAIN)
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_COPY_UNKNOWN);
	return v;
}

struct verdict decide_by_acks(struct chain *c, size_t k, uint32_t i, uint64_t s,
			      uint64_t e, const struct arrival *at)
{
	return ask_acks(c, k, i, s, e, at, DECIDE_COPIES);
}
