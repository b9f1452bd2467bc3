/* What comes before the first request: the round trips that open connections, where
 * each is for one request only (delay.path), and the greeting of a server that
 * speaks first (delay.server).
 *
 * A connection now and then, such as a balancer's probe, keeps nobody: so many of one
 * client to one server are told, if a good part of the time in which they were made
 * is spent on that.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"

#define CONNECTIONS 20
#define CONNECT_PERCENT 20 /* of the time of these connections */
#define CONNECT_LEAST_NS 1000000000
#define CONNECT_MEDIUM_NS 2000000000 /* in all */
#define WHILE 10 /* this part of the time from the first to the last */
#define GREETING_HIGH_NS 5000000000

/* Connections that are opened at the same time keep somebody once: no longer than
 * from the first to the last, and until that is open. */
static int64_t kept_ns(const struct group *g)
{
	int64_t span = time_sub(g->hold.max, g->hold.min);
	int64_t most = time_add(span, g->explained_ns / (int64_t)g->sessions);

	return g->explained_ns < most ? g->explained_ns : most;
}

static bool is_told(const struct group *g)
{
	return *g->key && g->sessions >= CONNECTIONS && g->windows &&
	       kept_ns(g) >= CONNECT_LEAST_NS &&
	       delay_share(g) >= CONNECT_PERCENT &&
	       g->explained_ns / 10 * WHILE >=
		       time_sub(g->hold.max, g->hold.min) / 10;
}

/* Who closes first decides where the habit is. */
static void closed_by(struct draft *f, const struct group *g,
		      const char *client, const char *server)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (g->errors * 2 > g->sessions)
		draft_text(f, "%s of the %s are closed by the server first.",
			   text_count(g->errors, n),
			   text_count(g->sessions, of));
	draft_place(f,
		    "the program on %s, which opens a connection for each "
		    "request",
		    client);
	if (!g->errors)
		return;
	draft_place(f, "%s, which closes after each answer", server);
	draft_next(f,
		   "see whether %s allows connections to be kept (keep-alive), "
		   "and for how many requests and seconds",
		   server);
}

void delay_connect(struct derive *d, const struct group *g)
{
	char client[NET_END_TEXT], n[TEXT_UNIT], a[TEXT_UNIT];
	const char *server = strchr(g->key, ' ');
	double trips = (double)g->windows / (double)g->sessions;
	struct draft *f;

	if (!server || !is_told(g))
		return;
	snprintf(client, sizeof client, "%.*s", (int)(server - g->key), g->key);
	server++;
	f = delay_draft(d, "delay.path",
			kept_ns(g) >= CONNECT_MEDIUM_NS ? SEV_MEDIUM : SEV_LOW,
			g);
	draft_title(f,
		    "%s connections from %s to %s are for one request each: "
		    "opening them takes %s",
		    text_count(g->sessions, n), client, server,
		    text_duration(g->explained_ns, a));
	draft_text(f,
		   "Before its request each waits for %.1f round trip%s (the "
		   "handshakes of TCP and, where it is used, of TLS): %s on "
		   "average.",
		   trips, trips < 1.05 ? "" : "s",
		   text_duration(g->explained_ns / (int64_t)g->sessions, a));
	if (kept_ns(g) < g->explained_ns)
		draft_text(f,
			   "Some are opened at the same time: all of them "
			   "together keep somebody for %s at most.",
			   text_duration(kept_ns(g), a));
	delay_gain(f, g, "If they were kept open for more requests");
	draft_against(f, "connections that are opened ahead, while nobody "
			 "waits, look the same");
	closed_by(f, g, client, server);
	draft_next(f, "let the client keep connections (keep-alive, a pool), "
		      "or send more in each");
	json_object_set_new(f->measure, "connections",
			    json_integer((json_int_t)g->sessions));
	json_object_set_new(f->measure, "round_trips",
			    json_integer((json_int_t)g->windows));
	json_object_set_new(f->measure, "closed_by_server",
			    json_integer((json_int_t)g->errors));
	delay_evidence(f, derive_model(d), g);
}

static struct draft *greeting(struct derive *d, const struct group *g,
			      enum severity severity)
{
	struct draft *f = delay_draft(d, "delay.server", severity, g);
	char n[TEXT_UNIT], a[TEXT_UNIT * 3];

	draft_text(f,
		   "In %s session%s the server speaks first, and has done so "
		   "%s after the connection is there.  Until then the client "
		   "has nothing to answer.",
		   text_count(g->sessions, n), plural(g->sessions),
		   delay_span(&g->hold, a));
	json_object_set_new(f->measure, "greeting_ns",
			    json_integer(hist_quantile(&g->hold, 0.5)));
	draft_against(f, "a server that has no greeting, and sends first when "
			 "there is news, looks the same and is no fault");
	draft_next(f, "services look up the name of the client's address (DNS, "
		      "reverse), ask its ident port (113) or a block list "
		      "before they greet: see whether one of these does not "
		      "answer the server");
	return f;
}

void delay_greeting(struct derive *d, const struct group *g)
{
	struct draft *f = greeting(d, g,
				   g->hold.max >= GREETING_HIGH_NS ||
						   delay_share(g) >= 40
					   ? SEV_HIGH
					   : SEV_MEDIUM);
	char a[TEXT_UNIT * 3];

	draft_title(f, "The server %s takes %s to greet its clients", g->key,
		    delay_span(&g->hold, a));
	delay_gain(f, g, "With a server that speaks at once");
	draft_place(f, "the service, or what it asks first (a resolver, "
		       "another server)");
	delay_evidence(f, derive_model(d), g);
}

void delay_greeting_far(struct derive *d, const struct group *g)
{
	struct draft *f = greeting(d, g, SEV_LOW);
	char a[TEXT_UNIT * 3];

	draft_title(f,
		    "The greeting of %s comes %s late: the server or the path, "
		    "one capture cannot tell",
		    g->key, delay_span(&g->hold, a));
	draft_against(f, "a greeting that was lost and sent again looks just "
			 "like a late one from here");
	draft_next(f, "capture at the server at the same time: it shows when "
		      "the greeting leaves there");
	delay_evidence(f, derive_model(d), g);
}
