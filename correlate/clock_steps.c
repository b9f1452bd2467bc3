/* Where a clock was stepped.
 *
 * With theta the offset, u and d the delays of the two ways, upper bounds are
 * theta + u and lower ones theta - d.  Between two stretches of time
 *   a step of the clock moves both levels by the same;
 *   a change of route, or a queue, moves one of them, or both apart;
 *   drift moves both, but without a break.
 * Levels are those of lines that touch the clouds, so queueing hides in the
 * distance from them; its mean q over n packets leaves a level uncertain by
 * about q / n (exponential queueing).  That is a test for steps much smaller
 * than the round trip, which leave the strip feasible.  Larger ones make it
 * infeasible, which no route explains.
 *
 * cloud_cut() treats a stretch so (segment_cut()):
 *   1. A few suspects that keep a line from fitting are peeled (clock_peel.c).
 *   2. cloud_jump() (clock_jump.c) looks for a place where both levels jump.
 *   3. A jump found: both capture orders are tried, as packets on their way
 *      while the far clock is stepped are in order only at the far point, and
 *      likewise at the near one.  A step separates the packets in both orders,
 *      else it is none (parts_both_orders()); nor if, fitted by themselves, the
 *      sides meet and one line fits both (is_smooth()).
 *   4. None found: more suspects may be peeled, or the drift is beyond what is
 *      usual (is_fast()).  What then needs no more than SLACK_LARGE (late time
 *      stamps) is done.  Else best_split() cuts where the two sides need least:
 *      either a step with too few packets on one side, or a clock that changed
 *      its pace (NTP slews by up to 500 ppm); the latter if the pieces meet
 *      (is_bend()).
 *   5. Both sides are treated in the same way; when all is cut, each step is
 *      placed once more (clock_recut.c).
 *   6. Many steps within seconds that return are no clock's but single packets'
 *      late stamps: one stretch again (clock_jitter.c).
 * A step seen in one direction only is not told from a change of route, and not
 * claimed.
 *
 * Cost: O(n log n) for each segment.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "correlate/clock_cloud.h"

/* ns: a jump smaller than this by each side's own fit is none */
#define JUMP_LEAST 5e5
#define SLACK_SMALL 20e3 /* ns: late stamps of a host's own capture */
#define SLACK_LARGE 1e6  /* ns: of a mirror port */
#define GROUP_POINTS 5   /* at least, to have a level */
#define SEGMENTS_MAX 64
#define DEPTH_MAX 16
#define PEEL_FEW 100   /* one suspect in so many points is put aside */
#define PEEL_MANY 16   /* or in so many, if no step is found */
#define PACE_POINTS 40 /* at least, to have a slope of its own */
#define SPLIT_TRIES 48

/* --- the stretches --- */

struct cut {
	size_t at; /* first point on the right; 0: none */
	bool by_near;
	bool split; /* only so that each side fits: perhaps no step */
	double cost;
};

/* A step in one of the capture orders, which the points then are in. */
static struct cut cut_in_order(struct cloud *c, const struct segment *g,
			       bool by_near)
{
	struct cut cut = { .by_near = by_near, .cost = INFINITY };

	cloud_order(c, g->from, g->to, by_near);
	cut.at = cloud_jump(c, g->from, g->to, &cut.cost);
	return cut;
}

static struct cut find_step(struct cloud *c, const struct segment *g)
{
	struct cut far = cut_in_order(c, g, false);
	struct cut near = cut_in_order(c, g, true);

	if (near.at && near.cost < far.cost - 1e-6)
		return near;
	cloud_order(c, g->from, g->to, false);
	return far;
}

static double side_spread(struct strip *s)
{
	double b = strip_slope(s);

	return (double)s->ceiling.points * hull_residual(&s->ceiling, b) +
	       (double)s->floor.points * hull_residual(&s->floor, b);
}

/* What is wrong with a split at @i: what its worse side needs, and how far
 * from their levels the packets are in all; with one slope for both sides
 * where one has too few points for its own. */
static void split_cost(const struct cloud *c, const struct segment *g, size_t i,
		       double *need, double *spread)
{
	static const double even[2] = { 1, 1 };
	struct strip s[2] = { { .slack = 0 }, { .slack = 0 } };
	struct hull h[2][2];

	*need = 0;
	cloud_strip(c, g->from, i, &s[0]);
	cloud_strip(c, i, g->to, &s[1]);
	for (int r = 0; r < 2; r++) {
		double n = strip_need(&s[r], NULL);

		*need = fmax(*need, n > SLACK_SMALL ? n : 0);
		h[r][0] = s[r].ceiling;
		h[r][1] = s[r].floor;
	}
	*spread = 0;
	if (i - g->from >= PACE_POINTS && g->to - i >= PACE_POINTS)
		for (int r = 0; r < 2; r++)
			*spread += side_spread(&s[r]);
	else
		*spread = jump_cost(h, even, jump_slope(h, even));
	strip_release(&s[0]);
	strip_release(&s[1]);
}

/* The split after which the worse side needs least; looks at SPLIT_TRIES
 * places, then between the neighbours of the best one. */
static size_t best_split(const struct cloud *c, const struct segment *g)
{
	size_t a = g->from + 1, b = g->to - 1, best = a;

	for (;;) {
		size_t gap = (b - a) / SPLIT_TRIES + 1;
		double least_need = INFINITY, least_spread = INFINITY;

		for (size_t i = a; i <= b; i += gap) {
			double need, spread;

			split_cost(c, g, i, &need, &spread);
			if (need < least_need ||
			    (need == least_need && spread < least_spread)) {
				least_need = need;
				least_spread = spread;
				best = i;
			}
		}
		if (gap == 1)
			return best;
		a = best > a + gap ? best - gap : a;
		b = best + gap < b ? best + gap : b;
	}
}

/* Do the two sides meet, as if the clock only changed its rate?  A jump of both
 * levels has to be one for each side fitted by itself, too. */
static bool is_bend(const struct cloud *c, const struct segment *left,
		    const struct segment *right, bool jump)
{
	struct strip s[2] = { { .slack = 0 }, { .slack = 0 } };
	double x = c->at[right->from].x, mid[2] = { 0 }, height = 0;
	bool both = true;

	for (int k = 0; k < 2; k++) {
		const struct segment *g = k ? right : left;

		cloud_strip(c, g->from, g->to, &s[k]);
		s[k].slope_limit = g->limit;
		both = both && s[k].ceiling.n && s[k].floor.n &&
		       s[k].ceiling.points >= GROUP_POINTS &&
		       s[k].floor.points >= GROUP_POINTS &&
		       strip_solve(&s[k], fmax(g->slack, SLACK_SMALL));
		if (both) {
			double b = strip_slope(&s[k]);
			double top = hull_level(&s[k].ceiling, b) + b * x;
			double bottom = hull_level(&s[k].floor, b) + b * x;

			mid[k] = (top + bottom) / 2;
			height = fmax(height, top - bottom);
		}
	}
	both = both && fabs(mid[0] - mid[1]) <=
			       (jump ? JUMP_LEAST : 0.2 * height + 1e5);
	strip_release(&s[0]);
	strip_release(&s[1]);
	return both;
}

/* Sets the segment's slack to twice its need, since with exactly the need only
 * one line would be left, without any uncertainty.  Return: the need. */
static double measure(const struct cloud *c, struct segment *g)
{
	struct strip s = { 0 };
	double need;

	cloud_strip(c, g->from, g->to, &s);
	s.slope_limit = g->limit;
	need = strip_need(&s, NULL);
	g->slack = need > 0 ? 2 * need + 1e-3 : 0;
	strip_release(&s);
	return need;
}

static int rank_cmp(const void *a, const void *b)
{
	uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;

	return (p > q) - (p < q);
}

/* Does the cut also separate the points in the other point's capture order,
 * apart from packets in flight?  If not, no clock was stepped: some matches or
 * sessions are wrong. */
static bool parts_both_orders(const struct cloud *c, const struct segment *g,
			      const struct cut *cut)
{
	size_t n = g->to - g->from, left = cut->at - g->from, late = 0;
	size_t less = left < n - left ? left : n - left;
	uint64_t *rank = mem_alloc(n * sizeof *rank), border;

	for (size_t i = 0; i < n; i++)
		rank[i] = cut->by_near ? c->at[g->from + i].far_order
				       : c->at[g->from + i].near_order;
	qsort(rank, n, sizeof *rank, rank_cmp);
	border = rank[left - 1];
	for (size_t i = g->from; i < cut->at; i++)
		late += (cut->by_near ? c->at[i].far_order
				      : c->at[i].near_order) > border;
	free(rank);
	return late <= 2 + less / 4;
}

/* Does the jump disappear with each side's own fit, and does one line fit
 * both?  Then the levels moved with the load, not with the clock: a cut here
 * would only leave each side less time to determine its drift. */
static bool is_smooth(const struct cloud *c, const struct segment *g,
		      const struct cut *cut)
{
	struct segment left = *g, right = *g, all = *g;

	left.to = right.from = cut->at;
	return is_bend(c, &left, &right, true) &&
	       measure(c, &all) <= SLACK_SMALL;
}

static bool is_cut(const struct cloud *c, const struct segment *g,
		   const struct cut *cut)
{
	return cut->at > g->from && cut->at < g->to &&
	       parts_both_orders(c, g, cut) && !is_smooth(c, g, cut);
}

/* Does an unusual drift explain everything?  Then that becomes the limit. */
static bool is_fast(const struct cloud *c, struct segment *g)
{
	struct segment wide = *g;

	wide.limit = CLOCK_DRIFT_MOST;
	if (g->to - g->from < PACE_POINTS || measure(c, &wide) > SLACK_SMALL)
		return false;
	*g = wide;
	return true;
}

/* Sets the segment's slack.  Return: where to cut it in two; at 0: nowhere. */
static struct cut segment_cut(struct cloud *c, struct segment *g, bool more)
{
	struct cut cut = { 0 };
	double need;

	cloud_order(c, g->from, g->to, false);
	need = measure(c, g);
	if (need > SLACK_SMALL &&
	    cloud_peel(c, g->from, g->to, SLACK_SMALL, PEEL_FEW))
		need = measure(c, g);
	if (more)
		cut = find_step(c, g);
	if (is_cut(c, g, &cut))
		return cut;
	cut = (struct cut){ 0 };
	cloud_order(c, g->from, g->to, false);
	if (need > SLACK_SMALL &&
	    cloud_peel(c, g->from, g->to, SLACK_SMALL, PEEL_MANY))
		need = measure(c, g);
	if (need > SLACK_SMALL && is_fast(c, g))
		need = measure(c, g);
	if (!more || need <= SLACK_LARGE || g->to - g->from < 2)
		return cut;
	cut.at = best_split(c, g);
	cut.split = true;
	return cut;
}

static void cut_rest(struct cloud *c, struct segment g, unsigned depth,
		     struct segments *out)
{
	bool more = depth < DEPTH_MAX && out->n + 1 < SEGMENTS_MAX;
	struct cut cut = segment_cut(c, &g, more);
	struct segment right;
	size_t k;

	if (!cut.at) {
		*VEC_PUSH(out) = g;
		return;
	}
	right = (struct segment){ .from = cut.at,
				  .to = g.to,
				  .limit = CLOCK_DRIFT_LIMIT,
				  .by_near = cut.by_near };
	g.to = cut.at;
	cut_rest(c, g, depth + 1, out);
	k = out->n;
	cut_rest(c, right, depth + 1, out);
	out->at[k].joined = is_bend(c, &out->at[k - 1], &out->at[k],
				    !cut.split);
}

void cloud_cut(struct cloud *c, struct segments *out)
{
	if (!c->n)
		return;
	cut_rest(c, (struct segment){ .to = c->n, .limit = CLOCK_DRIFT_LIMIT },
		 0, out);
	for (size_t k = 1; k < out->n; k++)
		if (cloud_recut(c, &out->at[k - 1], &out->at[k])) {
			measure(c, &out->at[k - 1]);
			measure(c, &out->at[k]);
		}
	cloud_steady(c, out);
}
