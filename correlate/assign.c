/* Exact assignment by shortest augmenting paths on a sparse graph.
 *
 * What: a minimum-cost flow from rows to columns, cost = -gain, each row with
 * an exit of its own at cost 0 (no partner): node T.  Rows are inserted one
 * after another; each pushes along a shortest path to T in reduced costs, found
 * by Dijkstra, which stops at T, so only the neighbourhood of a conflict is
 * ever visited and a component may have any size.
 *
 * Invariants (duals u of rows, v of columns, T's is 0): cost - u - v >= 0 for
 * every edge and = 0 for chosen ones; u <= 0, and = 0 for a row without
 * partner; v <= 0, and = 0 for a free column.
 *
 * Margin of a chosen edge (r,c): the cheapest cycle that takes flow off it, a
 * shortest path from r to c in the residual graph without the edge.  Either it
 * stays among rows and columns, or it passes T once: forward from r to T, then
 * from T to c, which is a search from c on the transposed graph.  The cycle
 * r-T-c alone leaves both without partner; that is no rival and not counted.
 * Searches give up at ASSIGN_FAR, which bounds their radius.
 *
 * Conflict groups (assign_groups.c) are independent: they are solved on all
 * cores, each group by one core, its rows inserted in order.  A node is in one
 * group only, so cores share the graph, and only the state of a search is per
 * core.
 *
 * Costs are integers: with floating point, nearly equal ones make such
 * algorithms crawl or cycle.
 *
 * Cost: O(n m log n) at worst, usually about linear in edges.
 *
 * References: R. Jonker, A. Volgenant, Computing 38 (1987); J. Edmonds and
 * R. Karp, JACM 19 (1972), for reduced costs.
 */
#include "correlate/assign.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/parallel.h"
#include "correlate/assign_groups.h"

#define NONE UINT32_MAX
#define FAR ((int64_t)1 << 60)

#define CHUNK 64 /* groups taken by a core at a time */

/* A row or a column, together with Dijkstra's fields, as a search visits few of
 * many nodes. */
struct node {
	int64_t dual;
	int64_t dist;   /* valid where seen is this search's number */
	uint32_t start; /* its edges: side.edge[start], up to the next one's */
	uint32_t match; /* edge chosen, or NONE */
	uint32_t seen, done;
	uint32_t via; /* edge by which the node was reached */
};

struct side {
	struct node *node; /* and one more */
	uint32_t *edge;    /* numbers of edges */
};

struct heap_item {
	int64_t dist;
	uint32_t node; /* a node of the far side */
};

struct problem { /* a core's view: the graph is shared by all */
	struct assign_edge *e;
	struct side side[2]; /* rows, columns */
	struct heap_item *heap;
	size_t heap_n, heap_cap;
	uint32_t search;
	uint32_t *touched; /* finished far nodes, in order */
	size_t n_touched, cap_touched;
};

static uint32_t end_of(const struct assign_edge *e, int side)
{
	return side ? e->col : e->row;
}

/* --- heap --- */

static void heap_put(struct problem *p, int64_t dist, uint32_t node)
{
	size_t i;

	p->heap = mem_grow(p->heap, &p->heap_cap, p->heap_n + 1,
			   sizeof *p->heap);
	i = p->heap_n++;
	while (i && p->heap[(i - 1) / 2].dist > dist) {
		p->heap[i] = p->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	p->heap[i] = (struct heap_item){ dist, node };
}

static struct heap_item heap_take(struct problem *p)
{
	struct heap_item top = p->heap[0], last = p->heap[--p->heap_n];
	size_t i = 0;

	for (;;) {
		size_t k = 2 * i + 1;

		if (k >= p->heap_n)
			break;
		if (k + 1 < p->heap_n && p->heap[k + 1].dist < p->heap[k].dist)
			k++;
		if (p->heap[k].dist >= last.dist)
			break;
		p->heap[i] = p->heap[k];
		i = k;
	}
	p->heap[i] = last;
	return top;
}

/* --- graph --- */

static void side_init(struct problem *p, int s, uint32_t nodes, size_t edges)
{
	struct side *x = &p->side[s];

	x->node = mem_zalloc(nodes + 2u, sizeof *x->node);
	x->edge = mem_resize(NULL, edges + 1, sizeof *x->edge);
	for (size_t i = 0; i < edges; i++)
		x->node[end_of(&p->e[i], s) + 2].start++;
	for (uint32_t i = 0; i < nodes; i++) {
		x->node[i + 1].start += x->node[i].start;
		x->node[i].match = NONE;
	}
	for (size_t i = 0; i < edges; i++) {
		struct node *behind = &x->node[end_of(&p->e[i], s) + 1];

		x->edge[behind->start++] = (uint32_t)i;
	}
}

static void side_free(struct side *x)
{
	free(x->node);
	free(x->edge);
}

static int64_t reduced(const struct problem *p, uint32_t edge)
{
	const struct assign_edge *e = &p->e[edge];

	return -(int64_t)e->gain - p->side[0].node[e->row].dual -
	       p->side[1].node[e->col].dual;
}

/* --- searching from a node of side @s through far nodes and their partners.
 *
 * From a near node x at distance d: over each edge but its chosen one to a far
 * node y at d + reduced; from y back over its chosen edge (reduced 0) to the
 * partner, or, where y has none, to T.  From a near node also to T directly at
 * d - dual.  (For s = 1 the roles and T's arrows are mirrored, which the
 * invariants are symmetric in, but for one thing: a column has no way out of
 * its own when searched backwards; its arrow from T exists where it is
 * matched, at -dual, and a row's where it is free, at 0.  Both are what the
 * mirrored rule says.)  --- */

struct found {
	int64_t to_t;    /* distance to T, other than from the start node */
	uint32_t t_node; /* far node without partner that leads there; or */
	uint32_t t_near; /* near node whose own way out does */
	int64_t to_goal; /* distance to the far node asked for */
};

static void relax(struct problem *p, int s, uint32_t near, int64_t d,
		  uint32_t not_edge)
{
	const struct side *x = &p->side[s];
	const struct node *from = &x->node[near];

	for (uint32_t i = from->start; i < from[1].start; i++) {
		uint32_t edge = x->edge[i], far = end_of(&p->e[edge], !s);
		struct node *to = &p->side[!s].node[far];
		int64_t at = d + reduced(p, edge);

		if (edge == not_edge || edge == from->match)
			continue;
		if (to->seen == p->search && to->dist <= at)
			continue;
		to->seen = p->search;
		to->dist = at;
		to->via = edge;
		heap_put(p, at, far);
	}
}

/* @limit: gives up at distances from this on. */
static struct found search(struct problem *p, int s, uint32_t start,
			   uint32_t not_edge, uint32_t goal, int64_t limit)
{
	struct found f = { FAR, NONE, NONE, FAR };

	p->search++;
	p->heap_n = 0;
	p->n_touched = 0;
	relax(p, s, start, 0, not_edge);
	while (p->heap_n) {
		struct heap_item it = heap_take(p);
		struct node *y = &p->side[!s].node[it.node];
		uint32_t near;
		int64_t out;

		if (it.dist >= limit)
			break;
		/* Both answers are known, and nothing nearer can follow. */
		if (it.dist >= f.to_t && (goal == NONE || f.to_goal < FAR))
			break;
		if (y->done == p->search || y->dist != it.dist)
			continue;
		y->done = p->search;
		p->touched = mem_grow(p->touched, &p->cap_touched,
				      p->n_touched + 1, sizeof *p->touched);
		p->touched[p->n_touched++] = it.node;
		if (it.node == goal) {
			f.to_goal = it.dist;
			continue;
		}
		if (y->match == NONE) {
			if (it.dist < f.to_t) {
				f.to_t = it.dist;
				f.t_node = it.node;
				f.t_near = NONE;
			}
			continue;
		}
		near = end_of(&p->e[y->match], s);
		out = it.dist - p->side[s].node[near].dual;
		if (out < f.to_t) {
			f.to_t = out;
			f.t_node = it.node;
			f.t_near = near;
		}
		relax(p, s, near, it.dist, NONE);
	}
	return f;
}

/* --- inserting rows --- */

/* Gives row @r the path that ends at column @c (which lost or has none). */
static void augment(struct problem *p, uint32_t r, uint32_t c)
{
	for (;;) {
		struct node *col = &p->side[1].node[c];
		uint32_t edge = col->via, row = p->e[edge].row;
		uint32_t old = p->side[0].node[row].match;

		p->side[0].node[row].match = edge;
		col->match = edge;
		if (row == r)
			return;
		c = p->e[old].col;
	}
}

static void raise_duals(struct problem *p, uint32_t r, int64_t d)
{
	struct node *rows = p->side[0].node;

	rows[r].dual += d;
	for (size_t i = 0; i < p->n_touched; i++) {
		struct node *col = &p->side[1].node[p->touched[i]];
		int64_t by = d - col->dist;

		if (by <= 0)
			continue;
		col->dual -= by;
		if (col->match != NONE)
			rows[p->e[col->match].row].dual += by;
	}
}

static void insert_row(struct problem *p, uint32_t r)
{
	struct node *rows = p->side[0].node, *cols = p->side[1].node;
	struct found f;
	int64_t best = 0;

	for (uint32_t i = rows[r].start; i < rows[r + 1].start; i++) {
		const struct assign_edge *e = &p->e[p->side[0].edge[i]];
		int64_t w = -(int64_t)e->gain - cols[e->col].dual;

		if (w < best)
			best = w;
	}
	rows[r].dual = best; /* feasible: all reduced costs are >= 0 */
	f = search(p, 0, r, NONE, NONE, -best);
	if (-best <= f.to_t) { /* its own exit is as near */
		raise_duals(p, r, -best);
		return;
	}
	raise_duals(p, r, f.to_t);
	if (f.t_near != NONE) { /* that row loses its partner */
		uint32_t edge = rows[f.t_near].match;

		rows[f.t_near].match = NONE;
		cols[p->e[edge].col].match = NONE;
	}
	augment(p, r, f.t_node);
}

/* --- margins --- */

static int64_t sum(int64_t a, int64_t b)
{
	return a >= FAR || b >= FAR ? FAR : a + b;
}

static int64_t margin_of(struct problem *p, uint32_t edge)
{
	const struct assign_edge *e = &p->e[edge];
	int64_t out = -p->side[0].node[e->row].dual;
	int64_t in = -p->side[1].node[e->col].dual;
	struct found fwd = search(p, 0, e->row, edge, e->col, ASSIGN_FAR);
	struct found bwd = search(p, 1, e->col, edge, e->row, ASSIGN_FAR);
	int64_t best = fwd.to_goal, x;

	x = sum(out, bwd.to_t);
	best = x < best ? x : best;
	x = sum(fwd.to_t, in < bwd.to_t ? in : bwd.to_t);
	best = x < best ? x : best;
	return best < ASSIGN_FAR ? best : ASSIGN_FAR;
}

/* --- all groups --- */

struct solving {
	struct problem *p; /* by worker */
	const struct assign_groups *groups;
};

static void solve_group(struct problem *p, const uint32_t *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		insert_row(p, row[i]);
	for (size_t i = 0; i < n; i++) {
		const struct node *x = &p->side[0].node[row[i]];

		if (x->match == NONE)
			continue;
		p->e[x->match].chosen = true;
		p->e[x->match].margin = (int32_t)margin_of(p, x->match);
	}
}

static void solve_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct solving *s = ctx;
	const struct assign_groups *g = s->groups;
	size_t from = chunk * CHUNK;
	size_t to = g->n - from < CHUNK ? g->n : from + CHUNK;

	for (size_t k = from; k < to; k++)
		solve_group(&s->p[worker], g->row + g->start[k],
			    g->start[k + 1] - g->start[k]);
}

static void solve_groups(const struct problem *p,
			 const struct assign_groups *groups)
{
	unsigned width = parallel_width();
	struct solving s = { .groups = groups };

	s.p = mem_resize(NULL, width, sizeof *s.p);
	for (unsigned i = 0; i < width; i++)
		s.p[i] = *p;
	parallel_run((groups->n + CHUNK - 1) / CHUNK, solve_chunk, &s);
	for (unsigned i = 0; i < width; i++) {
		free(s.p[i].heap);
		free(s.p[i].touched);
	}
	free(s.p);
}

void assign_solve(struct assign_edge *e, size_t n, uint32_t rows, uint32_t cols)
{
	struct problem p = { .e = e };
	struct assign_groups groups;

	assign_groups_find(&groups, e, n, rows, cols);
	for (size_t i = 0; i < n; i++) {
		e[i].chosen = false;
		e[i].margin = 0;
	}
	side_init(&p, 0, rows, n);
	side_init(&p, 1, cols, n);
	solve_groups(&p, &groups);
	assign_groups_free(&groups);
	side_free(&p.side[0]);
	side_free(&p.side[1]);
}
