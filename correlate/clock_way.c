/* Sessions whose direction of travel pairing got wrong.
 *
 * Which end of the path a client is at is a guess where no SYN was captured.  A
 * session taken the wrong way round gives lower bounds as upper ones and the
 * reverse: they miss by a whole round trip, all of them.
 *
 * At any moment upper bounds are above lower ones.  So each packet is compared
 * with its neighbours in capture order from other sessions: as it was taken
 * (said), and the other way round (turned).  A false upper bound is really a
 * lower one, and above only about half of the other lower ones.  So a session
 * whose packets contradict many neighbours as said, and hardly any turned, is
 * turned.  Neighbours are close in time, so steps and drift do not interfere.
 * Such sessions are few; if they are not, enough packets show it by themselves
 * (way_of() in clock_sample.c).
 *
 * If the points are so near each other that drift over the pause to the next
 * packet exceeds their round trip, contradictions may be due to drift.  Then,
 * if some line fits a session as said together with its neighbours (none does
 * if it is wrong and has packets both ways), its direction is not known, and
 * its points are dropped.
 *
 * Cost: O(n log n) for the sort, then O(n * REACH); for each session in
 * question the points around it once more.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "correlate/clock_cloud.h"

#define REACH 24      /* neighbours looked at on each side */
#define SLACK 20000.0 /* ns that stamps may be late */

struct tally { /* of a session: comparisons, and contradictions of these */
	uint32_t as_said, bad_as_said;
	uint32_t as_turned, bad_as_turned;
	size_t first, last; /* points of the session, with n */
	size_t n;
};

/* Compares a point with one of another session. */
static void compare(const struct cloud_point *p, const struct cloud_point *q,
		    struct tally *t)
{
	bool bad = q->back ? p->y < q->y : p->y > q->y;

	if (p->back != q->back) {
		t->as_said++;
		t->bad_as_said += bad;
	} else {
		t->as_turned++;
		t->bad_as_turned += bad;
	}
}

static void tally_point(const struct cloud *c, size_t i, struct tally *t)
{
	const struct cloud_point *p = &c->at[i];

	if (!t->n++)
		t->first = i;
	t->last = i;
	for (size_t k = i > REACH ? i - REACH : 0; k < c->n && k <= i + REACH;
	     k++)
		if (c->at[k].session != p->session)
			compare(p, &c->at[k], t);
}

static bool is_turned(const struct tally *t)
{
	double said, turned;

	if (!t->as_said || !t->as_turned)
		return false;
	said = (double)t->bad_as_said / t->as_said;
	turned = (double)t->bad_as_turned / t->as_turned;
	return said > 0.1 && turned < said / 5;
}

enum way { AS_SAID, TURNED, EITHER };

/* Does a line fit the session's points as said, and those beside them? */
static bool fits_as_said(const struct cloud *c, const struct tally *t)
{
	size_t from = t->first > REACH ? t->first - REACH : 0;
	size_t to = t->last + 1 + REACH < c->n ? t->last + 1 + REACH : c->n;
	struct strip s = { .slack = 0 };
	bool fits;

	cloud_strip(c, from, to, &s);
	s.slope_limit = CLOCK_DRIFT_LIMIT;
	fits = strip_need(&s, NULL) <= SLACK;
	strip_release(&s);
	return fits;
}

/* Turns points, and drops those that may go either way. */
static void take_ways(struct cloud *c, const enum way *way)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct cloud_point p = c->at[i];

		if (way[p.session] == EITHER)
			continue;
		p.back ^= way[p.session] == TURNED;
		c->at[n++] = p;
	}
	c->n = n;
}

void cloud_turn(struct cloud *c)
{
	struct tally *t;
	enum way *way;
	uint32_t last = 0;

	if (!c->n)
		return;
	cloud_order(c, 0, c->n, false);
	for (size_t i = 0; i < c->n; i++)
		last = c->at[i].session > last ? c->at[i].session : last;
	t = mem_zalloc((size_t)last + 1, sizeof *t);
	way = mem_zalloc((size_t)last + 1, sizeof *way);
	for (size_t i = 0; i < c->n; i++)
		tally_point(c, i, &t[c->at[i].session]);
	for (uint32_t k = 0; k <= last; k++)
		if (is_turned(&t[k]))
			way[k] = fits_as_said(c, &t[k]) ? EITHER : TURNED;
	take_ways(c, way);
	free(way);
	free(t);
}

void cloud_loosen(struct cloud *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct cloud_point *p = &c->at[i];
		double near = p->near_tick, far = p->far_tick;

		p->y += p->back ? -far / 2 - near : far + near / 2;
		/* and x may be off by a tick */
		p->y += (p->back ? -1 : 1) * CLOCK_DRIFT_MOST * far;
	}
}
