/* Groups by key: see the header.
 *
 * Cost: a look-up by string for each session and command, some 50 ns.
 */
#include "report/derive/grouping.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Its own function falls through labels in a way that clang warns of. */
#define HASH_FUNCTION(key, len, out) ((out) = (unsigned)XXH3_64bits(key, len))
#include <uthash.h>

#define KEY_MOST 256

/* The analyzer follows uthash's links to entries that were just taken out. */
// NOLINTBEGIN(clang-analyzer-unix.Malloc)

struct entry {
	struct group g;
	char *name; /* kind, a byte, and key; owned */
	UT_hash_handle hh;
};

struct grouping {
	struct entry *all;
	struct entry *last[GROUP_KINDS]; /* asked for last: often the same */
};

struct grouping *grouping_new(void)
{
	return mem_zalloc(1, sizeof(struct grouping));
}

static void entry_free(struct entry *e)
{
	group_release(&e->g);
	free(e->name);
	free(e);
}

void grouping_free(struct grouping *g)
{
	struct entry *e, *next;

	if (!g)
		return;
	e = g->all;
	HASH_CLEAR(hh, g->all);
	for (; e; e = next) {
		next = e->hh.next;
		entry_free(e);
	}
	free(g);
}

struct group *grouping_of(struct grouping *g, enum group_kind kind,
			  const char *key)
{
	char name[KEY_MOST + 1];
	struct entry *e = g->last[kind];
	size_t n;

	if (e && strcmp(e->g.key, key) == 0)
		return &e->g;
	n = strnlen(key, KEY_MOST);
	name[0] = (char)kind;
	memcpy(name + 1, key, n++);
	HASH_FIND(hh, g->all, name, n, e);
	if (!e && *key && HASH_COUNT(g->all) >= GROUPINGS_MOST)
		return grouping_of(g, kind, "");
	if (!e) {
		e = mem_zalloc(1, sizeof *e);
		e->g.kind = (uint8_t)kind;
		e->g.key = mem_printf("%.*s", KEY_MOST, key);
		e->name = mem_resize(NULL, n, 1);
		memcpy(e->name, name, n);
		HASH_ADD_KEYPTR(hh, g->all, e->name, n, e);
	}
	g->last[kind] = e;
	return &e->g;
}

void grouping_merge(struct grouping *into, struct grouping *from)
{
	struct entry *e, *next;

	e = from->all;
	HASH_CLEAR(hh, from->all);
	for (; e; e = next) {
		next = e->hh.next;
		group_merge(grouping_of(into, (enum group_kind)e->g.kind,
					e->g.key),
			    &e->g);
		entry_free(e);
	}
	memset(from->last, 0, sizeof from->last);
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

static int by_weight(const void *pa, const void *pb)
{
	const struct group *a = *(struct group *const *)pa;
	const struct group *b = *(struct group *const *)pb;
	int64_t x = weight_of(a), y = weight_of(b);

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (!*a->key != !*b->key && a->kind < CAUSE_CLIENT)
		return *a->key ? -1 : 1; /* the rest stands last */
	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(a->key, b->key);
}

/* Those past GROUPS_KEPT of a kind are joined. */
static void join_small(struct grouping *g)
{
	size_t n = HASH_COUNT(g->all), k = 0, of = 0;
	unsigned kind = GROUP_KINDS;
	struct group **at = mem_zalloc(n + 1, sizeof(struct group *));
	struct entry *e, *next;

	HASH_ITER(hh, g->all, e, next) at[k++] = &e->g;
	if (n)
		qsort(at, n, sizeof *at, by_weight);
	for (size_t i = 0; i < n; i++) {
		of = at[i]->kind == kind ? of + 1 : 0;
		kind = at[i]->kind;
		if (of >= GROUPS_KEPT && *at[i]->key) {
			struct group *rest = grouping_of(
				g, (enum group_kind)at[i]->kind, "");

			group_merge(rest, at[i]);
			at[i]->kind = GROUP_KINDS;
		}
	}
	free(at);
	HASH_ITER(hh, g->all, e, next)
	{
		if (e->g.kind != GROUP_KINDS)
			continue;
		HASH_DEL(g->all, e);
		entry_free(e);
	}
	memset(g->last, 0, sizeof g->last);
}

void grouping_store(struct grouping *g, struct store *s)
{
	struct group **at;
	struct entry *e, *next;
	size_t n, k = 0;

	join_small(g);
	n = HASH_COUNT(g->all);
	at = mem_zalloc(n + 1, sizeof(struct group *));
	HASH_ITER(hh, g->all, e, next) at[k++] = &e->g;
	if (n)
		qsort(at, n, sizeof *at, by_weight);
	for (size_t i = 0; i < n; i++)
		store_group_put(s, at[i]);
	free(at);
}
// NOLINTEND(clang-analyzer-unix.Malloc)
