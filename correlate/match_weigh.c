/* Two points: evidence for each candidate.
 *
 * A candidate that has the threshold's bits in `possible` becomes an edge.  Edges
 * without a rival teach habits, and then all candidates are weighed again.  A score
 * depends on few of the habits (habits.c), so most results of the first time can be
 * reused, whether they were an edge or not.
 *
 * Cost: some 500 ns for a candidate that is weighed, 20 for one that is reused.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/search.h"
#include "correlate/match_int.h"
#include "correlate/relate.h"

#define CHUNK 1024 /* candidates that a core takes at a time */

/* Are all numbers that both flows show the same? */
static bool keeps_numbers(const struct match *w, uint32_t l,
			  const struct score *s)
{
	bool known = false;

	for (int d = 0; d < 2; d++) {
		if (s->delta_known[d] && s->delta[d])
			return false;
		known |= s->delta_known[d];
	}
	return known && flow_is_tcp(&w->m.l->flow[l]);
}

/* Each chunk stores its edges at its beginning in the array. */
struct evaluation {
	struct match *w;
	const struct weighed *was; /* NULL: nothing is known */
	unsigned changed;          /* since then: enum rests */
	uint32_t *found;           /* by chunk */
};

static uint64_t pair_of(const struct edge *e)
{
	return (uint64_t)e->l << 32 | e->r;
}

/* Finds pairs, which must ascend, among those weighed before. */
struct recall {
	const struct weighed *was;
	unsigned changed;
	size_t pair, edge; /* the next ones */
};

static struct recall recall_from(const struct evaluation *x, uint64_t first)
{
	const struct weighed *was = x->was;
	struct recall c = { .was = was, .changed = x->changed };

	if (!was)
		return c;
	SEARCH(c.pair, was->n_pairs, i, was->pair[i] < first);
	SEARCH(c.edge, was->n_edges, i, pair_of(&was->edge[i]) < first);
	return c;
}

/* What is known of a candidate from before. */
struct known {
	bool weighed;            /* with the same result if weighed again */
	bool rests_on_habits;    /* unless these are fresh */
	const struct edge *edge; /* what it was; NULL: none */
};

static struct known recall(struct recall *c, uint64_t pair)
{
	const struct weighed *x = c->was;
	struct known k = { 0 };

	if (!x)
		return k;
	while (c->pair < x->n_pairs && x->pair[c->pair] < pair)
		c->pair++;
	while (c->edge < x->n_edges && pair_of(&x->edge[c->edge]) < pair)
		c->edge++;
	if (c->pair == x->n_pairs || x->pair[c->pair] != pair ||
	    (x->rests[c->pair] & c->changed))
		return k;
	k.weighed = true;
	k.rests_on_habits = x->rests[c->pair] & RESTS_HABITS;
	if (c->edge < x->n_edges && pair_of(&x->edge[c->edge]) == pair)
		k.edge = &x->edge[c->edge];
	return k;
}

static bool is_fresh(const struct match *w, uint64_t pair)
{
	return habits_fresh(&w->m.habits, &w->m.l->flow[pair >> 32],
			    &w->m.r->flow[(uint32_t)pair]);
}

/* Return: whether the candidate becomes an edge. */
static bool weigh_pair(const struct match *w, uint32_t a, uint32_t b,
		       uint8_t *rests, struct edge *out)
{
	const struct flow *l = &w->m.l->flow[a], *r = &w->m.r->flow[b];
	struct score s;

	score_candidate(&w->m, l, r, w->threshold, &s);
	*rests = s.rests;
	if (s.veto || s.possible < w->threshold ||
	    (w->pass == MATCH_RELAYED &&
	     (!s.relayed || relate_knows(w->c, l, r))) ||
	    (w->pass == MATCH_KEPT && !keeps_numbers(w, a, &s)))
		return false;
	*out = (struct edge){
		.l = a,
		.r = b,
		.bits = (float)s.bits,
		.margin = -1,
		.swap = s.swap,
		.relayed = s.relayed,
		.sure_relay = s.sure_relay,
	};
	return true;
}

/* Looks up @n candidates, and prefetches the flows of those that must be
 * weighed. */
static void recall_some(struct recall *c, const struct match *w,
			const uint64_t *pair, size_t n, struct known *known)
{
	uint64_t look[MATCH_FETCH];
	size_t n_look = 0;

	for (size_t i = 0; i < n; i++) {
		known[i] = recall(c, pair[i]);
		if (!known[i].weighed || known[i].rests_on_habits)
			look[n_look++] = pair[i];
	}
	match_fetch(w, look, n_look, false);
}

static void evaluate_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct evaluation *x = ctx;
	struct match *w = x->w;
	size_t n = w->pairs.pair.n, from = chunk * CHUNK;
	size_t to = n - from < CHUNK ? n : from + CHUNK;
	struct edge *out = w->edge.at + from;
	struct recall c = recall_from(x, w->pairs.pair.at[from]);
	struct known known[MATCH_FETCH] = { 0 };

	(void)worker;
	for (size_t i = from; i < to; i++) {
		const uint64_t *pair = &w->pairs.pair.at[i];
		size_t at = (i - from) % MATCH_FETCH;
		const struct known *k = &known[at];

		if (!at)
			recall_some(&c, w, pair,
				    to - i < MATCH_FETCH ? to - i : MATCH_FETCH,
				    known);
		if (k->weighed && !(k->rests_on_habits && is_fresh(w, *pair))) {
			if (k->edge)
				*out++ = *k->edge;
		} else if (weigh_pair(w, (uint32_t)(*pair >> 32),
				      (uint32_t)*pair, &w->rests[i], out)) {
			out++;
		}
	}
	x->found[chunk] = (uint32_t)(out - (w->edge.at + from));
}

static void evaluate(struct match *w, const struct weighed *was)
{
	size_t n = w->pairs.pair.n, chunks = (n + CHUNK - 1) / CHUNK;
	struct evaluation x = { .w = w, .was = was };
	struct habits_sum sum = habits_sum(&w->m.habits);

	if (was)
		x.changed = habits_changed(&was->sum, &sum);
	w->rests = mem_resize(w->rests, n + 1, 1);
	x.found = mem_zalloc(chunks + 1, sizeof *x.found);
	w->edge.at = mem_grow(w->edge.at, &w->edge.cap, n + 1,
			      sizeof *w->edge.at);
	parallel_run(chunks, evaluate_chunk, &x);
	w->edge.n = 0;
	for (size_t k = 0; k < chunks; k++) {
		memmove(w->edge.at + w->edge.n, w->edge.at + k * CHUNK,
			x.found[k] * sizeof *w->edge.at);
		w->edge.n += x.found[k];
	}
	free(x.found);
}

/* Learns which servers' ends are behind a relay, from certain pairs. */
static bool learn_relays(struct match *w)
{
	bool learnt = false;

	for (size_t i = 0; i < w->edge.n; i++) {
		const struct edge *e = &w->edge.at[i];

		if (!e->sure_relay || e->bits < w->threshold)
			continue;
		habits_learn_relay(&w->m.habits,
				   key_end(&w->m.l->flow[e->l], 1),
				   key_end(&w->m.r->flow[e->r], 1 ^ e->swap));
		learnt = true;
	}
	return learnt;
}

/* Relayed pairs are for a pass of their own. */
static void drop_relayed(struct match *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->edge.n; i++) {
		if (w->edge.at[i].relayed)
			w->c->relays = true;
		else
			w->edge.at[n++] = w->edge.at[i];
	}
	w->edge.n = n;
}

void match_weigh(struct match *w, const struct weighed *was)
{
	evaluate(w, was);
	if (!w->m.habits.relay.n && learn_relays(w))
		evaluate(w, NULL);
	if (w->pass != MATCH_RELAYED)
		drop_relayed(w);
}

size_t match_learn(struct match *w)
{
	uint8_t *l = mem_zalloc(w->m.l->n + 1, 1);
	uint8_t *r = mem_zalloc(w->m.r->n + 1, 1);
	size_t learnt = 0;

	habits_watch(&w->m.habits);
	for (size_t i = 0; i < w->edge.n; i++) {
		const struct edge *e = &w->edge.at[i];

		l[e->l] = (uint8_t)(l[e->l] < 2 ? l[e->l] + 1 : 2);
		r[e->r] = (uint8_t)(r[e->r] < 2 ? r[e->r] + 1 : 2);
	}
	for (size_t i = 0; i < w->edge.n; i++) {
		const struct edge *e = &w->edge.at[i];

		if (l[e->l] != 1 || r[e->r] != 1 ||
		    e->bits < w->threshold + SETTLED_OVER)
			continue;
		habits_learn(&w->m, &w->m.l->flow[e->l], &w->m.r->flow[e->r],
			     e->swap, e->relayed);
		learnt++;
	}
	free(l);
	free(r);
	return learnt;
}
