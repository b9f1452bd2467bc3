/* Moments in which no answer comes to anybody, and then all at once.
 *
 * reads:  struct stall_wait     writes: struct stall
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct stall_wait { /* a request that was answered; times of one point's clock */
	int64_t from_ns,
		until_ns; /* its last byte left, the answer's first came */
	int64_t session;
	uint32_t n;     /* exchange of the session */
	uint16_t hop;   /* between which points: only equal ones are compared */
	bool long_path; /* it took long, and most of that was a queue */
};

struct stall_waits VEC(struct stall_wait); /* owned; VEC_FREE() */

#define STALL_NS 200000000 /* shorter ones are not told */
#define STALL_SESSIONS 3   /* that wait, at least */

struct stall {
	int64_t from_ns, until_ns; /* the last answer before, the first after */
	size_t first, n;           /* waits that end just after it, and */
	uint64_t waiting;  /* so many of them were there in its first half */
	uint64_t sessions; /* of these */
	int64_t waited_ns; /* in all, for what of that lies within */
};

struct stalls VEC(struct stall); /* owned; by time within a hop */

/* Sorts the waits and finds the moments in which the path stood still. */
void stalls_find(struct stalls *out, struct stall_waits *w);
