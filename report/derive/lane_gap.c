/* What filled a gap: the time between two sends of new data at a point near the
 * sender.
 *
 * What filled it is decided when it ends, first match first (the order is that
 * of the kernel's own chronometers, and of Siekkinen's and Barford's
 * attributions):
 *
 *  recovery   from the last progress before the first copy until the
 *             acknowledgement passes what had been sent by then (RFC 6675's
 *             recovery point)
 *  window     the receiver allowed less than a segment more, and the send
 *             follows within a host's latency of the update that opens it.
 *             Or it allowed nothing, and probes show that there was something
 *             to send: then as long as it was closed, even if the sender takes
 *             its time afterwards
 *  nagle      less than a segment was under way, the send waits for its
 *             acknowledgement, which was held back 30 to 500 ms (RFC 896 with
 *             RFC 1122's delayed one)
 *  cwnd       the send follows an acknowledgement although data was to be sent
 *             all the time: more is still under way, or the last segment was a
 *             full one.  `queue` where the round trip has grown by over a
 *             quarter and 10 ms: the window is full because a queue is; not of
 *             one segment alone, whose acknowledgement is held back
 *  peer, app  up to the last data of the other side, and from there
 *  transfer   too short to be anyone's decision; else app
 *
 * Cost: a few comparisons a record; memory is the lane's.
 */
#include "report/derive/lane.h"

#include <string.h>

#include "base/time.h"

#define SMALL 1200           /* no full one, even if none was larger so far */
#define QUEUE_LEAST 10000000 /* and a quarter of the least round trip */

static int64_t recovery_in(struct lane *l, int64_t from, int64_t t)
{
	int64_t a, b;

	l->gap_repaired = from;
	if (!l->n_copies)
		return 0;
	a = time_max(from, l->t_repair);
	b = l->repairing ? t : time_min(t, l->t_repaired);
	if (b <= a)
		return 0;
	l->gap_repaired = b;
	return b - a;
}

/* Nagle's algorithm may have held back the second of two segments, which has @len
 * bytes: neither is a full one. */
static bool are_small(const struct lane *l, uint32_t len)
{
	uint32_t mss = l->mss ? l->mss : LANE_MSS_LEAST;

	return l->last_len < mss && len < (mss > SMALL ? mss : SMALL);
}

static enum wait limit_of(struct lane *l, uint32_t len, int64_t from, int64_t t,
			  int64_t slack)
{
	bool by_ack = l->acked && l->t_una > from && t - l->t_una <= slack;
	bool by_edge = l->edge_known && l->t_edge > from &&
		       t - l->t_edge <= slack;
	int64_t rtt = l->rtt_min_ns < 0 ? 0 : l->rtt_min_ns;
	int64_t held = l->t_una - l->t_new - rtt;
	/* there was more to send; but if the other side has sent data since,
	 * this is an answer that happens to follow an acknowledgement */
	bool full = len && l->mss && l->last_len >= l->mss &&
		    l->last_len % l->mss == 0 && l->t_peer <= from;

	/* less than a segment was allowed (a FIN needs no window), or
	 * nothing */
	if (by_edge && l->edge_before >= l->una &&
	    (l->zero || l->edge_before <= l->top ||
	     (len && l->edge_before < l->top + l->mss)))
		return WAIT_WINDOW;
	if (by_ack && l->una >= l->top && are_small(l, len) &&
	    held >= LANE_HELD_LEAST && held <= LANE_HELD_MOST &&
	    l->t_peer <= from)
		return WAIT_NAGLE;
	if (by_ack && l->una >= l->top && full && l->sole &&
	    held <= LANE_HELD_MOST)
		return WAIT_CWND; /* a single segment: the receiver may be
				   * waiting for more */
	if (by_ack && (l->una < l->top || full))
		return l->rtt_ns > rtt + time_max(QUEUE_LEAST, rtt / 4)
			       ? WAIT_QUEUE
			       : WAIT_CWND;
	if (l->t_peer > from)
		return WAIT_PEER;
	return t - from <= time_max(slack, rtt / 8) ? WAIT_TRANSFER : WAIT_APP;
}

/* The rest of the gap from @from on: the window was closed up to @closed, after
 * that the sender took its time. */
static int64_t closed_in(struct lane *l, int64_t from, int64_t closed,
			 int64_t left)
{
	int64_t ns = time_min(closed - from, left);

	if (ns <= 0)
		return left;
	l->gap[WAIT_WINDOW] += ns;
	l->windows++;
	return left - ns;
}

void lane_gap_end(struct lane *l, uint32_t len, int64_t t, int64_t slack)
{
	int64_t from = l->t_new, closed, left;
	enum wait w;

	memset(l->gap, 0, sizeof l->gap);
	l->gap_from = from;
	l->gap_small = len && l->last_len && are_small(l, len) &&
		       l->t_peer <= from;
	l->gap_acked = l->acked && l->una >= l->top;
	if (t <= from)
		return;
	l->gap[WAIT_RECOVERY] = recovery_in(l, from, t);
	left = time_sub(t, from) - l->gap[WAIT_RECOVERY];
	if (left > 0) {
		w = limit_of(l, len, from, t, slack);
		closed = l->zeros ? lane_closed_until(l, from, t, 0, slack)
				  : from;
		if (w != WAIT_WINDOW && closed > from) {
			left = closed_in(l, from, closed, left);
			w = limit_of(l, len, closed, t, slack);
		}
		if (w == WAIT_PEER) {
			int64_t own = time_min(left, t - l->t_peer);

			l->gap[WAIT_APP] += own;
			l->gap[WAIT_PEER] += left - own;
		} else if ((w == WAIT_CWND || w == WAIT_QUEUE) &&
			   left <= slack) {
			l->gap[WAIT_TRANSFER] += left;
		} else {
			l->gap[w] += left;
			l->nagles += w == WAIT_NAGLE;
			l->windows += w == WAIT_WINDOW;
			if (w == WAIT_QUEUE)
				l->queue_most_ns = time_max(
					l->queue_most_ns,
					l->rtt_ns - l->rtt_min_ns);
		}
	}
	for (int i = 0; i < WAITS; i++)
		l->sum[i] += l->gap[i];
}
