/* Steps that no clock makes: single packets stamped late.
 *
 * A mirror port that is busy, or a capture on several queues, delivers single
 * packets some milliseconds late.  Where they are many, the stretches between
 * them look like those of a clock that is set to and fro.  But a step moves all
 * later packets of both directions, until the next one; clocks are set rarely,
 * and mostly once.  So pieces are one again (cloud_steady()) if
 *   there are STEPS_LEAST steps or more between them,
 *   each piece but the outer ones is shorter than PIECE_LONG,
 *   the steps return: together they lead not half as far as they are long (a
 *   clock that runs fast and is set back again and again has steps one way),
 *   one line fits all with NEED_MOST.
 * A true step among them that is larger stays one.
 *
 * Which point stamped late is not known, nor by how much.  With theta the
 * offset, u and d the least delays: if the far point does by L, lower bounds
 * rise to theta - d + L, and exceed the upper ones by V = L - u - d.  theta is
 * then within V + u of the lower bounds; likewise for the near point.  So each
 * bound is loosened by V + u + d.  V is twice the line's need; u + d is the
 * height of the pieces, at most.
 *
 * Cost: O(n log n) for each step.
 */
#include <math.h>

#include "base/mem.h"
#include "correlate/clock_cloud.h"

#define STEPS_LEAST 3
#define PIECE_LONG 60e9 /* ns */
#define NEED_MOST 50e6  /* ns: half of what a packet is late by, at most */
#define TOLD_POINTS 5   /* of a direction, at least, to tell a height */

struct run {
	size_t steps, sized;
	double way, net;  /* the sizes of those known; their sum */
	double height[2]; /* greatest of the pieces: with few points; with
			   * enough */
	double need;      /* of one line for all */
};

/* The middle between the levels at @x.  Return: false with one side only. */
static bool middle_at(const struct cloud *c, const struct segment *g, double x,
		      double *middle)
{
	struct strip s = { 0 };
	bool known;

	cloud_strip(c, g->from, g->to, &s);
	s.slope_limit = g->limit;
	known = s.ceiling.n && s.floor.n && strip_solve(&s, g->slack + 1);
	if (known) {
		double b = strip_slope(&s);

		*middle = (hull_level(&s.ceiling, b) +
			   hull_level(&s.floor, b)) /
				  2 +
			  b * x;
	}
	strip_release(&s);
	return known;
}

static void add_step(const struct cloud *c, const struct segment *left,
		     const struct segment *right, struct run *r)
{
	double x = c->at[right->from].x, a, b;

	if (right->joined)
		return;
	r->steps++;
	if (!middle_at(c, left, x, &a) || !middle_at(c, right, x, &b))
		return;
	r->sized++;
	r->way += fabs(b - a);
	r->net += b - a;
}

static void add_height(const struct cloud *c, const struct segment *g,
		       struct run *r)
{
	struct strip s = { 0 };
	double need;
	bool enough;

	cloud_strip(c, g->from, g->to, &s);
	s.slope_limit = g->limit;
	need = strip_need(&s, NULL);
	enough = s.ceiling.points >= TOLD_POINTS &&
		 s.floor.points >= TOLD_POINTS;
	if (isfinite(need))
		r->height[enough] = fmax(r->height[enough], -2 * need);
	strip_release(&s);
}

/* What one line needs for the points [from, to). */
static double need_of(const struct cloud *c, size_t from, size_t to)
{
	struct strip s = { 0 };
	double need;

	cloud_strip(c, from, to, &s);
	s.slope_limit = CLOCK_DRIFT_LIMIT;
	need = strip_need(&s, NULL);
	strip_release(&s);
	return need;
}

static double lasts(const struct cloud *c, const struct segment *g)
{
	return c->at[g->to - 1].x - c->at[g->from].x;
}

/* The last of the pieces from @i on that may be one with it. */
static size_t run_from(const struct cloud *c, const struct segments *g,
		       size_t i, struct run *r)
{
	size_t k = i;

	*r = (struct run){ 0 };
	add_height(c, &g->at[i], r);
	while (k + 1 < g->n && (k == i || lasts(c, &g->at[k]) < PIECE_LONG)) {
		double need = need_of(c, g->at[i].from, g->at[k + 1].to);

		if (need > NEED_MOST)
			break;
		r->need = fmax(need, 0);
		add_step(c, &g->at[k], &g->at[k + 1], r);
		add_height(c, &g->at[++k], r);
	}
	return k;
}

/* Makes the pieces [i, last] one. */
static void unite(struct cloud *c, struct segments *g, size_t i, size_t last,
		  const struct run *r)
{
	struct segment *one = &g->at[i];
	size_t gone = last - i;

	one->to = g->at[last].to;
	one->limit = CLOCK_DRIFT_LIMIT;
	one->slack = 2 * r->need +
		     (r->height[1] > 0 ? r->height[1] : r->height[0]);
	cloud_order(c, one->from, one->to, false);
	for (size_t k = last + 1; k < g->n; k++)
		g->at[k - gone] = g->at[k];
	g->n -= gone;
}

static bool leads_away(const struct run *r)
{
	return 2 * r->sized >= r->steps && 2 * fabs(r->net) > r->way;
}

void cloud_steady(struct cloud *c, struct segments *g)
{
	for (size_t i = 0; i + STEPS_LEAST < g->n; i++) {
		struct run r;
		size_t last = run_from(c, g, i, &r);

		if (r.steps >= STEPS_LEAST && !leads_away(&r))
			unite(c, g, i, last, &r);
	}
}
