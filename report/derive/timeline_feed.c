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
 * Clients reply to such in a few bytes at once (PONG, an acknowledgement), and wait for
 * nothing then.  A request that is sent behind a late rest looks the same, and who waits
 * for its answer is to be heard: so it is a request, unless the session shows that its
 * like asks for nothing.  What comes a second or more behind it is no answer if
 *
 *  - it is tiny; within TLS, where sizes tell less, short; or as long as what it replies
 *    to (PING, PONG); and
 *  - there are two of its length at least, or one if it is as long as what it replies
 *    to, and more than of that length that were answered soon; and
 *  - none of that length was sent but at once behind news, except those whose answer
 *    is as long (the client's own PING): a program's first request is behind none.
 *    Behind what may be the first answer of all, after tickets, it may be either, and
 *    so may the first of a capture that begins within the session.
 *
 * That is known at the session's end only, so the turns stay turns, and their time is
 * added up apart (budget_waits.c).
 */
#include "report/derive/timeline_int.h"

#define STOPS_NS 1000000000 /* an answer that stops so long is waited for, */
#define STOPS_PACE 3        /* unless it does so again and again */
#define REPLY_TINY 16       /* bytes of a reply */
#define REPLY_NS 100000000  /* the client's program takes no longer for it */
#define SOON_NS 200000000   /* an answer that is none by chance */
#define REPLIES 2           /* so many show it */

/* Is the newest piece of the server's its greeting, or known to go on with what it had
 * begun before the pause? */
static bool amid_answer(struct timeline *t)
{
	return (t->open && t->x.opening && !t->x.bytes[0]) ||
	       (t->asked && asked_amid(t->asked, t->t_ns)) ||
	       timeline_cut_full(t) || timeline_may_be_tickets(t) ||
	       timeline_may_be_preface(t);
}

void timeline_feed(struct timeline *t, int64_t ns, int64_t *left)
{
	int64_t got = timeline_spend(t, timeline_host(t), ns, left);

	if (t->resting)
		return;
	t->paused_ns = ns_max(t->paused_ns, got);
	if (got < STOPS_NS || !amid_answer(t)) {
		t->feed_ns += got;
		if (got >= STOPS_NS)
			t->unasked_ns = ns_max(t->unasked_ns, got);
		return;
	}
	t->stops_ns += got;
	if (++t->stops >= STOPS_PACE) {
		t->feed_ns += t->stops_ns;
		t->stops_ns = 0;
	}
}

void timeline_news(struct timeline *t, const struct tell *e)
{
	bool rested = e->now - t->asked_ns >= STOPS_NS;

	t->news = rested && !amid_answer(t);
	t->perhaps_news = rested && timeline_may_be_tickets(t);
}

void timeline_may_reply(struct timeline *t, const struct record *r,
			int64_t client)
{
	bool echo = r->pay_len == t->told_len;
	bool rest = t->news || t->perhaps_news || !t->begun;

	t->reply.len = rest && r->pay_len < TIMELINE_OWN_ACCORD &&
				       t->b->part[TIME_CLIENT] - client <
					       REPLY_NS
			       ? r->pay_len
			       : 0;
	t->reply.perhaps = !t->news;
	t->begun = true;
	t->reply.echo = echo;
	t->reply.late = false;
}

/* Is it as short as they are?  What the session speaks is known by now. */
static bool is_short(const struct timeline *t)
{
	return t->reply.len &&
	       (t->reply.len <= REPLY_TINY || t->own_accord || t->reply.echo);
}

/* May the open turn's request be a reply of the kind that the session has? */
static bool may_reply(const struct timeline *t)
{
	return is_short(t) && !t->reply.perhaps && !t->requested &&
	       t->x.bytes[0] == t->reply.len &&
	       (!t->replies.times || t->reply.len == t->replies.len);
}

static uint32_t replies_with(const struct timeline *t)
{
	return t->replies.times + (t->reply.echo ? REPLIES : 1);
}

static bool are_replies(const struct timeline *t, uint32_t times, uint32_t len)
{
	return times >= REPLIES && times > t->replies.soon &&
	       !(t->replies.asks[len / 64] >> len % 64 & 1);
}

void timeline_replied(struct timeline *t, int64_t wait, uint32_t len)
{
	uint64_t asks = t->x.bytes[0];

	if (!may_reply(t)) {
		bool perhaps = is_short(t) && t->reply.perhaps;

		if (asks < TIMELINE_REPLY_MOST && asks != len && !perhaps)
			t->replies.asks[asks / 64] |= 1ull << asks % 64;
	} else if (wait >= TIMELINE_DUE_NS) {
		t->replies.times = replies_with(t);
		t->replies.len = t->reply.len;
		t->reply.late = t->news = true;
	} else if (t->replies.times && wait < SOON_NS) {
		t->replies.soon++;
	}
}

bool timeline_replying(const struct timeline *t)
{
	return may_reply(t) && are_replies(t, replies_with(t), t->reply.len);
}

void timeline_unreplied(struct timeline *t)
{
	if (t->open && !t->answered && !t->x.opening && may_reply(t)) {
		t->replies.times = replies_with(t);
		t->replies.len = t->reply.len;
	}
}

bool timeline_only_replies(const struct timeline *t)
{
	return are_replies(t, t->replies.times, t->replies.len);
}
