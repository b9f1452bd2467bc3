/* Budgets and exchanges added up into groups, by each worker separately but for
 * those that workers share.
 *
 * reads:  struct budget, struct exchange     writes: struct group, in memory
 *
 * All sums commute and top lists have a total order, so that the result does
 * not depend on who saw which session.  Past GROUPINGS_MOST keys of a worker, or of
 * what is shared, new ones join the key "" of their kind.
 */
#pragma once

#include "base/htab.h"
#include "report/derive/opening.h"
#include "report/derive/timeline.h"
#include "store/group.h"

#define GROUPINGS_MOST 65536

struct grouping; /* of a worker */

struct grouping *grouping_new(void);
void grouping_free(struct grouping *g);
/* The group of @kind and @key, created if new.  It keeps its address until
 * groups are merged or stored. */
struct group *grouping_of(struct grouping *g, enum group_kind kind,
			  const char *key);

/* The same in steps, each of which prefetches what the next one needs, so that
 * other work can be done meanwhile; the steps in between may be omitted. */
struct group_key {
	enum group_kind kind;
	const char *key; /* owned by the caller */
	uint64_t hash;
	uint32_t at; /* a group of that hash, or HTAB_NONE */
};
struct group_key group_key_of(enum group_kind kind, const char *key);
struct group_key grouping_key(const struct grouping *g, enum group_kind kind,
			      const char *key); /* prefetches the first */
void grouping_expect(const struct grouping *g, struct group_key *k);
void grouping_fetch(const struct grouping *g, const struct group_key *k);
struct group *grouping_find(struct grouping *g, const struct group_key *k);

/* Moves all groups of @from into @into. */
void grouping_merge(struct grouping *into, struct grouping *from);

/* --- grouping_shared.c: groups that all workers share --- */

/* For a kind with as many groups as sessions, perhaps. */
struct grouping_shared *grouping_shared_new(void);
void grouping_shared_free(struct grouping_shared *s);
/* A group is found, and changed, between these two; only one worker at a time is
 * among the groups where the key belongs. */
struct grouping *grouping_enter(struct grouping_shared *s,
				const struct group_key *k);
void grouping_leave(struct grouping_shared *s, const struct group_key *k);
/* Prefetches the key's group. */
void grouping_shared_expect(struct grouping_shared *s, struct group_key *k);
/* Moves all of its groups into @into. */
void grouping_take_shared(struct grouping *into, struct grouping_shared *s);

/* Writes the GROUPS_KEPT heaviest of each kind.  After that @g can only be
 * freed. */
void grouping_store(struct grouping *g, struct store *s);

/* --- causes.c: what makes a session slow --- */
struct late_sum {
	int64_t ns, most_ns; /* ns: each moment once */
	int64_t until_ns; /* when the newest of them began, at the near point */
	uint32_t of;      /* how many there are */
	uint32_t n;       /* the latest of them */
	uint32_t beats;   /* of them, those that may be heartbeats */
	uint32_t news;    /* of them, those that may be no answers */
	uint32_t mute;    /* of them, those of which no byte came */
	uint32_t behind;  /* so many more waited at the same time */
};

struct worst { /* the exchange with the most of each part; n UINT32_MAX: none */
	struct {
		int64_t ns;
		uint32_t n;
	} at[TIME_PARTS];
	struct {
		int64_t min_ns, max_ns;
		uint32_t n; /* the longest exchange */
	} hold;
	uint32_t unanswered; /* the last one that nobody answered */
	uint32_t mute;       /* how many the server's close ended, with no byte
			      * before it */
	/* what took WORST_LATE_NS to begin: answers, and what may be news behind
	 * replies to news */
	struct late_sum late, replies;
	struct {                          /* what comes before requests */
		int64_t ns;               /* of TIME_PATH: in round trips */
		uint32_t n;               /* the opening */
		uint32_t trips, requests; /* how many there are */
		int64_t greeting_ns; /* of TIME_SERVER: before the server spoke
				      * first; 0: it did not, or soon */
	} set_up;
	int64_t closing_ns; /* of TIME_SERVER: until it closed, too, once the
			     * client had, and had all answers */
};

#define WORST_LATE_NS 1000000000

struct cause_session {
	int64_t id;
	const struct budget *b;
	const struct worst *worst;
	const char *client, *server; /* keys */
	const char *between;         /* positions of the outer points used */
	const char *outer;           /* and of the outermost points that saw
				      * it */
	const char *queued; /* and of those between which the queue is */
	uint64_t bytes;
	struct kept window;
	int64_t lost_ns;    /* part of TIME_RECOVERY: at the end, in vain */
	int64_t feed_ns;    /* part of TIME_SERVER: between pieces of answers */
	int64_t unasked_ns; /* the longest pause in it before what may be
			     * news */
	bool only_replies;  /* worst.replies is before news */
	int64_t mute_ns;    /* part of it, too: for what nobody answered, and
			  * that is no finding of its own */
	int64_t rest_ns;    /* part of TIME_CLIENT: after the last answer */
	int64_t queue_most_ns; /* longest that anything waited in a queue */
	int64_t silent_ns;     /* part of TIME_SERVER: at the end, without an
			        * answer */
	uint64_t silent;       /* packets that arrived meanwhile; 0: none */
	int64_t gone_ns;       /* the same of the client's host */
	uint64_t gone;
	bool gone_data, gone_one; /* there was new data; there is one point */
	/* if an answer to the last request was due and did not come: how long
	 * it waited, and how much of that is in TIME_SERVER; else 0 */
	int64_t unanswered_ns, unanswered_server_ns;
	uint64_t unanswered; /* number of such requests */
	bool stopped;        /* its answer ended halfway */
	bool cut_off;        /* by the end of the capture */
	enum cut cut;
	struct alert alert;
	int64_t opening_ns; /* until what was in vain of its opening was not */
	/* of that, what TIME_SERVER has, and TIME_RECOVERY */
	int64_t opening_server_ns, opening_repair_ns;
	enum opened_how opened;
	uint32_t opening_syns, opening_refused; /* that were in vain */
	bool opening_never;                     /* it does not open */
	uint64_t later_copies; /* of what the client sent once it was open */
	uint64_t held_afar;    /* of b->nagles, those of a far sender */
	uint64_t window_afar;  /* the same of window.times */
	/* longest that the client waited and then went on without an answer */
	int64_t client_went_on_ns;
	bool server_first; /* the server closed or reset it first */
	bool ended;        /* somebody closed or reset it */
	int64_t alone_ns;  /* only one capture: the least round trip to both
				* ends; else -1 */
	bool own_pace; /* by its protocol both sides speak when they have news:
			    * nobody waits for an answer */
	bool far_only; /* only one capture, and it is not next to the
				* server */
	bool spoilt;   /* packets of it arrived damaged */
	bool datagrams_alone,
		named;    /* of datagrams, at one point; messages of a
				      * known protocol are among them */
	bool all_arrived; /* every packet is known to have arrived, between
				* the points */
};

/* Adds the session to the causes whose thresholds it reaches. */
void causes_add(struct grouping *g, const struct cause_session *s);
