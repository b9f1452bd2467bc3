/* Two points: which flow of one is which of the other.
 *
 * Where half of the sessions went round a point, the best of what its neighbour
 * has is wrong.  With three points or more what is surest is therefore joined
 * first for all pairs of points: by steps 1 and 2, then by all but of pairs with
 * the same sequence numbers, then all the rest (enum match_pass).
 *
 * Steps, over flows whose session has none at the other point yet:
 *   1  join_sure()    candidates by both initial sequence numbers.  Their times
 *                     vote for the coarse clock, and so do sessions that both
 *                     points have; with few of them, what all exact keys find.
 *   2  settle()       a candidate that is alone on both sides and has far more
 *                     evidence than needed is a pair; sure pairs teach habits.
 *   3  gather()       for the others, candidates by every kind of key, common
 *                     values narrowed by time once the clock is known, but for
 *                     those whose sessions name others (score_named.c).
 *   4  weigh()        evidence for each; what is sure among them teaches too,
 *                     and then all are weighed again.  Two connections of a
 *                     relay are left for the last pass.
 *   5  decide()       exact assignment; a pair needs MARGIN_BITS over its best
 *                     rival.  What lacks them is ambiguous: its flows are not
 *                     joined, and each names its rivals.
 *
 * A candidate must have the threshold's bits in `possible` (score.h), and a
 * pair SURE_OVER bits above log2 of the flows with common values discounted.
 *
 * Cost: O(flows * kinds) for the joins, then by candidates; settled flows take
 * part in step 1 only.  Memory: 16 bytes a candidate, 32 an edge.
 */
#include "correlate/match_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "correlate/radix.h"
#include "correlate/relate.h"

#define FEW_VOTES 8
#define SETTLED_OVER 20.0
#define FIT_MAX 100000
#define CHUNK 1024          /* candidates that a core takes at a time */
#define STRIDE (64 * CHUNK) /* scores kept at a time */

/* --- who takes part --- */

static bool session_lacks(struct match *w, uint32_t flow, size_t point)
{
	uint32_t root = sets_root(w->c, flow, NULL);

	if (w->pass == MATCH_RELAYED && w->c->related && w->c->related[root])
		return false;
	return !(w->c->points_of[root] >> point & 1);
}

static void take_sides(struct match *w, size_t i, size_t j)
{
	const struct point *p = &w->c->point[i], *q = &w->c->point[j];

	w->left.n = w->right.n = 0;
	for (size_t k = 0; k < p->n; k++)
		if (session_lacks(w, p->base + (uint32_t)k, j))
			*VEC_PUSH(&w->left) = (uint32_t)k;
	for (size_t k = 0; k < q->n; k++)
		if (session_lacks(w, q->base + (uint32_t)k, i))
			*VEC_PUSH(&w->right) = (uint32_t)k;
}

static void join(struct match *w, enum key_kind kind, bool vote)
{
	struct side_set l = { w->m.l, w->left.at, w->left.n };
	struct side_set r = { w->m.r, w->right.at, w->right.n };

	keys_join(&l, &r, kind, &w->m.coarse,
		  kind == KEY_SERVER ? habits_server : NULL, &w->m.habits,
		  &w->pairs, vote ? &w->votes : NULL);
}

static void sort_pairs(uint64_t *p, size_t n)
{
	struct radix *r = mem_resize(NULL, n, sizeof *r);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct radix){ .hash = p[i] };
	radix_sort(r, n);
	for (size_t i = 0; i < n; i++)
		p[i] = r[i].hash;
	free(r);
}

/* Each candidate once, by left flow, then right. */
static void unique_pairs(struct match *w)
{
	uint64_t *p = w->pairs.pair.at;
	size_t n = 0;
	bool sorted = true;

	for (size_t i = 1; i < w->pairs.pair.n && sorted; i++)
		sorted = p[i - 1] <= p[i];
	if (!sorted)
		sort_pairs(p, w->pairs.pair.n);
	for (size_t i = 0; i < w->pairs.pair.n; i++)
		if (!n || p[n - 1] != p[i])
			p[n++] = p[i];
	w->pairs.pair.n = n;
}

/* --- 1: sure keys and the clock --- */

static double span_of(const struct point *p)
{
	return (double)p->last_ns - (double)p->first_ns;
}

/* Every k-th, so that no more than FIT_MAX are left. */
static size_t thin(struct vote *v, size_t n)
{
	size_t step = n / FIT_MAX + 1, out = 0;

	for (size_t i = 0; i < n; i += step)
		v[out++] = v[i];
	return out;
}

static void fit_clock(struct match *w)
{
	double a = span_of(w->m.l), b = span_of(w->m.r);
	int64_t tick = w->m.l->resolution_ns + w->m.r->resolution_ns;
	struct vote_list *v = &w->votes;

	v->strong.n = thin(v->strong.at, v->strong.n);
	coarse_fit(&w->m.coarse, v->strong.at, v->strong.n, false,
		   a > b ? a : b, tick);
	if (w->m.coarse.known)
		return;
	v->weak.n = thin(v->weak.at, v->weak.n);
	coarse_fit(&w->m.coarse, v->weak.at, v->weak.n, true, a > b ? a : b,
		   tick);
}

/* Sessions that both points already have, joined before or over others: what
 * the two clocks show of them, and what the hop does to them.  What is left
 * over would be a bad witness. */
static void heed_joined(struct match *w)
{
	const struct point *p = w->m.l, *q = w->m.r;
	uint32_t *at; /* by root: right flow, plus one */

	if (w->c->n < 3 || !w->c->link.n)
		return;
	at = mem_zalloc((size_t)w->c->n_flows + 1, sizeof *at);
	for (size_t k = 0; k < q->n; k++)
		at[sets_root(w->c, q->base + (uint32_t)k, NULL)] = (uint32_t)k +
								   1;
	for (size_t k = 0; k < p->n && w->votes.strong.n < FIT_MAX; k++) {
		bool tl, tr;
		struct score s;
		uint32_t r = at[sets_root(w->c, p->base + (uint32_t)k, &tl)];
		const struct flow *x = &p->flow[k], *y;

		if (!r)
			continue;
		y = &q->flow[r - 1];
		sets_root(w->c, q->base + r - 1, &tr);
		score_flows(&w->m, x, y, &s);
		if (s.relayed)
			continue;
		if (!s.veto && s.swap == (tl ^ tr))
			habits_learn(&w->m, x, y, s.swap, s.relayed);
		for (int d = 0; d < 2; d++) {
			const struct flow_dir *a = &x->dir[d];
			const struct flow_dir *b = &y->dir[d ^ tl ^ tr];

			if (a->flags & b->flags & DIR_SYN)
				*VEC_PUSH(&w->votes.strong) = (struct vote){
					a->first_ns,
					time_sub(b->first_ns, a->first_ns), d
				};
		}
	}
	free(at);
}

static void join_sure(struct match *w)
{
	static const enum key_kind more[] = { KEY_ISN, KEY_SAMPLE, KEY_TSVAL,
					      KEY_TUPLE, KEY_TURNS };

	size_t sure;

	heed_joined(w);
	join(w, KEY_ISN_PAIR, true);
	sure = w->pairs.pair.n;
	if (w->votes.strong.n < FEW_VOTES)
		for (size_t i = 0; i < sizeof more / sizeof *more; i++)
			join(w, more[i], true);
	fit_clock(w);
	if (!w->m.coarse.known) {
		join(w, KEY_SYN_PRINT, true);
		join(w, KEY_SERVER, true);
		fit_clock(w);
	}
	w->pairs.pair.n = sure; /* the others were witnesses of the clocks */
}

/* --- 2: settle --- */

static void drop_settled(struct match *w, const uint8_t *l, const uint8_t *r)
{
	size_t n = 0;

	for (size_t i = 0; i < w->left.n; i++)
		if (!(l[w->left.at[i]] & 4))
			w->left.at[n++] = w->left.at[i];
	w->left.n = n;
	n = 0;
	for (size_t i = 0; i < w->right.n; i++)
		if (!(r[w->right.at[i]] & 4))
			w->right.at[n++] = w->right.at[i];
	w->right.n = n;
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

/* Scores are taken CHUNK at a time on all cores, then used in their order:
 * what comes out does not depend on how many cores there are. */
struct settling {
	struct match *w;
	uint8_t *l, *r;
	struct score *score; /* of STRIDE candidates */
	size_t from, to;
};

static void settle_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct settling *x = ctx;
	size_t from = x->from + chunk * CHUNK;
	size_t to = x->to - from < CHUNK ? x->to : from + CHUNK;

	(void)worker;
	for (size_t i = from; i < to; i++) {
		uint64_t pair = x->w->pairs.pair.at[i];
		uint32_t a = (uint32_t)(pair >> 32), b = (uint32_t)pair;
		struct score *s = &x->score[i - x->from];

		s->veto = true;
		if (x->l[a] == 1 && x->r[b] == 1)
			score_flows(&x->w->m, &x->w->m.l->flow[a],
				    &x->w->m.r->flow[b], s);
	}
}

static void settle_one(struct settling *x, size_t i)
{
	struct match *w = x->w;
	const struct score *s = &x->score[i - x->from];
	uint32_t a = (uint32_t)(w->pairs.pair.at[i] >> 32);
	uint32_t b = (uint32_t)w->pairs.pair.at[i];

	if (s->veto || s->relayed || s->part[EV_AGAINST] < 0 ||
	    s->bits < w->threshold + SETTLED_OVER || !s->isn_equal[0] ||
	    !s->isn_equal[1])
		return;
	x->l[a] |= 4;
	x->r[b] |= 4;
	match_link(w, a, b, s, 1e9);
	habits_learn(&w->m, &w->m.l->flow[a], &w->m.r->flow[b], s->swap,
		     s->relayed);
}

static void settle(struct match *w)
{
	struct settling x = { .w = w };
	size_t n;

	unique_pairs(w);
	n = w->pairs.pair.n;
	x.l = mem_zalloc(w->m.l->n + 1, 1);
	x.r = mem_zalloc(w->m.r->n + 1, 1);
	x.score = mem_resize(NULL, (n < STRIDE ? n : STRIDE) + 1,
			     sizeof *x.score);
	count_uses(w, x.l, x.r);
	for (x.from = 0; x.from < n; x.from = x.to) {
		x.to = n - x.from < STRIDE ? n : x.from + STRIDE;
		parallel_run((x.to - x.from + CHUNK - 1) / CHUNK, settle_chunk,
			     &x);
		for (size_t i = x.from; i < x.to; i++)
			settle_one(&x, i);
	}
	drop_settled(w, x.l, x.r);
	w->pairs.pair.n = 0;
	free(x.score);
	free(x.l);
	free(x.r);
}

/* --- 3, 4: candidates and their evidence --- */

/* Flows whose sessions have flows of one point cannot be one session. */
static void drop_rejoined(struct match *w)
{
	size_t n = 0;

	if (w->c->n < 3)
		return;
	for (size_t i = 0; i < w->pairs.pair.n; i++) {
		uint64_t pair = w->pairs.pair.at[i];
		uint32_t l = (uint32_t)(pair >> 32), r = (uint32_t)pair;
		uint32_t a = sets_root(w->c, w->m.l->base + l, NULL);
		uint32_t b = sets_root(w->c, w->m.r->base + r, NULL);

		if (!(w->c->points_of[a] & w->c->points_of[b]))
			w->pairs.pair.at[n++] = pair;
	}
	w->pairs.pair.n = n;
}

/* Flows with the same numbers are of one connection, whatever they name. */
static bool are_two(const struct flow *x, const struct flow *y)
{
	const struct flow_dir *a = &x->dir[0], *b = &y->dir[0];

	return (a->flags & b->flags & DIR_SYN) &&
	       (uint32_t)a->seq_first != (uint32_t)b->seq_first;
}

/* What one of their flows names, at whichever point, both sessions heed. */
static void drop_misnamed(struct match *w)
{
	struct pair_case *c = w->c;
	const struct point *p = w->m.l, *q = w->m.r;
	size_t n = 0;

	if (!c->named)
		return;
	for (size_t i = 0; i < w->pairs.pair.n; i++) {
		uint64_t pair = w->pairs.pair.at[i];
		uint32_t l = (uint32_t)(pair >> 32), r = (uint32_t)pair;
		const struct flow *x = &p->flow[l], *y = &q->flow[r];
		uint32_t a = sets_root(c, p->base + l, NULL);
		uint32_t b = sets_root(c, q->base + r, NULL);

		if (!are_two(x, y) || (!point_has_other(q, y, c->named[a]) &&
				       !point_has_other(p, x, c->named[b])))
			w->pairs.pair.at[n++] = pair;
	}
	w->pairs.pair.n = n;
}

static void gather(struct match *w)
{
	static const enum key_kind kept[] = { KEY_ISN, KEY_SAMPLE, KEY_SEQ_END,
					      KEY_TUPLE };

	if (w->pass == MATCH_KEPT)
		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
			join(w, kept[i], false);
	else
		for (int kind = KEY_ISN; kind < KEY_KINDS; kind++)
			join(w, (enum key_kind)kind, false);
	unique_pairs(w);
	drop_rejoined(w);
	drop_misnamed(w);
}

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

/* Each chunk leaves its edges at its beginning in the array. */
struct evaluation {
	struct match *w;
	uint32_t *found; /* by chunk */
};

static void evaluate_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct evaluation *x = ctx;
	struct match *w = x->w;
	size_t n = w->pairs.pair.n, from = chunk * CHUNK;
	size_t to = n - from < CHUNK ? n : from + CHUNK;
	struct edge *out = w->edge.at + from;
	struct score s;

	(void)worker;
	for (size_t i = from; i < to; i++) {
		uint32_t a = (uint32_t)(w->pairs.pair.at[i] >> 32);
		uint32_t b = (uint32_t)w->pairs.pair.at[i];

		score_flows(&w->m, &w->m.l->flow[a], &w->m.r->flow[b], &s);
		if (!s.veto && s.possible >= w->threshold &&
		    (w->pass != MATCH_RELAYED ||
		     (s.relayed && !relate_knows(w->c, &w->m.l->flow[a],
						 &w->m.r->flow[b]))) &&
		    (w->pass != MATCH_KEPT || keeps_numbers(w, a, &s)))
			*out++ = (struct edge){
				.l = a,
				.r = b,
				.bits = (float)s.bits,
				.margin = -1,
				.swap = s.swap,
				.relayed = s.relayed,
				.sure_relay = s.sure_relay,
			};
	}
	x->found[chunk] = (uint32_t)(out - (w->edge.at + from));
}

static void evaluate(struct match *w)
{
	size_t n = w->pairs.pair.n, chunks = (n + CHUNK - 1) / CHUNK;
	struct evaluation x = { .w = w };

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

/* Which servers' ends are behind a relay, as sure ones tell. */
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

static void weigh(struct match *w)
{
	evaluate(w);
	if (!w->m.habits.relay.n && learn_relays(w))
		evaluate(w);
	if (w->pass != MATCH_RELAYED)
		drop_relayed(w);
}

/* Edges that stand alone on both sides and have bits to spare teach. */
static size_t learn(struct match *w)
{
	uint8_t *l = mem_zalloc(w->m.l->n + 1, 1);
	uint8_t *r = mem_zalloc(w->m.r->n + 1, 1);
	size_t learnt = 0;

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
/* --- the whole --- */

/* The offset of @j's clock by way of @i's, for the order of sessions. */
static void note_offset(struct match *w, size_t i, size_t j)
{
	if (j == i + 1 || !w->c->offset[j])
		if (w->m.coarse.known)
			w->c->offset[j] = time_add(
				w->c->offset[i],
				coarse_diff(&w->m.coarse, 0, w->m.l->first_ns));
}

static void match_sets(struct match *w)
{
	size_t n = w->left.n > w->right.n ? w->left.n : w->right.n;

	w->m.log_n = log2((double)n);
	w->threshold = score_threshold(&w->m);
	join_sure(w);
	settle(w);
	if (w->pass == MATCH_SURE || !w->left.n || !w->right.n)
		return;
	gather(w);
	weigh(w);
	if (learn(w) && w->edge.n) {
		join(w, KEY_SERVER, false);
		unique_pairs(w);
		drop_rejoined(w);
		drop_misnamed(w);
		weigh(w);
	}
	if (w->edge.n)
		match_decide(w);
}

void match_points(struct pair_case *c, size_t i, size_t j, enum match_pass pass)
{
	struct match w = { .c = c,
			   .pass = pass,
			   .m = { .l = &c->point[i],
				  .r = &c->point[j],
				  .n_maps = c->n_maps,
				  .maps = (const uint32_t(*)[2])c->maps } };

	take_sides(&w, i, j);
	for (size_t k = i; k < j; k++) {
		w.m.habits.known.relays += c->custom[k].relays;
		w.m.habits.known.moved += c->custom[k].moved;
	}
	if (w.left.n && w.right.n)
		match_sets(&w);
	if (j == i + 1)
		c->custom[i] = custom_both(w.m.habits.here, w.m.habits.known);
	note_offset(&w, i, j);
	coarse_release(&w.m.coarse);
	habits_release(&w.m.habits);
	VEC_FREE(&w.left);
	VEC_FREE(&w.right);
	VEC_FREE(&w.pairs.pair);
	VEC_FREE(&w.votes.strong);
	VEC_FREE(&w.votes.weak);
	VEC_FREE(&w.edge);
}
