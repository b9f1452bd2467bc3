/* Refused by a proxy: see the header.
 *
 * A proxy that gets no connection says so (502, 503, 504; a reply of SOCKS), and there is
 * no second connection that the client's could be paired with.  But the SYNs that it sent
 * in vain may be in another capture.  They are taken for its own if
 *
 *   - they go to the port that was asked for, and to the address, where that was given;
 *   - by the raw clocks of both points, which nothing compares, they begin between the
 *     request and its refusal, or SLACK_NS off, and none follows that.  Clocks that are
 *     set agree so far; with others nothing is said;
 *   - the proxy says so after VAIN_NS at least, or an ICMP error told it: nobody knows
 *     sooner that no answer comes.  (A name that is not found is refused at once.);
 *   - where only a name is known, all SYNs in vain to that server are of one client: a
 *     server that is gone for everybody need not be the one.
 *
 * So it is probable, not proven, and said so.  A client that gives up first gets no
 * answer, and is not looked at.
 *
 * Cost: the largest exchanges of a few statuses, PROXIED_MOST, once.
 *
 * References: RFC 9110 9.3.6 (CONNECT), 15.6.3 to 15.6.5; RFC 1928 6.
 */
#include "report/derive/proxied.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "capture/message.h"
#include "report/derive/stop_int.h"
#include "report/exchanges.h"

#define SLACK_NS 1000000000LL
#define VAIN_NS 1000000000LL /* the least time-out of SYNs, RFC 6298 2.1 */
#define FIRST_WEIGHT 101

/* Does the status say that the proxy got no connection? */
static bool no_connection(unsigned proto, long long status)
{
	if (proto == MESSAGE_HTTP)
		return status >= 502 && status <= 504;
	return proto == MESSAGE_SOCKS &&
	       (status == 1 || (status >= 3 && status <= 6) || status == 91);
}

/* Takes "CONNECT host:port" apart.  Return: false if it is none. */
static bool target_of(const char *name, struct proxied *p)
{
	const char *about = name ? strchr(name, ' ') : NULL, *colon;
	char *end, *clean;
	unsigned long port;

	if (!about || strncmp(name, "CONNECT ", 8) != 0)
		return false;
	colon = strrchr(++about, ':');
	port = colon ? strtoul(colon + 1, &end, 10) : 0;
	if (!port || port > UINT16_MAX)
		return false;
	clean = text_clean(about, strlen(about));
	snprintf(p->name, sizeof p->name, "%s", clean);
	free(clean);
	p->literal = net_end_parse(about, &p->target) == 0;
	p->target.port = (uint16_t)port;
	return true;
}

static void add(struct proxies *all, const struct model *m,
		const struct group_top *top, unsigned proto, long long status)
{
	const char *words = message_status_name(proto, status);
	struct proxied *p = &all->at[all->n];
	struct session_view v;
	struct exchange x;

	if (all->n == PROXIED_MOST || !session_view_load(&v, m, top->session))
		return;
	*p = (struct proxied){ .session = v.row.id };
	if (v.budget.near < v.row.n_flows &&
	    exchange_load(m, v.row.id, top->n, &x)) {
		p->pos = v.row.flows[v.budget.near].point_pos;
		p->proxy = v.flow[v.budget.near].row.server;
		p->from_ns = v.budget.start_ns + x.at_ns;
		p->to_ns = p->from_ns + exchange_total(&x);
		if (proto == MESSAGE_HTTP)
			snprintf(p->said, sizeof p->said, "%lld%s%s", status,
				 words ? " " : "", words ? words : "");
		else if (words)
			snprintf(p->said, sizeof p->said, "%s", words);
		else
			snprintf(p->said, sizeof p->said, "status %lld",
				 status);
		all->n += target_of(x.name, p);
		free(x.name);
	}
	session_view_release(&v);
}

static void read_all(struct proxies *all, const struct model *m)
{
	const struct group *g;
	size_t n = 0;

	if (all->read || !m->store)
		return;
	all->read = true;
	g = model_groups(m, GROUP_STATUS, &n);
	for (size_t i = 0; i < n; i++) {
		unsigned proto = 0;
		long long status = 0;

		if (sscanf(g[i].key, "%u %lld", &proto, &status) != 2 ||
		    !no_connection(proto, status))
			continue;
		for (size_t k = 0; k < g[i].n_top; k++)
			if (g[i].top[k].n != UINT32_MAX)
				add(all, m, &g[i].top[k], proto, status);
	}
}

/* Did the SYNs of @u begin while the proxy was asked for @p, and end before it refused? */
static bool is_meanwhile(const struct proxied *p, const struct model *m,
			 const struct unanswered *u)
{
	struct flow_row f = { 0 };
	bool fits = u->at_ns >= p->from_ns - SLACK_NS &&
		    u->at_ns <= p->to_ns + SLACK_NS &&
		    store_flow_get(m->store, u->flow, &f) &&
		    f.last_ns <= p->to_ns + SLACK_NS;

	flow_row_release(&f);
	return fits;
}

static bool of_one_client(const struct stop_group *g)
{
	for (size_t i = 1; i < g->kept.n; i++)
		if (net_addr_cmp(&g->kept.at[i].source, &g->kept.at[0].source))
			return false;
	return true;
}

/* Are some of the group's sessions the SYNs of @p's proxy? */
static bool is_behind(const struct proxied *p, const struct model *m,
		      const struct stop_group *g)
{
	if (p->pos == g->kind.from_pos || p->pos == g->kind.to_pos ||
	    p->target.port != g->server.port ||
	    (p->literal && net_addr_cmp(&p->target.addr, &g->server.addr) != 0))
		return false;
	if ((!g->error && p->to_ns - p->from_ns < VAIN_NS) ||
	    (!p->literal && !of_one_client(g)))
		return false;
	for (size_t i = 0; i < g->kept.n; i++)
		if (is_meanwhile(p, m, &g->kept.at[i]))
			return true;
	return false;
}

static void say(struct derive *d, struct stop_group *g, const struct proxied *p)
{
	char proxy[NET_END_TEXT], took[TEXT_UNIT], *was;

	net_end_text(&p->proxy, proxy);
	was = mem_strdup(g->draft->row.title);
	draft_title(g->draft, "The proxy %s gets no connection: %s", proxy,
		    was);
	free(was);
	draft_text(g->draft,
		   "At %s the proxy is asked for %s, and says %s after %s.  By "
		   "port and time (raw clocks) this is probably what it tried "
		   "in vain meanwhile: its wait is not its own.",
		   model_point_name(derive_model(d), p->pos), p->name, p->said,
		   text_duration(p->to_ns - p->from_ns, took));
	draft_session(g->draft, p->session);
	if (g->draft->row.severity == SEV_LOW)
		return; /* it is not known to be a stop */
	g->draft->row.severity = SEV_HIGH;
	g->draft->weight = FIRST_WEIGHT;
}

void proxied_stop(struct derive *d, struct stop_group *g)
{
	struct proxies *all = derive_proxies(d);
	bool said = false;

	if (g->kind.datagrams || g->kind.pings || g->servers > 1 ||
	    g->ports > 1)
		return;
	read_all(all, derive_model(d));
	for (size_t i = 0; i < all->n; i++) {
		struct proxied *p = &all->at[i];

		if (p->behind || !is_behind(p, derive_model(d), g))
			continue;
		p->behind = g->kind.from_pos;
		net_end_text(&g->server, p->server);
		if (!said)
			say(d, g, p);
		said = true;
	}
}

const struct proxied *proxied_waits(struct derive *d, const struct group *g,
				    int64_t wait_ns)
{
	const struct proxies *all = derive_proxies(d);
	const struct proxied *found = NULL;
	int64_t sum = 0;

	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < g->n_top && all->at[i].behind; k++) {
			const struct proxied *p = &all->at[i];

			if (g->top[k].session != p->session)
				continue;
			sum += p->to_ns - p->from_ns;
			found = p;
			break;
		}
	return found && sum >= wait_ns - wait_ns / 5 ? found : NULL;
}

bool proxied_between(struct derive *d, int a, int b)
{
	const struct proxies *all = derive_proxies(d);

	for (size_t i = 0; i < all->n; i++) {
		const struct proxied *p = &all->at[i];

		if ((p->pos == a && p->behind == b) ||
		    (p->pos == b && p->behind == a))
			return true;
	}
	return false;
}

bool proxied_is_granted(const struct exchange *x)
{
	bool http = x->proto == MESSAGE_HTTP + 1;

	return x->name && !strncmp(x->name, "CONNECT", 7) &&
	       ((http && x->status / 100 == 2) ||
		(x->proto == MESSAGE_SOCKS + 1 && !x->status));
}

bool proxied_grants(const struct model *m, const struct group *g)
{
	bool all = m->store && g->n_top;

	for (size_t i = 0; i < g->n_top && all; i++) {
		struct exchange x = { 0 };

		all = exchange_load(m, g->top[i].session, g->top[i].n, &x) &&
		      proxied_is_granted(&x);
		free(x.name);
	}
	return all;
}
