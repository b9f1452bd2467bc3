/* Groups that all workers share.
 *
 * There may be as many clients as sessions, and each worker meets most of them:
 * a group of each worker's own would take its memory again, and to add up tens of
 * thousands that lie anywhere takes longer than all that is added to them.
 *
 * Steps: a key's hash says in which of SHARES groupings its group is, each with a
 * lock.  A worker takes that lock twice for a session: to prefetch the group, and
 * to add all of the session to it.
 *
 * Cost: some 100 ns a session for both locks.  Memory: GROUPINGS_MOST groups.
 */
#include "report/derive/grouping.h"

#include <pthread.h>
#include <stdlib.h>

#include "report/derive/grouping_int.h"

#define SHARE_BITS 4 /* of the hash, from its highest: tables use the lowest */
#define SHARES (1 << SHARE_BITS)

struct share {
	pthread_mutex_t lock;
	struct grouping *groups; /* owned */
	char apart[FETCH_LINE];  /* from the next lock's cache line */
};

struct grouping_shared {
	struct share share[SHARES];
};

struct grouping_shared *grouping_shared_new(void)
{
	struct grouping_shared *s = mem_zalloc(1, sizeof *s);

	for (unsigned i = 0; i < SHARES; i++) {
		pthread_mutex_init(&s->share[i].lock, NULL);
		s->share[i].groups = grouping_new();
		s->share[i].groups->most = GROUPINGS_MOST / SHARES;
	}
	return s;
}

void grouping_shared_free(struct grouping_shared *s)
{
	for (unsigned i = 0; s && i < SHARES; i++) {
		grouping_free(s->share[i].groups);
		pthread_mutex_destroy(&s->share[i].lock);
	}
	free(s);
}

static struct share *share_of(struct grouping_shared *s,
			      const struct group_key *k)
{
	return &s->share[k->hash >> (64 - SHARE_BITS)];
}

struct grouping *grouping_enter(struct grouping_shared *s,
				const struct group_key *k)
{
	struct share *x = share_of(s, k);

	pthread_mutex_lock(&x->lock);
	return x->groups;
}

void grouping_leave(struct grouping_shared *s, const struct group_key *k)
{
	pthread_mutex_unlock(&share_of(s, k)->lock);
}

void grouping_shared_expect(struct grouping_shared *s, struct group_key *k)
{
	struct grouping *g = grouping_enter(s, k);

	grouping_expect(g, k);
	grouping_fetch(g, k);
	grouping_leave(s, k);
}

void grouping_take_shared(struct grouping *into, struct grouping_shared *s)
{
	into->most += GROUPINGS_MOST; /* these are as few already */
	for (unsigned i = 0; i < SHARES; i++)
		grouping_merge(into, s->share[i].groups);
}
