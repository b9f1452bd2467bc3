/* What makes a session slow, or useless, whatever its share: how it opens and ends.
 *
 *  unanswered, silent, gone: what it takes to be one is timeline_end.c's and
 *            timeline_silence.c's
 *  cut       the server closes within an answer
 *  alert     a side ends TLS's handshake
 *  opening   what opens it was in vain
 *
 * The first three end a session; their time is taken from what the thresholds of causes.c
 * look at.
 */
#include "report/derive/causes_int.h"

#include <stdio.h>

static enum group_kind kind_of(const struct cause_session *s)
{
	if (s->stopped)
		return s->far_only ? CAUSE_STOPPED_FAR : CAUSE_STOPPED;
	return s->far_only ? CAUSE_UNANSWERED_FAR : CAUSE_UNANSWERED;
}

/* The exchange whose answer stops: the one that the server took longest for, or the
 * newest, if none of the time until the end is in any. */
static uint32_t stopped_at(const struct cause_session *s)
{
	uint32_t n = s->worst->at[TIME_SERVER].n;

	return n != UINT32_MAX || !s->b->exchanges
		       ? n
		       : (uint32_t)(s->b->exchanges - 1);
}

/* Return: how many requests nobody answered when the session ended. */
static uint64_t never_answered(struct grouping *g,
			       const struct cause_session *s)
{
	struct group *c;

	if (s->silent) {
		c = cause_add(g, CAUSE_SILENT, s->server, s, s->silent_ns,
			      s->worst->unanswered);
		c->errors += s->silent;
		return s->worst->unanswered != UINT32_MAX;
	}
	if (!s->unanswered_ns || s->own_pace)
		return 0;
	c = cause_add(g, kind_of(s), s->server, s, s->unanswered_server_ns,
		      s->stopped ? stopped_at(s) : s->worst->unanswered);
	for (uint64_t i = 0; i < (s->stopped ? 1 : s->unanswered); i++)
		hist_add(&c->hold, s->unanswered_ns);
	c->errors += s->cut_off;
	return s->unanswered;
}

/* The server ends the session within an answer: no time is lost by that. */
static void cuts_short(struct grouping *g, const struct cause_session *s)
{
	struct group *c;

	if (s->cut == CUT_NOT)
		return;
	c = cause_add(g, s->far_only ? CAUSE_CUT_FAR : CAUSE_CUT, s->server, s,
		      0, UINT32_MAX);
	c->errors += s->cut == CUT_RESET;
}

/* A side says no to TLS's handshake: no time is lost by that either. */
static void refuses_tls(struct grouping *g, const struct cause_session *s)
{
	char key[NET_END_TEXT + 32];

	if (!s->alert.said)
		return;
	snprintf(key, sizeof key, "%d %lld %s", s->alert.dir,
		 (long long)s->alert.status, s->server);
	cause_add(g, CAUSE_ALERT, key, s, 0, UINT32_MAX);
}

/* The client's host says nothing any more. */
static void goes_away(struct grouping *g, const struct cause_session *s)
{
	struct group *c;

	if (!s->gone)
		return;
	c = cause_add(g, s->gone_one ? CAUSE_GONE_ONE : CAUSE_GONE, s->client,
		      s, s->gone_ns, UINT32_MAX);
	c->errors += s->gone;
	c->holds += (s->gone_data ? 1 : 0) - s->b->holds;
}

/* What opens the session was in vain.  That is told apart from what requests wait
 * for, and from losses: an average over both is neither's. */
static void opens_late(struct grouping *g, const struct cause_session *s)
{
	static const enum group_kind kind[] = {
		[OPENED_HOST] = CAUSE_OPENING,
		[OPENED_ONE] = CAUSE_OPENING_ONE,
		[OPENED_LOST] = CAUSE_OPENING_LOST,
	};
	struct group *c;

	if (s->opened == OPENED_AT_ONCE)
		return;
	c = cause_add(g, kind[s->opened],
		      s->opened == OPENED_LOST ? s->between : s->server, s,
		      s->opening_server_ns + s->opening_repair_ns, UINT32_MAX);
	hist_add(&c->hold, s->opening_ns);
	c->errors += s->opening_syns;
	c->holds += s->opening_refused - s->b->holds;
	c->never_open += s->opening_never;
	for (int r = 0; r < REPAIRS; r++)
		c->repairs[r] -= s->b->repairs[r];
	c->repairs[REPAIR_TIMEOUT] += s->later_copies;
}

uint64_t causes_of_ends(struct grouping *g, const struct cause_session *s)
{
	uint64_t open = never_answered(g, s);

	cuts_short(g, s);
	refuses_tls(g, s);
	opens_late(g, s);
	goes_away(g, s);
	return open;
}
