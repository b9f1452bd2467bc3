/* Which resets are told as one.
 *
 * That nothing listens is one fact for all ports of a host, as in stop_join.c: more than
 * PORTS at the same point, none of which accepts any, are joined.  So are SCAN_LEAST
 * services or more, of whatever hosts and at whatever points, that one source alone
 * tries, hardly more than once each: a scan, for which nobody waits.  What opens no
 * connection is called so only if nothing of it has data, and it comes from one port or
 * to STRAYS_LEAST services: the sessions that a NAT has forgotten are few, and have
 * ports of their own.  Of what is left at a point of more than SERVERS servers the
 * largest are kept and the others joined.
 *
 * A monitor polls hosts that it knows: it asks again after a while, or as many others
 * answer it on that port.  That is no scan.
 *
 * Those that refuse some and accept others are joined in the same way, by themselves.
 *
 * Strays of which another point has the session (reset_stray.c) stay apart.
 *
 * Cost: sorting.
 */
#include "report/derive/reset_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/derive/stop_int.h"

#define PORTS 3
#define SERVERS 5
#define STRAYS_LEAST 256
#define POLLED_SHARE 4 /* one in so many */

/* In the order in which they were found, at first. */
struct list VEC(struct reset_group *);

size_t reset_ends(const struct reset_group *g)
{
	return g->servers ? g->servers : g->ports ? g->ports : 1;
}

static void list_add(struct reset_group *g, const char *what)
{
	size_t n = strlen(g->list), room = sizeof g->list - n;

	if (room > strlen(what) + sizeof ", , ...")
		snprintf(g->list + n, room, "%s%s", n ? ", " : "", what);
	else if (g->list[n - 1] != '.')
		snprintf(g->list + n, room, ", ...");
}

static void list_server(struct reset_group *to, const struct reset_group *g)
{
	char s[NET_END_TEXT];

	list_add(to, g->ports ? net_addr_text(&g->server.addr, s)
			      : net_end_text(&g->server, s));
}

static void list_port(struct reset_group *to, const struct reset_group *g)
{
	char s[8];

	snprintf(s, sizeof s, "%u", g->server.port);
	to->ports++;
	list_add(to, s);
}

static void join(struct reset_group *to, struct reset_group *g)
{
	to->sessions += g->sessions;
	to->others += g->others;
	to->again |= g->again;
	to->sources |= g->sources ||
		       net_addr_cmp(&to->client.addr, &g->client.addr) != 0;
	to->source_ports |= g->source_ports ||
			    to->client.port != g->client.port;
	to->asked |= g->asked;
	to->on_host &= g->on_host;
	to->dark += g->dark;
	to->far += g->far;
	to->dark_pos = to->dark_pos ? to->dark_pos : g->dark_pos;
	to->idle_ns = g->idle_ns < to->idle_ns ? g->idle_ns : to->idle_ns;
	draft_join(to->draft, g->draft);
	g->joined = true;
}

/* --- those that may be joined, in runs --- */
static int by_place(const struct reset_group *x, const struct reset_group *y)
{
	if (x->how != y->how)
		return x->how < y->how ? -1 : 1;
	return x->pos < y->pos ? -1 : x->pos > y->pos;
}

/* Of one list: as they were found. */
static int by_found(const struct reset_group *x, const struct reset_group *y)
{
	return x < y ? -1 : x > y;
}

static int host_cmp(const struct reset_group *x, const struct reset_group *y)
{
	int r = by_place(x, y);

	return r ? r : net_addr_cmp(&x->server.addr, &y->server.addr);
}

/* Whatever the point: of some the next one has missed the reset. */
static int source_cmp(const struct reset_group *x, const struct reset_group *y)
{
	if (x->how != y->how)
		return x->how < y->how ? -1 : 1;
	return net_addr_cmp(&x->client.addr, &y->client.addr);
}

static int by_host(const void *a, const void *b)
{
	const struct reset_group *x = *(struct reset_group *const *)a,
				 *y = *(struct reset_group *const *)b;
	int r = host_cmp(x, y);

	return r ? r : by_found(x, y);
}

static int by_source(const void *a, const void *b)
{
	const struct reset_group *x = *(struct reset_group *const *)a,
				 *y = *(struct reset_group *const *)b;
	int r = source_cmp(x, y);

	if (r)
		return r;
	if (x->sessions != y->sessions)
		return x->sessions > y->sessions ? -1 : 1;
	return by_found(x, y);
}

static int poll_cmp(const struct reset_group *x, const struct reset_group *y)
{
	int r = source_cmp(x, y);

	return r ? r : (int)x->server.port - (int)y->server.port;
}

static int by_poll(const void *a, const void *b)
{
	const struct reset_group *x = *(struct reset_group *const *)a,
				 *y = *(struct reset_group *const *)b;
	int r = poll_cmp(x, y);

	return r ? r : by_found(x, y);
}

static int by_sessions(const void *a, const void *b)
{
	const struct reset_group *x = *(struct reset_group *const *)a,
				 *y = *(struct reset_group *const *)b;
	int r = by_place(x, y);

	if (r)
		return r;
	if (x->sessions != y->sessions)
		return x->sessions > y->sessions ? -1 : 1;
	return net_end_cmp(&x->server, &y->server);
}

static bool may_join(const struct reset_group *g)
{
	return !g->joined && !g->known && !g->scan;
}

static bool refuses_all(const struct reset_group *g)
{
	return !g->others;
}

static bool refuses_some(const struct reset_group *g)
{
	return g->others > 0;
}

static bool is_scan(const struct reset_group *g)
{
	bool kind = g->how == RESET_REFUSED || g->how == RESET_BARE ||
		    (g->how == RESET_STRAY && !g->asked);

	return kind && !g->others && !g->sources &&
	       g->sessions < 2 * reset_ends(g);
}

static bool may_be_polled(const struct reset_group *g)
{
	return g->how == RESET_REFUSED && !g->others && !g->sources &&
	       !g->ports;
}

/* Calls @join_run for each run of groups that are equal by @cmp. */
static void
each_run(struct reset_groups *all, bool (*is_of)(const struct reset_group *),
	 int (*order)(const void *, const void *),
	 int (*cmp)(const struct reset_group *, const struct reset_group *),
	 void (*join_run)(struct reset_group **at, size_t n,
			  struct known_servers *known),
	 struct known_servers *known)
{
	struct list l = { 0 };
	size_t end;

	for (size_t i = 0; i < all->n; i++)
		if (may_join(&all->at[i]) && is_of(&all->at[i]))
			*VEC_PUSH(&l) = &all->at[i];
	if (l.n)
		qsort(l.at, l.n, sizeof *l.at, order);
	for (size_t i = 0; i < l.n; i = end) {
		for (end = i + 1; end < l.n && !cmp(l.at[i], l.at[end]); end++)
			;
		join_run(l.at + i, end - i, known);
	}
	VEC_FREE(&l);
}

static void join_ports(struct reset_group **at, size_t n,
		       struct known_servers *known)
{
	(void)known;
	for (size_t i = 0; n > PORTS && i < n; i++) {
		list_port(at[0], at[i]);
		if (i)
			join(at[0], at[i]);
	}
}

static int by_addr(const void *a, const void *b)
{
	const struct reset_group *x = *(struct reset_group *const *)a,
				 *y = *(struct reset_group *const *)b;

	return net_addr_cmp(&x->server.addr, &y->server.addr);
}

/* How many hosts are they of? */
static size_t n_hosts(struct reset_group **at, size_t n)
{
	struct list l = { 0 };
	size_t hosts = 0;

	for (size_t i = 0; i < n; i++)
		*VEC_PUSH(&l) = at[i];
	qsort(l.at, l.n, sizeof *l.at, by_addr);
	for (size_t i = 0; i < l.n; i++)
		hosts += !i || by_addr(&l.at[i - 1], &l.at[i]);
	VEC_FREE(&l);
	return hosts;
}

/* The first @n servers, into the first of them. */
static void join_servers(struct reset_group **at, size_t n)
{
	size_t servers = 0, hosts = n_hosts(at, n);

	for (size_t i = 0; i < n; i++)
		servers += reset_ends(at[i]);
	at[0]->list[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		list_server(at[0], at[i]);
		if (i)
			join(at[0], at[i]);
	}
	at[0]->servers = servers;
	at[0]->hosts = hosts < servers ? hosts : 0;
}

/* Ports of one host that were found at several points. */
static void join_host(struct reset_group **at, size_t n, size_t ends)
{
	for (size_t i = 1; i < n; i++) {
		if (!at[i]->ports)
			list_port(at[0], at[i]);
		join(at[0], at[i]);
	}
	at[0]->ports = ends;
}

/* The hosts of one source, on one port: does it know them?  It asks POLLED_SHARE of them
 * again after a while, or as many answer it there. */
static void join_polled(struct reset_group **at, size_t n,
			struct known_servers *known)
{
	size_t again = 0, answer;

	if (n < SCAN_LEAST)
		return;
	for (size_t i = 0; i < n; i++)
		again += at[i]->again;
	answer = known_answer(known, &at[0]->client.addr, at[0]->server.port);
	if (answer < n && POLLED_SHARE * again < n)
		return;
	join_servers(at, n);
	at[0]->scan = at[0]->polled = true;
	at[0]->answer = answer < n ? 0 : answer;
}

static void join_scan(struct reset_group **at, size_t n,
		      struct known_servers *known)
{
	bool port = true, one_host = at[0]->ports > 0;
	size_t ends = 0;

	(void)known;
	for (size_t i = 0; i < n; i++) {
		ends += reset_ends(at[i]);
		port &= !at[i]->source_ports &&
			at[i]->client.port == at[0]->client.port;
		one_host &= net_addr_cmp(&at[i]->server.addr,
					 &at[0]->server.addr) == 0;
	}
	if (ends < SCAN_LEAST ||
	    (at[0]->how == RESET_STRAY && !port && ends < STRAYS_LEAST))
		return;
	if (one_host)
		join_host(at, n, ends);
	else
		join_servers(at, n);
	at[0]->scan = true;
}

static void join_small(struct reset_group **at, size_t n,
		       struct known_servers *known)
{
	(void)known;
	if (n > SERVERS)
		join_servers(at + SERVERS - 1, n - (SERVERS - 1));
}

void reset_join(struct reset_groups *all, struct known_servers *known)
{
	each_run(all, refuses_all, by_host, host_cmp, join_ports, known);
	each_run(all, may_be_polled, by_poll, poll_cmp, join_polled, known);
	each_run(all, is_scan, by_source, source_cmp, join_scan, known);
	each_run(all, refuses_all, by_sessions, by_place, join_small, known);
	each_run(all, refuses_some, by_sessions, by_place, join_small, known);
}
