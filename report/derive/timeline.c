/* The timeline of a TCP session.
 *
 * Theory (Barford and Crovella's critical path, for a conversation): at every
 * moment somebody holds the conversation up.  Which one, the next event at the
 * near point tells:
 *
 *  ask   new data leaves the client.  Up to then it was the client: its program
 *        (client), or what kept its TCP from sending (lane.h).
 *  tell  new data of the server arrives without a hole.  If it left the far
 *        point after the newest request was complete there, it may be the
 *        answer: its server's share is first sent minus request complete, both
 *        stamps of the far point; all else of the piece is the path there and
 *        back, by no clock but one subtraction (algorithms.md A.3).  If it left
 *        before, it is no answer, and the piece is compared with the gap between
 *        two sends at the far point: as much as that is what the server's gap
 *        was; what is over came on the way.
 *
 * What came on the way over the least round trip is recovery as far as copies
 * of these bytes were sent in it, else a queue if it is over 10 ms and a
 * quarter of the least round trip, else path (or transfer, within a train).
 *
 * Pieces do not overlap and leave nothing out, so their sum is the whole; a
 * share never gets more than the piece has left, so none is negative.
 *
 * With one capture the far side's wait is one: its least round trip is path,
 * the rest is counted for the host there, and whoever prints it says so.
 *
 * Exchanges by turns: from a request's first byte to the last byte before the
 * next request that comes after an answer.  Their parts are what the timeline
 * spent meanwhile.
 */
#include "report/derive/timeline.h"

#include <stdio.h>
#include <string.h>

#define QUEUE_LEAST 10000000
#define TOLD_BACK 65536 /* records back, for a message's first */
#define STREAMS 4       /* times that data came out of turn */

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct tap *near_tap(struct timeline *t)
{
	return &t->tap[0];
}

static struct tap *far_tap(struct timeline *t)
{
	return &t->tap[t->n_taps - 1];
}

static int64_t queue_least(const struct timeline *t)
{
	return max64(QUEUE_LEAST, t->b->base_ns / 4);
}

int64_t timeline_spend(struct timeline *t, enum time_part part, int64_t ns,
		       int64_t *left)
{
	int64_t got = min64(ns, *left);

	if (got <= 0)
		return 0;
	t->b->part[part] += got;
	*left -= got;
	return got;
}

static void spend_repair(struct timeline *t, enum repair how, int64_t ns,
			 int64_t *left)
{
	int64_t got = timeline_spend(t, TIME_RECOVERY, ns, left);

	if (got > 0) {
		t->b->repairs[how]++;
		t->b->repair_ns[how] += got;
	}
}

/* What kept a sender's TCP, from the lane's gap; at most *@left. */
static void spend_limits(struct timeline *t, const int64_t gap[WAITS],
			 enum repair how, int64_t *left)
{
	spend_repair(t, how, gap[WAIT_RECOVERY], left);
	timeline_spend(t, TIME_WINDOW, gap[WAIT_WINDOW], left);
	timeline_spend(t, TIME_NAGLE, gap[WAIT_NAGLE], left);
	timeline_spend(t, TIME_CWND, gap[WAIT_CWND], left);
	timeline_spend(t, TIME_QUEUE, gap[WAIT_QUEUE], left);
}

/* --- exchanges --- */
void timeline_done(struct timeline *t, const struct exchange *x)
{
	t->done(t->ctx, x);
	if (x->opening)
		return;
	t->b->exchanges++;
	t->b->in_flight_sum += x->in_flight;
	if (x->in_flight > t->b->in_flight_max)
		t->b->in_flight_max = x->in_flight;
	t->b->holds += x->hold_ns > 0;
}

void timeline_name(struct timeline *t, unsigned proto, const char *name)
{
	if (!t->open || t->x.proto)
		return;
	t->x.proto = (uint8_t)(proto + 1);
	snprintf(t->name, sizeof t->name, "%s", name);
	t->x.name = t->name[0] ? t->name : NULL;
}

void timeline_close(struct timeline *t)
{
	if (!t->open)
		return;
	for (int p = 0; p < TIME_PARTS; p++)
		t->x.part[p] = t->last_mark[p] - t->mark[p];
	/* what messages told of is theirs */
	if (t->x.opening || !t->matched)
		timeline_done(t, &t->x);
	t->open = false;
	t->think_mark = t->last_mark[TIME_CLIENT];
}

void timeline_open(struct timeline *t, uint64_t rec, int64_t at_ns)
{
	timeline_close(t);
	t->open = true;
	t->answered = false;
	t->matched = 0;
	t->x = (struct exchange){
		.near = { rec, rec, EXCHANGE_NONE, EXCHANGE_NONE },
		.far = { EXCHANGE_NONE, EXCHANGE_NONE },
		.at_ns = at_ns - t->b->start_ns,
		.think_ns = t->b->part[TIME_CLIENT] - t->think_mark,
		.in_flight = 1
	};
	memcpy(t->mark, t->b->part, sizeof t->mark);
	memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
}

void timeline_answer(struct timeline *t, uint64_t rec)
{
	if (!t->open)
		return;
	if (t->x.near[2] == EXCHANGE_NONE)
		t->x.near[2] = rec;
	t->x.near[3] = rec;
	memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
}

/* --- the path --- */

/* Least round trip before the near point and beyond the far one: the opening's,
 * or less where an acknowledgement came sooner. */
static int64_t before_ns(struct timeline *t)
{
	int64_t least = near_tap(t)->lane[1].rtt_min_ns;

	return least < 0 ? t->before_ns : min64(t->before_ns, least);
}

static int64_t beyond_ns(struct timeline *t)
{
	int64_t least = far_tap(t)->lane[0].rtt_min_ns;

	return least < 0 ? t->beyond_ns : min64(t->beyond_ns, least);
}

static size_t most_over(const struct timeline *t, const int64_t *share,
			int64_t *over)
{
	size_t most = 0;

	*over = 0;
	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		int64_t ns = share[i] - max64(t->stretch[i].least_ns, 0);

		if (ns > *over) {
			*over = ns;
			most = i;
		}
	}
	return most;
}

static void take_share(struct timeline *t, int64_t *share, size_t i, int64_t ns,
		       bool queue)
{
	share[i] -= ns;
	if (queue)
		t->b->hop[i].queue_ns += ns;
}

/* Takes @ns, at most all, from the stretches' shares: first from those that
 * have most over their least. */
static void take_excess(struct timeline *t, int64_t *share, int64_t ns,
			bool queue)
{
	int64_t over, got;
	size_t i;

	for (size_t round = 1; round < t->n_taps && ns > 0; round++) {
		i = most_over(t, share, &over);
		got = min64(ns, over);
		take_share(t, share, i, got, queue);
		ns -= got;
	}
	for (i = 0; i + 1 < t->n_taps && ns > 0; i++) {
		got = min64(ns, share[i]);
		take_share(t, share, i, got, queue);
		ns -= got;
	}
}

/* How much of the round trip each stretch has, by the taps at its ends; they
 * sum to trip[0] - trip[last]. */
static void stretch_shares(struct timeline *t, const int64_t *trip,
			   int64_t *share)
{
	int64_t carry = 0;

	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		int64_t ns = trip[i] - trip[i + 1] + carry;

		share[i] = max64(ns, 0);
		carry = min64(ns, 0);
	}
	for (size_t i = t->n_taps - 1; i-- > 0 && carry < 0;) {
		int64_t got = min64(share[i], -carry);

		share[i] -= got;
		carry += got;
	}
}

void timeline_path(struct timeline *t, const int64_t *trip, int64_t *left)
{
	int64_t share[TIMELINE_HOPS] = { 0 }, sum = 0;
	int64_t ns = *left;
	size_t n = t->n_taps - 1;

	timeline_spend(t, TIME_PATH, ns, left);
	if (!n) {
		t->b->beyond_ns += ns;
		return;
	}
	if (trip)
		stretch_shares(t, trip, share);
	for (size_t i = 0; i < n; i++)
		sum += share[i];
	if (sum > ns)
		take_excess(t, share, sum - ns, false);
	else
		share[n - 1] += ns - sum;
	for (size_t i = 0; i < n; i++)
		t->b->hop[i].path_ns += share[i];
}

static void learn_least(struct timeline *t, const int64_t *trip)
{
	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		int64_t ns = max64(trip[i] - trip[i + 1], 0);
		struct stretch *s = &t->stretch[i];

		if (s->least_ns < 0 || ns < s->least_ns)
			s->least_ns = ns;
	}
}

/* --- ask --- */
static bool one_tap(const struct timeline *t)
{
	return t->n_taps == 1;
}

/* Up to the client's new data, only the server's side being near. */
static void ask_from_afar(struct timeline *t, int64_t *left)
{
	int64_t least = near_tap(t)->lane[1].rtt_min_ns;

	if (t->heard == HEARD_ASK &&
	    *left <= max64(near_tap(t)->slack_ns, least / 8))
		timeline_spend(t, TIME_TRANSFER, *left, left);
	else if (t->heard == HEARD_TELL && least > 0)
		t->b->before_ns += timeline_spend(t, TIME_PATH, least, left);
	timeline_spend(t, TIME_CLIENT, *left, left);
}

static void ask_time(struct timeline *t, int64_t now)
{
	struct lane *l = &near_tap(t)->lane[0];
	int64_t left = now - t->t_ns;

	t->t_ns = now;
	if (t->heard == HEARD_NOTHING || left <= 0)
		return;
	if (t->remote_client) {
		ask_from_afar(t, &left);
		return;
	}
	spend_limits(t, l->gap, (enum repair)l->repair_how, &left);
	if (t->heard == HEARD_ASK)
		timeline_spend(t, TIME_TRANSFER, l->gap[WAIT_TRANSFER], &left);
	else
		t->b->before_ns += timeline_spend(t, TIME_PATH, before_ns(t),
						  &left);
	timeline_spend(t, TIME_CLIENT, left, &left);
}

static void on_ask(struct timeline *t, const struct record *r, uint32_t rec,
		   int64_t now)
{
	const struct lane *l = &near_tap(t)->lane[0];

	/* with others under way the client is not what is waited for */
	if (t->asked && asked_open(t->asked)) {
		asked_mark(t->asked, t, r->frame, rec, now);
		return;
	}
	ask_time(t, now);
	if (t->asked)
		asked_mark(t->asked, t, r->frame, rec, now);
	t->cover_known = false;
	if (!t->open || t->answered) {
		timeline_open(t, rec, now);
		t->x.opening = r->tcp_flags & REC_SYN ? SET_UP_OPENING
			       : r->pay_len           ? SET_UP_NONE
						      : SET_UP_CLOSING;
		t->ask_from = r->seq64;
	}
	t->x.near[1] = rec;
	t->x.bytes[0] += r->pay_len;
	t->ask_end = l->top;
	t->heard = HEARD_ASK;
	if (!one_tap(t))
		far_tap(t)->want = t->ask_end;
	if (t->x.near[2] == EXCHANGE_NONE)
		memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
}

/* --- tell --- */
struct tell {               /* an event: new data of the server */
	uint64_t from;      /* its first byte */
	int64_t now, piece; /* near's time; the piece before it */
	uint32_t rec;
	bool filled; /* bytes beyond it were here before */
	bool has_send, has_cover;
	struct tap_send send; /* at far; with has_send */
	struct tap_cover
		cover; /* there, of the newest request; with has_cover */
};

/* How long copies of these bytes went on after the first at far, within
 * @over_ns.  *@how: what brought the last. */
static int64_t copied_back(struct timeline *t, const struct tell *e,
			   int64_t over_ns, enum repair *how)
{
	struct tap *far = far_tap(t);
	uint64_t seq = e->from + far->shift[1];
	int64_t sent = e->send.t_ns;
	const struct lane_copy *c;

	tap_until(far, sent + over_ns + far->slack_ns);
	c = lane_copy_of(&far->lane[1], seq, seq + 1, sent,
			 sent + over_ns + far->slack_ns);
	if (!c)
		return 0;
	*how = (enum repair)c->how;
	return c->t_ns - sent;
}

static int64_t copied_there(struct timeline *t, int64_t from, int64_t over_ns,
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

/* What each tap saw of the round trip, from the request's end to the answer's
 * first byte: when it began and how long it was.
 * Return: false where one did not see it. */
static bool trips(struct timeline *t, const struct tell *e, int64_t *asked,
		  int64_t *trip)
{
	size_t last = t->n_taps - 1;

	asked[0] = t->t_ns - e->piece;
	trip[0] = e->piece;
	asked[last] = e->cover.t_ns;
	trip[last] = e->send.t_ns - e->cover.t_ns;
	for (size_t i = 1; i < last; i++) {
		const struct tap_cover *c = tap_cover_of(&t->tap[i],
							 t->ask_end);
		const struct tap_send *s;

		asked[i] = c ? c->t_ns : 0;
		s = c ? tap_send_of(&t->tap[i], e->from) : NULL;
		if (!s)
			return false;
		trip[i] = s->t_ns - asked[i];
	}
	return true;
}

/* The way out of a round trip, by the clocks. */
static void note_ways(struct timeline *t, const int64_t *asked)
{
	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		struct stretch *s = &t->stretch[i];

		if (!s->ways_known)
			continue;
		t->b->hop[i].out_ns += stamps_mid(&s->to, asked[i + 1]) -
				       stamps_mid(&s->from, asked[i]);
		t->b->hop[i].slack_ns += s->slack_ns;
	}
}

/* What of a round trip is over its least. */
static void tell_excess(struct timeline *t, const int64_t *trip, int64_t over,
			int64_t *left)
{
	int64_t share[TIMELINE_HOPS];

	if (t->b->base_ns < 0 || over <= queue_least(t))
		return;
	over = timeline_spend(t, TIME_QUEUE, over, left);
	if (!trip)
		return;
	stretch_shares(t, trip, share);
	take_excess(t, share, over, true);
}

/* The server's share of an answer.  Return: what is left of the piece. */
static int64_t tell_server(struct timeline *t, const struct tell *e)
{
	int64_t own = max64(e->send.t_ns - e->cover.t_ns, 0);
	int64_t here = min64(own, e->piece), left = e->piece - here;

	spend_limits(t, e->send.gap,
		     (enum repair)far_tap(t)->lane[1].repair_how, &here);
	t->b->beyond_ns += timeline_spend(t, TIME_PATH, beyond_ns(t), &here);
	timeline_spend(t, TIME_SERVER, here, &here);
	return left;
}

/* The answer: the server's share, then the way there and back. */
static void tell_answer(struct timeline *t, const struct tell *e)
{
	int64_t left, over, copied = 0, asked[TIMELINE_HOPS + 1];
	int64_t trip[TIMELINE_HOPS + 1], base = t->b->base_ns;
	bool known = trips(t, e, asked, trip);
	enum repair how = REPAIR_TIMEOUT;

	left = tell_server(t, e);
	over = left - max64(base, 0);
	if (over > near_tap(t)->slack_ns) {
		copied = copied_there(t, t->t_ns - e->piece, over, &how);
		copied += copied_back(t, e, over - copied, &how);
		copied = min64(copied, over);
		spend_repair(t, how, copied, &left);
		over -= copied;
	}
	tell_excess(t, known ? trip : NULL, over, &left);
	if (!copied && (base < 0 || left < base))
		t->b->base_ns = left;
	if (known && !copied) {
		learn_least(t, trip);
		note_ways(t, asked);
	}
	timeline_path(t, known ? trip : NULL, &left);
}

/* Within the server's data: the gap at far, and what came on the way. */
static void tell_more(struct timeline *t, const struct tell *e)
{
	int64_t left = e->piece, over, transit, grown;
	int64_t gap[WAITS], sent = e->send.t_ns - t->sent_ns;
	enum repair how = REPAIR_FAST;

	for (int w = 0; w < WAITS; w++)
		gap[w] = e->send.sum[w] - t->sum[w];
	over = left - max64(sent, 0);
	if (sent > 0) {
		int64_t here = min64(sent, left);

		left -= here;
		spend_limits(t, gap,
			     (enum repair)far_tap(t)->lane[1].repair_how,
			     &here);
		timeline_spend(t, TIME_SERVER, gap[WAIT_APP], &here);
		t->b->hop[0].path_ns += timeline_spend(t, TIME_PATH,
						       gap[WAIT_PEER], &here);
		timeline_spend(t, TIME_TRANSFER, here, &here);
	}
	if (left <= 0)
		return;
	if (over > near_tap(t)->slack_ns || e->filled) {
		int64_t copied = copied_back(t, e, over, &how);

		if (copied > 0)
			spend_repair(t, how, copied, &left);
	}
	transit = e->now - e->send.t_ns;
	grown = t->transit_least_ns == INT64_MAX
			? 0
			: transit - t->transit_least_ns;
	if (left > queue_least(t) ||
	    (grown > queue_least(t) && sent > near_tap(t)->slack_ns)) {
		t->b->hop[0].queue_ns += t->n_taps == 2 ? left : 0;
		if (left > queue_least(t))
			t->hold_ns = left;
		timeline_spend(t, TIME_QUEUE, left, &left);
	}
	timeline_spend(t, TIME_TRANSFER, left, &left);
}

/* Only the near point knows of it. */
static void tell_from_afar(struct timeline *t, const struct tell *e)
{
	const struct lane *out = &near_tap(t)->lane[0];
	int64_t left = e->piece, least = out->rtt_min_ns;
	int64_t slack = max64(near_tap(t)->slack_ns, least / 8);
	enum repair how = REPAIR_TIMEOUT;

	if (t->heard == HEARD_ASK) {
		int64_t path = min64(max64(least, 0), left);
		int64_t over = left - path, copied = 0;

		left -= path;
		if (over > slack)
			copied = copied_there(t, t->t_ns - e->piece, over,
					      &how);
		spend_repair(t, how, copied, &left);
		timeline_path(t, NULL, &path);
	} else if (e->filled && left > slack) {
		spend_repair(t, REPAIR_FAST, left, &left);
	} else if (left <= slack) {
		timeline_spend(t, TIME_TRANSFER, left, &left);
	} else {
		t->hold_ns = left;
	}
	timeline_spend(t, TIME_SERVER, left, &left);
}

/* One capture, beside the server: its lane knows. */
static void tell_from_here(struct timeline *t, const struct tell *e)
{
	const struct lane *l = &near_tap(t)->lane[1];
	int64_t left = e->piece;

	spend_limits(t, l->gap, (enum repair)l->repair_how, &left);
	if (t->heard != HEARD_ASK)
		timeline_spend(t, TIME_TRANSFER, l->gap[WAIT_TRANSFER], &left);
	else
		t->b->beyond_ns += timeline_spend(t, TIME_PATH, beyond_ns(t),
						  &left);
	timeline_spend(t, TIME_SERVER, left, &left);
}

/* Did the server's data leave after the request was complete there? */
static bool in_turn(struct timeline *t, const struct tell *e)
{
	int64_t least = near_tap(t)->lane[0].rtt_min_ns;

	if (!t->open || (t->heard != HEARD_ASK && t->answered))
		return false;
	if (e->has_send && e->has_cover)
		return e->send.t_ns >= e->cover.t_ns;
	return !t->remote_server || e->piece * 5 >= least * 4;
}

static void tell_time(struct timeline *t, const struct tell *e, bool turn)
{
	t->t_ns = e->now;
	if (t->heard == HEARD_NOTHING || e->piece <= 0)
		return;
	if (one_tap(t) && !t->remote_server)
		tell_from_here(t, e);
	else if (!e->has_send || (turn && !e->has_cover))
		tell_from_afar(t, e);
	else if (turn && t->heard == HEARD_ASK)
		tell_answer(t, e);
	else if (t->sent_known)
		tell_more(t, e);
	else
		tell_from_afar(t, e);
}

/* What the far point has of it.  The cover is asked for first: what it skips
 * need not be queued. */
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
	if (s)
		e->send = *s;
}

static void note_send(struct timeline *t, const struct tell *e)
{
	int64_t transit = e->now - e->send.t_ns;

	t->sent_ns = e->send.t_ns;
	t->sent_known = true;
	t->told_rec = e->send.rec;
	memcpy(t->sum, e->send.sum, sizeof t->sum);
	if (transit < t->transit_least_ns)
		t->transit_least_ns = transit;
}

static void note_answer(struct timeline *t, const struct tell *e)
{
	t->answered = true;
	if (e->has_cover && e->cover.rec != RECORD_NONE)
		t->x.far[0] = e->cover.rec;
	if (e->has_send)
		t->x.far[1] = e->send.rec;
}

static void on_tell(struct timeline *t, const struct record *r, struct tell *e)
{
	uint32_t len = r->pay_len;
	bool turn;

	if (!one_tap(t))
		look_far(t, e);
	e->piece = e->now - t->t_ns;
	turn = in_turn(t, e);
	t->hold_ns = 0; /* of the last piece only */
	tell_time(t, e, turn);
	if (e->has_send)
		note_send(t, e);
	if (turn && !t->answered)
		note_answer(t, e);
	else if (!turn && t->heard == HEARD_ASK)
		t->out_of_turn++;
	if (t->answered) {
		t->x.bytes[1] += len;
		t->x.hold_ns = t->hold_ns;
		timeline_answer(t, e->rec);
	}
	t->heard = HEARD_TELL;
}

/* --- for messages --- */
uint64_t timeline_asked_at(struct timeline *t, uint64_t end)
{
	const struct tap_cover *c;

	if (one_tap(t))
		return EXCHANGE_NONE;
	if (t->datagrams)
		return t->dgram_far[0] == RECORD_NONE ? EXCHANGE_NONE
						      : t->dgram_far[0];
	c = tap_cover_of(far_tap(t), end);
	if (c && end == t->ask_end && !t->cover_known) {
		t->cover = *c;
		t->cover_known = true;
	}
	return c && c->rec != RECORD_NONE ? c->rec : EXCHANGE_NONE;
}

uint64_t timeline_told_at(struct timeline *t, uint64_t off)
{
	struct tap *far = far_tap(t);
	uint64_t seq = off + far->shift[1];
	uint32_t i = t->told_rec;

	if (one_tap(t))
		return EXCHANGE_NONE;
	if (t->datagrams)
		return t->dgram_far[1] == RECORD_NONE ? EXCHANGE_NONE
						      : t->dgram_far[1];
	if (!t->sent_known)
		return EXCHANGE_NONE;
	for (uint32_t n = 0; n < TOLD_BACK && i > 0; n++, i--)
		if ((int64_t)(strand_at(far->strand[1], i)->seq64 - seq) <= 0)
			break;
	return i;
}

/* --- the walk --- */

/* From the last event to the last record, which is of direction @last. */
static void rest(struct timeline *t, int last)
{
	struct tap *near = near_tap(t);
	int64_t left = near->t_ns - t->t_ns;
	const struct lane *l = &near->lane[0];

	if (t->heard == HEARD_NOTHING)
		timeline_spend(t, TIME_UNATTRIBUTED, left, &left);
	if (t->heard == HEARD_TELL) {
		t->b->before_ns += timeline_spend(t, TIME_PATH, before_ns(t),
						  &left);
		timeline_spend(t, TIME_CLIENT, left, &left);
	}
	if (l->repairing) {
		t->lost_ns = left;
		spend_repair(t, (enum repair)l->repair_how, left, &left);
	}
	if (t->heard == HEARD_ASK && last == 1 && t->b->base_ns >= 0) {
		int64_t path = min64(left, t->b->base_ns);

		left -= path; /* a reset, or only an acknowledgement */
		timeline_path(t, NULL, &path);
		timeline_spend(t, TIME_SERVER, left, &left);
	}
	if (l->acked && l->una >= l->top)
		timeline_spend(t, TIME_SERVER, left, &left);
	timeline_spend(t, TIME_UNATTRIBUTED, left, &left);
	t->t_ns = near->t_ns;
}

void timeline_tcp(struct timeline *t)
{
	struct tap *near = near_tap(t);
	const struct record *r;
	uint32_t rec;
	int d = 0, last = 0;

	t->transit_least_ns = INT64_MAX;
	t->t_ns = t->b->start_ns;
	while ((r = tap_next(near, &d, &rec)) != NULL) {
		struct lane *l = &near->lane[d];

		last = d;
		uint64_t cover = l->begun ? l->cover : r->seq64;
		bool islands = l->n_islands > 0;
		unsigned did = lane_take(l, &near->lane[!d], r, near->t_ns,
					 near->slack_ns);

		if (d == 0 && did & LANE_NEW) {
			on_ask(t, r, rec, near->t_ns);
		} else if (d == 1 && did & LANE_COVERS) {
			struct tell e = { .from = cover,
					  .now = near->t_ns,
					  .rec = rec,
					  .filled = islands };

			on_tell(t, r, &e);
		}
		if (t->asked)
			asked_take(t->asked, t, r, d, rec);
	}
	rest(t, last);
	if (t->asked)
		asked_end(t->asked, t);
	timeline_close(t);
	t->b->streams = t->out_of_turn >= STREAMS;
	t->b->nagles = near->lane[0].nagles + far_tap(t)->lane[1].nagles;
	t->b->windows = near->lane[0].windows + far_tap(t)->lane[1].windows;
	t->b->zero_windows = near->lane[0].zeros + far_tap(t)->lane[1].zeros;
}
