/* Two points: which flow of one is which of the other.
 *
 * Some sessions may bypass a point, and then the best candidate there is wrong for
 * them.  So with three points or more the most certain pairs are joined first, for
 * all pairs of points.  There are three passes (enum match_pass): steps 1 and 2
 * alone; all steps, for pairs with the same sequence numbers; all steps, for the
 * rest.
 *
 * Steps, over flows whose session has none at the other point yet:
 *   1  join_sure()    candidates with both initial sequence numbers in common.
 *                     They vote for the coarse clock, as do sessions that both
 *                     points have already.  If these are few, candidates by
 *                     all exact keys vote, too.
 *   2  match_settle() a candidate without a rival on either side, and with far
 *                     more evidence than needed, is a pair.  Such pairs teach
 *                     habits.
 *   3  gather()       for the others: candidates by every kind of key.  Once the
 *                     clock is known, it narrows common values.  Left out are
 *                     flows whose sessions name others (score_named.c), and
 *                     datagrams with other contents (score_is_idle()).
 *   4  match_weigh()  the evidence for each.  Those that are sure teach habits,
 *                     and then all are weighed again.  The two connections of a
 *                     relay are left for the last pass.
 *   5  match_decide() exact assignment; a pair needs MARGIN_BITS over its best
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
#include "correlate/key_lookup.h"
#include "correlate/pairs.h"
#include "correlate/relate.h"

#define FEW_VOTES 8
#define FIT_MAX 100000

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

static bool is_idle(const void *ctx, const struct flow *l, const struct flow *r)
{
	const struct match *w = ctx;

	return score_is_idle(&w->m, l, r, w->threshold);
}

/* A single request and its answer have lengths that others have, too: they bring two
 * flows together only where of one no content is known. */
static bool is_short_talk(const void *ctx, const struct flow *l,
			  const struct flow *r)
{
	(void)ctx;
	return !(l->turn_hash[1] && r->turn_hash[1]) && !flow_is_cut(l) &&
	       !flow_is_cut(r);
}

/* A server's end or a client's, which many flows have, mostly brings together
 * datagrams of other contents: these are never made candidates. */
static void join_to(struct match *w, enum key_kind kind, struct pair_list *out,
		    struct vote_list *votes)
{
	struct side_set l = { w->m.l, w->left.at, w->left.n };
	struct side_set r = { w->m.r, w->right.at, w->right.n };
	struct key_join how = { .coarse = &w->m.coarse };

	if (kind == KEY_SERVER) {
		how.map = habits_server;
		how.map_ctx = &w->m.habits;
	}
	if (!votes && (kind == KEY_SERVER || kind == KEY_CLIENT)) {
		how.drop = is_idle;
		how.drop_ctx = w;
	}
	if (kind == KEY_TURNS)
		how.drop = is_short_talk;
	keys_join(&l, &r, kind, &how, out, votes);
}

static void join(struct match *w, enum key_kind kind, bool vote)
{
	join_to(w, kind, &w->pairs, vote ? &w->votes : NULL);
}

/* --- 1: sure keys and the clock --- */

static double span_of(const struct point *p)
{
	return (double)p->last_ns - (double)p->first_ns;
}

/* Keeps every k-th, FIT_MAX at most: more would not make the fit better. */
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

/* Sessions that both points have already, joined earlier or by way of other points,
 * vote for the clock and teach habits.  Those that are left are harder to pair,
 * and would teach worse. */
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
	w->pairs.pair.n = sure; /* the others only served to fit the clocks */
}

/* --- 3: candidates --- */

/* Flows whose sessions both have a flow of the same point cannot be one
 * session. */
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

/* Flows with the same numbers belong to one connection, whatever they name. */
static bool are_two(const struct flow *x, const struct flow *y)
{
	const struct flow_dir *a = &x->dir[0], *b = &y->dir[0];

	return (a->flags & b->flags & DIR_SYN) &&
	       (uint32_t)a->seq_first != (uint32_t)b->seq_first;
}

/* A connection named by a flow at any point applies to the whole session. */
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

/* Kinds of keys are joined on all cores. */
struct gathering {
	struct match *w;
	const enum key_kind *kind;
	struct pair_list pairs[KEY_KINDS];
};

static void gather_kind(void *ctx, unsigned worker, size_t i)
{
	struct gathering *g = ctx;

	(void)worker;
	join_to(g->w, g->kind[i], &g->pairs[i], NULL);
}

static void gather(struct match *w)
{
	static const enum key_kind kept[] = { KEY_ISN, KEY_SAMPLE, KEY_SEQ_END,
					      KEY_TUPLE };
	static const enum key_kind all[] = {
		KEY_ISN,   KEY_HEAD,  KEY_SAMPLE,    KEY_TSVAL,  KEY_SEQ_END,
		KEY_TURNS, KEY_TUPLE, KEY_SYN_PRINT, KEY_SERVER, KEY_CLIENT
	};
	bool few = w->pass == MATCH_KEPT;
	size_t n = few ? sizeof kept / sizeof *kept : sizeof all / sizeof *all;
	struct gathering g = { .w = w, .kind = few ? kept : all };

	_Static_assert(sizeof all / sizeof *all == KEY_KINDS - KEY_ISN,
		       "all but the one that was joined");
	parallel_run(n, gather_kind, &g);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < g.pairs[i].pair.n; k++)
			*VEC_PUSH(&w->pairs.pair) = g.pairs[i].pair.at[k];
		VEC_FREE(&g.pairs[i].pair);
	}
	pairs_unique(&w->pairs, w->m.l->n);
	drop_rejoined(w);
	drop_misnamed(w);
}

/* --- the whole --- */

/* The offset of @j's clock by way of @i's, for the order of sessions. */
static void note_offset(struct match *w, size_t i, size_t j)
{
	if (j == i + 1 || !w->c->offset[j])
		if (w->m.coarse.known) {
			w->c->offset[j] = time_add(
				w->c->offset[i],
				coarse_diff(&w->m.coarse, 0, w->m.l->first_ns));
			w->c->same[j] = w->c->same[i];
		}
}

/* Weighs again with what was learnt about the servers, which may add
 * candidates. */
static void weigh_again(struct match *w, const struct habits_sum *sum)
{
	struct weighed was = { .n_edges = w->edge.n,
			       .edge = w->edge.at,
			       .rests = w->rests,
			       .sum = *sum };

	w->rests = NULL;
	w->edge.at = NULL;
	w->edge.n = w->edge.cap = 0;
	was.n_pairs = w->pairs.pair.n;
	was.pair = mem_resize(NULL, was.n_pairs + 1, sizeof *was.pair);
	memcpy(was.pair, w->pairs.pair.at, was.n_pairs * sizeof *was.pair);
	join(w, KEY_SERVER, false);
	pairs_unique(&w->pairs, w->m.l->n);
	drop_rejoined(w);
	drop_misnamed(w);
	match_weigh(w, &was);
	free(was.pair);
	free(was.rests);
	free(was.edge);
}

static void match_sets(struct match *w)
{
	size_t n = w->left.n > w->right.n ? w->left.n : w->right.n;
	struct habits_sum sum;

	w->m.log_n = log2((double)n);
	w->threshold = score_threshold(&w->m);
	join_sure(w);
	pairs_unique(&w->pairs, w->m.l->n);
	match_settle(w);
	if (w->pass == MATCH_SURE || !w->left.n || !w->right.n)
		return;
	gather(w);
	match_weigh(w, NULL);
	sum = habits_sum(&w->m.habits);
	if (match_learn(w) && w->edge.n)
		weigh_again(w, &sum);
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
	w.m.habits.known = sets_custom(c, i, j);
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
	free(w.rests);
}
