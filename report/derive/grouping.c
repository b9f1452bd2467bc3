/* Groups by key: see the header.
 *
 * Cost: a look-up by string for each session, some 50 ns.  There may be as many
 * clients as sessions, so the table holds hashes: other entries are not
 * touched, and groups are in an arena, several cache lines each.  Callers that
 * know keys before they need the groups prefetch these.
 *
 * Most groups are of few sessions (clients, say), and are packed
 * (grouping_few.c) until that has changed or somebody asks for the group.
 *
 * Most of these occur in one worker only: merging moves them unchanged, looking at
 * hashes only, and what remains to be added up is spread over all cores.
 */
#include "report/derive/grouping.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/parallel.h"
#include "report/derive/grouping_int.h"

#define BATCH 16 /* entries merged at a time */

struct grouping *grouping_new(void)
{
	return mem_zalloc(1, sizeof(struct grouping));
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
		if (g->all.at[i].group)
			group_release_hists(g->all.at[i].group);
	grouping_clear(g);
	free(g);
}

static bool is_of(const struct entry *e, enum group_kind kind, const char *key)
{
	return entry_kind(e) == kind &&
	       strncmp(entry_key(e), key, KEY_MOST) == 0;
}

static struct entry *find(const struct grouping *g, enum group_kind kind,
			  const char *key, uint64_t hash)
{
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&g->by_hash, hash, &pos)) != HTAB_NONE)
		if (is_of(&g->all.at[i], kind, key))
			return &g->all.at[i];
	return NULL;
}

static uint64_t hash_of(enum group_kind kind, const char *key)
{
	return XXH3_64bits_withSeed(key, strnlen(key, KEY_MOST), kind);
}

/* Return: valid until the next one. */
static struct entry *add(struct grouping *g, const struct entry *e)
{
	struct entry *to;

	htab_put(&g->by_hash, e->hash, (uint32_t)g->all.n);
	to = VEC_PUSH(&g->all);
	*to = *e;
	return to;
}

/* Is there no room for one more of @key? */
static bool is_full(const struct grouping *g, const char *key)
{
	return *key && g->all.n >= GROUPINGS_MOST;
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

struct group *grouping_full(struct grouping *g, struct entry *e)
{
	struct few *f = e->few;

	if (!f)
		return e->group;
	e->group = group_new(g, (enum group_kind)f->kind, f->key);
	e->few = NULL;
	few_sum(f, e->group);
	return e->group;
}

struct group_key grouping_key(const struct grouping *g, enum group_kind kind,
			      const char *key)
{
	struct group_key k = { kind, key, hash_of(kind, key), HTAB_NONE };

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
	const struct entry *e;

	if (k->at == HTAB_NONE)
		return;
	e = &g->all.at[k->at];
	if (e->few)
		fetch_first(e->few);
	else
		group_fetch(e->group);
}

struct group *grouping_find(struct grouping *g, const struct group_key *k)
{
	struct group *group = g->last[k->kind];
	struct entry *e;

	if (group && strcmp(group->key, k->key) == 0)
		return group;
	e = find(g, k->kind, k->key, k->hash);
	if (!e && is_full(g, k->key))
		return grouping_of(g, k->kind, "");
	if (e)
		group = grouping_full(g, e);
	else
		group = add(g, &(struct entry){ group_new(g, k->kind, k->key),
						NULL, k->hash })
				->group;
	g->last[k->kind] = group;
	return group;
}

/* Return: false if that takes a whole group. */
static bool add_few(struct grouping *g, const struct group_key *k,
		    const struct group *share)
{
	struct entry *e = find(g, k->kind, k->key, k->hash);

	if (e)
		return e->few && few_add(&g->arena, e->few, share);
	if (is_full(g, k->key))
		return false;
	e = add(g, &(struct entry){ NULL, few_new(&g->arena, k->kind, k->key),
				    k->hash });
	return few_add(&g->arena, e->few, share);
}

void grouping_add(struct grouping *g, const struct group_key *k,
		  const struct group *share)
{
	const struct group *last = g->last[k->kind];

	if ((last && strcmp(last->key, k->key) == 0) || !add_few(g, k, share))
		group_merge(grouping_find(g, k), share);
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
	const struct few *few; /* instead of @from */
};

struct sames VEC(struct same);

static void merge_some(void *ctx, unsigned worker, size_t turn)
{
	const struct sames *v = ctx;
	size_t from = turn * GROUPS_TURN;
	size_t to = v->n - from < GROUPS_TURN ? v->n : from + GROUPS_TURN;

	(void)worker;
	for (size_t i = from; i < to; i++) {
		const struct same *s = &v->at[i];

		if (i + GROUPS_AHEAD < to) {
			entry_fetch(s[GROUPS_AHEAD].from, s[GROUPS_AHEAD].few);
			group_fetch(s[GROUPS_AHEAD].into);
		}
		if (s->few)
			few_sum(s->few, s->into);
		else
			group_merge_away(s->into, s->from);
	}
}

/* The entry of @into with the key of @e; looks at @e only if hashes are
 * equal. */
static struct entry *find_same(const struct grouping *into,
			       const struct entry *e)
{
	size_t pos = SIZE_MAX;

	if (htab_find(&into->by_hash, e->hash, &pos) == HTAB_NONE)
		return NULL;
	return find(into, entry_kind(e), entry_key(e), e->hash);
}

/* Prefetches what find_same() will compare of entries [@from, @to), BATCH at
 * most: groups, and the keys behind them. */
static void fetch_same(const struct grouping *into, const struct entry *from,
		       const struct entry *to)
{
	const struct entry *of[2 * BATCH];
	size_t n = 0;

	for (const struct entry *e = from; e < to; e++) {
		size_t pos = SIZE_MAX;
		uint32_t i = htab_find(&into->by_hash, e->hash, &pos);

		if (i == HTAB_NONE)
			continue;
		of[n++] = &into->all.at[i];
		of[n++] = e;
	}
	for (size_t i = 0; i < n; i++) {
		if (of[i]->few) {
			fetch_first(of[i]->few);
		} else {
			fetch_first(of[i]->group);
			fetch_first(of[i]->group + 1);
		}
	}
}

/* Adds @e to @same, of the same key, or notes that it is to be. */
static void take_same(struct grouping *into, struct entry *same,
		      const struct entry *e, struct sames *both)
{
	struct entry whole = *same, part = *e;

	if (e->few && same->few && few_join(same->few, e->few))
		return;
	if (same->few && !e->few) {
		whole = *e;
		part = *same;
	}
	same->few = NULL;
	same->group = grouping_full(into, &whole);
	*VEC_PUSH(both) = (struct same){ same->group, part.group, part.few };
}

static void take(struct grouping *into, const struct entry *e,
		 struct sames *both)
{
	struct entry *same = find_same(into, e);
	struct group *rest;

	if (same) {
		take_same(into, same, e, both);
	} else if (is_full(into, entry_key(e))) {
		rest = grouping_of(into, entry_kind(e), "");
		if (e->few)
			few_sum(e->few, rest);
		else
			group_merge_away(rest, e->group);
	} else {
		add(into, e);
	}
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
