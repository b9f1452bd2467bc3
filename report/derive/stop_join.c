/* Which sessions that go nowhere are told as one.
 *
 * A host that is down, or that is scanned, is one fact, whatever the number of its
 * ports: more than PORTS groups of one address are joined.  Of more than SERVERS
 * groups at one place the largest are kept and the others joined.  Groups with
 * different ICMP errors, or of which one has none, are never joined.  Past
 * GROUPS_MOST groups of one kind, further servers share a group from the start.
 *
 * What a server leaves unanswered while the next point has nothing at all is joined
 * with what that point lacks of the same server at other times, if it is known to see
 * that server.  Of what severity it is, and how many are lost, the latter says.
 *
 * Cost: sessions x GROUPS_MOST comparisons at most.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "report/derive/stop_int.h"

#define GROUPS_MOST 256
#define PORTS 3
#define SERVERS 5

static bool same_kind(const struct stop_kind *a, const struct stop_kind *b)
{
	return a->place == b->place && a->severity == b->severity &&
	       a->from_pos == b->from_pos && a->to_pos == b->to_pos &&
	       a->datagrams == b->datagrams && a->pings == b->pings &&
	       a->asked_again == b->asked_again &&
	       a->either_way == b->either_way && a->beyond == b->beyond &&
	       a->one_way == b->one_way && a->ended == b->ended;
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
	to->spoilt += g->spoilt;
	to->extra += g->extra;
	to->opens += g->opens;
	to->early += g->early;
	/* they may be of one pause */
	if (to->spread.n < g->spread.n)
		to->spread = g->spread;
	to->again += g->again;
	to->quoted += g->quoted;
	to->quic_looked += g->quic_looked;
	to->over_tcp += g->over_tcp;
	to->goes_on_not += g->goes_on_not;
	to->ports += g->ports;
	to->servers += g->servers;
	to->of_others += g->of_others;
	json_object_foreach(g->sources, who, n)
	{
		const json_t *old = json_object_get(to->sources, who);

		if (!old && json_object_size(to->sources) >= STOP_SOURCES)
			to->of_others += (uint64_t)json_integer_value(n);
		else
			json_object_set_new(
				to->sources, who,
				json_integer(json_integer_value(n) +
					     json_integer_value(old)));
	}
	draft_join(to->draft, g->draft);
	g->joined = true;
}

static bool together(const struct stop_group *a, const struct stop_group *b)
{
	return !a->joined && !b->joined && a != b &&
	       same_kind(&a->kind, &b->kind) && stop_same_error(a, b);
}

static bool same_host(const struct stop_group *a, const struct stop_group *b)
{
	return !a->mixed && !b->mixed &&
	       net_addr_cmp(&a->server.addr, &b->server.addr) == 0;
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

/* Does @g, of which the next point has nothing, belong to @to, sessions of the same
 * server that this point lacks while it has others? */
static bool is_before(const struct stop_group *g, const struct stop_group *to)
{
	return to->kind.place == STOP_MISSING &&
	       to->kind.from_pos == g->kind.from_pos &&
	       to->kind.to_pos == g->kind.to_pos &&
	       to->kind.datagrams == g->kind.datagrams &&
	       to->kind.pings == g->kind.pings && !to->overflow &&
	       stop_same_error(g, to) && same_server(to, &g->server);
}

/* The same server's silence is one fact, whenever the captures ran. */
static void fold_before(struct stop *s, struct stop_group *g)
{
	if (g->kind.place != STOP_HOST || !g->kind.beyond ||
	    g->kind.either_way || g->kind.one_way || g->overflow)
		return;
	for (size_t i = 0; i < s->groups.n; i++) {
		struct stop_group *to = &s->groups.at[i];

		if (!is_before(g, to))
			continue;
		to->before += g->sessions;
		to->before_opens += g->opens;
		join(to, g);
		to->ports -= g->ports; /* it is the same */
		to->servers -= g->servers;
		return;
	}
}

void stop_join(struct stop *s)
{
	for (size_t i = 0; i < s->groups.n; i++)
		fold_before(s, &s->groups.at[i]);
	for (size_t i = 0; i < s->groups.n; i++)
		if (!s->groups.at[i].joined && !s->groups.at[i].overflow)
			join_ports(s, &s->groups.at[i]);
	for (size_t i = 0; i < s->groups.n; i++) {
		struct stop_group *g = &s->groups.at[i];
		bool first = !g->joined;

		for (size_t k = 0; k < i; k++)
			first &= !same_kind(&s->groups.at[k].kind, &g->kind) ||
				 !stop_same_error(&s->groups.at[k], g);
		if (first)
			join_servers(s, g);
	}
}
