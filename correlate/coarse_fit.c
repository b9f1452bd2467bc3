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
 * Cost: O(v) for v votes (the caller thins them), but for the differences within
 * a bin, which are sorted.  Nothing else can be done meanwhile, so bins are
 * filled on all cores, and medians are selected, not read from sorted arrays.
 *
 * References: the Hough transform, for votes; Hoare's FIND, for medians;
 * crystals drift below 50 ppm each.
 */
#include "correlate/coarse.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/parallel.h"
#include "base/time.h"
#include "correlate/coarse_int.h"
#include "correlate/radix.h"

#define CROWD_NS 500e6
#define CROWD_SHARE 0.08
#define LINE_VOTES 24
#define LINE_GAIN 0.75
#define BIN_VOTES 64
#define BINS_MAX 256
#define STRETCHES 1024 /* see coarse.h */
#define MIN_WIDTH_NS 50e3
#define WEAK_CROWD_NS 20e6
#define CROWDS 4

/* ---- crowds ---- */

/* A signed number as one that sorts alike, and back. */
static uint64_t rising(int64_t x)
{
	return (uint64_t)x ^ (uint64_t)1 << 63;
}

static int64_t risen(uint64_t x)
{
	return (int64_t)(x ^ (uint64_t)1 << 63);
}

static double rows_apart(const struct radix *a, const struct radix *b)
{
	return coarse_apart(risen(a->hash), risen(b->hash));
}

/* The fullest window of rows, by difference, that are not yet taken. */
static size_t fullest(const struct radix *row, const bool *taken, size_t n,
		      double width, size_t *from)
{
	size_t best = 0, low = 0, inside = 0;

	for (size_t i = 0; i < n; i++) {
		if (taken[i])
			continue;
		inside++;
		while (rows_apart(&row[i], &row[low]) > width)
			inside -= !taken[low++];
		if (inside > best) {
			best = inside;
			*from = low;
		}
	}
	return best;
}

/* Moves the rows of crowds to the front.  Return: how many. */
static size_t keep_crowds(struct radix *row, size_t n, double width, bool weak)
{
	bool *taken = mem_zalloc(n, sizeof *taken);
	size_t kept = 0, from = 0, first = 0, best, out = 0;

	for (int k = 0; k < CROWDS; k++) {
		best = fullest(row, taken, n, width, &from);
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
		     i < n && rows_apart(&row[i], &row[from]) <= width; i++)
			if (!taken[i]) {
				taken[i] = true;
				kept++;
			}
	}
	for (size_t i = 0; kept && i < n; i++)
		if (taken[i])
			row[out++] = row[i];
	free(taken);
	return out;
}

/* ---- pieces ---- */

struct scratch { /* room for the votes of a direction */
	struct vote *half;
	int64_t *diff;
	double *off;
};

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The value that is number @k, from 0, of @n in rising order; reorders them. */
static double nth(double *v, size_t n, size_t k)
{
	ptrdiff_t at = (ptrdiff_t)k, low = 0, high = (ptrdiff_t)n - 1;

	while (low < high) {
		double pivot = v[low + (high - low) / 2];
		ptrdiff_t i = low, j = high;

		while (i <= j) {
			double x = v[i], y = v[j];

			if (x < pivot) {
				i++;
			} else if (y > pivot) {
				j--;
			} else {
				v[i++] = y;
				v[j--] = x;
			}
		}
		if (at > j && at < i)
			break;
		if (at <= j)
			high = j;
		else
			low = i;
	}
	return v[k];
}

/* Fills @off with how much the votes are off the line of @p, or how far
 * (@far). */
static void residuals(const struct vote *v, size_t n,
		      const struct coarse_piece *p, bool far, double *off)
{
	for (size_t i = 0; i < n; i++) {
		double x = coarse_apart(v[i].diff_ns, p->mid_ns) -
			   coarse_drifted(p, v[i].at_ns);

		off[i] = far ? fabs(x) : x;
	}
}

static double median_off(const struct vote *v, size_t n,
			 const struct coarse_piece *p, double *off)
{
	residuals(v, n, p, false, off);
	return nth(off, n, n / 2);
}

static double spread(const struct vote *v, size_t n,
		     const struct coarse_piece *p, double *off)
{
	double mid;

	residuals(v, n, p, true, off);
	mid = nth(off, n, n / 2);
	return 1.5 * mid + 0.25 * nth(off, n, n * 9 / 10);
}

/* Drift from the first third to the last, by their medians; 0: none explains
 * it. @v: by time; @p: without drift. */
static double drift_of(const struct vote *v, size_t n,
		       const struct coarse_piece *p, double *off)
{
	size_t third = n / 3, last = n - third;
	double t = coarse_apart(v[last + third / 2].at_ns, v[third / 2].at_ns);
	double d = median_off(v + last, third, p, off) -
		   median_off(v, third, p, off);

	return t > 0 && fabs(d) <= COARSE_DRIFT * t ? d / t : 0;
}

/* @v: by time; @diff: their differences, sorted. */
static struct coarse_piece piece_of(const struct vote *v, const int64_t *diff,
				    size_t n, int64_t tick_ns, double *off)
{
	struct coarse_piece p, line;
	double wide, narrow;

	p = line = (struct coarse_piece){ .mid_ns = diff[n / 2] };
	wide = spread(v, n, &p, off);
	line.at_ns = v[n / 2].at_ns;
	line.drift = n < LINE_VOTES ? 0 : drift_of(v, n, &p, off);
	line.mid_ns = time_add(line.mid_ns,
			       (int64_t)median_off(v, n, &line, off));
	narrow = spread(v, n, &line, off);
	if (narrow < LINE_GAIN * wide) {
		p = line;
		wide = narrow;
	}
	p.width_ns = wide + MIN_WIDTH_NS + (double)tick_ns / 2;
	if (n < 4) /* too few to know how delays vary */
		p.width_ns += 2e6;
	return p;
}

/* ---- bins ---- */

/* The widest gap between sorted differences, but for the ends.  Return: the
 * first one after it; 0: all are the same. */
static size_t widest_gap(const int64_t *diff, size_t n, double *gap)
{
	size_t cut = 0;

	*gap = 0;
	for (size_t i = 1 + n / 8; i + n / 8 < n; i++)
		if (coarse_apart(diff[i], diff[i - 1]) > *gap) {
			*gap = coarse_apart(diff[i], diff[i - 1]);
			cut = i;
		}
	return cut;
}

/* Those below @least, of which there are @below, then the others, each by
 * time. */
static void halve(const struct vote *v, size_t n, int64_t least, size_t below,
		  struct vote *half)
{
	struct vote *low = half, *high = half + below;

	for (size_t i = 0; i < n; i++)
		*(v[i].diff_ns < least ? low++ : high++) = v[i];
}

/* Fills a bin from its votes @v, by time; if they fall apart, in two at the
 * widest gap. */
static void fill_bin(struct coarse_bin *b, const struct vote *v, size_t n,
		     int64_t tick_ns, const struct scratch *s)
{
	struct coarse_piece lo, hi;
	size_t cut;
	double gap;

	for (size_t i = 0; i < n; i++)
		s->diff[i] = v[i].diff_ns;
	qsort(s->diff, n, sizeof *s->diff, by_value);
	b->from_ns = v[0].at_ns;
	b->to_ns = v[n - 1].at_ns;
	b->n = 1;
	b->piece[0] = piece_of(v, s->diff, n, tick_ns, s->off);
	cut = widest_gap(s->diff, n, &gap);
	if (cut < 2 || n - cut < 2)
		return;
	halve(v, n, s->diff[cut], cut, s->half);
	lo = piece_of(s->half, s->diff, cut, tick_ns, s->off);
	hi = piece_of(s->half + cut, s->diff + cut, n - cut, tick_ns, s->off);
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

struct filling { /* a direction's bins */
	struct coarse_bin *bin;
	size_t n_bins;
	const struct vote *v; /* its votes, by time */
	size_t n;
	int64_t tick_ns;
	struct scratch room; /* for all votes: each bin has its part of it */
};

static void fill_one(void *ctx, unsigned worker, size_t k)
{
	struct filling *x = ctx;
	size_t from = x->n * k / x->n_bins, to = x->n * (k + 1) / x->n_bins;
	struct scratch part = { .half = x->room.half + from,
				.diff = x->room.diff + from,
				.off = x->room.off + from };

	(void)worker;
	fill_bin(&x->bin[k], x->v + from, to - from, x->tick_ns, &part);
}

static void fill_dir(struct coarse *c, int dir, const struct vote *v, size_t n,
		     int64_t tick_ns)
{
	size_t bins = n / BIN_VOTES;
	struct filling x = {
		.v = v,
		.n = n,
		.tick_ns = tick_ns,
		.room = { .half = mem_resize(NULL, n, sizeof *x.room.half),
			  .diff = mem_resize(NULL, n, sizeof *x.room.diff),
			  .off = mem_resize(NULL, n, sizeof *x.room.off) },
	};

	bins = bins < 1 ? 1 : bins > BINS_MAX ? BINS_MAX : bins;
	if (!n)
		bins = 0;
	c->dir[dir].n = x.n_bins = bins;
	c->dir[dir].bin = x.bin = mem_zalloc(bins + 1, sizeof *x.bin);
	parallel_run(bins, fill_one, &x);
	fill_starts(c, dir);
	free(x.room.half);
	free(x.room.diff);
	free(x.room.off);
}

/* The votes of @row, which are sorted by difference, by direction and time.
 * Return: how many are of direction 0. */
static size_t in_time(const struct vote *v, struct radix *row, size_t n,
		      struct vote *out)
{
	size_t split = 0, at[2];

	for (size_t i = 0; i < n; i++) {
		row[i].hash = rising(v[row[i].value].at_ns);
		split += v[row[i].value].dir == 0;
	}
	radix_sort(row, n);
	at[0] = 0;
	at[1] = split;
	for (size_t i = 0; i < n; i++) {
		const struct vote *x = &v[row[i].value];

		out[at[x->dir != 0]++] = *x;
	}
	return split;
}

void coarse_fit(struct coarse *c, const struct vote *v, size_t n, bool weak,
		double span_ns, int64_t tick_ns)
{
	double width = weak ? WEAK_CROWD_NS : CROWD_NS;
	struct vote *kept;
	struct radix *row;
	size_t n_kept, split;

	coarse_release(c);
	c->span_ns = span_ns > 1e9 ? span_ns : 1e9;
	if (n < 3)
		return;
	width += 2 * (double)tick_ns + COARSE_DRIFT * c->span_ns;
	row = mem_resize(NULL, n, sizeof *row);
	for (size_t i = 0; i < n; i++)
		row[i] = (struct radix){ rising(v[i].diff_ns), (uint32_t)i };
	radix_sort(row, n);
	n_kept = keep_crowds(row, n, width, weak);
	if (n_kept >= 3 && (weak || n_kept * 2 >= n)) {
		kept = mem_resize(NULL, n_kept, sizeof *kept);
		split = in_time(v, row, n_kept, kept);
		fill_dir(c, 0, kept, split, tick_ns);
		fill_dir(c, 1, kept + split, n_kept - split, tick_ns);
		free(kept);
		c->known = true;
	}
	free(row);
}
