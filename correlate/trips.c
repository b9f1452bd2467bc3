/* Round trips: see the header.  hopfig_rtt() has what they are.
 *
 * They follow from links alone, so they may be found before fates are.  Two
 * things depend on earlier calls, though, and may make a difference of a
 * nanosecond or a record: the line of stamps (correlate/stamps.h), which
 * applies for a second around, and the last position of strand_find(), which
 * matters if stamps do not ascend.  trips_find_early() succeeds only if neither
 * can matter: the first round trip is farther from the last use by fates than
 * the line reaches, and the stamps ascend.  It restores both.
 *
 * Cost: a look-up or two per record examined.
 */
#include "correlate/trips.h"

#include <stdlib.h>
#include <string.h>

#define LINE_NS 2000000000 /* twice what a line of stamps reaches */

/* A hop there and one back that join the same two points. */
struct pair {
	size_t k, q;
};

static bool is_pair(const struct chain c[2], struct pair p)
{
	const struct hop *there = &c[0].hop[p.k];
	const struct hop *back = &c[1].hop[p.q];

	return !there->relay && back->near->pos == there->far->pos &&
	       back->far->pos == there->near->pos &&
	       !chain_unused(&c[0], p.k) && !chain_unused(&c[1], p.q);
}

/* The next pair from *p on. */
static bool next_pair(const struct chain c[2], struct pair *p)
{
	for (; p->k < c[0].n_hops; p->k++, p->q = 0)
		for (; p->q < c[1].n_hops; p->q++)
			if (is_pair(c, *p))
				return true;
	return false;
}

static void find(struct chain c[2], struct pair p, struct stamps *stamps,
		 struct figures *f, struct trip *first)
{
	const struct hop *there = &c[0].hop[p.k];
	const struct leg *l = &c[0].leg[p.k];
	int a = there->near->pos, b = there->far->pos;

	hopfig_rtt(&hopfig_of(f, a < b ? a : b, a < b ? b : a)->rtt, there,
		   &c[1].hop[p.q], &stamps[l->a], &stamps[l->b], first);
}

void trips_find(struct chain c[2], struct figures *f)
{
	struct trip first;

	for (struct pair p = { 0, 0 }; next_pair(c, &p); p.q++)
		find(c, p, c[0].stamps, f, &first);
}

/* --- before fates --- */

/* The last near record for which emit_hop() uses both stamps. */
static uint32_t last_told(const struct hop *h)
{
	uint32_t i = h->near->n;

	while (i-- > 0)
		if ((h->near_is[i] & (LINKED | LINK_RESEG | LINK_TIED)) ==
		    LINKED)
			return i;
	return LINK_NONE;
}

static bool is_away(int64_t t, int64_t u, int64_t from)
{
	return time_apart(t, from) > LINE_NS && time_apart(u, from) > LINE_NS;
}

/* Are the stamps of a round trip, @t and @u at place @at, out of reach of the
 * line that fates leave there? */
static bool out_of_reach(const struct chain *c, size_t at, int64_t t, int64_t u)
{
	for (size_t k = 0; k < c->n_hops; k++) {
		const struct hop *h = &c->hop[k];
		uint32_t i = c->leg[k].a == at || c->leg[k].b == at
				     ? last_told(h)
				     : LINK_NONE;

		if (i == LINK_NONE)
			continue;
		if (c->leg[k].a == at &&
		    !is_away(t, u, strand_time(h->near, i)))
			return false;
		if (c->leg[k].b == at &&
		    !is_away(t, u, strand_time(h->far, h->far_of[i])))
			return false;
	}
	return true;
}

static bool rises(const struct strand *s)
{
	int64_t before = INT64_MIN;

	for (uint32_t i = 0; i < s->n; i++) {
		int64_t t = strand_time(s, i);

		if (t < before)
			return false;
		before = t;
	}
	return true;
}

/* Round trips of a pair.  Return: false if it is not certain. */
static bool find_early(struct chain c[2], struct pair p, struct stamps *stamps,
		       struct figures *f)
{
	struct strand *far = c[0].hop[p.k].far;
	const struct leg *l = &c[0].leg[p.k];
	uint32_t hint = far->hint;
	struct trip first;

	if (!rises(far))
		return false;
	find(c, p, stamps, f, &first);
	far->hint = hint;
	return !first.is || (out_of_reach(&c[0], l->a, first.a1, first.a2) &&
			     out_of_reach(&c[0], l->b, first.b1, first.b2));
}

bool trips_find_early(struct chain c[2], struct figures *f)
{
	struct stamps *stamps = mem_zalloc(c[0].n + 1, sizeof *stamps);
	bool sure = true;

	if (c[0].n > 1)
		memcpy(stamps, c[0].stamps, c[0].n * sizeof *stamps);
	for (struct pair p = { 0, 0 }; sure && next_pair(c, &p); p.q++)
		sure = find_early(c, p, stamps, f);
	free(stamps);
	return sure;
}

void trips_put(struct figures *from, struct figures *to)
{
	for (size_t k = 0; k < from->n; k++) {
		struct hop_figures *f = &from->hop[k];

		hopfig_of(to, f->from_pos, f->to_pos)->rtt = f->rtt;
		f->rtt = (struct hist){ 0 };
	}
}
