/* Telling of sessions that go nowhere: joining and words.
 *
 * A host that is down, or one that is scanned, is one fact and not one for each
 * port: with more than PORTS groups of one address they are joined, and with more
 * than SERVERS groups at one place all but the largest are.  One source that tries
 * SCAN_LEAST ports or hosts with hardly more than a SYN each may be a scan, which
 * is of low severity: nobody misses the answer.  Past GROUPS_MOST of one kind,
 * servers share a group from the start.
 *
 * Cost: sessions x GROUPS_MOST comparisons at most.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/stop_int.h"

#define OF_MANY 20 /* requests answered, for each that may go without */
#define GROUPS_MOST 256
#define PORTS 3
#define SERVERS 5
#define SCAN_LEAST 20

static bool same_kind(const struct stop_kind *a, const struct stop_kind *b)
{
	return a->place == b->place && a->severity == b->severity &&
	       a->from_pos == b->from_pos && a->to_pos == b->to_pos &&
	       a->datagrams == b->datagrams && a->pings == b->pings &&
	       a->asked_again == b->asked_again &&
	       a->either_way == b->either_way && a->beyond == b->beyond &&
	       a->one_way == b->one_way;
}

/* A ping's identifier is no service of the host. */
static bool same_server(const struct stop_group *g,
			const struct net_end *server)
{
	return g->kind.pings ? net_addr_cmp(&g->server.addr, &server->addr) == 0
			     : net_end_cmp(&g->server, server) == 0;
}

struct stop_group *stop_group_of(struct stop *s, const struct stop_kind *kind,
				 const struct net_end *server)
{
	struct stop_group *g, *over = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->groups.n; i++) {
		g = &s->groups.at[i];
		if (!same_kind(&g->kind, kind))
			continue;
		n++;
		if (kind->place == STOP_UNPROVEN ||
		    (!g->overflow && same_server(g, server)))
			return g;
		if (g->overflow)
			over = g;
	}
	if (over) {
		/* a service for each session; most come once */
		over->ports++;
		over->servers++;
		over->mixed |= net_addr_cmp(&over->server.addr,
					    &server->addr) != 0;
		return over;
	}
	g = VEC_PUSH(&s->groups);
	*g = (struct stop_group){ .kind = *kind,
				  .server = *server,
				  .ports = 1,
				  .servers = 1,
				  .overflow = n >= GROUPS_MOST,
				  .sources = json_object() };
	return g;
}

/* --- joining --- */
static void join(struct stop_group *to, struct stop_group *g)
{
	const char *who;
	json_t *n;

	to->sessions += g->sessions;
	to->opens += g->opens;
	to->ports += g->ports;
	to->servers += g->servers;
	json_object_foreach(g->sources, who, n)
	{
		const json_t *old = json_object_get(to->sources, who);

		json_object_set_new(to->sources, who,
				    json_integer(json_integer_value(n) +
						 json_integer_value(old)));
	}
	for (size_t i = 0; i < g->draft->row.n_sessions; i++)
		draft_session(to->draft, g->draft->row.sessions[i]);
	for (size_t i = 0; i < g->draft->row.n_evidence; i++) {
		const struct evidence_row *e = &g->draft->row.evidence[i];

		draft_evidence(to->draft, e->point, e->file, e->frame,
			       e->time_ns, "%s", e->note);
	}
	g->joined = g->draft->dropped = true;
}

static bool together(const struct stop_group *a, const struct stop_group *b)
{
	return !a->joined && !b->joined && a != b &&
	       same_kind(&a->kind, &b->kind);
}

static bool same_host(const struct stop_group *a, const struct stop_group *b)
{
	return !a->mixed && !b->mixed &&
	       net_addr_cmp(&a->server.addr, &b->server.addr) == 0;
}

static bool maybe_scan(const struct stop_group *g)
{
	return json_object_size(g->sources) == 1 && g->sessions >= SCAN_LEAST &&
	       g->ports >= SCAN_LEAST && g->opens < 2 * g->sessions;
}

/* Ports of one address. */
static void join_ports(struct stop *s, struct stop_group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < s->groups.n; i++)
		n += together(g, &s->groups.at[i]) &&
		     same_host(g, &s->groups.at[i]);
	if (n < PORTS)
		return;
	for (size_t i = 0; i < s->groups.n; i++) {
		struct stop_group *o = &s->groups.at[i];

		if (together(g, o) && same_host(g, o))
			join(g, o);
	}
	g->servers = 1;
}

static int by_sessions(const void *a, const void *b)
{
	const struct stop_group *x = *(struct stop_group *const *)a,
				*y = *(struct stop_group *const *)b;

	if (x->overflow != y->overflow)
		return x->overflow ? 1 : -1;
	if (x->sessions != y->sessions)
		return x->sessions > y->sessions ? -1 : 1;
	return net_end_cmp(&x->server, &y->server);
}

/* All of one kind but the largest, if they are many; all, if one source tries
 * each but once. */
static void join_servers(struct stop *s, struct stop_group *g)
{
	struct VEC(struct stop_group *) all = { 0 };
	size_t keep = SERVERS - 1, once = 0;

	*VEC_PUSH(&all) = g;
	for (size_t i = 0; i < s->groups.n; i++)
		if (together(g, &s->groups.at[i]))
			*VEC_PUSH(&all) = &s->groups.at[i];
	for (size_t i = 0; i < all.n; i++)
		once += all.at[i]->opens < 2 * all.at[i]->sessions;
	if (all.n >= SCAN_LEAST && once * 10 >= all.n * 9)
		keep = 0;
	qsort(all.at, all.n, sizeof *all.at, by_sessions);
	if (all.n > SERVERS)
		for (size_t i = keep + 1; i < all.n; i++)
			join(all.at[keep], all.at[i]);
	VEC_FREE(&all);
}

static void join_all(struct stop *s)
{
	for (size_t i = 0; i < s->groups.n; i++)
		if (!s->groups.at[i].joined && !s->groups.at[i].overflow)
			join_ports(s, &s->groups.at[i]);
	for (size_t i = 0; i < s->groups.n; i++) {
		struct stop_group *g = &s->groups.at[i];
		bool first = !g->joined;

		for (size_t k = 0; k < i; k++)
			first &= !same_kind(&s->groups.at[k].kind, &g->kind);
		if (first)
			join_servers(s, g);
	}
}

/* --- words --- */
static const char *packets_of(const struct stop_group *g)
{
	bool one = g->opens == 1;

	if (g->kind.pings)
		return one ? "ping" : "pings";
	if (g->kind.datagrams)
		return one ? "datagram" : "datagrams";
	return one ? "SYN" : "SYNs";
}

static const char *arrives(const struct stop_group *g, bool alone)
{
	bool one = g->opens == 1;

	if (alone)
		return one ? "is seen" : "are seen";
	return one ? "arrives" : "arrive";
}

static const char *server_text(const struct stop_group *g,
			       char out[static NET_END_TEXT])
{
	return g->kind.pings ? net_addr_text(&g->server.addr, out)
			     : net_end_text(&g->server, out);
}

/* "10.0.0.9:443", "10.0.0.9 (20 ports)", "20 services". */
static char *whom(const struct stop_group *g, char out[static WORDS])
{
	char s[NET_END_TEXT], n[TEXT_UNIT];

	if (g->servers > 1)
		snprintf(out, WORDS, "%s services", text_count(g->ports, n));
	else if (g->ports > 1)
		snprintf(out, WORDS, "%s (%s ports)",
			 net_addr_text(&g->server.addr, s),
			 text_count(g->ports, n));
	else
		snprintf(out, WORDS, "%s", server_text(g, s));
	return out;
}

static void tell_unproven(struct stop_group *g, const char *from,
			  const char *to)
{
	char server[NET_END_TEXT], n[TEXT_UNIT];
	bool one = g->sessions == 1;

	server_text(g, server);
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
	if (g->told)
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
	bool one = g->opens == 1;

	whom(g, who);
	text_count(g->opens, opens);
	draft_title(g->draft, "%s to %s die between %s and %s: %s %s, %s",
		    g->kind.pings       ? "Pings"
		    : g->kind.datagrams ? "Requests"
					: "Connections",
		    who, from, to, opens, packets_of(g),
		    one ? "it does not arrive" : "none arrives");
	draft_text(g->draft,
		   "%s session%s; %s%s opening packet%s %s seen at %s and %s "
		   "at %s.",
		   text_count(g->sessions, n), plural(g->sessions),
		   one ? "" : "all ", opens, plural(g->opens),
		   one ? "was" : "were", from, one ? "not" : "none", to);
	if (g->kind.place == STOP_MISSING)
		draft_text(g->draft,
			   "%s's capture was running, and %s session%s of the "
			   "same server address %s at both.",
			   to, text_count(g->beside, k), plural(g->beside),
			   g->beside == 1 ? "is" : "are");
}

/* Was it on the path?  @far: the next point, of which the group may be. */
static void tell_path_or_not(struct stop_group *g, const char *at,
			     const char *far, bool alone)
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
	else if (g->kind.beyond)
		draft_text(
			g->draft,
			"Nothing that was captured at %s is of the time "
			"when that began: if its capture was running all the same, and lets "
			"such packets in, they vanish between %s and %s.",
			far, at, far);
	else
		draft_text(g->draft, "This is not loss on the path between the "
				     "capture points.");
}

/* @alone: no other point could show more. */
static void tell_host(struct stop_group *g, const char *at, const char *far,
		      bool alone)
{
	char who[WORDS], n[TEXT_UNIT], opens[TEXT_UNIT];

	whom(g, who);
	text_count(g->opens, opens);
	draft_title(g->draft,
		    g->servers > 1 ? "%s do not answer: %s %s %s at %s and "
				     "nothing comes back"
				   : "%s does not answer: %s %s %s at %s and "
				     "nothing comes back",
		    who, opens, packets_of(g), arrives(g, alone), at);
	draft_text(g->draft,
		   "%s session%s; the capture at %s has %s%s opening "
		   "packet%s, and no capture has an answer.%s%s%s",
		   text_count(g->sessions, n), plural(g->sessions), at,
		   g->opens > 1 ? "all " : "", opens, plural(g->opens),
		   g->told ? "" : "  The cause is beyond ", g->told ? "" : at,
		   g->told ? "" : ": the network or the host.");
	if (g->kind.asked_again)
		draft_text(g->draft,
			   "That they ask for an answer is a guess: the very "
			   "same datagram is sent again.");
	if (!g->told)
		tell_path_or_not(g, at, far, alone);
}

/* Who never hears the server does not tell whether it answers. */
static void tell_one_way(struct stop_group *g, const char *at)
{
	char who[WORDS], n[TEXT_UNIT], opens[TEXT_UNIT];

	draft_title(g->draft,
		    "%s to %s %s: %s %s at %s, which never has the server's "
		    "packets",
		    g->kind.pings ? "Pings" : "Connections", whom(g, who),
		    g->kind.pings ? "get no answer that is seen"
				  : "do not open",
		    text_count(g->opens, opens), packets_of(g), at);
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

	draft_title(g->draft,
		    "%s refuse%s datagrams: ICMP port unreachable for %s "
		    "session%s",
		    whom(g, who), g->servers > 1 ? "" : "s",
		    text_count(g->sessions, n), plural(g->sessions));
	draft_text(g->draft,
		   "The server's own address sends the error, which %s shows: "
		   "nothing listens on that port there.",
		   at);
}

static void tell_scan(struct stop_group *g)
{
	const char *who = json_object_iter_key(json_object_iter(g->sources));
	char n[TEXT_UNIT];

	if (!maybe_scan(g))
		return;
	draft_text(g->draft,
		   "One source, %s, tries %s services, hardly more than once "
		   "each: a scan does so.",
		   who ? who : "?", text_count(g->ports, n));
	if (!g->told)
		g->draft->row.severity = SEV_LOW;
}

/* One request of many may go without an answer. */
static void compare(struct stop_group *g, struct derive *d)
{
	json_int_t served;
	bool few;

	if (!g->kept.n || g->kind.pings || g->ports > 1 || g->servers > 1 ||
	    g->kind.one_way)
		return;
	sources_compare(d, g->draft, g->point, &g->server, g->kept.at,
			g->kept.n);
	served = json_integer_value(
		json_object_get(g->draft->measure, "answered_beside"));
	if (!g->kind.datagrams || (uint64_t)served <= g->sessions ||
	    g->draft->row.severity == SEV_LOW)
		return;
	few = g->sessions < 3 || (uint64_t)served / OF_MANY >= g->sessions;
	g->draft->row.severity = few ? SEV_LOW : SEV_MEDIUM;
}

static void tell(struct stop_group *g, struct derive *d)
{
	const struct model *m = derive_model(d);
	const char *from = model_point_name(m, g->kind.from_pos);
	const char *to = model_point_name(m, g->kind.to_pos);

	if (g->kind.place == STOP_UNPROVEN)
		tell_unproven(g, from, to);
	else if (g->kind.place == STOP_HOST && g->kind.one_way)
		tell_one_way(g, from);
	else if (g->kind.place == STOP_HOST)
		tell_host(g, from, to,
			  m->n_points == 1 && !m->points[0].on_host);
	else if (g->kind.place == STOP_REFUSED)
		tell_refused(g, from);
	else
		tell_path(g, from, to);
	compare(g, d);
	tell_scan(g);
	json_object_set_new(g->draft->measure, "sessions",
			    json_integer((json_int_t)g->sessions));
	json_object_set_new(g->draft->measure, "packets",
			    json_integer((json_int_t)g->opens));
	if (g->ports > 1)
		json_object_set_new(g->draft->measure, "ports",
				    json_integer((json_int_t)g->ports));
	json_object_set(g->draft->measure, "by_source", g->sources);
}

void stop_tell(struct stop *s, struct derive *d)
{
	join_all(s);
	for (size_t i = 0; i < s->groups.n; i++) {
		struct stop_group *g = &s->groups.at[i];

		if (!g->joined)
			tell(g, d);
		VEC_FREE(&g->kept);
		json_decref(g->sources);
	}
	VEC_FREE(&s->groups);
}
