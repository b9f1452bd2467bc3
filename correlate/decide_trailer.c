/* Is what is missing a trailer, or did its counterpart get one?
 *
 * A device that includes trailers in the IP length (correlate/trailer.h) changes the
 * packets that it forwards.  If that shows often, copies.c links them; otherwise
 * nothing is said of them.
 *
 * Cost: LIKES_LOOK records around the expected arrival.
 */
#include "correlate/decide_int.h"
#include "correlate/trailer.h"

#define LIKES_LOOK 64

/* May @y, at the far point, be near record @x except for a trailer on one of them?
 * Of a pure ACK everything else must be the same. */
static bool differs_by_trailer(const struct hop *h, const struct record *x,
			       const struct record *y)
{
	uint32_t longer = x->pay_len > y->pay_len ? x->pay_len : y->pay_len;

	return (uint32_t)y->seq64 - (uint32_t)x->seq64 == h->delta &&
	       (uint32_t)y->ack64 - (uint32_t)x->ack64 == h->ack_delta &&
	       y->tcp_flags == x->tcp_flags && (!x->pay_len) != (!y->pay_len) &&
	       longer <= TRAILER_MOST;
}

bool decide_trailer(const struct hop *h, uint32_t i, uint32_t off, uint32_t len,
		    const struct arrival *at)
{
	struct record x = *strand_at(h->near, i);
	uint32_t mid, j;

	if (!h->tcp || (x.tcp_flags & (REC_SYN | REC_FIN | REC_RST)))
		return false;
	if (off && off + len == x.pay_len)
		return trailer_of(h->near, i) == len;
	if (off || len != x.pay_len || !at->known)
		return false;
	mid = strand_find(h->far, at->mid);
	j = mid > LIKES_LOOK ? mid - LIKES_LOOK : 0;
	for (; j < h->far->n && j < mid + LIKES_LOOK; j++) {
		const struct record *y;

		if (h->far_is[j] & (LINKED | LINK_DUP | LINK_AWAY))
			continue;
		y = strand_at(h->far, j);
		if (decide_comes_about(at, y->time_ns) &&
		    differs_by_trailer(h, &x, y))
			return true;
	}
	return false;
}
