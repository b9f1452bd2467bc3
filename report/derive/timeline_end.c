/* How a TCP session ends whose last request has no answer, or not all of one
 * (timeline_owed.c).
 *
 * A client that waits shows that only by not continuing.  One that needs no answer
 * looks the same: it sends (a file, log lines, a last message), rests and closes.  So
 * an answer was due only if the session shows it:
 *
 *  - by its protocol: its last message is a request (capture/message.h); or
 *  - by its own turns: data was answered with data before.  Protocols that also send
 *    unasked (HTTP/2's window updates and settings within TLS, SSH's windows) do so
 *    in few bytes: with these, less than TIMELINE_OWN_ACCORD bytes show nothing; or
 *  - by a reset of the client's, which does not end what went well;
 *
 * and only if the wait stands out: at least TIMELINE_DUE_NS, and twice as long as any
 * earlier one in the session that ended with an answer (a long poll) or with the
 * client continuing by itself (log lines, beacons, a last message before the close).
 * Also, the request must have arrived: it was seen, or is known to have been, at the
 * point nearest to the server; with one capture, it was acknowledged there.
 *
 * Then the wait is the server's, until whatever ended it: a FIN or reset of either
 * side, or the capture's end, which is after the session's last record and so in no
 * part of its time.  A FIN may also be the end of the request (finger, "nc"): if
 * data of the server's follows it, nothing was given up, unless the client refuses
 * that data with a reset: then it came too late.  Nothing is said if the answer is
 * only missing in near's capture: it was acknowledged, or another point has it.
 *
 * Hosts that fall silent: timeline_silence.c.
 */
#include "report/derive/timeline_int.h"

#include "base/time.h"

#define ELSEWHERE 64 /* records from the end, that near may have missed */

/* --- was an answer due? --- */
static bool stands_out(const struct timeline *t, int64_t wait)
{
	return wait >= TIMELINE_DUE_NS && wait / 2 >= t->went_on_ns;
}

static bool takes_turns(const struct timeline *t)
{
	return t->requested ||
	       (t->took_turns && !timeline_replying(t) &&
		(!t->own_accord || t->x.bytes[0] >= TIMELINE_OWN_ACCORD));
}

/* Is there a request that was neither answered nor given up yet?  @told: how far the
 * server's data is known to go; if that is more than when the request was sent, there
 * is an answer that near has not captured. */
static bool waits(const struct timeline *t, uint64_t told)
{
	return t->heard == HEARD_ASK && t->open && !t->answered &&
	       !t->x.opening && t->x.bytes[0] && !t->unanswered.how &&
	       told == t->told;
}

bool timeline_said_elsewhere(struct timeline *t)
{
	uint64_t top = near_tap(t)->lane[1].top;

	for (size_t i = 1; i < t->n_taps; i++) {
		const struct tap *tap = &t->tap[i];
		const struct strand *s = tap->strand[1];

		for (uint32_t n = s->n, k = 0; n > 0 && k < ELSEWHERE;
		     n--, k++) {
			const struct record *r = strand_at(s, n - 1);
			uint64_t end = r->seq64 + r->pay_len - tap->shift[1];

			if (r->pay_len && (int64_t)(end - top) > 0)
				return true;
		}
	}
	return false;
}

/* Did all that the client sent up to @end arrive? */
static bool arrived(struct timeline *t, uint64_t end)
{
	const struct lane *l = &near_tap(t)->lane[0];
	const struct tap_cover *c;

	if (one_tap(t))
		return l->acked && l->una >= end;
	c = tap_cover_of(far_tap(t), end);
	if (c && c->rec != RECORD_NONE)
		t->x.far[0] = c->rec;
	return c != NULL;
}

bool timeline_gives_up(struct timeline *t, int64_t now)
{
	if (!waits(t, near_tap(t)->lane[1].cover) || !takes_turns(t) ||
	    !stands_out(t, now - t->t_ns) || !arrived(t, t->ask_end))
		return false;
	t->unanswered = (struct unanswered){ .how = ENDED_CLIENT,
					     .requests = 1,
					     .wait_ns = now - t->t_ns };
	return true;
}

void timeline_bye(struct timeline *t, int sign)
{
	struct bye *b = &t->bye;

	if (sign < 0) {
		*b = (struct bye){ .said = true,
				   .in_turn = t->open && !t->answered,
				   .from_ns = t->t_ns };
	}
	b->client_ns += sign * t->b->part[TIME_CLIENT];
	for (int r = 0; r < REPAIRS; r++) {
		b->repair_ns[r] += sign * t->b->repair_ns[r];
		b->repairs[r] += sign < 0 ? -t->b->repairs[r]
					  : t->b->repairs[r];
	}
}

bool timeline_refuses(struct timeline *t, const struct tell *e)
{
	int64_t wait = e->piece;

	return waits(t, e->from) && takes_turns(t) && stands_out(t, wait) &&
	       arrived(t, t->ask_end);
}

void timeline_refused(struct timeline *t, int64_t wait, int64_t server)
{
	t->unanswered = (struct unanswered){
		.how = ENDED_SERVER,
		.requests = 1,
		.wait_ns = wait,
		.server_ns = t->b->part[TIME_SERVER] - server
	};
	memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
}

bool timeline_has(const struct timeline *t, const struct exchange *x)
{
	return t->open && !t->matched && !t->x.opening &&
	       x->near[2] == EXCHANGE_NONE && x->near[0] == t->x.near[0];
}

/* Makes @ns of the piece before the client's FIN the server's. */
void timeline_give_back(struct timeline *t, enum time_part from, int64_t ns)
{
	int64_t *sums[] = { t->b->part, t->last_mark, t->mark };

	/* all that was recorded after it includes it */
	for (int i = 0; i < (t->bye.in_turn ? 2 : 3); i++) {
		sums[i][from] -= ns;
		sums[i][TIME_SERVER] += ns;
	}
	if (t->unanswered.owed) {
		t->owed_part[from] -= ns;
		t->owed_part[TIME_SERVER] += ns;
	}
}

/* The client closed, and no answer followed, or one that it refused: it had waited
 * for the server. */
static void settle_given_up(struct timeline *t)
{
	struct unanswered *u = &t->unanswered;

	if (u->late && !(t->reset && !t->reset_dir))
		u->how = ENDED_NOT;
	if (u->how != ENDED_CLIENT || !t->bye.said)
		return;
	timeline_give_back(t, TIME_CLIENT, t->bye.client_ns);
	u->server_ns = t->bye.client_ns;
	t->bye.client_ns = 0;
	if (u->late)
		*u = (struct unanswered){ 0 };
}

/* The request is the last data; TIME_SERVER was @server at that moment. */
static void settle_last_word(struct timeline *t, int64_t server)
{
	struct unanswered u = { .requests = 1,
				.server_ns = t->b->part[TIME_SERVER] - server };
	int64_t end = near_tap(t)->t_ns;

	/* a client that cannot send all of it does not wait for an answer */
	if (!waits(t, near_tap(t)->lane[1].cover) ||
	    lane_kept_closed(&near_tap(t)->lane[0]))
		return;
	if (t->reset) {
		u.how = t->reset_dir ? ENDED_SERVER : ENDED_CLIENT;
		end = t->reset_ns;
	} else if (!t->closing) {
		u.how = ENDED_CAPTURE;
		end = ns_max(end, t->until_ns);
	}
	u.wait_ns = end - t->asked_ns;
	if (u.how &&
	    (takes_turns(t) ||
	     (t->reset && !t->reset_dir && !timeline_replying(t))) &&
	    stands_out(t, u.wait_ns) && !timeline_said_elsewhere(t) &&
	    arrived(t, t->ask_end)) {
		t->unanswered = u;
		memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
	} else {
		t->mute_ns += u.server_ns; /* nor did it answer after that */
	}
}

/* --- the rest of the time --- */
/* Do the client's packets keep arriving at the point nearest to the server, while
 * nothing comes back there?  Then this is no recovery: nobody answers.  With one
 * capture, and no other that missed it, that is assumed of a host that never
 * answered at all: one that has opened a session acknowledges as long as it is up. */
static bool unheard(struct timeline *t)
{
	struct tap *far = far_tap(t);
	uint64_t end = near_tap(t)->lane[0].top;

	if (one_tap(t))
		return !t->vanishes && !t->unknown &&
		       !near_tap(t)->lane[1].begun;
	return tap_cover_of(far, end) &&
	       (!far->lane[0].acked ||
		(int64_t)(far->lane[0].una - (end + far->shift[0])) < 0);
}

/* What of @left the server took, which is unheard.  One that answers in the end, by
 * a reset, was waited for from when the newest bytes had arrived at far: their
 * copies before that were lost. */
static int64_t unheard_ns(struct timeline *t, int64_t left)
{
	const struct strand *back = far_tap(t)->strand[1];
	const struct tap_cover *there;
	const struct record *r;

	if (one_tap(t) || !back->n)
		return left;
	there = tap_cover_of(far_tap(t), near_tap(t)->lane[0].top);
	r = strand_at(back, back->n - 1);
	if (!there || !(r->tcp_flags & REC_RST))
		return left;
	return ns_max(0, time_sub(r->time_ns, there->t_ns));
}

/* Is a SYN the last that the client sent?  Then it has not got what answers it. */
static bool repeats_syn(struct timeline *t)
{
	const struct strand *s = near_tap(t)->strand[0];

	return s->n > 1 && strand_at(s, s->n - 1)->tcp_flags & REC_SYN;
}

/* @left from the last event on, up to a record of direction @last. */
static void rest_alive(struct timeline *t, int last, int64_t left)
{
	const struct lane *l = &near_tap(t)->lane[0];

	if (t->heard == HEARD_NOTHING)
		timeline_spend(t, TIME_UNATTRIBUTED, left, &left);
	timeline_lacked(t, timeline_lacks(t, t->t_ns + left), &left);
	timeline_kept_closed(t, &left);
	if (t->unanswered.owed && t->heard == HEARD_TELL)
		timeline_spend(t, TIME_SERVER, left, &left);
	if (t->heard == HEARD_TELL && repeats_syn(t)) {
		t->lost_ns += left;
		timeline_repair(t, REPAIR_TIMEOUT, left, &left);
	}
	if (t->heard == HEARD_TELL) {
		t->b->before_ns += timeline_spend(t, TIME_PATH,
						  timeline_before(t), &left);
		timeline_spend(t, TIME_CLIENT, left, &left);
	}
	if (one_tap(t) && t->unknown && !near_tap(t)->lane[1].begun)
		timeline_spend(t, TIME_UNATTRIBUTED, left, &left);
	if (l->repairing && unheard(t))
		timeline_spend(t, TIME_SERVER, unheard_ns(t, left), &left);
	if (l->repairing && left > 0) {
		t->lost_ns += left;
		timeline_repair(t, (enum repair)l->repair_how, left, &left);
	}
	if (t->heard == HEARD_ASK && last == 1 && t->b->base_ns >= 0) {
		int64_t path = ns_min(left, t->b->base_ns);

		left -= path; /* a reset, or only an acknowledgement */
		timeline_path(t, NULL, &path);
		timeline_acked(t, &left);
		timeline_spend(t, TIME_SERVER, left, &left);
	}
	/* with one capture nobody tells but the least round trip */
	if (t->heard == HEARD_ASK && last == 1 && one_tap(t) &&
	    t->remote_server) {
		int64_t path = ns_min(left, ns_max(l->rtt_min_ns, 0));

		left -= path;
		timeline_path(t, NULL, &path);
	}
	if (l->acked && l->una >= l->top)
		timeline_spend(t, TIME_SERVER, left, &left);
	timeline_spend(t, TIME_UNATTRIBUTED, left, &left);
}

/* The same if from some moment on nobody answers: that time is the server's. */
static void rest_silent(struct timeline *t, int last)
{
	int64_t from = ns_max(t->silence.from_ns, t->t_ns);
	int64_t left = near_tap(t)->t_ns - from;

	rest_alive(t, last, from - t->t_ns);
	t->silence.ns += ns_max(left, 0);
	timeline_spend(t, TIME_SERVER, left, &left);
}

/* From the last event to the last record, which is of direction @last.  A host that
 * does not get a reset keeps retransmitting what nobody will acknowledge. */
static void rest(struct timeline *t, int last)
{
	struct tap *near = near_tap(t);
	int64_t over = ns_max(t->reset_ns, t->t_ns), vain, left;

	if (t->silence.packets) {
		rest_silent(t, last);
	} else if (!t->reset || t->again_ns <= over ||
		   t->heard == HEARD_NOTHING) {
		rest_alive(t, last, near->t_ns - t->t_ns);
	} else {
		rest_alive(t, t->reset_dir, over - t->t_ns);
		vain = left = t->again_ns - over;
		t->lost_ns += vain;
		timeline_repair(t, REPAIR_TIMEOUT, vain, &left);
		left = near->t_ns - t->again_ns; /* what it is answered */
		timeline_spend(t, last ? TIME_SERVER : TIME_CLIENT, left,
			       &left);
	}
	t->t_ns = near->t_ns;
}

void timeline_end(struct timeline *t, int last)
{
	int64_t server = t->b->part[TIME_SERVER];
	bool owed, lacks;

	timeline_silence(t);
	lacks = timeline_lacks(t, near_tap(t)->t_ns) > 0;
	owed = !t->silence.packets && !lacks && !timeline_said_elsewhere(t) &&
	       timeline_owes_at_end(t);
	rest(t, last);
	if (owed) {
		t->unanswered.server_ns = t->b->part[TIME_SERVER] - server;
		timeline_owed_until_now(t);
	}
	if (t->unanswered.how && timeline_said_elsewhere(t))
		t->unanswered = (struct unanswered){ 0 };
	if (!t->silence.packets) {
		settle_given_up(t);
		if (!lacks)
			settle_last_word(t, server);
		timeline_unreplied(t);
	} else if (t->open && !t->answered && !t->x.opening) {
		memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
	}
}
