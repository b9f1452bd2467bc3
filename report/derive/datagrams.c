/* Datagrams: each is an event of its own.
 *
 * What left the client (ask) or came for it (tell) divides time as in
 * timeline.c.  What another point had of it is looked for by length and content
 * (datagrams_find.c); if it is not found that point is not used.
 *
 * Far's own order tells which request an answer belongs to, and how long the
 * server took: datagrams_far.c.  If it does not, that time is unattributed.
 *
 * A request identical to the one before, unanswered, is the program's own
 * retry: the time between was spent on recovery from a loss.  Not so if the
 * request had arrived, and nobody had answered it when its copy did: then the
 * server took that long (datagrams_had_arrived()).  The same holds of one that others
 * stand between (datagrams_again.c).  Nor if no answer ever comes:
 * what arrived undamaged at the farthest tap, or with one tap is not known to be
 * lost, waits for the server or for what lies towards it; for nobody that is known
 * if an ICMP error tells that something did not arrive.  What comes when each
 * request of the turn may have had an answer goes on with one (a stream that was
 * asked for): the time before it is the server's pace, as between two pieces of a
 * TCP answer (timeline_feed()).  A client of NTP never sends a poll again, but polls
 * at its own pace, even where all bytes are the same, as it leaves its time out.  If nothing ever comes
 * back and no known protocol shows that these are requests, they are a beacon or
 * a stream, whose sender waits for nobody.  Nor does either of two streams
 * (datagrams_streams.c), nor is anybody known to whose turns nothing tells
 * (budget.c).  Nor does the sender of pings, which are never sent again:
 * each is a turn of its own, answered by its number (datagrams_pings.c).  Where both sides
 * ask, messages say what each is (datagrams_calls.c).
 */
#include "report/derive/datagrams.h"

#include <stdlib.h>
#include <string.h>

#include "report/derive/datagrams_int.h"
#include "report/derive/timeline_int.h"

#define QUEUE_LEAST_NS 10000000
#define REPEAT_LEAST_NS                                                        \
	200000000 /* what a server waits for before it repeats */

static bool is_silent(const struct timeline *t)
{
	for (size_t i = 0; i < t->n_taps; i++)
		if (t->tap[i].strand[1]->n)
			return false;
	return true;
}

static void on_ask(struct dgram_walk *w, const struct record *r, uint32_t rec,
		   int64_t now)
{
	struct timeline *t = w->t;
	int64_t left = now - t->t_ns;
	bool waits = t->open && !t->answered, ping = is_ping_request(r);
	uint32_t before = w->ask_far;
	bool copy = t->heard == HEARD_ASK && waits && !w->polls &&
		    datagrams_copy(&w->ask, r);
	bool amid = !copy && !ping && !w->polls &&
		    datagrams_amid(w, r, &before);
	bool again = (copy && !ping) || amid;
	int64_t before_ns = w->asked[0];
	bool spoilt = again && !amid && datagrams_spoilt(w, before, r);

	t->t_ns = now;
	w->ask_far = datagrams_find_all(w, 0, r, now, w->asked);
	if (before == w->ask_far)
		before = RECORD_NONE; /* this one is it */
	if (spoilt) {
		datagrams_retried(t, left);
	} else if (again && w->silent && !w->one_way &&
		   (before != RECORD_NONE ||
		    (t->n_taps == 1 && !t->vanishes))) {
		t->mute_ns += timeline_spend(t, TIME_SERVER, left, &left);
	} else if (amid && !w->silent) {
		datagrams_waited(w, before, rec, left);
	} else if (again && !w->silent &&
		   datagrams_had_arrived(w, before, rec)) {
		timeline_spend(t, TIME_SERVER, left, &left);
	} else if (again && !w->one_way) {
		datagrams_retried(t, left);
	} else if (t->heard != HEARD_NOTHING) {
		timeline_spend(t, TIME_CLIENT, left, &left);
	}
	if (t->asked)
		asked_mark(t->asked, t, r->frame, rec, now);
	if (waits && (ping ? datagrams_next_ping(w, r, now)
			   : !again && datagrams_answered_between(w, before,
								  w->ask_far)))
		datagrams_put_aside(w, before, before_ns);
	if (!t->open || t->answered) {
		timeline_open(t, rec, now);
		if (t->asked)
			asked_turn(t->asked);
		w->asks = w->tells = 0;
	}
	w->asks += !copy;
	t->x.near[1] = rec;
	t->x.bytes[0] += copy ? 0 : r->pay_len;
	memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
	datagrams_asked(w, r);
	if (!r->frag_off)
		w->ask_number = r->window;
	t->dgram_far[0] = w->ask_far;
	t->heard = HEARD_ASK;
}

/* --- answers --- */
/* Sets @trip as its outer taps saw it. */
static void outer_trip(const struct timeline *t, int64_t whole, int64_t own,
		       int64_t *trip)
{
	for (size_t i = 0; i < t->n_taps; i++)
		trip[i] = TRIP_UNKNOWN;
	trip[0] = whole;
	trip[t->n_taps - 1] = own;
}

/* What each tap saw of the round trip; beyond far it took @own. */
static void trips(const struct dgram_walk *w, int64_t left, int64_t own,
		  int64_t *trip)
{
	size_t last = w->t->n_taps - 1;

	outer_trip(w->t, left, own, trip);
	for (size_t i = 1; i < last; i++)
		if (w->asked[i] != TRIP_UNKNOWN && w->told[i] != TRIP_UNKNOWN)
			trip[i] = time_sub(w->told[i], w->asked[i]);
	timeline_doubt(w->t, trip);
}

void datagrams_queue(struct timeline *t, const int64_t *trip, int64_t way,
		     int64_t *left)
{
	int64_t base = t->b->base_ns, over = way - base;

	if (base >= 0 && over > QUEUE_LEAST_NS && over > base / 4)
		timeline_queue(t, trip,
			       timeline_spend(t, TIME_QUEUE, over, left));
}

void datagrams_unknown(struct timeline *t, int64_t left)
{
	int64_t base = t->b->base_ns;
	int64_t path = base > 0 && base < left ? base : 0;

	left -= path;
	timeline_path(t, NULL, &path);
	timeline_spend(t, t->n_taps > 1 ? TIME_UNATTRIBUTED : TIME_SERVER, left,
		       &left);
}

/* An answer to the newest request. */
static void tell_answer(struct dgram_walk *w, const struct reply *p,
			int64_t left)
{
	struct timeline *t = w->t;
	int64_t trip[TIMELINE_HOPS], base = t->b->base_ns;
	size_t last = t->n_taps - 1;

	w->asked[last] = far_at(w, 0, p->ask)->time_ns;
	trips(w, left, p->own_ns, trip);
	timeline_spend(t, TIME_SERVER, p->own_ns - p->again_ns, &left);
	if (p->again_ns)
		datagrams_again(t, p->again_ns, &left);
	datagrams_queue(t, trip, left, &left);
	if (base < 0 || left < base)
		t->b->base_ns = left;
	timeline_learn(t, trip);
	timeline_ways(t, trip, w->asked);
	timeline_path(t, trip, &left);
}

/* The last piece of a wait that began before it, at @asked (INT64_MIN: not
 * known).  At far the request came @own before the answer left, of which @here
 * may be in the piece. */
static void tell_late(struct timeline *t, int64_t asked, int64_t own,
		      int64_t here, int64_t left)
{
	int64_t trip[TIMELINE_HOPS];
	int64_t way = asked == INT64_MIN ? left - here
					 : time_sub(t->t_ns, asked) - own;

	here = here < 0 ? 0 : here < left ? here : left;
	outer_trip(t, left, here, trip);
	timeline_spend(t, TIME_SERVER, here, &left);
	datagrams_queue(t, trip, way, &left);
	timeline_path(t, trip, &left);
}

/* Could it be the answer for which near waited @left? */
static bool plausible(const struct timeline *t, const struct reply *p,
		      int64_t left)
{
	return p->first && p->own_ns <= time_add(left, t->tap[0].slack_ns);
}

/* The piece before an answer that is being waited for. */
static void tell_asked(struct dgram_walk *w, struct reply *p, int64_t left)
{
	struct timeline *t = w->t;
	int64_t asked = p->turn ? p->turn->at_ns : INT64_MIN, way;

	if (p->ask != RECORD_NONE && p->ask == w->ask_far) {
		tell_answer(w, p, left);
		if (p->first)
			datagrams_found(w);
	} else if (p->repeated && left >= REPEAT_LEAST_NS) {
		datagrams_retried(t, left); /* the newest request never came */
	} else if (p->ask != RECORD_NONE && w->ask_far != RECORD_NONE) {
		/* it left before the newest request came: the piece is no
		 * longer than the transit */
		way = asked == INT64_MIN ? left
					 : time_sub(t->t_ns, asked) - p->own_ns;
		tell_late(t, asked, p->own_ns, left - way, left);
	} else if (p->ask != RECORD_NONE && plausible(t, p, left)) {
		tell_answer(w, p, left);
	} else {
		p->ask = RECORD_NONE;
		datagrams_unknown(t, left);
	}
}

/* The piece between two datagrams from the server. */
static void tell_more(struct dgram_walk *w, const struct reply *p, int64_t left)
{
	struct timeline *t = w->t;
	int64_t asked = p->turn                ? p->turn->at_ns
			: p->ask == w->ask_far ? w->asked[0]
					       : INT64_MIN;

	if (left <= t->tap[0].slack_ns)
		timeline_spend(t, TIME_TRANSFER, left, &left);
	else if (p->ask != RECORD_NONE && p->first)
		tell_late(t, asked, p->own_ns, p->own_ns, left);
	else if (w->asks && w->tells >= w->asks && !is_ping_request(&w->ask))
		timeline_feed(t, left, &left);
	else
		timeline_spend(t, TIME_SERVER, left, &left);
}

static void on_tell(struct dgram_walk *w, const struct record *r, uint32_t rec,
		    int64_t now)
{
	struct timeline *t = w->t;
	int64_t left = now - t->t_ns;
	uint32_t far;
	struct reply p;

	w->n_told = rec + 1;
	far = datagrams_find_all(w, 1, r, now, w->told);
	p = is_ping_request(&w->ask) ? datagrams_ping_reply(w, r, far)
				     : datagrams_reply(w, far);

	t->t_ns = now;
	if (p.stray) {
		datagrams_stray(t, left);
		return;
	}
	t->dgram_far[1] = far;
	if (t->heard == HEARD_ASK) {
		if (far == RECORD_NONE && !p.turn)
			p = datagrams_reply_unseen(w);
		tell_asked(w, &p, left);
	} else if (t->heard == HEARD_TELL) {
		tell_more(w, &p, left);
	}
	t->heard = HEARD_TELL;
	w->tells++;
	if (p.turn) {
		datagrams_answer_aside(w, p.turn, r, rec, far);
		return;
	}
	if (t->open && !t->answered) {
		t->answered = true;
		if (p.ask != RECORD_NONE)
			t->x.far[0] = p.ask;
		else if (far == RECORD_NONE)
			t->x.far[0] = w->ask_far == RECORD_NONE ? EXCHANGE_NONE
								: w->ask_far;
		if (far != RECORD_NONE)
			t->x.far[1] = far;
	}
	if (t->answered) {
		t->x.bytes[1] += r->pay_len;
		timeline_answer(t, rec);
	}
}

/* Nobody is known to wait for anyone: the time until the last datagram of either is
 * theirs. */
static void two_streams(struct timeline *t)
{
	int64_t end = t->b->start_ns, left;

	for (int d = 0; d < 2; d++) {
		struct strand *s = t->tap[0].strand[d];
		int64_t last = s->n ? strand_time(s, s->n - 1) : end;

		end = last > end ? last : end;
	}
	left = time_sub(end, t->b->start_ns);
	t->b->streams = true;
	timeline_spend(t, TIME_CLIENT, left, &left);
}

/* Nobody ever answers, and an ICMP error tells that requests did not arrive: what was
 * waited is neither the server's nor recovery. */
static void not_arrived(struct timeline *t)
{
	int64_t *sums[] = { t->b->part, t->last_mark };
	int64_t server = t->mute_ns, repair = t->b->repair_ns[REPAIR_TIMEOUT];

	for (int i = 0; i < 2; i++) {
		sums[i][TIME_SERVER] -= server;
		sums[i][TIME_RECOVERY] -= repair;
		sums[i][TIME_UNATTRIBUTED] += server + repair;
	}
	t->mute_ns = t->b->repair_ns[REPAIR_TIMEOUT] = 0;
	t->b->repairs[REPAIR_TIMEOUT] = 0;
}

static bool are_streams(struct timeline *t)
{
	if (asked_any(t->asked))
		return false;
	return datagrams_two_streams(&t->tap[0]) ||
	       (t->n_taps >= 2 &&
		datagrams_in_step(&t->tap[0], &t->tap[t->n_taps - 1]));
}

void timeline_datagrams(struct timeline *t)
{
	struct dgram_walk w = { .t = t,
				.ask_far = RECORD_NONE,
				.silent = is_silent(t) };
	const struct record *r;
	uint32_t rec;
	int d;

	t->datagrams = true;
	if (t->no_turns || are_streams(t)) {
		two_streams(t);
		return;
	}
	w.polls = asked_any(t->asked) && asked_proto(t->asked) == MESSAGE_NTP;
	w.calls = asked_any(t->asked) &&
		  datagrams_are_calls(asked_proto(t->asked));
	w.one_way = w.silent && !asked_any(t->asked) &&
		    !asked_refused(t->asked);
	t->dgram_far[0] = t->dgram_far[1] = RECORD_NONE;
	datagrams_find_begin(&w);
	t->t_ns = t->b->start_ns;
	while ((r = tap_next(&t->tap[0], &d, &rec)) != NULL) {
		if (w.calls && datagrams_call(&w, r, d, t->tap[0].t_ns))
			; /* nobody waited for it */
		else if (d == 0)
			on_ask(&w, r, rec, t->tap[0].t_ns);
		else
			on_tell(&w, r, rec, t->tap[0].t_ns);
		if (t->asked)
			asked_take(t->asked, t, r, d, rec);
	}
	datagrams_never(&w);
	if (t->asked)
		asked_end(t->asked, t);
	if (w.silent && asked_refused(t->asked))
		not_arrived(t);
	datagrams_let_go(&w, w.n_aside);
	free(w.aside);
	timeline_close(t);
}
