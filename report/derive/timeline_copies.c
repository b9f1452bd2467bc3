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
 *
 * A request that came to the far point twice may have been lost behind it, or its
 * host is slow, and only its acknowledgement was late or lost.  It was lost if the
 * answer comes soon after the copy, and nothing shows that the host had the first.
 * An answer that comes by chance then, of a host without time stamps and DSACK,
 * looks the same.  What opens a session and came to the host itself was not lost: as a
 * rule a queue there was full.
 */
#include "report/derive/timeline_int.h"

#include "base/time.h"
#include "report/derive/opening.h"

#define ACKS_NEAR 64 /* records looked at for an acknowledgement */
#define AT_ONCE 16   /* an answer that comes in such a part of the wait */
/* beside the server nothing but its host loses: one that stands still goes on soon
 * after some copy, too */
#define AT_ONCE_HOST 256

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

/* What answers a copy of a request at the far point, and for how long that is
 * looked for. */
struct copy_seen {
	const struct lane_copy *copy;
	uint32_t from, end; /* of the request, raw */
	bool stamped;       /* the copy has another time stamp than .. */
	uint32_t tsval;     /* .. the first has */
	int64_t soonest;    /* when its answer can be back */
	int64_t until;
};

static void stamp(struct copy_seen *x, const struct record *first)
{
	x->stamped = x->copy->has_ts && first->opts & REC_OPT_TS &&
		     x->copy->tsval != first->tsval;
	x->tsval = first->tsval;
}

/* Does @r, which acknowledges all of the request, show that the host had it before
 * the copy came?  It left too early to know of the copy, echoes an older time stamp,
 * or says that the copy was needless (RFC 2883). */
static bool shows_first(const struct copy_seen *x, const struct record *r)
{
	uint32_t ack = (uint32_t)r->ack64;

	if (r->time_ns < x->soonest)
		return true;
	if (x->stamped && r->opts & REC_OPT_TS &&
	    (int32_t)(r->tsecr - x->tsval) <= 0)
		return true;
	return r->n_sack && (int32_t)(r->sack[0][1] - ack) <= 0 &&
	       (int32_t)(r->sack[0][1] - x->from) > 0 &&
	       (int32_t)(r->sack[0][0] - x->end) < 0;
}

/* Does the answer, record @rec of @s, or an acknowledgement near it? */
static bool first_had_come(const struct strand *s, uint32_t rec,
			   const struct copy_seen *x)
{
	for (uint32_t i = rec + 1, k = 0; i > 0; i--) {
		const struct record *r = strand_at(s, i - 1);

		if (!(r->tcp_flags & REC_ACK) ||
		    (int32_t)((uint32_t)r->ack64 - x->end) < 0)
			break;
		if (shows_first(x, r) || ++k == ACKS_NEAR)
			return true;
	}
	for (uint32_t i = rec + 1; i < s->n && i - rec <= ACKS_NEAR; i++) {
		const struct record *r = strand_at(s, i);

		if (r->time_ns > x->until || !(r->tcp_flags & REC_ACK))
			break;
		if (shows_first(x, r))
			return true;
	}
	return false;
}

void timeline_lost_beyond(struct timeline *t, const struct tell *e,
			  int64_t *here)
{
	const struct tap *far = far_tap(t);
	int64_t lost, took, beyond = timeline_beyond(t);
	struct copy_seen x;

	if (e->send.rec == RECORD_NONE || e->cover.rec == RECORD_NONE ||
	    (t->x.opening != SET_UP_NONE && beyond < OPENING_HOST_NS))
		return;
	x = (struct copy_seen){
		.copy = lane_copy_of(&far->lane[0], t->ask_from + far->shift[0],
				     t->ask_end + far->shift[0], e->cover.t_ns,
				     e->send.t_ns),
		.from = (uint32_t)(t->ask_from + far->shift[0]),
		.end = (uint32_t)(t->ask_end + far->shift[0]),
	};
	if (!x.copy)
		return;
	lost = x.copy->t_ns - e->cover.t_ns;
	took = e->send.t_ns - x.copy->t_ns;
	if (took / 2 > beyond &&
	    took > lost / (t->beyond_ns ? AT_ONCE : AT_ONCE_HOST))
		return;
	stamp(&x, strand_at(far->strand[0], e->cover.rec));
	x.soonest = time_add(x.copy->t_ns, beyond - beyond / 5);
	x.until = time_add(x.copy->t_ns, lost);
	if (!first_had_come(far->strand[1], e->send.rec, &x))
		timeline_repair(t, (enum repair)x.copy->how, lost, here);
}

int64_t timeline_copied_alone(struct timeline *t, const struct tell *e,
			      int64_t over_ns, enum repair *how)
{
	struct tap *near = near_tap(t);
	int64_t from = t->t_ns - e->piece, least = near->lane[0].rtt_min_ns;
	struct copy_seen x = {
		.copy = lane_copy_of(
			&near->lane[0], t->ask_from, t->ask_end, from,
			time_add(time_add(from, over_ns), near->slack_ns)),
		.from = (uint32_t)t->ask_from,
		.end = (uint32_t)t->ask_end,
	};

	if (!x.copy)
		return 0;
	stamp(&x, strand_at(near->strand[0], (uint32_t)t->x.near[1]));
	x.soonest = time_add(x.copy->t_ns, least - least / 5);
	x.until = time_add(x.copy->t_ns, time_sub(x.copy->t_ns, from));
	if (one_tap(t) && first_had_come(near->strand[1], e->rec, &x))
		return 0;
	*how = (enum repair)x.copy->how;
	return time_sub(x.copy->t_ns, from);
}
