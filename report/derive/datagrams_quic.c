/* QUIC: datagrams of which most acknowledge, and nothing tells which.
 *
 * All but the handshake is encrypted, acknowledgements too.  What can be told is
 * size and time (RFC 9312 2, 3):
 *
 *  small    up to QUIC_SMALL bytes: an acknowledgement, a ping, a new limit, or a very
 *           short message.  It takes no turn.  One of the client's that comes
 *           LONE_NS after anything of the server's acknowledges nothing (RFC 9000
 *           13.2.1: an acknowledgement is delayed by 25 ms).  If it is longer by
 *           LONE_BYTES than the shortest, which has room for an acknowledgement
 *           or a ping, it may ask for something: it does if something large
 *           comes at once, and else nobody's own accord is seen in what comes next.
 *  probe    larger than anything that its sender has sent before: a probe of the
 *           path's MTU (RFC 9000 14.3), which takes no turn either
 *  large    of the client's: asks; of the server's: answers
 *
 * Then time is divided as in datagrams.c, with these differences.
 *
 *  A request is the server's from its last datagram at far to the first large one
 *  that the server sends behind it there.  If a later one comes first at near, the
 *  others were lost: the time between them is recovery.
 *
 *  Between pieces of an answer, or of a request, a round trip and an
 *  acknowledgement's delay are transfer: the sender had to wait for it.  A longer one
 *  is recovery where a piece before it was lost.  Otherwise it may be the congestion
 *  window, a lost acknowledgement, a limit of the receiver's, or the program: nobody's
 *  that is known.  But a silence that outlasts what keeps a sender waiting, in which
 *  the client asked for nothing, is the server's own pace.  With the next piece at far
 *  being the next at near nothing was lost, and PROBES round trips are enough (RFC 9002
 *  6.2.1: a probe is due after three); else SILENCE_NS, and twice as many.  That is
 *  said only of what the client hears: what arrives is acknowledged (RFC 9000 13.2.1).
 *  To a client that is gone, or has another address now, a server sends probes, ever
 *  more slowly.
 *
 *  Nothing sent again is the same: new numbers, other bytes.  What the client sends
 *  before anything has come back repeats what it sent first, if the handshake waits.
 *
 * Cost: one pass, and what datagrams_quic_far.c takes.
 */
#include <string.h>

#include "report/derive/datagrams.h"
#include "report/derive/datagrams_int.h"
#include "report/derive/datagrams_quic_int.h"
#include "report/derive/timeline_int.h"

#define LONE_NS 100000000LL
#define LONE_BYTES 8
#define PROBE_LEAST 1200    /* bytes: what each path carries */
#define DELAY_NS 25000000LL /* of an acknowledgement, by default */
#define PROBES 4            /* round trips */
#define SILENCE_NS 1000000000LL

/* --- what time was spent on --- */
/* What the other side's acknowledgement takes to come. */
static int64_t turnaround(const struct timeline *t)
{
	return (t->b->base_ns > 0 ? t->b->base_ns : DELAY_NS) + DELAY_NS;
}

static void recovered(struct timeline *t, int64_t ns, int64_t *left)
{
	int64_t got = timeline_spend(t, TIME_RECOVERY, ns, left);

	if (!got)
		return;
	t->b->repairs[REPAIR_TIMEOUT]++;
	t->b->repair_ns[REPAIR_TIMEOUT] += got;
}

/* Between two datagrams of one side's. */
static void between(struct timeline *t, bool lost, int64_t left)
{
	if (left <= turnaround(t))
		timeline_spend(t, TIME_TRANSFER, left, &left);
	else if (lost)
		recovered(t, left, &left);
	timeline_spend(t, TIME_UNATTRIBUTED, left, &left);
}

/* The answer to the newest request, which far's @first began. */
static void tell_answer(struct quic *q, const struct newest *tell,
			uint32_t first, int64_t left)
{
	struct timeline *t = q->t;
	int64_t asked = quic_at_far(q, 0, q->ask.far)->time_ns;
	int64_t own = time_sub(quic_at_far(q, 1, first)->time_ns, asked);
	int64_t told = quic_at_far(q, 1, tell->far)->time_ns;
	int64_t trip[TIMELINE_HOPS], base = t->b->base_ns;
	size_t last = t->n_taps - 1;
	/* a piece came between, of an answer before */
	bool whole = t->heard == HEARD_ASK;

	for (size_t i = 0; i < t->n_taps; i++)
		trip[i] = tell->at_ns[i] == TRIP_UNKNOWN ||
					  q->ask.at_ns[i] == TRIP_UNKNOWN
				  ? TRIP_UNKNOWN
				  : time_sub(tell->at_ns[i], q->ask.at_ns[i]);
	trip[0] = left;
	trip[last] = own < left ? own : left;
	timeline_doubt(t, trip);
	timeline_spend(t, TIME_SERVER, own, &left);
	recovered(t, time_sub(told, asked) - own, &left);
	datagrams_queue(t, trip, left, &left);
	if (whole && first == tell->far && (base < 0 || left < base))
		t->b->base_ns = left;
	if (whole) {
		timeline_learn(t, trip);
		timeline_ways(t, trip, q->ask.at_ns);
	}
	timeline_path(t, trip, &left);
}

/* Is the client still there? */
static bool is_heard(const struct timeline *t)
{
	struct strand *s = t->tap[0].strand[0];

	return s->n && strand_time(s, s->n - 1) > t->t_ns;
}

/* Has the server been silent for longer than anything but itself can explain? */
static bool own_accord(const struct quic *q, const struct newest *tell,
		       int64_t left)
{
	const struct timeline *t = q->t;
	int64_t base = t->b->base_ns > 0 ? t->b->base_ns : 0, there;

	if (q->lone.is || !is_heard(t))
		return false;
	if (q->gap || !quic_follows(q, tell->far))
		return left >= SILENCE_NS && left / 2 / PROBES >= base;
	there = time_sub(quic_at_far(q, 1, tell->far)->time_ns, q->told_ns);
	return there >= PROBES * (base + DELAY_NS);
}

/* Were large ones lost between near's newest and far's @tell? */
static bool skips(const struct quic *q, uint32_t tell)
{
	return q->tell.far != RECORD_NONE && tell != RECORD_NONE &&
	       tell > q->tell.far && !quic_follows(q, tell);
}

/* A piece after another. */
static void tell_more(struct quic *q, const struct newest *tell, int64_t left)
{
	struct timeline *t = q->t;
	bool lost = q->gap || skips(q, tell->far);

	if (left > turnaround(t) && own_accord(q, tell, left))
		timeline_feed(t, left, &left);
	else
		between(t, lost, left);
}

/* --- the walk --- */
/* Does the datagram take no turn? */
static bool passes(struct quic *q, const struct record *r, int d)
{
	bool probe = q->longest[d] >= PROBE_LEAST && r->pay_len > q->longest[d];

	if (r->pay_len > q->longest[d])
		q->longest[d] = r->pay_len;
	return probe || quic_small(r);
}

/* What a datagram that takes no turn shows all the same. */
static void aside(struct quic *q, const struct record *r, int d, uint32_t rec,
		  int64_t now)
{
	struct newest x;

	if (d == 0 && r->pay_len < q->shortest)
		q->shortest = r->pay_len;
	if (d == 0 && r->pay_len > q->shortest + LONE_BYTES && quic_small(r) &&
	    q->heard && now - q->heard_ns >= LONE_NS) {
		q->lone.is = true;
		q->lone.r = *r;
		q->lone.rec = rec;
		q->lone.ns = now;
	}
	if (d == 0 || quic_small(r))
		return;
	quic_find(q, 1, r, now, &x);
	if (x.far == RECORD_NONE)
		return;
	q->gap |= skips(q, x.far);
	q->tell = x;
}

/* With one point: what breaks the server's silence comes a round trip after what made
 * it do so, or later. */
static void react(struct quic *q, int64_t now)
{
	struct timeline *t = q->t;
	int64_t trip = now - t->t_ns;

	if (t->n_taps == 1 && t->heard == HEARD_ASK &&
	    (!q->heard ||
	     (q->heard_ns <= t->t_ns && t->t_ns - q->heard_ns >= LONE_NS)) &&
	    (t->b->base_ns < 0 || trip < t->b->base_ns))
		t->b->base_ns = trip;
	q->heard = true;
	q->heard_ns = now;
}

static void on_ask(struct quic *q, const struct record *r, uint32_t rec,
		   int64_t now)
{
	struct timeline *t = q->t;
	int64_t left = now - t->t_ns;
	bool lost = t->n_taps > 1 && q->ask.far == RECORD_NONE;
	bool silent = !t->tap[t->n_taps - 1].strand[1]->n;

	t->t_ns = now;
	if (t->heard == HEARD_TELL)
		timeline_spend(t, TIME_CLIENT, left, &left);
	else if (t->heard == HEARD_ASK && silent && !lost && !t->vanishes &&
		 !asked_refused(t->asked))
		t->mute_ns += timeline_spend(t, TIME_SERVER, left, &left);
	else if (t->heard == HEARD_ASK)
		between(t, lost, left);
	quic_find(q, 0, r, now, &q->ask);
	q->owed = true;
	q->lone.is = false;
	if (!t->open || t->answered)
		timeline_open(t, rec, now);
	t->x.near[1] = rec;
	t->x.bytes[0] += r->pay_len;
	memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
	t->dgram_far[0] = q->ask.far;
	t->heard = HEARD_ASK;
}

/* A small datagram to which the answer comes at once has asked for it. */
static void ask_of_lone(struct quic *q, int64_t now)
{
	struct record r = q->lone.r;

	if (q->lone.is && q->t->heard == HEARD_TELL &&
	    now - q->lone.ns <= turnaround(q->t))
		on_ask(q, &r, q->lone.rec, q->lone.ns);
}

static void on_tell(struct quic *q, const struct record *r, uint32_t rec,
		    int64_t now)
{
	struct timeline *t = q->t;
	uint32_t first = RECORD_NONE;
	struct newest tell;
	int64_t left;
	bool answers;

	ask_of_lone(q, now);
	left = now - t->t_ns;
	t->t_ns = now;
	quic_find(q, 1, r, now, &tell);
	answers = q->owed && tell.far != RECORD_NONE &&
		  q->ask.far != RECORD_NONE &&
		  quic_before(q, 0, q->ask.far, tell.far);
	if (answers) {
		first = quic_first_told(q, tell.far);
		tell_answer(q, &tell, first, left);
	} else if (t->heard == HEARD_ASK) {
		datagrams_unknown(t, left);
	} else if (t->heard == HEARD_TELL) {
		tell_more(q, &tell, left);
	}
	q->owed &= t->n_taps > 1 && !answers && tell.far != RECORD_NONE;
	q->lone.is = false;
	t->dgram_far[1] = tell.far;
	if (t->open && !t->answered) {
		t->answered = true;
		if (q->ask.far != RECORD_NONE)
			t->x.far[0] = q->ask.far;
		if (answers)
			t->x.far[1] = first;
	}
	if (t->answered) {
		t->x.bytes[1] += r->pay_len;
		timeline_answer(t, rec);
	}
	if (tell.far != RECORD_NONE || t->n_taps == 1)
		q->tell = tell;
	if (tell.far != RECORD_NONE)
		q->told_ns = quic_at_far(q, 1, tell.far)->time_ns;
	q->gap = false;
	t->heard = HEARD_TELL;
}

void timeline_quic(struct timeline *t)
{
	struct quic q = { .t = t,
			  .ask.far = RECORD_NONE,
			  .tell.far = RECORD_NONE,
			  .shortest = QUIC_SMALL };
	const struct record *r;
	uint32_t rec;
	int d;

	t->datagrams = true;
	t->dgram_far[0] = t->dgram_far[1] = RECORD_NONE;
	t->t_ns = t->b->start_ns;
	while ((r = tap_next(&t->tap[0], &d, &rec)) != NULL) {
		struct record x = *r;
		int64_t now = t->tap[0].t_ns;

		if (d == 1)
			react(&q, now);
		if (passes(&q, &x, d))
			aside(&q, &x, d, rec, now);
		else if (d == 0)
			on_ask(&q, &x, rec, now);
		else
			on_tell(&q, &x, rec, now);
		if (t->asked)
			asked_take(t->asked, t, &x, d, rec);
		timeline_name(t, MESSAGE_QUIC, "1-RTT");
	}
	if (t->asked)
		asked_end(t->asked, t);
	timeline_close(t);
}
