/* Union of flows into sessions.
 *
 * Invariants: a session has at most one flow of a point (points_of at its root
 * is the set of its points; joining needs disjoint sets).  `turned` is kept
 * against the parent, so that the orientation of any two flows of a session
 * follows, whatever each point took for the client.
 *
 * Cost: near O(1) an operation (union by path halving; R. Tarjan, JACM 22,
 * 1975).
 */
#include "correlate/sets.h"

#include <stdlib.h>

#include "base/search.h"

void sets_init(struct pair_case *c)
{
	size_t room = (size_t)c->n_flows + 1;

	c->parent = mem_resize(NULL, room, sizeof *c->parent);
	c->next = mem_resize(NULL, room, sizeof *c->next);
	c->turned = mem_zalloc(room, sizeof *c->turned);
	c->points_of = mem_zalloc(room, sizeof *c->points_of);
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->point[i].n; k++) {
			uint32_t f = c->point[i].base + (uint32_t)k;

			c->parent[f] = c->next[f] = f;
			c->points_of[f] = 1ull << i;
		}
}

uint32_t sets_root(struct pair_case *c, uint32_t flow, bool *turned)
{
	bool t = false;

	while (c->parent[flow] != flow) {
		uint32_t up = c->parent[flow];

		if (c->parent[up] != up) { /* halve the path */
			c->turned[flow] ^= c->turned[up];
			c->parent[flow] = c->parent[up];
		}
		t ^= c->turned[flow];
		flow = c->parent[flow];
	}
	if (turned)
		*turned = t;
	return flow;
}

bool sets_join(struct pair_case *c, const struct link *l)
{
	bool ta, tb;
	uint32_t a = sets_root(c, l->a, &ta), b = sets_root(c, l->b, &tb);
	uint32_t after = c->next[a];

	if (a == b || c->points_of[a] & c->points_of[b])
		return false;
	c->parent[b] = a;
	c->turned[b] = ta ^ tb ^ l->swap;
	c->points_of[a] |= c->points_of[b];
	c->next[a] = c->next[b];
	c->next[b] = after;
	if (c->named && !c->named[a])
		c->named[a] = c->named[b];
	*VEC_PUSH(&c->link) = *l;
	return true;
}

struct custom sets_custom(const struct pair_case *c, size_t i, size_t j)
{
	struct custom sum = { 0 };

	for (size_t k = i; k < j; k++) {
		sum.relays += c->custom[k].relays;
		sum.moved += c->custom[k].moved;
	}
	return sum;
}

size_t rivals_of(const struct pair_case *c, uint32_t flow)
{
	size_t at;

	SEARCH(at, c->rival.n, i, c->rival.at[i].flow < flow);
	return at;
}

const struct flow *case_flow(const struct pair_case *c, uint32_t flow,
			     size_t *point)
{
	size_t lo = 0, hi = c->n - 1;

	while (lo < hi) { /* the last point whose base is not above */
		size_t mid = lo + (hi - lo + 1) / 2;

		if (c->point[mid].base <= flow)
			lo = mid;
		else
			hi = mid - 1;
	}
	if (point)
		*point = lo;
	return &c->point[lo].flow[flow - c->point[lo].base];
}
