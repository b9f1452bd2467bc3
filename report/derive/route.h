/* Evidence that the route between two points changed, collected in a sweep.
 *
 * reads:  struct fate_row    writes: struct route_watch
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/match.h"

#define ROUTE_BUCKETS 32 /* of the session's time */
#define ROUTE_RUNS 8     /* with more, packets take several routes at once */

struct route_sight { /* a packet at both points, in the direction of travel */
	int64_t near_file, far_file;
	uint64_t near_frame, far_frame;
	int64_t near_ns, far_ns;
};

struct route_bucket { /* the fastest packet of each way: [0] out, [1] back */
	uint64_t n[2];
	int64_t least_ns[2]; /* far minus near time, of two clocks */
	struct route_sight at[2];
};

struct route_run { /* consecutive packets that passed the same number of
		    * routers */
	int drop;  /* of the TTL */
	uint64_t n;
	struct route_sight first;
};

/* Between two flows of a session. */
struct route_watch {
	int a, b;                   /* indexes into row.flows, a < b */
	int64_t start_ns, width_ns; /* of the buckets, by the clock at a */
	struct route_bucket bucket[ROUTE_BUCKETS];
	struct route_run run[2][ROUTE_RUNS]; /* by way */
	int n_runs[2];
	bool mixed[2];
};

struct route_move { /* the round trip's floor before and after */
	bool known;
	int64_t before_ns, after_ns;
	/* the fastest outbound packets on each side of the change; owned by the
	 * watch */
	const struct route_sight *before, *after;
};

void route_init(struct route_watch *w, int a, int b, int64_t from_ns,
		int64_t to_ns);
void route_add(struct route_watch *w, const struct fate_row *r);
/* Whether the number of routers changed for good.  Return: the first run after
 * the change, or NULL; the run before it is the preceding element. */
const struct route_run *route_ttl(const struct route_watch *w, int way);
/* @ticks_ns: the effective ticks of both points' clocks, together. */
struct route_move route_floor(const struct route_watch *w, int64_t ticks_ns);
