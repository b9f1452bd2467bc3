/* Expected flows: what all sessions show of the hosts that candidates have.
 *
 * Two passes over the flows of the case: the first finds which end of the path
 * each host is at, the second what the next point there has of its flows.  Each
 * core counts in an account of its own; the accounts are added up at the end, so
 * the result does not depend on the number of cores.
 *
 * Cost: one or two look-ups a flow and pass.
 */
#include "correlate/expect_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

#define SIDE 7                  /* times as many votes as for the other side */
#define LEARNERS 16             /* cores, at most */
#define HOSTS_COPIED (1u << 15) /* for each of them */
#define STEP 4096               /* flows that one takes at a time */

/* --- addresses at points --- */

static uint64_t host_key(size_t point, uint32_t addr)
{
	return key_mix(0x686f7374, (uint64_t)point << 32 | addr);
}

struct host *host_find(const struct expect *x, size_t point, uint32_t addr)
{
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&x->hosts, host_key(point, addr), &pos);

	return i == HTAB_NONE ? NULL : &x->host.at[i];
}

void host_add(struct expect *x, size_t point, uint32_t addr)
{
	if (host_find(x, point, addr))
		return;
	htab_put(&x->hosts, host_key(point, addr), (uint32_t)x->host.n);
	*VEC_PUSH(&x->host) = (struct host){
		.far = NO_ADDR, .across = NO_ADDR, .side = -1, .k = NOWHERE
	};
}

uint64_t service_key(size_t point, const struct flow *f, int e)
{
	return key_mix(host_key(point, f->addr[e]), (uint64_t)f->proto << 17 |
							    (uint64_t)e << 16 |
							    f->port[1]);
}

struct service *service_find(const struct expect *x, uint64_t key)
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

bool expect_has_rivals(const struct expect *x, uint32_t flow)
{
	size_t i = rivals_of(x->c, flow);

	return i < x->c->rival.n && x->c->rival.at[i].flow == flow;
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

	if (a > b && a / SIDE >= b) {
		h->side = 0;
		h->k = point > 0 ? point - 1 : NOWHERE;
	} else if (b > a && b / SIDE >= a) {
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
			 !expect_has_rivals(x, flow))
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

void expect_learn(struct expect *x)
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
