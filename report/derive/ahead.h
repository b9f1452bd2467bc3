/* Are the two directions of a TCP session at one point stamped by one clock?
 *
 * reads:  struct record, in capture order     writes: struct ahead, in memory
 *
 * One for each direction, kept by its lane.
 */
#pragma once

#include "capture/record.h"

struct ahead {
	bool sends, acks, waits; /* begun; `waits`: for what is acknowledged */
	uint64_t sent;           /* end of what was seen of the data */
	uint64_t acked;          /* the furthest acknowledgement */
	uint64_t wanted;         /* the one that is timed */
	int64_t t_wanted;
	uint64_t late, timely; /* segments of new data */
	int64_t lead_ns;       /* the longest that one came late */
};

/* Data up to @end is acknowledged at @t_ns. */
void ahead_ack(struct ahead *a, uint64_t end, int64_t t_ns);
/* Data up to @end is sent at @t_ns. */
void ahead_send(struct ahead *a, uint64_t end, int64_t t_ns);
/* By how much this direction is certainly stamped later than the other one, in
 * nanoseconds; 0: nothing shows that it is.  @tick_ns: the clock's resolution. */
int64_t ahead_by(const struct ahead *a, int64_t tick_ns);
