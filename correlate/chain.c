/* The chain of points of a direction, and the links of its hops.
 *
 * A point that has the session's flow but nothing of one direction is left out
 * of that direction's chain (the hop spans it) if it is one-way: its TCP
 * acknowledges what it never shows, or it has nothing of that way of the path
 * in any session (TCP: and a point behind it has more than resets, which a device
 * may have made), or some sessions bypass it that way (correlate/sees.h), so that
 * the route of what is missing is unknown.  Otherwise it was able to see it, and
 * what did not arrive there was lost before it (one_way()).
 *
 * If some sessions bypass a point, some packets of others may, too: a route
 * changes in the middle (a host that times out tries another one), or each
 * packet takes its own.  Such a point covers only a part of the path.  Hops
 * between it and the points before and after it are for what it has; one more
 * hop joins those two for the rest, and takes what is found at neither, unless
 * what was sent before and after it went by the point (round_settle()):
 * otherwise its route is not known.  So such a point is never said to have
 * missed what is found after it, and each record leaves a point on one hop.
 *
 * Short hops are matched first; a longer one links what they left, over views
 * of the strands (correlate/chain_round.c).  What is known of a hop before that is
 * chain_hop.c's.
 */
#include "correlate/chain.h"

#include <stdlib.h>
#include <string.h>

#include "correlate/chain_round.h"
#include "correlate/sees.h"

/* --- the chain of points --- */

/* 0: out, 1: back along the path */
static int way_of(const struct session_row *row, int dir)
{
	return row->client_end == 1 ? 1 - dir : dir;
}

static bool acknowledges(const struct strand *s)
{
	for (uint32_t i = 0; i < s->n && i < 8; i++) {
		const struct record *r = strand_at(s, i);

		if ((r->tcp_flags & (REC_ACK | REC_RST)) == REC_ACK)
			return true;
	}
	return false;
}

static bool is_more_than_resets(const struct strand *s)
{
	for (uint32_t i = 0; i < s->n && i < 8; i++)
		if (!(strand_at(s, i)->tcp_flags & REC_RST))
			return true;
	return false;
}

/* Does a point behind @flow have something of the chain's direction?  Then that
 * was not lost before it. */
static bool is_behind(const struct chain *c, size_t flow)
{
	bool backwards = way_of(c->s->row, c->dir) == 1;
	size_t from = backwards ? 0 : flow + 1;
	size_t to = backwards ? flow : c->s->row->n_flows;

	for (size_t f = from; f < to; f++)
		if (is_more_than_resets(&c->s->strand[f * 2 + (size_t)c->dir]))
			return true;
	return false;
}

/* The point has nothing of the chain's direction: is it unable to see it?  If
 * it has nothing of the session at all, pairing has found that it should have
 * it (correlate/expect.c). */
static bool one_way(const struct chain *c, size_t flow)
{
	const struct strand *s = &c->s->strand[flow * 2];
	int way = way_of(c->s->row, c->dir);
	uint8_t sees = c->env->sees[s->pos - 1];

	if (!s[0].n && !s[1].n)
		return false;
	if (sees_part(sees, way))
		return true;
	if (!sees_way(sees, way) && is_behind(c, flow))
		return true;
	if (c->s->row->proto == 6)
		return acknowledges(&s[1 - c->dir]);
	return !sees_way(sees, way);
}

/* Does nothing pass both places of the chain? */
static bool apart(const struct chain *c, size_t a, size_t b)
{
	size_t p = (size_t)c->strand[a]->pos - 1;
	size_t q = (size_t)c->strand[b]->pos - 1;
	size_t at = p < q ? p * c->env->n_points + q : q * c->env->n_points + p;

	return c->part[a] && c->part[b] &&
	       c->env->apart[at] >> way_of(c->s->row, c->dir) & 1;
}

/* The hops from each point to the next one, and over those that packets
 * bypass. */
static void open_hops(struct chain *c)
{
	size_t room = c->n * c->n;

	c->leg = arena_alloc(&c->mem, room * sizeof *c->leg);
	for (size_t a = 0; a + 1 < c->n; a++)
		for (size_t b = a + 1; b < c->n; b++) {
			if (apart(c, a, b))
				continue;
			c->leg[c->n_hops++] = (struct leg){ a, b, !c->part[b],
							    !c->part[a] };
			if (!c->part[b])
				break;
		}
	room = c->n_hops + 1;
	c->hop = arena_alloc(&c->mem, room * sizeof *c->hop);
	c->passed = arena_alloc(&c->mem, room * sizeof *c->passed);
	c->n_passed = arena_alloc(&c->mem, room * sizeof *c->n_passed);
}

void chain_open(struct chain *c)
{
	const struct session_row *row = c->s->row;
	bool backwards = way_of(row, c->dir) == 1;
	size_t room = row->n_flows + 1;

	if (c->s->room)
		c->mem = c->s->room[c->dir];
	c->strand = arena_alloc(&c->mem, room * sizeof *c->strand);
	c->part = arena_alloc(&c->mem, room * sizeof *c->part);
	for (size_t k = 0; k < row->n_flows; k++) {
		size_t f = backwards ? row->n_flows - 1 - k : k;
		struct strand *s = &c->s->strand[f * 2 + (size_t)c->dir];

		if (s->n || (c->n && !one_way(c, f)))
			c->strand[c->n++] = s;
	}
	if (c->n < 2)
		return;
	for (size_t k = 1; k + 1 < c->n; k++)
		c->part[k] = sees_part(c->env->sees[c->strand[k]->pos - 1],
				       way_of(row, c->dir));
	open_hops(c);
	c->copies = arena_alloc(&c->mem, c->n * sizeof *c->copies);
	c->stamps = arena_alloc(&c->mem, c->n * sizeof *c->stamps);
	for (size_t k = 0; k < c->n; k++)
		stamps_init(&c->stamps[k],
			    c->env->clock[c->strand[k]->pos - 1]);
	if (c->n < 3)
		return;
	c->tx = mem_zalloc(c->n, sizeof *c->tx);
	for (size_t k = 0; k < c->n; k++)
		c->tx[k] = mem_zalloc(c->strand[k]->n + 1ul, sizeof **c->tx);
}

void chain_release(struct chain *c)
{
	for (size_t k = 0; k < c->n_hops; k++) {
		hop_release(&c->hop[k]);
		free(c->passed[k]);
	}
	for (size_t k = 0; k < c->n && c->copies; k++)
		recopy_release(&c->copies[k]);
	for (size_t k = 0; k < c->n && c->tx; k++)
		free(c->tx[k]);
	free(c->tx);
	VEC_FREE(&c->copy);
	if (c->s->room) {
		arena_reset(&c->mem);
		c->s->room[c->dir] = c->mem;
	} else {
		arena_release(&c->mem);
	}
}

struct recopy *chain_copies(struct chain *c, size_t at)
{
	if (!c->copies[at].built)
		recopy_build(&c->copies[at], c->strand[at]);
	return &c->copies[at];
}

size_t chain_last_hop(const struct chain *c, size_t at)
{
	size_t k = 0;

	while (k < c->n_hops && (c->leg[k].a != at || !c->leg[k].takes_lost))
		k++;
	return k;
}

bool chain_unused(const struct chain *c, size_t k)
{
	const struct hop *h = &c->hop[k];

	if (c->n_hops < c->n)
		return false;
	for (uint32_t i = 0; i < h->near->n; i++)
		if (!(h->near_is[i] & LINK_AWAY))
			return false;
	for (uint32_t j = 0; j < h->far->n; j++)
		if (!(h->far_is[j] & LINK_AWAY))
			return false;
	return h->near->n || h->far->n;
}

static size_t find_hop(const struct chain *c, size_t a, size_t b)
{
	size_t k = 0;

	while (k < c->n_hops && (c->leg[k].a != a || c->leg[k].b != b))
		k++;
	return k;
}

uint32_t chain_arrival(const struct chain *c, size_t k, uint32_t i)
{
	const struct leg *l = &c->leg[k];

	if (!(c->hop[k].near_is[i] & LINK_AWAY))
		return c->hop[k].near_is[i] & (LINKED | LINK_PART)
			       ? c->hop[k].far_of[i]
			       : LINK_NONE;
	for (size_t q = 0; q < c->n_hops; q++) {
		size_t on;

		if (c->leg[q].a != l->a || c->leg[q].b >= l->b ||
		    !(c->hop[q].near_is[i] & LINKED))
			continue;
		on = find_hop(c, c->leg[q].b, l->b);
		return on < c->n_hops
			       ? chain_arrival(c, on, c->hop[q].far_of[i])
			       : LINK_NONE;
	}
	return LINK_NONE;
}

/* --- links --- */

struct strand *chain_opposite(const struct chain *c, const struct strand *s)
{
	return &c->s->strand[s->flow * 2 + (1 - s->dir)];
}

/* Was each datagram at place @a answered?  Some answers prove nothing: what is
 * missing in between may be a request or an answer. */
static bool all_answered(const struct chain *c, size_t a)
{
	const struct strand *s = c->strand[a];

	return c->s->row->proto != 6 && !c->part[a] &&
	       each_answered(s, chain_opposite(c, s));
}

/* If a relay adds to a stream, equal places are not equal bytes. */
static void distrust_edits(const struct chain *c, struct hop *h)
{
	if (!h->relay || !h->numbered ||
	    !relay_edits(h, chain_opposite(c, h->near),
			 chain_opposite(c, h->far)))
		return;
	h->unsure = true;
	h->told = false;
}

static void forget_links(struct hop *h)
{
	memset(h->near_is, 0, h->near->n);
	memset(h->far_is, 0, h->far->n);
	memset(h->far_of, 0xff, h->near->n * sizeof *h->far_of);
	memset(h->near_of, 0xff, h->far->n * sizeof *h->near_of);
	h->piece.n = 0;
}

/* A long strand should not be read a second time to find copies in it. */
static struct recopy *copies_of_long(const struct chain *c, size_t at)
{
	const struct strand *s = c->strand[at];

	return c->s->row->proto == 6 && s->n > s->n_flat ? &c->copies[at]
							 : NULL;
}

void chain_match(struct chain *c)
{
	for (size_t over = 1; over < c->n; over++)
		for (size_t k = 0; k < c->n_hops; k++) {
			struct leg *l = &c->leg[k];
			struct hop *h = &c->hop[k];

			if (l->b - l->a != over)
				continue;
			hop_init(h, c->strand[l->a], c->strand[l->b],
				 c->s->row->proto == 6);
			if (over > 1) {
				round_match(c, k);
			} else {
				chain_prepare(c, h);
				distrust_edits(c, h);
				h->near_copies = copies_of_long(c, l->a);
				h->far_copies = copies_of_long(c, l->b);
				hop_match(h);
				round_give_back(c, k);
			}
			h->answered = all_answered(c, l->a);
			if (!round_is_route(c, k))
				forget_links(h);
		}
	for (size_t k = 0; k < c->n_hops; k++)
		round_leave(c, k);
	chain_join(c);
	for (size_t a = 0; a + 1 < c->n; a++)
		if (c->part[a + 1])
			round_settle(c, a);
}
