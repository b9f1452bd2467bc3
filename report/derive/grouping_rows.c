/* The heaviest groups as rows; the rest of each kind joined.
 *
 * Of 50,000 clients, say, all but GROUPS_KEPT are added up to one, by each core
 * separately: sums commute, so it does not matter which core adds which.
 *
 * Cost: each group is ranked and added, five to ten cache lines.
 */
#include "report/derive/grouping_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

static int64_t weight_of(const struct group *g)
{
	if (g->kind == GROUP_COMMAND || g->kind == GROUP_STATUS ||
	    g->kind == GROUP_STATUS_OF)
		return g->total.sum;
	return g->kind >= CAUSE_CLIENT ? g->explained_ns : group_total(g);
}

/* Groups are large and scattered: the fields to compare are copied here. */
struct ranked {
	int64_t weight;
	struct group *group;
	uint8_t kind;
	bool nameless; /* its key is "" */
	bool rest;     /* and is the remainder, ordered last */
	bool kept;
};

static int by_rank(const void *pa, const void *pb)
{
	const struct ranked *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->rest != b->rest)
		return a->rest ? 1 : -1;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return strcmp(a->group->key, b->group->key);
}

static struct ranked rank(struct group *g)
{
	bool nameless = !*g->key;

	return (struct ranked){
		.weight = weight_of(g),
		.group = g,
		.kind = g->kind,
		.nameless = nameless,
		.rest = nameless && g->kind < CAUSE_CLIENT,
	};
}

struct rest { /* a core's sums of those that are not kept, by kind */
	bool is[GROUP_KINDS];
	struct group sum[GROUP_KINDS];
};

struct joining {
	const struct entry *entry;
	struct ranked *ranked;
	size_t n;          /* of both */
	struct rest *rest; /* by core */
};

static void turn_of(const struct joining *j, size_t turn, size_t *from,
		    size_t *to)
{
	*from = turn * GROUPS_TURN;
	*to = j->n - *from < GROUPS_TURN ? j->n : *from + GROUPS_TURN;
}

static void rank_some(void *ctx, unsigned worker, size_t turn)
{
	const struct joining *j = ctx;
	const struct entry *e = j->entry;
	size_t from, to;

	(void)worker;
	turn_of(j, turn, &from, &to);
	for (size_t i = from; i < to; i++) {
		if (i + GROUPS_AHEAD < to)
			group_fetch(e[i + GROUPS_AHEAD].group);
		j->ranked[i] = rank(e[i].group);
	}
}

static void join_some(void *ctx, unsigned worker, size_t turn)
{
	const struct joining *j = ctx;
	const struct ranked *r = j->ranked;
	struct rest *rest = &j->rest[worker];
	size_t from, to;

	turn_of(j, turn, &from, &to);
	for (size_t i = from; i < to; i++) {
		if (i + GROUPS_AHEAD < to && !r[i + GROUPS_AHEAD].kept)
			group_fetch(r[i + GROUPS_AHEAD].group);
		if (r[i].kept)
			continue;
		group_merge_away(&rest->sum[r[i].kind], r[i].group);
		rest->is[r[i].kind] = true;
	}
}

/* The heaviest of a kind. */
struct heaviest {
	struct ranked *at[GROUPS_KEPT]; /* heaviest first */
	size_t n;
};

static void heaviest_add(struct heaviest *h, struct ranked *r)
{
	size_t i = h->n;

	if (i == GROUPS_KEPT && by_rank(r, h->at[i - 1]) >= 0)
		return;
	if (i < GROUPS_KEPT)
		h->n++;
	else
		h->at[--i]->kept = false;
	for (; i > 0 && by_rank(r, h->at[i - 1]) < 0; i--)
		h->at[i] = h->at[i - 1];
	h->at[i] = r;
	r->kept = true;
}

/* Marks those to keep: the heaviest, and the one that the others are joined
 * to. */
static void choose(struct ranked *r, size_t n)
{
	struct heaviest of[GROUP_KINDS] = { 0 };

	for (size_t i = 0; i < n; i++)
		heaviest_add(&of[r[i].kind], &r[i]);
	for (size_t i = 0; i < n; i++)
		r[i].kept |= r[i].nameless;
}

static void rest_take(struct grouping *g, struct rest *rest)
{
	for (unsigned k = 0; k < GROUP_KINDS; k++)
		if (rest->is[k])
			group_merge_away(grouping_of(g, (enum group_kind)k, ""),
					 &rest->sum[k]);
}

/* Joins those beyond GROUPS_KEPT of a kind.  Return: the remaining *n, in
 * order, to be freed by the caller. */
static struct ranked *join_small(struct grouping *g, size_t *n)
{
	size_t all = g->all.n, turns = (all + GROUPS_TURN - 1) / GROUPS_TURN;
	unsigned width = parallel_width();
	struct joining j = { .entry = g->all.at, .n = all };
	size_t left = 0;

	j.ranked = mem_resize(NULL, all + 1, sizeof *j.ranked);
	j.rest = mem_zalloc(width, sizeof *j.rest);
	parallel_run(turns, rank_some, &j);
	choose(j.ranked, all);
	parallel_run(turns, join_some, &j);
	for (unsigned k = 0; k < width; k++)
		rest_take(g, &j.rest[k]);
	free(j.rest);
	for (size_t i = 0; i < all; i++)
		if (j.ranked[i].kept)
			j.ranked[left++] = rank(j.ranked[i].group);
	*n = left + (g->all.n - all);
	j.ranked = mem_resize(j.ranked, *n + 1, sizeof *j.ranked);
	for (size_t i = all; i < g->all.n; i++) /* made by rest_take() */
		j.ranked[left++] = rank(g->all.at[i].group);
	if (*n)
		qsort(j.ranked, *n, sizeof *j.ranked, by_rank);
	return j.ranked;
}

void grouping_store(struct grouping *g, struct store *s)
{
	size_t n;
	struct ranked *r = join_small(g, &n);

	g->all.n = 0;
	htab_release(&g->by_hash);
	memset(g->last, 0, sizeof g->last);
	for (size_t i = 0; i < n; i++) {
		store_group_put(s, r[i].group);
		*VEC_PUSH(&g->all) = (struct entry){ .group = r[i].group };
	}
	free(r);
}
