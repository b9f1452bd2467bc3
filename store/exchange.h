/* Exchanges of a session and where its time went, packed.
 *
 * reads:  struct budget, struct exchange     writes: exchange
 *
 * One row for most sessions: the budget, then its exchanges in order of their
 * requests; a long session has more rows, EXCHANGE_CHUNK exchanges each.
 * Frames are identified by record numbers in the flows' views (store/recs.h),
 * which are small and lead to time and file as well.
 *
 * Invariants: every part is at least 0, and parts add up to the total, in a
 * budget and in each exchange.  A row that violates this is damaged.
 */
#pragma once

#include "store/recs.h"
#include "store/store.h"

enum time_part { /* order is that of time_ns in the JSON report */
		 TIME_CLIENT,
		 TIME_PATH,
		 TIME_SERVER,
		 TIME_TRANSFER,
		 TIME_RECOVERY,
		 TIME_WINDOW,
		 TIME_NAGLE,
		 TIME_CWND,
		 TIME_QUEUE,
		 TIME_UNATTRIBUTED,
		 TIME_PARTS
};

/* The most that a part can be, 24 years, so that no sum of parts overflows.
 * Sums over many sessions saturate there, as does a session with damaged time
 * stamps. */
#define TIME_PART_MAX (INT64_MAX / 12)

static inline int64_t time_part(int64_t ns)
{
	return ns < TIME_PART_MAX ? ns : TIME_PART_MAX;
}

/* Adds parts; neither is negative.  Most are 0. */
static inline void time_part_add(int64_t *sum, int64_t ns)
{
	if (ns)
		*sum = time_part(time_part(*sum) + time_part(ns));
}

const char *time_part_name(enum time_part p); /* as in JSON */

enum repair { /* how a sender noticed a loss */
	      REPAIR_TIMEOUT,
	      REPAIR_FAST,  /* duplicate or selective acknowledgements */
	      REPAIR_PROBE, /* tail probe */
	      REPAIRS
};

#define EXCHANGE_NONE UINT64_MAX

enum exchange_set_up { SET_UP_NONE, SET_UP_OPENING, SET_UP_CLOSING };

struct exchange {
	/* Records of the near flow: the request's first and last, the
	 * response's first and last; EXCHANGE_NONE: no response.  Those of the
	 * request are of direction c2s, or s2c where the server asked. */
	uint64_t near[4];
	/* Records of the far flow: the one that completed the request there,
	 * and the first of the response; EXCHANGE_NONE: not known. */
	uint64_t far[2];
	int64_t at_ns;    /* of the first record, from the budget's start */
	int64_t think_ns; /* client's time before it */
	int64_t part[TIME_PARTS]; /* sum: from first to last record */
	int64_t hold_ns;    /* how much later than expected the last piece of
			     * the response came; 0: it did not */
	uint64_t bytes[2];  /* of the request, of the response */
	uint32_t in_flight; /* requests open when it was sent, including
			     * itself */
	uint8_t opening;    /* enum exchange_set_up: no request */
	uint8_t proto;      /* enum message_proto + 1; 0: a turn */
	int64_t status;
	char *name; /* owned; NULL: none */
};

int64_t exchange_total(const struct exchange *x);

struct budget_hop { /* the part of TIME_PATH on the stretch between two flows */
	uint8_t from, to; /* indexes into session.flows, client's first */
	int64_t path_ns;
	int64_t queue_ns; /* of TIME_QUEUE, where it was found to be here */
	/* path_ns and queue_ns by direction, as the clocks have it in the middle
	 * of their bounds, and how far from that it may be; valid with
	 * ways_known, see budget_hop_ways() */
	bool ways_known;
	int64_t out_ns, slack_ns;
};

struct budget {
	bool known;        /* a point sees both directions; else everything is
		     * unattributed */
	uint8_t near, far; /* flows nearest to client and server that see both;
			    * equal: one capture only */
	bool one_sided; /* one capture, not known to be next to the server: time
			 * beyond the least round trip may be the path's, too */
	bool streams;   /* both sides send without waiting for each other */
	int64_t start_ns; /* near flow's first record, its own clock; steady */
	int64_t part[TIME_PARTS];
	int64_t before_ns, beyond_ns; /* parts of TIME_PATH: before the near
				       * point, beyond the far one */
	int64_t base_ns; /* least round trip, near to far; one capture: to the
			  * server; -1: not known */
	size_t n_hops;
	/* Owned.  The stretches from near to far, one after another; then
	 * spans, budget_span().  Sum of path_ns, before_ns and beyond_ns is
	 * TIME_PATH. */
	struct budget_hop *hop;
	uint64_t exchanges; /* without the connection's set-up */
	uint64_t repairs[REPAIRS];
	int64_t repair_ns[REPAIRS];             /* of TIME_RECOVERY */
	uint64_t nagles, windows, zero_windows; /* stalls */
	uint64_t holds;                         /* exchanges with hold_ns */
	uint32_t in_flight_max;
	uint64_t in_flight_sum; /* over exchanges */
};

int64_t budget_total(const struct budget *b);
/* Is hop @i a span over several stretches?  It holds the time that cannot be
 * divided among them. */
bool budget_span(const struct budget *b, size_t i);
/* Is it known how much of path_ns and queue_ns was spent on the way out?  Not where
 * the round trips had other time in them (recovery). */
bool budget_hop_ways(const struct budget_hop *h);
void budget_release(struct budget *b);

#define EXCHANGE_CHUNK 4096

/* Appends to @out. */
void budget_pack(const struct budget *b, struct buf *out);
/* Return: 0, or -1 if the bytes are damaged; then @b is released. */
int budget_unpack(struct budget *b, struct cursor *in);

/* Packs one after another; @last: all zero before the first of a chunk. */
void exchange_pack(const struct exchange *x, struct exchange *last,
		   struct buf *out);
/* @x->name is owned by the caller.  Return: 0 or -1. */
int exchange_unpack(struct exchange *x, struct exchange *last,
		    struct cursor *in);

/* --- rows --- */
/* For tests: sweeps put shelves (store/shelf_rows.h). */
void store_exchange_put(struct store *s, int64_t session, uint32_t chunk,
			const struct buf *data);
/* @n_flows: the session's; a budget that names another flow is damaged. Return:
 * false if there is no budget or it is damaged. */
bool store_budget_get(struct store *s, int64_t session, size_t n_flows,
		      struct budget *out);

/* All exchanges of a session, one after another. */
struct exchange_cursor;
struct exchange_cursor *store_exchanges(struct store *s, int64_t session);
/* @out->name belongs to the cursor, and is valid until the next call. */
bool exchange_cursor_next(struct exchange_cursor *c, struct exchange *out);
void exchange_cursor_free(struct exchange_cursor *c);
