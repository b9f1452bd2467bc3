/* delay.server: time that the server takes (for clients see delay_client.c).
 *
 * The server's time runs to the first byte of an answer.  Time between the pieces
 * of an answer is delay_feed.c's.
 *
 * One capture that is not beside the server cannot tell the server's share from the
 * path's.  Then delay.server says so, names what a second capture would settle, and
 * is of low severity, since nothing shows that it is the server.  If a relay
 * forwards the requests and another point saw that (pair.relay), that point settles
 * it.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/proxied.h"
#include "report/derive/delay.h"
#include "report/derive/delay_behind.h"
#include "report/derive/words.h"

#define SERVER_HIGH_NS 1000000000
#define SERVER_HIGH 5 /* percent of the time of the sessions concerned */
#define SERVER_MEDIUM_NS 200000000
/* two humps: of at least HUMPS_LEAST answers some take LATE_NS or more, and APART
 * times as long as the others; all that take less than SOON_NS count as alike */
#define HUMPS_LEAST 10
#define LATE_NS 50000000
#define SOON_NS 1000000
#define APART 4
#define ALIKE 92 /* so much of a value is half a bucket of the histogram */
#define POLL_NS 5000000000 /* as long as polls are held back, at least */

/* Did the server close instead of answering any of these? */
static bool none_answered(const struct group *g)
{
	return g->windows && g->windows >= g->exchanges;
}

/* A close is no answer, but it is what was waited for. */
static void closes_say(struct draft *f, const struct group *g)
{
	char n[TEXT_UNIT];

	if (!g->windows)
		return;
	json_object_set_new(f->measure, "closed",
			    json_integer((json_int_t)g->windows));
	draft_text(f,
		   "%s of these request%s got no byte back: what ended the "
		   "wait was the server's FIN.  It may close what rests, if "
		   "the request wanted no answer.",
		   text_count(g->windows, n), plural(g->exchanges));
}

/* Requests of one session that wait at the same time wait for the same moments. */
static void behind_say(struct draft *f, const struct group *g)
{
	char n[TEXT_UNIT];

	if (!g->behind)
		return;
	json_object_set_new(f->measure, "waited_behind",
			    json_integer((json_int_t)g->behind));
	draft_text(f,
		   "%s of the late answers %s waited for at the same time as "
		   "another one of the same connection: that time is counted "
		   "once.  Where answers come in the order of requests (HTTP "
		   "pipelining), what waits behind a slow one is late without "
		   "being slow.",
		   text_count(g->behind, n), g->behind == 1 ? "was" : "were");
}

/* Says how long requests waited for @who on average.  @who NULL: only the measure
 * is set, as an average would say nothing. */
static void in_words(struct draft *f, const struct group *g, const char *who)
{
	char n[TEXT_UNIT], a[TEXT_UNIT];

	json_object_set_new(f->measure, "each_ns", json_integer(delay_each(g)));
	if (!who)
		return;
	text_duration(delay_each(g), a);
	if (g->exchanges == 1)
		draft_text(f, "1 request waits %s for %s.", a, who);
	else
		draft_text(f, "%s requests, each waits %s for %s on average.",
			   text_count(g->exchanges, n), a, who);
}

/* " in 3 of 512 sessions", where the server's other sessions are not slow; "" if
 * these are all. */
static const char *in_sessions(const struct model *m, const struct group *g,
			       const struct delay_many *many,
			       char out[static WORDS])
{
	size_t n;
	const struct group *all = model_groups(m, GROUP_SERVER, &n);
	char some[TEXT_UNIT], of[TEXT_UNIT];

	out[0] = '\0';
	if (many)
		snprintf(out, WORDS, " in %s sessions",
			 text_count(g->sessions, some));
	for (size_t i = 0; !many && i < n; i++)
		if (strcmp(all[i].key, g->key) == 0 &&
		    all[i].sessions > g->sessions)
			snprintf(out, WORDS, " in %s of %s sessions",
				 text_count(g->sessions, some),
				 text_count(all[i].sessions, of));
	return out;
}

/* Most answers of that server come soon, some far later: an average describes
 * neither. */
struct humps {
	bool two;
	struct hist_gap gap;
	uint64_t n;
	int64_t others_ns; /* median of those that come soon */
	char slow[TEXT_UNIT * 3], few[TEXT_UNIT], of[TEXT_UNIT];
};

/* Of the least of the slow ones only the bucket is known.  If the largest, which is
 * known exactly, is in the same bucket, they are all alike, and it stands for all. */
static void humps_alike(struct humps *p, const struct hist *h)
{
	if (p->gap.above == 1 || p->gap.over_ns > h->max - h->max / ALIKE)
		p->gap.over_ns = h->max;
}

static struct humps humps_of(const struct model *m, const struct group *g,
			     const struct delay_many *many)
{
	struct humps p = { 0 };
	const struct hist *h = NULL;
	struct hist slow;
	size_t n;
	const struct group *all = model_groups(m, GROUP_SERVER, &n);

	for (size_t i = 0; !many && *g->key && i < n; i++)
		if (strcmp(all[i].key, g->key) == 0)
			h = &all[i].server;
	if (!h || h->n < HUMPS_LEAST || !hist_gap(h, SOON_NS, &p.gap) ||
	    p.gap.above * 2 > h->n || p.gap.over_ns < LATE_NS ||
	    p.gap.over_ns / APART < p.gap.under_ns)
		return p;
	p.two = true;
	humps_alike(&p, h);
	p.n = h->n;
	p.others_ns = hist_quantile(h, 0.5 * (double)(h->n - p.gap.above) /
					       (double)h->n);
	/* both are the middles of buckets */
	if (p.others_ns > p.gap.under_ns)
		p.others_ns = p.gap.under_ns;
	slow = (struct hist){ .min = p.gap.over_ns, .max = h->max };
	delay_span(&slow, p.slow);
	text_count(p.gap.above, p.few);
	text_count(p.n, p.of);
	return p;
}

static void humps_say(struct draft *f, const struct humps *p, const char *who)
{
	char most[TEXT_UNIT], median[TEXT_UNIT];

	draft_text(f,
		   "%s of the %s requests that were answered wait%s %s for %s; "
		   "the others wait %s (median), %s at most.",
		   p->few, p->of, p->gap.above == 1 ? "s" : "", p->slow, who,
		   text_duration(p->others_ns, median),
		   text_duration(p->gap.under_ns, most));
	json_object_set_new(f->measure, "slow",
			    json_integer((json_int_t)p->gap.above));
	json_object_set_new(f->measure, "answered",
			    json_integer((json_int_t)p->n));
	json_object_set_new(f->measure, "slow_least_ns",
			    json_integer(p->gap.over_ns));
	json_object_set_new(f->measure, "others_median_ns",
			    json_integer(p->others_ns));
}

bool delay_server_is_own(const struct derive *d, const struct group *g)
{
	(void)d;
	return delay_each(g) >= SERVER_MEDIUM_NS;
}

void delay_server(struct derive *d, const struct group *g,
		  const struct delay_many *many)
{
	struct humps p = humps_of(derive_model(d), g, many);
	int64_t each = p.two ? p.gap.over_ns : delay_each(g);
	enum severity s = each >= SERVER_HIGH_NS     ? SEV_HIGH
			  : each >= SERVER_MEDIUM_NS ? SEV_MEDIUM
						     : SEV_LOW;
	struct draft *f;
	struct behind one;
	bool behind = !many && delay_behind(derive_model(d), g, &one);
	const struct proxied *for_other;
	bool grants = !many && proxied_grants(derive_model(d), g);
	char a[WORDS], in[WORDS], number[TEXT_UNIT], which[BEHIND_TEXT] = "";

	if (behind)
		delay_behind_title(&one, which);
	if (s == SEV_HIGH && delay_share(g) < SERVER_HIGH)
		s = SEV_MEDIUM;
	for_other = many ? NULL : proxied_waits(d, g, g->part[TIME_SERVER]);
	if (grants && s == SEV_HIGH)
		s = SEV_MEDIUM;
	if (for_other)
		s = SEV_LOW;
	f = delay_draft(d, "delay.server", s, g);
	delay_each_words(g, many, a);
	in_sessions(derive_model(d), g, many, in);
	if (many)
		draft_title(f, "%s servers take %s to answer%s",
			    delay_number(many, "More", number), a, in);
	else if (p.two)
		draft_title(
			f,
			"The server %s takes %s to answer %s of %s requests%s",
			g->key, p.slow, p.few, p.of, which);
	else
		draft_title(
			f,
			none_answered(g) ? "The server %s closes without an "
					   "answer after %s%s%s"
			: grants ? "The proxy %s, or who it connects to, takes "
				   "%s to open connections%s%s"
				 : "The server %s takes %s to "
				   "answer%s%s",
			g->key, a, in, which);
	if (many)
		delay_say_many(f, many);
	if (p.two)
		humps_say(f, &p, "the server");
	in_words(f, g, p.two ? NULL : "the server");
	behind_say(f, g);
	closes_say(f, g);
	if (behind)
		delay_behind_say(f, g, &one);
	if (for_other)
		draft_text(f,
			   "It is a proxy that is asked for %s, and waits in "
			   "turn for %s: see the finding of that.",
			   for_other->name, for_other->server);
	if (grants)
		draft_text(f, "The worst requests all ask for a connection to "
			      "another host (CONNECT), which is granted: in "
			      "that time the proxy looks up the name and waits "
			      "for that host's SYN,ACK.  How much of it is "
			      "its own, only a capture behind it tells.");
	draft_text(f, "Counted at the point nearest to the server, by its own "
		      "clock: from the last byte of a request to the first of "
		      "its answer, and any pause of a second or more within "
		      "an answer.");
	delay_gain(f, g, "With a server that answers at once");
	if (delay_each(g) >= POLL_NS || g->errors)
		draft_against(f, "a long poll, which is not answered before "
				 "there is news, looks the same and is no "
				 "fault; so does a message that asks for "
				 "nothing, if news come later");
	draft_place(f, "the service, what it waits for in turn (disk, "
		       "database, another server), or what lies between it and "
		       "the nearest capture");
	if (grants)
		draft_next(f, "a capture behind the proxy: how long do its "
			      "SYNs wait for an answer, and its questions to "
			      "the DNS");
	draft_next(f, "the server's own log at the time of the worst requests; "
		      "a capture of what it asks others");
	delay_evidence(f, derive_model(d), g);
}

/* Name of another point that saw a relay forward requests of these sessions; NULL:
 * none did. */
static const char *sent_on_at(const struct model *m, const struct group *g)
{
	for (size_t i = 0; i < g->n_top; i++) {
		const struct relay_row *r = model_relation(m, g->top[i].session,
							   0);

		if (r && !r->form && r->front == g->top[i].session &&
		    r->end[1].point_pos >= 1 &&
		    (size_t)r->end[1].point_pos <= m->n_points)
			return model_point_name(m, r->end[1].point_pos);
	}
	return NULL;
}

bool delay_far_is_own(const struct derive *d, const struct group *g)
{
	return sent_on_at(derive_model(d), g) != NULL;
}

void delay_far(struct derive *d, const struct group *g,
	       const struct delay_many *many)
{
	struct draft *f = delay_draft(d, "delay.server", SEV_LOW, g);
	const char *on = many ? NULL : sent_on_at(derive_model(d), g);
	struct humps p = humps_of(derive_model(d), g, many);
	char a[WORDS], in[WORDS], number[TEXT_UNIT];

	delay_each_words(g, many, a);
	in_sessions(derive_model(d), g, many, in);
	if (many)
		draft_title(f,
			    "Answers from %s servers take %s%s: the servers or "
			    "the path, one capture cannot tell",
			    delay_number(many, "more", number), a, in);
	else if (p.two && !on)
		draft_title(f,
			    "%s of %s answers from %s take%s %s: the server or "
			    "the path, one capture cannot tell",
			    p.few, p.of, g->key, p.gap.above == 1 ? "s" : "",
			    p.slow);
	else if (none_answered(g) && !on)
		draft_title(
			f,
			"%s closes without an answer after %s%s: the server "
			"or the path, one capture cannot tell",
			g->key, a, in);
	else
		draft_title(f, "Answers from %s take %s%s: %s", g->key, a, in,
			    on ? "a relay and the server behind it"
			       : "the server or the path, one capture cannot "
				 "tell");
	if (many)
		delay_say_many(f, many);
	if (p.two)
		humps_say(f, &p, "the far side");
	in_words(f, g, p.two ? NULL : "the far side");
	behind_say(f, g);
	closes_say(f, g);
	draft_text(f, "The least round trip there is not in it: it is counted "
		      "for the path.");
	if (on)
		draft_text(f,
			   "A relay sends requests on, and %s saw them: the "
			   "finding pair.relay says how much longer is waited "
			   "before the relay than behind it.  The rest is what "
			   "the server takes there.",
			   on);
	else
		draft_next(f, "capture at the server at the same time: the "
			      "moment at which requests arrive and answers "
			      "leave there splits this time exactly, whatever "
			      "the clocks say");
	draft_against(f, "a queue, a shaper or losses on the way look just "
			 "like a slow server from here");
	delay_evidence(f, derive_model(d), g);
}
