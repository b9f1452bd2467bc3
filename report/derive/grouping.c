/* Groups by key: see the header.
 *
 * Cost: a look-up by string for each session, some 50 ns.  There may be as many
 * clients as sessions, so the table holds hashes: other entries are not
 * touched, and groups are in an arena, several cache lines each.  Callers that
 * know keys before they need the groups prefetch these.
 *
 * Merging moves what occurs in one worker only unchanged, looking at hashes only;
 * what remains to be added up is spread over all cores.
 */
#include "report/derive/grouping.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/parallel.h"
#include "report/derive/grouping_int.h"

#define KEY_MOST 256
#define BATCH 16 /* entries merged at a time */

struct grouping *grouping_new(void)
{
	struct grouping *g = mem_zalloc(1, sizeof *g);

	g->most = GROUPINGS_MOST;
	return g;
}

/* Forgets all groups, which have other owners or own nothing. */
static void grouping_clear(struct grouping *g)
{
	VEC_FREE(&g->all);
	htab_release(&g->by_hash);
	memset(g->last, 0, sizeof g->last);
	arena_release(&g->arena);
}

void grouping_free(struct grouping *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->all.n; i++)
		group_release_hists(g->all.at[i].group);
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
		if (is_of(g->all.at[i].group, kind, key))
			return g->all.at[i].group;
	return NULL;
}

static uint64_t hash_of(enum group_kind kind, const char *key)
{
	return XXH3_64bits_withSeed(key, strnlen(key, KEY_MOST), kind);
}

static void add(struct grouping *g, struct group *e, uint64_t hash)
{
	htab_put(&g->by_hash, hash, (uint32_t)g->all.n);
	*VEC_PUSH(&g->all) = (struct entry){ e, hash };
}

static struct group *group_new(struct grouping *g, enum group_kind kind,
			       const char *key)
{
	size_t n = strnlen(key, KEY_MOST);
	struct group *e = arena_alloc(&g->arena, sizeof *e + n + 1);

	e->kind = (uint8_t)kind;
	e->key = (char *)(e + 1);
	memcpy(e->key, key, n);
	return e;
}

struct group_key group_key_of(enum group_kind kind, const char *key)
{
	return (struct group_key){ kind, key, hash_of(kind, key), HTAB_NONE };
}

struct group_key grouping_key(const struct grouping *g, enum group_kind kind,
			      const char *key)
{
	struct group_key k = group_key_of(kind, key);

	htab_fetch(&g->by_hash, k.hash);
	return k;
}

void grouping_expect(const struct grouping *g, struct group_key *k)
{
	size_t pos = SIZE_MAX;

	k->at = htab_find(&g->by_hash, k->hash, &pos);
	if (k->at != HTAB_NONE)
		__builtin_prefetch(&g->all.at[k->at]);
}

void grouping_fetch(const struct grouping *g, const struct group_key *k)
{
	if (k->at != HTAB_NONE)
		group_fetch(g->all.at[k->at].group);
}

struct group *grouping_find(struct grouping *g, const struct group_key *k)
{
	enum group_kind kind = k->kind;
	const char *key = k->key;
	struct group *e = g->last[kind];
	uint64_t hash = k->hash;

	if (e && strcmp(e->key, key) == 0)
		return e;
	e = find(g, kind, key, hash);
	if (!e && *key && g->all.n >= g->most)
		return grouping_of(g, kind, "");
	if (!e) {
		e = group_new(g, kind, key);
		add(g, e, hash);
	}
	g->last[kind] = e;
	return e;
}

struct group *grouping_of(struct grouping *g, enum group_kind kind,
			  const char *key)
{
	struct group *e = g->last[kind];
	struct group_key k = { kind, key, 0, HTAB_NONE };

	if (e && strcmp(e->key, key) == 0)
		return e;
	k.hash = hash_of(kind, key);
	return grouping_find(g, &k);
}

/* --- merging --- */
struct same { /* a group that both have */
	struct group *into, *from;
};

struct sames VEC(struct same);

static void merge_some(void *ctx, unsigned worker, size_t turn)
{
	const struct sames *v = ctx;
	size_t from = turn * GROUPS_TURN;
	size_t to = v->n - from < GROUPS_TURN ? v->n : from + GROUPS_TURN;

	(void)worker;
	for (size_t i = from; i < to; i++) {
		if (i + GROUPS_AHEAD < to) {
			group_fetch(v->at[i + GROUPS_AHEAD].into);
			group_fetch(v->at[i + GROUPS_AHEAD].from);
		}
		group_merge_away(v->at[i].into, v->at[i].from);
	}
}

/* The group of @into with the key of @e; looks at @e only if hashes are
 * equal. */
static struct group *find_same(const struct grouping *into,
			       const struct entry *e)
{
	size_t pos = SIZE_MAX;

	if (htab_find(&into->by_hash, e->hash, &pos) == HTAB_NONE)
		return NULL;
	return find(into, (enum group_kind)e->group->kind, e->group->key,
		    e->hash);
}

/* Prefetches what find_same() will compare of entries [@from, @to), BATCH at
 * most: groups, and the keys behind them. */
static void fetch_same(const struct grouping *into, const struct entry *from,
		       const struct entry *to)
{
	const struct group *of[2 * BATCH];
	size_t n = 0;

	for (const struct entry *e = from; e < to; e++) {
		size_t pos = SIZE_MAX;
		uint32_t i = htab_find(&into->by_hash, e->hash, &pos);

		if (i == HTAB_NONE)
			continue;
		of[n++] = into->all.at[i].group;
		of[n++] = e->group;
	}
	for (size_t i = 0; i < n; i++) {
		fetch_first(of[i]);
		fetch_first(of[i] + 1);
	}
}

static void take(struct grouping *into, const struct entry *e,
		 struct sames *both)
{
	struct group *same = find_same(into, e);

	if (same)
		*VEC_PUSH(both) = (struct same){ same, e->group };
	else if (into->all.n >= into->most && *e->group->key)
		group_merge_away(
			grouping_of(into, (enum group_kind)e->group->kind, ""),
			e->group);
	else
		add(into, e->group, e->hash);
}

void grouping_merge(struct grouping *into, struct grouping *from)
{
	struct sames both = { 0 };

	for (size_t i = 0, to; i < from->all.n; i = to) {
		const struct entry *all = from->all.at;
		size_t n = from->all.n;

		to = n - i < BATCH ? n : i + BATCH;
		for (size_t k = to; k < n && k < to + BATCH; k++)
			htab_fetch(&into->by_hash, all[k].hash);
		fetch_same(into, &all[i], &all[to]);
		for (size_t k = i; k < to; k++)
			take(into, &all[k], &both);
	}
	/* each group occurs once: no two cores add to the same one */
	parallel_run((both.n + GROUPS_TURN - 1) / GROUPS_TURN, merge_some,
		     &both);
	VEC_FREE(&both);
	arena_take(&into->arena, &from->arena);
	grouping_clear(from);
}
