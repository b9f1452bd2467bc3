/* Where both levels of a cloud jump by the same: a step of a clock.
 *
 * cloud_jump():
 *   cells_build()   cells of equal packet counts, each with its hulls
 *   best_jump()     for each cell, the cells to its left and to its right, from
 *                   two each side up to all, are fitted with one slope and four
 *                   levels (jump_fit()); jump_is_step() has the rules.  The
 *                   cell itself is left out: the step is inside.
 *   place_jump()    the two packets that enclose the step: the place where
 *                   both sides' levels explain the packets best
 * What levels, queues and noise are: clock_steps.c.
 *
 * Cost: O(n + CELLS log CELLS fits), each fit some 200 queries of hulls; the
 * fits, which take most of the time, run on all processors.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/parallel.h"
#include "correlate/clock_cloud.h"

#define CELLS 64
#define CELLS_A_TURN 8 /* taken by a processor at a time */
#define CELL_POINTS 6  /* at least, in a cell */
#define GROUP_POINTS 5 /* at least, to have a level */
#define STEP_MIN 1e6   /* ns: smaller ones are left to the bounds */
#define TICKS 1.5      /* two drifting clocks show steps of a tick */
#define SURE 8.0       /* times its uncertainty that a step must be */

struct cell {
	size_t from, to;
	struct hull hull[2]; /* of upper bounds, of lower bounds */
};

struct cells {
	struct cell at[CELLS];
	size_t n;
	double tick; /* ns that a packet's two stamps may be off together */
};

struct jump {
	size_t cell, width; /* cells on each side that were looked at */
	double slope;
	double level[2][2];       /* [right][back], at x = 0 */
	double queue[2];          /* [back]: mean distance from the level */
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

	for (size_t i = from; i < to; i++)
		k->tick = fmax(k->tick, c->at[i].near_tick + c->at[i].far_tick);
	k->n = n > CELLS ? CELLS : n;
	for (size_t i = 0; i < k->n; i++) {
		k->at[i] = (struct cell){ .from = from +
						  (to - from) * i / k->n };
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

double jump_cost(struct hull g[2][2], const double q[2], double b)
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

double jump_slope(struct hull g[2][2], const double q[2])
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
 * down to a likelihood lower by e^3. */
static double likely_end(struct hull g[2][2], const double q[2], double b,
			 double limit)
{
	double most = jump_cost(g, q, b) + 3, inside = b;

	for (int i = 0; i < 30; i++) {
		double m = (inside + limit) / 2;

		if (jump_cost(g, q, m) <= most)
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

/* The first and last time of a side's groups. */
static void side_extent(struct hull g[2], double *from, double *to)
{
	*from = fmin(g[0].at[0].x, g[1].at[0].x);
	*to = fmax(g[0].at[g[0].n - 1].x, g[1].at[g[1].n - 1].x);
}

/* By how much drift may move the levels from one side to the other.  If the
 * sides are bursts with a longer gap between them, their slope is that of
 * growing or shrinking queues, not of the clock. */
static double unseen_move(struct hull g[2][2])
{
	double from[2], to[2];

	for (int r = 0; r < 2; r++)
		side_extent(g[r], &from[r], &to[r]);
	if (from[1] - to[0] <= to[0] - from[0] + to[1] - from[1])
		return 0;
	return CLOCK_DRIFT_LIMIT * (from[1] - to[0]);
}

/* Fits @g, all of whose groups have points, and fills @j except for the
 * place. */
static void jump_fit(struct hull g[2][2], struct jump *j)
{
	double s[2], end[2], move;

	j->queue[0] = j->queue[1] = 1e6;
	for (int round = 0; round < 3; round++) {
		j->slope = jump_slope(g, j->queue);
		fit_queues(g, j);
	}
	end[0] = likely_end(g, j->queue, j->slope, -CLOCK_DRIFT_LIMIT);
	end[1] = likely_end(g, j->queue, j->slope, CLOCK_DRIFT_LIMIT);
	move = unseen_move(g);
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

/* Do most cells of a side come near its levels, so that these are the least
 * delays throughout? */
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

	return size >= STEP_MIN && size >= TICKS * k->tick &&
	       size >= SURE * j->noise && j->differ <= 0.25 * size &&
	       j->differ <= SURE * j->noise + 1e5 &&
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

struct search {
	const struct cells *k;
	struct jump best[CELLS];
	double score[CELLS]; /* 0: none */
};

static void search_cell(struct search *s, size_t i)
{
	for (size_t width = 2; width < 2 * s->k->n; width *= 2) {
		struct jump j;
		double v;

		if (!jump_at(s->k, i, width, &j))
			continue;
		v = fabs(j.by) / (j.noise + j.differ + 5e4);
		if (v > s->score[i]) {
			s->score[i] = v;
			s->best[i] = j;
		}
	}
}

static void search_cells(void *ctx, unsigned worker, size_t turn)
{
	struct search *s = ctx;
	size_t from = 1 + turn * CELLS_A_TURN, to = from + CELLS_A_TURN;

	(void)worker;
	for (size_t i = from; i < to && i + 1 < s->k->n; i++)
		search_cell(s, i);
}

/* Return: false where there is none. */
static bool best_jump(const struct cells *k, struct jump *best)
{
	struct search s = { .k = k };
	double score = 0;

	parallel_run((k->n + CELLS_A_TURN - 1) / CELLS_A_TURN, search_cells,
		     &s);
	*best = (struct jump){ 0 };
	for (size_t i = 1; i + 1 < k->n; i++)
		if (s.score[i] > score) {
			score = s.score[i];
			*best = s.best[i];
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

size_t cloud_jump(const struct cloud *c, size_t from, size_t to, double *least)
{
	struct cells k = { 0 };
	struct jump j = { 0 };
	size_t at = 0;

	cells_build(&k, c, from, to);
	if (best_jump(&k, &j))
		at = place_jump(c, &k, &j, least);
	cells_release(&k);
	return at;
}
