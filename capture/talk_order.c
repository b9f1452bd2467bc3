/* A talk's segments, put in order.
 *
 * Bytes before the next one are repeats; a segment ahead of it waits (talk_hold.c)
 * until the hole is filled by a retransmission, or the other side has acknowledged
 * it (then the capture missed it), or there is no more room.  A hole that is given
 * up is skipped like bytes cut off by the snap length: as a length without bytes.
 *
 * Cost: O(1) a segment, but for those that wait.
 */
#include "capture/talk_int.h"

#include <stdlib.h>

static void feed_segment(struct talk *t, unsigned dir,
			 const struct hold_segment *g)
{
	struct talk_side *s = &t->side[dir];
	struct piece x = { .p = g->bytes,
			   .cap = g->bytes ? g->cap : 0,
			   .len = g->len,
			   .frame = g->frame,
			   .ns = g->ns };
	int64_t known = talk_ahead(s->next, g->off);

	if (known > 0) {
		uint64_t cap = (uint64_t)known < x.cap ? (uint64_t)known
						       : x.cap;

		if ((uint64_t)known >= x.len)
			return;
		x.len -= (uint64_t)known;
		x.cap -= cap;
		if (x.p)
			x.p += cap;
	}
	talk_feed(t, dir, x);
}

/* Gives up what is missing before @g, which shows the hole. */
static void feed_hole(struct talk *t, unsigned dir,
		      const struct hold_segment *g)
{
	int64_t n = talk_ahead(g->off, t->side[dir].next);

	if (n > 0)
		talk_feed(t, dir,
			  (struct piece){ .len = (uint64_t)n,
					  .frame = g->frame,
					  .ns = g->ns,
					  .hole = true });
}

/* Feeds what waited, up to the first hole. */
static void drain(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	while (s->hold && s->hold->n && !t->leave &&
	       talk_ahead(s->hold->at[0].off, s->next) <= 0) {
		struct hold_segment g = hold_take(s->hold, &t->all->held);
		uint8_t *bytes = g.bytes;

		feed_segment(t, dir, &g);
		free(bytes);
	}
}

void talk_drain(struct talk *t, unsigned dir)
{
	struct talk_side *s = &t->side[dir];

	while (s->hold && s->hold->n && !t->leave) {
		feed_hole(t, dir, &s->hold->at[0]);
		drain(t, dir);
	}
}

static bool wait_for(struct talk *t, unsigned dir, const struct hold_segment *g)
{
	struct talk_side *s = &t->side[dir];
	uint64_t wanted = s->lost ? s->next : s->next + s->skip;

	if (!s->hold)
		s->hold = mem_zalloc(1, sizeof *s->hold);
	return hold_add(s->hold, g, wanted, &t->all->held);
}

void talk_segment(struct talk *t, unsigned dir, const struct hold_segment *g,
		  uint64_t acked)
{
	struct talk_side *s = &t->side[dir];

	if (talk_ahead(g->off + g->len, s->next) <= 0)
		return;
	/* acknowledged bytes will not come again */
	if (s->hold && s->hold->n &&
	    talk_ahead(acked, s->hold->at[0].off) >= 0 &&
	    talk_ahead(s->hold->at[0].off, s->next) > 0 &&
	    talk_ahead(g->off, s->hold->at[0].off) >= 0) {
		feed_hole(t, dir, &s->hold->at[0]);
		drain(t, dir);
	}
	if (talk_ahead(g->off, s->next) > 0 && talk_ahead(acked, g->off) < 0) {
		if (wait_for(t, dir, g))
			return;
		talk_drain(t, dir); /* no room */
	}
	if (t->leave)
		return;
	feed_hole(t, dir, g);
	if (!t->leave)
		feed_segment(t, dir, g);
	drain(t, dir);
}
