/* What points in the middle missed: records that one point has, some points
 * behind it have not, and the next one has again.
 *
 * A capture that misses a packet leaves it unlinked on two hops: without a far
 * record on the hop that leads to it, without a near one on the hop that leads
 * away.  Where these two are the same packet it passed, and the points between
 * them missed it.  They are matched like any other left-over records, over a
 * hop made for it, whose numbers and times are the sums of those between.
 *
 * Short stretches come first, so that a record is taken for the nearest one
 * that may be it.  A packet that two neighbouring points missed has a fate on
 * the hop that leads to the first of them and on the one that leads away from
 * the last; on the hop between the two no record stands for it, and it is not
 * counted there.
 *
 * Cost: O(hops^2) passes over what is left over, which is little.
 */
#include <stdlib.h>

#include "correlate/sweep.h"

struct pick { /* some records of a strand, as a strand */
	struct strand view;
	struct strand *of;
	struct VEC(uint32_t) idx;
};

static const struct record *picked(void *ctx, uint32_t i)
{
	struct pick *p = ctx;

	return strand_at(p->of, p->idx.at[i]);
}

static void pick_unlinked(struct pick *p, struct strand *of, const uint8_t *is)
{
	p->of = of;
	for (uint32_t i = 0; i < of->n; i++)
		if (!is[i])
			*VEC_PUSH(&p->idx) = i;
	p->view = (struct strand){ .get = picked,
				   .ctx = p,
				   .n = (uint32_t)p->idx.n,
				   .pos = of->pos,
				   .flow = of->flow,
				   .dir = of->dir };
}

static int passed_cmp(const void *pa, const void *pb)
{
	const struct passed *a = pa, *b = pb;

	return a->far < b->far ? -1 : a->far > b->far;
}

/* What @j linked, from the near end of hop @a to the far end of hop @b. */
static void passed_add(struct chain *c, size_t a, size_t b, const struct hop *j,
		       const struct pick *near, const struct pick *far)
{
	size_t n = c->n_passed[b];
	struct passed *p = mem_resize(c->passed[b], n + far->idx.n + 1,
				      sizeof *p);

	for (uint32_t y = 0; y < far->idx.n; y++) {
		uint32_t x = j->near_of[y];

		if (!(j->far_is[y] & LINKED) || x == LINK_NONE)
			continue;
		p[n++] = (struct passed){ far->idx.at[y], near->idx.at[x], a };
		c->hop[a].near_is[near->idx.at[x]] |= LINK_PASSED;
		c->hop[b].far_is[far->idx.at[y]] |= LINK_PASSED;
	}
	c->passed[b] = p;
	c->n_passed[b] = n;
}

static bool all_sure(const struct chain *c, size_t a, size_t b)
{
	for (size_t k = a; k <= b; k++)
		if (c->hop[k].relay || c->hop[k].unsure)
			return false;
	return true;
}

/* One hop in place of the hops from @a to @b. */
static struct hop whole(const struct chain *c, size_t a, size_t b)
{
	struct hop j = { .tcp = c->hop[a].tcp,
			 .use_ts = true,
			 .use_id = true,
			 .paced = true,
			 .f_low = INT64_MIN,
			 .f_high = INT64_MAX,
			 .max_transit = c->hop[a].max_transit };

	for (size_t k = a; k <= b; k++) {
		const struct hop *h = &c->hop[k];

		j.delta += h->delta;
		j.ack_delta += h->ack_delta;
		j.ts_delta += h->ts_delta;
		j.use_ts = j.use_ts && h->use_ts;
		j.use_id = j.use_id && h->use_id;
		j.tick += h->tick;
		j.paced = j.paced && h->paced;
		j.pace += h->pace;
		j.dev += h->dev;
	}
	return j;
}

static void join(struct chain *c, size_t a, size_t b)
{
	struct pick near = { .idx = { 0 } }, far = { .idx = { 0 } };

	if (!all_sure(c, a, b))
		return;
	pick_unlinked(&near, c->hop[a].near, c->hop[a].near_is);
	pick_unlinked(&far, c->hop[b].far, c->hop[b].far_is);
	if (near.idx.n && far.idx.n) {
		struct hop j = whole(c, a, b);

		hop_init(&j, &near.view, &far.view, j.tcp);
		copies_match(&j);
		passed_add(c, a, b, &j, &near, &far);
		hop_release(&j);
	}
	VEC_FREE(&near.idx);
	VEC_FREE(&far.idx);
}

void chain_join(struct chain *c)
{
	for (size_t over = 1; over + 1 < c->n; over++)
		for (size_t a = 0; a + over + 1 < c->n; a++)
			join(c, a, a + over);
	for (size_t k = 0; k + 1 < c->n; k++)
		if (c->n_passed[k] > 1)
			qsort(c->passed[k], c->n_passed[k], sizeof **c->passed,
			      passed_cmp);
}
