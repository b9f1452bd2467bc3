/* The strip that contains the difference of two clocks: see the header.
 *
 * What: a relay has a request before it forwards it, and forwards an answer
 * after it has it.  So for an exchange and its counterpart, D (the back clock
 * less the front one) is at most the back time less the front time of the
 * request, and at least that of the answer: an interval as wide as the front
 * exchange takes longer.  All true pairs share D; false ones are scattered over
 * the length of the captures.
 *
 * Steps: pairs of exchanges of the same kind (method, path, status) are votes,
 * rare kinds first, of common ones a few hundred (collect()).  The point that
 * most intervals cover is D (cover()); for each drift that the length of the
 * captures tells from the next, up to DRIFT_MOST (fit_drifts()).  This is
 * repeated with the narrower ones only: if all requests are alike most pairs
 * are false, and wider than true ones.  Equal exchanges at the same time all
 * vote with each other: what counts is how many different ones agree
 * (agreeing()).
 *
 * D is known if by chance so many would agree less than once in 2^FIT_BITS: a
 * Poisson law with the density of the whole range, or of half a second around,
 * whichever is higher, and a trial for each vote and drift.
 *
 * Limits: FEWEST exchanges at least.  A clock that steps has a strip for the
 * longer piece only.  The first OF_A_KIND of a kind vote: if all requests are
 * alike, and one capture began more of them earlier, nothing is known.
 *
 * Cost: VOTES intervals, sorted for each drift; WORK in all.
 */
#include "correlate/strip.h"

#include <math.h>
#include <stdlib.h>

#include "correlate/strip_int.h"

#define FEWEST 4
#define FIT_BITS 24.0
#define VOTES 65536
#define WORK 1000000 /* votes by drifts */
#define OF_A_KIND 256
#define DRIFT_MOST 100e-6
#define DRIFT_STEPS 100 /* each way */
#define STEP_NS 200000.0
#define SLACK_NS 100000.0
#define AROUND_NS 500e6
#define TRIES 3 /* all votes, the narrower fourth, a fourth of it */

struct edge_of { /* of an interval */
	double at;
	int by;
};

struct cover {
	size_t n;
	double low, high;
};

static double ns_between(int64_t a, int64_t b)
{
	return (double)time_sub(b, a);
}

/* Bounds that a pair sets, if it is true; none if low > high. */
struct bounds {
	double low, high;
};

/* For turns it is not known what an answer begins with: settings, tickets. */
static struct bounds bounds_of(const struct ask *f, const struct ask *b)
{
	double told = f->form == ASK_MESSAGE ? ns_between(f->told, b->told)
					     : -INFINITY;

	return (struct bounds){
		.low = fmax(told, ns_between(f->told_last, b->told_last)),
		.high = fmin(ns_between(f->asked, b->asked),
			     ns_between(f->asked_last, b->asked_last)),
	};
}

/* --- votes --- */

static size_t kind_end(const struct asks *a, size_t i)
{
	size_t end = i;

	while (end < a->n && a->at[end].what == a->at[i].what)
		end++;
	return end;
}

void fit_vote(struct fit *x, size_t a, size_t b)
{
	const struct ask *f = &x->front->at[a];
	struct bounds at = bounds_of(f, &x->back->at[b]);

	if (at.low > at.high)
		return;
	*VEC_PUSH(&x->vote) = (struct interval){
		.at = ns_between(x->from_ns, f->asked),
		.low = at.low - (double)x->base_ns,
		.high = at.high - (double)x->base_ns,
		.front = (uint32_t)a,
		.back = (uint32_t)b,
	};
}

static void add_votes(struct fit *x, size_t i, size_t i_end, size_t k,
		      size_t k_end)
{
	for (size_t a = i; a < i_end; a++)
		for (size_t b = k; b < k_end && x->vote.n < VOTES; b++)
			fit_vote(x, a, b);
}

/* Kinds with so many pairs: above @least, up to @most. */
static void collect(struct fit *x, size_t least, size_t most)
{
	size_t i = 0, k = 0;

	while (i < x->front->n && k < x->back->n) {
		uint64_t f = x->front->at[i].what, b = x->back->at[k].what;
		size_t i_end = f <= b ? kind_end(x->front, i) : i;
		size_t k_end = b <= f ? kind_end(x->back, k) : k;
		size_t nf = i_end - i, nb = k_end - k;

		nf = nf < OF_A_KIND ? nf : OF_A_KIND;
		nb = nb < OF_A_KIND ? nb : OF_A_KIND;
		if (f == b && nf * nb > least && nf * nb <= most)
			add_votes(x, i, i + nf, k, k + nb);
		i = i_end;
		k = k_end;
	}
}

/* --- what most of them cover --- */

static int by_place(const void *a, const void *b)
{
	const struct edge_of *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return y->by - x->by; /* what touches overlaps */
}

static struct cover cover(const struct fit *x, struct edge_of *e, double drift)
{
	struct cover best = { 0 };
	size_t n = 0, now = 0;

	for (size_t i = 0; i < x->vote.n; i++) {
		const struct interval *v = &x->vote.at[i];

		e[n++] = (struct edge_of){ v->low - drift * v->at, 1 };
		e[n++] = (struct edge_of){ v->high - drift * v->at, -1 };
	}
	qsort(e, n, sizeof *e, by_place);
	for (size_t i = 0; i < n; i++) {
		if (e[i].by < 0) {
			now--;
			continue;
		}
		if (++now > best.n) /* e[i + 1] ends it, or adds to it */
			best = (struct cover){ now, e[i].at, e[i + 1].at };
	}
	return best;
}

/* Different exchanges, of the side that has fewer, that cover @c. */
static size_t agreeing(const struct fit *x, const struct cover *c, double drift)
{
	uint8_t *seen[2] = { mem_zalloc(x->front->n + 1, 1),
			     mem_zalloc(x->back->n + 1, 1) };
	size_t n[2] = { 0 };

	for (size_t i = 0; i < x->vote.n; i++) {
		const struct interval *v = &x->vote.at[i];
		const uint32_t at[2] = { v->front, v->back };

		if (v->low - drift * v->at > c->high ||
		    v->high - drift * v->at < c->low)
			continue;
		for (int k = 0; k < 2; k++) {
			n[k] += !seen[k][at[k]];
			seen[k][at[k]] = 1;
		}
	}
	free(seen[0]);
	free(seen[1]);
	return n[0] < n[1] ? n[0] : n[1];
}

/* How many cover a place by chance. */
static double by_chance(const struct fit *x, const struct cover *c)
{
	double all = 0, near = 0, low = INFINITY, high = -INFINITY;

	for (size_t i = 0; i < x->vote.n; i++) {
		const struct interval *v = &x->vote.at[i];
		double wide = v->high - v->low;

		low = fmin(low, v->low);
		high = fmax(high, v->high);
		if (v->low > c->high || v->high < c->low) {
			all += wide;
			if (fabs(v->low - c->low) < AROUND_NS)
				near += wide;
		}
	}
	all /= fmax(high - low, 2 * AROUND_NS);
	near /= 2 * AROUND_NS;
	return fmax(fmax(all, near), 1e-3);
}

static double fit_bits(const struct fit *x, const struct cover *c, double drift,
		       size_t drifts, size_t *n)
{
	double chance = by_chance(x, c);

	*n = agreeing(x, c, drift);
	if ((double)*n <= chance)
		return 0;
	return (double)*n * log2((double)*n / chance) -
	       ((double)*n - chance) * 1.4427 -
	       log2(2.0 * (double)x->vote.n * (double)drifts);
}

static int by_width(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;
	double wx = x->high - x->low, wy = y->high - y->low;

	if (wx != wy)
		return wx < wy ? -1 : 1;
	if (x->front != y->front)
		return x->front < y->front ? -1 : 1;
	return x->back < y->back ? -1 : x->back > y->back;
}

void fit_sort(struct fit *x, size_t most)
{
	size_t step = x->vote.n / most + 1, n = 0;

	qsort(x->vote.at, x->vote.n, sizeof *x->vote.at, by_width);
	for (size_t i = 0; i < x->vote.n; i += step)
		x->vote.at[n++] = x->vote.at[i];
	x->vote.n = n;
}

struct strip fit_drifts(const struct fit *x, int64_t tick_ns)
{
	struct strip s = { .at_ns = x->from_ns };
	double step = fmax(DRIFT_MOST / DRIFT_STEPS,
			   STEP_NS / fmax(x->length, 1e9));
	int steps = (int)(DRIFT_MOST / step);
	size_t drifts = 2 * (size_t)steps + 1;
	struct edge_of *e;
	struct cover best = { 0 };
	double drift = 0;

	e = mem_resize(NULL, 2 * x->vote.n + 1, sizeof *e);
	for (int k = 0; k <= 2 * steps; k++) { /* 0, then away from it */
		double d = step * (k % 2 ? (k + 1) / 2 : -(k / 2));
		struct cover c = cover(x, e, d);

		if (c.n > best.n) {
			best = c;
			drift = d;
		}
	}
	free(e);
	if (!best.n)
		return s;
	s.bits = fit_bits(x, &best, drift, TRIES * drifts, &s.n);
	s.known = s.n >= FEWEST && s.bits >= FIT_BITS;
	s.low = best.low + (double)x->base_ns;
	s.high = best.high + (double)x->base_ns;
	s.drift = drift;
	s.slack = SLACK_NS + (double)tick_ns +
		  fmin(step, DRIFT_MOST) * x->length / 2;
	return s;
}

void fit_narrower(struct fit *x, int64_t tick_ns, struct strip *out)
{
	for (int try = 0; try < TRIES && x->vote.n >= FEWEST; try++) {
		struct strip s = fit_drifts(x, tick_ns);

		if (s.known && s.bits > out->bits)
			*out = s;
		x->vote.n /= 4;
	}
}

void fit_span(struct fit *x, size_t from, size_t to)
{
	int64_t last = INT64_MIN;

	x->from_ns = INT64_MAX;
	for (size_t i = from; i < to; i++) {
		int64_t t = x->front->at[i].asked;

		x->from_ns = t < x->from_ns ? t : x->from_ns;
		last = t > last ? t : last;
	}
	x->length = ns_between(x->from_ns, last);
	x->base_ns = time_sub(x->back->at[0].asked, x->front->at[0].asked);
}

void strip_fit(const struct asks *front, const struct asks *back,
	       int64_t tick_ns, struct strip *out)
{
	struct fit x = { .front = front, .back = back };

	*out = (struct strip){ .known = false };
	if (!front->n || !back->n)
		return;
	fit_span(&x, 0, front->n);
	collect(&x, 0, 16);
	collect(&x, 16, 1024);
	collect(&x, 1024, SIZE_MAX);
	if (!x.vote.n)
		return;
	fit_sort(&x, WORK / (2 * DRIFT_STEPS + 1));
	fit_narrower(&x, tick_ns, out);
	VEC_FREE(&x.vote);
}

void strip_range(const struct strip *s, int64_t at_ns, double *low,
		 double *high)
{
	double moved = s->drift * ns_between(s->at_ns, at_ns);

	*low = s->low + moved - s->slack;
	*high = s->high + moved + s->slack;
}

bool strip_fits(const struct strip *s, const struct ask *f, const struct ask *b)
{
	struct bounds at = bounds_of(f, b);
	double low, high;

	strip_range(s, f->asked, &low, &high);
	return at.low <= high && at.high >= low;
}
