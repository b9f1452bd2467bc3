/* Was the far capture deaf when a packet was due there?
 *
 * A packet that the receiver lacks was lost somewhere before the receiver.  That it
 * was lost before the far point is concluded from the far capture, which does not
 * have it.  But if that capture also lacks what was sent just before and just
 * after, although both passed, then it shows nothing: the packet may as well have
 * been lost behind the far point.  So on each side the nearest record is asked of
 * which it is known whether it passed.  If both passed and the far capture has
 * neither, it was deaf.  If it lacks only one of them, it missed that one alone, or
 * its deafness ended there.
 *
 * Of pure ACKs and datagrams nothing proves that they passed: only their absence is
 * known (decide_in_gap()).  If several in a row are absent, and the far capture has
 * hardly anything of the session at that time, it may have been deaf.  Then what it
 * misses on the whole counts, not what it had of other sessions at that moment.
 *
 * Cost: DEAF_LOOK records on each side, the nearest one as a rule; of one that is
 * missing as well, its acknowledgements.
 */
#include "correlate/decide_int.h"

#define DEAF_LOOK 16
#define RUN 4        /* so many absent in a row may be a gap, ... */
#define HARDLY 2     /* ... if no more than 1 / HARDLY as many were heard */
#define RUN_LOOK 256 /* records of the run, on each side */

enum heard { HEARD_UNKNOWN, HEARD_IT, HEARD_MISSED };

static enum heard heard(struct chain *c, size_t k, uint32_t i)
{
	const struct hop *h = &c->hop[k];
	const struct record *x = strand_at(h->near, i);
	struct arrival at;
	uint64_t s = x->seq64, e = s + x->pay_len;

	if (h->near_is[i] & (LINKED | LINK_PART))
		return HEARD_IT;
	if (h->near_is[i] & LINK_PASSED)
		return HEARD_MISSED;
	if ((h->near_is[i] & (LINK_AWAY | LINK_TIED)) || e == s)
		return HEARD_UNKNOWN;
	at = decide_arrival(h, i);
	return decide_by_acks(c, k, i, s, e, &at).fate == FATE_UNSEEN
		       ? HEARD_MISSED
		       : HEARD_UNKNOWN;
}

/* Did the far capture miss the nearest record before (@step -1) or after @i of which
 * it is known whether it passed? */
static bool missed_beside(struct chain *c, size_t k, uint32_t i, int step)
{
	struct strand *near = c->hop[k].near;
	int64_t t = strand_time(near, i);

	for (int left = DEAF_LOOK; left > 0; left--) {
		enum heard is;

		i += (uint32_t)step;
		if (i >= near->n ||
		    time_apart(strand_time(near, i), t) > DECIDE_FAR_AWAY)
			return false;
		is = heard(c, k, i);
		if (is != HEARD_UNKNOWN)
			return is == HEARD_MISSED;
	}
	return false;
}

bool decide_deaf(struct chain *c, size_t k, uint32_t i)
{
	return missed_beside(c, k, i, -1) && missed_beside(c, k, i, 1);
}

/* Looks for the nearest record before (@step -1) or after @i that the far point has,
 * RUN_LOOK records away at most.
 * *@n: plus the number of records between; *@t_ns: the time of the last of them.
 * Return: the far record, or LINK_NONE. */
static uint32_t had_beside(const struct hop *h, uint32_t i, int step,
			   uint32_t *n, int64_t *t_ns)
{
	*t_ns = strand_time(h->near, i);
	for (int left = RUN_LOOK; left > 0; left--) {
		i += (uint32_t)step; /* below 0 wraps to above */
		if (i >= h->near->n)
			break;
		if (h->near_is[i] & LINKED)
			return h->far_of[i];
		*t_ns = strand_time(h->near, i);
		++*n;
	}
	return LINK_NONE;
}

/* Records of @s between the two times, @most at most. */
static uint32_t heard_within(struct strand *s, int64_t low, int64_t high,
			     uint32_t most)
{
	uint32_t n = 0;

	for (uint32_t j = strand_find(s, time_add(low, 1));
	     j < s->n && n < most && strand_time(s, j) < high; j++)
		n++;
	return n;
}

bool decide_in_gap(const struct chain *c, size_t k, uint32_t i,
		   const struct arrival *at)
{
	const struct hop *h = &c->hop[k];
	int64_t t = strand_time(h->near, i), first, last, low, high;
	uint32_t n = 1, from = had_beside(h, i, -1, &n, &first);
	uint32_t to = had_beside(h, i, 1, &n, &last), heard;

	if (n < RUN || from == LINK_NONE || to == LINK_NONE || to <= from)
		return false;
	low = time_sub(at->mid, time_sub(t, first));
	high = time_add(at->mid, time_sub(last, t));
	if (strand_time(h->far, from) > low)
		low = strand_time(h->far, from);
	if (strand_time(h->far, to) < high)
		high = strand_time(h->far, to);
	heard = heard_within(h->far, low, high, n);
	heard += heard_within(chain_opposite(c, h->far), low, high, n);
	return heard <= n / HARDLY;
}

bool decide_at_end(const struct chain *c, size_t k, uint32_t i)
{
	const struct hop *h = &c->hop[k];
	uint32_t n = 0;
	int64_t last;

	return had_beside(h, i, 1, &n, &last) == LINK_NONE &&
	       i + 1 + n == h->near->n;
}
