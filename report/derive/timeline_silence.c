/* A host that falls silent, at the end of a session.
 *
 * Retransmissions, keep-alives or window probes arrive at the point nearest to it,
 * and from some moment on no packet at all comes back, at any point, until the
 * session ends.  A request without an answer is the program's fault, silence is the
 * host's: its kernel would have acknowledged.  Required are SILENT_LEAST packets
 * that ask for an acknowledgement, SILENT_AGAIN of them not for the first time,
 * over at least a second.  It is no silence if that side had closed or reset the
 * session, or if a point farther out has the session.
 *
 * From the first of these packets on, time is the server's if its host is silent;
 * if the client's host is, the time is the client's anyway.  With one capture, the
 * way there may be the cause instead.
 *
 * Cost: nothing if the host sent the last packet; else the records after its last
 * one, SILENT_BACK at most.
 */
#include "report/derive/timeline_int.h"

#include "base/time.h"

#define SILENT_BACK 4096
#define SILENT_LEAST 3 /* packets that want an acknowledgement */
#define SILENT_AGAIN 2 /* of them not for the first time */
#define SILENT_NS 1000000000

/* Does the other side acknowledge something after @last?  Then the host does send,
 * over a way that this point does not see. */
static bool hears_more(const struct record *r, const struct record *last)
{
	uint64_t end = last->seq64 + rec_seq_len(last);

	return r->tcp_flags & REC_ACK && (int64_t)(r->ack64 - end) > 0;
}

/* The first of @s behind @last. */
static uint32_t behind(const struct strand *s, const struct record *last)
{
	uint32_t i = s->n;

	for (uint32_t k = 0; i > 0 && k < SILENT_BACK; i--, k++)
		if (strand_at(s, i - 1)->time_ns <= last->time_ns)
			break;
	return i;
}

/* Is it silence that direction @dir meets at @tap after the other direction's last
 * packet?  @x: the packets since then that want an acknowledgement. */
static bool silence_at(const struct tap *tap, int dir, struct silence *x)
{
	const struct strand *s = tap->strand[dir], *back = tap->strand[!dir];
	const struct record *last;
	uint64_t again = 0, top;

	*x = (struct silence){ 0 };
	if (!back->n || !s->n)
		return false;
	last = strand_at(back, back->n - 1);
	if (!(last->tcp_flags & REC_ACK) ||
	    last->tcp_flags & (REC_RST | REC_FIN))
		return false;
	top = last->ack64;
	for (uint32_t i = behind(s, last); i < s->n; i++) {
		const struct record *r = strand_at(s, i);
		uint64_t end = r->seq64 + rec_seq_len(r);

		if (r->tcp_flags & REC_RST)
			break; /* nothing is owed any more */
		if (hears_more(r, last))
			return false;
		if (!rec_wants_ack(r, last->ack64))
			continue;
		if (!x->packets++)
			x->from_ns = r->time_ns;
		again += (int64_t)(end - top) <= 0;
		if ((int64_t)(end - top) > 0) {
			top = end;
			x->data = true;
		}
	}
	return x->packets >= SILENT_LEAST && again >= SILENT_AGAIN &&
	       strand_at(s, s->n - 1)->time_ns - x->from_ns >= SILENT_NS;
}

static bool server_is_silent(struct timeline *t, struct silence *x)
{
	struct silence near;

	if (t->inner || t->closing || (t->reset && t->reset_dir) ||
	    (one_tap(t) && t->remote_server) || !silence_at(far_tap(t), 0, x))
		return false;
	if (one_tap(t))
		return true;
	if (!silence_at(near_tap(t), 0, &near))
		return false;
	x->from_ns = near.from_ns;
	return true;
}

static bool client_is_silent(struct timeline *t, struct silence *x)
{
	struct silence far;

	return !t->outer && !t->left && !(t->reset && !t->reset_dir) &&
	       silence_at(near_tap(t), 1, x) &&
	       (one_tap(t) || silence_at(far_tap(t), 1, &far));
}

/* The silence began before the client's FIN: what it has of the piece. */
static void settle(struct timeline *t)
{
	struct bye *b = &t->bye;
	int64_t ns = ns_min(t->t_ns - ns_max(t->silence.from_ns, b->from_ns),
			    b->client_ns);

	if (!b->said || t->t_ns <= t->silence.from_ns)
		return;
	timeline_give_back(t, TIME_CLIENT, ns);
	t->silence.ns += ns;
	for (int r = 0; r < REPAIRS; r++) {
		timeline_give_back(t, TIME_RECOVERY, b->repair_ns[r]);
		t->silence.ns += b->repair_ns[r];
		t->b->repair_ns[r] -= b->repair_ns[r];
		t->b->repairs[r] -= b->repairs[r];
	}
}

void timeline_silence(struct timeline *t)
{
	struct silence x;

	if (server_is_silent(t, &x)) {
		t->silence = x;
		settle(t);
	} else if (client_is_silent(t, &x)) {
		t->gone = x;
		t->gone.ns = time_sub(near_tap(t)->t_ns, x.from_ns);
	}
}
