/* The server's side of the timeline as near knows it, where far does not: there is
 * one capture, or far's began later, ended sooner, or is thin (a filter, a sample).
 *
 * Far is blind for a piece if it has not captured the piece's first byte, but only
 * later data.  Then the gap between two of its records tells nothing of this, and
 * neither do round trips that it has timed over what was sent again; a queue
 * made of those would be a loss in truth.  What near has seen does tell, as with one
 * capture: a hole that was filled is recovery.  A queue is only what is known to
 * have taken long from far to near.  What is left is nobody's that is known.
 *
 * The piece after a blind one is in doubt, too, as far does not know where it begins;
 * and all are of a session for which far is blind again and again.
 */
#include "report/derive/timeline_int.h"

#define THIN 8 /* pieces that far has, for each that it has not */

int64_t timeline_copied_there(struct timeline *t, int64_t from, int64_t over_ns,
			      enum repair *how)
{
	const struct lane *l = &near_tap(t)->lane[0];
	const struct lane_copy *c = lane_copy_of(
		l, t->ask_from, t->ask_end, from,
		from + over_ns + near_tap(t)->slack_ns);

	if (!c)
		return 0;
	*how = (enum repair)c->how;
	return c->t_ns - from;
}

int64_t timeline_hole(struct timeline *t, const struct tell *e)
{
	return e->filled
		       ? ns_min(e->now - near_tap(t)->lane[1].t_hole, e->piece)
		       : 0;
}

void timeline_from_afar(struct timeline *t, const struct tell *e)
{
	const struct lane *out = &near_tap(t)->lane[0];
	int64_t left = e->piece, least = out->rtt_min_ns;
	int64_t slack = ns_max(near_tap(t)->slack_ns, least / 8);
	enum repair how = REPAIR_TIMEOUT;

	timeline_closed(t, &near_tap(t)->lane[1], e->now - e->piece, least,
			&left);
	if (t->heard == HEARD_ASK || left < e->piece) {
		int64_t path = ns_min(ns_max(least, 0), left);
		int64_t over = left - path, copied = 0;

		left -= path;
		if (over > slack)
			copied = timeline_copied_there(t, t->t_ns - e->piece,
						       over, &how);
		timeline_repair(t, how, copied, &left);
		if (over > slack && timeline_hole(t, e) > slack)
			timeline_repair(t, REPAIR_FAST, timeline_hole(t, e),
					&left);
		timeline_path(t, NULL, &path);
	} else if (e->filled && left > slack) {
		timeline_repair(t, REPAIR_FAST, left, &left);
	} else if (left <= slack) {
		timeline_spend(t, TIME_TRANSFER, left, &left);
	} else {
		t->hold_ns = left;
		timeline_feed(t, left, &left);
	}
	timeline_spend(t, TIME_SERVER, left, &left);
}

void timeline_in_doubt(struct timeline *t, const struct tell *e)
{
	int64_t least = near_tap(t)->lane[0].rtt_min_ns, left = e->piece;
	int64_t slack = ns_max(near_tap(t)->slack_ns, least / 8), grown = 0;

	if (left <= slack) {
		timeline_spend(t, TIME_TRANSFER, left, &left);
		return;
	}
	if (e->filled)
		timeline_repair(t, REPAIR_FAST,
				t->heard == HEARD_ASK ? timeline_hole(t, e)
						      : left,
				&left);
	timeline_closed(t, &near_tap(t)->lane[1], e->now - left, least, &left);
	if (!e->blind && t->transit_least_ns != INT64_MAX)
		grown = e->now - e->send.t_ns - t->transit_least_ns;
	if (grown > queue_least(t)) {
		grown = timeline_spend(t, TIME_QUEUE, grown, &left);
		t->b->hop[0].queue_ns += t->n_taps == 2 ? grown : 0;
		timeline_queued(t, grown);
	}
	timeline_spend(t, TIME_UNATTRIBUTED, left, &left);
}

bool timeline_thin(const struct timeline *t)
{
	return t->blinds > t->sights / THIN;
}

bool timeline_doubtful(const struct timeline *t, const struct tell *e)
{
	return e->has_send &&
	       (e->blind || (t->blinds && !t->sent_known) || timeline_thin(t));
}
