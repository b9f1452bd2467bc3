/* Lost before the far point, or behind it?
 *
 * Of n packets that are proven not to have come to the receiver, and that the far
 * capture has not, some may have passed it: it missed them, and they were lost
 * behind it.  How many of such there should be follows from what is seen: of what
 * passes, a capture misses the part m, so for b that it has and that are proven to
 * be lost behind it there are
 *
 *	E = b m / (1 - m)
 *
 * that it missed.  b is what the hops behind lose, and what is lost beyond the last
 * point (decide_place.c); where a capture behind has to have missed the packet as
 * well, only its part of that (lost_behind()).  m is of single misses (correlate/
 * bins.h): while a capture is deaf nobody asks it (decide_deaf.c).  One that never
 * missed a single packet is trusted.
 *
 * Are k of the n such?  Their number is Poisson with mean E, and the others were
 * lost on the hop, whose rate may be anything: with PRIOR as in correlate/watch.c
 * that lose j has odds of about PRIOR / j against that it loses none.  The mean of
 * k / n is what the posterior lacks to 1; more than UNSURE of it is not to be
 * called lost here.  In short: n must outweigh E a hundred times, and a single loss
 * of a hop takes more.
 *
 * Cost: O(points^2) once, O(n), TERMS at most, a question.
 */
#include "correlate/astray.h"

#include <stdlib.h>

#include "correlate/evidence.h"

#define PRIOR 0.05
#define UNSURE 0.01
#define TERMS 64

struct astray {
	/* by point, way (out, back), and SYNs or not */
	double (*behind)[2][2];
};

static double lost_of(const struct absences *a, bool syn)
{
	return (double)(syn ? a->lost_syn : a->lost - a->lost_syn);
}

/* Part of what passed point @p that its capture has not. */
static double missed_part(const struct evidence *e, size_t p)
{
	const struct trust *t = &e->trust[p];
	double part = t->passed ? (double)t->missed / (double)t->passed : 0;

	return part < 1 ? part : 1;
}

/* The same of single ones.  Where nothing proves any, those that the host counted
 * may have been. */
static double single_part(const struct evidence *e, size_t p)
{
	const struct bins *b = &e->bins[p];
	uint64_t proven = 0;
	double part;

	for (size_t i = 0; i < b->n; i++)
		proven += b->at[i].missed;
	if (!proven)
		return missed_part(e, p);
	part = (double)bins_single(b) / (double)e->trust[p].passed;
	return part < 1 ? part : 1;
}

/* What point @p has and was lost behind it, the points behind being done. */
static double lost_behind(const struct astray *a, const struct evidence *e,
			  size_t p, int way, bool syn)
{
	const struct beyond *last = &e->beyond[2 * p + (size_t)way];
	double sum = (double)(syn ? last->lost_syn
				  : last->lost - last->lost_syn);
	size_t from = way ? 0 : p + 1, to = way ? p : e->n_points;

	for (size_t q = from; q < to; q++) {
		const struct absences *x = &e->absence[p * e->n_points + q];

		if (x->decided)
			sum += lost_of(x, syn) +
			       missed_part(e, q) * a->behind[q][way][syn];
	}
	return sum;
}

struct astray *astray_find(const struct evidence *e)
{
	struct astray *a = mem_zalloc(1, sizeof *a);
	size_t n = e->n_points;

	a->behind = mem_zalloc(n + 1, sizeof *a->behind);
	for (size_t k = 0; k < n; k++)
		for (int syn = 0; syn < 2; syn++) {
			size_t last = n - 1 - k;

			a->behind[last][0][syn] = lost_behind(a, e, last, 0,
							      syn);
			a->behind[k][1][syn] = lost_behind(a, e, k, 1, syn);
		}
	return a;
}

void astray_free(struct astray *a)
{
	free(a->behind);
	free(a);
}

/* Mean of how many of @n were lost behind, where @expected should be. */
static double mean_behind(double n, double expected)
{
	double sum = 0, mean = 0, poisson = 1;

	for (int k = 0; k <= n && k < TERMS; k++) {
		double others = n - k;
		double w = poisson * (others > 0 ? PRIOR / others : 1);

		sum += w;
		mean += k * w;
		poisson *= expected / (k + 1);
	}
	return mean / sum;
}

bool astray_may(const struct astray *a, const struct evidence *e, size_t from,
		size_t to, bool syn)
{
	double n = lost_of(&e->absence[from * e->n_points + to], syn);
	double b = a->behind[to][from > to][syn], m, expected;

	if (n < 1 || b <= 0)
		return false;
	m = single_part(e, to);
	if (m <= 0)
		return false;
	if (m >= 1)
		return true;
	expected = b * m / (1 - m);
	if (expected > UNSURE * n)
		return true;
	return mean_behind(n, expected) > UNSURE * n;
}
