/* The age of parts: the file's clock, lists by last use, and the incarnations
 * of keys that are gone.
 *
 * Clock: flow_tick() follows time stamps only when two packets in a row agree,
 * so that a single wild stamp ends nothing.
 *
 * Lists: living parts are kept in two, one for each idle time allowed.  Moving
 * a part touches its neighbours, which are far apart in memory, so a part moves
 * to the end at most once in 1/FLOW_SLACK of that time; in between only its own
 * stamp (touched_ns) is kept.  The oldest is ended once it has not moved for
 * that time plus the slack, and has then been idle for that time at least.
 * Whoever looks a part up calls flow_is_idle(), so the slack affects only when
 * a part is handed out, not what belongs to it.
 *
 * Ghosts: a ring of the last GHOSTS keys whose part ended.
 *
 * All this depends on the file alone.  Cost: O(1) a packet.  At the limit of
 * living parts each new one ends the oldest, which is in no cache any more:
 * flow_oldest_fetch() prefetches it two parts ahead.
 */
#include "capture/flow_int.h"

#include <stdlib.h>

#define GHOSTS (1024u * 1024)

/* ---- lists ---- */

void list_remove(struct flowtab *t, uint32_t i)
{
	struct live *f = live_at(t, i);
	struct lru *l = &t->list[f->list];

	if (f->older == FLOW_NONE) {
		l->oldest = f->newer;
		t->quiet = false;
	} else {
		live_at(t, f->older)->newer = f->newer;
	}
	if (f->newer == FLOW_NONE)
		l->newest = f->older;
	else
		live_at(t, f->newer)->older = f->older;
}

void list_append(struct flowtab *t, uint32_t i, enum list list, int64_t ns)
{
	struct live *f = live_at(t, i);
	struct lru *l = &t->list[list];

	f->list = list == LIST_LONG;
	f->touched_ns = f->moved_ns = ns;
	f->newer = FLOW_NONE;
	f->older = l->newest;
	if (l->newest == FLOW_NONE) {
		l->oldest = i;
		t->quiet = false;
	} else {
		live_at(t, l->newest)->newer = i;
	}
	l->newest = i;
}

/* Until when the list's oldest part is not too old: t->quiet_to_ns is no later. */
static void be_quiet(struct flowtab *t, const struct live *f, int64_t age_ns)
{
	int64_t to;

	if (f->moved_ns > t->quiet_from_ns)
		t->quiet_from_ns = f->moved_ns;
	if (!__builtin_add_overflow(f->moved_ns, age_ns, &to) &&
	    to < t->quiet_to_ns)
		t->quiet_to_ns = to;
}

/* Stamps in the future (wild ones, or all of them after the clock stepped back)
 * are reset, one per packet, which repairs the list; until then it is not
 * quiet. */
static uint32_t aged_of(struct flowtab *t, enum list list)
{
	const int64_t age = list_idle(list) + list_idle(list) / FLOW_SLACK;
	uint32_t i = t->list[list].oldest;
	const struct live *f;

	if (i == FLOW_NONE)
		return FLOW_NONE;
	f = live_at(t, i);
	if (f->moved_ns > t->now_ns) {
		t->quiet = false;
		if (flow_apart(f->moved_ns, t->now_ns) > FLOW_CLOCK_STEP_NS) {
			list_remove(t, i);
			list_append(t, i, list, t->now_ns);
		}
		return FLOW_NONE;
	}
	if (flow_apart(t->now_ns, f->moved_ns) > age)
		return i;
	be_quiet(t, f, age);
	return FLOW_NONE;
}

uint32_t flow_aged(struct flowtab *t)
{
	uint32_t i;

	t->quiet = true; /* unless a list says otherwise */
	t->quiet_from_ns = INT64_MIN;
	t->quiet_to_ns = INT64_MAX;
	i = aged_of(t, LIST_SHORT);
	if (i == FLOW_NONE)
		i = aged_of(t, LIST_LONG);
	if (i != FLOW_NONE)
		t->quiet = false;
	return i;
}

uint32_t flow_oldest(const struct flowtab *t)
{
	uint32_t a = t->list[LIST_SHORT].oldest;
	uint32_t b = t->list[LIST_LONG].oldest;

	if (b == FLOW_NONE)
		return a;
	return a != FLOW_NONE && live_at(t, a)->moved_ns <=
					 live_at(t, b)->moved_ns
		       ? a
		       : b;
}

/* Fetches the third oldest itself, which links to the next; for the second,
 * what belongs to it and its places in the tables.  So each call needs only
 * what the calls before it fetched. */
void flow_oldest_fetch(const struct flowtab *t)
{
	const struct live *f[3];
	uint32_t i = flow_oldest(t);
	uint64_t hash;

	for (int k = 0; k < 3; k++) {
		if (i == FLOW_NONE)
			return;
		f[k] = live_at(t, i);
		if (k < 2)
			i = f[k]->newer;
	}
	fetch_first(f[2]);
	fetch_more(f[2], sizeof *f[2]);
	hash = flow_hash(&f[1]->key);
	htab_fetch(&t->table, hash);
	htab_fetch(&t->ghosts.table, hash);
	flow_fetch_end(f[1]);
}

/* ---- incarnations of keys that are gone ---- */

const struct ghost *ghost_find(const struct ghosts *g, uint64_t hash)
{
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&g->table, hash, &pos);

	return i == HTAB_NONE ? NULL : &g->ring[i];
}

uint32_t ghost_take(const struct ghosts *g, uint64_t hash)
{
	const struct ghost *x = ghost_find(g, hash);

	return x ? x->incarnation : 0;
}

void ghost_put(struct ghosts *g, uint64_t hash, const struct live *f)
{
	size_t pos = SIZE_MAX, cap = g->n;
	uint32_t i = htab_find(&g->table, hash, &pos);
	struct ghost x = { .hash = hash, .incarnation = f->incarnation + 1 };

	for (unsigned end = 0; end < 2; end++)
		x.next[end] = (uint32_t)f->side[flow_dir(f, !end)].seq_next;
	if (i != HTAB_NONE) {
		g->ring[i] = x;
		return;
	}
	if (g->at == g->n && g->n < GHOSTS) {
		g->ring = mem_grow(g->ring, &cap, cap + 1, sizeof *g->ring);
		g->n = (uint32_t)(cap < GHOSTS ? cap : GHOSTS);
	} else if (g->at == g->n) {
		g->at = 0;
	}
	if (g->table.n == GHOSTS)
		htab_remove(&g->table, g->ring[g->at].hash, g->at);
	g->ring[g->at] = x;
	htab_put(&g->table, hash, g->at++);
}

void ghosts_release(struct ghosts *g)
{
	free(g->ring);
	htab_release(&g->table);
}
