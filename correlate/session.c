/* Sessions: orientation, order, and decisions about all of them.
 *
 * What: members of a session are oriented so that dir 0 is the same everywhere,
 * as the member with the best evidence says; only then are rows made
 * (session_rows.c).
 *
 * A case has many sessions of a few packets, whose flows are no longer in any
 * cache.  So all work on them is done on all cores, in runs of sessions in the
 * order of their numbers, which is about that of their flows.  Roots are looked
 * up once, as finding one may change the forest.
 *
 * Invariant: the result does not depend on the number of cores.  Votes are
 * sums; everything else is stored at a place of its own, and taken in order.
 *
 * Cost: O(flows + links), a radix sort by time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/parallel.h"
#include "correlate/halves.h"
#include "correlate/radix.h"
#include "correlate/relate.h"
#include "correlate/session_int.h"

#define CHUNK 1024 /* sessions or flows that a core takes at a time */

static size_t chunks_of(size_t n)
{
	return (n + CHUNK - 1) / CHUNK;
}

static size_t chunk_end(size_t from, size_t n)
{
	return n - from < CHUNK ? n : from + CHUNK;
}

/* --- grouping --- */

static void groups_init(struct groups *g, uint32_t n_groups, size_t n_items)
{
	g->start = mem_zalloc((size_t)n_groups + 2, sizeof *g->start);
	g->item = mem_resize(NULL, n_items + 1, sizeof *g->item);
}

static void groups_fill(struct groups *g, uint32_t n_groups,
			const uint32_t *group, size_t n_items)
{
	for (size_t i = 0; i < n_items; i++)
		g->start[group[i] + 2]++;
	for (uint32_t k = 1; k < n_groups; k++)
		g->start[k + 1] += g->start[k];
	for (size_t i = 0; i < n_items; i++)
		g->item[g->start[group[i] + 1]++] = (uint32_t)i;
}

static void groups_free(struct groups *g)
{
	free(g->start);
	free(g->item);
}

static void group_all(struct writer *w)
{
	struct pair_case *c = w->c;
	uint32_t *of = mem_resize(NULL, c->link.n + 1, sizeof *of);

	w->root = mem_resize(NULL, (size_t)c->n_flows + 1, sizeof *w->root);
	w->turned = mem_resize(NULL, (size_t)c->n_flows + 1, 1);
	for (uint32_t f = 0; f < c->n_flows; f++) {
		bool turned;

		w->root[f] = sets_root(c, f, &turned);
		w->turned[f] = turned;
	}
	groups_init(&w->members, c->n_flows, c->n_flows);
	groups_fill(&w->members, c->n_flows, w->root, c->n_flows);
	for (size_t i = 0; i < c->link.n; i++)
		of[i] = w->root[c->link.at[i].a];
	groups_init(&w->links, c->n_flows, c->link.n);
	groups_fill(&w->links, c->n_flows, of, c->link.n);
	free(of);
}

void writer_fetch(const struct writer *w, size_t from, size_t to)
{
	const struct flow *f[2 * WRITER_FETCH];
	size_t n = 0;

	for (size_t i = from; i < to && i < w->n; i++) {
		uint32_t root = w->order[i].value;

		for (size_t k = 0; k < groups_count(&w->members, root) &&
				   k < 2 && n < sizeof f / sizeof *f;
		     k++)
			f[n++] = case_flow(
				w->c, groups_item(&w->members, root, k), NULL);
	}
	for (size_t i = 0; i < n; i++)
		fetch_first(f[i]);
	for (size_t i = 0; i < n; i++)
		fetch_more(f[i], sizeof *f[i]);
}

/* --- order --- */

struct ordering {
	struct writer *w;
	uint32_t *found; /* by chunk: roots, from its begin in the order on */
};

static int64_t starts_at(const struct writer *w, uint32_t root)
{
	int64_t best = INT64_MAX;

	for (size_t i = 0; i < groups_count(&w->members, root); i++) {
		size_t p;
		int64_t t = case_flow(w->c, groups_item(&w->members, root, i),
				      &p)
				    ->first_ns;

		t = time_sub(t, w->c->offset[p]);
		best = t < best ? t : best;
	}
	return best;
}

static void order_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct ordering *x = ctx;
	struct writer *w = x->w;
	size_t from = chunk * CHUNK, to = chunk_end(from, w->c->n_flows);
	struct radix *out = w->order + from;

	(void)worker;
	for (size_t f = from; f < to; f++) {
		uint32_t root = w->root[f];

		if (groups_item(&w->members, root, 0) == f)
			*out++ = (struct radix){
				(uint64_t)starts_at(w, root) ^ 1ull << 63, root
			};
	}
	x->found[chunk] = (uint32_t)(out - (w->order + from));
}

/* Roots in the order of their sessions' first packets. */
static void order_all(struct writer *w)
{
	size_t n = w->c->n_flows;
	struct ordering x = { .w = w };

	x.found = mem_zalloc(chunks_of(n) + 1, sizeof *x.found);
	w->order = mem_resize(NULL, n + 1, sizeof *w->order);
	parallel_run(chunks_of(n), order_chunk, &x);
	for (size_t k = 0; k < chunks_of(n); k++) {
		memmove(w->order + w->n, w->order + k * CHUNK,
			x.found[k] * sizeof *w->order);
		w->n += x.found[k];
	}
	radix_sort(w->order, w->n);
	free(x.found);
}

/* --- orientation --- */

/* Does @f tell better than @best who the client is?  Among those judged by who
 * spoke first, one that has only an answer would name its sender. */
static bool tells_better(const struct flow *f, const struct flow *best)
{
	bool both = f->dir[0].packets && f->dir[1].packets;
	bool best_both = best->dir[0].packets && best->dir[1].packets;

	if (f->trust != best->trust)
		return f->trust > best->trust;
	return both && !best_both;
}

static void orient(struct writer *w, uint32_t root)
{
	uint32_t best = groups_item(&w->members, root, 0);
	enum role role;

	for (size_t i = 1; i < groups_count(&w->members, root); i++) {
		uint32_t f = groups_item(&w->members, root, i);

		if (tells_better(case_flow(w->c, f, NULL),
				 case_flow(w->c, best, NULL)))
			best = f;
	}
	role = (enum role)case_flow(w->c, best, NULL)->role;
	for (size_t i = 0; i < groups_count(&w->members, root); i++) {
		uint32_t f = groups_item(&w->members, root, i);
		size_t p;
		const struct flow *x = case_flow(w->c, f, &p);
		struct point *at = &w->c->point[p];
		struct flow *own = &at->flow[x - at->flow];

		own->role = (uint8_t)role;
		if (w->turned[f] == w->turned[best])
			continue;
		flow_swap(at, own);
		w->flipped[f] = 1;
	}
}

struct turning {
	struct writer *w;
	struct end_votes *votes; /* by worker */
	struct one_way *way;     /* each chunk's from its begin on */
	uint32_t *n_ways;        /* by chunk */
};

static void turn_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct turning *x = ctx;
	struct writer *w = x->w;
	size_t from = chunk * CHUNK, to = chunk_end(from, w->n);
	struct one_way *out = x->way + from;

	for (size_t i = from; i < to; i++) {
		uint32_t root = w->order[i].value;
		int way;

		if ((i - from) % WRITER_FETCH == 0)
			writer_fetch(w, i, i + WRITER_FETCH);
		if (groups_count(&w->members, root) > 1) {
			orient(w, root);
			ends_decide(&w->ends, root, &x->votes[worker]);
		}
		way = expect_way(w->c, &w->members, root);
		if (way >= 0)
			*out++ = (struct one_way){ root, way };
	}
	x->n_ways[chunk] = (uint32_t)(out - (x->way + from));
}

static int by_root(const void *a, const void *b)
{
	uint32_t x = ((const struct one_way *)a)->root;
	uint32_t y = ((const struct one_way *)b)->root;

	return x < y ? -1 : x > y;
}

static void borrow_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct writer *w = ctx;
	size_t from = chunk * CHUNK, to = chunk_end(from, w->n);

	(void)worker;
	for (size_t i = from; i < to; i++)
		if (groups_count(&w->members, w->order[i].value) > 1)
			ends_borrow(&w->ends, w->order[i].value, true);
}

/* Orients all sessions, decides on their ends, and finds expected flows. */
static void turn_all(struct writer *w)
{
	size_t chunks = chunks_of(w->n), n = 0;
	unsigned width = parallel_width();
	struct turning x = { .w = w };

	x.votes = mem_zalloc(width, sizeof *x.votes);
	x.way = mem_resize(NULL, w->n + 1, sizeof *x.way);
	x.n_ways = mem_zalloc(chunks + 1, sizeof *x.n_ways);
	parallel_run(chunks, turn_chunk, &x);
	for (unsigned i = 0; i < width; i++)
		ends_count(&w->ends, &x.votes[i]);
	for (size_t k = 0; k < chunks; k++) {
		memmove(x.way + n, x.way + k * CHUNK,
			x.n_ways[k] * sizeof *x.way);
		n += x.n_ways[k];
	}
	if (n)
		qsort(x.way, n, sizeof *x.way, by_root);
	parallel_run(chunks, borrow_chunk, w);
	expect_flows(w->c, &w->members, w->root, w->ends.end, x.way, n,
		     &w->expected);
	free(x.votes);
	free(x.way);
	free(x.n_ways);
}

/* --- all of it --- */

static int by_flow(const void *a, const void *b)
{
	const struct rival *x = a, *y = b;

	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	if (x->bits != y->bits)
		return x->bits > y->bits ? -1 : 1;
	return x->other < y->other ? -1 : x->other > y->other;
}

/* Writes what refers to sessions by their numbers. */
static void put_related(struct writer *w, struct halves *halves)
{
	int64_t *session_of;

	if (!halves && !w->c->relations->n)
		return;
	session_of = mem_zalloc((size_t)w->c->n_flows + 1, sizeof *session_of);
	for (size_t i = 0; i < w->n; i++)
		session_of[w->order[i].value] = (int64_t)i + 1;
	if (halves)
		halves_find(w->c, w->root, session_of, halves);
	relate_put(w->c, w->c->relations, session_of);
	free(session_of);
}

void sessions_write(struct pair_case *c, struct halves *halves)
{
	struct writer w = { .c = c };
	struct order_tally tally = { 0 };

	w.flipped = mem_zalloc((size_t)c->n_flows + 1, 1);
	group_all(&w);
	ends_init(&w.ends, c, &w.members, &w.links, w.flipped);
	if (c->rival.n)
		qsort(c->rival.at, c->rival.n, sizeof *c->rival.at, by_flow);
	order_all(&w);
	turn_all(&w);
	writer_put_flows(&w);
	writer_put_sessions(&w, &tally);
	order_check(c, &tally);
	put_related(&w, halves);
	free(w.order);
	free(w.root);
	free(w.turned);
	free(w.flipped);
	groups_free(&w.members);
	groups_free(&w.links);
	ends_release(&w.ends);
	lines_release(&w.lines);
	VEC_FREE(&w.expected);
}
