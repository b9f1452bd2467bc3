/* When a packet of the near point is due at the far one.
 *
 * If the hop's pace around it is known: at that pace, plus or minus its variation,
 * but not before the clocks' bounds allow, and not long before what left just
 * before it.  Otherwise within the clocks' bounds, which are loose if both points
 * saw only packets of the other direction.
 *
 * Cost: O(1), but for ORDER_LOOK records back.
 */
#include "correlate/decide_int.h"

#define ORDER_LOOK 64 /* records before, of which one arrived */

/* When the last packet before near record @i that arrived did so. */
static int64_t arrived_before(const struct hop *h, uint32_t i)
{
	for (int left = ORDER_LOOK; i-- > 0 && left > 0; left--)
		if ((h->near_is[i] & (LINKED | LINK_TIED | LINK_LATE)) ==
		    LINKED)
			return strand_time(h->far, h->far_of[i]);
	return INT64_MIN;
}

/* If the delay changes fast (a queue drains), the packet before is a better bound than
 * the usual delay: packets overtake each other by little. */
static void not_before(struct arrival *a, int64_t t)
{
	int64_t low = time_sub(t, DECIDE_GUARD);

	if (t == INT64_MIN || a->low >= low)
		return;
	a->low = low;
	a->mid = a->mid > a->low ? a->mid : a->low;
	a->high = a->high > a->mid ? a->high : a->mid;
}

/* The earliest that a packet sent at @t may come, at the pace of the fastest: a queue
 * may have drained since those from which the pace is known. */
static int64_t soonest(const struct hop *h, const struct arrival *a, int64_t t,
		       int64_t before)
{
	int64_t floor = hop_floor(h, time_sub(a->low, t));
	int64_t at = time_sub(time_add(t, floor), h->tick);

	if (before != INT64_MIN && time_sub(before, DECIDE_GUARD) > at)
		at = time_sub(before, DECIDE_GUARD);
	return at < a->low ? at : a->low;
}

struct arrival decide_arrival(const struct hop *h, uint32_t i)
{
	struct arrival a = { .known = true };
	int64_t t = strand_time(h->near, i), pace, dev, guard;
	int64_t low = time_add(t, h->f_low), before;

	if (hop_pace_at(h, i, &pace, &dev)) {
		guard = DECIDE_GUARD + 10 * dev;
		a.mid = time_add(t, pace);
		a.low = time_sub(a.mid, guard);
		a.high = time_add(a.mid, guard);
		if (h->f_low != INT64_MIN &&
		    a.low < time_sub(low, DECIDE_GUARD) && low <= a.mid)
			a.low = time_sub(low, h->tick);
		before = arrived_before(h, i);
		not_before(&a, before);
		a.soonest = soonest(h, &a, t, before);
		return a;
	} else if (h->f_high != INT64_MAX) {
		a.low = a.mid = time_add(t, h->f_high);
		a.high = time_add(a.low, DECIDE_NO_RTT);
	} else if (h->f_low != INT64_MIN) {
		/* both saw only packets of the other direction: one transit
		 * bounds the clock, another the packet */
		a.low = a.mid = low;
		a.high = time_add(time_add(low, h->max_transit),
				  h->max_transit);
		a.loose = true;
	} else {
		a.known = false;
	}
	a.soonest = a.low;
	return a;
}
