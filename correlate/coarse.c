/* What the coarse clock says of a moment: see coarse_fit.c for how it is made.
 *
 * What: the bin of the moment, and those beside it, as votes lie on both sides
 * of their border; of their pieces the one that fits best.  Away from all bins
 * the clocks may have drifted apart.
 *
 * Cost: O(1) for most moments, by an index of the bins.
 */
#include "correlate/coarse.h"

#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "correlate/coarse_int.h"

#define HARD_SLACK_NS 30e9 /* the longest transit */

void coarse_release(struct coarse *c)
{
	for (int d = 0; d < 2; d++) {
		free(c->dir[d].bin);
		free(c->dir[d].start);
		c->dir[d].bin = NULL;
		c->dir[d].start = NULL;
		c->dir[d].n = 0;
		c->dir[d].shift = 0;
	}
	c->known = false;
}

/* The bin that contains @at_ns, or the next one. */
static size_t bin_at(const struct coarse *c, int dir, int64_t at_ns)
{
	const struct coarse_bin *bin = c->dir[dir].bin;
	size_t n = c->dir[dir].n, i;

	if (!n || at_ns > bin[n - 1].to_ns)
		return n - 1;
	if (at_ns <= bin[0].to_ns)
		return 0;
	i = c->dir[dir].start[((uint64_t)at_ns - (uint64_t)bin[0].to_ns) >>
			      c->dir[dir].shift];
	while (bin[i].to_ns < at_ns)
		i++;
	return i;
}

static int filled_dir(const struct coarse *c, int dir)
{
	return c->dir[dir].n ? dir : !dir;
}

static double drift_slack(const struct coarse_bin *b, int64_t at_ns)
{
	if (at_ns < b->from_ns)
		return COARSE_DRIFT * coarse_apart(b->from_ns, at_ns);
	if (at_ns > b->to_ns)
		return COARSE_DRIFT * coarse_apart(at_ns, b->to_ns);
	return 0;
}

/* The difference by piece @i at @at_ns; beyond its ends, that at the end. */
static int64_t mid_at(const struct coarse_bin *b, int i, int64_t at_ns)
{
	const struct coarse_piece *p = &b->piece[i];
	int64_t t = at_ns < b->from_ns ? b->from_ns
		    : at_ns > b->to_ns ? b->to_ns
				       : at_ns;

	return time_add(p->mid_ns, (int64_t)coarse_drifted(p, t));
}

double coarse_off(const struct coarse *c, int dir, int64_t at_ns,
		  int64_t diff_ns, double *width_ns)
{
	int use = filled_dir(c, dir);
	size_t at = bin_at(c, use, at_ns), n = c->dir[use].n;
	double best = INFINITY;

	for (size_t k = at ? at - 1 : 0; k <= at + 1 && k < n; k++) {
		const struct coarse_bin *b = &c->dir[use].bin[k];
		double slack = drift_slack(b, at_ns);

		for (int i = 0; i < b->n; i++) {
			double w = b->piece[i].width_ns + slack;
			double off = fabs(
				coarse_apart(diff_ns, mid_at(b, i, at_ns)));

			/* The other direction's times differ by a round trip
			 * that this one's votes do not show. */
			if (use != dir)
				w += 50e6;
			if (off / w < best) {
				best = off / w;
				*width_ns = w;
			}
		}
	}
	return best;
}

int64_t coarse_diff(const struct coarse *c, int dir, int64_t at_ns)
{
	int use = filled_dir(c, dir);
	const struct coarse_bin *b = &c->dir[use].bin[bin_at(c, use, at_ns)];

	bool later = at_ns > b->from_ns / 2 + b->to_ns / 2;

	return mid_at(b, later && b->n == 2, at_ns);
}

bool coarse_impossible(const struct coarse *c, int64_t at_ns, int64_t diff_ns)
{
	for (int d = 0; d < 2; d++) {
		for (size_t k = 0; k < c->dir[d].n; k++) {
			const struct coarse_bin *b = &c->dir[d].bin[k];

			for (int i = 0; i < b->n; i++)
				if (fabs(coarse_apart(diff_ns,
						      mid_at(b, i, at_ns))) <=
				    HARD_SLACK_NS + drift_slack(b, at_ns))
					return false;
		}
	}
	return true;
}
