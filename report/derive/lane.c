/* Lanes: see the header.
 *
 * What was sent, seen, acknowledged and sent again is tracked here, in a few
 * comparisons a record; what filled the time between two sends is lane_gap.c, the
 * receiver's window lane_window.c.
 *
 * A retransmission starts a recovery, which lasts until the acknowledgement passes
 * what had been sent by then (RFC 6675's recovery point).  It is a fast one after
 * duplicate acknowledgements or SACK, unless it waited for a retransmission timeout;
 * a probe (RFC 8985, TLP) if it repeats the last data after a round trip; what
 * follows the first copy of a timeout belongs to the timeout.
 *
 * Round trips are measured as a sender does it: one segment at a time, none over a
 * retransmission (Karn's algorithm).
 *
 * Memory is fixed: LANE_ISLANDS ranges beyond the first hole and the newest
 * LANE_COPIES retransmissions.
 */
#include "report/derive/lane.h"

#include <stddef.h>
#include <string.h>

#include "base/time.h"
#include "report/derive/lane_int.h"

#define MSS_MOST 1460
#define RTO_LEAST 190000000 /* Linux 200 ms, less a tick */

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
		l->rtt_ns = time_max(t - l->t_timed, 0);
		if (l->rtt_min_ns < 0 || l->rtt_ns < l->rtt_min_ns)
			l->rtt_min_ns = l->rtt_ns;
	}
	if (l->repairing && ack >= l->repair_end) {
		l->repairing = false;
		l->t_repaired = t;
	}
}

/* What a SYN,ACK leaves of a SYN's data was thrown away there, and is sent again without
 * waiting (RFC 7413, 4.2.2): it has not been sent then. */
static void take_back(struct lane *l, uint64_t ack)
{
	l->top = l->cover = ack;
	l->timed = l->timed < ack ? l->timed : ack;
	l->n_islands = 0;
}

/* @r acknowledges @l; acknowledged data that the point missed counts as
 * seen. */
static void take_ack(struct lane *l, const struct record *r, int64_t t)
{
	if (!l->begun || r->ack64 > l->top + (1u << 30))
		return;
	if (r->tcp_flags & REC_SYN && !l->acked && r->ack64 > l->una &&
	    r->ack64 < l->top)
		take_back(l, r->ack64);
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
	int64_t rtt = time_max(l->rtt_ns, 0);

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
	int64_t since = time_max(l->t_new, l->t_una);
	enum repair how;

	if (l->n_copies)
		since = time_max(since,
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
		lane_gap_end(l, r->pay_len, t, slack);
		if (!l->timing) {
			l->timing = true;
			l->timed = end;
			l->t_timed = t;
		}
		if (r->pay_len > l->mss && r->pay_len >= LANE_MSS_LEAST &&
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

/* Another host's answer to the SYN, which the client ignores. */
static bool is_foreign(const struct lane *l, const struct record *r)
{
	return r->tcp_flags & REC_SYN && r->seq64 > l->top;
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
	if (is_foreign(l, r))
		return 0;
	if (r->tcp_flags & REC_ACK) {
		ahead_ack(&back->ahead, r->ack64, t_ns);
		take_ack(back, r, t_ns);
		lane_edge_rose(back, l->rtt_min_ns, t_ns);
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
