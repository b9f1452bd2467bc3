/* The likeliest drift.
 *
 * The bounds of drift are hard and wide: W / T, with W the round trip and T the
 * time that is covered.  Within them the least delays tell more, but not each
 * direction's by themselves: these depend on load.  With many packets the hosts
 * and devices between are awake and the least of many waits is small; with few,
 * each waits longer, in both directions.  So the upper cloud's floor falls and
 * the lower cloud's top rises with load, by some 100 us, which over seconds is
 * tens of ppm that no clock has.
 *
 * Hence pairs: in each of some windows of time the least upper bound and the
 * greatest lower one.  Their difference less the least such difference is e,
 * what the two waited longer than had to be; their middle is off by at most
 * e / 2.  A middle's uncertainty is then a share of e, and the line through the
 * middles is fitted with that as weight:
 *
 *	middle(w) = a + b t(w) + c e(w)
 *
 * c is for ways that differ in how much they wait under the same load; b has
 * the prior of hosts' crystals, c one that keeps it within +-1/2.  Middles move
 * with the drift inside a window, so the fit is repeated with the drift found
 * removed.  Short windows have few packets, long ones mix loads: the mean over
 * four lengths is taken.
 *
 * Clocks that tick coarsely (1/64 s, 1 ms) round the least delay to a tick, and
 * all windows alike until the drift has moved on by one.  But packets come at
 * any moment of a tick: the mean of those within the two clocks' ticks of the
 * tightest moves evenly.  It takes the place of the tightest, and heights
 * within the ticks of the least show no waiting.  With fine clocks that changes
 * nothing.
 *
 * The remaining error is what the packets leave open: some 40 us, if the end of
 * a capture has a handful that each waited 150 us by chance.  Of captures of
 * real stacks with true clocks (tests/lab; 649 pairs of points with few packets
 * at their ends, 206 with many), by error over max(2 ppm, 100 us / T), as root
 * of the mean square / most:
 *
 *	these squares                   0.26 / 1.7    with many: 0.09 / 0.5
 *	the hull's likelihood (hull.c)  0.40 / 1.5
 *	Student's, 1 to 4 degrees       0.24 / 1.4                 0.10 / 0.6
 *	Huber's                         0.25 / 1.4
 *	absolute errors                 0.26 / 1.5
 *	weights by packets, not by e    0.50 to 1.5 / 3.2 to 14
 *	windows up to 32 times as long  0.27 / 2.4
 *
 * Nothing is better on both, so it stays with the simplest.  In the simulator's
 * captures with ticks of a millisecond or more 9 of 42 pairs are off by more
 * than that limit (which many ticks do not allow); by the tightest alone 21
 * were.
 *
 * (Paxson, SIGMETRICS 1998, takes the agreement of both directions as a test of
 * drift; here it is the measure.)
 *
 * Cost: O(n) a length and round.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "correlate/clock_cloud.h"

#define WINDOWS 160 /* of the shortest, in all */
#define LENGTHS 4   /* each twice as long as the one before */
#define ROUNDS 4
#define PAIRS_MIN 3  /* windows with both directions */
#define PRIOR 60e-6  /* standard deviation of two hosts' drift */
#define UNEVEN 0.3   /* that of c */
#define SHARE 0.29   /* of e: 1/sqrt(12), as of something within +-e/2 */
#define FLOOR 1000.0 /* ns: an uncertainty is no less */

struct window {
	double edge[2];    /* the tightest point, [back] */
	double t[2], y[2]; /* mean of those within a tick of it */
	size_t n[2];       /* how many those are */
};

struct sum { /* normal equations: unknowns a, b, c; the right side */
	double m[3][4];
};

struct paces {
	const struct cloud *c;
	size_t from, to;
	double x0, span; /* of the points */
	double tick;     /* of both clocks, ns, the mean */
	struct window w[WINDOWS];
	size_t n; /* windows in use */
};

static bool is_tighter(bool back, double a, double b)
{
	return back ? a > b : a < b;
}

static size_t window_of(const struct paces *p, double x)
{
	double k = (x - p->x0) / p->span * (double)p->n;

	return k <= 0 ? 0 : k >= (double)p->n ? p->n - 1 : (size_t)k;
}

static void find_edges(struct paces *p, double b)
{
	for (size_t i = 0; i < p->n; i++)
		p->w[i] = (struct window){ .edge = { INFINITY, -INFINITY } };
	for (size_t i = p->from; i < p->to; i++) {
		const struct cloud_point *q = &p->c->at[i];
		struct window *w = &p->w[window_of(p, q->x)];
		double y = q->y - b * (q->x - p->x0);

		if (!q->dropped && is_tighter(q->back, y, w->edge[q->back]))
			w->edge[q->back] = y;
	}
}

/* The tightest points each way in each window, after the pace @b. */
static void fill_windows(struct paces *p, double b)
{
	find_edges(p, b);
	for (size_t i = p->from; i < p->to; i++) {
		const struct cloud_point *q = &p->c->at[i];
		struct window *w = &p->w[window_of(p, q->x)];
		double x = q->x - p->x0, y = q->y - b * x;

		if (q->dropped || fabs(y - w->edge[q->back]) > p->tick)
			continue;
		w->y[q->back] += y;
		w->t[q->back] += x;
		w->n[q->back]++;
	}
	for (size_t i = 0; i < p->n; i++)
		for (int k = 0; k < 2; k++) {
			p->w[i].y[k] /= fmax(1, (double)p->w[i].n[k]);
			p->w[i].t[k] /= fmax(1, (double)p->w[i].n[k]);
		}
}

static int double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool is_pair(const struct window *w)
{
	return w->n[0] && w->n[1];
}

static double height(const struct window *w)
{
	return w->y[0] - w->y[1];
}

/* @least: of the heights; @typical: their excess over it, the median;
 * @unsure: of a middle with no excess, as by how much the least ones differ
 * from each other.  Return: how many windows have both directions. */
static size_t excesses(const struct paces *p, double *least, double *typical,
		       double *unsure)
{
	double h[WINDOWS];
	size_t n = 0, few;

	for (size_t i = 0; i < p->n; i++)
		if (is_pair(&p->w[i]))
			h[n++] = height(&p->w[i]);
	if (n < PAIRS_MIN)
		return n;
	qsort(h, n, sizeof *h, double_cmp);
	few = n < 4 ? n - 1 : 3;
	*least = h[0];
	*typical = h[n / 2] - h[0] + 1;
	*unsure = (h[few] - h[0]) / (double)(2 * few) + FLOOR;
	return n;
}

static void sum_add(struct sum *s, const double v[3], double y, double sigma)
{
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 3; k++)
			s->m[i][k] += v[i] * v[k] / (sigma * sigma);
		s->m[i][3] += v[i] * y / (sigma * sigma);
	}
}

/* Solves for unknown @k: Gauss and Jordan's elimination; the matrix is positive
 * definite, so the diagonal has the pivots. */
static double sum_solve(struct sum *s, int k)
{
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			double f = s->m[j][i] / s->m[i][i];

			for (int c = 0; c < 4 && j != i; c++)
				s->m[j][c] -= f * s->m[i][c];
		}
	return s->m[k][3] / s->m[k][k];
}

/* Of a middle, by rounding. */
static double rounding(const struct paces *p, const struct window *w)
{
	double n = 2 / (1 / (double)w->n[0] + 1 / (double)w->n[1]);

	return SHARE * p->tick / sqrt(n);
}

/* What is to be added to the pace that was taken out; NAN without enough. */
static double correction(const struct paces *p, double pace)
{
	struct sum s = { 0 };
	double least, typical, unsure, first = NAN;

	if (excesses(p, &least, &typical, &unsure) < PAIRS_MIN)
		return NAN;
	for (size_t i = 0; i < p->n; i++) {
		const struct window *w = &p->w[i];
		double mid = (w->y[0] + w->y[1]) / 2, e, v[3];

		if (!is_pair(w))
			continue;
		first = isnan(first) ? mid : first;
		e = fmax(height(w) - least - p->tick, 0);
		v[0] = 1;
		v[1] = (w->t[0] + w->t[1]) / 2 / p->span - 0.5;
		v[2] = e / typical;
		sum_add(&s, v, mid - first,
			SHARE * e + unsure + rounding(p, w));
	}
	sum_add(&s, (double[3]){ 0, 1, 0 }, -pace * p->span, PRIOR * p->span);
	sum_add(&s, (double[3]){ 0, 0, 1 }, 0, UNEVEN * typical);
	return sum_solve(&s, 1) / p->span;
}

static double pace_by(struct paces *p, double b)
{
	for (int round = 0; round < ROUNDS; round++) {
		double d;

		fill_windows(p, b);
		d = correction(p, b);
		if (isnan(d))
			return NAN;
		b += d;
	}
	return b;
}

static void extent(struct paces *p)
{
	double last = -INFINITY, tick = 0;
	size_t n = 0;

	p->x0 = INFINITY;
	for (size_t i = p->from; i < p->to; i++) {
		const struct cloud_point *q = &p->c->at[i];

		if (q->dropped)
			continue;
		p->x0 = fmin(p->x0, q->x);
		last = fmax(last, q->x);
		tick += q->near_tick + q->far_tick;
		n++;
	}
	p->span = last - p->x0;
	p->tick = n ? tick / (double)n : 0;
}

double cloud_pace(const struct cloud *c, size_t from, size_t to,
		  const struct strip *s)
{
	struct paces *p = mem_zalloc(1, sizeof *p);
	double sum = 0, b = strip_slope(s);
	int n = 0;

	p->c = c;
	p->from = from;
	p->to = to;
	extent(p);
	p->n = WINDOWS;
	for (int i = 0; i < LENGTHS && p->span > 0; i++, p->n /= 2) {
		double d = pace_by(p, b);

		if (isnan(d))
			continue;
		sum += d;
		n++;
	}
	free(p);
	b = n ? sum / n : b;
	return fmin(fmax(b, s->slope_low), s->slope_high);
}
