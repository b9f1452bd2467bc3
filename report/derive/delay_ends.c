/* delay.client, delay.server: who is waited for.
 *
 * The server's time is what it takes to the first byte of an answer; what lies
 * between an answer's pieces is its pace, and of low severity: a program that
 * sends at a rate of its own is no fault.  A client's own time matters where
 * much is transferred and somebody waits for the end.
 *
 * With one capture that is not beside the server its share and the path's are
 * one: delay.server says so, what a second capture would settle, and is of low
 * severity, since nothing shows that it is the server.  Where a relay sends the
 * requests on and another point saw that (pair.relay), that point settles it.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"

#define SERVER_HIGH_NS 1000000000
#define SERVER_MEDIUM_NS 200000000
#define POLL_NS 5000000000 /* as long as polls are held back, at least */
/* bytes in all and a request: somebody waits for the end of it */
#define BULK 1000000
#define BULK_EACH 16384

/* How the answer was found: both ends measured, so no one-sided guess. */
static void in_words(struct draft *f, const struct group *g, const char *who)
{
	char n[TEXT_UNIT], a[TEXT_UNIT];

	draft_text(f, "%s request%s, each waits %s for %s on average.",
		   text_count(g->exchanges, n), plural(g->exchanges),
		   text_duration(delay_each(g), a), who);
	json_object_set_new(f->measure, "each_ns", json_integer(delay_each(g)));
}

/* "53 ms", or "53 ms to 119 ms" of several. */
static const char *each_of(const struct group *g, const struct delay_many *many,
			   char out[static WORDS])
{
	char a[TEXT_UNIT], b[TEXT_UNIT];

	text_duration(many ? many->least_ns : delay_each(g), a);
	text_duration(many ? many->most_ns : delay_each(g), b);
	if (strcmp(a, b) == 0)
		snprintf(out, WORDS, "%s", a);
	else
		snprintf(out, WORDS, "%s to %s", a, b);
	return out;
}

/* " in 3 of 512 sessions": the others of that server are not so; nothing where
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

bool delay_client_is_own(const struct derive *d, const struct group *g)
{
	(void)d;
	return g->bytes >= BULK && g->bytes / BULK_EACH >= g->exchanges;
}

void delay_client(struct derive *d, const struct group *g,
		  const struct delay_many *many)
{
	bool bulk = delay_client_is_own(d, g);
	struct draft *f = delay_draft(d, "delay.client",
				      bulk ? SEV_MEDIUM : SEV_INFO, g);
	char a[WORDS], of[TEXT_UNIT], number[TEXT_UNIT];
	double flight = g->exchanges ? (double)g->in_flight_sum /
					       (double)g->exchanges
				     : 0;

	if (many)
		draft_title(f,
			    "%s clients themselves take %.0f %% of the time%s:"
			    " %s before each request",
			    delay_number(many, "More", number), delay_share(g),
			    delay_whose(derive_model(d), g, of),
			    each_of(g, many, a));
	else
		draft_title(f,
			    "The client %s itself takes %.0f %% of the time%s:"
			    " %s before each request",
			    g->key, delay_share(g),
			    delay_whose(derive_model(d), g, of),
			    each_of(g, NULL, a));
	if (many)
		delay_say_many(f, many);
	draft_text(f, "Neither the path nor the server is waited for "
		      "meanwhile: every request has been answered.");
	if (flight > 1.05)
		draft_text(f, "On average %.1f requests are in flight.",
			   flight);
	else
		draft_text(f, "One request, or one batch, at a time is in "
			      "flight.");
	delay_gain(f, g, "If the program asked at once,");
	draft_place(f, "the program on the client, or what it waits for there");
	draft_next(f, "let the program ask for more at a time, or ahead of its "
		      "need; look at what it does between answer and next "
		      "request");
	json_object_set_new(f->measure, "in_flight", json_real(flight));
	delay_evidence(f, derive_model(d), g);
}

bool delay_server_is_own(const struct derive *d, const struct group *g)
{
	(void)d;
	return delay_each(g) >= SERVER_MEDIUM_NS;
}

void delay_server(struct derive *d, const struct group *g,
		  const struct delay_many *many)
{
	enum severity s = delay_each(g) >= SERVER_HIGH_NS     ? SEV_HIGH
			  : delay_each(g) >= SERVER_MEDIUM_NS ? SEV_MEDIUM
							      : SEV_LOW;
	struct draft *f = delay_draft(d, "delay.server", s, g);
	char a[WORDS], in[WORDS], number[TEXT_UNIT];

	each_of(g, many, a);
	in_sessions(derive_model(d), g, many, in);
	if (many)
		draft_title(f, "%s servers take %s to answer%s",
			    delay_number(many, "More", number), a, in);
	else
		draft_title(f, "The server %s takes %s to answer%s", g->key, a,
			    in);
	if (many)
		delay_say_many(f, many);
	in_words(f, g, "the server");
	draft_text(f, "Counted at the point nearest to the server, by its own "
		      "clock: from the last byte of a request to the first of "
		      "its answer, and any pause of a second or more within "
		      "an answer.");
	delay_gain(f, g, "With a server that answers at once");
	if (delay_each(g) >= POLL_NS)
		draft_against(f, "a long poll, which is not answered before "
				 "there is news, looks the same and is no "
				 "fault");
	draft_place(f, "the service, what it waits for in turn (disk, "
		       "database, another server), or what lies between it and "
		       "the nearest capture");
	draft_next(f, "the server's own log at the time of the worst requests; "
		      "a capture of what it asks others");
	delay_evidence(f, derive_model(d), g);
}

void delay_feed(struct derive *d, const struct group *g,
		const struct delay_many *many)
{
	struct draft *f = delay_draft(d, "delay.server", SEV_LOW, g);
	char a[TEXT_UNIT], n[TEXT_UNIT], number[TEXT_UNIT];

	if (many)
		draft_title(f,
			    "%s servers give their answers at a pace of "
			    "their own",
			    delay_number(many, "More", number));
	else
		draft_title(f,
			    "The server %s gives its answers at its own pace",
			    g->key);
	if (many)
		delay_say_many(f, many);
	draft_text(
		f,
		"Between the pieces of %s answer%s it waited %s in all, bit by "
		"bit, with no window, loss or unanswered data in its way: its "
		"program had no more to send, or it (or BBR in its kernel) sends "
		"at a rate of its own.",
		text_count(g->exchanges, n), plural(g->exchanges),
		text_duration(g->explained_ns, a));
	delay_gain(f, g, "With all of an answer at hand at once");
	draft_against(f, "a rate that somebody chose (streaming, a limit of "
			 "the program) looks the same and is no fault");
	draft_place(f, "the service, or what it reads its answers from");
	draft_next(f, "if it should be faster: what the service reads from, "
		      "and limits in its configuration");
	delay_evidence(f, derive_model(d), g);
}

void delay_feed_far(struct derive *d, const struct group *g,
		    const struct delay_many *many)
{
	struct draft *f = delay_draft(d, "delay.server", SEV_LOW, g);
	char a[TEXT_UNIT], n[TEXT_UNIT], number[TEXT_UNIT];

	if (many)
		draft_title(f,
			    "Answers of %s servers come with pauses: the "
			    "servers or the path, one capture cannot tell",
			    delay_number(many, "more", number));
	else
		draft_title(f,
			    "Answers of %s come with pauses: the server or the "
			    "path, one capture cannot tell",
			    g->key);
	if (many)
		delay_say_many(f, many);
	draft_text(f,
		   "Between the pieces of %s answer%s it waited %s in all, bit "
		   "by bit.",
		   text_count(g->exchanges, n), plural(g->exchanges),
		   text_duration(g->explained_ns, a));
	delay_gain(f, g, "With all of an answer at hand at once");
	draft_against(f, "a program that sends at its own pace, a segment that "
			 "is lost and sent again, and a queue look alike from "
			 "here");
	draft_next(f, "capture at the server at the same time: it shows "
		      "whether the pauses are there, too, and whether their "
		      "end is sent for the first time");
	delay_evidence(f, derive_model(d), g);
}

/* The other point that saw requests of these sessions sent on; NULL: none did. */
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
	char a[WORDS], in[WORDS], number[TEXT_UNIT];

	each_of(g, many, a);
	in_sessions(derive_model(d), g, many, in);
	if (many)
		draft_title(f,
			    "What lies towards %s servers takes %s for each "
			    "answer%s: the servers or the path, one capture "
			    "cannot tell",
			    delay_number(many, "more", number), a, in);
	else
		draft_title(f,
			    "What lies towards %s takes %s for each answer%s: "
			    "%s",
			    g->key, a, in,
			    on ? "a relay and the server behind it"
			       : "the server or the path, one capture cannot "
				 "tell");
	if (many)
		delay_say_many(f, many);
	in_words(f, g, "the far side");
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
