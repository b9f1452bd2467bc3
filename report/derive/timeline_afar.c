/* The far side of the timeline when only one point knows it: there is one
 * capture, or far's began later, ended sooner, or is thin (a filter, a sample).
 *
 * Far is blind for a piece if it has not captured the piece's first byte, but
 * only later data.  Then the gap between two of its records tells nothing, nor
 * do round trips that it timed across retransmissions; a queue inferred from
 * those would really be a loss. What near has seen does tell, as with one
 * capture: a hole that was filled is recovery.  Only what is known to have
 * taken long from far to near is a queue. The rest is unattributed.
 *
 * The piece after a blind one is in doubt, too, as far does not know where it
 * begins; and so are all pieces of a session for which far is blind repeatedly.
 *
 * Next to the server: the client's program cannot act until the server's last
 * data has reached the client, as its acknowledgement and retransmissions
 * before that show.
 */
#include "report/derive/timeline_int.h"

#include "base/time.h"

#define HELD_MOST_NS 500000000 /* an acknowledgement: RFC 9293 3.8.6.3 */
#define THIN 8                 /* pieces that far has for each that it lacks */

/* The retransmission, after @from, that brought the client what the server had
 * sent: its acknowledgement follows it by a round trip at least, and echoes no
 * older time stamp. */
static const struct lane_copy *brought_by(const struct lane *l, int64_t from,
					  int64_t slack)
{
	const struct lane_copy *c;

	if (l->una < l->top || l->t_una <= from)
		return NULL;
	c = lane_copy_of(l, 0, UINT64_MAX, from,
			 time_add(time_sub(l->t_una, ns_max(l->rtt_min_ns, 0)),
				  slack));
	if (c && c->has_ts && (int32_t)(l->una_tsecr - c->tsval) < 0)
		return NULL;
	return c;
}

/* The client has not received, or not acknowledged, what the server sent last:
 * that is not its program's time.  Only what exceeds any delayed
 * acknowledgement is a queue. */
static void not_there_yet(struct timeline *t, int64_t *left)
{
	const struct lane *l = &near_tap(t)->lane[1];
	int64_t from = time_sub(t->t_ns, *left), late;
	const struct lane_copy *c = brought_by(l, from, near_tap(t)->slack_ns);

	if (c) {
		timeline_repair(t, (enum repair)c->how, time_sub(c->t_ns, from),
				left);
		from = c->t_ns;
	}
	late = time_sub(time_sub(l->t_una, from), l->rtt_min_ns);
	if (l->una >= l->top && l->t_una < t->t_ns && late > HELD_MOST_NS) {
		timeline_queued(t, late);
		timeline_spend(t, TIME_QUEUE, late, left);
	}
}

void timeline_ask_from_afar(struct timeline *t, int64_t *left)
{
	int64_t least = near_tap(t)->lane[1].rtt_min_ns, all = *left;

	timeline_closed(t, 0, t->t_ns - all, least, left);
	if (t->heard == HEARD_ASK && *left == all)
		timeline_full(t, 0, least, left);
	if (t->heard == HEARD_ASK && *left == all)
		timeline_held(t, 0, least, left);
	if (t->heard == HEARD_ASK && *left == all &&
	    *left <= ns_max(near_tap(t)->slack_ns, least / 8)) {
		timeline_spend(t, TIME_TRANSFER, *left, left);
	} else if ((t->heard == HEARD_TELL || *left < all) && least > 0) {
		if (*left == all)
			not_there_yet(t, left);
		t->b->before_ns += timeline_spend(t, TIME_PATH, least, left);
	}
	timeline_spend(t, TIME_CLIENT, *left, left);
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

	timeline_closed(t, 1, e->now - e->piece, least, &left);
	if (t->heard == HEARD_TELL && !e->filled && left == e->piece)
		timeline_full(t, 1, least, &left);
	if (t->heard == HEARD_TELL && !e->filled && left == e->piece)
		timeline_held(t, 1, least, &left);
	if (t->heard == HEARD_ASK || left < e->piece) {
		int64_t path = ns_min(ns_max(least, 0), left);
		int64_t over = left - path, copied = 0;

		left -= path;
		if (over > slack)
			copied = timeline_copied_alone(t, e, over, &how);
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
	timeline_spend(t, timeline_host(t), left, &left);
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
	timeline_closed(t, 1, e->now - left, least, &left);
	if (!e->blind)
		grown = timeline_grown(t, e);
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
