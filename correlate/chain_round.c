/* Points that some packets bypass: hops over them, and the route of lost
 * packets.
 *
 * A hop over points that some packets bypass links what the hops by them left
 * (round_match()), over views of the strands.  Before that, a hop by such a
 * point gives back records that its far end has from another copy
 * (round_give_back()): with few packets nothing shows which fields survive this
 * hop, so that a packet and its retransmission, sent by another route, look
 * like one.  What no hop found goes to the longest one (round_leave()), unless
 * what was sent before and after it went by the point (round_settle()): then it
 * took that route.
 *
 * Cost: O(n) a hop; ROUTE_LOOK records around each that is in doubt.
 */
#include "correlate/chain_round.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"

#define ROUTE_LOOK 64 /* records examined on each side, to find their route */
#define ROUTE_SURE 3  /* of them */
/* ns: shorter than any time-out (RFC 6298: 1 s; Linux: 0.2 s) */
#define ROUTE_PAUSE 150000000ll
#define ROUTE_SHARE 5 /* one of so many packets, at least, of a route's */

/* What hops shorter than @k lack, at its near end or at its far end. */
static void pick_rest(const struct chain *c, size_t k, bool far, struct pick *p)
{
	const struct leg *l = &c->leg[k];
	const uint8_t **is = mem_zalloc(c->n_hops + 1, sizeof *is);
	size_t n = 0;

	for (size_t q = 0; q < c->n_hops; q++) {
		const struct leg *o = &c->leg[q];

		if (!far && o->a == l->a && o->b < l->b)
			is[n++] = c->hop[q].near_is;
		if (far && o->b == l->b && o->a > l->a)
			is[n++] = c->hop[q].far_is;
	}
	pick_unlinked(p, c->strand[far ? l->b : l->a], is, n);
	free(is);
}

/* Puts the links of @v, over views, into @h, over the strands. */
static void take_links(struct hop *h, struct hop *v, const struct pick *near,
		       const struct pick *far)
{
	for (uint32_t x = 0; x < near->idx.n; x++) {
		uint32_t i = near->idx.at[x], y = v->far_of[x];

		h->near_is[i] = v->near_is[x];
		h->far_of[i] = y == LINK_NONE ? LINK_NONE : far->idx.at[y];
	}
	for (uint32_t y = 0; y < far->idx.n; y++) {
		uint32_t j = far->idx.at[y], x = v->near_of[y];

		h->far_is[j] = v->far_is[y];
		h->near_of[j] = x == LINK_NONE ? LINK_NONE : near->idx.at[x];
	}
	for (size_t p = 0; p < v->piece.n; p++) {
		struct piece *q = VEC_PUSH(&h->piece);

		*q = v->piece.at[p];
		q->near = near->idx.at[q->near];
		q->far = far->idx.at[q->far];
	}
}

/* Takes all that was learnt about @v except its links. */
static void take_facts(struct hop *h, struct hop *v)
{
	struct hop own = *h;

	*h = *v;
	h->near = own.near;
	h->far = own.far;
	h->far_of = own.far_of;
	h->near_of = own.near_of;
	h->near_is = own.near_is;
	h->far_is = own.far_is;
	memset(&h->piece, 0, sizeof h->piece);
	memset(&v->edit, 0, sizeof v->edit); /* now in @h */
}

void round_match(struct chain *c, size_t k)
{
	struct hop *h = &c->hop[k], v = { .tcp = h->tcp };
	struct pick near = { .idx = { 0 } }, far = { .idx = { 0 } };

	pick_rest(c, k, false, &near);
	pick_rest(c, k, true, &far);
	hop_init(&v, &near.view, &far.view, h->tcp);
	chain_prepare(c, &v);
	hop_match(&v);
	take_facts(h, &v);
	memset(h->near_is, LINK_AWAY, h->near->n);
	memset(h->far_is, LINK_AWAY, h->far->n);
	take_links(h, &v, &near, &far);
	hop_release(&v);
	pick_release(&near);
	pick_release(&far);
}

void round_leave(struct chain *c, size_t k)
{
	struct hop *h = &c->hop[k];

	for (uint32_t i = 0; i < h->near->n && !c->leg[k].takes_lost; i++)
		if (!(h->near_is[i] & (LINKED | LINK_PART)))
			h->near_is[i] = LINK_AWAY;
	for (uint32_t j = 0; j < h->far->n && !c->leg[k].takes_new; j++)
		if (!(h->far_is[j] & (LINKED | LINK_DUP)))
			h->far_is[j] = LINK_AWAY;
}

/* --- a copy that took another route --- */

/* Is far record @y the same packet as @r of the point before, and not near
 * record @x of the same place?  By ID and time stamp; without one by an ID that
 * @survives. */
static bool is_copy_of(const struct record *r, const struct record *x,
		       const struct record *y, bool survives)
{
	bool ts = r->opts & x->opts & y->opts & REC_OPT_TS;

	if (r->pay_len != x->pay_len || r->tcp_flags != x->tcp_flags ||
	    (uint32_t)r->seq64 != (uint32_t)x->seq64 || r->ip_id != y->ip_id ||
	    x->ip_id == y->ip_id || !hop_id_tells(y))
		return false;
	return ts ? r->tsval == y->tsval && x->tsval != y->tsval : survives;
}

/* Does the point before hop @k, reached by hop @q, have another copy of near
 * record @i that is really the linked one? */
static bool is_anothers(const struct chain *c, size_t k, size_t q, uint32_t i)
{
	const struct hop *h = &c->hop[k], *in = &c->hop[q];
	struct record x = *strand_at(h->near, i);
	struct record y = *strand_at(h->far, h->far_of[i]);
	uint32_t from = in->near_of[i], p, end;

	if (from == LINK_NONE || in->delta)
		return false;
	p = from > ROUTE_LOOK ? from - ROUTE_LOOK : 0;
	end = in->near->n - from > ROUTE_LOOK ? from + ROUTE_LOOK : in->near->n;
	for (; p < end; p++)
		if (!(in->near_is[p] & (LINKED | LINK_PART)) &&
		    is_copy_of(strand_at(in->near, p), &x, &y, in->use_id))
			return true;
	return false;
}

/* Unlinks on hop @k what hop @q into it, which is matched, shows to be another
 * copy. */
static void give_back(struct chain *c, size_t k, size_t q)
{
	struct hop *h = &c->hop[k];

	for (uint32_t i = 0; i < h->near->n; i++)
		if ((h->near_is[i] & LINKED) && h->far_of[i] != LINK_NONE &&
		    is_anothers(c, k, q, i))
			hop_unlink(h, i);
}

void round_give_back(struct chain *c, size_t k)
{
	const struct hop *h = &c->hop[k];

	if (h->use_id || h->relay || !c->part[c->leg[k].a])
		return;
	/* shorter hops are matched first, and in order; longer ones are not
	 * matched yet */
	for (size_t q = 0; q < k; q++)
		if (c->leg[q].b == c->leg[k].a &&
		    c->leg[q].b - c->leg[q].a == 1)
			give_back(c, k, q);
}

/* --- which way --- */

/* The hop by which records left. */
struct route {
	size_t hop;    /* n_hops: by several */
	uint32_t near; /* the nearest of them; LINK_NONE: there are none */
};

/* The route of the found records nearest to near record @i that left place @at,
 * searched by @step. */
static struct route route_beside(const struct chain *c, size_t at, uint32_t i,
				 uint32_t step)
{
	struct route r = { c->n_hops, LINK_NONE };
	int found = 0;

	for (int left = ROUTE_LOOK; left > 0 && found < ROUTE_SURE; left--) {
		size_t k = 0;

		i += step;
		if (i >= c->strand[at]->n) /* below 0 wraps to above */
			break;
		while (k < c->n_hops &&
		       (c->leg[k].a != at || !(c->hop[k].near_is[i] & LINKED)))
			k++;
		if (k == c->n_hops)
			continue;
		if (!found++)
			r = (struct route){ k, i };
		else if (k != r.hop)
			return (struct route){ c->n_hops, r.near };
	}
	return r;
}

static uint64_t apart_ns(const struct strand *s, uint32_t i, uint32_t j)
{
	int64_t t = strand_time(s, i);

	return time_apart(t, strand_time(s, j));
}

/* The hop that near record @i, found nowhere, took: that of the records before
 * and after it, if these agree; with nothing after it, that of those before,
 * unless it was sent after a pause, like a retransmission after a timeout. */
static size_t route_of(const struct chain *c, size_t at, uint32_t i)
{
	struct route a = route_beside(c, at, i, UINT32_MAX);
	struct route b = route_beside(c, at, i, 1);

	if (a.near == LINK_NONE)
		return c->n_hops;
	if (b.near == LINK_NONE)
		return apart_ns(c->strand[at], i, a.near) < ROUTE_PAUSE
			       ? a.hop
			       : c->n_hops;
	return a.hop == b.hop ? a.hop : c->n_hops;
}

void round_settle(struct chain *c, size_t at)
{
	size_t rest = chain_last_hop(c, at);
	struct hop *h = rest < c->n_hops ? &c->hop[rest] : NULL;

	for (uint32_t i = 0; h && i < h->near->n; i++) {
		size_t k;

		if (h->near_is[i])
			continue;
		k = route_of(c, at, i);
		if (k == rest || k == c->n_hops)
			continue;
		h->near_is[i] = LINK_AWAY;
		c->hop[k].near_is[i] = 0;
	}
}

bool round_is_route(const struct chain *c, size_t k)
{
	const struct hop *h = &c->hop[k];
	uint32_t least = h->near->n < h->far->n ? h->near->n : h->far->n, n = 0;

	if (h->use_id || !c->part[c->leg[k].a] || !c->part[c->leg[k].b])
		return true;
	for (size_t q = 0; q < c->n_hops; q++)
		if (c->leg[q].b == c->leg[k].a && c->hop[q].use_id)
			return false;
	for (uint32_t i = 0; i < h->near->n; i++)
		n += (h->near_is[i] & LINKED) != 0;
	return n * ROUTE_SHARE >= least;
}
