/* Expected flows: where a session should have been seen and was not.
 *
 * The first datagram or every SYN of a session may vanish on a hop.  Then the
 * session is at one point only, no hop has it, and its loss would not be
 * reported.  It gets an empty flow at the next point on its path if what else is
 * known of the receiver makes it nearly certain that its packets had to pass
 * there:
 *
 *   receiver  all packets of the session travel one way, and nothing that it
 *             carries acknowledges anything; E is the address they go to.
 *   side      sessions of E over several points say at which end of the path E
 *             is; k is the next point there.
 *   support   EXPECT_SEEN or more flows of E at j (the session's nearest point)
 *             are seen at k too, and none is seen at j alone.  If chance
 *             decided whether a flow of E passes k, 7 of 7 would have a
 *             probability of 2^-7 < 1 %.
 *   filter    support is of the same protocol and service port, or of at least
 *             EXPECT_PORTS ports: k may have been captured with a filter.
 *
 * What speaks against it: a flow at j with packets from E, while k ran, that k
 * does not have (E has another way out, or k misses much); one that k has without
 * what was sent to E (k sees one way only); E has several addresses at k, or
 * another one, and this service was not seen there (the packets may be for the
 * translating box itself); no answer of E seen at j at all (then j sees one way
 * only, and its sessions only look unanswered).  Multicast and broadcast are
 * never expected.  Sessions with rivals do not count.
 *
 * Whether the absence is a loss, or k was not running or is known to miss
 * packets, fate decides.
 *
 * Steps: find_candidate() for each session that may be one; expect_learn() counts
 * what is known of their hosts (expect_hosts.c); is_expected() judges.
 *
 * Cost: a look at each session to find candidates; if there are any, two passes
 * over all flows.
 */
#include "correlate/expect_int.h"

#include <stdlib.h>
#include <string.h>

#define EXPECT_SEEN 7
#define EXPECT_PORTS 4

/* --- candidates --- */

static bool is_group_address(const struct net_addr *a)
{
	if (net_addr_is_v4(a))
		return a->b[12] >= 224;
	return a->b[0] == 0xff;
}

/* The direction that all packets take; -1: both, or they answer what was not seen. */
static int only_way(const struct pair_case *c, const struct groups *members,
		    uint32_t root)
{
	bool has[2] = { false, false };

	for (size_t i = 0; i < groups_count(members, root); i++) {
		const struct flow *f = case_flow(
			c, groups_item(members, root, i), NULL);

		for (int d = 0; d < 2; d++) {
			has[d] |= f->dir[d].packets > 0;
			if (f->dir[d].ack_max)
				return -1;
		}
		if (flow_is_tcp(f) &&
		    !((f->dir[0].flags | f->dir[1].flags) & DIR_SYN))
			return -1;
	}
	return has[0] == has[1] ? -1 : has[1];
}

int expect_way(const struct pair_case *c, const struct groups *members,
	       uint32_t root)
{
	const struct flow *f = case_flow(c, groups_item(members, root, 0),
					 NULL);

	if (groups_count(members, root) >= c->n ||
	    (f->proto != 6 && f->proto != 17))
		return -1;
	return only_way(c, members, root);
}

static void find_candidate(struct expect *x, uint32_t root, int way)
{
	size_t n = groups_count(x->members, root), last;
	struct candidate a = { .root = root };
	const struct flow *f;

	if (n > 1 && x->end[root] < 0)
		return;
	a.to = 1 - way;
	/* client at the first end: the server's side is the last one */
	last = n > 1 && (x->end[root] == 0) == (a.to == 1) ? n - 1 : 0;
	a.flow = groups_item(x->members, root, last);
	f = case_flow(x->c, a.flow, &a.j);
	if (expect_has_rivals(x, a.flow) ||
	    is_group_address(&x->c->addrs.addr.at[f->addr[a.to]]))
		return;
	*VEC_PUSH(&x->cand) = a;
	host_add(x, a.j, f->addr[0]);
	host_add(x, a.j, f->addr[1]);
}

/* --- verdict --- */

static bool is_expected(struct expect *x, const struct candidate *a)
{
	const struct flow *f = case_flow(x->c, a->flow, NULL);
	const struct host *h = host_find(x, a->j, f->addr[a->to]);
	const struct service *s = service_find(x, service_key(a->j, f, a->to));
	bool same = s && s->seen >= EXPECT_SEEN;

	if (h->k == NOWHERE || h->against || h->mixed || !h->from)
		return false;
	if (x->c->points_of[a->root] >> h->k & 1)
		return false;
	return same || (h->far == f->addr[a->to] && h->seen >= EXPECT_SEEN &&
			h->services >= EXPECT_PORTS);
}

static struct expected expected_of(struct expect *x, const struct candidate *a)
{
	const struct flow *f = case_flow(x->c, a->flow, NULL);
	size_t k = host_find(x, a->j, f->addr[a->to])->k;
	struct expected o = { .root = a->root, .point = k };

	o.client_end = (k > a->j) == (a->to == 1) ? 0 : 1;
	o.flow = *f;
	for (int e = 0; e < 2; e++) {
		const struct host *h = host_find(x, a->j, f->addr[e]);

		/* from the sender, k comes after j */
		uint32_t there = e == a->to ? h->far : h->across;

		if (there != NO_ADDR)
			o.flow.addr[e] = there;
		memset(&o.flow.dir[e], 0, sizeof o.flow.dir[e]);
	}
	o.flow.n_parts = 0;
	o.flow.first_ns = time_add(f->first_ns, time_sub(x->c->offset[k],
							 x->c->offset[a->j]));
	o.flow.last_ns = o.flow.first_ns;
	return o;
}

void expect_flows(struct pair_case *c, const struct groups *members,
		  const uint32_t *root, const int8_t *end,
		  const struct one_way *way, size_t n_ways,
		  struct expected_list *out)
{
	struct expect x = {
		.c = c, .members = members, .root = root, .end = end
	};

	for (size_t i = 0; i < n_ways; i++)
		find_candidate(&x, way[i].root, way[i].way);
	if (x.cand.n && c->link.n)
		expect_learn(&x);
	for (size_t i = 0; i < x.cand.n; i++)
		if (is_expected(&x, &x.cand.at[i]))
			*VEC_PUSH(out) = expected_of(&x, &x.cand.at[i]);
	VEC_FREE(&x.cand);
	VEC_FREE(&x.host);
	VEC_FREE(&x.service);
	htab_release(&x.hosts);
	htab_release(&x.services);
}
