/* Shared by the files of groupings: grouping.c finds and merges groups,
 * grouping_shared.c has those of all workers, grouping_rows.c writes them.
 *
 * reads, writes: struct grouping
 */
#pragma once

#include "base/arena.h"
#include "base/fetch.h"
#include "base/htab.h"
#include "base/mem.h"
#include "report/derive/grouping.h"

#define GROUPS_AHEAD 8  /* prefetched ahead of use */
#define GROUPS_TURN 512 /* taken by a core at once */

struct entry {
	struct group *group; /* in the arena, with its key */
	uint64_t hash;       /* of kind and key */
};

struct grouping {
	struct VEC(struct entry) all;
	size_t most;                     /* keys; others join "" */
	struct htab by_hash;             /* indexes into all */
	struct group *last[GROUP_KINDS]; /* the last one looked up: often the
					  * same again */
	struct arena arena;
};

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

static inline void group_merge_away(struct group *into, struct group *from)
{
	group_merge(into, from);
	group_release_hists(from);
}
