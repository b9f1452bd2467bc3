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
 * Cost: a look at each session to find candidates; if there are any, two passes
 * over all flows, with one or two look-ups for each.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "correlate/sets.h"

#define EXPECT_SEEN 7
#define EXPECT_PORTS 4
#define EXPECT_SIDE 7 /* times as many votes as for the other side */
#define NOWHERE SIZE_MAX
#define NO_ADDR UINT32_MAX
#define LEARNERS 16             /* cores, at most */
#define HOSTS_COPIED (1u << 15) /* for each of them */
#define STEP 4096               /* flows that one takes at a time */

struct host {               /* an address at a point */
	uint32_t end[2];    /* sessions that say: at the first, last end */
	uint32_t seen;      /* flows that the next point has, too */
	uint32_t from;      /* flows with packets of its own */
	uint32_t services;  /* protocols and ports among what was seen */
	uint32_t far;       /* its address at the next point; NO_ADDR */
	uint32_t across;    /* the same at the point on the other side, */
	uint32_t across_by; /* as the last flow that has one says: plus 1 */
	int side;           /* end of the path that it is at; -1: not known */
	size_t k;           /* next point there; NOWHERE: none */
	bool against;       /* something is */
	bool mixed;         /* it has several addresses there */
};

struct service { /* of a host: flows that the next point has, too */
	uint64_t key;
	uint32_t seen;
	uint32_t host; /* its place */
};

struct candidate {
	uint32_t root, flow; /* flow: at j */
	size_t j;
	int to; /* the end that packets travel to */
};

struct expect {
	struct pair_case *c;
	const struct groups *members;
	const uint32_t *root; /* by flow */
	const int8_t *end;
	struct VEC(struct candidate) cand;
	struct VEC(struct host) host;
	struct htab hosts;
	struct VEC(struct service) service;
	struct htab services;
};

/* --- addresses at points --- */

static uint64_t host_key(size_t point, uint32_t addr)
{
	return key_mix(0x686f7374, (uint64_t)point << 32 | addr);
}

static struct host *host_find(struct expect *x, size_t point, uint32_t addr)
{
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&x->hosts, host_key(point, addr), &pos);

	return i == HTAB_NONE ? NULL : &x->host.at[i];
}

static void host_add(struct expect *x, size_t point, uint32_t addr)
{
	if (host_find(x, point, addr))
		return;
	htab_put(&x->hosts, host_key(point, addr), (uint32_t)x->host.n);
	*VEC_PUSH(&x->host) = (struct host){
		.far = NO_ADDR, .across = NO_ADDR, .side = -1, .k = NOWHERE
	};
}

static uint64_t service_key(size_t point, const struct flow *f, int e)
{
	return key_mix(host_key(point, f->addr[e]), (uint64_t)f->proto << 17 |
							    (uint64_t)e << 16 |
							    f->port[1]);
}

static struct service *service_find(struct expect *x, uint64_t key)
{
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&x->services, key, &pos);

	return i == HTAB_NONE ? NULL : &x->service.at[i];
}

static void service_seen(struct expect *x, uint32_t host, uint64_t key,
			 uint32_t flows)
{
	struct service *s = service_find(x, key);

	if (!s) {
		htab_put(&x->services, key, (uint32_t)x->service.n);
		s = VEC_PUSH(&x->service);
		*s = (struct service){ .key = key, .host = host };
		x->host.at[host].services++;
	}
	s->seen += flows;
}

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

static bool has_rivals(const struct expect *x, uint32_t flow)
{
	size_t i = rivals_of(x->c, flow);

	return i < x->c->rival.n && x->c->rival.at[i].flow == flow;
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
	if (has_rivals(x, a.flow) ||
	    is_group_address(&x->c->addrs.addr.at[f->addr[a.to]]))
		return;
	*VEC_PUSH(&x->cand) = a;
	host_add(x, a.j, f->addr[0]);
	host_add(x, a.j, f->addr[1]);
}

/* --- what is known of the hosts --- */

/* Which end of the path each host is at, as joined sessions say. */
static void learn_sides(struct expect *x, uint32_t root)
{
	for (size_t i = 0; i < groups_count(x->members, root); i++) {
		size_t p;
		const struct flow *f = case_flow(
			x->c, groups_item(x->members, root, i), &p);

		for (int e = 0; e < 2; e++) {
			struct host *h = host_find(x, p, f->addr[e]);

			if (h)
				h->end[x->end[root] ^ e]++;
		}
	}
}

/* The host's end, and the next point there. */
static void take_side(struct expect *x, struct host *h, size_t point)
{
	uint32_t a = h->end[0], b = h->end[1];

	if (a > b && a / EXPECT_SIDE >= b) {
		h->side = 0;
		h->k = point > 0 ? point - 1 : NOWHERE;
	} else if (b > a && b / EXPECT_SIDE >= a) {
		h->side = 1;
		h->k = point + 1 < x->c->n ? point + 1 : NOWHERE;
	}
}

static void take_sides(struct expect *x)
{
	for (size_t i = 0; i < x->cand.n; i++) {
		const struct candidate *a = &x->cand.at[i];
		const struct flow *f = case_flow(x->c, a->flow, NULL);

		for (int e = 0; e < 2; e++) {
			struct host *h = host_find(x, a->j, f->addr[e]);

			if (h->side < 0)
				take_side(x, h, a->j);
		}
	}
}

/* Did point @k run while the flow was seen at point @j? */
static bool ran(const struct expect *x, const struct flow *f, size_t j,
		size_t k)
{
	int64_t shift = time_sub(x->c->offset[k], x->c->offset[j]);
	const struct point *p = &x->c->point[k];

	return time_add(f->last_ns, shift) >= p->first_ns &&
	       time_add(f->first_ns, shift) <= p->last_ns;
}

/* A flow of host @h (its end @e) that the next point has as @g. */
static void support(struct expect *x, struct host *h, size_t j,
		    const struct flow *f, const struct flow *g, int e)
{
	h->seen++;
	service_seen(x, (uint32_t)(h - x->host.at), service_key(j, f, e), 1);
	if (h->far != NO_ADDR && h->far != g->addr[e])
		h->mixed = true;
	h->far = g->addr[e];
	if (f->dir[0].packets && f->dir[1].packets && !g->dir[!e].packets)
		h->against = true;
}

/* The session's flow at point @k, or NULL. */
static const struct flow *flow_there(const struct expect *x, uint32_t root,
				     size_t k)
{
	for (size_t i = 0; i < groups_count(x->members, root); i++) {
		size_t p;
		const struct flow *f = case_flow(
			x->c, groups_item(x->members, root, i), &p);

		if (p == k)
			return f;
	}
	return NULL;
}

static void learn_flow(struct expect *x, uint32_t root, uint32_t flow)
{
	size_t j;
	const struct flow *f = case_flow(x->c, flow, &j), *g;

	for (int e = 0; e < 2; e++) {
		struct host *h = host_find(x, j, f->addr[e]);

		if (!h || h->side < 0)
			continue;
		h->from += f->dir[e].packets > 0;
		g = flow_there(x, root, h->side ? j - 1 : j + 1);
		if (g) {
			h->across = g->addr[e];
			h->across_by = flow + 1;
		}
		if (h->k == NOWHERE)
			continue;
		g = flow_there(x, root, h->k);
		if (g)
			support(x, h, j, f, g, e);
		else if (f->dir[e].packets && ran(x, f, j, h->k) &&
			 !has_rivals(x, flow))
			h->against = true;
	}
}

/* All cores look at flows; each keeps its own account of the hosts. */
struct learning {
	struct expect *x;
	struct expect own[LEARNERS];
	size_t step; /* flows that a core takes at a time */
};

static void learning_begin(struct learning *l, unsigned learners)
{
	size_t n = l->x->host.n;

	for (unsigned i = 0; i < learners; i++) {
		struct expect *own = &l->own[i];

		*own = *l->x;
		own->host.at = mem_resize(NULL, n + 1, sizeof *own->host.at);
		memcpy(own->host.at, l->x->host.at, n * sizeof *own->host.at);
	}
}

static void add_host(struct host *to, const struct host *from)
{
	for (int e = 0; e < 2; e++)
		to->end[e] += from->end[e];
	to->seen += from->seen;
	to->from += from->from;
	to->against |= from->against;
	to->mixed |= from->mixed ||
		     (to->far != NO_ADDR && from->far != NO_ADDR &&
		      to->far != from->far);
	to->far = from->far != NO_ADDR ? from->far : to->far;
	if (from->across_by > to->across_by) {
		to->across = from->across;
		to->across_by = from->across_by;
	}
}

/* Each account began as a copy of hosts of which only the ends were counted. */
static void learning_end(struct learning *l, unsigned learners)
{
	struct expect *x = l->x;

	for (unsigned i = 0; i < learners; i++) {
		struct expect *own = &l->own[i];

		for (size_t k = 0; k < x->host.n; k++)
			add_host(&x->host.at[k], &own->host.at[k]);
		for (size_t k = 0; k < own->service.n; k++)
			service_seen(x, own->service.at[k].host,
				     own->service.at[k].key,
				     own->service.at[k].seen);
		free(own->host.at);
		VEC_FREE(&own->service);
		htab_release(&own->services);
	}
}

static uint32_t chunk_begin(const struct learning *l, size_t chunk)
{
	return (uint32_t)(chunk * l->step);
}

static uint32_t chunk_end(const struct learning *l, size_t chunk)
{
	uint32_t from = chunk_begin(l, chunk), n = l->x->c->n_flows;

	return n - from < l->step ? n : from + (uint32_t)l->step;
}

static void sides_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct learning *l = ctx;
	struct expect *x = &l->own[worker];
	uint32_t to = chunk_end(l, chunk);

	for (uint32_t f = chunk_begin(l, chunk); f < to; f++)
		if (x->root[f] == f && groups_count(x->members, f) > 1 &&
		    x->end[f] >= 0)
			learn_sides(x, f);
}

static void flows_chunk(void *ctx, unsigned worker, size_t chunk)
{
	struct learning *l = ctx;
	struct expect *x = &l->own[worker];
	uint32_t to = chunk_end(l, chunk);

	for (uint32_t f = chunk_begin(l, chunk); f < to; f++)
		learn_flow(x, x->root[f], f);
}

static void learn_with(struct expect *x, unsigned learners,
		       void (*fn)(void *ctx, unsigned worker, size_t chunk))
{
	struct learning l = { .x = x, .step = STEP };

	if (learners == 1)
		l.step = (size_t)x->c->n_flows + 1;
	learning_begin(&l, learners);
	parallel_run(((size_t)x->c->n_flows + l.step - 1) / l.step, fn, &l);
	learning_end(&l, learners);
}

static void learn(struct expect *x)
{
	unsigned learners = parallel_width();

	/* the hosts of a scanned network take too much memory for several copies of them */
	if (learners > LEARNERS || x->host.n > HOSTS_COPIED)
		learners = 1;
	learn_with(x, learners, sides_chunk);
	take_sides(x);
	for (size_t i = 0; i < x->host.n; i++)
		x->host.at[i].end[0] = x->host.at[i].end[1] = 0;
	learn_with(x, learners, flows_chunk);
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
		learn(&x);
	for (size_t i = 0; i < x.cand.n; i++)
		if (is_expected(&x, &x.cand.at[i]))
			*VEC_PUSH(out) = expected_of(&x, &x.cand.at[i]);
	VEC_FREE(&x.cand);
	VEC_FREE(&x.host);
	VEC_FREE(&x.service);
	htab_release(&x.hosts);
	htab_release(&x.services);
}
