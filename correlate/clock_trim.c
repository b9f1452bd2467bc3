/* Weak matches: none of them alone determines a bound.
 *
 * A match of a packet that nothing distinguishes from its copies
 * (match_pair.weak: no IP ID of its own, no time stamp) is wrong if each of two
 * points missed a different copy; if both have the same number of the session's
 * packets, nothing was missed, and no match is weak.  A wrong one bounds the
 * offset too tightly, by the time between the copies.  That is rare, one in
 * some 10,000, but a bound is only worth having if it holds; and one that is
 * wrong by less than the round trip contradicts nothing, so that no peeling
 * finds it.
 *
 * So a bound takes two packets: of each WINDOW points of one direction that
 * follow one another in capture order the tightest is taken out, if it is
 * weak.  Two wrong ones in one window are out of the question.  If all are
 * right, the cost is the difference between the least and the second least wait
 * of so many: about a WINDOWth of the mean wait.
 *
 * Cost: O(n).
 */
#include "correlate/clock_cloud.h"

#define WINDOW 32
#define LEAST 8 /* points in a window, to take one out */

struct window {
	size_t n, tightest; /* so far; index of the tightest */
};

static bool is_tighter(const struct cloud_point *p, const struct cloud_point *q)
{
	return p->back ? p->y > q->y : p->y < q->y;
}

static void close_window(struct cloud *c, struct window *w)
{
	if (w->n >= LEAST && c->at[w->tightest].weak)
		c->at[w->tightest].dropped = true;
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
