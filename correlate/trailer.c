/* Trailers: see the header.
 *
 * Ethernet pads frames, and switches, taps and balancers append trailers of
 * their own.  A device that rewrites a packet by its frame's length turns them
 * into payload: then a pure ACK carries data, and a segment ends after the
 * beginning of the next. The next one tells: a sender continues where it ended,
 * or earlier, with a retransmission.  So a record that ends after the beginning
 * of the next has a trailer, unless the next one repeats its end: usually a
 * lost piece, which ends at the same byte, and proves nothing.
 *
 * Cost: LOOK records, once for each record that has no counterpart.
 */
#include "correlate/trailer.h"

#define LOOK 16 /* following records searched for one that tells */

uint32_t trailer_of(const struct strand *s, uint32_t i)
{
	const struct record *r = strand_at(s, i);
	uint64_t from = r->seq64, end = from + r->pay_len;

	if (!r->pay_len || (r->tcp_flags & (REC_SYN | REC_FIN | REC_RST)))
		return 0;
	for (uint32_t k = i + 1; k < s->n && k <= i + LOOK; k++) {
		r = strand_at(s, k);
		if (r->seq64 < from || (r->tcp_flags & REC_RST))
			continue;
		if (r->seq64 >= end || end - r->seq64 > TRAILER_MOST)
			return 0;
		if (r->seq64 == from || r->seq64 + r->pay_len != end)
			return (uint32_t)(end - r->seq64);
	}
	return 0;
}
