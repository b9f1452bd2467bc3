/* Exchanges on the two sides of a relay: which is which.
 *
 * Steps 2 to 4 of relate.c: candidates, matches, and how sure one is.
 *
 * Invariant: a match never had an equally good candidate, on either side.  What
 * was matched is no longer a candidate, so that others may become the only ones
 * left.
 */
#include "correlate/relate_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/search.h"

#define CANDIDATES 32
#define LOOKS 2048 /* exchanges of the kind examined for candidates */
#define ROUNDS 16
#define AROUND_NS 1e9
#define STICKY 2 /* matches of the same sessions */
#define COUNTED 1024
#define SEVERAL (UINT32_MAX - 1)

/* --- 2: candidates --- */

/* First of the back exchanges of the kind that was asked at @at or later. */
static size_t kind_from(const struct asks *a, uint64_t what, double at)
{
	size_t from;

	SEARCH(from, a->n, i,
	       a->at[i].what < what ||
		       (a->at[i].what == what && (double)a->at[i].asked < at));
	return from;
}

/* If a session's requests can be read, those decide (relate_points()). */
static bool may_become(const struct relating *r, const struct ask *f,
		       const struct ask *b)
{
	return !r->form || ((f->form != ASK_HTTP || b->form != ASK_HTTP) &&
			    !relate_odd(r, f, b));
}

/* Times as doubles are accurate to some 200 ns: less than a strip's slack. */
static void candidates_of(struct relating *r, size_t i)
{
	const struct ask *f = front_ask(r, i);
	size_t begin = r->cand.n, from;
	double low, high;

	strip_range(&r->strip, f->asked, &low, &high);
	from = kind_from(&r->back.asks, f->what, (double)f->asked + low);
	for (size_t k = from; k < r->back.asks.n; k++) {
		const struct ask *b = back_ask(r, k);
		bool fits;

		if (b->what != f->what ||
		    (double)b->asked > (double)f->told + high)
			break;
		fits = strip_fits(&r->strip, f, b) && may_become(r, f, b);
		if (k - from == LOOKS ||
		    (fits && r->cand.n - begin == CANDIDATES)) {
			r->cand.n = begin; /* a crowd: nothing to tell them
					    * apart */
			return;
		}
		if (fits)
			*VEC_PUSH(&r->cand) = (uint32_t)k;
	}
}

static void candidates(struct relating *r)
{
	r->start = mem_zalloc(r->front.asks.n + 1, sizeof *r->start);
	for (size_t i = 0; i < r->front.asks.n; i++) {
		r->start[i] = (uint32_t)r->cand.n;
		candidates_of(r, i);
	}
	r->start[r->front.asks.n] = (uint32_t)r->cand.n;
}

/* --- 3: matches --- */

static void mate(struct relating *r, size_t f, uint32_t b)
{
	front_ask(r, f)->mate = b;
	back_ask(r, b)->mate = (uint32_t)f;
}

static void note_with(struct relating *r, int side, uint32_t flow,
		      uint32_t other)
{
	uint32_t *with = &r->with[side][flow];

	if (*with == ASK_NONE)
		*with = other;
	else if (*with != other)
		*with = SEVERAL;
	r->times[side][flow]++;
}

/* Counts with which sessions each one has matched so far. */
static void count_with(struct relating *r)
{
	const size_t n[2] = { r->front.p->n, r->back.p->n };

	for (int s = 0; s < 2; s++) {
		memset(r->with[s], 0xff, n[s] * sizeof *r->with[s]);
		memset(r->times[s], 0, n[s] * sizeof *r->times[s]);
	}
	for (size_t i = 0; i < r->front.asks.n; i++) {
		const struct ask *f = front_ask(r, i), *b;

		if (f->mate == ASK_NONE)
			continue;
		b = back_ask(r, f->mate);
		note_with(r, 0, f->flow, b->flow);
		note_with(r, 1, b->flow, f->flow);
	}
}

static bool is_free(const struct relating *r, uint32_t b)
{
	return back_ask(r, b)->mate == ASK_NONE;
}

/* How often each back exchange is a candidate of one that has no match. */
static void count_candidates(struct relating *r)
{
	memset(r->uses, 0, (r->back.asks.n + 1) * sizeof *r->uses);
	for (size_t f = 0; f < r->front.asks.n; f++)
		for (size_t k = 0; front_ask(r, f)->mate == ASK_NONE &&
				   k < relate_cands(r, f);
		     k++)
			r->uses[r->cand.at[r->start[f] + k]]++;
}

/* Do the sessions of the two only match each other? */
static bool is_sticky(const struct relating *r, const struct ask *f,
		      const struct ask *b)
{
	return r->with[0][f->flow] == b->flow &&
	       r->with[1][b->flow] == f->flow && r->times[0][f->flow] >= STICKY;
}

/* The only candidate left of @f; ASK_NONE: none, or several. */
static uint32_t only_one(const struct relating *r, size_t f)
{
	uint32_t one = ASK_NONE;

	for (size_t k = 0; k < relate_cands(r, f); k++) {
		uint32_t b = r->cand.at[r->start[f] + k];

		if (!is_free(r, b))
			continue;
		if (one != ASK_NONE)
			return ASK_NONE;
		one = b;
	}
	return one;
}

static size_t match_only(struct relating *r)
{
	size_t n = 0;

	count_candidates(r);
	for (size_t f = 0; f < r->front.asks.n; f++) {
		uint32_t b = front_ask(r, f)->mate == ASK_NONE ? only_one(r, f)
							       : ASK_NONE;

		if (b == ASK_NONE || r->uses[b] != 1 ||
		    relate_odd(r, front_ask(r, f), back_ask(r, b)))
			continue;
		mate(r, f, b);
		n++;
	}
	return n;
}

typedef bool better_fn(const struct relating *r, const struct ask *f,
		       const struct ask *b);

/* Of several candidates takes the one that is better than all others, for
 * both. */
static size_t match_better(struct relating *r, better_fn *better)
{
	uint32_t *best = mem_resize(NULL, r->front.asks.n + 1, sizeof *best);
	size_t n = 0;

	memset(r->uses, 0, (r->back.asks.n + 1) * sizeof *r->uses);
	for (size_t f = 0; f < r->front.asks.n; f++) {
		unsigned found = 0;

		best[f] = ASK_NONE;
		if (front_ask(r, f)->mate != ASK_NONE)
			continue;
		for (size_t k = 0; k < relate_cands(r, f); k++) {
			uint32_t b = r->cand.at[r->start[f] + k];

			if (!is_free(r, b) ||
			    !better(r, front_ask(r, f), back_ask(r, b)))
				continue;
			found++;
			best[f] = b;
			r->uses[b]++;
		}
		if (found != 1)
			best[f] = ASK_NONE;
	}
	for (size_t f = 0; f < r->front.asks.n; f++)
		if (best[f] != ASK_NONE && r->uses[best[f]] == 1) {
			mate(r, f, best[f]);
			n++;
		}
	free(best);
	return n;
}

/* Drops matches of other lengths, once the right lengths are known. */
static void part_odd(struct relating *r)
{
	for (size_t i = 0; i < r->front.asks.n; i++) {
		struct ask *f = front_ask(r, i);

		if (f->mate == ASK_NONE ||
		    !relate_odd(r, f, back_ask(r, f->mate)))
			continue;
		back_ask(r, f->mate)->mate = ASK_NONE;
		f->mate = ASK_NONE;
	}
}

static size_t match_sticky(struct relating *r)
{
	count_with(r);
	return match_better(r, is_sticky);
}

void relate_match(struct relating *r)
{
	candidates(r);
	r->uses = mem_zalloc(r->back.asks.n + 1, sizeof *r->uses);
	for (int s = 0; s < 2; s++) {
		const struct point *p = s ? r->back.p : r->front.p;

		r->with[s] = mem_zalloc(p->n + 1, sizeof *r->with[s]);
		r->times[s] = mem_zalloc(p->n + 1, sizeof *r->times[s]);
	}
	match_only(r);
	relate_learn(r);
	part_odd(r);
	for (int round = 0; round < ROUNDS; round++)
		if (!match_only(r) && !match_better(r, relate_even) &&
		    !match_sticky(r))
			return;
}

void relate_match_release(struct relating *r)
{
	free(r->start);
	free(r->uses);
	for (int s = 0; s < 2; s++) {
		free(r->with[s]);
		free(r->times[s]);
	}
	VEC_FREE(&r->cand);
}

/* --- 4: how sure --- */

/* Time in which a candidate of @f would fit. */
static double room_of(const struct relating *r, const struct ask *f,
		      const struct ask *b)
{
	double low, high;

	strip_range(&r->strip, f->asked, &low, &high);
	return fmax((double)time_sub(f->told, f->asked) -
			    (double)time_sub(b->told, b->asked),
		    0) +
	       high - low;
}

/* How many of the kind of @b were asked from @from until @to; in a crowd of
 * COUNTED including other lengths. */
static size_t count_alike(const struct relating *r, const struct ask *f,
			  const struct ask *b, double from, double to)
{
	const struct asks *a = &r->back.asks;
	size_t i = kind_from(a, b->what, from), n = 0;
	size_t end = kind_from(a, b->what, to);

	if (end - i > COUNTED)
		return end - i;
	for (; i < end; i++)
		n += !relate_odd(r, f, &a->at[i]);
	return n;
}

/* How many others of the kind there are in @room by chance: by the rate over
 * all the time, or nearby, whichever is higher. */
double relate_chance(const struct relating *r, const struct ask *f,
		     const struct ask *b)
{
	double room = room_of(r, f, b);
	double near = fmax(AROUND_NS, 20 * room), at = (double)b->asked;
	double life = (double)time_sub(r->back.last_ns, r->back.first_ns);
	size_t all = count_alike(r, f, b, -INFINITY, INFINITY);
	size_t around = count_alike(r, f, b, at - near, at + near);

	return fmax((double)all * room / fmax(life, near),
		    (double)(around ? around - 1 : 0) * room / (2 * near));
}
