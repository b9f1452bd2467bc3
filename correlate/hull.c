/* The strip between two clouds.
 *
 * A packet that passes first the near, then the far point bounds the offset of
 * the far clock from above (no packet is early), one the other way from below.
 * Over time t these bounds are two clouds, and an offset that changes at a
 * constant rate is a line below the one and above the other.  Only the lower
 * hull of the upper cloud and the upper hull of the lower one matter.
 *
 * What is computed, for lines of slope b within the limit:
 *   level(b)   = min (y - b x) over the ceiling, max over the floor
 *   need(b)    = (floor level - ceiling level) / 2, convex in b: strip_need()
 *                finds its minimum by the sign of its derivative, which is the
 *                difference of the x of the two vertices touched
 *   feasible b : need(b) <= slack, an interval around that minimum:
 *                strip_solve() finds its ends by bisection
 *   high at x  = max over feasible b of ceiling level(b) + b x, concave in b:
 *                strip_high(); it is convex in x, as the most of many lines
 *   low at x   = likewise, concave in x
 * All of this is exact up to rounding: a line outside contradicts a packet.
 *
 * strip_slope() is an estimate.  If delays are a fixed part and a queueing part
 * that is exponential, of unknown mean each way, a slope's likelihood, at the
 * fixed parts and means that suit it best, is R1(b)^-n1 R2(b)^-n2, where R is
 * the mean distance of a cloud's n points from the line that touches it.  With
 * one cloud the best slope is that of the linear programme of Moon, Skelly and
 * Towsley (INFOCOM 1999), the hull edge over the mean x.  Over a few seconds,
 * though, that edge may be a short one among packets that all waited, and the
 * best slope is erratic; so the mean over all feasible slopes is taken,
 * weighted by likelihood and by a prior of PRIOR (the mean has the least
 * squared error of all estimates).  With many packets over minutes the prior
 * has no influence.
 *
 * Cost: building O(n), a level O(log h), all else O(log h) times STEPS, h the
 * number of vertices, some tens for any n.
 */
#include "correlate/hull.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define STEPS 64          /* bisections: an interval shrinks below 1 ulp */
#define QUEUE_FLOOR 100.0 /* ns: least mean taken for a queueing part */
#define PRIOR 60e-6       /* standard deviation of two hosts' drift */
#define MOVES 16          /* of a point, while sorting */
#define GRID 64           /* slopes that the mean is taken of, at each zoom */
#define ZOOMS 12
#define NEGLIGIBLE 12.0 /* log-likelihood below the best that counts nothing */

static int point_cmp(const void *a, const void *b)
{
	const struct strip_point *p = a, *q = b;

	if (p->x != q->x)
		return p->x < q->x ? -1 : 1;
	return (p->y > q->y) - (p->y < q->y);
}

/* Insertion sort.  Return: false, with the rest unsorted, after more moves than
 * another sort would take. */
static bool sort_near_sorted(struct strip_point *p, size_t n)
{
	size_t left = MOVES * n;

	for (size_t i = 1; i < n; i++) {
		struct strip_point x = p[i];
		size_t k = i;

		for (; k > 0 && point_cmp(&x, &p[k - 1]) < 0 && left; left--) {
			p[k] = p[k - 1];
			k--;
		}
		p[k] = x;
		if (!left)
			return false;
	}
	return true;
}

/* The input is mostly a sequence of sorted runs that overlap a little. */
void strip_sort(struct strip_point *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (p[i].x < p[i - 1].x) {
			if (!sort_near_sorted(p, n))
				qsort(p, n, sizeof *p, point_cmp);
			return;
		}
}

/* Does the hull turn the wrong way at b, on the way from a to c? */
static bool is_inside(const struct hull *h, const struct strip_point *a,
		      const struct strip_point *b, const struct strip_point *c)
{
	double turn = (b->x - a->x) * (c->y - a->y) -
		      (b->y - a->y) * (c->x - a->x);

	return h->upper ? turn >= 0 : turn <= 0;
}

static void hull_push(struct hull *h, const struct strip_point *p)
{
	/* of points at one x only the extreme one counts */
	if (h->n && h->at[h->n - 1].x == p->x) {
		bool better = h->upper ? p->y > h->at[h->n - 1].y
				       : p->y < h->at[h->n - 1].y;

		if (!better)
			return;
		h->n--;
	}
	while (h->n >= 2 && is_inside(h, &h->at[h->n - 2], &h->at[h->n - 1], p))
		h->n--;
	h->at = mem_grow(h->at, &h->cap, h->n + 1, sizeof *h->at);
	h->at[h->n++] = *p;
}

void hull_build(struct hull *h, const struct strip_point *p, size_t n)
{
	h->n = 0;
	h->points = n;
	h->sum_x = h->sum_y = 0;
	for (size_t i = 0; i < n; i++) {
		hull_push(h, &p[i]);
		h->sum_x += p[i].x;
		h->sum_y += p[i].y;
	}
}

const struct strip_point *hull_touch(const struct hull *h, double slope)
{
	size_t low = 0, high = h->n - 1;

	/* edges of a lower hull rise in slope, those of an upper one fall */
	while (low < high) {
		size_t mid = (low + high) / 2;
		double dx = h->at[mid + 1].x - h->at[mid].x;
		double dy = h->at[mid + 1].y - h->at[mid].y;
		bool on = h->upper ? dy > slope * dx : dy < slope * dx;

		if (on)
			low = mid + 1;
		else
			high = mid;
	}
	return &h->at[low];
}

double hull_level(const struct hull *h, double slope)
{
	const struct strip_point *p = hull_touch(h, slope);

	return p->y - slope * p->x;
}

double hull_residual(const struct hull *h, double slope)
{
	double n = (double)h->points, mean, d;

	if (!h->n)
		return 0;
	mean = (h->sum_y - slope * h->sum_x) / n;
	d = hull_level(h, slope) - mean;
	d = h->upper ? d : -d;
	return d > 0 ? d : 0;
}

double hull_residual_rise(const struct hull *h, double slope)
{
	double d;

	if (!h->n)
		return 0;
	d = (double)h->points * hull_touch(h, slope)->x - h->sum_x;
	return h->upper ? -d : d;
}

void hull_release(struct hull *h)
{
	free(h->at);
	*h = (struct hull){ .upper = h->upper };
}

void strip_init(struct strip *s, const struct strip_point *upper_bounds,
		size_t n_upper, const struct strip_point *lower_bounds,
		size_t n_lower, double slope_limit)
{
	s->ceiling.upper = false;
	s->floor.upper = true;
	hull_build(&s->ceiling, upper_bounds, n_upper);
	hull_build(&s->floor, lower_bounds, n_lower);
	s->slope_limit = slope_limit;
	s->slack = 0;
	s->slope_low = -slope_limit;
	s->slope_high = slope_limit;
}

static double need_at(const struct strip *s, double b)
{
	return (hull_level(&s->floor, b) - hull_level(&s->ceiling, b)) / 2;
}

double strip_need(const struct strip *s, double *slope)
{
	double low = -s->slope_limit, high = s->slope_limit;

	if (slope)
		*slope = 0;
	if (!s->ceiling.n || !s->floor.n)
		return -INFINITY;
	for (int i = 0; i < STEPS; i++) {
		double b = (low + high) / 2;
		double rise = hull_touch(&s->ceiling, b)->x -
			      hull_touch(&s->floor, b)->x;

		if (rise > 0)
			high = b;
		else
			low = b;
	}
	if (slope)
		*slope = (low + high) / 2;
	return need_at(s, (low + high) / 2);
}

/* The end of the feasible interval between a feasible slope and @limit. */
static double feasible_end(const struct strip *s, double inside, double limit)
{
	if (need_at(s, limit) <= s->slack)
		return limit;
	for (int i = 0; i < STEPS; i++) {
		double b = (inside + limit) / 2;

		if (need_at(s, b) <= s->slack)
			inside = b;
		else
			limit = b;
	}
	return limit; /* the outer one: rounding must not shrink it */
}

bool strip_solve(struct strip *s, double slack)
{
	double best;
	double need = strip_need(s, &best);

	s->slack = slack;
	s->slope_low = -s->slope_limit;
	s->slope_high = s->slope_limit;
	if (need > slack)
		return false;
	if (!s->ceiling.n || !s->floor.n)
		return true;
	s->slope_low = feasible_end(s, best, -s->slope_limit);
	s->slope_high = feasible_end(s, best, s->slope_limit);
	return true;
}

/* The slope with which a feasible line that touches @h is extreme at x. */
static double extreme_slope(const struct strip *s, const struct hull *h,
			    double x)
{
	double low = s->slope_low, high = s->slope_high;

	for (int i = 0; i < STEPS; i++) {
		double b = (low + high) / 2;
		bool gains = x > hull_touch(h, b)->x;

		if (gains != h->upper) /* ceiling: more slope, more height */
			low = b;
		else
			high = b;
	}
	return (low + high) / 2;
}

double strip_high(const struct strip *s, double x)
{
	double b;

	if (!s->ceiling.n)
		return INFINITY;
	b = extreme_slope(s, &s->ceiling, x);
	return hull_level(&s->ceiling, b) + b * x + s->slack;
}

double strip_low(const struct strip *s, double x)
{
	double b;

	if (!s->floor.n)
		return -INFINITY;
	b = extreme_slope(s, &s->floor, x);
	return hull_level(&s->floor, b) + b * x - s->slack;
}

static double cloud_likelihood(const struct hull *h, double b)
{
	double q = hull_residual(h, b);

	return -(double)h->points * log(q > QUEUE_FLOOR ? q : QUEUE_FLOOR);
}

/* log of likelihood and prior */
static double belief(const struct strip *s, double b)
{
	return cloud_likelihood(&s->ceiling, b) +
	       cloud_likelihood(&s->floor, b) - b * b / (2 * PRIOR * PRIOR);
}

/* Narrows [*low, *high] to the slopes that matter, by a grid, and one step
 * beyond.  Return: the mean over the grid. */
static double mean_slope(const struct strip *s, double *low, double *high)
{
	double ll[GRID + 1], best = -INFINITY, sum = 0, weight = 0;
	double step = (*high - *low) / GRID, from = *low;
	int first = GRID, last = 0;

	for (int i = 0; i <= GRID; i++) {
		ll[i] = belief(s, from + i * step);
		best = ll[i] > best ? ll[i] : best;
	}
	for (int i = 0; i <= GRID; i++) {
		double w = exp(ll[i] - best);

		sum += w * (from + i * step);
		weight += w;
		if (ll[i] < best - NEGLIGIBLE)
			continue;
		first = i < first ? i : first;
		last = i;
	}
	if (first > 0)
		*low = from + (first - 1) * step;
	if (last < GRID)
		*high = from + (last + 1) * step;
	return sum / weight;
}

double strip_slope(const struct strip *s)
{
	double low = s->slope_low, high = s->slope_high, b = low;

	for (int i = 0; i < ZOOMS; i++) {
		double width = high - low;

		b = mean_slope(s, &low, &high);
		if (high - low > width / 2)
			break;
	}
	return b;
}

void strip_release(struct strip *s)
{
	hull_release(&s->ceiling);
	hull_release(&s->floor);
}
