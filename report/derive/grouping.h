/* Budgets and exchanges added up into groups, by each worker for itself.
 *
 * reads:  struct budget, struct exchange     writes: struct group, in memory
 *
 * All sums commute and top lists have a total order, so that the result does
 * not depend on who saw which session.  Past GROUPINGS_MOST keys of a worker
 * new ones join the key "" of their kind.
 */
#pragma once

#include "base/htab.h"
#include "store/group.h"

#define GROUPINGS_MOST 65536

struct grouping; /* of a worker */

struct grouping *grouping_new(void);
void grouping_free(struct grouping *g);
/* The group of @kind and @key, made where it is new.  It stays where it is until
 * groups are merged or stored. */
struct group *grouping_of(struct grouping *g, enum group_kind kind,
			  const char *key);

/* The same in steps, each of which asks for what the next one looks at, so that
 * other work can be done meanwhile; those between may be left out. */
struct group_key {
	enum group_kind kind;
	const char *key; /* the caller's */
	uint64_t hash;
	uint32_t at; /* a group of that hash; HTAB_NONE */
};
struct group_key grouping_key(const struct grouping *g, enum group_kind kind,
			      const char *key);
void grouping_expect(const struct grouping *g, struct group_key *k);
void grouping_fetch(const struct grouping *g, const struct group_key *k);
struct group *grouping_find(struct grouping *g, const struct group_key *k);

/* Moves all of @from into @into. */
void grouping_merge(struct grouping *into, struct grouping *from);
/* Writes the GROUPS_KEPT heaviest of each kind.  Then @g can only be freed. */
void grouping_store(struct grouping *g, struct store *s);

/* --- causes.c: what makes a session slow --- */
struct worst { /* the exchange with most of each part; n UINT32_MAX: none */
	struct {
		int64_t ns;
		uint32_t n;
	} at[TIME_PARTS];
	struct {
		int64_t min_ns, max_ns;
		uint32_t n; /* of the longest */
	} hold;
	uint32_t unanswered; /* the last that nobody answered */
};

struct cause_session {
	int64_t id;
	const struct budget *b;
	const struct worst *worst;
	const char *client, *server; /* keys */
	const char *between;         /* positions of the outer points used */
	const char *outer;           /* and of the outer ones that have it */
	const char *queued; /* and of those that the queue is between */
	uint64_t bytes;
	int64_t lost_ns; /* of TIME_RECOVERY: at the end, for nothing */
	int64_t feed_ns; /* of TIME_SERVER: between the pieces of answers */
	int64_t mute_ns; /* of it, too: for datagrams that nobody answered */
	int64_t queue_most_ns; /* longest that anything waited in a queue */
	int64_t silent_ns;     /* of TIME_SERVER: at the end nobody answered */
	uint64_t silent;       /* packets that arrived meanwhile; 0: none */
	/* the last request, if it had no answer that was due: how long it
	 * waited, what TIME_SERVER has of that; 0: it had one */
	int64_t unanswered_ns, unanswered_server_ns;
	uint64_t unanswered; /* requests that waited so */
	bool stopped;        /* its answer ended halfway */
	bool cut_off;        /* by the end of the capture */
	bool far_only;       /* one capture, and it is not beside the server */
	bool all_arrived; /* each packet is known to have, between the points */
};

/* Adds the session to the causes whose thresholds it reaches. */
void causes_add(struct grouping *g, const struct cause_session *s);
