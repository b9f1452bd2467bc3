/* Over a relay: what went in and did not come out.
 *
 * Each side has its own packets and acknowledgements, so only bytes are compared.
 * Those after the end (FIN) of the stream that the relay sent are lost.  Those that
 * another copy brought, packets without data, and what was said to the relay before
 * the stream (CONNECT), concern this side alone (outside).
 *
 * Cost: END_LOOK records back, DECIDE_COPIES copies each way.
 */
#include "correlate/decide_int.h"

#define END_LOOK 64  /* records at a stream's end, searched for its FIN */
#define BEGIN_LOOK 8 /* at its beginning, for its SYN */

/* Where the far stream ends, as a near raw number; false: not seen. */
static bool stream_end(const struct hop *h, uint32_t *at)
{
	uint32_t left = END_LOOK;

	for (uint32_t j = h->far->n; j-- > 0 && left-- > 0;) {
		const struct record *y = strand_at(h->far, j);

		if (!(y->tcp_flags & REC_FIN))
			continue;
		*at = hop_to_near(h, (uint32_t)y->seq64 + y->pay_len);
		return true;
	}
	return false;
}

/* Is what ends at near raw @e before all that the relay sent, as its SYN shows? */
static bool before_stream(const struct hop *h, uint64_t e)
{
	for (uint32_t j = 0; j < h->far->n && j < BEGIN_LOOK; j++) {
		const struct record *y = strand_at(h->far, j);

		if (y->tcp_flags & REC_SYN)
			return seq_diff((uint32_t)e,
					hop_to_near(h, (uint32_t)y->seq64 +
							       1)) <= 0;
	}
	return false;
}

static bool has_passed(const struct hop *h, uint32_t i)
{
	return (h->near_is[i] & (LINKED | LINK_PART)) != 0;
}

/* Did another copy of near record @i's bytes [s, e) come through? */
static bool other_copy_passed(struct chain *c, size_t k, uint32_t i, uint64_t s,
			      uint64_t e)
{
	const struct hop *h = &c->hop[k];
	const struct recopy *r = chain_copies(c, c->leg[k].a);
	uint32_t before = i, after = i;

	for (int left = DECIDE_COPIES; left > 0; left--) {
		if (before != UINT32_MAX)
			before = recopy_previous(r, before, s, e);
		if (after != UINT32_MAX)
			after = recopy_next(r, after + 1, s, e);
		if ((before != UINT32_MAX && has_passed(h, before)) ||
		    (after != UINT32_MAX && has_passed(h, after)))
			return true;
	}
	return false;
}

/* A relay takes bytes and sends bytes; packets are each side's own. */
struct verdict decide_over_relay(struct chain *c, size_t k, uint32_t i,
				 uint64_t s, uint64_t e)
{
	uint32_t end;

	if (s == e)
		return verdict_of(FATE_OUTSIDE, BASIS_NONE, WHY_RELAY);
	if (c->hop[k].told && before_stream(&c->hop[k], e))
		return verdict_of(FATE_OUTSIDE, BASIS_NONE, WHY_RELAY);
	if (c->hop[k].told && stream_end(&c->hop[k], &end) &&
	    seq_diff((uint32_t)s, end) >= 0)
		return verdict_of(FATE_LOST, BASIS_PROOF, WHY_ENDED);
	if (other_copy_passed(c, k, i, s, e))
		return verdict_of(FATE_OUTSIDE, BASIS_NONE, WHY_RELAY);
	return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_RELAY);
}
