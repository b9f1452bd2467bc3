/* The server's side of the timeline: what the piece before new data from the
 * server was spent on.  timeline.c has the theory; timeline_afar.c handles a
 * far point that does not know.
 */
#include "report/derive/timeline_int.h"

#include <string.h>

#include "base/time.h"

#define ACKS_BACK 4096 /* records searched for the first acknowledgement */
/* answered at once: this many times sooner after the copy than the copy came
 * after the original */
#define AT_ONCE 16

/* When @end was first acknowledged at the tap, among its newest records;
 * INT64_MAX: not found. */
static int64_t first_ack(const struct tap *tap, uint64_t end)
{
	const struct strand *s = tap->strand[1];
	int64_t at = INT64_MAX;
	uint64_t seq = end + tap->shift[0];

	for (uint32_t i = s->n, k = 0; i > 0 && k < ACKS_BACK; i--, k++) {
		const struct record *r = strand_at(s, i - 1);

		if (!(r->tcp_flags & REC_ACK))
			continue;
		if ((int64_t)(r->ack64 - seq) < 0)
			break;
		at = r->time_ns;
	}
	return at;
}

/* The newest record before @until at the tap with the last byte before @end;
 * INT64_MIN: not found. */
static int64_t last_copy(const struct tap *tap, uint64_t end, int64_t until)
{
	const struct strand *s = tap->strand[0];
	uint64_t seq = end + tap->shift[0];

	for (uint32_t i = s->n, k = 0; i > 0 && k < ACKS_BACK; i--, k++) {
		const struct record *r = strand_at(s, i - 1);

		if (r->time_ns <= until && (int64_t)(r->seq64 - seq) < 0 &&
		    (int64_t)(r->seq64 + rec_seq_len(r) - seq) >= 0)
			return r->time_ns;
	}
	return INT64_MIN;
}

/* How long the far host took.  If it answers a retransmission at once, and was
 * silent before, it had not received the original: then it took no longer than
 * that. */
static int64_t took_to_ack(const struct tap *far, uint64_t end, int64_t first,
			   int64_t ack)
{
	int64_t copy = last_copy(far, end, ack);

	if (copy > first && (ack - copy) * AT_ONCE <= copy - first)
		return ack - copy;
	return ack - first;
}

void timeline_acked(struct timeline *t, int64_t *left)
{
	enum repair how = REPAIR_TIMEOUT;
	const struct tap_cover *c;
	int64_t ack, copied, before;

	if (!one_tap(t)) {
		c = tap_cover_of(far_tap(t), t->ask_end);
		ack = first_ack(far_tap(t), t->ask_end);
		if (c && ack != INT64_MAX)
			timeline_spend(t, TIME_SERVER,
				       took_to_ack(far_tap(t), t->ask_end,
						   c->t_ns, ack),
				       left);
	}
	copied = timeline_copied_there(t, t->t_ns, *left, &how);
	before = *left;
	timeline_repair(t, how, copied, left);
	t->lost_ns += before - *left; /* nothing follows */
}

/* Does record @rec of the tap, of direction @dir, begin before @end, in near's
 * numbers?  Otherwise it is later data, and the wanted data was missed. */
static bool begins_before(const struct tap *tap, int dir, uint32_t rec,
			  uint64_t end)
{
	const struct record *r = strand_at(tap->strand[dir], rec);

	return (int64_t)(r->seq64 - (end + tap->shift[dir])) < 0;
}

/* Inner tap @i's round trip, and when it began; or TRIP_UNKNOWN.  At far an
 * acknowledgement shows when the request had come, as the host there sends it;
 * here it only passes. */
static int64_t inner_trip(struct timeline *t, const struct tell *e, size_t i,
			  int64_t *asked)
{
	struct tap *tap = &t->tap[i];
	const struct tap_cover *c = tap_cover_of(tap, t->ask_end);
	const struct tap_send *s;

	*asked = 0;
	if (!c || c->rec == RECORD_NONE ||
	    !begins_before(tap, 0, c->rec, t->ask_end))
		return TRIP_UNKNOWN;
	*asked = c->t_ns;
	s = tap_send_of(tap, e->from);
	if (!s || !begins_before(tap, 1, s->rec, e->from + 1))
		return TRIP_UNKNOWN;
	return s->t_ns - *asked;
}

/* What each tap saw of the round trip, from the request's end to the answer's
 * first byte: when it began and how long it was. */
static void trips(struct timeline *t, const struct tell *e, int64_t *asked,
		  int64_t *trip)
{
	size_t last = t->n_taps - 1;

	asked[0] = t->t_ns - e->piece;
	trip[0] = e->piece;
	asked[last] = e->cover.t_ns;
	trip[last] = e->send.t_ns - e->cover.t_ns;
	for (size_t i = 1; i < last; i++)
		trip[i] = inner_trip(t, e, i, &asked[i]);
	timeline_doubt(t, trip);
}

/* Attributes the excess of a round trip over its least. */
static void tell_excess(struct timeline *t, const int64_t *trip, int64_t over,
			int64_t *left)
{
	if (t->b->base_ns < 0 || over <= queue_least(t))
		return;
	timeline_queued(t, over);
	timeline_queue(t, trip, timeline_spend(t, TIME_QUEUE, over, left));
}

/* The server's share of an answer.  Return: what is left of the piece. */
static int64_t tell_server(struct timeline *t, const struct tell *e)
{
	int64_t own = ns_max(e->send.t_ns - e->cover.t_ns, 0);
	int64_t here = ns_min(own, e->piece), left = e->piece - here;
	int64_t gap[WAITS];

	gap_since(e->send.gap, e->send.repaired, e->cover.t_ns, gap);
	timeline_limits(t, 1, gap, (enum repair)far_tap(t)->lane[1].repair_how,
			&here);
	timeline_lost_beyond(t, e, &here);
	t->b->beyond_ns += timeline_spend(t, TIME_PATH, timeline_beyond(t),
					  &here);
	timeline_spend(t, timeline_host(t), here, &here);
	return left;
}

/* An answer: the server's share, then the way there and back. */
static void tell_answer(struct timeline *t, const struct tell *e)
{
	int64_t left, over, copied = 0, asked[TIMELINE_HOPS + 1];
	int64_t trip[TIMELINE_HOPS + 1], base = t->b->base_ns;
	enum repair how = REPAIR_TIMEOUT;

	trips(t, e, asked, trip);
	left = tell_server(t, e);
	over = left - ns_max(base, 0);
	if (over > near_tap(t)->slack_ns) {
		copied = timeline_copied_out(t, e, over, &how);
		copied += timeline_copied_back(t, e, over - copied, &how);
		if (!copied && timeline_thin(t))
			copied = timeline_hole(t, e);
		copied = ns_min(copied, over);
		timeline_repair(t, how, copied, &left);
		over -= copied;
	}
	tell_excess(t, trip, over, &left);
	if (!copied && (base < 0 || left < base))
		t->b->base_ns = left;
	if (!copied) {
		timeline_learn(t, trip);
		timeline_ways(t, trip, asked);
	}
	timeline_path(t, trip, &left);
}

/* The server had nothing to send until the request came, @ns after its last
 * data: attributes the time that the request was being retransmitted.  Return:
 * how much of *@left. */
static int64_t asked_again(struct timeline *t, const struct tell *e, int64_t ns,
			   int64_t *left)
{
	enum repair how = REPAIR_TIMEOUT;
	int64_t copied = timeline_copied_there(t, e->now - e->piece, ns, &how);
	int64_t before = *left;

	timeline_repair(t, how, ns_min(copied, ns), left);
	return before - *left;
}

/* Within the server's data: the gap at far, and what came on the way. */
static void tell_more(struct timeline *t, const struct tell *e, bool turn)
{
	int64_t left = e->piece, over, grown;
	int64_t gap[WAITS], sent = e->send.t_ns - t->sent_ns;
	enum repair how = REPAIR_FAST;

	for (int w = 0; w < WAITS; w++)
		gap[w] = e->send.sum[w] - t->sum[w];
	over = left - ns_max(sent, 0);
	if (sent > 0) {
		int64_t here = ns_min(sent, left), peer;

		left -= here;
		timeline_limits(t, 1, gap,
				(enum repair)far_tap(t)->lane[1].repair_how,
				&here);
		timeline_feed(t, gap[WAIT_APP], &here);
		if (turn && gap[WAIT_PEER] > near_tap(t)->slack_ns)
			gap[WAIT_PEER] -= asked_again(t, e, gap[WAIT_PEER],
						      &here);
		peer = ns_min(ns_max(gap[WAIT_PEER], 0), here);
		here -= peer;
		timeline_path(t, NULL, &peer);
		timeline_spend(t, TIME_TRANSFER, here, &here);
	}
	if (left <= 0)
		return;
	if (over > near_tap(t)->slack_ns || e->filled) {
		int64_t copied = timeline_copied_more(t, e, left, &how);

		timeline_repair(t, how, copied, &left);
	}
	grown = timeline_grown(t, e);
	if (left > queue_least(t) ||
	    (grown > queue_least(t) && sent > near_tap(t)->slack_ns)) {
		t->b->hop[0].queue_ns += t->n_taps == 2 ? left : 0;
		timeline_queued(t, grown);
		if (left > queue_least(t))
			t->hold_ns = left;
		timeline_spend(t, TIME_QUEUE, left, &left);
	}
	timeline_spend(t, TIME_TRANSFER, left, &left);
}

/* The one capture is also the point nearest to the server. */
static void lost_beyond_here(struct timeline *t, const struct tell *e,
			     int64_t *left)
{
	struct tell x = *e;

	x.cover = (struct tap_cover){ .t_ns = e->now - e->piece,
				      .rec = (uint32_t)t->x.near[1] };
	x.send = (struct tap_send){ .t_ns = e->now, .rec = e->rec };
	timeline_lost_beyond(t, &x, left);
}

/* One capture, next to the server: its lane tells. */
static void tell_from_here(struct timeline *t, const struct tell *e)
{
	const struct lane *l = &near_tap(t)->lane[1];
	int64_t left = e->piece, gap[WAITS];

	gap_since(l->gap, l->gap_repaired, e->now - e->piece, gap);
	timeline_limits(t, 1, gap, (enum repair)l->repair_how, &left);
	if (t->heard != HEARD_ASK) {
		timeline_spend(t, TIME_TRANSFER, gap[WAIT_TRANSFER], &left);
		timeline_feed(t, left, &left);
	} else {
		lost_beyond_here(t, e, &left);
		t->b->beyond_ns += timeline_spend(t, TIME_PATH,
						  timeline_beyond(t), &left);
	}
	timeline_spend(t, timeline_host(t), left, &left);
}

/* Did the server's data leave after the request was complete there? */
static bool in_turn(struct timeline *t, const struct tell *e)
{
	int64_t least = near_tap(t)->lane[0].rtt_min_ns;

	if (!t->open || (t->heard != HEARD_ASK && t->answered))
		return false;
	if (e->has_send && e->has_cover && !e->blind)
		return e->send.t_ns >= e->cover.t_ns;
	return (!t->remote_server && !e->blind) ||
	       e->piece >= least - least / 5;
}

/* Does far tell how long the server took?  If its capture lacks the request, an
 * acknowledgement shows that it had come, but that may be the answer's own. */
static bool far_tells(const struct timeline *t, const struct tell *e, bool turn)
{
	if (!turn)
		return e->has_send;
	return e->has_send && !(e->blind && t->heard == HEARD_ASK) &&
	       e->has_cover &&
	       (t->heard != HEARD_ASK || e->cover.rec != RECORD_NONE);
}

static void tell_time(struct timeline *t, const struct tell *e, bool turn)
{
	t->t_ns = e->now;
	if (t->heard == HEARD_NOTHING || e->piece <= 0)
		return;
	if (one_tap(t) && !t->remote_server)
		tell_from_here(t, e);
	else if (!far_tells(t, e, turn))
		timeline_from_afar(t, e);
	else if (turn && t->heard == HEARD_ASK)
		tell_answer(t, e);
	else if (timeline_doubtful(t, e))
		timeline_in_doubt(t, e);
	else if (t->sent_known)
		tell_more(t, e, turn);
	else
		timeline_from_afar(t, e);
}

/* Looks up what the far point has of it.  The cover is looked up first: what
 * that skips need not be queued. */
static void look_far(struct timeline *t, struct tell *e)
{
	const struct tap_cover *c = NULL;
	const struct tap_send *s;

	if (t->open && !t->answered && !t->cover_known) {
		c = tap_cover_of(far_tap(t), t->ask_end);
		t->cover_known = c != NULL;
		if (c)
			t->cover = *c;
	}
	e->has_cover = t->open && !t->answered && t->cover_known;
	e->cover = t->cover;
	s = tap_send_of(far_tap(t), e->from);
	e->has_send = s != NULL;
	if (!s)
		return;
	e->send = *s;
	e->blind = !begins_before(far_tap(t), 1, s->rec, e->from + 1);
	if (e->blind)
		t->blinds++;
	else
		t->sights++;
}

static void note_send(struct timeline *t, const struct tell *e)
{
	int64_t transit;

	t->sent_known = !e->blind;
	if (e->blind)
		return;
	t->sent_ns = e->send.t_ns;
	t->told_rec = e->send.rec;
	memcpy(t->sum, e->send.sum, sizeof t->sum);
	transit = timeline_transit(t, e);
	if (transit < t->transit_least_ns)
		t->transit_least_ns = transit;
}

/* The newest request's answer begins with @e. */
static void note_answer(struct timeline *t, const struct tell *e)
{
	t->answered = true;
	if (e->has_cover && e->cover.rec != RECORD_NONE)
		t->x.far[0] = e->cover.rec;
	if (e->has_send && !e->blind)
		t->x.far[1] = e->send.rec;
}

/* The host did not take what the SYN had, or not all of it: that is asked anew. */
static void refuses_syn(struct timeline *t)
{
	uint64_t top = near_tap(t)->lane[0].top;

	if (!t->open || t->x.opening != SET_UP_OPENING || top >= t->ask_end)
		return;
	t->x.bytes[0] -= t->ask_end - top;
	t->ask_end = top;
}

/* Data after a SYN,ACK: if the SYN had data (RFC 7413), this answers it, and what began as
 * an opening is its exchange. */
static void answers_syn(struct timeline *t, const struct tell *e)
{
	if (t->x.opening != SET_UP_OPENING || !t->x.bytes[0])
		return;
	t->x.opening = SET_UP_NONE;
	t->x.near[2] = e->rec;
	if (e->has_send && !e->blind)
		t->x.far[1] = e->send.rec;
}

/* Data answers the open turn, even after the client's FIN. */
static void took_turn(struct timeline *t, const struct tell *e, uint32_t len)
{
	t->unanswered.late = t->unanswered.how == ENDED_CLIENT;
	if (t->answered || t->heard != HEARD_ASK || t->x.opening)
		return;
	t->took_turns = true;
	timeline_replied(t, e->piece, len);
	t->went_on_ns = ns_max(t->went_on_ns, e->piece);
}

void timeline_tell(struct timeline *t, const struct record *r, struct tell *e)
{
	int64_t server = t->b->part[TIME_SERVER];
	uint32_t len = r->pay_len;
	bool turn, refused, owed, tickets;

	if (r->tcp_flags & REC_SYN)
		refuses_syn(t);
	if (!one_tap(t))
		look_far(t, e);
	e->piece = e->now - t->t_ns;
	if (one_tap(t))
		timeline_spoilt(t, 1, r->seq64, e->now, &e->piece);
	turn = in_turn(t, e);
	t->hold_ns = 0; /* for the last piece only */
	refused = turn && !len && timeline_refuses(t, e);
	owed = !len && !refused && timeline_owes(t, e->now, ENDED_SERVER);
	t->resting = !refused && !owed && timeline_rests(t, e, len);
	if (turn && len)
		took_turn(t, e, len);
	else if (len)
		timeline_news(t, e);
	tickets = !turn && len && e->piece >= TIMELINE_DUE_NS &&
		  (timeline_may_be_tickets(t) || timeline_may_be_preface(t));
	tell_time(t, e, turn);
	if (tickets) {
		t->x.near[2] = EXCHANGE_NONE;
		note_answer(t, e);
	}
	if (t->resting)
		timeline_close(t);
	if (refused)
		timeline_refused(t, e->piece, server);
	if (owed) {
		t->unanswered.server_ns = t->b->part[TIME_SERVER] - server;
		timeline_owed_until_now(t);
	}
	if (e->has_send)
		note_send(t, e);
	if (turn && t->open && !t->answered &&
	    (!t->unanswered.how || t->unanswered.late))
		note_answer(t, e);
	else if (!turn && t->heard == HEARD_ASK)
		t->out_of_turn++;
	if (t->answered && t->open) {
		if (len)
			answers_syn(t, e);
		t->x.bytes[1] += len;
		t->x.hold_ns = t->hold_ns;
		timeline_answer(t, e->rec);
	}
	if (len)
		t->told_len = len;
	t->heard = HEARD_TELL;
}
