/* Strands: see the header.
 *
 * strand_find() gallops from where it looked last, since questions come in
 * about the order of time: O(log distance) instead of O(log n), and few blocks
 * of the case file are touched.
 */
#include "correlate/strand.h"

const struct record *strand_of_array(void *ctx, uint32_t i)
{
	const struct record *r = ctx;

	return &r[i];
}

static bool before(const struct strand *s, uint32_t i, int64_t t_ns)
{
	return strand_time(s, i) < t_ns;
}

uint32_t strand_find(struct strand *s, int64_t t_ns)
{
	uint32_t low, high, step = 1;

	if (!s->n)
		return 0;
	if (s->hint >= s->n)
		s->hint = s->n - 1;
	low = high = s->hint;
	if (before(s, low, t_ns)) { /* all up to low are before: low + 1 .. */
		while (high < s->n && before(s, high, t_ns)) {
			low = high;
			high = s->n - high > step ? high + step : s->n;
			step *= 2;
		}
		low++;
	} else {
		while (low > 0 && !before(s, low, t_ns)) {
			high = low;
			low = low > step ? low - step : 0;
			step *= 2;
		}
	}
	while (low < high) { /* the answer is in [low, high] */
		uint32_t mid = low + (high - low) / 2;

		if (before(s, mid, t_ns))
			low = mid + 1;
		else
			high = mid;
	}
	s->hint = low < s->n ? low : s->n - 1;
	return low;
}

enum fate_kind record_kind(const struct record *r, bool tcp)
{
	if (!tcp)
		return KIND_DATAGRAM;
	if (r->tcp_flags & REC_RST)
		return KIND_RST;
	if (r->tcp_flags & REC_SYN)
		return KIND_SYN;
	if (r->tcp_flags & REC_FIN)
		return KIND_FIN;
	return r->pay_len ? KIND_DATA : KIND_ACK;
}
