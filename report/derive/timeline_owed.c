/* What a server still owes when a session ends: the rest of an answer that
 * stopped halfway, or answers to requests after one that was answered.
 *
 * Turns cannot tell: the server sent last.  Messages can: the last one is cut
 * by the session's end, not by a hole in the capture, or requests remain that
 * none of them answers, and no bytes follow that could be an answer of an
 * unknown form.
 *
 * Whether it was waited for is judged as timeline_end.c does for a last
 * request: a second, and twice as long as any wait before; pauses within
 * answers count as waits here.  A client whose window has no room for a segment
 * keeps the server from sending, and one that has not acknowledged everything
 * may not have received it: then nothing is said.
 */
#include "report/derive/timeline_int.h"

#define OWED_LEAST_NS 1000000000
/* bytes: a segment that every host accepts (RFC 9293 3.7.1) */
#define SEGMENT 536

/* Could the server have sent more until @now, as far as the client's window
 * allows?  A client that closes may open its window in doing so. */
static bool may_speak(struct timeline *t, int64_t now)
{
	const struct lane *l = &near_tap(t)->lane[1];

	if (l->zero || l->t_open > now - near_tap(t)->slack_ns ||
	    (l->edge_known && l->scale_known && l->edge < l->top + SEGMENT))
		return false;
	return !one_tap(t) || t->remote_server || l->una >= l->top;
}

bool timeline_owes(struct timeline *t, int64_t now, enum ended how)
{
	int64_t wait = now - t->t_ns;
	struct unanswered u = { .how = how, .wait_ns = wait };
	uint64_t told = near_tap(t)->lane[1].top - t->closing; /* less its
							        * FIN */

	if (!t->asked || t->unanswered.how || t->heard != HEARD_TELL ||
	    t->closing != (how == ENDED_SERVER && !t->reset) ||
	    wait < OWED_LEAST_NS ||
	    wait / 2 < ns_max(t->went_on_ns, t->paused_ns) ||
	    !may_speak(t, now))
		return false;
	u.owed = asked_owes(t->asked, told, &u.requests);
	if (u.owed)
		t->unanswered = u;
	return u.owed;
}

bool timeline_owes_at_end(struct timeline *t)
{
	int64_t end = ns_max(near_tap(t)->t_ns, t->until_ns);

	if (t->closing)
		return false;
	if (!t->reset)
		return timeline_owes(t, end, ENDED_CAPTURE);
	return timeline_owes(t, t->reset_ns,
			     t->reset_dir ? ENDED_SERVER : ENDED_CLIENT);
}

void timeline_owed_until_now(struct timeline *t)
{
	memcpy(t->owed_part, t->b->part, sizeof t->owed_part);
}
