/* A host that falls silent, at the end of a session.
 *
 * Retransmissions, keep-alives or window probes arrive at the point nearest to it,
 * and from some moment on no packet at all comes back, at any point, until the
 * session ends.  A request without an answer is the program's fault, silence is the
 * host's: its kernel would have acknowledged.  vain.c has what is required.  It is no
 * silence if that side had closed or reset the
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
#include "report/derive/vain.h"

#define SILENT_BACK 4096

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
	struct vain_count in;

	*x = (struct silence){ 0 };
	if (!back->n || !s->n)
		return false;
	last = strand_at(back, back->n - 1);
	if (!(last->tcp_flags & REC_ACK) ||
	    last->tcp_flags & (REC_RST | REC_FIN))
		return false;
	vain_begin(&in, last);
	for (uint32_t i = behind(s, last); i < s->n; i++) {
		const struct record *r = strand_at(s, i);

		if (r->tcp_flags & REC_RST)
			break; /* nothing is owed any more */
		if (!vain_take(&in, r))
			return false;
	}
	x->packets = in.n;
	x->from_ns = in.from_ns;
	x->data = in.data;
	return vain_is(&in);
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
