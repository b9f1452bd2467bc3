/* Is what is missing a trailer, or did its counterpart get one?
 *
 * A device that includes trailers in the IP length (correlate/trailer.h) changes the
 * packets that it forwards.  If that shows often, copies.c links them; otherwise
 * nothing is said of them.
 *
 * Cost: that of decide_has_unlinked().
 */
#include "correlate/decide_int.h"
#include "correlate/trailer.h"

struct bare {
	const struct hop *h;
	struct record x; /* at near */
};

/* May @y, at the far point, be that record except for a trailer on one of them?
 * Of a pure ACK everything else must be the same. */
static bool differs_by_trailer(const void *ctx, const struct record *y)
{
	const struct bare *b = ctx;
	const struct hop *h = b->h;
	const struct record *x = &b->x;
	uint32_t longer = x->pay_len > y->pay_len ? x->pay_len : y->pay_len;

	return (uint32_t)y->seq64 - (uint32_t)x->seq64 == h->delta &&
	       (uint32_t)y->ack64 - (uint32_t)x->ack64 == h->ack_delta &&
	       y->tcp_flags == x->tcp_flags && (!x->pay_len) != (!y->pay_len) &&
	       longer <= TRAILER_MOST;
}

bool decide_trailer(const struct hop *h, uint32_t i, uint32_t off, uint32_t len,
		    const struct arrival *at)
{
	struct bare b = { .h = h, .x = *strand_at(h->near, i) };

	if (!h->tcp || (b.x.tcp_flags & (REC_SYN | REC_FIN | REC_RST)))
		return false;
	if (off && off + len == b.x.pay_len)
		return trailer_of(h->near, i) == len;
	if (off || len != b.x.pay_len || !at->known)
		return false;
	return decide_has_unlinked(h->far, h->far_is, at, differs_by_trailer,
				   &b);
}
