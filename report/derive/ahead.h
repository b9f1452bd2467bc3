/* Are the two directions of a TCP session at one point stamped by one clock?
 *
 * reads:  struct record, in capture order     writes: struct ahead, in memory
 *
 * One for each direction, kept by its lane.
 */
#pragma once

#include "base/time.h"
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
static inline void ahead_ack(struct ahead *a, uint64_t end, int64_t t_ns)
{
	if (!a->waits && (!a->sends || (int64_t)(end - a->sent) > 0)) {
		a->waits = true;
		a->wanted = end;
		a->t_wanted = t_ns;
	}
	if (!a->acks || (int64_t)(end - a->acked) > 0)
		a->acked = end;
	a->acks = true;
}

/* Data up to @end is sent at @t_ns. */
static inline void ahead_send(struct ahead *a, uint64_t end, int64_t t_ns)
{
	bool late = a->acks && (int64_t)(end - a->acked) <= 0;

	if (a->sends && (int64_t)(end - a->sent) <= 0)
		return; /* a copy */
	a->sends = true;
	a->sent = end;
	a->late += late;
	a->timely += !late;
	if (!a->waits || (int64_t)(end - a->wanted) < 0)
		return;
	a->waits = false;
	if (late && time_sub(t_ns, a->t_wanted) > a->lead_ns)
		a->lead_ns = time_sub(t_ns, a->t_wanted);
}

/* By how much this direction is certainly stamped later than the other one, in
 * nanoseconds; 0: nothing shows that it is.  @tick_ns: the clock's resolution. */
int64_t ahead_by(const struct ahead *a, int64_t tick_ns);
