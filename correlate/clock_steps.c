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
 *   2. best_jump(): cells of equal packet counts; for each cell, the cells to
 *      its left and to its right, from two each side up to all, are fitted with
 *      one slope and four levels (jump_fit()); jump_is_step() has the rules.
 *      The cell itself is left out: the step is inside.
 *   3. A jump found: place_jump() finds the two packets that enclose it, as the
 *      place where both sides' levels explain the packets best.  Both capture
 *      orders are tried: packets on their way while the far clock is stepped
 *      are in order only at the far point, and likewise at the near one.  A
 *      step parts the packets in both orders, else it is none
 *      (parts_both_orders()).
 *   4. None found: more suspects may be peeled, or the drift is beyond what is
 *      usual (is_fast()).  What then needs no more than SLACK_LARGE (late time
 *      stamps) is done.  Else best_split() cuts where the two sides need least:
 *      either a step with too few packets on one side, or a clock that changed
 *      its pace (NTP slews by up to 500 ppm); the latter if the pieces meet
 *      (is_bend()).
 *   5. Both sides are treated in the same way.
 * A step seen in one direction only is not told from a change of route, and not
 * claimed.
 *
 * Cost: O(n log n) for each segment.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "correlate/clock_cloud.h"

#define SLACK_SMALL 20e3 /* ns: late stamps of a host's own capture */
#define SLACK_LARGE 1e6  /* ns: of a mirror port */
#define CELLS 64
#define CELL_POINTS 6    /* at least, in a cell */
#define GROUP_POINTS 5   /* at least, to have a level */
#define STEP_MIN 1e6     /* ns: smaller ones are left to the bounds */
#define SURE 8.0         /* times its uncertainty that a step must be */
#define SEGMENTS_MAX 64
#define DEPTH_MAX 16
#define PEEL_FEW 100     /* one suspect in so many points is put aside */
#define PEEL_MANY 16     /* or in so many, if no step is found */
#define PACE_POINTS 40   /* at least, to have a slope of its own */
#define SPLIT_TRIES 48

struct cell {
	size_t from, to;
	struct hull hull[2]; /* of upper bounds, of lower bounds */
};

struct cells {
	struct cell at[CELLS];
	size_t n;
};

struct jump {
	size_t cell, width;  /* cells on each side that were looked at */
	double slope;
	double level[2][2];  /* [right][back], at x = 0 */
	double queue[2];     /* [back]: mean distance from the level */
	double by, noise, differ; /* size; uncertainty; between the ways */
};

/* --- cells --- */

static void cell_build(const struct cloud *c, struct cell *e)
{
	struct strip s = { 0 };

	cloud_strip(c, e->from, e->to, &s);
	e->hull[0] = s.ceiling;
	e->hull[1] = s.floor;
}

static void cells_build(struct cells *k, const struct cloud *c, size_t from,
			size_t to)
{
	size_t n = (to - from) / CELL_POINTS;

	k->n = n > CELLS ? CELLS : n;
	for (size_t i = 0; i < k->n; i++) {
		k->at[i] = (struct cell){ .from = from + (to - from) * i / k->n };
		k->at[i].to = from + (to - from) * (i + 1) / k->n;
		cell_build(c, &k->at[i]);
	}
}

static void cells_release(struct cells *k)
{
	for (size_t i = 0; i < k->n; i++)
		for (int b = 0; b < 2; b++)
			hull_release(&k->at[i].hull[b]);
}

/* The hull of the points of cells [a, b), from the cells' hulls. */
static void group_build(const struct cells *k, size_t a, size_t b, int back,
			struct hull *out)
{
	struct VEC(struct strip_point) v = { 0 };
	size_t points = 0;
	double x = 0, y = 0;

	for (size_t i = a; i < b; i++) {
		const struct hull *h = &k->at[i].hull[back];

		for (size_t j = 0; j < h->n; j++)
			*VEC_PUSH(&v) = h->at[j];
		points += h->points;
		x += h->sum_x;
		y += h->sum_y;
	}
	strip_sort(v.at, v.n);
	out->upper = back;
	hull_build(out, v.at, v.n);
	out->points = points;
	out->sum_x = x;
	out->sum_y = y;
	VEC_FREE(&v);
}

/* --- one slope, four levels --- */

static double cost_rise(struct hull g[2][2], const double q[2], double b)
{
	double d = 0;

	for (int r = 0; r < 2; r++)
		for (int k = 0; k < 2; k++)
			d += hull_residual_rise(&g[r][k], b) / q[k];
	return d;
}

static double cost(struct hull g[2][2], const double q[2], double b)
{
	double sum = 0;

	for (int r = 0; r < 2; r++)
		for (int k = 0; k < 2; k++)
			sum += (double)g[r][k].points *
			       hull_residual(&g[r][k], b) / q[k];
	return sum;
}

static double shift(struct hull g[2][2], int back, double b)
{
	return hull_level(&g[1][back], b) - hull_level(&g[0][back], b);
}

static double likeliest_slope(struct hull g[2][2], const double q[2])
{
	double low = -CLOCK_DRIFT_LIMIT, high = CLOCK_DRIFT_LIMIT;

	for (int i = 0; i < 40; i++) {
		double b = (low + high) / 2;

		if (cost_rise(g, q, b) > 0)
			high = b;
		else
			low = b;
	}
	return (low + high) / 2;
}

/* How far from @b, in the direction of @limit, slopes are nearly as likely:
 * up to a likelihood lower by e^3. */
static double likely_end(struct hull g[2][2], const double q[2], double b,
			 double limit)
{
	double most = cost(g, q, b) + 3, inside = b;

	for (int i = 0; i < 30; i++) {
		double m = (inside + limit) / 2;

		if (cost(g, q, m) <= most)
			inside = m;
		else
			limit = m;
	}
	return inside;
}

static void fit_queues(struct hull g[2][2], struct jump *j)
{
	for (int k = 0; k < 2; k++) {
		double n = 0, sum = 0;

		for (int r = 0; r < 2; r++) {
			double m = (double)g[r][k].points;

			sum += m * hull_residual(&g[r][k], j->slope);
			n += m - 1; /* each level takes a point */
		}
		j->queue[k] = fmax(sum / n, 1e3);
	}
}

/* Fits @g, all of whose groups have points, and fills all of @j but where. */
static void jump_fit(struct hull g[2][2], struct jump *j)
{
	double s[2], end[2], move = 0;

	j->queue[0] = j->queue[1] = 1e6;
	for (int round = 0; round < 3; round++) {
		j->slope = likeliest_slope(g, j->queue);
		fit_queues(g, j);
	}
	end[0] = likely_end(g, j->queue, j->slope, -CLOCK_DRIFT_LIMIT);
	end[1] = likely_end(g, j->queue, j->slope, CLOCK_DRIFT_LIMIT);
	for (int k = 0; k < 2; k++) {
		double a = shift(g, k, end[0]), b = shift(g, k, end[1]);

		s[k] = j->queue[k] * (1 / (double)g[0][k].points +
				      1 / (double)g[1][k].points);
		move = fmax(move, fabs(a - b) / 2);
		for (int r = 0; r < 2; r++)
			j->level[r][k] = hull_level(&g[r][k], j->slope);
	}
	j->by = (shift(g, 0, j->slope) / s[0] + shift(g, 1, j->slope) / s[1]) /
		(1 / s[0] + 1 / s[1]);
	j->differ = fabs(shift(g, 0, j->slope) - shift(g, 1, j->slope));
	j->noise = s[0] + s[1] + move;
}

/* Do most cells of a side come near its levels, as if these were the least
 * delays all the time? */
static bool is_level(const struct cells *k, size_t a, size_t b,
		     const struct jump *j, int right)
{
	for (int back = 0; back < 2; back++) {
		size_t near = 0, all = 0;

		for (size_t i = a; i < b; i++) {
			const struct hull *h = &k->at[i].hull[back];

			if (h->points < 3)
				continue;
			all++;
			near += fabs(hull_level(h, j->slope) -
				     j->level[right][back]) <=
				fmax(fabs(j->by) / 3,
				     3 * j->queue[back] / (double)h->points);
		}
		if (near * 10 < all * 6)
			return false;
	}
	return true;
}

static bool jump_is_step(const struct cells *k, const struct jump *j,
			 size_t left, size_t right)
{
	double size = fabs(j->by);

	return size >= STEP_MIN && size >= SURE * j->noise &&
	       j->differ <= 0.25 * size && j->differ <= SURE * j->noise + 1e5 &&
	       is_level(k, left, j->cell, j, 0) &&
	       is_level(k, j->cell + 1, right, j, 1);
}

/* Looks at cell @i with @width cells on each side. */
static bool jump_at(const struct cells *k, size_t i, size_t width,
		    struct jump *j)
{
	size_t left = i > width ? i - width : 0;
	size_t right = i + 1 + width < k->n ? i + 1 + width : k->n;
	struct hull g[2][2] = { 0 };
	bool found = true;

	*j = (struct jump){ .cell = i, .width = width };
	for (int b = 0; b < 2; b++) {
		group_build(k, left, i, b, &g[0][b]);
		group_build(k, i + 1, right, b, &g[1][b]);
		found = found && g[0][b].points >= GROUP_POINTS &&
			g[1][b].points >= GROUP_POINTS;
	}
	if (found) {
		jump_fit(g, j);
		found = jump_is_step(k, j, left, right);
	}
	for (int b = 0; b < 4; b++)
		hull_release(&g[b / 2][b % 2]);
	return found;
}

/* Return: false where there is none. */
static bool best_jump(const struct cells *k, struct jump *best)
{
	double score = 0;

	for (size_t i = 1; i + 1 < k->n; i++)
		for (size_t width = 2; width < 2 * k->n; width *= 2) {
			struct jump j;
			double v;

			if (!jump_at(k, i, width, &j))
				continue;
			v = fabs(j.by) / (j.noise + j.differ + 5e4);
			if (v > score) {
				score = v;
				*best = j;
			}
		}
	return score > 0;
}

/* --- between which two packets --- */

/* How unlikely a packet is with the levels of a side. */
static double packet_cost(const struct cloud_point *p, const struct jump *j,
			  int right)
{
	double d = p->y - j->slope * p->x - j->level[right][p->back];
	double q = j->queue[p->back];

	if (p->dropped)
		return 0;
	if (p->back)
		d = -d;
	return d >= 0 ? d / q : 20 - 10 * d / q;
}

/* The first point of the right side; *least gets the cost of the placing. */
static size_t place_jump(const struct cloud *c, const struct cells *k,
			 const struct jump *j, double *least)
{
	size_t a = k->at[j->cell - 1].from, b = k->at[j->cell + 1].to, at = a;
	double sum = 0;

	for (size_t i = a; i < b; i++)
		sum += packet_cost(&c->at[i], j, 1);
	*least = sum;
	for (size_t i = a; i < b; i++) {
		sum += packet_cost(&c->at[i], j, 0) -
		       packet_cost(&c->at[i], j, 1);
		if (sum < *least) {
			*least = sum;
			at = i + 1;
		}
	}
	return at;
}

/* --- the stretches --- */

struct cut {
	size_t at;     /* first point on the right; 0: none */
	bool by_near;
	bool split;    /* only so that each side fits: perhaps no step */
	double cost;
};

/* A step in one of the capture orders, which the points then are in. */
static struct cut cut_in_order(struct cloud *c, const struct segment *g,
			       bool by_near)
{
	struct cut cut = { .by_near = by_near, .cost = INFINITY };
	struct cells k = { 0 };
	struct jump j;

	cloud_order(c, g->from, g->to, by_near);
	cells_build(&k, c, g->from, g->to);
	if (best_jump(&k, &j))
		cut.at = place_jump(c, &k, &j, &cut.cost);
	cells_release(&k);
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
static void split_cost(const struct cloud *c, const struct segment *g,
		       size_t i, double *need, double *spread)
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
		*spread = cost(h, even, likeliest_slope(h, even));
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

/* Do the two sides meet, as a clock's do that only changed its pace? */
static bool is_bend(const struct cloud *c, const struct segment *left,
		    const struct segment *right)
{
	struct strip s[2] = { { .slack = 0 }, { .slack = 0 } };
	double x = c->at[right->from].x, mid[2], height = 0;
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
	both = both && fabs(mid[0] - mid[1]) <= 0.2 * height + 1e5;
	strip_release(&s[0]);
	strip_release(&s[1]);
	return both;
}

/* Sets the segment's slack to twice what it needs, as with just that one line
 * would be left, and with it no uncertainty.  Return: the need. */
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

/* Does the cut part the points in the other point's capture order as well,
 * packets on their way apart?  If not, no clock was stepped: some matches or
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

static bool is_cut(const struct cloud *c, const struct segment *g,
		   const struct cut *cut)
{
	return cut->at > g->from && cut->at < g->to &&
	       parts_both_orders(c, g, cut);
}

/* Does a drift beyond what is usual explain all?  Then that is the limit. */
static bool is_fast(const struct cloud *c, struct segment *g)
{
	struct segment wide = *g;

	wide.limit = CLOCK_DRIFT_MOST;
	if (g->to - g->from < PACE_POINTS || measure(c, &wide) > SLACK_SMALL)
		return false;
	*g = wide;
	return true;
}

/* Return: where to cut the segment in two, at 0: not; sets its slack. */
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
	out->at[k].joined = cut.split &&
			    is_bend(c, &out->at[k - 1], &out->at[k]);
}

void cloud_cut(struct cloud *c, struct segments *out)
{
	if (c->n)
		cut_rest(c, (struct segment){ .to = c->n,
					    .limit = CLOCK_DRIFT_LIMIT },
			 0, out);
}
