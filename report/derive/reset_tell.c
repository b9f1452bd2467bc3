/* reset.endpoint: what is said of each kind of reset, by server; reset_join.c tells
 * which of them are told as one.
 */
#include "report/derive/reset_tell.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/reset_cover.h"
#include "report/derive/reset_far.h"
#include "report/derive/reset_int.h"
#include "report/derive/reset_kinds.h"
#include "report/derive/reset_killed.h"
#include "report/derive/reset_origin.h"
#include "report/derive/resolve_claims.h"

#define AGAIN_NS 5000000000LL /* longer than a client tries a refused SYN */

static struct reset_group *group_of(struct reset_groups *all,
				    const struct net_end *server,
				    enum reset_how how)
{
	uint64_t hash = XXH3_64bits_withSeed(
		server->addr.b, sizeof server->addr.b,
		(uint64_t)server->port << 8 | (unsigned)how);
	struct reset_group *g;
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&all->of, hash, &pos)) != HTAB_NONE) {
		g = &all->at[i];
		if (g->how == how && net_end_cmp(&g->server, server) == 0)
			return g;
	}
	htab_put(&all->of, hash, (uint32_t)all->n);
	g = VEC_PUSH(all);
	*g = (struct reset_group){ .server = *server, .how = how };
	return g;
}

static bool is_outermost(const struct model *m, const struct session_view *v,
			 int flow)
{
	return v->row.flows[flow].point_pos ==
	       (v->row.client_end == 1 ? 1 : (int)m->n_points);
}

/* Points that have anything of what the server sends. */
static size_t n_answered(const struct session_view *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->row.n_flows; i++)
		n += v->flow[i].row.packets[1] > 0;
	return n;
}

void reset_add(struct reset_groups *all, struct derive *d,
	       const struct session_view *v, const struct fact *k,
	       enum reset_how how, const struct reset_last *last)
{
	const struct model *m = derive_model(d);
	const struct flow_view *f = &v->flow[k->from];
	struct reset_group *g = group_of(all, &f->row.server, how);
	int64_t rest;
	int64_t after = k->near.time_ns - (how == RESET_REFUSED
						   ? f->dir[0].syn_ns
						   : f->dir[0].last_ns);
	char span[TEXT_UNIT] = "";
	int dark = how == RESET_STRAY
			   ? 0
			   : reset_uncovered(d, v, k->from, k->near.time_ns);
	bool far = !dark && reset_far(d, v, k->from, &k->near);
	bool timed = f->row.packets[0] > 0;
	bool one = n_answered(v) == 1, here = one || dark || far;

	if (timed && after >= 0)
		text_duration(after, span);
	if (!g->draft) {
		g->draft = draft_new(d, "reset.endpoint", reset_severity(how),
				     65);
		snprintf(g->name, sizeof g->name, "%s", f->point->name);
		g->pos = v->row.flows[k->from].point_pos;
		g->on_host = !strcmp(session_on_host(v, k->from, 1), "yes");
		draft_text(g->draft, "%s, %s, shows it%s (frame %llu)%s%s%s.",
			   v->row.n_flows == 1
				   ? "The one capture that has the session"
			   : one  ? "The one capture that has what the server "
				    "sends"
			   : dark ? "The one nearest to the server of the "
				    "captures of that time"
			   : far  ? "The capture nearest to the server"
			   : is_outermost(m, v, k->from)
				   ? "The reset is real: the capture nearest "
				     "to the server"
			   : k->from == session_near_flow(v, 1)
				   ? "The reset is real: the capture nearest "
				     "to the server of those that have the "
				     "session"
				   : "The reset is real: the capture nearest "
				     "to the server of those that have what "
				     "the server sends",
			   f->point->name, here ? "" : " leaving",
			   (unsigned long long)k->near.frame, timed ? ", " : "",
			   timed && after < 0
				   ? "while the client was still sending"
				   : span,
			   timed && after >= 0
				   ? " after the client's last packet"
				   : "");
		reset_asked_text(g->draft, how);
		if (how != RESET_STRAY)
			draft_next(g->draft, "%s", reset_next_step(how));
		draft_hop(g->draft, m, g->pos, g->pos);
		draft_session_filters(g->draft, v);
	}
	rest = reset_rest(d, &f->row, k->near.time_ns);
	if (!g->sessions++ || rest < g->idle_ns)
		g->idle_ns = rest;
	if (g->sessions == 1) {
		g->client = f->row.client;
		g->first_ns = k->near.time_ns;
	}
	g->again |= time_sub(k->near.time_ns, g->first_ns) >= AGAIN_NS;
	g->sources |= net_addr_cmp(&g->client.addr, &f->row.client.addr) != 0;
	g->source_ports |= g->client.port != f->row.client.port;
	g->asked |= f->dir[0].bytes > 0;
	g->dark += dark > 0;
	g->dark_pos = dark ? dark : g->dark_pos;
	if (far && !g->far++ && reset_from_as_far(d, &f->row, &k->near))
		g->ttl = k->near.ttl;
	draft_session(g->draft, v->row.id);
	reset_asked_frames(g->draft, f, last, how, far);
	words_evidence(g->draft, v, k, "RST from the server%s",
		       far ? ", or in its name" : "");
}

/* --- what the server accepts --- */
/* A server that refuses some and answers others. */
static void tell_some(struct reset_group *g, const char *server,
		      uint64_t others)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	draft_title(g->draft, "%s %s %s of %s connections: %s %s at the SYN",
		    server, g->servers ? "refuse" : "refuses",
		    text_count(g->sessions, n),
		    text_count(g->sessions + others, of),
		    g->servers ? "they reset" : "it resets",
		    g->sessions == 1 ? "it" : "them");
	draft_text(g->draft,
		   "%s other session%s with %s %s not reset so, and answers "
		   "came%s.",
		   text_count(others, n), plural(others),
		   g->servers ? "them" : "it", others == 1 ? "is" : "are",
		   g->servers ? " from each" : "");
	draft_place(g->draft,
		    "one of several servers behind that address, if it is a "
		    "balancer's: the service does not run there");
	draft_place(g->draft, "a service that did not run for a while, as at "
			      "a restart");
	json_object_set_new(g->draft->measure, "accepted",
			    json_integer((json_int_t)others));
}

/* --- several as one --- */
static void name_server(const struct reset_group *g, char out[static WORDS])
{
	char s[NET_END_TEXT], n[TEXT_UNIT];

	if (g->hosts)
		snprintf(out, WORDS, "%s servers (%s ports)",
			 text_count(g->hosts, s), text_count(g->servers, n));
	else if (g->servers)
		snprintf(out, WORDS, "%s servers", text_count(g->servers, n));
	else if (g->ports)
		snprintf(out, WORDS, "%s (%s ports)",
			 net_addr_text(&g->server.addr, s),
			 text_count(g->ports, n));
	else
		snprintf(out, WORDS, "%s", net_end_text(&g->server, s));
}

static void tell_ends(const struct reset_group *g)
{
	if (!g->ports && !g->servers)
		return;
	draft_text(g->draft, "The %s are %s.", g->servers ? "servers" : "ports",
		   g->list);
	json_object_set_new(g->draft->measure,
			    g->servers && !g->hosts ? "servers" : "ports",
			    json_integer((json_int_t)reset_ends(g)));
	if (g->hosts)
		json_object_set_new(g->draft->measure, "servers",
				    json_integer((json_int_t)g->hosts));
}

/* A monitor's hosts that are down, or without their service. */
static void tell_polled(const struct reset_group *g, const char *who)
{
	char *title = mem_strdup(g->draft->row.title), n[TEXT_UNIT];

	draft_title(g->draft, "%s; %s polls them%s", title, who,
		    g->answer ? ", or scans" : "");
	free(title);
	if (g->answer)
		draft_text(g->draft,
			   "One source, %s, asks them all, and %s others on "
			   "port %u answer it: it may know them, as a monitor "
			   "or balancer does.",
			   who, text_count(g->answer, n), g->server.port);
	else
		draft_text(g->draft,
			   "One source, %s, asks them all on port %u, and some "
			   "again after a while: it knows them, as a monitor "
			   "or balancer does.",
			   who, g->server.port);
	draft_against(g->draft, "a scan that %s looks the same",
		      g->answer ? "finds as many open, and asks them what they "
				  "are,"
				: "is repeated");
	if (g->draft->row.severity > SEV_MEDIUM)
		g->draft->row.severity = SEV_MEDIUM;
}

/* Nobody waits for what a scan finds closed. */
static void tell_scan(const struct reset_group *g)
{
	char who[NET_END_TEXT], n[TEXT_UNIT], *title;

	if (!g->scan)
		return;
	net_addr_text(&g->client.addr, who);
	if (g->polled) {
		tell_polled(g, who);
		return;
	}
	title = mem_strdup(g->draft->row.title);
	draft_title(g->draft, "%s; it looks like a scan by %s", title, who);
	free(title);
	draft_text(g->draft,
		   "One source, %s, tries %s %s, hardly more than once "
		   "each: a scan does so.",
		   who, text_count(reset_ends(g), n),
		   g->servers ? "services" : "ports");
	if (g->how == RESET_REFUSED && g->servers)
		draft_against(g->draft,
			      "a monitor or balancer that looks after them, or "
			      "a peer that looks for others, looks the same");
	if (g->how == RESET_STRAY)
		draft_against(g->draft,
			      "sessions of that source that a NAT or balancer "
			      "has forgotten look the same, if no packet of "
			      "theirs has data");
	g->draft->row.severity = SEV_LOW;
}

/* --- */
static void tell_places(struct reset_group *g, const char *server)
{
	if (g->servers)
		draft_place(g->draft, "the server hosts, or the source that "
				      "tries what they do not offer");
	else
		draft_place(g->draft,
			    "the server host: its stack or the application on "
			    "%s",
			    server);
	if (g->far)
		draft_place(g->draft,
			    "a device beyond %s that answers for the server",
			    g->name);
	else if (!g->on_host)
		draft_place(g->draft,
			    "a device beyond %s that answers for the server, "
			    "if %s was not captured on the server itself",
			    g->name, g->name);
}

static void tell(struct reset_group *g, struct derive *d, struct strays *strays)
{
	const struct reset_title *t = reset_title(g->how);
	bool unsure = g->dark + g->far >= g->sessions;
	char server[WORDS], n[TEXT_UNIT];

	name_server(g, server);
	text_count(g->sessions, n);
	if (g->how != RESET_STRAY)
		tell_places(g, server);
	if (unsure)
		strncat(server,
			g->servers ? ", or devices before them,"
				   : ", or a device before it,",
			sizeof server - strlen(server) - 1);
	if (g->how == RESET_STRAY && !g->known)
		stray_tell_many(g->draft, server, g->servers > 1, g->name,
				g->sessions);
	else if (g->how == RESET_STRAY)
		stray_tell(strays, derive_model(d), g->draft, &g->server,
			   server, g->sessions);
	else if (g->others)
		tell_some(g, server, g->others);
	else
		draft_title(g->draft, "%s %s%s %s %s%s%s", server,
			    !t->itself || g->dark + g->far ? ""
			    : g->servers                   ? "themselves "
							   : "itself ",
			    g->servers ? t->do_many : t->does, n, t->what,
			    plural(g->sessions), t->how);
	json_object_set_new(g->draft->measure, "sessions",
			    json_integer((json_int_t)g->sessions));
	tell_ends(g);
	if (g->how == RESET_REFUSED && !g->servers)
		claims_say_shared(g->draft, d, &g->server.addr);
	tell_scan(g);
	if (g->dark)
		reset_tell_uncovered(g->draft, derive_model(d), g->dark_pos,
				     g->dark, g->sessions);
	if (g->far)
		reset_tell_far(g->draft, g->name, g->far, g->sessions, g->ttl);
	if (g->how == RESET_CROSSED && g->sessions > 1)
		g->draft->row.severity = SEV_MEDIUM;
	if (g->how == RESET_FORGOTTEN && g->idle_ns >= REST_NS)
		draft_place(g->draft,
			    "a NAT or balancer on the way that forgot "
			    "the idle session, so that the server gets "
			    "it as a connection that it never had");
	if (g->how == RESET_FORGOTTEN || g->how == RESET_INSTEAD)
		reset_tell_rest(g->draft, g->idle_ns, g->sessions);
}

void reset_tell(struct reset_groups *all, struct derive *d,
		struct strays *strays, struct known_servers *known)
{
	const struct model *m = derive_model(d);
	for (size_t i = 0; i < all->n; i++) {
		struct reset_group *g = &all->at[i];

		g->others = g->how == RESET_REFUSED
				    ? known_accepts(known, &g->server,
						    g->sessions)
				    : 0;
		g->known = g->how == RESET_STRAY &&
			   stray_is_known(strays, m, &g->server);
	}
	reset_join(all, known);
	for (size_t i = 0; i < all->n; i++)
		if (!all->at[i].joined)
			tell(&all->at[i], d, strays);
	VEC_FREE(all);
	htab_release(&all->of);
}
