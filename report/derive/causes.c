/* What makes a session slow: thresholds.
 *
 * A cause is named for a session where its part is a large share of the
 * session's time and large in itself, often enough to be no accident:
 *
 *  client    60 %, 20 exchanges, at most a second before each on average: a
 *            program, not a person (without its rest after the last answer:
 *            no request comes after that)
 *  server    40 %, 50 ms an answer on average, before its first byte (or in
 *            stops of a second and more)
 *            (without requests that nobody answered, and without what it takes
 *            to close after the client: nobody waits for that);
 *            or a second before a single answer, if the others come four
 *            times as soon on average: who waits for one is not consoled by
 *            the time that nobody waited, nor by quick answers
 *  greeting  a second before the server, which speaks first, does so, and the
 *            client goes on then
 *  connect   of a connection for one request: what opened it, if a round trip
 *            takes 5 ms
 *  feed      40 % and 500 ms between the pieces of answers: the server gives
 *            them at its own pace, or has news
 *  path      40 %, 5 exchanges, 20 ms a round trip
 *  recovery  5 % and 100 ms, of sessions that got on afterwards; where all of a
 *            session's packets are known to have arrived, what was sent again
 *            recovered nothing, and is a cause of its own; and so are datagrams
 *            that one point saw
 *  window    20 % and 200 ms, three stalls; or half of it, and a second
 *  nagle     two stalls: one may be chance
 *  queue     20 % and 300 ms, of a queue that was longer than the round trip
 *            without it and 30 ms: TCP fills a path's buffer, and one of a
 *            round trip is what it needs
 *  shaping   the last piece of 9 of 10 responses, of five at least, comes
 *            later by 50 ms or more, and by about as much each time
 *
 * Of protocols whose peers speak when they have news (BGP) no time is the client's, the
 * server's or the round trips'.
 *
 * What is told whatever its share, as the session does not open, or ends so, is
 * causes_ends.c's.  How grave it is follows from how much, in the rules.
 */
#include "report/derive/causes_int.h"

#include <stdio.h>

#define MS 1000000
/* bytes in all and a request: a transfer that can fill a queue */
#define BULK 250000
#define BULK_EACH 16384
#define LATE_APART 4
#define TRIP_LEAST (5 * MS)

static bool reaches(const struct budget *b, int64_t ns, int64_t percent)
{
	return ns / 100 >= budget_total(b) / 10000 * percent && ns > 0;
}

static bool share(const struct budget *b, enum time_part p, int64_t percent)
{
	return reaches(b, b->part[p], percent);
}

struct group *cause_add(struct grouping *g, enum group_kind kind,
			const char *key, const struct cause_session *s,
			int64_t explained, uint32_t worst)
{
	struct group *c = grouping_of(g, kind, key);
	const struct budget *b = s->b;

	c->sessions++;
	c->exchanges += b->exchanges;
	c->holds += b->holds;
	for (int r = 0; r < REPAIRS; r++)
		c->repairs[r] += b->repairs[r];
	c->windows += b->windows;
	c->in_flight_sum += b->in_flight_sum;
	c->bytes += s->bytes;
	for (int p = 0; p < TIME_PARTS; p++)
		time_part_add(&c->part[p], b->part[p]);
	time_part_add(&c->explained_ns, explained);
	group_top_add(c, &(struct group_top){ explained, s->id, worst });
	return c;
}

static struct group *part_cause(struct grouping *g, enum group_kind kind,
				const char *key, const struct cause_session *s,
				enum time_part p)
{
	return cause_add(g, kind, key, s, s->b->part[p], s->worst->at[p].n);
}

/* @ns pass between pieces of answers, or before news: @most, if that is not 0. */
static void feeds(struct grouping *g, const struct cause_session *s, int64_t ns,
		  int64_t most)
{
	static const enum group_kind kind[2][2] = {
		{ CAUSE_FEED, CAUSE_NEWS }, { CAUSE_FEED_FAR, CAUSE_NEWS_FAR }
	};
	struct group *c = cause_add(g, kind[s->far_only][most > 0], s->server,
				    s, ns, s->worst->at[TIME_SERVER].n);

	if (most)
		hist_add(&c->hold, most);
}

/* Of a session's exchanges only @n were answered. */
static void answers(struct group *c, const struct budget *b, int64_t n)
{
	c->exchanges -= b->exchanges - (uint64_t)n;
}

/* Of @think, the server's time in @n answers, some took a second or more: do they
 * stand out? */
static bool late_apart(const struct cause_session *s, const struct late_sum *l,
		       int64_t think, int64_t n)
{
	int64_t others = think > l->ns ? think - l->ns : 0;

	/* a request that was ignored with the opening is told with that */
	return l->of && s->opened == OPENED_AT_ONCE &&
	       (n <= l->of ||
		others / (n - l->of) <= l->ns / l->of / LATE_APART);
}

/* Was it waited for what came late?  Who goes on without an answer was not waiting for
 * one; heartbeats of both sides come again and again, a late answer does not. */
static bool late_waited(const struct cause_session *s, const struct late_sum *l)
{
	return s->client_went_on_ns < WORST_LATE_NS &&
	       (l->of == 1 || l->beats * 2 < l->of);
}

/* The late answers; with them what came late behind replies that may be requests. */
static struct late_sum late_of(const struct cause_session *s)
{
	struct late_sum l = s->worst->late;
	const struct late_sum *more = &s->worst->replies;

	if (s->only_replies || !more->of)
		return l;
	time_part_add(&l.ns, more->ns);
	l.of += more->of;
	l.beats += more->beats;
	l.news += more->news;
	l.mute += more->mute;
	l.behind += more->behind;
	if (more->most_ns > l.most_ns) {
		l.most_ns = more->most_ns;
		l.n = more->n;
	}
	return l;
}

/* The server takes @think before @n answers.  Where most of it is before a few of them,
 * an average would describe none. */
static void answers_late(struct grouping *g, const struct cause_session *s,
			 int64_t think, int64_t n)
{
	enum group_kind kind = s->far_only ? CAUSE_FAR : CAUSE_SERVER;
	struct late_sum l = late_of(s);
	uint32_t mute = s->worst->mute;
	bool all = reaches(s->b, think, 40) && think / n >= 50 * MS;
	struct group *c;

	if (late_apart(s, &l, think, n) &&
	    (all ? l.ns / 3 >= think / 4 : late_waited(s, &l))) {
		c = cause_add(g, kind, s->server, s, l.ns, l.n);
		n = l.of;
		mute = l.mute;
	} else if (all) {
		c = cause_add(g, kind, s->server, s, think,
			      s->worst->at[TIME_SERVER].n);
	} else {
		return;
	}
	answers(c, s->b, n);
	c->windows += mute - s->b->windows;
	c->behind += l.behind;
	c->errors += l.news;
}

/* How long the server let the client wait for its greeting: the client goes on after
 * that.  One that never says anything only listens, and was not kept. */
static int64_t greets_late(struct grouping *g, const struct cause_session *s)
{
	int64_t ns = s->worst->set_up.greeting_ns;

	if (!ns || !s->worst->set_up.requests || s->opened != OPENED_AT_ONCE)
		return 0;
	hist_add(&cause_add(g,
			    s->far_only ? CAUSE_GREETING_FAR : CAUSE_GREETING,
			    s->server, s, ns, s->worst->set_up.n)
			  ->hold,
		 ns);
	return ns;
}

/* What it costs to open a connection for a single request.  One that is still open may
 * get more of them. */
static void connects(struct grouping *g, const struct cause_session *s)
{
	const struct worst *w = s->worst;
	char key[2 * NET_END_TEXT];
	struct group *c;

	if (w->set_up.requests != 1 || !w->set_up.trips || !s->ended ||
	    s->opened != OPENED_AT_ONCE ||
	    w->set_up.ns / w->set_up.trips < TRIP_LEAST)
		return;
	snprintf(key, sizeof key, "%s %s", s->client, s->server);
	c = cause_add(g, CAUSE_CONNECT, key, s, w->set_up.ns, w->set_up.n);
	c->windows += w->set_up.trips - s->b->windows;
	c->errors += s->server_first;
	hist_add(&c->hold, s->b->start_ns);
}

/* @open: so many requests had no answer at the end. */
static void ends(struct grouping *g, const struct cause_session *s,
		 uint64_t open)
{
	const struct budget *b = s->b;
	int64_t n = (int64_t)b->exchanges - (int64_t)open;
	int64_t trip = *s->between ? b->base_ns : s->alone_ns;
	int64_t asks = b->part[TIME_CLIENT] - s->rest_ns;
	/* what closes a session in silence is part of that */
	int64_t closing = s->silent ? 0 : s->worst->closing_ns;
	int64_t think = b->part[TIME_SERVER] - s->feed_ns - s->mute_ns -
			s->silent_ns - s->unanswered_server_ns -
			s->opening_server_ns - closing - greets_late(g, s);
	int64_t news = s->only_replies ? s->worst->replies.ns : 0;
	int64_t feed = s->feed_ns + news, most = s->unasked_ns;

	if (news && s->worst->replies.most_ns > most)
		most = s->worst->replies.most_ns;
	/* what lies in no exchange was no wait for an answer: a capture that
	 * begins or ends within a conversation has the server speak again */
	if (s->worst->at[TIME_SERVER].n == UINT32_MAX)
		think = feed = 0;
	connects(g, s);
	if (n >= 20 && reaches(b, asks, 60) && asks / n <= 1000 * (int64_t)MS)
		cause_add(g, CAUSE_CLIENT, s->client, s, asks,
			  s->worst->at[TIME_CLIENT].n);
	if (n >= 1)
		answers_late(g, s, think - news, n);
	if (n >= 1 && reaches(b, feed, 40) && feed >= 500 * MS)
		feeds(g, s, feed, most);
	if (n >= 5 && share(b, TIME_PATH, 40) && trip >= 20 * MS)
		hist_add(&part_cause(g, CAUSE_PATH, s->between, s, TIME_PATH)
				  ->hold,
			 trip);
}

/* What was sent again: for a loss, or because nothing had come back? */
static enum group_kind repair_kind(const struct cause_session *s)
{
	if (s->datagrams_alone)
		return s->named ? CAUSE_ASKED_AGAIN : CAUSE_SAID_AGAIN;
	return s->all_arrived ? CAUSE_RESENT : CAUSE_RECOVERY;
}

/* @held: of the queue, what shaping explains. */
static void stalls(struct grouping *g, const struct cause_session *s,
		   int64_t held)
{
	static const char *const reader[] = {
		[READER_EITHER] = "either",
		[READER_CLIENT] = "client",
		[READER_SERVER] = "server",
	};
	const struct budget *b = s->b;
	int64_t queue = b->part[TIME_QUEUE] - held;
	struct group *c;
	int64_t repaired = b->part[TIME_RECOVERY] - s->lost_ns -
			   (s->opened == OPENED_ONE ? s->opening_repair_ns : 0);

	if (repaired >= 100 * MS && b->exchanges &&
	    repaired / 5 >= budget_total(b) / 100)
		cause_add(g, repair_kind(s), s->between, s, repaired,
			  s->worst->at[TIME_RECOVERY].n)
			->errors += s->spoilt;
	if ((b->windows >= 3 && b->part[TIME_WINDOW] >= 200 * MS &&
	     share(b, TIME_WINDOW, 20)) ||
	    (b->windows && b->part[TIME_WINDOW] >= 1000 * MS &&
	     share(b, TIME_WINDOW, 50))) {
		c = part_cause(g, CAUSE_WINDOW, reader[s->window.who], s,
			       TIME_WINDOW);
		c->errors += s->window.zeros > 0;
		c->windows += s->window.times - b->windows;
		c->holds += (s->window_afar ? 1 : 0) - b->holds;
	}
	if (b->nagles >= 2) {
		c = part_cause(g, CAUSE_NAGLE, "", s, TIME_NAGLE);
		c->nagles += b->nagles;
		c->errors += s->held_afar > 0;
	}
	if (queue >= 300 * MS && reaches(b, queue, 20) &&
	    s->queue_most_ns >= 30 * MS && s->queue_most_ns >= b->base_ns) {
		c = cause_add(g, CAUSE_QUEUE, s->queued, s, queue,
			      s->worst->at[TIME_QUEUE].n);
		c->errors += s->bytes >= BULK &&
			     s->bytes / BULK_EACH >= b->exchanges;
	}
}

static bool holds_alike(const struct cause_session *s)
{
	const struct budget *b = s->b;

	return b->holds >= 5 && b->holds * 10 >= b->exchanges * 9 &&
	       s->worst->hold.min_ns >= 50 * MS &&
	       s->worst->hold.max_ns / 3 <= s->worst->hold.min_ns / 2;
}

void causes_add(struct grouping *g, const struct cause_session *s)
{
	const struct budget *b = s->b;
	uint64_t open;

	if (!b->known || budget_total(b) <= 0)
		return;
	open = causes_of_ends(g, s);
	if (holds_alike(s)) {
		int64_t each = s->worst->hold.min_ns;
		struct group *c = cause_add(g, CAUSE_SHAPING, s->between, s,
					    each * (int64_t)b->holds,
					    s->worst->hold.n);

		hist_add(&c->hold, each);
		stalls(g, s, each * (int64_t)b->holds);
		return;
	}
	if (!s->own_pace)
		ends(g, s, open);
	stalls(g, s, 0);
}
