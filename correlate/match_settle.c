/* Two points: candidates that stand alone and have evidence to spare.
 *
 * What: a candidate by both initial sequence numbers whose flows are in no
 * other one, that has SETTLED_OVER bits more than needed and nothing against
 * it, is a pair at once; sure pairs teach habits.
 *
 * Most sessions are settled here.  So all work on their flows is done on all
 * cores, CHUNK candidates at a time: the link and the lesson are made where the
 * evidence is found.  What remains to be done in order touches no flow: joining
 * sessions on one core, applying lessons on another.
 *
 * Invariant: the result does not depend on the number of cores.  Habits take
 * effect from one STRIDE to the next.
 */
#include <stdlib.h>

#include "base/fetch.h"
#include "base/parallel.h"
#include "correlate/key_counts.h"
#include "correlate/match_int.h"

#define CHUNK 1024          /* candidates that a core takes at a time */
#define STRIDE (64 * CHUNK) /* what is kept at a time */

struct settled {
	struct link link;
	struct lesson lesson;
};

struct settling {
	struct match *w;
	uint8_t *l, *r;      /* by flow: in how many candidates, SETTLED */
	struct settled *out; /* each chunk's start at its first candidate */
	uint32_t n_out[STRIDE / CHUNK];
	size_t from, to;
};

#define SETTLED 4

static size_t chunks_of(const struct settling *x)
{
	return (x->to - x->from + CHUNK - 1) / CHUNK;
}

/* In how many candidates each flow is: 0, 1, or 2 for more. */
static void count_uses(const struct match *w, uint8_t *l, uint8_t *r)
{
	for (size_t i = 0; i < w->pairs.pair.n; i++) {
		uint8_t *a = &l[w->pairs.pair.at[i] >> 32];
		uint8_t *b = &r[(uint32_t)w->pairs.pair.at[i]];

		if (*a < 2)
			++*a;
		if (*b < 2)
			++*b;
	}
}

static bool is_settled(const struct match *w, const struct score *s)
{
	return !s->veto && !s->relayed && s->part[EV_AGAINST] >= 0 &&
	       s->bits >= w->threshold + SETTLED_OVER && s->isn_equal[0] &&
	       s->isn_equal[1];
}

void match_fetch(const struct match *w, const uint64_t *pair, size_t n,
		 bool weights)
{
	const struct flow *l[MATCH_FETCH], *r[MATCH_FETCH];

	for (size_t i = 0; i < n; i++) {
		l[i] = &w->m.l->flow[pair[i] >> 32];
		r[i] = &w->m.r->flow[(uint32_t)pair[i]];
	}
	for (size_t i = 0; i < n; i++) {
		fetch_first(l[i]);
		fetch_first(r[i]);
	}
	for (size_t i = 0; i < n; i++) {
		fetch_more(l[i], sizeof *l[i]);
		fetch_more(r[i], sizeof *r[i]);
	}
	point_fetch_samples(w->m.l, l, n);
	point_fetch_samples(w->m.r, r, n);
	if (!weights)
		return;
	point_fetch_weights(w->m.l, l, n);
	point_fetch_weights(w->m.r, r, n);
}

/* Prefetches candidates [@from, @to) that may be settled. */
static void fetch(const struct settling *x, size_t from, size_t to)
{
	uint64_t pair[MATCH_FETCH];
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		uint64_t p = x->w->pairs.pair.at[i];

		if (x->l[p >> 32] == 1 && x->r[(uint32_t)p] == 1)
			pair[n++] = p;
	}
	match_fetch(x->w, pair, n, true);
}

static void settle_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct settling *x = ctx;
	const struct match *w = x->w;
	size_t from = x->from + chunk * CHUNK;
	size_t to = x->to - from < CHUNK ? x->to : from + CHUNK;
	struct settled *out = x->out + chunk * CHUNK;

	(void)worker;
	for (size_t i = from; i < to; i++) {
		uint64_t pair = w->pairs.pair.at[i];
		uint32_t a = (uint32_t)(pair >> 32), b = (uint32_t)pair;
		const struct flow *l = &w->m.l->flow[a], *r = &w->m.r->flow[b];
		struct score s;

		if ((i - from) % MATCH_FETCH == 0)
			fetch(x, i,
			      to - i < MATCH_FETCH ? to : i + MATCH_FETCH);
		if (x->l[a] != 1 || x->r[b] != 1)
			continue;
		score_flows(&w->m, l, r, &s);
		if (!is_settled(w, &s))
			continue;
		out->link = match_link_of(w, a, b, &s, 1e9);
		out->lesson = habits_lesson(l, r, s.swap, s.relayed);
		out++;
	}
	x->n_out[chunk] = (uint32_t)(out - (x->out + chunk * CHUNK));
}

#define AHEAD 8 /* lessons prefetched ahead */

static void heed_chunk(struct settling *x, size_t chunk)
{
	struct habits *h = &x->w->m.habits;
	const struct settled *s = x->out + chunk * CHUNK;
	size_t n = x->n_out[chunk];

	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			habits_fetch(h, &s[i + AHEAD].lesson);
		habits_heed(h, &s[i].lesson);
	}
}

static void join_chunk(struct settling *x, size_t chunk)
{
	struct match *w = x->w;

	for (size_t i = 0; i < x->n_out[chunk]; i++) {
		const struct link *k = &x->out[chunk * CHUNK + i].link;

		x->l[k->a - w->m.l->base] |= SETTLED;
		x->r[k->b - w->m.r->base] |= SETTLED;
		sets_join(w->c, k);
	}
}

/* Takes what was found, in order: its links, and in parallel its lessons. */
static void take(void *ctx, unsigned worker, size_t lessons)
{
	struct settling *x = ctx;

	(void)worker;
	for (size_t k = 0; k < chunks_of(x); k++) {
		if (lessons)
			heed_chunk(x, k);
		else
			join_chunk(x, k);
	}
}

static void drop_settled(struct match *w, const uint8_t *l, const uint8_t *r)
{
	size_t n = 0;

	for (size_t i = 0; i < w->left.n; i++)
		if (!(l[w->left.at[i]] & SETTLED))
			w->left.at[n++] = w->left.at[i];
	w->left.n = n;
	n = 0;
	for (size_t i = 0; i < w->right.n; i++)
		if (!(r[w->right.at[i]] & SETTLED))
			w->right.at[n++] = w->right.at[i];
	w->right.n = n;
}

void match_settle(struct match *w)
{
	struct settling x = { .w = w };
	size_t n = w->pairs.pair.n;

	x.l = mem_zalloc(w->m.l->n + 1, 1);
	x.r = mem_zalloc(w->m.r->n + 1, 1);
	x.out = mem_resize(NULL, (n < STRIDE ? n : STRIDE) + 1, sizeof *x.out);
	count_uses(w, x.l, x.r);
	for (x.from = 0; x.from < n; x.from = x.to) {
		x.to = n - x.from < STRIDE ? n : x.from + STRIDE;
		parallel_run(chunks_of(&x), settle_chunk, &x);
		parallel_run(2, take, &x);
	}
	drop_settled(w, x.l, x.r);
	w->pairs.pair.n = 0;
	free(x.out);
	free(x.l);
	free(x.r);
}
