/* Shared by the files of budgets: budget.c computes them, budget_taps.c chooses
 * the points, budget_sums.c adds up exchanges, budget_session.c the session.
 *
 * reads, writes: struct making
 */
#pragma once

#include "report/derive/budget.h"
#include "report/derive/grouping.h"
#include "report/derive/timeline.h"

struct sum { /* an exchange's figures, the same for all groups */
	struct group_top top;
	int64_t total, server;
	int32_t total_at, server_at; /* hist_index() */
	uint64_t bytes, in_flight;
	bool error;
};

#define SUMS_WAIT 32 /* exchanges, for the client's group */

/* A worker's buffers, reused for each session. */
struct bench {
	struct tap tap[TIMELINE_HOPS];
	struct buf body, first, head;
	struct grouping *groups; /* owned */
	struct asked *asked;     /* owned; made with its first session */
	struct sum wait[SUMS_WAIT];
	unsigned n_wait;
};

struct last_frame { /* the last one that a point captured */
	int64_t file;
	uint64_t frame;
	int64_t t_ns; /* as captured */
};

struct budgets {
	struct fate_observer observer;
	struct bench *bench;             /* by worker; owned */
	struct grouping_shared *clients; /* owned */
	unsigned n_benches;
	size_t n_points;
	/* by path position - 1: is it on a host; when its capture ended */
	bool *on_host;
	struct last_frame *last;
};

struct making { /* one session */
	const struct budgets *all;
	const struct fate_seen *x;
	struct budget b;
	struct tap *tap; /* the bench's */
	struct timeline line;
	/* packing */
	struct bench *bench; /* first: chunk 0's body, once there are more */
	struct exchange last;
	uint32_t n, chunk, count;
	/* adding up */
	struct worst worst;
	char client[NET_END_TEXT], server[NET_END_TEXT], between[24];
	char queued[24];
	struct group_key server_key, client_key;
	/* groups of all exchanges, and of those that are turns; NULL: not
	 * looked up yet */
	struct group *of_all, *of_server, *of_turns;
	uint64_t bytes;
	bool apart;  /* nobody knows what its time was spent on */
	bool untold; /* ... the exchange's */
	fate_keep *keep;
	void *keep_ctx;
};

/* --- budget_taps.c --- */
/* Opens a tap for each usable flow, the client's first. */
void budget_taps(struct making *m);
/* What the opening tells of the outer round trips, and of where a single
 * capture is.
 */
void budget_opening(struct making *m);
void budget_least_trip(struct making *m);
void budget_stretches(struct making *m);
/* Window scales, from the SYNs: only if enough was sent for a window to have
 * been the limit. */
void budget_windows(struct making *m, struct tap *t);

/* --- budget_stamps.c --- */
/* To be called when the time is attributed: takes it back where a point's two
 * directions are stamped apart, and counts that. */
void budget_stamps(struct making *m);
/* Is it known by now that time stamps do not tell who took how long of @x? */
bool budget_stamps_doubt(const struct making *m, const struct exchange *x);
/* Makes all of its time nobody's. */
void budget_stamps_untold(struct exchange *x);

/* --- budget_waits.c --- */
/* Notes what in @x somebody waits for, whatever its share. */
void budget_add_waits(struct making *m, const struct exchange *x);

/* --- budget_sums.c --- */
/* Determines the groups that the session belongs to. */
void budget_keys(struct making *m);
/* Prefetches these sessions' groups in steps: see grouping.h. */
void budget_expect(struct making *m);
void budget_fetch(const struct making *m);
/* The server's own time in an exchange, until its answer begins: a stream may go on for
 * hours. */
int64_t budget_server_ns(const struct making *m, const struct exchange *x);
void budget_add_exchange(struct making *m, const struct exchange *x);
/* The session's parts, once all of its exchanges are there. */
void budget_sum_session(struct making *m);

/* --- budget_session.c --- */
/* The same, and what it adds to causes. */
void budget_add_session(struct making *m);
