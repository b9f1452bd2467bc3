/* Was the far capture deaf when a packet was due there?
 *
 * That the receiver lacks a packet proves that it was lost before the receiver,
 * not where: that it was before the far point follows from the far capture, which
 * has not got it.  A capture that lacks what was sent just before and just after,
 * too, although that passed, shows nothing: the packet may have been lost behind
 * the far point as well.  So the nearest record on each side of which it is known
 * is asked.  If both passed and neither is in the far capture, it was deaf; one of
 * them alone is a packet that it missed, or where its deafness ends.
 *
 * Cost: DEAF_LOOK records on each side, the nearest one as a rule; of one that is
 * missing as well, its acknowledgements.
 */
#include "correlate/decide_int.h"

#define DEAF_LOOK 16

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

/* The nearest record before (@step -1) or after @i of which it is known. */
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
