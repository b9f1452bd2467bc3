/* Groups by key: see the header.
 *
 * Cost: a look-up by string for each session, some 50 ns.  There may be as many
 * clients as sessions, so the table holds hashes: entries that are not meant
 * are not touched.
 */
#include "report/derive/grouping.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/htab.h"
#include "base/mem.h"

#define KEY_MOST 256

struct grouping {
	struct VEC(struct group *) all;  /* owned */
	struct htab by_hash;             /* indexes into all */
	struct group *last[GROUP_KINDS]; /* asked for last: often the same */
};

struct grouping *grouping_new(void)
{
	return mem_zalloc(1, sizeof(struct grouping));
}

static void group_free(struct group *g)
{
	group_release(g);
	free(g);
}

/* Forgets all groups, which have other owners or are freed. */
static void grouping_clear(struct grouping *g)
{
	VEC_FREE(&g->all);
	htab_release(&g->by_hash);
	memset(g->last, 0, sizeof g->last);
}

void grouping_free(struct grouping *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->all.n; i++)
		group_free(g->all.at[i]);
	grouping_clear(g);
	free(g);
}

static bool is_of(const struct group *g, enum group_kind kind, const char *key)
{
	return g->kind == kind && strncmp(g->key, key, KEY_MOST) == 0;
}

static struct group *find(const struct grouping *g, enum group_kind kind,
			  const char *key, uint64_t hash)
{
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&g->by_hash, hash, &pos)) != HTAB_NONE)
		if (is_of(g->all.at[i], kind, key))
			return g->all.at[i];
	return NULL;
}

static uint64_t hash_of(enum group_kind kind, const char *key)
{
	return XXH3_64bits_withSeed(key, strnlen(key, KEY_MOST), kind);
}

static void add(struct grouping *g, struct group *e, uint64_t hash)
{
	htab_put(&g->by_hash, hash, (uint32_t)g->all.n);
	*VEC_PUSH(&g->all) = e;
}

struct group *grouping_of(struct grouping *g, enum group_kind kind,
			  const char *key)
{
	struct group *e = g->last[kind];
	size_t n = strnlen(key, KEY_MOST);
	uint64_t hash;

	if (e && strcmp(e->key, key) == 0)
		return e;
	hash = hash_of(kind, key);
	e = find(g, kind, key, hash);
	if (!e && *key && g->all.n >= GROUPINGS_MOST)
		return grouping_of(g, kind, "");
	if (!e) {
		e = mem_zalloc(1, sizeof *e);
		e->kind = (uint8_t)kind;
		e->key = mem_zalloc(n + 1, 1);
		memcpy(e->key, key, n);
		add(g, e, hash);
	}
	g->last[kind] = e;
	return e;
}

/* Most groups are of clients, and most of these of one worker alone: they go
 * over as they are. */
static void take(struct grouping *into, struct group *e)
{
	enum group_kind kind = (enum group_kind)e->kind;
	uint64_t hash = hash_of(kind, e->key);
	struct group *same = find(into, kind, e->key, hash);

	if (!same && *e->key && into->all.n >= GROUPINGS_MOST)
		same = grouping_of(into, kind, "");
	if (!same) {
		add(into, e, hash);
		return;
	}
	group_merge(same, e);
	group_free(e);
}

void grouping_merge(struct grouping *into, struct grouping *from)
{
	for (size_t i = 0; i < from->all.n; i++)
		take(into, from->all.at[i]);
	grouping_clear(from);
}

/* --- rows --- */
static int64_t weight_of(const struct group *g)
{
	if (g->kind >= CAUSE_CLIENT)
		return g->explained_ns;
	return g->kind == GROUP_COMMAND || g->kind == GROUP_STATUS
		       ? g->total.sum
		       : group_total(g);
}

/* Groups are large and lie anywhere: what is compared stands by itself. */
struct ranked {
	int64_t weight;
	struct group *group;
	uint8_t kind;
	bool rest; /* stands last */
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

static void sort(struct group **at, size_t n)
{
	struct ranked *r = mem_resize(NULL, n + 1, sizeof *r);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked){
			.weight = weight_of(at[i]),
			.group = at[i],
			.kind = at[i]->kind,
			.rest = !*at[i]->key && at[i]->kind < CAUSE_CLIENT,
		};
	if (n)
		qsort(r, n, sizeof *r, by_rank);
	for (size_t i = 0; i < n; i++)
		at[i] = r[i].group;
	free(r);
}

/* Leaves in g->all those that were not joined, and no table. */
static void drop_joined(struct grouping *g)
{
	struct VEC(struct group *) all = { 0 };

	for (size_t i = 0; i < g->all.n; i++)
		if (g->all.at[i]->kind == GROUP_KINDS)
			group_free(g->all.at[i]);
		else
			*VEC_PUSH(&all) = g->all.at[i];
	grouping_clear(g);
	g->all.at = all.at;
	g->all.n = all.n;
	g->all.cap = all.cap;
}

/* Those past GROUPS_KEPT of a kind are joined. */
static void join_small(struct grouping *g)
{
	size_t n = g->all.n, of = 0;
	struct group **at = mem_zalloc(n + 1, sizeof(struct group *));
	unsigned kind = GROUP_KINDS;

	for (size_t i = 0; i < n; i++)
		at[i] = g->all.at[i];
	sort(at, n);
	for (size_t i = 0; i < n; i++) {
		enum group_kind of_kind = (enum group_kind)at[i]->kind;

		of = at[i]->kind == kind ? of + 1 : 0;
		kind = at[i]->kind;
		if (of < GROUPS_KEPT || !*at[i]->key)
			continue;
		group_merge(grouping_of(g, of_kind, ""), at[i]);
		at[i]->kind = GROUP_KINDS;
	}
	free(at);
	drop_joined(g);
}

void grouping_store(struct grouping *g, struct store *s)
{
	join_small(g);
	sort(g->all.at, g->all.n);
	for (size_t i = 0; i < g->all.n; i++)
		store_group_put(s, g->all.at[i]);
}
