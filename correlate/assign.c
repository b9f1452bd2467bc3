/* Exact assignment by shortest augmenting paths on a sparse graph.
 *
 * What: a minimum-cost flow from rows to columns, cost = -gain, each row with
 * a way out of its own at cost 0 (no partner): node T.  Rows are inserted one
 * after another; each pushes along a shortest path to T in reduced costs,
 * found by Dijkstra, which stops at T, so only the neighbourhood of a conflict
 * is ever visited and a component may have any size.
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
 * Costs are integers: with floating point, nearly equal ones make such
 * algorithms crawl or cycle.
 *
 * Cost: O(n m log n) at worst, about linear in edges as a rule.
 *
 * References: R. Jonker, A. Volgenant, Computing 38 (1987); J. Edmonds and
 * R. Karp, JACM 19 (1972), for reduced costs.
 */
#include "correlate/assign.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NONE UINT32_MAX
#define FAR ((int64_t)1 << 60)

/* One side of the graph: nodes, their edges, duals, and Dijkstra's state. */
struct part_of {
	uint32_t n;
	uint32_t *start; /* edge list of node i: edge[start[i]..start[i+1]) */
	uint32_t *edge;  /* numbers of edges */
	uint32_t *match; /* edge chosen, or NONE */
	int64_t *dual;
	int64_t *dist; /* valid where seen is this search's number */
	uint32_t *seen, *done;
	uint32_t *via; /* edge by which the node was reached */
};

struct heap_item {
	int64_t dist;
	uint32_t node; /* a node of the far side */
};

struct problem {
	struct assign_edge *e;
	struct part_of side[2]; /* rows, columns */
	struct heap_item *heap;
	size_t heap_n, heap_cap;
	uint32_t search;
	uint32_t *touched; /* far nodes that were finished, in order */
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
	struct part_of *x = &p->side[s];

	x->n = nodes;
	x->start = mem_zalloc(nodes + 2u, sizeof *x->start);
	x->edge = mem_resize(NULL, edges + 1, sizeof *x->edge);
	x->match = mem_resize(NULL, nodes + 1u, sizeof *x->match);
	x->dual = mem_zalloc(nodes + 1u, sizeof *x->dual);
	x->dist = mem_resize(NULL, nodes + 1u, sizeof *x->dist);
	x->seen = mem_zalloc(nodes + 1u, sizeof *x->seen);
	x->done = mem_zalloc(nodes + 1u, sizeof *x->done);
	x->via = mem_resize(NULL, nodes + 1u, sizeof *x->via);
	memset(x->match, 0xff, (nodes + 1u) * sizeof *x->match);
	for (size_t i = 0; i < edges; i++)
		x->start[end_of(&p->e[i], s) + 2]++;
	for (uint32_t i = 1; i < nodes; i++)
		x->start[i + 1] += x->start[i];
	for (size_t i = 0; i < edges; i++)
		x->edge[x->start[end_of(&p->e[i], s) + 1]++] = (uint32_t)i;
}

static void side_free(struct part_of *x)
{
	free(x->start);
	free(x->edge);
	free(x->match);
	free(x->dual);
	free(x->dist);
	free(x->seen);
	free(x->done);
	free(x->via);
}

static int64_t reduced(const struct problem *p, uint32_t edge)
{
	const struct assign_edge *e = &p->e[edge];

	return -(int64_t)e->gain - p->side[0].dual[e->row] -
	       p->side[1].dual[e->col];
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
	struct part_of *x = &p->side[s], *y = &p->side[!s];

	for (uint32_t i = x->start[near]; i < x->start[near + 1]; i++) {
		uint32_t edge = x->edge[i], far = end_of(&p->e[edge], !s);
		int64_t at = d + reduced(p, edge);

		if (edge == not_edge || edge == x->match[near])
			continue;
		if (y->seen[far] == p->search && y->dist[far] <= at)
			continue;
		y->seen[far] = p->search;
		y->dist[far] = at;
		y->via[far] = edge;
		heap_put(p, at, far);
	}
}

/* @limit: distances of and above it are not looked for. */
static struct found search(struct problem *p, int s, uint32_t start,
			   uint32_t not_edge, uint32_t goal, int64_t limit)
{
	struct part_of *x = &p->side[s], *y = &p->side[!s];
	struct found f = { FAR, NONE, NONE, FAR };

	p->search++;
	p->heap_n = 0;
	p->n_touched = 0;
	relax(p, s, start, 0, not_edge);
	while (p->heap_n) {
		struct heap_item it = heap_take(p);
		uint32_t near;

		if (it.dist >= limit)
			break;
		/* Both answers known, and nothing nearer can come. */
		if (it.dist >= f.to_t && (goal == NONE || f.to_goal < FAR))
			break;
		if (y->done[it.node] == p->search ||
		    y->dist[it.node] != it.dist)
			continue;
		y->done[it.node] = p->search;
		p->touched = mem_grow(p->touched, &p->cap_touched,
				      p->n_touched + 1, sizeof *p->touched);
		p->touched[p->n_touched++] = it.node;
		if (it.node == goal) {
			f.to_goal = it.dist;
			continue;
		}
		if (y->match[it.node] == NONE) {
			if (it.dist < f.to_t) {
				f.to_t = it.dist;
				f.t_node = it.node;
				f.t_near = NONE;
			}
			continue;
		}
		near = end_of(&p->e[y->match[it.node]], s);
		if (it.dist - x->dual[near] < f.to_t) {
			f.to_t = it.dist - x->dual[near];
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
		uint32_t edge = p->side[1].via[c], row = p->e[edge].row;
		uint32_t old = p->side[0].match[row];

		p->side[0].match[row] = edge;
		p->side[1].match[c] = edge;
		if (row == r)
			return;
		c = p->e[old].col;
	}
}

static void raise_duals(struct problem *p, uint32_t r, int64_t d)
{
	p->side[0].dual[r] += d;
	for (size_t i = 0; i < p->n_touched; i++) {
		uint32_t c = p->touched[i];
		uint32_t edge = p->side[1].match[c];
		int64_t by = d - p->side[1].dist[c];

		if (by <= 0)
			continue;
		p->side[1].dual[c] -= by;
		if (edge != NONE)
			p->side[0].dual[p->e[edge].row] += by;
	}
}

static void insert_row(struct problem *p, uint32_t r)
{
	struct part_of *rows = &p->side[0];
	struct found f;
	int64_t best = 0;

	for (uint32_t i = rows->start[r]; i < rows->start[r + 1]; i++) {
		uint32_t edge = rows->edge[i];
		int64_t w = -(int64_t)p->e[edge].gain -
			    p->side[1].dual[p->e[edge].col];

		if (w < best)
			best = w;
	}
	rows->dual[r] = best; /* feasible: all reduced costs are >= 0 */
	f = search(p, 0, r, NONE, NONE, -best);
	if (-best <= f.to_t) { /* its own way out is as near */
		raise_duals(p, r, -best);
		return;
	}
	raise_duals(p, r, f.to_t);
	if (f.t_near != NONE) { /* that row loses its partner */
		uint32_t edge = rows->match[f.t_near];

		rows->match[f.t_near] = NONE;
		p->side[1].match[p->e[edge].col] = NONE;
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
	int64_t out = -p->side[0].dual[e->row];
	int64_t in = -p->side[1].dual[e->col];
	struct found fwd = search(p, 0, e->row, edge, e->col, ASSIGN_FAR);
	struct found bwd = search(p, 1, e->col, edge, e->row, ASSIGN_FAR);
	int64_t best = fwd.to_goal, x;

	x = sum(out, bwd.to_t);
	best = x < best ? x : best;
	x = sum(fwd.to_t, in < bwd.to_t ? in : bwd.to_t);
	best = x < best ? x : best;
	return best < ASSIGN_FAR ? best : ASSIGN_FAR;
}

static int by_row(const void *a, const void *b)
{
	const struct assign_edge *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->col < y->col ? -1 : x->col > y->col;
}

void assign_solve(struct assign_edge *e, size_t n, uint32_t rows, uint32_t cols)
{
	struct problem p = { .e = e };

	if (n)
		qsort(e, n, sizeof *e, by_row);
	side_init(&p, 0, rows, n);
	side_init(&p, 1, cols, n);
	for (uint32_t r = 0; r < rows; r++)
		insert_row(&p, r);
	for (size_t i = 0; i < n; i++) {
		e[i].chosen = p.side[0].match[e[i].row] == i;
		e[i].margin = 0;
		if (e[i].chosen)
			e[i].margin = (int32_t)margin_of(&p, (uint32_t)i);
	}
	side_free(&p.side[0]);
	side_free(&p.side[1]);
	free(p.heap);
	free(p.touched);
}
