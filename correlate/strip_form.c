/* The strip of two sides when only turns are known.
 *
 * Turns are all of one kind: each of the front could be each of the back, and
 * for each right pair there would be thousands of wrong votes.  So only those
 * vote that could be pairs by their lengths, and of the front first a stretch
 * of WINDOW turns in the middle, near its beginning, or near its end (the
 * captures may overlap only in part): in so short a time drift hardly matters,
 * and the truth stands out.  That decides whether the strip is known
 * (strip.c).  Then all turns vote, by pairs near it, for the drift.
 *
 * Cost: VOTES_MOST votes, sorted for each drift (few in so short a time), for
 * each stretch and reach until enough is known; then n.
 */
#include "correlate/strip_int.h"

#include <math.h>
#include <stdlib.h>

#include "base/search.h"

#define WINDOW 300
#define WINDOW_LEAST 8
#define VOTES_MOST 20000
#define STRETCHES 3
#define LOOKS 512
#define NEAR_NS 1e6
#define NEAR_DRIFT 100e-6

/* How much two answers' lengths may differ: by TLS alone, or also by header
 * lines and different framing. */
static const struct reach {
	uint32_t more, part; /* so many bytes, and one in so many */
} reaches[] = { { 80, 32 }, { 300, 16 } };

#define REACHES ((int)(sizeof reaches / sizeof *reaches))

struct by_length {
	uint32_t len, at;
};

static int by_len(const void *a, const void *b)
{
	const struct by_length *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static struct by_length *sort_lengths(const struct asks *a)
{
	struct by_length *l = mem_resize(NULL, a->n + 1, sizeof *l);

	for (size_t i = 0; i < a->n; i++)
		l[i] = (struct by_length){ a->at[i].len[1], (uint32_t)i };
	qsort(l, a->n, sizeof *l, by_len);
	return l;
}

static size_t first_from(const struct by_length *l, size_t n, uint32_t len)
{
	size_t at;

	SEARCH(at, n, i, l[i].len < len);
	return at;
}

static uint32_t reach_of(const struct reach *r, const struct ask *f)
{
	return r->more + f->len[1] / r->part;
}

static bool may_be(const struct reach *r, const struct ask *f,
		   const struct ask *b)
{
	uint32_t d = f->len[1] > b->len[1] ? f->len[1] - b->len[1]
					   : b->len[1] - f->len[1];

	return d <= reach_of(r, f) &&
	       (f->form != ASK_HTTP || b->form != ASK_HTTP);
}

/* Votes of front turns [from, to).  Return: they were not too many. */
static bool vote_all(struct fit *x, const struct by_length *l,
		     const struct reach *reach, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct ask *f = &x->front->at[i];
		uint32_t r = reach_of(reach, f);
		size_t k = first_from(l, x->back->n,
				      f->len[1] > r ? f->len[1] - r : 0);

		for (; k < x->back->n && l[k].len <= f->len[1] + r; k++) {
			if (may_be(reach, f, &x->back->at[l[k].at]))
				fit_vote(x, i, l[k].at);
			if (x->vote.n > VOTES_MOST)
				return false;
		}
	}
	return true;
}

/* Uses fewer turns if their votes are too many. */
static void fit_stretch(const struct asks *front, const struct asks *back,
			const struct by_length *l, const struct reach *reach,
			int place, int64_t tick_ns, struct strip *out)
{
	struct fit x = { .front = front, .back = back };
	size_t n = front->n < WINDOW ? front->n : WINDOW, from;

	for (;; n /= 2) {
		from = (front->n - n) * (size_t)place / (STRETCHES + 1);
		x.vote.n = 0;
		fit_span(&x, from, from + n);
		if (vote_all(&x, l, reach, from, from + n) || n < WINDOW_LEAST)
			break;
	}
	if (x.vote.n) {
		fit_sort(&x, VOTES_MOST);
		fit_narrower(&x, tick_ns, out);
	}
	VEC_FREE(&x.vote);
}

/* First of @a, sorted by time, that was asked at @at or later. */
static size_t asked_from(const struct asks *a, double at)
{
	size_t first;

	SEARCH(first, a->n, i, (double)a->at[i].asked < at);
	return first;
}

static bool is_near(const struct interval *v, const struct strip *s,
		    const struct fit *x)
{
	double t = v->at - (double)time_sub(s->at_ns, x->from_ns);
	double more = NEAR_NS + NEAR_DRIFT * fabs(t), base = (double)x->base_ns;

	return v->low + base <= s->high + s->drift * t + more &&
	       v->high + base >= s->low + s->drift * t - more;
}

static void refine(const struct asks *front, const struct asks *back,
		   int64_t tick_ns, struct strip *out)
{
	struct fit x = { .front = front, .back = back };
	struct strip s;

	fit_span(&x, 0, front->n);
	for (size_t i = 0; i < front->n; i++) {
		const struct ask *f = &front->at[i];
		double t = (double)time_sub(f->asked, out->at_ns);
		double more = NEAR_NS + NEAR_DRIFT * fabs(t);
		double low, high;
		size_t k;

		strip_range(out, f->asked, &low, &high);
		k = asked_from(back, (double)f->asked + low - more);
		for (size_t looks = 0; k < back->n && looks < LOOKS;
		     k++, looks++) {
			const struct ask *b = &back->at[k];

			if ((double)b->asked > (double)f->told + high + more)
				break;
			if (!may_be(&reaches[REACHES - 1], f, b))
				continue;
			fit_vote(&x, i, k);
			if (x.vote.n && x.vote.at[x.vote.n - 1].front == i &&
			    x.vote.at[x.vote.n - 1].back == k &&
			    !is_near(&x.vote.at[x.vote.n - 1], out, &x))
				x.vote.n--;
		}
	}
	if (x.vote.n) {
		fit_sort(&x, VOTES_MOST / 4);
		s = fit_drifts(&x, tick_ns);
		if (s.n >= out->n) {
			s.bits = out->bits;
			s.known = true;
			*out = s;
		}
	}
	VEC_FREE(&x.vote);
}

void strip_fit_forms(const struct asks *front, const struct asks *back,
		     int64_t tick_ns, struct strip *out)
{
	struct by_length *l;

	*out = (struct strip){ .known = false };
	if (!front->n || !back->n)
		return;
	l = sort_lengths(back);
	for (int k = 0; k < REACHES && out->bits < STRIP_ENOUGH_BITS; k++)
		for (int place = 1;
		     place <= STRETCHES && out->bits < STRIP_ENOUGH_BITS;
		     place++) {
			fit_stretch(front, back, l, &reaches[k], place, tick_ns,
				    out);
			if (front->n <= WINDOW)
				break;
		}
	free(l);
	if (out->known)
		refine(front, back, tick_ns, out);
}
