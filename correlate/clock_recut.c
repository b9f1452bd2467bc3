/* Placing steps again, once all are known.
 *
 * A step is first placed using its surroundings, which may contain another
 * step, of the other clock: then the wrong capture order may seem to separate
 * packets better.  With packets of the wrong side, a clock's piece extends too
 * far in the order of the point whose clock was stepped, which suggests that it
 * was the other's.
 *
 * Here the levels of both sides are those of the pieces, and only their packets
 * are used: the two sides are separated where the levels explain them best, in
 * the order in which they do (clock_steps.c).
 *
 * Cost: O(n log n) for each step.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "correlate/clock_cloud.h"

#define GROUP_POINTS 5   /* at least, to have a level */
#define SLACK_LEAST 20e3 /* ns */
#define QUEUE_LEAST 50e3 /* ns: distances from a level that tell nothing */

struct level {
	double slope, at[2], queue[2]; /* [back] */
};

/* Return: false if too few packets tell. */
static bool level_of(const struct cloud *c, const struct segment *g,
		     struct level *l)
{
	struct strip s = { 0 };
	bool known;

	cloud_strip(c, g->from, g->to, &s);
	s.slope_limit = g->limit;
	known = s.ceiling.points >= GROUP_POINTS &&
		s.floor.points >= GROUP_POINTS &&
		strip_solve(&s, fmax(g->slack, SLACK_LEAST));
	if (known) {
		l->slope = strip_slope(&s);
		l->at[0] = hull_level(&s.ceiling, l->slope);
		l->at[1] = hull_level(&s.floor, l->slope);
		l->queue[0] = hull_residual(&s.ceiling, l->slope);
		l->queue[1] = hull_residual(&s.floor, l->slope);
	}
	strip_release(&s);
	return known;
}

/* How unlikely a packet is on a side. */
static double packet_cost(const struct cloud_point *p, const struct level *l)
{
	double d = p->y - l->slope * p->x - l->at[p->back];
	double q = l->queue[p->back] + QUEUE_LEAST;

	if (p->dropped)
		return 0;
	if (p->back)
		d = -d;
	return d >= 0 ? d / q : 20 - 10 * d / q;
}

/* The first point of the right side among [from, to) as they stand; *least gets
 * the cost. */
static size_t place(const struct cloud *c, size_t from, size_t to,
		    const struct level side[2], double *least)
{
	size_t at = from;
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += packet_cost(&c->at[i], &side[1]);
	*least = sum;
	for (size_t i = from; i < to; i++) {
		sum += packet_cost(&c->at[i], &side[0]) -
		       packet_cost(&c->at[i], &side[1]);
		if (sum < *least) {
			*least = sum;
			at = i + 1;
		}
	}
	return at;
}

static double cost_as_cut(const struct cloud *c, const struct segment *left,
			  const struct segment *right,
			  const struct level side[2])
{
	double sum = 0;

	for (size_t i = left->from; i < right->to; i++)
		sum += packet_cost(&c->at[i], &side[i >= left->to]);
	return sum;
}

bool cloud_recut(struct cloud *c, struct segment *left, struct segment *right)
{
	size_t from = left->from, to = right->to, n = to - from, at = 0;
	struct cloud_point *was;
	struct level side[2];
	bool by_near = false;
	double least;

	if (right->joined || !level_of(c, left, &side[0]) ||
	    !level_of(c, right, &side[1]))
		return false;
	least = cost_as_cut(c, left, right, side) - 1;
	was = mem_alloc(n * sizeof *was);
	memcpy(was, c->at + from, n * sizeof *was);
	for (int near = 0; near < 2; near++) {
		double cost;
		size_t k;

		cloud_order(c, from, to, near);
		k = place(c, from, to, side, &cost);
		if (k == from || k == to || cost > least - 1e-6)
			continue;
		least = cost;
		at = k;
		by_near = near;
	}
	if (at) {
		cloud_order(c, from, to, by_near);
		left->to = right->from = at;
		right->by_near = by_near;
		cloud_order(c, from, at, false);
		cloud_order(c, at, to, false);
	} else {
		memcpy(c->at + from, was, n * sizeof *was);
	}
	free(was);
	return at;
}
