/* Weak matches: none of them binds alone.
 *
 * A match of a packet that nothing tells from its copies (match_pair.weak: no
 * IP ID of its own, no time stamp) is wrong where each of two points missed
 * another copy; where both have as many packets of the session, nothing was
 * missed, and no match is weak.  A wrong one bounds the offset too tightly, by
 * the time between the copies.  That is rare, one in some 10,000, but a bound
 * is only worth having if it holds; and one that is wrong by less than the
 * round trip contradicts nothing, so that no peeling finds it.
 *
 * So a bound takes two packets: of each WINDOW points of one direction that
 * follow one another in capture order the tightest is taken out, if it is weak.
 * Two wrong ones in one window are out of the question.  What that costs where
 * all are right is what the second least of so many waited longer than the
 * least: a WINDOWth of the mean wait, or so.
 *
 * Cost: O(n).
 */
#include "correlate/clock_cloud.h"

#define WINDOW 32
#define LEAST 8 /* points in a window, to take one out */

struct window {
	size_t n, tightest; /* so far; where that is */
};

static bool is_tighter(const struct cloud_point *p, const struct cloud_point *q)
{
	return p->back ? p->y > q->y : p->y < q->y;
}

static void close_window(struct cloud *c, struct window *w)
{
	struct cloud_point *p = &c->at[w->tightest];

	if (w->n >= LEAST && p->weak)
		p->dropped = true;
	w->n = 0;
}

static void add(struct cloud *c, size_t i, struct window *w)
{
	if (!w->n || is_tighter(&c->at[i], &c->at[w->tightest]))
		w->tightest = i;
	if (++w->n == WINDOW)
		close_window(c, w);
}

void cloud_trim(struct cloud *c)
{
	struct window w[2] = { { 0 }, { 0 } };
	size_t n = 0;

	cloud_order(c, 0, c->n, false);
	for (size_t i = 0; i < c->n; i++)
		add(c, i, &w[c->at[i].back]);
	close_window(c, &w[0]);
	close_window(c, &w[1]);
	for (size_t i = 0; i < c->n; i++)
		if (!c->at[i].dropped)
			c->at[n++] = c->at[i];
	c->n = n;
}
