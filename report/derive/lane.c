/* Lanes: see the header.
 *
 * A gap is what lies between two sends of new data at a point near the sender.
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
 * Cost: a few comparisons a record; memory is fixed.
 */
#include "report/derive/lane.h"

#include <stddef.h>
#include <string.h>

#include "base/time.h"

#define MSS_LEAST 500 /* the least that counts as a full segment */
#define MSS_MOST 1460
#define SMALL 1200           /* no full one, even if none was larger so far */
#define QUEUE_LEAST 10000000 /* and a quarter of the least round trip */
#define RTO_LEAST 190000000  /* Linux 200 ms, less a tick */

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void lane_reset(struct lane *l)
{
	memset(l, 0, offsetof(struct lane, island));
}

/* --- what was seen --- */
static void cover_islands(struct lane *l)
{
	unsigned k = 0;

	while (k < l->n_islands && l->island[k].from <= l->cover) {
		if (l->island[k].end > l->cover)
			l->cover = l->island[k].end;
		k++;
	}
	if (!k)
		return;
	l->n_islands -= k;
	memmove(l->island, l->island + k, l->n_islands * sizeof *l->island);
}

static void island_add(struct lane *l, uint64_t from, uint64_t end)
{
	unsigned k = 0;

	while (k < l->n_islands && l->island[k].end < from)
		k++;
	if (k < l->n_islands && l->island[k].from <= end) {
		if (from < l->island[k].from)
			l->island[k].from = from;
		if (end > l->island[k].end)
			l->island[k].end = end;
		return;
	}
	if (l->n_islands == LANE_ISLANDS)
		return; /* its bytes count as covered once acknowledged */
	memmove(l->island + k + 1, l->island + k,
		(l->n_islands - k) * sizeof *l->island);
	l->island[k].from = from;
	l->island[k].end = end;
	l->n_islands++;
}

static bool cover_add(struct lane *l, uint64_t from, uint64_t end, int64_t t)
{
	if (end <= l->cover)
		return false;
	if (from > l->cover) {
		if (!l->n_islands)
			l->t_hole = t;
		island_add(l, from, end);
		return false;
	}
	l->cover = end;
	if (l->n_islands)
		cover_islands(l);
	return true;
}

/* --- acknowledgements --- */
static void una_rises(struct lane *l, const struct record *r, int64_t t)
{
	uint64_t ack = r->ack64;

	l->una = ack;
	l->una_tsecr = r->tsecr;
	l->acked = true;
	l->t_una = t;
	l->dups = 0;
	l->sacked = false;
	if (l->timing && ack >= l->timed) {
		l->timing = false;
		l->rtt_ns = max64(t - l->t_timed, 0);
		if (l->rtt_min_ns < 0 || l->rtt_ns < l->rtt_min_ns)
			l->rtt_min_ns = l->rtt_ns;
	}
	if (l->repairing && ack >= l->repair_end) {
		l->repairing = false;
		l->t_repaired = t;
	}
}

/* @r acknowledges @l; acknowledged data that the point missed counts as
 * seen. */
static void take_ack(struct lane *l, const struct record *r, int64_t t)
{
	if (!l->begun || r->ack64 > l->top + (1u << 30))
		return;
	if (r->n_sack)
		l->sacked = true;
	if (r->ack64 > l->una || !l->acked)
		una_rises(l, r, t);
	else if (r->ack64 == l->una && !r->pay_len && l->top > l->una)
		l->dups++;
	lane_edge_moves(l, r, t);
	if (r->ack64 > l->top)
		l->top = r->ack64;
	if (r->ack64 > l->cover)
		cover_add(l, l->cover, r->ack64, t);
}

/* --- retransmissions --- */
static enum repair repair_of(const struct lane *l, uint64_t end, int64_t waited)
{
	int64_t rtt = max64(l->rtt_ns, 0);

	if (l->sacked || l->dups >= 2)
		return waited < RTO_LEAST + rtt ? REPAIR_FAST : REPAIR_TIMEOUT;
	if (waited >= RTO_LEAST + rtt || l->rtt_ns < 0)
		return REPAIR_TIMEOUT;
	return end >= l->top && waited >= l->rtt_ns ? REPAIR_PROBE
						    : REPAIR_FAST;
}

static void send_again(struct lane *l, const struct record *r, uint64_t end,
		       int64_t t)
{
	int64_t since = max64(l->t_new, l->t_una);
	enum repair how;

	if (l->n_copies)
		since = max64(since,
			      l->copy[(l->n_copies - 1) % LANE_COPIES].t_ns);
	how = repair_of(l, end, t - since);
	/* what follows a timeout's first copy has the same cause */
	if (l->repairing && l->repair_how == REPAIR_TIMEOUT)
		how = REPAIR_TIMEOUT;
	/* a SYN,ACK whose acknowledgement was here: its host ignores that */
	if (!l->repairing &&
	    !(l->acked && l->una >= l->top && r->tcp_flags & REC_SYN)) {
		l->repairing = true;
		l->repair_end = l->top;
		l->t_repair = since;
	}
	if (how == REPAIR_TIMEOUT || l->t_repair == since)
		l->repair_how = (uint8_t)how;
	l->timing = false; /* Karn's algorithm */
	l->copy[l->n_copies++ % LANE_COPIES] =
		(struct lane_copy){ .from = r->seq64,
				    .end = end,
				    .t_ns = t,
				    .tsval = r->tsval,
				    .ip_id = r->ip_id,
				    .has_ts = (r->opts & REC_OPT_TS) != 0,
				    .how = (uint8_t)how };
}

bool lane_first_came(const struct lane_copy *c, const struct record *sent,
		     const struct record *got)
{
	if (c->has_ts && sent->opts & got->opts & REC_OPT_TS)
		return got->tsval == sent->tsval && c->tsval != sent->tsval;
	return got->ip_id && got->ip_id == sent->ip_id &&
	       c->ip_id != sent->ip_id;
}

const struct lane_copy *lane_copy_of(const struct lane *l, uint64_t from,
				     uint64_t end, int64_t from_ns,
				     int64_t to_ns)
{
	uint64_t n = l->n_copies < LANE_COPIES ? l->n_copies : LANE_COPIES;

	for (uint64_t i = 0; i < n; i++) {
		const struct lane_copy *c =
			&l->copy[(l->n_copies - 1 - i) % LANE_COPIES];

		if (c->t_ns < from_ns)
			return NULL;
		if (c->t_ns <= to_ns && c->from < end && from < c->end)
			return c;
	}
	return NULL;
}

/* --- gaps --- */
static int64_t recovery_in(struct lane *l, int64_t from, int64_t t)
{
	int64_t a, b;

	l->gap_repaired = from;
	if (!l->n_copies)
		return 0;
	a = max64(from, l->t_repair);
	b = l->repairing ? t : min64(t, l->t_repaired);
	if (b <= a)
		return 0;
	l->gap_repaired = b;
	return b - a;
}

/* Nagle's algorithm may have held back the second of two segments, which has @len
 * bytes: neither is a full one. */
static bool are_small(const struct lane *l, uint32_t len)
{
	uint32_t mss = l->mss ? l->mss : MSS_LEAST;

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
		return l->rtt_ns > rtt + max64(QUEUE_LEAST, rtt / 4)
			       ? WAIT_QUEUE
			       : WAIT_CWND;
	if (l->t_peer > from)
		return WAIT_PEER;
	return t - from <= max64(slack, rtt / 8) ? WAIT_TRANSFER : WAIT_APP;
}

/* The rest of the gap from @from on: the window was closed up to @closed, after
 * that the sender took its time. */
static int64_t closed_in(struct lane *l, int64_t from, int64_t closed,
			 int64_t left)
{
	int64_t ns = min64(closed - from, left);

	if (ns <= 0)
		return left;
	l->gap[WAIT_WINDOW] += ns;
	l->windows++;
	return left - ns;
}

/* The gap before new data of @len bytes ends at @t. */
static void gap_end(struct lane *l, uint32_t len, int64_t t, int64_t slack)
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
			int64_t own = min64(left, t - l->t_peer);

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
				l->queue_most_ns = max64(l->queue_most_ns,
							 l->rtt_ns -
								 l->rtt_min_ns);
		}
	}
	for (int i = 0; i < WAITS; i++)
		l->sum[i] += l->gap[i];
}

static void begin(struct lane *l, const struct record *r, int64_t t)
{
	l->begun = true;
	l->top = l->cover = l->una = r->seq64;
	l->t_new = l->gap_from = t;
	l->t_una = l->t_peer = l->t_edge = l->t_open = INT64_MIN / 2;
	l->t_repair = l->t_repaired = INT64_MIN / 2;
	l->rtt_ns = l->rtt_min_ns = -1;
}

static unsigned take_data(struct lane *l, const struct record *r, uint32_t len,
			  int64_t t, int64_t slack)
{
	uint64_t from = r->seq64, end = from + len;
	unsigned did = 0;

	if (end > l->top + (1u << 30))
		return 0; /* not part of this stream */
	if (end > l->top) {
		/* a probe of a closed window is not data yet */
		if (r->pay_len == 1 && l->zero && from >= l->edge)
			return 0;
		gap_end(l, r->pay_len, t, slack);
		if (!l->timing) {
			l->timing = true;
			l->timed = end;
			l->t_timed = t;
		}
		if (r->pay_len > l->mss && r->pay_len >= MSS_LEAST &&
		    r->pay_len <= MSS_MOST)
			l->mss = r->pay_len;
		l->sole = l->acked && l->una >= l->top;
		l->top = end;
		l->last_len = r->pay_len;
		l->t_new = t;
		did = LANE_NEW;
	} else if (!(r->pay_len <= 1 && !(r->tcp_flags & (REC_SYN | REC_FIN)) &&
		     end == l->top)) { /* that would be a keep-alive */
		send_again(l, r, end, t);
		did = LANE_AGAIN;
	}
	if (cover_add(l, from, end, t))
		did |= LANE_COVERS;
	return did;
}

unsigned lane_take(struct lane *l, struct lane *back, const struct record *r,
		   int64_t t_ns, int64_t slack_ns)
{
	uint32_t len = rec_seq_len(r);
	unsigned did = 0;

	if (r->tcp_flags & REC_RST)
		return 0;
	if (!l->begun && len)
		begin(l, r, t_ns);
	if (r->tcp_flags & REC_ACK) {
		ahead_ack(&back->ahead, r->ack64, t_ns);
		take_ack(back, r, t_ns);
	}
	if (l->zeros)
		lane_take_probe(l, r, t_ns);
	if (len) {
		ahead_send(&l->ahead, r->seq64 + len, t_ns);
		did = take_data(l, r, len, t_ns, slack_ns);
	}
	if (did & LANE_COVERS)
		back->t_peer = t_ns;
	return did;
}
