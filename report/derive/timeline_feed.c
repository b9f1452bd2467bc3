/* What a server says that nobody has asked for just before: the rest of an answer, or
 * news.
 *
 * After the first piece of an answer the server may go on with it, at a pace of its
 * own, or speak unasked: mail for a client in IDLE, what was subscribed to, a
 * heartbeat.  A stop of a second is waited for only if what follows is known to belong
 * to what was before: by its protocol's messages, or because the stop is behind
 * full segments; or if tickets of TLS 1.3 may be all that was before.  Even then stops
 * again and again are a pace.  Else it may be news.
 *
 * Clients reply to such in a few bytes at once (PONG, an acknowledgement).  Nobody waits
 * for what comes a second or more after that: it is news again, and the reply was no
 * request.
 */
#include "report/derive/timeline_int.h"

#define STOPS_NS 1000000000 /* an answer that stops so long is waited for, */
#define STOPS_PACE 3        /* unless it does so again and again */
#define REPLY_MOST 100      /* bytes of a reply */
#define REPLY_NS 100000000  /* the client's program takes no longer for it */

/* Is the newest piece of the server's its greeting, or known to go on with what it had
 * begun before the pause? */
static bool amid_answer(struct timeline *t)
{
	return (t->open && t->x.opening && !t->x.bytes[1]) ||
	       (t->asked && asked_amid(t->asked, t->t_ns)) ||
	       timeline_cut_full(t) || timeline_may_be_tickets(t);
}

void timeline_feed(struct timeline *t, int64_t ns, int64_t *left)
{
	int64_t got = timeline_spend(t, timeline_host(t), ns, left);

	if (t->resting)
		return;
	t->paused_ns = ns_max(t->paused_ns, got);
	if (got < STOPS_NS || !amid_answer(t)) {
		t->feed_ns += got;
		if (got >= STOPS_NS) {
			t->news = true;
			t->unasked_ns = ns_max(t->unasked_ns, got);
		}
		return;
	}
	t->stops_ns += got;
	if (++t->stops >= STOPS_PACE) {
		t->feed_ns += t->stops_ns;
		t->stops_ns = 0;
	}
}

bool timeline_replies(const struct timeline *t, const struct record *r,
		      int64_t client)
{
	return t->news && r->pay_len && r->pay_len < REPLY_MOST &&
	       t->b->part[TIME_CLIENT] - client < REPLY_NS;
}

bool timeline_unasked(struct timeline *t, const struct tell *e)
{
	if (!t->replies || t->requested || t->heard != HEARD_ASK || !t->open ||
	    t->answered || e->piece < TIMELINE_DUE_NS)
		return false;
	t->open = false;
	t->heard = HEARD_TELL;
	return true;
}
