/* Suspect matches: packets that contradict all the others.
 *
 * A match of two packets that are not the same can bound the offset wrongly,
 * and one such bound may empty the strip.  The line of least need touches two
 * to four points; one of them at least is at fault.  cloud_peel() repeatedly
 * removes the one that lowers the need most, up to PEEL_MIN points or a
 * PEEL_SHARE of them; if that is not enough, whole sessions in the same way, as
 * a wrongly paired session is wrong as a whole.
 *
 * A clock that was stepped contradicts itself, too.  So nothing is peeled if
 * the suspects are neighbours in time (RUN or more of one direction in
 * succession, or a session with no other traffic beside it at an end of the
 * stretch): these may be what follows or precedes a step.  It is no step,
 * however, where that is so in one point's capture order only.
 *
 * Cost: O(n) for each trial, four trials for each point peeled.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "correlate/clock_cloud.h"

#define PEEL_MIN 3
#define PEEL_SHARE 1000  /* one point in so many */
#define PEEL_SESSIONS 50 /* one session in so many */
#define RUN 3
#define PATIENCE 8

void cloud_strip(const struct cloud *c, size_t from, size_t to, struct strip *s)
{
	struct strip_point *p = mem_alloc((to - from + 1) * sizeof *p);
	size_t up = 0, down = to - from;

	for (size_t i = from; i < to; i++) {
		struct strip_point q = { c->at[i].x, c->at[i].y };

		if (c->at[i].dropped)
			continue;
		if (c->at[i].back)
			p[--down] = q;
		else
			p[up++] = q;
	}
	for (size_t i = down, k = to - from; i + 1 < k; i++) {
		struct strip_point q = p[i];

		p[i] = p[--k];
		p[k] = q;
	}
	strip_sort(p, up);
	strip_sort(p + down, to - from - down);
	strip_init(s, p, up, p + down, to - from - down, CLOCK_DRIFT_LIMIT);
	free(p);
}

static double need_of(const struct cloud *c, size_t from, size_t to)
{
	struct strip s = { 0 };
	double need;

	cloud_strip(c, from, to, &s);
	need = strip_need(&s, NULL);
	strip_release(&s);
	return need;
}

static size_t point_at(const struct cloud *c, size_t from, size_t to,
		       const struct strip_point *p, bool back)
{
	for (size_t i = from; i < to; i++)
		if (!c->at[i].dropped && c->at[i].back == back &&
		    c->at[i].x == p->x && c->at[i].y == p->y)
			return i;
	return to;
}

/* The points that hold the line of least need. Return: how many, at most 4. */
static size_t supports(const struct cloud *c, size_t from, size_t to,
		       size_t out[static 4])
{
	struct strip s = { 0 };
	double b;
	size_t n = 0;

	cloud_strip(c, from, to, &s);
	strip_need(&s, &b);
	for (int k = 0; k < 4 && s.ceiling.n && s.floor.n; k++) {
		const struct hull *h = k & 2 ? &s.floor : &s.ceiling;
		double slope = b + (k & 1 ? 1e-12 : -1e-12);

		out[n++] = point_at(c, from, to, hull_touch(h, slope), k & 2);
	}
	strip_release(&s);
	return n;
}

/* Sets dropped of point @i, or of its whole session. */
static void mark(struct cloud *c, size_t from, size_t to, size_t i, bool whole,
		 bool dropped)
{
	if (!whole) {
		c->at[i].dropped = dropped;
		return;
	}
	for (size_t k = from; k < to; k++)
		if (c->at[k].session == c->at[i].session)
			c->at[k].dropped = dropped;
}

/* Removes what lowers the need most.  Return: the remaining need. */
static double peel_one(struct cloud *c, size_t from, size_t to, bool whole)
{
	size_t at[4], n = supports(c, from, to, at), best = 0;
	double least = INFINITY;

	for (size_t k = 0; k < n; k++) {
		double need;

		if (at[k] == to)
			continue;
		mark(c, from, to, at[k], whole, true);
		need = need_of(c, from, to);
		mark(c, from, to, at[k], whole, false);
		if (need < least) {
			least = need;
			best = at[k];
		}
	}
	if (least < INFINITY)
		mark(c, from, to, best, whole, true);
	return least;
}

static size_t count_dropped(const struct cloud *c, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += c->at[i].dropped;
	return n;
}

/* Are there RUN suspects of one direction in succession? */
static bool is_run(const struct cloud *c, size_t from, size_t to)
{
	size_t run[2] = { 0, 0 };

	for (size_t i = from; i < to; i++) {
		size_t *r = &run[c->at[i].back];

		*r = c->at[i].dropped ? *r + 1 : 0;
		if (*r >= RUN)
			return true;
	}
	return false;
}

/* Are half of the suspects, or more, at one end of the stretch with nothing
 * else beside them? */
static bool is_end(const struct cloud *c, size_t from, size_t to)
{
	size_t first = from, last = to, all = count_dropped(c, from, to);

	while (first < to && c->at[first].dropped)
		first++;
	while (last > from && c->at[last - 1].dropped)
		last--;
	return (first - from) * 2 >= all || (to - last) * 2 >= all;
}

static int far_cmp(const void *a, const void *b)
{
	const struct cloud_point *p = a, *q = b;

	return (p->far_order > q->far_order) - (p->far_order < q->far_order);
}

static int near_cmp(const void *a, const void *b)
{
	const struct cloud_point *p = a, *q = b;

	return (p->near_order > q->near_order) -
	       (p->near_order < q->near_order);
}

/* Sorts by insertion; the two capture orders differ by packets on their way
 * only.  Return: false, where that takes more than a few moves a point. */
static bool order_near_sorted(struct cloud_point *at, size_t n,
			      int (*cmp)(const void *, const void *))
{
	size_t moves = 8 * n;

	for (size_t i = 1; i < n; i++) {
		struct cloud_point p = at[i];
		size_t k = i;

		for (; k && moves && cmp(&at[k - 1], &p) > 0; k--, moves--)
			at[k] = at[k - 1];
		at[k] = p;
		if (!moves)
			return false;
	}
	return true;
}

void cloud_order(struct cloud *c, size_t from, size_t to, bool by_near)
{
	int (*cmp)(const void *, const void *) = by_near ? near_cmp : far_cmp;

	if (to - from < 2)
		return; /* an empty cloud has no memory to point into */
	if (!order_near_sorted(c->at + from, to - from, cmp))
		qsort(c->at + from, to - from, sizeof *c->at, cmp);
}

/* Do the suspects look like one side of a step, in both capture orders? */
static bool is_like_step(struct cloud *c, size_t from, size_t to,
			 bool (*test)(const struct cloud *, size_t, size_t))
{
	bool both;

	if (!test(c, from, to))
		return false;
	cloud_order(c, from, to, true);
	both = test(c, from, to);
	cloud_order(c, from, to, false);
	return both;
}

static int id_cmp(const void *a, const void *b)
{
	uint32_t p = *(const uint32_t *)a, q = *(const uint32_t *)b;

	return (p > q) - (p < q);
}

static size_t count_sessions(const struct cloud *c, size_t from, size_t to)
{
	uint32_t *id = mem_alloc((to - from) * sizeof *id);
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		id[i - from] = c->at[i].session;
	qsort(id, to - from, sizeof *id, id_cmp);
	for (size_t i = 0; i < to - from; i++)
		n += i == 0 || id[i] != id[i - 1];
	free(id);
	return n;
}

static void restore(struct cloud *c, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		c->at[i].dropped = false;
}

static bool is_feasible(const struct cloud *c, size_t from, size_t to,
			double slack)
{
	struct strip s = { 0 };
	bool ok;

	cloud_strip(c, from, to, &s);
	ok = strip_solve(&s, slack);
	strip_release(&s);
	return ok;
}

/* Peels up to @budget points or sessions.  Return: is the need met? Gives up
 * early if it hardly falls: then more than a few contradict each other. */
static bool peel_some(struct cloud *c, size_t from, size_t to, double slack,
		      bool whole, size_t budget, size_t keep)
{
	double first = need_of(c, from, to), need = first;

	for (size_t i = 0; i < budget && need > slack; i++) {
		need = peel_one(c, from, to, whole);
		if (i >= PATIENCE && need > 0.9 * first)
			return false;
	}
	return is_feasible(c, from, to, slack) &&
	       count_dropped(c, from, to) * keep <= to - from;
}

bool cloud_peel(struct cloud *c, size_t from, size_t to, double slack,
		size_t keep)
{
	size_t n = to - from, sessions = count_sessions(c, from, to);
	size_t points = n / PEEL_SHARE > PEEL_MIN ? n / PEEL_SHARE : PEEL_MIN;

	if (n < keep)
		return false;
	if (peel_some(c, from, to, slack, false, points, keep) &&
	    !is_like_step(c, from, to, is_run))
		return true;
	restore(c, from, to);
	if (sessions >= PEEL_MIN + 1 &&
	    peel_some(c, from, to, slack, true, 1 + sessions / PEEL_SESSIONS,
		      keep) &&
	    !is_like_step(c, from, to, is_end))
		return true;
	restore(c, from, to);
	return false;
}
