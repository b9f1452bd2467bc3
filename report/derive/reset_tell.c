/* reset.endpoint: what is said of each kind of reset, by server.
 *
 * That nothing listens is one fact for all ports of a host, as in stop_join.c: more than
 * PORTS that are refused at the same point, none of which accepts any, are told as one.
 * SCAN_LEAST of them that one source alone tries, hardly more than once each, are low.
 */
#include "report/derive/reset_tell.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/reset_cover.h"
#include "report/derive/reset_kinds.h"
#include "report/derive/reset_killed.h"
#include "report/derive/stop_int.h"
#include "report/derive/words.h"

#define PORTS 3  /* of a host, more are told as one */
#define LIST 120 /* bytes of a list of ports */

struct reset_group {           /* resets of one server, of one kind */
	struct net_end server; /* at the point nearest to the sender */
	enum reset_how how;
	uint64_t sessions, others; /* others: that it accepts */
	uint64_t dark;             /* when nothing was captured at dark_pos */
	int dark_pos;
	struct net_addr client; /* the first one's, */
	bool sources;           /* which is not the only one */
	struct draft *draft;
	char name[64];
	int64_t idle_ns; /* least pause before */
	int pos;         /* of that point, */
	bool on_host;    /* which is on the server */
	bool joined;     /* told with another: */
	size_t ports;    /* of that host, in this one */
	size_t of_host;  /* groups; of a host's first one */
	char list[LIST]; /* of these */
};

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

/* The first group of @g's address: itself, if it is new. */
static struct reset_group *host_of(struct reset_groups *all,
				   struct reset_group *g)
{
	uint64_t hash = XXH3_64bits(g->server.addr.b, sizeof g->server.addr.b);
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&all->hosts, hash, &pos)) != HTAB_NONE)
		if (net_addr_cmp(&all->at[i].server.addr, &g->server.addr) == 0)
			return &all->at[i];
	htab_put(&all->hosts, hash, (uint32_t)(g - all->at));
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
	bool timed = f->row.packets[0] > 0;
	bool one = n_answered(v) == 1, here = one || dark;

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
	if (g->sessions == 1)
		g->client = f->row.client.addr;
	g->sources |= net_addr_cmp(&g->client, &f->row.client.addr) != 0;
	g->dark += dark > 0;
	g->dark_pos = dark ? dark : g->dark_pos;
	draft_session(g->draft, v->row.id);
	reset_asked_frames(g->draft, f, last, how);
	words_evidence(g->draft, v, k, "RST from the server");
}

/* Sessions with @server that are not refused, if any has got an answer. */
static uint64_t accepted(const struct model *m, const struct reset_group *g,
			 const char *server)
{
	size_t n;
	const struct group *all = model_groups(m, GROUP_SERVER, &n);

	for (size_t i = 0; g->how == RESET_REFUSED && i < n; i++)
		if (!strcmp(all[i].key, server) && all[i].server.n &&
		    all[i].sessions > g->sessions)
			return all[i].sessions - g->sessions;
	return 0;
}

/* A server that refuses some and answers others. */
static void tell_some(struct reset_group *g, const char *server,
		      uint64_t others)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	draft_title(g->draft,
		    "%s refuses %s of %s connections: it resets %s at the "
		    "SYN",
		    server, text_count(g->sessions, n),
		    text_count(g->sessions + others, of),
		    g->sessions == 1 ? "it" : "them");
	draft_text(g->draft,
		   "%s other session%s with it %s not reset so, and answers "
		   "came.",
		   text_count(others, n), plural(others),
		   others == 1 ? "is" : "are");
	draft_place(g->draft,
		    "one of several servers behind that address, if it is a "
		    "balancer's: the service does not run there");
	draft_place(g->draft, "a service that did not run for a while, as at "
			      "a restart");
	json_object_set_new(g->draft->measure, "accepted",
			    json_integer((json_int_t)others));
}

/* --- the ports of a host --- */
static bool same_host(const struct reset_group *a, const struct reset_group *b)
{
	return !b->joined && b->how == RESET_REFUSED && !b->others &&
	       a->pos == b->pos &&
	       net_addr_cmp(&a->server.addr, &b->server.addr) == 0;
}

static void list_port(struct reset_group *g, unsigned port)
{
	size_t n = strlen(g->list), room = sizeof g->list - n;

	g->ports++;
	if (room > sizeof ", 65535, ...")
		snprintf(g->list + n, room, "%s%u", n ? ", " : "", port);
	else if (g->list[n - 1] != '.')
		snprintf(g->list + n, room, ", ...");
}

static void join(struct reset_group *to, struct reset_group *g)
{
	list_port(to, g->server.port);
	if (to == g)
		return;
	to->sessions += g->sessions;
	to->sources |= g->sources || net_addr_cmp(&to->client, &g->client) != 0;
	to->dark += g->dark;
	to->dark_pos = to->dark_pos ? to->dark_pos : g->dark_pos;
	draft_join(to->draft, g->draft);
	g->joined = true;
}

static void join_ports(struct reset_groups *all, struct reset_group *g)
{
	size_t n = 0;

	if (!same_host(g, g) || host_of(all, g)->of_host <= PORTS)
		return;
	for (size_t i = 0; i < all->n; i++)
		n += same_host(g, &all->at[i]);
	for (size_t i = 0; n > PORTS && i < all->n; i++)
		if (same_host(g, &all->at[i]))
			join(g, &all->at[i]);
}

static void name_server(const struct reset_group *g, char out[static WORDS])
{
	char s[NET_END_TEXT], n[TEXT_UNIT];

	if (g->ports)
		snprintf(out, WORDS, "%s (%s ports)",
			 net_addr_text(&g->server.addr, s),
			 text_count(g->ports, n));
	else
		snprintf(out, WORDS, "%s", net_end_text(&g->server, s));
}

/* Nobody waits for what a scan finds closed. */
static void tell_scan(struct reset_group *g)
{
	char who[NET_END_TEXT], n[TEXT_UNIT];

	if (g->ports < SCAN_LEAST || g->sources || g->sessions >= 2 * g->ports)
		return;
	draft_text(g->draft,
		   "One source, %s, tries %s ports, hardly more than once "
		   "each: a scan does so.",
		   net_addr_text(&g->client, who), text_count(g->ports, n));
	g->draft->row.severity = SEV_LOW;
}

/* --- */
static void tell_places(struct reset_group *g, const char *server)
{
	draft_place(g->draft,
		    "the server host: its stack or the application on %s",
		    server);
	if (!g->on_host)
		draft_place(g->draft,
			    "a device beyond %s that answers for the server, "
			    "if %s was not captured on the server itself",
			    g->name, g->name);
}

static void tell(struct reset_group *g, struct derive *d, struct strays *strays)
{
	const struct reset_title *t = reset_title(g->how);
	char server[WORDS], n[TEXT_UNIT];

	name_server(g, server);
	text_count(g->sessions, n);
	if (g->how != RESET_STRAY)
		tell_places(g, server);
	if (g->dark == g->sessions)
		strncat(server, ", or a device before it,",
			sizeof server - strlen(server) - 1);
	if (g->how == RESET_STRAY)
		stray_tell(strays, derive_model(d), g->draft, &g->server,
			   g->sessions);
	else if (g->others)
		tell_some(g, server, g->others);
	else
		draft_title(g->draft, "%s %s %s %s%s%s", server, t->does, n,
			    t->what, plural(g->sessions), t->how);
	json_object_set_new(g->draft->measure, "sessions",
			    json_integer((json_int_t)g->sessions));
	if (g->ports) {
		draft_text(g->draft, "The ports are %s.", g->list);
		json_object_set_new(g->draft->measure, "ports",
				    json_integer((json_int_t)g->ports));
	}
	tell_scan(g);
	if (g->dark)
		reset_tell_uncovered(g->draft, derive_model(d), g->dark_pos,
				     g->dark, g->sessions);
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
		struct strays *strays)
{
	char server[NET_END_TEXT];

	for (size_t i = 0; i < all->n; i++) {
		net_end_text(&all->at[i].server, server);
		all->at[i].others = accepted(derive_model(d), &all->at[i],
					     server);
		host_of(all, &all->at[i])->of_host++;
	}
	for (size_t i = 0; i < all->n; i++) {
		join_ports(all, &all->at[i]);
		if (!all->at[i].joined)
			tell(&all->at[i], d, strays);
	}
	VEC_FREE(all);
	htab_release(&all->of);
	htab_release(&all->hosts);
}
