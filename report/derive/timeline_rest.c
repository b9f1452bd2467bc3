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
 *    until the close is not complete before it; where they do not, one whose last
 *    segments are full is not known to be complete; and in TLS 1.3 the server sends
 *    tickets by itself once it has the client's Finished (RFC 8446 4.6.1), so that
 *    little, and at once, is no answer to the request that came with that.
 *
 * Some servers say goodbye first: TLS's alert (close_notify, RFC 8446 6.1), "421" of
 * SMTP and FTP, an error of a database.  That is a short piece right before the close.
 * A late answer may look the same ("accepted", and "done" in the end), so it is taken
 * for a goodbye only
 *
 *  - where none was asked for: a greeting, and a limit for the login;
 *  - if it has no more bytes than an alert, in a session of TLS; or
 *  - if requests were answered without a close before, by a server that speaks first,
 *    as those of protocols with goodbyes do; or by one that said more to the last
 *    request than that it took it.
 *
 * Nor was a server waited for that closes behind data of a client which goes on without
 * answers, again and again (log lines); a request may come in two pieces.
 */
#include "report/derive/timeline_int.h"

#define RESTS_NS 1000000000   /* a program with no more to say closes sooner */
#define FAREWELL 100          /* bytes: "421 ..." is a line */
#define ALERT 31              /* bytes: TLS 1.2's, AES-GCM; 1.3's has 24 */
#define FAREWELL_NS 100000000 /* from there to the close */
#define ANSWERS 2             /* so many without a close: none needs it */
#define WENT_ON 3             /* so often: a program that only sends */
/* bytes: two tickets of OpenSSL's have 510, what HTTP/2 begins with 150 */
#define TICKETS 800
#define PREFACE 80        /* bytes: SETTINGS, WINDOW_UPDATE, SETTINGS' ACK */
#define FLIGHT_NS 5000000 /* they come together */

/* Did all of the open turn's answer come together, but for Nagle's algorithm? */
static bool at_once(struct timeline *t)
{
	struct strand *s = near_tap(t)->strand[1];
	int64_t from = strand_at(s, (uint32_t)t->x.near[2])->time_ns;
	int64_t held = t->last_mark[TIME_NAGLE] - t->mark[TIME_NAGLE];

	return strand_at(s, (uint32_t)t->x.near[3])->time_ns - from - held <
	       FLIGHT_NS;
}

/* With messages that need no answer: is the newest request one that may want one? */
static bool may_ask(const struct timeline *t)
{
	return t->own_accord && t->open && !t->x.opening &&
	       t->x.bytes[0] >= TIMELINE_OWN_ACCORD;
}

bool timeline_may_be_tickets(struct timeline *t)
{
	return may_ask(t) && t->answered && t->b->exchanges <= t->shaken &&
	       t->x.bytes[1] <= TICKETS && at_once(t);
}

/* Only the first request comes with one, and it is none of a few bytes, as that which
 * subscribes to something may be; who has greeted begins otherwise. */
bool timeline_may_be_preface(struct timeline *t)
{
	return !t->own_accord && !t->greets && t->open && !t->x.opening &&
	       t->answered && !t->b->exchanges && !t->matched &&
	       t->x.bytes[0] >= TIMELINE_OWN_ACCORD &&
	       t->x.bytes[1] <= PREFACE && at_once(t);
}

/* May it still wait for an answer? */
static bool may_wait(struct timeline *t)
{
	return (may_ask(t) && !t->answered) || timeline_may_be_tickets(t);
}

bool timeline_cut_full(struct timeline *t)
{
	uint32_t mss = near_tap(t)->lane[1].mss;

	return t->open && t->answered && !t->matched && mss &&
	       t->told_len >= mss && t->told_len % mss == 0 &&
	       t->x.bytes[1] / 2 >= mss;
}

/* May a piece of @len bytes be a goodbye, and not the newest request's answer? */
static bool is_goodbye(const struct timeline *t, uint32_t len)
{
	if (!t->open || t->x.opening || (t->own_accord && len <= ALERT))
		return true;
	return t->b->exchanges + t->answered >= ANSWERS &&
	       (t->greets || (!t->own_accord && t->x.bytes[1] > FAREWELL));
}

/* Is what @e brings, @len bytes, the last before the server's close? */
static bool farewell(struct timeline *t, const struct tell *e, uint32_t len)
{
	const struct strand *s = near_tap(t)->strand[1];
	const struct record *next;
	int64_t at;

	if (len > FAREWELL || !is_goodbye(t, len))
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

/* Has the client gone on without answers again and again, and never had one? */
static bool only_sends(const struct timeline *t)
{
	return t->client_went_on >= WENT_ON && !t->took_turns && !t->requested;
}

bool timeline_rests(struct timeline *t, const struct tell *e, uint32_t len)
{
	if (t->heard == HEARD_NOTHING || t->left || e->filled ||
	    e->piece < RESTS_NS || e->piece / 2 < t->paused_ns ||
	    (t->asked && asked_waits(t->asked)))
		return false;
	if (t->heard == HEARD_ASK)
		return !len && t->closing && only_sends(t);
	if (may_wait(t) || timeline_cut_full(t))
		return false;
	return len ? farewell(t, e, len) : t->closing;
}
