/* Retransmissions in the timeline: until when data was missing that one
 * brought.
 *
 * Data that arrives late was either lost and retransmitted, or it waited on the
 * way and its retransmission was needless.  Time stamps or IP IDs tell which of
 * the two arrived; if neither does, a retransmission that was sent in time is
 * taken for it.
 *
 * Several holes may be of one flight: then they were first sent at nearly the
 * same time, and are filled one per round trip.  So the retransmission is
 * searched up to the latest time at which it could have left and be here now:
 * the least transit ago.
 */
#include "report/derive/timeline_int.h"

#include "base/time.h"

#define ACKS_BACK 64 /* records looked at for an acknowledgement */
#define AT_ONCE 16   /* an answer that comes in such a part of the wait */

int64_t timeline_copied_there(struct timeline *t, int64_t from, int64_t over_ns,
			      enum repair *how)
{
	const struct lane *l = &near_tap(t)->lane[0];
	const struct lane_copy *c = lane_copy_of(
		l, t->ask_from, t->ask_end, from,
		time_add(time_add(from, over_ns), near_tap(t)->slack_ns));

	if (!c)
		return 0;
	*how = (enum repair)c->how;
	return c->t_ns - from;
}

int64_t timeline_copied_back(struct timeline *t, const struct tell *e,
			     int64_t over_ns, enum repair *how)
{
	struct tap *far = far_tap(t);
	uint64_t seq = e->from + far->shift[1];
	int64_t sent = e->send.t_ns;
	int64_t until = time_add(time_add(sent, over_ns), far->slack_ns);
	const struct lane_copy *c;

	tap_until(far, until);
	c = lane_copy_of(&far->lane[1], seq, seq + 1, sent, until);
	if (!c || lane_first_came(c, strand_at(far->strand[1], e->send.rec),
				  strand_at(near_tap(t)->strand[1], e->rec)))
		return 0;
	*how = (enum repair)c->how;
	return c->t_ns - sent;
}

int64_t timeline_copied_out(struct timeline *t, const struct tell *e,
			    int64_t over_ns, enum repair *how)
{
	int64_t from = t->t_ns - e->piece;
	const struct lane_copy *c = lane_copy_of(
		&near_tap(t)->lane[0], t->ask_from, t->ask_end, from,
		time_add(time_add(from, over_ns), near_tap(t)->slack_ns));

	if (c && e->cover.rec != RECORD_NONE &&
	    lane_first_came(c,
			    strand_at(near_tap(t)->strand[0],
				      (uint32_t)t->x.near[1]),
			    strand_at(far_tap(t)->strand[0], e->cover.rec)))
		return 0;
	return timeline_copied_there(t, from, over_ns, how);
}

/* By the best estimate of both clocks, so their drift has no effect. */
int64_t timeline_transit(struct timeline *t, const struct tell *e)
{
	struct stretch *first = &t->stretch[0];
	struct stretch *last = &t->stretch[t->n_taps - 2];

	return time_sub(stamps_mid(&first->from, e->now),
			stamps_mid(&last->to, e->send.t_ns));
}

int64_t timeline_grown(struct timeline *t, const struct tell *e)
{
	return t->transit_least_ns == INT64_MAX
		       ? 0
		       : time_sub(timeline_transit(t, e), t->transit_least_ns);
}

/* That is the excess less what the retransmission itself spent over the least
 * transit. */
int64_t timeline_copied_more(struct timeline *t, const struct tell *e,
			     int64_t left_ns, enum repair *how)
{
	int64_t grown = timeline_grown(t, e), copied;

	if (t->transit_least_ns == INT64_MAX)
		return timeline_copied_back(t, e, left_ns, how);
	copied = timeline_copied_back(t, e, ns_max(grown, 0), how);
	return copied ? left_ns - ns_max(grown - copied, 0) : 0;
}

/* Was the request acknowledged at the far point before @until?  @rec: the answer
 * there. */
static bool acked_before(struct timeline *t, uint32_t rec, int64_t until)
{
	const struct tap *far = far_tap(t);
	uint64_t seq = t->ask_end + far->shift[0];
	uint32_t k = 0;

	for (uint32_t i = rec + 1; i > 0; i--) {
		const struct record *r = strand_at(far->strand[1], i - 1);

		if (!(r->tcp_flags & REC_ACK) || (int64_t)(r->ack64 - seq) < 0)
			return false;
		if (r->time_ns < until || ++k == ACKS_BACK)
			return true;
	}
	return false;
}

void timeline_lost_beyond(struct timeline *t, const struct tell *e,
			  int64_t *here)
{
	const struct tap *far = far_tap(t);
	const struct lane_copy *c;
	int64_t lost, took;

	if (one_tap(t) || e->send.rec == RECORD_NONE)
		return;
	c = lane_copy_of(&far->lane[0], t->ask_from + far->shift[0],
			 t->ask_end + far->shift[0], e->cover.t_ns,
			 e->send.t_ns);
	if (!c || acked_before(t, e->send.rec, c->t_ns))
		return;
	lost = c->t_ns - e->cover.t_ns;
	took = e->send.t_ns - c->t_ns;
	if (took / 2 <= timeline_beyond(t) || took <= lost / AT_ONCE)
		timeline_repair(t, (enum repair)c->how, lost, here);
}
