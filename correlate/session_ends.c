/* Which end of the path a session's client is at.
 *
 * What: the gap between the first packet of a direction and the first answer is
 * longer near the client, if they are the same packets at both points
 * (same_firsts()); and c2s packets lose TTL on their way, s2c ones on theirs.
 * A device may raise TTLs, and a packet may be mistaken for another, so
 * sessions in which the two contradict each other, or that say nothing, follow
 * others of the same address, then the majority, then their own gap, then the
 * order in which the points were given (client-most first).  A flow seen at one
 * point of a case where nothing was paired says nothing: unknown.
 *
 * Cost: O(flows + links).
 */
#include "correlate/session_ends.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "correlate/keys.h"

#define TIMEOUT 0.9e9 /* ns: a SYN is sent again after 1 s (RFC 6298, 2.1) */

void ends_init(struct ends *e, struct pair_case *c,
	       const struct groups *members, const struct groups *links,
	       const uint8_t *flipped)
{
	size_t n = (size_t)c->n_flows + 1;

	*e = (struct ends){
		.c = c, .members = members, .links = links, .flipped = flipped
	};
	e->end = mem_resize(NULL, n, 1);
	e->gap = mem_zalloc(n, 1);
	memset(e->end, -1, n);
}

void ends_release(struct ends *e)
{
	free(e->end);
	free(e->gap);
	htab_release(&e->votes.by_addr);
	VEC_FREE(&e->votes.count);
	*e = (struct ends){ 0 };
}

static int drop_end(int c2s, int s2c)
{
	if (c2s >= 0 && s2c >= 0 && (c2s || s2c))
		return 0;
	if (c2s <= 0 && s2c <= 0 && (c2s || s2c))
		return 1;
	return -1;
}

/* A host, or a device in between, may send a single packet (a RST, say) with a
 * different TTL, so the largest and the smallest must agree. */
static int ttl_end(const struct flow *a, const struct flow *b)
{
	int high[2] = { 0, 0 }, low[2] = { 0, 0 }, end;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *near = d ? &b->dir[1] : &a->dir[0];
		const struct flow_dir *far = d ? &a->dir[1] : &b->dir[0];

		if (!near->packets || !far->packets)
			continue;
		high[d] = near->ttl - far->ttl;
		low[d] = near->ttl_low - far->ttl_low;
	}
	end = drop_end(high[0], high[1]);
	return end == drop_end(low[0], low[1]) ? end : -1;
}

/* Are the first packets of each direction the same at both points, as far as
 * their numbers tell?  Where one saw another copy of the SYN first, or not the
 * first answer, the gaps differ by a timeout. */
static bool same_firsts(const struct flow *a, const struct flow *b)
{
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = &a->dir[d], *y = &b->dir[d];

		if (!x->packets || !y->packets)
			return false;
		if (flow_is_tcp(a) ? !(x->flags & y->flags & DIR_SYN) ||
					     x->syn_count != y->syn_count
				   : x->packets != y->packets)
			return false;
	}
	return true;
}

/* By how much the gap at @a is longer than at @b: the round trip between them,
 * negative where the client is beyond @b.  0: not known. */
static double gap_more(const struct ends *e, const struct flow *a, size_t pa,
		       const struct flow *b, size_t pb)
{
	double ga, gb, tick;

	if (!same_firsts(a, b))
		return 0;
	ga = (double)time_sub(a->dir[1].first_ns, a->dir[0].first_ns);
	gb = (double)time_sub(b->dir[1].first_ns, b->dir[0].first_ns);
	tick = (double)e->c->point[pa].resolution_ns +
	       (double)e->c->point[pb].resolution_ns;
	if (ga < 0 || gb < 0 || fabs(ga - gb) >= TIMEOUT ||
	    fabs(ga - gb) <= tick)
		return 0;
	return ga - gb;
}

static int end_of(double more)
{
	return more > 0 ? 0 : more < 0 ? 1 : -1;
}

static struct tally *votes_of(struct end_votes *v, uint64_t key)
{
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&v->by_addr, key, &pos);

	if (i == HTAB_NONE) {
		i = (uint32_t)v->count.n;
		*VEC_PUSH(&v->count) = (struct tally){ 0 };
		htab_put(&v->by_addr, key, i);
	}
	return &v->count.at[i];
}

/* Return: the votes for the key, if any. */
static struct tally votes_known(const struct end_votes *v, uint64_t key)
{
	static const struct tally none;
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&v->by_addr, key, &pos);

	return i == HTAB_NONE ? none : v->count.at[i];
}

static uint64_t place_key(const struct flow *f, size_t point, int e)
{
	return key_mix(key_addr(f, e), point);
}

/* The link over a relay, or NULL. */
static const struct link *relay_of(const struct ends *e, uint32_t root)
{
	for (uint32_t i = e->links->start[root]; i < e->links->start[root + 1];
	     i++)
		if (e->c->link.at[e->links->item[i]].relayed)
			return &e->c->link.at[e->links->item[i]];
	return NULL;
}

/* Each side's own hops show it like those of any connection, the longest round
 * trip best, as short ones are within the error of stamps; times across the
 * relay depend on how long it keeps data, and, with little content, on the
 * clocks. */
static int relay_end(const struct ends *e, uint32_t root,
		     const struct link *relay)
{
	int ttl = -1;
	double most = 0;

	for (uint32_t i = e->links->start[root]; i < e->links->start[root + 1];
	     i++) {
		const struct link *l = &e->c->link.at[e->links->item[i]];
		size_t pa, pb;
		const struct flow *a = case_flow(e->c, l->a, &pa);
		const struct flow *b = case_flow(e->c, l->b, &pb);
		double more = l->relayed ? 0 : gap_more(e, a, pa, b, pb);

		if (fabs(more) > fabs(most))
			most = more;
		if (!l->relayed && ttl < 0)
			ttl = ttl_end(a, b);
	}
	if (end_of(most) >= 0)
		return end_of(most);
	/* the link's client is that of its left flow */
	if (relay->client_side >= 0)
		return relay->client_side ^ e->flipped[relay->a];
	return ttl;
}

void ends_decide(struct ends *e, uint32_t root, struct end_votes *votes)
{
	size_t n = groups_count(e->members, root), pa, pb;
	const struct flow *a = case_flow(e->c, groups_item(e->members, root, 0),
					 &pa);
	const struct flow *b = case_flow(
		e->c, groups_item(e->members, root, n - 1), &pb);
	const struct link *relay = relay_of(e, root);
	int gap = relay ? -1 : end_of(gap_more(e, a, pa, b, pb));
	int ttl = relay ? -1 : ttl_end(a, b);
	int end = gap < 0 ? ttl : ttl < 0 || ttl == gap ? gap : -1;

	if (relay)
		end = relay_end(e, root, relay);
	e->gap[root] = (uint8_t)(gap + 1);
	e->end[root] = (int8_t)end;
	if (end < 0)
		return;
	votes->all.end[end]++;
	for (size_t i = 0; i < n; i++) {
		size_t p;
		const struct flow *f = case_flow(
			e->c, groups_item(e->members, root, i), &p);

		votes_of(votes, place_key(f, p, 0))->end[end]++;
		votes_of(votes, place_key(f, p, 1))->end[!end]++;
	}
}

void ends_count(struct ends *e, struct end_votes *votes)
{
	struct htab *t = &votes->by_addr;

	for (size_t i = 0; t->slot && i <= t->mask; i++) {
		const struct tally *from;
		struct tally *to;

		if (t->slot[i].value == HTAB_NONE)
			continue;
		from = &votes->count.at[t->slot[i].value];
		to = votes_of(&e->votes, t->slot[i].hash);
		for (int k = 0; k < 2; k++)
			to->end[k] += from->end[k];
	}
	for (int k = 0; k < 2; k++)
		e->votes.all.end[k] += votes->all.end[k];
	htab_release(t);
	VEC_FREE(&votes->count);
}

static int votes_end(const struct tally *v)
{
	return v->end[0] == v->end[1] ? -1 : v->end[0] > v->end[1] ? 0 : 1;
}

void ends_borrow(struct ends *e, uint32_t root, bool hosts)
{
	const struct flow *f;
	struct tally votes;
	size_t p;
	int end;

	if (e->end[root] >= 0)
		return;
	f = case_flow(e->c, groups_item(e->members, root, 0), &p);
	votes = votes_known(&e->votes, place_key(f, p, 0));
	end = votes_end(&votes);
	if (end < 0) {
		votes = votes_known(&e->votes, place_key(f, p, 1));
		end = votes_end(&votes);
		end = end < 0 ? -1 : !end;
	}
	if (end < 0 && !hosts)
		end = votes_end(&e->votes.all);
	if (end < 0 && !hosts)
		end = e->gap[root] - 1;
	if (end < 0 && !hosts && e->c->link.n)
		end = 0;
	e->end[root] = (int8_t)end;
}
