/* Joining two points on one kind of key.
 *
 * keys_join() sorts both points' values and walks the equal ones.
 *
 * Stop words: a value that more than COMMON flows have on a side says little
 * and would pair everything with everything.  Where the clock is known, such a
 * value pairs each flow with the NEIGHBOURS nearest in time.  Otherwise it gives
 * no pairs; only the differences of times are weak votes for the clock, at most
 * WEAK_SQUARE of them for a value: some of its left flows with all right ones.
 *
 * Cost: radix sort, O(n) for each kind.
 */
#include "correlate/keys_join.h"

#include <stdlib.h>

#include "base/parallel.h"
#include "base/search.h"
#include "correlate/radix.h"

#define COMMON 32
#define NEIGHBOURS 8
#define PIECES 16
#define PIECE_LEAST 64 /* posts */
#define WEAK_SQUARE 250000
#define WEAK_MAX 2000000
#define STRONG_MAX 400000

struct post {
	int64_t time_ns;
	uint32_t flow;
	uint8_t dir;
};

struct postings {
	struct radix *by_hash; /* value: index in post */
	struct post *post;
	size_t n, cap_hash, cap_post;
};

static void collect(struct postings *o, const struct side_set *s,
		    enum key_kind kind,
		    uint64_t (*map)(void *ctx, uint64_t key), void *ctx)
{
	struct key k[KEY_MAX];

	for (size_t i = 0; i < s->n; i++) {
		const struct flow *f = &s->p->flow[s->flow[i]];
		size_t n = flow_keys(s->p, f, kind, k);

		o->by_hash = mem_grow(o->by_hash, &o->cap_hash, o->n + n,
				      sizeof *o->by_hash);
		o->post = mem_grow(o->post, &o->cap_post, o->n + n,
				   sizeof *o->post);
		for (size_t j = 0; j < n; j++, o->n++) {
			o->by_hash[o->n] = (struct radix){
				map ? map(ctx, k[j].hash) : k[j].hash,
				(uint32_t)o->n
			};
			o->post[o->n] = (struct post){ k[j].time_ns, s->flow[i],
						       (uint8_t)k[j].dir };
		}
	}
	radix_sort(o->by_hash, o->n);
}

struct collecting {
	struct postings *out[2];
	const struct side_set *side[2];
	enum key_kind kind;
	uint64_t (*map)(void *ctx, uint64_t key); /* for the left side */
	void *map_ctx;
};

static void collect_side(void *ctx, unsigned worker, size_t i)
{
	struct collecting *x = ctx;

	(void)worker;
	collect(x->out[i], x->side[i], x->kind, i ? NULL : x->map, x->map_ctx);
}

/* Side by side where processors are spare. */
static void collect_both(struct collecting *x)
{
	if (parallel_spare()) {
		parallel_run(2, collect_side, x);
		return;
	}
	collect_side(x, 0, 0);
	collect_side(x, 0, 1);
}

static void postings_free(struct postings *o)
{
	free(o->by_hash);
	free(o->post);
}

struct join {
	const struct key_join *how;
	const struct point *left, *right;
	struct pair_list *out;
	struct vote_list *votes;
	struct VEC(struct post) l, r; /* of one value */
};

static void add_pair(struct join *j, uint32_t l, uint32_t r)
{
	if (j->how->drop && j->how->drop(j->how->drop_ctx, &j->left->flow[l],
					 &j->right->flow[r]))
		return;
	*VEC_PUSH(&j->out->pair) = (uint64_t)l << 32 | r;
}

static void vote(struct join *j, const struct post *l, const struct post *r,
		 bool strong)
{
	struct vote v = { .at_ns = l->time_ns, .dir = l->dir };

	if (!j->votes || l->time_ns == INT64_MIN || r->time_ns == INT64_MIN)
		return;
	v.diff_ns = time_sub(r->time_ns, l->time_ns);
	if (strong && j->votes->strong.n < STRONG_MAX)
		*VEC_PUSH(&j->votes->strong) = v;
	if (!strong && j->votes->weak.n < WEAK_MAX)
		*VEC_PUSH(&j->votes->weak) = v;
}

static int by_time(const void *a, const void *b)
{
	const struct post *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->flow < y->flow ? -1 : x->flow > y->flow;
}

static size_t first_at(const struct post *p, size_t n, int64_t t)
{
	size_t at;

	SEARCH(at, n, i, p[i].time_ns < t);
	return at;
}

/* A common value: each left flow with its neighbours in time. */
static void join_near(struct join *j)
{
	if (j->r.n)
		qsort(j->r.at, j->r.n, sizeof *j->r.at, by_time);
	for (size_t i = 0; i < j->l.n; i++) {
		const struct post *l = &j->l.at[i];
		size_t at, from, to;

		if (l->time_ns == INT64_MIN)
			continue;
		at = first_at(j->r.at, j->r.n,
			      time_add(l->time_ns,
				       coarse_diff(j->how->coarse, l->dir,
						   l->time_ns)));
		from = at > NEIGHBOURS ? at - NEIGHBOURS : 0;
		to = j->r.n - at > NEIGHBOURS ? at + NEIGHBOURS : j->r.n;
		for (size_t k = from; k < to; k++)
			if (j->r.at[k].time_ns != INT64_MIN)
				add_pair(j, l->flow, j->r.at[k].flow);
	}
}

static void join_all(struct join *j)
{
	bool strong = j->l.n == 1 && j->r.n == 1;

	for (size_t i = 0; i < j->l.n; i++)
		for (size_t k = 0; k < j->r.n; k++) {
			add_pair(j, j->l.at[i].flow, j->r.at[k].flow);
			vote(j, &j->l.at[i], &j->r.at[k], strong);
		}
}

/* One value's flows on both sides. */
static void join_value(struct join *j)
{
	size_t step;

	if (j->l.n <= COMMON && j->r.n <= COMMON) {
		join_all(j);
		return;
	}
	if (j->how->coarse->known) {
		join_near(j);
		return;
	}
	if (!j->votes || j->r.n > WEAK_SQUARE)
		return;
	step = j->l.n * j->r.n / WEAK_SQUARE + 1;
	for (size_t i = 0; i < j->l.n; i += step)
		for (size_t k = 0; k < j->r.n; k++)
			vote(j, &j->l.at[i], &j->r.at[k], false);
}

static size_t run_end(const struct postings *o, size_t i)
{
	size_t e = i + 1;

	while (e < o->n && o->by_hash[e].hash == o->by_hash[i].hash)
		e++;
	return e;
}

#define TAKE(vec, o, from, to)                                                 \
	do {                                                                   \
		(vec).n = 0;                                                   \
		for (size_t i_ = (from); i_ < (to); i_++)                      \
			*VEC_PUSH(&(vec)) = (o).post[(o).by_hash[i_].value];   \
	} while (0)

/* Joins the values of left posts [@a, @end). */
static void walk(struct join *j, const struct postings *l,
		 const struct postings *r, size_t a, size_t end)
{
	uint64_t first = a < end ? l->by_hash[a].hash : 0;
	size_t b;

	SEARCH(b, r->n, i, r->by_hash[i].hash < first);
	while (a < end && b < r->n) {
		uint64_t x = l->by_hash[a].hash, y = r->by_hash[b].hash;

		if (x == y) {
			size_t ae = run_end(l, a), be = run_end(r, b);

			TAKE(j->l, *l, a, ae);
			TAKE(j->r, *r, b, be);
			join_value(j);
			a = ae;
			b = be;
		} else if (x < y) {
			a++;
		} else {
			b++;
		}
	}
	VEC_FREE(&j->l);
	VEC_FREE(&j->r);
}

struct walking { /* in pieces of whole values */
	const struct join *j;
	const struct postings *l, *r;
	struct pair_list found[PIECES];
};

static size_t piece_begin(const struct postings *l, size_t piece)
{
	size_t at = l->n * piece / PIECES;

	while (at && at < l->n &&
	       l->by_hash[at].hash == l->by_hash[at - 1].hash)
		at++;
	return at;
}

static void walk_piece(void *ctx, unsigned worker, size_t i)
{
	struct walking *x = ctx;
	struct join j = *x->j;

	(void)worker;
	j.out = &x->found[i];
	walk(&j, x->l, x->r, piece_begin(x->l, i), piece_begin(x->l, i + 1));
}

/* All values, on the processors that are spare.  Votes are counted in order, so
 * with them there is but one piece. */
static void walk_all(struct join *j, const struct postings *l,
		     const struct postings *r)
{
	struct walking x = { .j = j, .l = l, .r = r };

	if (j->votes || l->n < PIECES * PIECE_LEAST || !parallel_spare()) {
		walk(j, l, r, 0, l->n);
		return;
	}
	parallel_run(PIECES, walk_piece, &x);
	for (size_t k = 0; k < PIECES; k++) {
		for (size_t i = 0; i < x.found[k].pair.n; i++)
			*VEC_PUSH(&j->out->pair) = x.found[k].pair.at[i];
		VEC_FREE(&x.found[k].pair);
	}
}

void keys_join(const struct side_set *left, const struct side_set *right,
	       enum key_kind kind, const struct key_join *how,
	       struct pair_list *out, struct vote_list *votes)
{
	struct postings l = { 0 }, r = { 0 };
	struct join j = { .how = how,
			  .left = left->p,
			  .right = right->p,
			  .out = out,
			  .votes = votes };

	if (!left->n || !right->n)
		return;
	collect_both(&(struct collecting){
		{ &l, &r }, { left, right }, kind, how->map, how->map_ctx });
	walk_all(&j, &l, &r);
	postings_free(&l);
	postings_free(&r);
}
