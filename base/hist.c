/* Delay histogram with logarithmic buckets (the idea of DDSketch, Masson et
 * al. 2019, with its bound: a fixed relative error of every quantile).
 *
 * A value's index is 0 for 0, else sign * (1 + 32 e + i) where the magnitude is
 * in [2^(e + i/32), 2^(e + (i+1)/32)): e is the highest bit, i comes from a
 * table of the 32 roots, entered at the five bits after the highest one; at
 * most three steps up from there find it.  Indexes are ordered as the values
 * are.  A bucket is 2^(1/32) = 2.2 % wide and answers with its geometric
 * middle, off by at most 1.1 % and the rounding to 1 ns; below 46 ns it is
 * exact.
 *
 * Most histograms belong to one session and hold few values.  Up to HIST_FEW
 * values are kept as indexes, without any memory of their own; one more and
 * they are spread() into buckets.
 *
 * `bucket` covers [first, first + room) and grows towards new values.
 * Cost: add O(1), merge and quantile O(span), span at most 4035 buckets; with
 * few values, O(their number).
 * Packing: hist_pack.c.
 */
#include "base/hist.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hist_int.h"

/* ceil(2^(31 + i/32)) */
static const uint64_t root[33] = {
	0x80000000, 0x82cd8699, 0x85aac368,  0x88980e81, 0x8b95c1e4, 0x8ea4398c,
	0x91c3d374, 0x94f4efa9, 0x9837f052,  0x9b8d39ba, 0x9ef53261, 0xa2704304,
	0xa5fed6aa, 0xa9a15ab5, 0xad583eeb,  0xb123f582, 0xb504f334, 0xb8fbaf48,
	0xbd08a3a0, 0xc12c4ccb, 0xc5672a12,  0xc9b9bd87, 0xce248c16, 0xd2a81d92,
	0xd744fccb, 0xdbfbb798, 0xe0ccdeed,  0xe5b906e8, 0xeac0c6e8, 0xefe4b99c,
	0xf5257d16, 0xfa83b2dc, 0x100000000,
};

static int32_t index_of(int64_t ns)
{
	uint64_t m = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	int32_t e, i, index;
	uint32_t x;

	if (!m)
		return 0;
	e = 63 - __builtin_clzll(m);
	x = (uint32_t)(m << (63 - e) >> 32);
	i = (int32_t)(x >> 26 & 31);
	/* up to three steps, without a branch */
	i += x >= root[i + 1];
	i += x >= root[i + 1];
	i += x >= root[i + 1];
	index = 1 + 32 * e + i;
	return ns < 0 ? -index : index;
}

/* Geometric middle of a bucket, in ns. */
static int64_t middle_of(int32_t index)
{
	double m;

	if (!index)
		return 0;
	m = round(exp2(((double)(abs(index) - 1) + 0.5) / 32));
	if (m >= 0x1p63)
		return index < 0 ? INT64_MIN : INT64_MAX;
	return index < 0 ? -(int64_t)m : (int64_t)m;
}

void hist_extend(struct hist *h, int32_t lo, int32_t hi)
{
	int32_t first, last;
	uint32_t *wider;

	/* Some slack on both sides, so that drifting values rarely make it
	 * grow. */
	first = lo - 8;
	last = hi + 8;
	if (h->bucket) {
		int32_t had = h->first + (int32_t)h->room - 1;

		first = h->first < lo ? h->first : lo - (int32_t)h->room / 2;
		last = had > hi ? had : hi + (int32_t)h->room / 2;
	}
	if (first < -HIST_INDEX_MAX)
		first = -HIST_INDEX_MAX;
	if (last > HIST_INDEX_MAX)
		last = HIST_INDEX_MAX;
	wider = mem_zalloc((size_t)last - (size_t)first + 1, sizeof *wider);
	if (h->bucket)
		memcpy(wider + (h->first - first), h->bucket,
		       h->room * sizeof *wider);
	free(h->bucket);
	h->bucket = wider;
	h->first = first;
	h->room = (uint32_t)(last - first + 1);
}

static int64_t add_saturating(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b < 0 ? INT64_MIN : INT64_MAX;
}

/* Turns few values into buckets that include [lo, hi]. */
static void spread(struct hist *h, int32_t lo, int32_t hi)
{
	int16_t few[HIST_FEW];

	memcpy(few, h->few, sizeof few);
	h->bucket = NULL;
	hist_cover(h, lo, hi);
	for (uint64_t i = 0; i < h->n; i++)
		hist_count(h, few[i], 1);
}

static void grow_n(struct hist *h, uint64_t more)
{
	h->n = more > UINT64_MAX - h->n ? UINT64_MAX : h->n + more;
}

static void widen(struct hist *h, int64_t min, int64_t max)
{
	if (!h->n || min < h->min)
		h->min = min;
	if (!h->n || max > h->max)
		h->max = max;
}

int32_t hist_index(int64_t ns)
{
	return index_of(ns);
}

void hist_add(struct hist *h, int64_t ns)
{
	hist_add_at(h, ns, index_of(ns));
}

void hist_add_at(struct hist *h, int64_t ns, int32_t index)
{
	if (h->n < HIST_FEW) {
		h->few[h->n] = (int16_t)index;
	} else {
		if (h->n == HIST_FEW)
			spread(h, index_of(h->min), index_of(h->max));
		hist_cover(h, index, index);
		hist_count(h, index, 1);
	}
	widen(h, ns, ns);
	h->sum = add_saturating(h->sum, ns);
	grow_n(h, 1);
}

/* Makes room in buckets for @n values and those already held. */
static void make_room(struct hist *h, const int64_t *ns, uint32_t n)
{
	int64_t least = ns[0], most = ns[0];

	for (uint32_t i = 1; i < n; i++) {
		least = ns[i] < least ? ns[i] : least;
		most = ns[i] > most ? ns[i] : most;
	}
	if (hist_is_few(h)) {
		least = h->n && h->min < least ? h->min : least;
		most = h->n && h->max > most ? h->max : most;
		spread(h, index_of(least), index_of(most));
	} else {
		hist_cover(h, index_of(least), index_of(most));
	}
	widen(h, least, most);
}

void hist_add_all(struct hist *h, const int64_t *ns, uint32_t n)
{
	if (!n)
		return;
	if (n <= HIST_FEW && h->n <= HIST_FEW - n) {
		for (uint32_t i = 0; i < n; i++)
			hist_add(h, ns[i]);
		return;
	}
	make_room(h, ns, n);
	for (uint32_t i = 0; i < n; i++) {
		hist_count(h, index_of(ns[i]), 1);
		h->sum = add_saturating(h->sum, ns[i]);
	}
	grow_n(h, n);
}

/* @into has buckets.  Only where @from may hold something are its buckets
 * looked at: most histograms merged hold few values over a wide span. */
static void add_buckets(struct hist *into, const struct hist *from, int32_t lo,
			int32_t hi)
{
	hist_cover(into, lo, hi);
	if (hist_is_few(from)) {
		for (uint64_t i = 0; i < from->n; i++)
			hist_count(into, from->few[i], 1);
		return;
	}
	for (int32_t i = lo; i <= hi; i++)
		if (from->bucket[i - from->first])
			hist_count(into, i, from->bucket[i - from->first]);
}

void hist_merge(struct hist *into, const struct hist *from)
{
	if (!from->n)
		return;
	if (from->n <= HIST_FEW && into->n <= HIST_FEW - from->n) {
		memcpy(into->few + into->n, from->few,
		       from->n * sizeof *from->few);
	} else {
		int32_t lo = index_of(from->min), hi = index_of(from->max);

		if (hist_is_few(into) && into->n)
			spread(into, index_of(into->min), index_of(into->max));
		else if (hist_is_few(into))
			spread(into, lo, hi);
		add_buckets(into, from, lo, hi);
	}
	widen(into, from->min, from->max);
	into->sum = add_saturating(into->sum, from->sum);
	grow_n(into, from->n);
}

void hist_sort_few(const struct hist *h, int16_t out[static HIST_FEW])
{
	for (uint64_t i = 0; i < h->n; i++) {
		uint64_t k = i;

		for (; k > 0 && out[k - 1] > h->few[i]; k--)
			out[k] = out[k - 1];
		out[k] = h->few[i];
	}
}

/* The value that stands for those of a bucket. */
static int64_t answer(const struct hist *h, int32_t index)
{
	int64_t m = middle_of(index);

	return m < h->min ? h->min : m > h->max ? h->max : m;
}

static int64_t bucket_quantile(const struct hist *h, double rank)
{
	uint64_t seen = 0;

	for (uint32_t i = 0; i < h->room; i++) {
		seen += h->bucket[i];
		if ((double)seen >= rank)
			return answer(h, h->first + (int32_t)i);
	}
	return h->max; /* only where a bucket saturated */
}

int64_t hist_quantile(const struct hist *h, double q)
{
	/* 0.07 * 100 is a little over 7 in binary: not the eighth value. */
	double rank = ceil(q * (double)h->n * (1 - 0x1p-50));
	int16_t few[HIST_FEW];

	if (!h->n)
		return 0;
	if (!(rank > 1)) /* NaN too */
		return h->min;
	if (rank >= (double)h->n)
		return h->max;
	if (!hist_is_few(h))
		return bucket_quantile(h, rank);
	hist_sort_few(h, few);
	return answer(h, few[(size_t)rank - 1]);
}

struct gap_walk {
	uint64_t n;      /* values so far */
	int32_t last;    /* index of the newest */
	int32_t lo, hi;  /* of the widest gap; equal: none yet */
	uint64_t before; /* values before it */
};

static void gap_step(struct gap_walk *w, int32_t index, uint64_t n)
{
	if (w->n && index - w->last > w->hi - w->lo) {
		w->lo = w->last;
		w->hi = index;
		w->before = w->n;
	}
	w->last = index;
	w->n += n;
}

bool hist_gap(const struct hist *h, int64_t least_ns, struct hist_gap *out)
{
	int32_t least = index_of(least_ns);
	struct gap_walk w = { 0 };
	int16_t few[HIST_FEW];

	if (hist_is_few(h)) {
		hist_sort_few(h, few);
		for (uint64_t i = 0; i < h->n; i++)
			gap_step(&w, few[i] > least ? few[i] : least, 1);
	} else {
		for (uint32_t i = 0; i < h->room; i++) {
			int32_t at = h->first + (int32_t)i;

			if (h->bucket[i])
				gap_step(&w, at > least ? at : least,
					 h->bucket[i]);
		}
	}
	if (w.hi == w.lo)
		return false;
	*out = (struct hist_gap){ .above = w.n - w.before,
				  .under_ns = middle_of(w.lo),
				  .over_ns = middle_of(w.hi) };
	return true;
}

void hist_release(struct hist *h)
{
	if (!hist_is_few(h))
		free(h->bucket);
	*h = (struct hist){ 0 };
}
