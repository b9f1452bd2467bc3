/* The server closes a session that rests.
 *
 * Servers keep a connection for the next request, and close it when none comes for a
 * while (HTTP's keep-alive time, idle limits of databases and mail servers).  Nobody
 * waits for that close: the client has its answer and asks for nothing, so the time
 * before it is the client's own, as it is where the client closes, or the server
 * resets.  A close may also be the end of an answer whose length nothing else tells
 * (HTTP/1.0, whois); that one comes when the program has no more to say.  So it ends a
 * rest if
 *
 *  - it comes RESTS_NS or more after the server's last data, and twice as long as it
 *    ever paused within an answer: of one that comes bit by bit the end may, too; and
 *  - no request is open: where messages tell what answers what, an answer that runs
 *    until the close is not complete before it.
 *
 * Some servers say goodbye first: TLS's alert (close_notify, RFC 8446 6.1), "421" of
 * SMTP and FTP, an error of a database.  That is a short piece right before the close,
 * and taken for one in a session of TLS, or in which requests were answered without a
 * close before, or none was made (a greeting, and a limit for the login).
 *
 * Nor was a server waited for that closes behind data of a client which goes on without
 * answers (log lines).
 */
#include "report/derive/timeline_int.h"

#define RESTS_NS 1000000000   /* a program with no more to say closes sooner */
#define FAREWELL 100          /* bytes: an alert has 60, "421 ..." a line */
#define FAREWELL_NS 100000000 /* from there to the close */
#define ANSWERS 2             /* so many without a close: none needs it */

/* Is what @e brings, @len bytes, the last before the server's close? */
static bool farewell(struct timeline *t, const struct tell *e, uint32_t len)
{
	const struct strand *s = near_tap(t)->strand[1];
	bool asked = t->open && !t->x.opening;
	const struct record *next;
	int64_t at;

	if (len > FAREWELL || (asked && !t->own_accord &&
			       t->b->exchanges + t->answered < ANSWERS))
		return false;
	if (t->closing)
		return true;
	if (e->rec + 1 >= s->n)
		return false;
	at = strand_at(s, e->rec)->time_ns;
	next = strand_at(s, e->rec + 1);
	return next->tcp_flags & (REC_FIN | REC_RST) && !next->pay_len &&
	       next->time_ns - at < FAREWELL_NS;
}

/* Has the client gone on without answers, and never had one? */
static bool only_sends(const struct timeline *t)
{
	return t->client_went_on_ns > 0 && !t->took_turns && !t->requested;
}

bool timeline_rests(struct timeline *t, const struct tell *e, uint32_t len)
{
	if (t->heard == HEARD_NOTHING || t->left || e->filled ||
	    e->piece < RESTS_NS || e->piece / 2 < t->paused_ns ||
	    (t->asked && asked_waits(t->asked)))
		return false;
	if (t->heard == HEARD_ASK)
		return !len && t->closing && only_sends(t);
	return len ? farewell(t, e, len) : t->closing;
}
