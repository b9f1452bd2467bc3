/* Conflict groups.
 *
 * What: columns that have a row in common are united (path halving, the least
 * column of a set is its root); a row's group is that of its columns.
 *
 * Cost: about O(edges).
 */
#include "correlate/assign_groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NONE UINT32_MAX

static int by_ends(const void *a, const void *b)
{
	const struct assign_edge *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->col < y->col ? -1 : x->col > y->col;
}

/* Sorts by row, then column.  If rows ascend, as they usually do, row by
 * row. */
static void sort_edges(struct assign_edge *e, size_t n)
{
	bool rising = true;

	for (size_t i = 1; i < n && rising; i++)
		rising = e[i - 1].row <= e[i].row;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1;
		     end < n && (!rising || e[end].row == e[i].row); end++)
			;
		qsort(e + i, end - i, sizeof *e, by_ends);
	}
}

static uint32_t root_of(uint32_t *parent, uint32_t c)
{
	while (parent[c] != c) {
		parent[c] = parent[parent[c]];
		c = parent[c];
	}
	return c;
}

static void unite(uint32_t *parent, uint32_t a, uint32_t b)
{
	a = root_of(parent, a);
	b = root_of(parent, b);
	if (a < b)
		parent[b] = a;
	else
		parent[a] = b;
}

/* Whether @e[i] is the first edge of its row. */
static bool begins_row(const struct assign_edge *e, size_t i)
{
	return !i || e[i].row != e[i - 1].row;
}

static uint32_t *unite_columns(const struct assign_edge *e, size_t n,
			       uint32_t cols)
{
	uint32_t *parent = mem_resize(NULL, (size_t)cols + 1, sizeof *parent);

	for (uint32_t c = 0; c < cols; c++)
		parent[c] = c;
	for (size_t i = 0; i < n; i++)
		if (!begins_row(e, i))
			unite(parent, e[i - 1].col, e[i].col);
	return parent;
}

/* Group numbers, by column that is a root.  Counts groups, and their rows at
 * start[number + 2]. */
static uint32_t *number_groups(struct assign_groups *g,
			       const struct assign_edge *e, size_t n,
			       uint32_t *parent, uint32_t cols)
{
	uint32_t *number = mem_resize(NULL, (size_t)cols + 1, sizeof *number);

	memset(number, 0xff, ((size_t)cols + 1) * sizeof *number);
	for (size_t i = 0; i < n; i++) {
		uint32_t *x;

		if (!begins_row(e, i))
			continue;
		x = &number[root_of(parent, e[i].col)];
		if (*x == NONE)
			*x = g->n++;
		g->start[*x + 2]++;
	}
	return number;
}

void assign_groups_find(struct assign_groups *g, struct assign_edge *e,
			size_t n, uint32_t rows, uint32_t cols)
{
	uint32_t *parent, *number;

	sort_edges(e, n);
	parent = unite_columns(e, n, cols);
	*g = (struct assign_groups){ 0 };
	g->row = mem_resize(NULL, (size_t)rows + 1, sizeof *g->row);
	g->start = mem_zalloc((size_t)rows + 2, sizeof *g->start);
	number = number_groups(g, e, n, parent, cols);
	for (uint32_t k = 1; k < g->n; k++)
		g->start[k + 1] += g->start[k];
	for (size_t i = 0; i < n; i++)
		if (begins_row(e, i)) {
			uint32_t k = number[root_of(parent, e[i].col)];

			g->row[g->start[k + 1]++] = e[i].row;
		}
	free(parent);
	free(number);
}

void assign_groups_free(struct assign_groups *g)
{
	free(g->row);
	free(g->start);
	*g = (struct assign_groups){ 0 };
}
