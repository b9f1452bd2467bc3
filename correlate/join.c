/* What intermediate points missed: records that one point has, some points
 * after it lack, and the next one has again.
 *
 * A capture that misses a packet leaves it unlinked on two hops: without a far
 * record on the hop that leads to it, without a near one on the hop that leads
 * away.  Where these two are the same packet it passed, and the points between
 * them missed it.  They are matched like any other left-over records, over a
 * temporary hop, whose numbers and times are the sums of those between.
 *
 * Short stretches come first, so that a record is matched with the nearest
 * candidate.  A packet that two neighbouring points missed has a fate on the
 * hop that leads to the first of them and on the one that leads away from the
 * last; on the hop between the two it has no record, and is not counted.
 *
 * A capture at a host has packets larger than those that the network carries,
 * of which an intermediate point may have missed some, or all: then their bytes
 * are searched for further along the chain (chain_part_passed()).
 *
 * Cost: O(hops^2) passes over the left-over records, which are few; PART_LOOK
 * records per query of a part.
 */
#include <stdlib.h>

#include "correlate/chain.h"

#define PART_LOOK 128
#define GIVEN_LOOK 64     /* near records on each side of a joined one's */
#define PART_ROOM 5000000 /* ns by which what is expected may be off */

static const struct record *picked(void *ctx, uint32_t i)
{
	struct pick *p = ctx;

	return strand_at(p->of, p->idx.at[i]);
}

void pick_unlinked(struct pick *p, struct strand *of, const uint8_t *const *is,
		   size_t n)
{
	p->of = of;
	for (uint32_t i = 0; i < of->n; i++) {
		uint8_t any = 0;

		for (size_t k = 0; k < n; k++)
			any |= is[k][i];
		if (!any)
			*VEC_PUSH(&p->idx) = i;
	}
	p->view = (struct strand){ .get = picked,
				   .ctx = p,
				   .n = (uint32_t)p->idx.n,
				   .pos = of->pos,
				   .flow = of->flow,
				   .dir = of->dir };
}

void pick_release(struct pick *p)
{
	VEC_FREE(&p->idx);
}

static int passed_cmp(const void *pa, const void *pb)
{
	const struct passed *a = pa, *b = pb;

	return a->far < b->far ? -1 : a->far > b->far;
}

#define HOPS 64 /* a session has at most so many points */

struct way { /* consecutive hops; each begins where the one before ends */
	size_t hop[HOPS];
	size_t n;
};

/* The way of @n hops that begins with hop @k, by points that are certainly
 * passed.  Return: false if the path is shorter. */
static bool way_from(const struct chain *c, size_t k, size_t n, struct way *w)
{
	for (w->n = 0; w->n < n && w->n < HOPS; w->n++) {
		if (k >= c->n_hops || c->hop[k].relay || c->hop[k].unsure)
			return false;
		w->hop[w->n] = k;
		k = chain_last_hop(c, c->leg[k].b);
	}
	return w->n == n;
}

/* Takes what @j linked, from the near end of @w to its far end.  Of several equal ones
 * some may have passed, and nothing tells which: those stay tied. */
static void passed_add(struct chain *c, const struct way *w,
		       const struct hop *j, const struct pick *near,
		       const struct pick *far)
{
	size_t a = w->hop[0], b = w->hop[w->n - 1], n = c->n_passed[b];
	struct passed *p = mem_resize(c->passed[b], n + far->idx.n + 1,
				      sizeof *p);

	for (uint32_t x = 0; x < near->idx.n; x++)
		if (j->near_is[x] & LINK_TIED)
			c->hop[a].near_is[near->idx.at[x]] |= LINK_TIED;
	for (uint32_t y = 0; y < far->idx.n; y++) {
		uint32_t x = j->near_of[y];

		if (!(j->far_is[y] & LINKED) || x == LINK_NONE ||
		    (j->near_is[x] & LINK_TIED))
			continue;
		p[n++] = (struct passed){ far->idx.at[y], near->idx.at[x],
					  c->leg[a].a };
		c->hop[a].near_is[near->idx.at[x]] |= LINK_PASSED;
		c->hop[b].far_is[far->idx.at[y]] |= LINK_PASSED;
	}
	c->passed[b] = p;
	c->n_passed[b] = n;
}

/* A single hop in place of those of @w. */
static struct hop whole(const struct chain *c, const struct way *w)
{
	struct hop j = { .tcp = c->hop[w->hop[0]].tcp,
			 .use_ts = true,
			 .use_id = true,
			 .paced = true,
			 .f_low = INT64_MIN,
			 .f_high = INT64_MAX,
			 .max_transit = c->hop[w->hop[0]].max_transit };

	for (size_t k = 0; k < w->n; k++) {
		const struct hop *h = &c->hop[w->hop[k]];

		j.delta += h->delta;
		j.ack_delta += h->ack_delta;
		j.ts_delta += h->ts_delta;
		j.use_ts = j.use_ts && h->use_ts;
		j.use_id = j.use_id && h->use_id;
		j.tick = hop_dev_bounded(j.tick + h->tick);
		j.paced = j.paced && h->paced;
		j.pace = hop_f_bounded(j.pace + h->pace);
		j.dev = hop_dev_bounded(j.dev + h->dev);
	}
	return j;
}

static void join(struct chain *c, const struct way *w)
{
	struct pick near = { .idx = { 0 } }, far = { .idx = { 0 } };
	struct hop *a = &c->hop[w->hop[0]], *b = &c->hop[w->hop[w->n - 1]];
	const uint8_t *near_is = a->near_is, *far_is = b->far_is;

	pick_unlinked(&near, a->near, &near_is, 1);
	pick_unlinked(&far, b->far, &far_is, 1);
	if (near.idx.n && far.idx.n) {
		struct hop j = whole(c, w);

		hop_init(&j, &near.view, &far.view, j.tcp);
		copies_match(&j);
		passed_add(c, w, &j, &near, &far);
		hop_release(&j);
	}
	pick_release(&near);
	pick_release(&far);
}

void chain_join(struct chain *c)
{
	struct way w;

	for (size_t n = 2; n < c->n; n++)
		for (size_t k = 0; k < c->n_hops; k++)
			if (c->leg[k].takes_lost && way_from(c, k, n, &w))
				join(c, &w);
	for (size_t k = 0; k < c->n_hops; k++)
		if (c->n_passed[k] > 1)
			qsort(c->passed[k], c->n_passed[k], sizeof **c->passed,
			      passed_cmp);
}

/* --- parts --- */

/* When a packet of near record @i should be at the far end of @w, and by how
 * much that may be off. */
static bool expected(const struct chain *c, const struct way *w, uint32_t i,
		     int64_t *at, int64_t *room)
{
	*at = strand_time(c->hop[w->hop[0]].near, i);
	*room = PART_ROOM;
	for (size_t k = 0; k < w->n; k++) {
		const struct hop *h = &c->hop[w->hop[k]];

		if (!h->paced)
			return false;
		*at = time_add(*at, h->pace);
		*room = time_add(*room, 8 * h->dev + h->tick);
	}
	return true;
}

struct want { /* bytes of a near record, as the far end of a way numbers them */
	uint32_t from, len, tsval;
	bool ts;
};

/* @s: by the near end of @w. */
static struct want want_at(const struct chain *c, const struct way *w,
			   const struct record *x, uint64_t s, uint64_t e)
{
	struct want want = { .from = (uint32_t)s,
			     .len = (uint32_t)(e - s),
			     .tsval = x->tsval,
			     .ts = x->opts & REC_OPT_TS };

	for (size_t k = 0; k < w->n; k++) {
		const struct hop *h = &c->hop[w->hop[k]];

		want.from += hop_delta_at(h, want.from);
		want.tsval += h->ts_delta;
		want.ts = want.ts && h->use_ts;
	}
	return want;
}

/* How many bytes from w->from + @at on the record has; 0: none of it. */
static uint32_t has_of(const struct want *w, uint32_t at,
		       const struct record *r)
{
	uint32_t ahead = w->from + at - (uint32_t)r->seq64;

	if (ahead >= r->pay_len ||
	    (w->ts && r->opts & REC_OPT_TS && r->tsval != w->tsval))
		return 0;
	return r->pay_len - ahead;
}

/* Far record @j was joined from several, some of which the near point of @h has.  How
 * many of its @len bytes from @seq on, by the far point's numbers, are of none of
 * these?  What arrived whole elsewhere is another copy. */
static uint32_t not_given(const struct hop *h, uint32_t j, uint32_t seq,
			  uint32_t len)
{
	uint32_t mid = h->near_of[j];
	uint32_t i = mid > GIVEN_LOOK ? mid - GIVEN_LOOK : 0;

	if (mid == LINK_NONE)
		return 0;
	for (; i < h->near->n && i <= mid + GIVEN_LOOK && len; i++) {
		const struct record *x = strand_at(h->near, i);
		uint32_t from = (uint32_t)x->seq64 +
				hop_delta_at(h, (uint32_t)x->seq64);

		if ((h->near_is[i] & (LINKED | LINK_RESEG)) == LINKED &&
		    h->far_of[i] != j)
			continue;
		if (seq - from < x->pay_len)
			return 0;
		if (from - seq < len && x->pay_len)
			len = from - seq;
	}
	return len;
}

/* How many bytes from w->from + @at on far record @j has for which the near point of
 * @h, the last hop, has no record. */
static uint32_t has_alone(const struct want *w, uint32_t at,
			  const struct hop *h, uint32_t j)
{
	uint32_t n;

	if (h->far_is[j] & (LINK_DUP | LINK_PASSED))
		return 0;
	n = has_of(w, at, strand_at(h->far, j));
	if (!n || !(h->far_is[j] & LINKED))
		return n;
	return h->far_is[j] & LINK_RESEG ? not_given(h, j, w->from + at, n) : 0;
}

/* How many bytes from @want's first one on the far end of @w has in records
 * without counterpart; 0: not that one, and *gap is where, at the earliest, it
 * has another one. */
static uint32_t run_beyond(const struct chain *c, const struct way *w,
			   uint32_t i, uint64_t s, uint64_t e, uint32_t *gap)
{
	const struct hop *h = &c->hop[w->hop[w->n - 1]];
	struct record x = *strand_at(c->hop[w->hop[0]].near, i);
	int64_t t, room;
	struct want want;
	uint32_t at = 0, j;

	if (!h->far->n || !expected(c, w, i, &t, &room))
		return 0;
	want = want_at(c, w, &x, s, e);
	j = strand_find(h->far, time_sub(t, room));
	for (int left = PART_LOOK; left && j < h->far->n && at < want.len;
	     left--, j++) {
		const struct record *r = strand_at(h->far, j);
		uint32_t to = (uint32_t)r->seq64 - want.from;

		if (r->time_ns > time_add(t, room))
			break;
		at += has_alone(&want, at, h, j);
		if (to < *gap && has_alone(&want, to, h, j))
			*gap = to;
	}
	return at < want.len ? at : want.len;
}

uint32_t chain_part_run(const struct chain *c, size_t k, uint32_t i, uint64_t s,
			uint64_t e, bool *passed)
{
	uint32_t most = 0, gap = (uint32_t)(e - s);
	struct way w;

	for (size_t n = 2; n < c->n; n++)
		if (way_from(c, k, n, &w)) {
			uint32_t run = run_beyond(c, &w, i, s, e, &gap);

			most = run > most ? run : most;
		}
	*passed = most > 0;
	return most ? most : gap;
}

bool chain_part_passed(const struct chain *c, size_t k, uint32_t i, uint64_t s,
		       uint64_t e)
{
	bool passed;

	return chain_part_run(c, k, i, s, e, &passed) == e - s && passed;
}
