/* A message that its program writes in pieces, as seen near the receiver.
 *
 * Nagle's algorithm holds the second small segment back until the first one is
 * acknowledged, and the receiver's host delays just that acknowledgement (30 to
 * 500 ms; lane_gap.c has the sender's view).  Next to the receiver, that host's delay is
 * seen itself; that the sender waited for it is not, but follows from when the next
 * piece comes: one round trip after the acknowledgement, time after time.
 *
 * A program that pauses for just so long looks the same.  Once may be chance, so each
 * piece that comes at another time counts against it, and so does one that comes
 * before an acknowledgement: its sender does not wait.  While these are as many,
 * nothing is concluded; if they are at the end, or fewer than LEAST came in time, no
 * stall is counted.
 */
#include "base/time.h"
#include "report/derive/timeline_int.h"

#define LEAST 3

void timeline_held(struct timeline *t, int dir, int64_t trip_ns, int64_t *left)
{
	const struct lane *l = &near_tap(t)->lane[dir];
	int64_t slack = ns_max(near_tap(t)->slack_ns, trip_ns / 8);
	int64_t here = ns_max(l->rtt_min_ns, 0); /* from near to the receiver */
	int64_t held = time_sub(time_sub(l->t_una, l->gap_from), here);
	int64_t late = time_sub(time_sub(t->t_ns, l->t_una), trip_ns);

	if (!l->gap_small || trip_ns <= 0 || *left <= 0)
		return;
	if (l->gap_acked && held < LANE_HELD_LEAST)
		return; /* acknowledged at once: that does not tell */
	if (!l->gap_acked || held > LANE_HELD_MOST || late > slack ||
	    late < -slack) {
		t->held[dir].misses++;
		return;
	}
	if (++t->held[dir].fits <= t->held[dir].misses)
		return;
	t->held[dir].nagles++;
	timeline_spend(t, TIME_NAGLE, *left, left);
}

void timeline_held_end(struct timeline *t)
{
	for (int d = 0; d < 2; d++)
		if (t->held[d].fits < LEAST ||
		    t->held[d].fits <= t->held[d].misses)
			t->held[d].nagles = 0;
}
