/* The timeline of a TCP session.
 *
 * Theory (Barford and Crovella's critical path, for a conversation): at every
 * moment somebody holds the conversation up.  The next event at the near point
 * tells who:
 *
 *  ask   new data leaves the client.  Up to then it was the client: its program
 *        (client), or what kept its TCP from sending (lane.h).
 *  tell  new data of the server arrives without a hole.  If it left the far
 *        point after the newest request was complete there, it may be the
 *        answer: its server's share is first sent minus request complete, both
 *        stamps of the far point; all else of the piece is the path there and
 *        back, by no clock but one subtraction.  If it left
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
 * With one capture the far side's wait cannot be divided: its least round trip
 * is path, the rest is counted for the host there, and reports say so.
 *
 * Exchanges by turns: from a request's first byte to the last byte before the
 * next request that comes after an answer.  Their parts are what the timeline
 * attributed meanwhile.
 */
#include "report/derive/timeline.h"

#include <string.h>

#include "capture/message.h"
#include "report/derive/timeline_int.h"

#define TOLD_BACK 65536 /* records searched backwards for a message's first */
#define STREAMS 4       /* how often data came out of turn */
#define WENT_ON_NS 100000000     /* a request in pieces is sent at once */
#define FILLED_FAST_NS 200000000 /* shorter than timeouts usually are */

int64_t timeline_spend(struct timeline *t, enum time_part part, int64_t ns,
		       int64_t *left)
{
	int64_t got = ns_min(ns, *left);

	if (got <= 0)
		return 0;
	t->b->part[part] += got;
	*left -= got;
	return got;
}

void timeline_repair(struct timeline *t, enum repair how, int64_t ns,
		     int64_t *left)
{
	int64_t got = timeline_spend(t, TIME_RECOVERY, ns, left);

	if (got > 0) {
		uint64_t copies = near_tap(t)->lane[0].n_copies +
				  far_tap(t)->lane[1].n_copies;

		/* several pieces may share one recovery */
		t->b->repairs[how] += copies != t->repaired_copies;
		t->repaired_copies = copies;
		t->b->repair_ns[how] += got;
	}
}

void timeline_limits(struct timeline *t, int dir, const int64_t gap[WAITS],
		     enum repair how, int64_t *left)
{
	timeline_repair(t, how, gap[WAIT_RECOVERY], left);
	timeline_kept(t, dir, gap[WAIT_WINDOW], left);
	timeline_spend(t, TIME_NAGLE, gap[WAIT_NAGLE], left);
	timeline_spend(t, TIME_CWND, gap[WAIT_CWND], left);
	timeline_spend(t, TIME_QUEUE, gap[WAIT_QUEUE], left);
}

void timeline_spoilt(struct timeline *t, int dir, uint64_t seq, int64_t now,
		     int64_t *left)
{
	struct tap *near = near_tap(t);

	if (near->spoilt_ns[dir] == INT64_MIN ||
	    (int64_t)(seq - near->spoilt[dir]) > 0)
		return;
	/* here it is no copy of anything */
	t->b->repairs[REPAIR_TIMEOUT]++;
	t->b->repair_ns[REPAIR_TIMEOUT] += timeline_spend(
		t, TIME_RECOVERY, now - near->spoilt_ns[dir], left);
	near->spoilt_ns[dir] = INT64_MIN;
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

void timeline_requested(struct timeline *t)
{
	t->requested = true;
}

void timeline_shakes(struct timeline *t)
{
	t->shaken = t->b->exchanges;
}

void timeline_name(struct timeline *t, unsigned proto, const char *name)
{
	size_t n;

	t->own_accord |= proto == MESSAGE_TLS;
	if (!t->open || t->x.proto)
		return;
	t->x.proto = (uint8_t)(proto + 1);
	n = strnlen(name, sizeof t->name - 1);
	memcpy(t->name, name, n);
	t->name[n] = '\0';
	t->x.name = t->name[0] ? t->name : NULL;
}

void timeline_close(struct timeline *t)
{
	if (!t->open)
		return;
	for (int p = 0; p < TIME_PARTS; p++)
		t->x.part[p] = t->last_mark[p] - t->mark[p];
	/* messages have accounted for it, or may do so */
	if (t->x.opening ||
	    (!t->matched && !(t->asked && asked_keeps(t->asked, t, &t->x))))
		timeline_done(t, &t->x);
	t->greets |= t->x.opening == SET_UP_OPENING && t->x.bytes[1];
	t->open = false;
	t->think_mark = t->last_mark[TIME_CLIENT];
	if (t->x.opening != SET_UP_CLOSING)
		t->asked_mark = t->think_mark;
}

void timeline_open(struct timeline *t, uint64_t rec, int64_t at_ns)
{
	timeline_close(t);
	t->open = true;
	t->answered = t->requested = false;
	t->matched = 0;
	t->stops = 0;
	t->stops_ns = 0;
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

/* --- ask --- */
/* The piece before data from @seq on.  @lacks: what of it the client lacked
 * something of the server's. */
static void ask_time(struct timeline *t, uint64_t seq, int64_t now,
		     int64_t lacks)
{
	struct lane *l = &near_tap(t)->lane[0];
	int64_t left = now - t->t_ns, gap[WAITS];

	gap_since(l->gap, l->gap_repaired, t->t_ns, gap);
	t->t_ns = now;
	timeline_spoilt(t, 0, seq, now, &left);
	if (t->heard == HEARD_NOTHING || left <= 0)
		return;
	timeline_lacked(t, lacks, &left);
	if (t->remote_client) {
		timeline_ask_from_afar(t, &left);
		return;
	}
	timeline_limits(t, 0, gap, (enum repair)l->repair_how, &left);
	if (t->heard == HEARD_ASK)
		timeline_spend(t, TIME_TRANSFER, gap[WAIT_TRANSFER], &left);
	else
		t->b->before_ns += timeline_spend(t, TIME_PATH,
						  timeline_before(t), &left);
	timeline_spend(t, TIME_CLIENT, left, &left);
}

/* The client continues without an answer to what it sent before: by itself, so
 * it was not waiting for one. */
static void went_on(struct timeline *t, int64_t client)
{
	int64_t ns = t->b->part[TIME_CLIENT] - client;

	if (!t->open || t->answered || t->x.opening != SET_UP_NONE)
		return;
	t->went_on_ns = ns_max(t->went_on_ns, ns);
	t->client_went_on_ns = ns_max(t->client_went_on_ns, ns);
	t->client_went_on += ns >= WENT_ON_NS;
}

static void on_ask(struct timeline *t, const struct record *r, uint32_t rec,
		   int64_t now)
{
	const struct lane *l = &near_tap(t)->lane[0];
	int64_t client = t->b->part[TIME_CLIENT];
	bool asks = t->heard == HEARD_ASK, bye, gives_up, owed;
	int64_t lacks;

	/* with other requests in flight, nobody is waiting for the client */
	if (t->asked && asked_open(t->asked)) {
		asked_mark(t->asked, t, r->frame, rec, now);
		return;
	}
	bye = r->tcp_flags & REC_FIN && !r->pay_len;
	lacks = bye ? timeline_lacks(t, now) : 0;
	gives_up = bye && !lacks && timeline_gives_up(t, now);
	owed = bye && !lacks && !gives_up &&
	       timeline_owes(t, now, ENDED_CLIENT);
	if (bye)
		timeline_bye(t, -1);
	ask_time(t, r->seq64, now, lacks);
	if (owed)
		timeline_owed_until_now(t);
	if (bye)
		timeline_bye(t, 1);
	else if (asks)
		went_on(t, client);
	if (t->asked)
		asked_mark(t->asked, t, r->frame, rec, now);
	t->cover_known = false;
	if (!t->open || t->answered || (t->unanswered.how && !gives_up)) {
		timeline_open(t, rec, now);
		timeline_may_reply(t, r, client);
		t->x.opening = r->tcp_flags & REC_SYN ? SET_UP_OPENING
			       : r->pay_len           ? SET_UP_NONE
						      : SET_UP_CLOSING;
		t->ask_from = r->seq64;
	}
	t->news = t->perhaps_news = false;
	if (!gives_up)
		t->x.near[1] = rec;
	t->x.bytes[0] += r->pay_len;
	t->ask_end = l->top;
	t->asked_ns = now;
	t->told = near_tap(t)->lane[1].cover;
	t->heard = HEARD_ASK;
	if (!one_tap(t))
		far_tap(t)->want = t->ask_end;
	if (t->x.near[2] == EXCHANGE_NONE)
		memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
}

/* A hole in what the client sent is filled: nobody can answer what has not
 * arrived.  With one capture, next to the server, that is the only sign of a
 * loss before it. */
static void on_fill(struct timeline *t, const struct record *r, uint32_t rec,
		    int64_t now)
{
	int64_t left = now - t->t_ns;

	if (!one_tap(t) || t->remote_server || t->heard != HEARD_ASK ||
	    !t->open || t->answered || (t->asked && asked_open(t->asked)))
		return;
	t->t_ns = now;
	timeline_repair(t, left < FILLED_FAST_NS ? REPAIR_FAST : REPAIR_TIMEOUT,
			left, &left);
	t->x.near[1] = rec;
	t->x.bytes[0] += r->pay_len;
	t->asked_ns = now;
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

		if (did & LANE_AGAIN)
			t->again_ns = near->t_ns;
		if (d == 1 && r->tcp_flags & (REC_FIN | REC_RST))
			t->server_first |= !t->left && !t->reset;
		if (r->tcp_flags & REC_RST && !t->reset) {
			t->reset = true;
			t->reset_dir = d;
			t->reset_ns = near->t_ns;
		}
		t->closing |= (r->tcp_flags & REC_FIN) != 0 && d == 1;
		t->left |= (r->tcp_flags & REC_FIN) != 0 && d == 0;
		if (d == 0 && did & LANE_NEW) {
			on_ask(t, r, rec, near->t_ns);
		} else if (d == 0 && did & LANE_COVERS) {
			on_fill(t, r, rec, near->t_ns);
		} else if (d == 1 && did & LANE_COVERS) {
			struct tell e = { .from = cover,
					  .now = near->t_ns,
					  .rec = rec,
					  .filled = islands };

			timeline_tell(t, r, &e);
		}
		if (t->asked)
			asked_take(t->asked, t, r, d, rec);
	}
	timeline_end(t, last);
	if (t->asked) {
		timeline_cut_short(t);
		asked_end(t->asked, t);
	}
	timeline_close(t);
	t->rest_ns = ns_max(t->b->part[TIME_CLIENT] - t->asked_mark, 0);
	t->b->streams = t->out_of_turn >= STREAMS;
	timeline_queued(t, near->lane[0].queue_most_ns);
	timeline_queued(t, far_tap(t)->lane[1].queue_most_ns);
	timeline_held_end(t);
	t->b->nagles = t->held[0].nagles + t->held[1].nagles +
		       (t->remote_client ? 0 : near->lane[0].nagles) +
		       (t->remote_server ? 0 : far_tap(t)->lane[1].nagles);
	timeline_windows(t);
}
