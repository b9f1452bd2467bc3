/* Coarse clock by voting.
 *
 * What: each vote is the difference between the times of what should be the
 * same packet.  True ones cluster within the spread of delays and drift; false
 * ones are scattered over the length of the captures.  So: sort by difference;
 * the fullest window of CROWD_NS (plus ticks and drift) is the clock; other
 * windows of at least CROWD_SHARE of the votes are the same clock after a
 * step.  Votes in no crowd are dropped.  The rest is cut by time into bins of
 * about BIN_VOTES, for each direction of the session apart, since theta plus
 * the delay out and theta minus the delay back differ by a round trip; a bin
 * that falls in two halves (a step, or sessions opened from both ends) keeps
 * both.  In a long bin drift would blur what time tells: where votes are
 * clearly nearer to a line than to their median, the line counts in it.
 *
 * Invariants: width is never below MIN_WIDTH_NS plus half the ticks, so that
 * time alone never weighs more than it can tell.
 *
 * Cost: O(v log v) for v votes, at most VOTES_MAX of them (the caller thins).
 *
 * References: the Hough transform, for votes; crystals drift below 50 ppm each.
 */
#include "correlate/coarse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"

#define CROWD_NS 500e6
#define CROWD_SHARE 0.08
#define DRIFT 200e-6 /* both clocks together */
#define LINE_VOTES 24
#define LINE_GAIN 0.75
#define BIN_VOTES 64
#define BINS_MAX 256
#define STRETCHES 1024 /* see coarse.h */
#define MIN_WIDTH_NS 50e3
#define HARD_SLACK_NS 30e9 /* the longest transit */
#define WEAK_CROWD_NS 20e6
#define CROWDS 4

static int by_diff(const void *a, const void *b)
{
	const struct vote *x = a, *y = b;

	if (x->diff_ns != y->diff_ns)
		return x->diff_ns < y->diff_ns ? -1 : 1;
	return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

static int by_dir_time(const void *a, const void *b)
{
	const struct vote *x = a, *y = b;

	if (x->dir != y->dir)
		return x->dir - y->dir;
	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->diff_ns < y->diff_ns ? -1 : x->diff_ns > y->diff_ns;
}

static double apart(int64_t a, int64_t b)
{
	return (double)a - (double)b;
}

/* The fullest window of votes not yet taken (dir < 2). */
static size_t fullest(const struct vote *v, const bool *taken, size_t n,
		      double width, size_t *from)
{
	size_t best = 0, low = 0, inside = 0;

	for (size_t i = 0; i < n; i++) {
		if (taken[i])
			continue;
		inside++;
		while (apart(v[i].diff_ns, v[low].diff_ns) > width)
			inside -= !taken[low++];
		if (inside > best) {
			best = inside;
			*from = low;
		}
	}
	return best;
}

/* Moves the votes of crowds to the front.  Return: how many. */
static size_t keep_crowds(struct vote *v, size_t n, double width, bool weak)
{
	bool *taken = mem_zalloc(n, sizeof *taken);
	size_t kept = 0, from = 0, first = 0, best, out = 0;

	for (int k = 0; k < CROWDS; k++) {
		best = fullest(v, taken, n, width, &from);
		if (k == 0)
			first = best;
		/* A second crowd of weak votes is doubt, not a step. */
		if (weak && k == 1) {
			if (best * 3 > first)
				kept = 0;
			break;
		}
		if (!best ||
		    (k && (best < 4 || (double)best < CROWD_SHARE * (double)n)))
			break;
		if (weak && best < 6)
			break;
		for (size_t i = from;
		     i < n && apart(v[i].diff_ns, v[from].diff_ns) <= width;
		     i++)
			if (!taken[i]) {
				taken[i] = true;
				kept++;
			}
	}
	for (size_t i = 0; kept && i < n; i++)
		if (taken[i])
			v[out++] = v[i];
	free(taken);
	return out;
}

static int by_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double drifted(const struct coarse_piece *p, int64_t t_ns)
{
	return p->drift * apart(t_ns, p->at_ns);
}

/* Sorts into @work by how much the votes are off the line of @p, or how far
 * (@far).  Return: the median. */
static double residuals(const struct vote *v, size_t n,
			const struct coarse_piece *p, bool far, double *work)
{
	for (size_t i = 0; i < n; i++) {
		double off = apart(v[i].diff_ns, p->mid_ns) -
			     drifted(p, v[i].at_ns);

		work[i] = far ? fabs(off) : off;
	}
	qsort(work, n, sizeof *work, by_double);
	return work[n / 2];
}

static double spread(const struct vote *v, size_t n,
		     const struct coarse_piece *p, double *work)
{
	double mid = residuals(v, n, p, true, work);

	return 1.5 * mid + 0.25 * work[n * 9 / 10];
}

/* Drift from the first third to the last, by their medians; 0: none explains
 * it. @v: by time; @p: without drift. */
static double drift_of(const struct vote *v, size_t n,
		       const struct coarse_piece *p, double *work)
{
	size_t third = n / 3, last = n - third;
	double t = apart(v[last + third / 2].at_ns, v[third / 2].at_ns);
	double d = residuals(v + last, third, p, false, work) -
		   residuals(v, third, p, false, work);

	return t > 0 && fabs(d) <= DRIFT * t ? d / t : 0;
}

static struct coarse_piece piece_of(struct vote *v, size_t n, int64_t tick_ns,
				    double *work)
{
	struct coarse_piece p, line;
	double wide, narrow;

	qsort(v, n, sizeof *v, by_diff);
	p = line = (struct coarse_piece){ .mid_ns = v[n / 2].diff_ns };
	wide = spread(v, n, &p, work);
	qsort(v, n, sizeof *v, by_dir_time);
	line.at_ns = v[n / 2].at_ns;
	line.drift = n < LINE_VOTES ? 0 : drift_of(v, n, &p, work);
	line.mid_ns = time_add(line.mid_ns,
			       (int64_t)residuals(v, n, &line, false, work));
	narrow = spread(v, n, &line, work);
	if (narrow < LINE_GAIN * wide) {
		p = line;
		wide = narrow;
	}
	p.width_ns = wide + MIN_WIDTH_NS + (double)tick_ns / 2;
	if (n < 4) /* too few to know how delays vary */
		p.width_ns += 2e6;
	return p;
}

/* Fills a bin from its votes @v; if they fall apart, in two at the widest
 * gap. */
static void fill_bin(struct coarse_bin *b, struct vote *v, size_t n,
		     int64_t tick_ns, double *work)
{
	struct coarse_piece lo, hi;
	size_t cut = 0;
	double gap = 0;

	b->from_ns = v[0].at_ns;
	b->to_ns = v[n - 1].at_ns;
	b->n = 1;
	b->piece[0] = piece_of(v, n, tick_ns, work);
	qsort(v, n, sizeof *v, by_diff);
	for (size_t i = 1 + n / 8; i + n / 8 < n; i++)
		if (apart(v[i].diff_ns, v[i - 1].diff_ns) > gap) {
			gap = apart(v[i].diff_ns, v[i - 1].diff_ns);
			cut = i;
		}
	if (!cut || cut < 2 || n - cut < 2)
		return;
	lo = piece_of(v, cut, tick_ns, work);
	hi = piece_of(v + cut, n - cut, tick_ns, work);
	if (gap < 4 * (lo.width_ns + hi.width_ns))
		return;
	b->n = 2;
	b->piece[0] = lo;
	b->piece[1] = hi;
}

/* Makes an index, so that bin_at() need not search. */
static void fill_starts(struct coarse *c, int dir)
{
	const struct coarse_bin *bin = c->dir[dir].bin;
	size_t n = c->dir[dir].n, at = 0;
	uint64_t first, span;

	if (!n)
		return;
	first = (uint64_t)bin[0].to_ns;
	span = (uint64_t)bin[n - 1].to_ns - first;
	while (span >> c->dir[dir].shift >= STRETCHES)
		c->dir[dir].shift++;
	c->dir[dir].start = mem_zalloc(STRETCHES, sizeof *c->dir[dir].start);
	for (size_t k = 0; k < STRETCHES; k++) {
		uint64_t begin = (uint64_t)k << c->dir[dir].shift;

		while (at + 1 < n && (uint64_t)bin[at].to_ns - first < begin)
			at++;
		c->dir[dir].start[k] = (uint16_t)at;
	}
}

static void fill_dir(struct coarse *c, int dir, struct vote *v, size_t n,
		     int64_t tick_ns)
{
	size_t bins = n / BIN_VOTES;
	double *work = mem_resize(NULL, n + 1, sizeof *work);

	bins = bins < 1 ? 1 : bins > BINS_MAX ? BINS_MAX : bins;
	if (!n)
		bins = 0;
	c->dir[dir].n = bins;
	c->dir[dir].bin = mem_zalloc(bins + 1, sizeof *c->dir[dir].bin);
	for (size_t k = 0; k < bins; k++) {
		size_t from = n * k / bins, to = n * (k + 1) / bins;

		fill_bin(&c->dir[dir].bin[k], v + from, to - from, tick_ns,
			 work);
	}
	fill_starts(c, dir);
	free(work);
}

void coarse_fit(struct coarse *c, struct vote *v, size_t n, bool weak,
		double span_ns, int64_t tick_ns)
{
	double width = weak ? WEAK_CROWD_NS : CROWD_NS;
	size_t kept, split = 0;

	coarse_release(c);
	c->span_ns = span_ns > 1e9 ? span_ns : 1e9;
	if (n < 3)
		return;
	width += 2 * (double)tick_ns + DRIFT * c->span_ns;
	qsort(v, n, sizeof *v, by_diff);
	kept = keep_crowds(v, n, width, weak);
	if (kept < 3 || (!weak && kept * 2 < n))
		return;
	qsort(v, kept, sizeof *v, by_dir_time);
	while (split < kept && v[split].dir == 0)
		split++;
	fill_dir(c, 0, v, split, tick_ns);
	fill_dir(c, 1, v + split, kept - split, tick_ns);
	c->known = true;
}

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
		return DRIFT * apart(b->from_ns, at_ns);
	if (at_ns > b->to_ns)
		return DRIFT * apart(at_ns, b->to_ns);
	return 0;
}

/* The difference by piece @i at @at_ns; beyond its ends, that at the end. */
static int64_t mid_at(const struct coarse_bin *b, int i, int64_t at_ns)
{
	const struct coarse_piece *p = &b->piece[i];
	int64_t t = at_ns < b->from_ns ? b->from_ns
		    : at_ns > b->to_ns ? b->to_ns
				       : at_ns;

	return time_add(p->mid_ns, (int64_t)drifted(p, t));
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
			double off = fabs(apart(diff_ns, mid_at(b, i, at_ns)));

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
				if (fabs(apart(diff_ns, mid_at(b, i, at_ns))) <=
				    HARD_SLACK_NS + drift_slack(b, at_ns))
					return false;
		}
	}
	return true;
}
