/* Telling of sessions that go nowhere, in words.
 */
#include "base/mem.h"
#include "base/text.h"
#include "report/derive/proxied.h"
#include "report/derive/icmp.h"
#include "report/derive/stop_int.h"

#define OF_MANY 20 /* requests answered, for each that may go without */

static const char *arrives(const struct stop_group *g, bool alone)
{
	if (g->opens == 1)
		return alone ? "is seen" : "arrives";
	return alone ? "are seen" : "arrive";
}

static void tell_unproven(struct stop_group *g, const char *from,
			  const char *to)
{
	char server[NET_END_TEXT], n[TEXT_UNIT], says[WORDS];
	bool one = g->sessions == 1;

	stop_server_text(g, server);
	if (stop_is_told(g)) {
		draft_title(g->draft,
			    "%s %s%s %s no answer (the first to %s): an ICMP "
			    "error from %s says %s",
			    text_count(g->sessions, n),
			    g->kind.datagrams ? "session" : "connection",
			    plural(g->sessions), one ? "gets" : "get", server,
			    g->error->name ? g->error->name : "?",
			    icmp_words(g->error, says));
		return;
	}
	draft_title(g->draft,
		    "%s %s%s %s no answer, and the %s are at "
		    "%s but not at %s (the first to %s)",
		    text_count(g->sessions, n),
		    g->kind.datagrams ? "session" : "connection",
		    plural(g->sessions), one ? "gets" : "get",
		    g->kind.pings       ? "pings"
		    : g->kind.datagrams ? "datagrams"
					: "SYNs",
		    from, to, server);
	if (stop_is_unresolved(g))
		return;
	draft_text(g->draft,
		   "%s's capture was running.  Either they were "
		   "dropped between %s and %s, or they go another "
		   "way.",
		   to, from, to);
}

static void tell_path(struct stop_group *g, const char *from, const char *to)
{
	char who[WORDS], n[TEXT_UNIT], opens[TEXT_UNIT], k[TEXT_UNIT];
	uint64_t sessions = g->sessions - g->before;
	uint64_t lost = g->opens - g->before_opens;
	bool one = lost == 1;
	const char *what = g->kind.pings       ? "Pings"
			   : g->kind.datagrams ? "Requests"
					       : "Connections";

	stop_whom(g, who);
	text_count(lost, opens);
	if (g->missed)
		draft_title(g->draft,
			    "%s to %s get no answer; their %s are not at %s, "
			    "whose capture misses others, too",
			    what, who, stop_packets(g, 2), to);
	else
		draft_title(g->draft,
			    "%s to %s die between %s and %s: %s %s, %s", what,
			    who, from, to, opens, stop_packets(g, lost),
			    one ? "it does not arrive" : "none arrives");
	draft_text(g->draft,
		   "%s session%s; %s%s %s %s seen at %s and %s at %s.",
		   text_count(sessions, n), plural(sessions), one ? "" : "all ",
		   opens, stop_opening(g, lost), one ? "was" : "were", from,
		   one ? "not" : "none", to);
	if (g->kind.place == STOP_MISSING)
		draft_text(g->draft,
			   "%s's capture was running, and %s session%s of the "
			   "same server address %s at both.",
			   to, text_count(g->beside, k), plural(g->beside),
			   g->beside == 1 ? "is" : "are");
}

/* Was it on the path?  @far: the next point, of which the group may be. */
static void tell_path_or_not(struct stop_group *g, const struct model *m,
			     const char *at, const char *far, bool alone)
{
	if (alone)
		draft_text(g->draft,
			   "One capture does not show how far they come, "
			   "unless it is on the server.");
	else if (g->kind.either_way)
		draft_text(g->draft,
			   "Nothing shows which side of %s the client is on: "
			   "if it is on the far side, they were dropped on "
			   "their way to the other points.",
			   at);
	else if (g->kind.beyond && !stop_clocks_known(g, m))
		draft_text(g->draft,
			   "The clocks of %s and %s cannot be compared: "
			   "whether the capture at %s was running then is not "
			   "known.",
			   at, far, far);
	else if (g->kind.beyond)
		draft_text(
			g->draft,
			"Nothing that was captured at %s is of the time "
			"when that began: if its capture was running all the same, and lets "
			"such packets in, they vanish between %s and %s.",
			far, at, far);
	else if (!stop_all_spoilt(g))
		draft_text(g->draft, "This is not loss on the path between the "
				     "capture points.");
}

static void host_places(struct stop_group *g, const struct model *m,
			const char *at, const char *far)
{
	if (stop_all_spoilt(g) && !g->kind.one_way)
		draft_place(
			g->draft,
			"before %s: a device that edits packets and leaves "
			"their checksums as they were, or that damages them",
			at);
	draft_place(g->draft,
		    g->kind.pings
			    ? "the server host: down, or a filter on it that "
			      "drops pings"
		    : g->kind.datagrams
			    ? "the server host: a host firewall above the "
			      "capture, a service that is down or refuses "
			      "silently"
		    : g->kind.beyond
			    ? "the server host: a host firewall, a full accept "
			      "queue, no such service behind a silent filter"
			    : "the server host: a host firewall above the "
			      "capture, a full accept queue, no such service "
			      "behind a silent filter");
	if (g->kind.beyond) {
		draft_between(g->draft, m, g->kind.from_pos, g->kind.to_pos);
		draft_next(g->draft,
			   "see whether the capture at %s was running then, "
			   "and what its filter lets in; then at firewalls on "
			   "the way there and on the server",
			   far);
		return;
	}
	if (!g->on_host)
		draft_place(g->draft,
			    "the network beyond %s, if %s was not captured on "
			    "the server itself",
			    at, at);
	draft_next(g->draft,
		   "look at the server's firewall and listening "
		   "sockets; if the capture is on the server, say so "
		   "with --on-host %s",
		   at);
}

/* Is the point the client's outermost one, where nothing arrives but leaves? */
static bool leaves_here(const struct stop_group *g, const struct model *m)
{
	int pos = g->kind.from_pos;

	return g->kind.beyond &&
	       pos == (g->kind.to_pos > pos ? 1 : (int)m->n_points);
}

static void tell_host(struct stop_group *g, const struct model *m,
		      const char *at, const char *far)
{
	bool alone = stop_alone(g, m);
	char who[2 * WORDS], says[WORDS], n[TEXT_UNIT], opens[TEXT_UNIT];
	bool told = stop_is_told(g), spoilt = stop_all_spoilt(g);
	bool beyond = !told && !spoilt;

	stop_nobody(g, alone, who);
	text_count(g->opens, opens);
	if (told)
		draft_title(g->draft, "%s: an ICMP error from %s says %s", who,
			    g->error->name ? g->error->name : "?",
			    icmp_words(g->error, says));
	else
		draft_title(g->draft, "%s: %s %s %s at %s and %s comes back",
			    who, opens, stop_packets(g, g->opens),
			    arrives(g, alone || leaves_here(g, m)), at,
			    g->error ? "no answer" : "nothing");
	draft_text(g->draft,
		   "%s session%s; the capture at %s has %s%s %s, and no "
		   "capture has an answer.%s%s%s",
		   text_count(g->sessions, n), plural(g->sessions), at,
		   g->opens > 1 ? "all " : "", opens, stop_opening(g, g->opens),
		   beyond ? "  The cause is beyond " : "", beyond ? at : "",
		   beyond ? ": the network or the host." : "");
	if (spoilt)
		stop_tell_spoilt(g, at);
	if (g->kind.asked_again)
		draft_text(g->draft,
			   "That they ask for an answer is a guess: the very "
			   "same datagram is sent again.");
	if (!told && !spoilt && stop_all_extra(g))
		stop_tell_extra(g);
	if (!told)
		tell_path_or_not(g, m, at, far, alone);
}

/* Who never hears the server does not tell whether it answers. */
static void tell_one_way(struct stop_group *g, const char *at)
{
	char who[WORDS], n[TEXT_UNIT], opens[TEXT_UNIT];

	draft_title(g->draft,
		    "%s to %s %s: %s %s at %s, which never has the server's "
		    "packets",
		    g->kind.pings ? "Pings" : "Connections", stop_whom(g, who),
		    g->kind.pings ? "get no answer that is seen"
				  : "do not open",
		    text_count(g->opens, opens), stop_packets(g, g->opens), at);
	draft_text(g->draft,
		   "%s session%s.  Of sessions that are answered, too, %s has "
		   "the client's direction only: whether the server answers "
		   "these, and its answers are lost on their way back, nothing "
		   "here tells.",
		   text_count(g->sessions, n), plural(g->sessions), at);
	draft_next(g->draft, "capture where the server's packets leave, too "
			     "(all its interfaces, the other device on the "
			     "way back)");
}

static void tell_refused(struct stop_group *g, const char *at)
{
	char who[WORDS], n[TEXT_UNIT];
	bool many = g->servers > 1, pings = g->kind.pings;
	bool ended = g->kind.ended;

	draft_title(g->draft,
		    "%s%s %s%s %s: ICMP port unreachable for %s session%s%s",
		    stop_whom(g, who),
		    g->near ? ""
		    : many  ? ", or devices before them,"
			    : ", or a device before it,",
		    ended ? "stop" : "refuse", many ? "" : "s",
		    pings   ? "pings"
		    : ended ? "answering"
			    : "datagrams",
		    text_count(g->sessions, n), plural(g->sessions),
		    ended ? " answered before" : "");
	draft_text(g->draft,
		   "The server's own address sends the error, which %s shows: "
		   "%s%s.",
		   at,
		   pings ? "a filter there rejects them, as a ping has no port"
			 : "nothing listens on that port there",
		   ended ? " any more" : "");
	if (g->near)
		return;
	draft_against(g->draft,
		      "a device beyond %s that rejects them in the server's "
		      "name looks the same from there",
		      at);
	draft_next(g->draft, "capture at the server at the same time: an error "
			     "that is not there was made on the way");
	if (g->draft->row.severity > SEV_MEDIUM)
		g->draft->row.severity = SEV_MEDIUM;
}

/* One request of many may go without an answer; of polls that are repeated anyway, more. */
static void compare(struct stop_group *g, struct derive *d)
{
	json_int_t served;
	bool few;

	if (!g->kept.n || g->kind.place != STOP_HOST || g->kind.pings ||
	    g->ports > 1 || g->servers > 1 || g->kind.one_way)
		return;
	sources_compare(d, g->draft, g->point, &g->server, g->kept.at,
			g->kept.n, g->sessions, stop_alone(g, derive_model(d)));
	served = json_integer_value(
		json_object_get(g->draft->measure, "answered_beside"));
	if (!g->kind.datagrams || (uint64_t)served <= g->sessions ||
	    g->draft->row.severity == SEV_LOW)
		return;
	few = g->sessions < 3 || (uint64_t)served / OF_MANY >= g->sessions ||
	      stop_is_polls(g);
	g->draft->row.severity = few ? SEV_LOW : SEV_MEDIUM;
}

/* What a point that is not on the client may lack: unless the server's answers to
 * others pass there. */
static void tell_other_way(struct stop_group *g, const struct model *m,
			   const char *at)
{
	if (g->kind.place == STOP_HOST && !g->kind.one_way &&
	    stop_alone(g, m) && !g->at_client && !stop_is_told(g) &&
	    !json_integer_value(
		    json_object_get(g->draft->measure, "answered_beside")))
		draft_against(g->draft,
			      "if %s was not captured on the client itself: "
			      "answers that take another way back are not "
			      "seen there",
			      at);
}

/* Of the same server, of a time of which the next point has nothing. */
static void tell_before(struct stop_group *g, const char *to)
{
	char n[TEXT_UNIT];

	if (!g->before)
		return;
	draft_text(g->draft,
		   "%s more %s no answer either, at a time of which nothing "
		   "was captured at %s: how far %s is not known.",
		   text_count(g->before, n), g->before == 1 ? "gets" : "get",
		   to, g->before == 1 ? "it comes" : "they come");
}

static void tell(struct stop_group *g, struct derive *d)
{
	const struct model *m = derive_model(d);
	const char *from = model_point_name(m, g->kind.from_pos);
	const char *to = model_point_name(m, g->kind.to_pos);

	stop_unresolved_find(g, d);
	if (g->kind.place == STOP_HOST && !stop_is_told(g))
		host_places(g, m, from, to);
	stop_missed_weigh(g, m);
	if (g->kind.place == STOP_UNPROVEN)
		tell_unproven(g, from, to);
	else if (g->kind.place == STOP_HOST && g->kind.one_way)
		tell_one_way(g, from);
	else if (g->kind.place == STOP_HOST)
		tell_host(g, m, from, to);
	else if (g->kind.place == STOP_REFUSED)
		tell_refused(g, from);
	else
		tell_path(g, from, to);
	tell_before(g, to);
	stop_beside(g, d);
	stop_quoted_weigh(g);
	stop_quoted_say(g);
	stop_unresolved_tell(g, d);
	stop_tell_truncated(g, d);
	stop_quic_say(g);
	stop_poll_weigh(g);
	compare(g, d);
	tell_other_way(g, m, from);
	stop_outside_weigh(g, m);
	stop_probe_weigh(g);
	proxied_stop(d, g);
	stop_tell_flood(g);
	stop_tell_scan(g);
	json_object_set_new(g->draft->measure, "sessions",
			    json_integer((json_int_t)g->sessions));
	json_object_set_new(g->draft->measure, "packets",
			    json_integer((json_int_t)g->opens));
	if (g->ports > 1)
		json_object_set_new(g->draft->measure, "ports",
				    json_integer((json_int_t)g->ports));
	json_object_set(g->draft->measure, "by_source", g->sources);
	if (g->of_others)
		json_object_set_new(g->draft->measure, "of_other_sources",
				    json_integer((json_int_t)g->of_others));
}

void stop_tell(struct stop *s, struct derive *d)
{
	stop_join(s);
	for (size_t i = 0; i < s->groups.n; i++) {
		struct stop_group *g = &s->groups.at[i];

		if (!g->joined)
			tell(g, d);
		VEC_FREE(&g->kept);
		json_decref(g->sources);
	}
	VEC_FREE(&s->groups);
}
