/* What a server still owes when a session ends: the rest of an answer that
 * stopped halfway, or answers to requests after one that was answered.
 *
 * Turns cannot tell: the server sent last.  Messages can: the last one is cut
 * by the session's end, not by a hole in the capture, or requests remain that
 * none of them answers, and no bytes follow that could be an answer of an
 * unknown form.
 *
 * An answer may also be cut short at once, by the server's own FIN or reset right
 * behind a part of it.  Nobody waited then, so it costs no time; but the point
 * nearest to the server has to have that FIN or reset, too, and none of the client's
 * before it: a device that resets both ends makes the server reset what then comes.
 *
 * Whether it was waited for is judged as timeline_end.c does for a last
 * request: a second, and twice as long as any wait before; pauses within
 * answers count as waits here.  A client whose window has no room for a segment
 * keeps the server from sending, and one that has not acknowledged everything
 * may not have received it: then nothing is said.
 */
#include "report/derive/timeline_int.h"

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
	return !one_tap(t) || t->remote_server || l->una >= l->top - t->closing;
}

bool timeline_owes(struct timeline *t, int64_t now, enum ended how)
{
	int64_t wait = now - t->t_ns;
	struct unanswered u = { .how = how, .wait_ns = wait };
	uint64_t told = near_tap(t)->lane[1].top - t->closing; /* less its
							        * FIN */

	if (!t->asked || t->unanswered.how || t->heard != HEARD_TELL ||
	    t->closing != (how == ENDED_SERVER && !t->reset) ||
	    wait < TIMELINE_DUE_NS ||
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

/* Copies the first FIN or reset. */
static bool first_end(const struct strand *s, struct record *out)
{
	for (uint32_t i = 0; i < s->n; i++) {
		const struct record *r = strand_at(s, i);

		if (r->tcp_flags & (REC_FIN | REC_RST)) {
			*out = *r;
			return true;
		}
	}
	return false;
}

/* Does the point nearest to the server show it ending the session first? */
static bool ends_at_far(struct timeline *t)
{
	struct record server, client;

	if (!first_end(far_tap(t)->strand[1], &server))
		return false;
	return !first_end(far_tap(t)->strand[0], &client) ||
	       tap_before(&server, &client);
}

void timeline_cut_short(struct timeline *t)
{
	const struct lane *l = &near_tap(t)->lane[1];

	if (!t->server_first || t->unanswered.how || l->n_islands ||
	    !asked_cut(t->asked, l->top - t->closing) || !ends_at_far(t) ||
	    timeline_said_elsewhere(t))
		return;
	t->cut = t->closing ? CUT_CLOSED : CUT_RESET;
}
