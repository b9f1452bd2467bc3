/* Halves: see the header.
 *
 * A host with several addresses may answer datagrams from one that was not
 * asked.  No field of a packet says so, but the requests' own socket does: at
 * one point, datagrams from C:p to S:q that nothing answers, and datagrams from
 * S':q to the same C:p that nobody asked for, which begin after the first
 * request and within a minute of it.  The two stay sessions of their own (their
 * packets have different ends, and other fates); only their time is one.
 *
 * If a half has several counterparts, or CROWD candidates, nothing is
 * concluded. With one-way traffic there is little evidence for who the client
 * is, so answers are accepted in either direction.
 *
 * Cost: each flow once; 16 bytes per flow of datagrams with one direction only.
 */
#include "correlate/halves.h"

#include <stdlib.h>

#include "base/parallel.h"
#include "base/search.h"
#include "correlate/sets.h"

#define UDP 17
#define APART_NS 60000000000ll
#define CROWD 8 /* if one socket asks so many alike it is a scan */

struct seeking {
	const struct pair_case *c;
	const uint32_t *root;      /* by flow */
	const int64_t *session_of; /* by root */
	struct halves *found;      /* by point */
};

/* For datagrams with one direction only: which; else -1. */
static int only_way(const struct flow *f)
{
	if (f->proto != UDP || !f->n_parts)
		return -1;
	if (f->dir[0].packets)
		return f->dir[1].packets ? -1 : 0;
	return f->dir[1].packets ? 1 : -1;
}

/* The socket that asks, and the service's port: @e is that end of @f. */
static uint64_t key_of(const struct flow *f, int e)
{
	return key_mix(key_mix(f->addr[e], f->port[e]), f->port[!e]);
}

/* Does @tell, which goes to its end @e, answer @ask, which comes from its end
 * 0? */
static bool answers(const struct flow *tell, int e, const struct flow *ask)
{
	int64_t after = time_sub(tell->first_ns, ask->first_ns);

	return tell->addr[e] == ask->addr[0] && tell->port[e] == ask->port[0] &&
	       tell->port[!e] == ask->port[1] &&
	       tell->addr[!e] != ask->addr[1] && after >= 0 && after < APART_NS;
}

static int64_t session_at(const struct seeking *s, const struct point *p,
			  size_t i)
{
	return s->session_of[s->root[p->base + (uint32_t)i]];
}

static unsigned crowd(const struct htab *t, uint64_t key)
{
	size_t pos = SIZE_MAX;
	unsigned n = 0;

	while (n <= CROWD && htab_find(t, key, &pos) != HTAB_NONE)
		n++;
	return n;
}

static void note_asks(const struct point *p, struct htab *asks)
{
	for (size_t i = 0; i < p->n; i++) {
		uint64_t key = key_of(&p->flow[i], 0);

		if (only_way(&p->flow[i]) == 0 && crowd(asks, key) <= CROWD)
			htab_put(asks, key, (uint32_t)i);
	}
}

static void note_answers(const struct seeking *s, const struct point *p,
			 size_t i, const struct htab *asks, struct halves *out)
{
	int to = !only_way(&p->flow[i]);
	uint64_t key = key_of(&p->flow[i], to);
	int64_t tell = session_at(s, p, i);
	size_t pos = SIZE_MAX;
	uint32_t k;

	if (crowd(asks, key) > CROWD)
		return;
	while ((k = htab_find(asks, key, &pos)) != HTAB_NONE) {
		int64_t ask = session_at(s, p, k);

		if (!answers(&p->flow[i], to, &p->flow[k]) || ask == tell)
			continue;
		*VEC_PUSH(out) = (struct half){ ask, tell, true };
		*VEC_PUSH(out) = (struct half){ tell, ask, false };
	}
}

static void point_halves(void *ctx, unsigned worker, size_t point)
{
	const struct seeking *s = ctx;
	const struct point *p = &s->c->point[point];
	struct htab asks = { 0 };

	(void)worker;
	note_asks(p, &asks);
	for (size_t i = 0; i < p->n && asks.n; i++)
		if (only_way(&p->flow[i]) >= 0)
			note_answers(s, p, i, &asks, &s->found[point]);
	htab_release(&asks);
}

static int by_session(const void *pa, const void *pb)
{
	const struct half *a = pa, *b = pb;

	if (a->session != b->session)
		return a->session < b->session ? -1 : 1;
	return a->other < b->other ? -1 : a->other > b->other;
}

/* Keeps each half once, and clears those with several candidates. */
static void settle(struct halves *h)
{
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++) {
		struct half *last = n ? &h->at[n - 1] : NULL;

		if (!last || last->session != h->at[i].session)
			h->at[n++] = h->at[i];
		else if (last->other != h->at[i].other)
			last->other = 0;
	}
	h->n = n;
}

void halves_find(const struct pair_case *c, const uint32_t *root,
		 const int64_t *session_of, struct halves *out)
{
	struct seeking s = { c, root, session_of,
			     mem_zalloc(c->n + 1, sizeof *s.found) };

	parallel_run(c->n, point_halves, &s);
	for (size_t p = 0; p < c->n; p++) {
		for (size_t i = 0; i < s.found[p].n; i++)
			*VEC_PUSH(out) = s.found[p].at[i];
		VEC_FREE(&s.found[p]);
	}
	free(s.found);
	if (out->n)
		qsort(out->at, out->n, sizeof *out->at, by_session);
	settle(out);
}

static const struct half *find(const struct halves *h, int64_t session)
{
	size_t at;

	SEARCH(at, h->n, i, h->at[i].session < session);
	return at < h->n && h->at[at].session == session && h->at[at].other
		       ? &h->at[at]
		       : NULL;
}

const struct half *halves_of(const struct halves *h, int64_t session)
{
	const struct half *f = h ? find(h, session) : NULL;
	const struct half *other = f ? find(h, f->other) : NULL;

	return other && other->other == session ? f : NULL;
}
