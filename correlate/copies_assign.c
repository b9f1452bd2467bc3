/* Which of several copies at each end is which.
 *
 * Copies are assigned in order by dynamic programming over the cost of saying that
 * two records are one packet (copies_cost.c).  Where the second best assignment is
 * nearly as good, the copies are marked LINK_TIED: how many were lost is known,
 * which one is not.  Such an assignment keeps order; so copies with an ID or
 * selective acknowledgements of their own are linked before (copies_own.c).
 *
 * Cost: a group is cut into clusters of at most CLUSTER records at each end, by
 * time, so assignment is O(CLUSTER) each.
 */
#include "correlate/copies_int.h"

#include <math.h>
#include <stdlib.h>

#define PIECE_LOOK 8 /* near records with the bytes of a far one */
#define SMALL 48     /* is not cut at pauses */
#define TIE 2.0      /* nats between best and second best */
#define MS 1000000

/* --- assigning the copies of a cluster --- */
static double least(double a, double b)
{
	return a < b ? a : b;
}

/* Does the near point have the bytes of far @j in a larger record, too, of which nothing
 * is linked?  Then @j may be a piece of that one. */
static bool is_piece(struct group *g, uint32_t j)
{
	uint32_t len = strand_at(g->h->far, j)->pay_len;
	uint32_t i = copies_of_bytes(g, j, 0);

	for (int left = PIECE_LOOK; i != LINK_NONE && left > 0; left--) {
		if (!(g->h->near_is[i] & LINKED) &&
		    strand_at(g->h->near, i)->pay_len > len)
			return true;
		i = copies_of_bytes(g, j, i + 1);
	}
	return false;
}

/* What comes later than anything that the near capture can have needs no
 * counterpart there: it is more often sent again than under way for so long.  Nor
 * does data that comes twice within a moment: no host sends it so, but networks
 * double it.  And a piece of a larger record has its counterpart there. */
static void cluster_skips(struct cluster *c)
{
	const struct hop *h = c->g->h;

	for (uint32_t k = 0; k < c->n; k++) {
		c->skip_far[k] = c->g->skip_far;
		if (k && copies_twice(h, c->far[k - 1].idx, c->far[k].idx))
			c->skip_far[k] = least(c->skip_far[k], SKIP_TWICE);
		if (c->m && c->m + c->n > 2 && is_piece(c->g, c->far[k].idx))
			c->skip_far[k] = least(c->skip_far[k], SKIP_TWICE);
		if (hop_near_ended(h, strand_time(h->far, c->far[k].idx)))
			c->skip_far[k] = 0;
	}
}

static void cluster_ahead(struct cluster *c)
{
	double *t = c->ahead;

	for (uint32_t i = 0; i <= c->m; i++)
		for (uint32_t k = 0; k <= c->n; k++) {
			double b = i || k ? NEVER * 4 : 0;

			if (i)
				b = least(b, t[cluster_at(c, i - 1, k)] +
						     SKIP_NEAR);
			if (k)
				b = least(b, t[cluster_at(c, i, k - 1)] +
						     c->skip_far[k - 1]);
			if (i && k)
				b = least(b, t[cluster_at(c, i - 1, k - 1)] +
						     c->cost[cluster_at(
							     c, i - 1, k - 1)]);
			t[cluster_at(c, i, k)] = b;
		}
}

static void cluster_behind(struct cluster *c)
{
	double *t = c->behind;

	for (uint32_t i = c->m + 1; i-- > 0;)
		for (uint32_t k = c->n + 1; k-- > 0;) {
			double b = i < c->m || k < c->n ? NEVER * 4 : 0;

			if (i < c->m)
				b = least(b, t[cluster_at(c, i + 1, k)] +
						     SKIP_NEAR);
			if (k < c->n)
				b = least(b, t[cluster_at(c, i, k + 1)] +
						     c->skip_far[k]);
			if (i < c->m && k < c->n)
				b = least(b,
					  t[cluster_at(c, i + 1, k + 1)] +
						  c->cost[cluster_at(c, i, k)]);
			t[cluster_at(c, i, k)] = b;
		}
}

/* Best cost with near @i linked, and with it skipped. */
static void with_and_without(const struct cluster *c, uint32_t i, double *with,
			     double *without)
{
	*with = *without = NEVER * 4;
	for (uint32_t k = 0; k <= c->n; k++) {
		double so_far = c->ahead[cluster_at(c, i, k)];

		*without = least(*without,
				 so_far + SKIP_NEAR +
					 c->behind[cluster_at(c, i + 1, k)]);
		if (k < c->n)
			*with = least(
				*with,
				so_far + c->cost[cluster_at(c, i, k)] +
					c->behind[cluster_at(c, i + 1, k + 1)]);
	}
}

/* Walks the best path back from the end. */
static uint32_t cluster_link(struct cluster *c)
{
	struct hop *h = c->g->h;
	uint32_t i = c->m, k = c->n, unlinked = 0;

	while (i || k) {
		double v = c->ahead[cluster_at(c, i, k)];

		if (i && k &&
		    v == c->ahead[cluster_at(c, i - 1, k - 1)] +
				    c->cost[cluster_at(c, i - 1, k - 1)]) {
			hop_link(h, c->near[--i].idx, c->far[--k].idx);
		} else if (k && v == c->ahead[cluster_at(c, i, k - 1)] +
						c->skip_far[k - 1]) {
			k--;
		} else {
			i--;
			unlinked++;
		}
	}
	return unlinked;
}

static void cluster_assign(struct cluster *c)
{
	struct hop *h = c->g->h;

	cluster_costs(c);
	cluster_own(c);
	cluster_skips(c);
	cluster_ahead(c);
	if (!cluster_link(c) || c->m < 2 || !c->n)
		return;
	cluster_behind(c);
	for (uint32_t i = 0; i < c->m; i++) {
		double with, without;

		with_and_without(c, i, &with, &without);
		if (fabs(with - without) < TIE)
			h->near_is[c->near[i].idx] |= LINK_TIED;
	}
}

/* When @it was seen at the far point, or is expected there. */
static int64_t due(const struct hop *h, const struct item *it)
{
	int64_t pace, dev;

	if (it->far)
		return strand_time(h->far, it->idx);
	if (!hop_pace_at(h, it->idx, &pace, &dev))
		pace = 0;
	return time_add(strand_time(h->near, it->idx), pace);
}

/* Takes what is due next until a pause, or until the cluster is full.  A full one
 * ends at the longest pause of its second half, since a cut through a burst would
 * separate records from their counterparts. */
static void cluster_take(struct cluster *c, uint32_t m, uint32_t n)
{
	const struct hop *h = c->g->h;
	int64_t pause = 40 * (h->dev + h->tick) + 100 * MS, last = 0;
	int64_t longest = INT64_MIN;
	uint32_t best_m = 0, best_n = 0;

	c->m = c->n = 0;
	while (c->m < m || c->n < n) {
		int64_t x = c->m < m ? due(h, c->near + c->m) : INT64_MAX;
		int64_t y = c->n < n ? due(h, c->far + c->n) : INT64_MAX;
		int64_t next = x < y ? x : y;

		if (c->m + c->n && time_sub(next, last) > pause)
			return;
		if (c->m + c->n > CLUSTER / 2 &&
		    time_sub(next, last) > longest) {
			longest = time_sub(next, last);
			best_m = c->m;
			best_n = c->n;
		}
		if (c->m == CLUSTER || c->n == CLUSTER) {
			c->m = best_m;
			c->n = best_n;
			return;
		}
		last = next;
		if (x <= y)
			c->m++;
		else
			c->n++;
	}
}

/* The share that it missed of what both had; SKIP_FAR is the prior. */
void group_skips(struct group *g, uint32_t missed)
{
	double n = g->to - g->from, before = 100;
	double share = (missed + before * exp(-SKIP_FAR)) / (n + before);

	g->skip_far = least(SKIP_FAR, -log(share));
}

struct cluster *cluster_new(void)
{
	return mem_alloc(sizeof(struct cluster));
}

/* Cuts a group into clusters at pauses of the merged order. */
void group_assign(struct group *g, struct cluster *c, const struct item *near,
		  uint32_t m, const struct item *far, uint32_t n)
{
	c->g = g;
	while (m || n) {
		c->near = near;
		c->far = far;
		c->m = m;
		c->n = n;
		if (m > SMALL || n > SMALL)
			cluster_take(c, m, n);
		near += c->m;
		far += c->n;
		m -= c->m;
		n -= c->n;
		cluster_assign(c);
	}
}
