/* Shared by the files of groupings: grouping.c finds and merges groups,
 * grouping_few.c packs what few sessions add, grouping_rows.c writes them.
 *
 * reads, writes: struct grouping
 */
#pragma once

#include "base/arena.h"
#include "base/fetch.h"
#include "base/htab.h"
#include "base/mem.h"
#include "report/derive/grouping.h"

#define KEY_MOST 256
#define GROUPS_AHEAD 8  /* prefetched ahead of use */
#define GROUPS_TURN 512 /* taken by a core at once */

struct slip; /* a session's share of a group, packed; in the arena */

struct few { /* a group of few sessions; in the arena */
	struct slip *newest;
	int64_t weight; /* group_weight() of their sum */
	uint8_t kind, n;
	char key[];
};

struct entry {               /* has one of the two */
	struct group *group; /* in the arena, with its key */
	struct few *few;
	uint64_t hash; /* of kind and key */
};

struct grouping {
	struct VEC(struct entry) all;
	struct htab by_hash;             /* indexes into all */
	struct group *last[GROUP_KINDS]; /* the last one looked up: often the
					  * same again */
	struct arena arena;
};

static inline enum group_kind entry_kind(const struct entry *e)
{
	return (enum group_kind)(e->few ? e->few->kind : e->group->kind);
}

static inline const char *entry_key(const struct entry *e)
{
	return e->few ? e->few->key : e->group->key;
}

/* What groups of @kind are ranked by. */
int64_t group_weight(enum group_kind kind, const struct group *g);
/* The group of @e, which is made of its slips if it has none. */
struct group *grouping_full(struct grouping *g, struct entry *e);

/* --- grouping_few.c --- */
struct few *few_new(struct arena *a, enum group_kind kind, const char *key);
/* Adds a slip with @share.  Return: false if it does not fit; nothing was done
 * then. */
bool few_add(struct arena *a, struct few *f, const struct group *share);
/* Moves the slips of @from to @into, of the same kind and key; or the same
 * false. */
bool few_join(struct few *into, struct few *from);
void few_sum(const struct few *f, struct group *into);

/* Frees what a group has outside the arena. */
static inline void group_release_hists(struct group *g)
{
	hist_release(&g->total);
	hist_release(&g->server);
	hist_release(&g->hold);
}

/* Prefetches a group that will be added to another, or another to it. */
static inline void group_fetch(const struct group *g)
{
	fetch_first(g);
	fetch_more(g, sizeof *g);
}

static inline void few_fetch(const struct few *f)
{
	fetch_first(f);
	if (f->newest)
		fetch_first(f->newest);
}

static inline void entry_fetch(const struct group *g, const struct few *f)
{
	if (f)
		few_fetch(f);
	else
		group_fetch(g);
}

static inline void group_merge_away(struct group *into, struct group *from)
{
	group_merge(into, from);
	group_release_hists(from);
}
