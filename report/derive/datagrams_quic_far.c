/* QUIC: near's datagrams at the other taps, and what far's own order says of them.
 *
 * A datagram is searched for behind the one of its direction that was found last; what
 * is reordered by more than that is not found.
 *
 * Cost: far's datagrams once, and for each that is not found LOOK large ones, and
 * SMALL_EACH times as many of all.
 */
#include "report/derive/datagrams_quic_int.h"

#include "report/derive/datagrams_int.h"
#include "report/derive/timeline_int.h"

#define LOOK 64
#define LOOK_FAR 4096 /* once in LOOK that are not found */
#define SMALL_EACH 8 /* a side has so many small ones for a large one at most */

static uint32_t find(struct quic *q, size_t i, int dir, const struct record *r,
		     int64_t *t_ns)
{
	struct strand *s = q->t->tap[i].strand[dir];
	uint32_t from = q->search[i][dir].at, n = 0;
	uint32_t missed = ++q->search[i][dir].missed;
	uint32_t most = missed % LOOK ? LOOK : LOOK_FAR;

	*t_ns = TRIP_UNKNOWN;
	for (uint32_t k = from;
	     k < s->n && k - from < most * SMALL_EACH && n < most; k++) {
		const struct record *y = strand_at(s, k);

		n += !quic_small(y);
		if (!datagrams_same(r, y))
			continue;
		q->search[i][dir].at = k + 1;
		q->search[i][dir].missed = 0;
		*t_ns = y->time_ns;
		return k;
	}
	return RECORD_NONE;
}

void quic_find(struct quic *q, int dir, const struct record *r, int64_t now,
	       struct newest *out)
{
	out->far = RECORD_NONE;
	out->at_ns[0] = now;
	for (size_t i = 1; i < q->t->n_taps; i++)
		out->far = find(q, i, dir, r, &out->at_ns[i]);
}

bool quic_before(const struct quic *q, int dir, uint32_t a, uint32_t b)
{
	struct record x = *quic_at_far(q, dir,
				       a); /* a copy, since its strand is
					       * used for another record */

	return tap_before(&x, quic_at_far(q, !dir, b));
}

uint32_t quic_first_told(const struct quic *q, uint32_t tell)
{
	struct record ask = *quic_at_far(q, 0, q->ask.far);
	uint32_t had = q->tell.far == RECORD_NONE ? 0 : q->tell.far + 1;
	uint32_t first = tell;

	for (uint32_t k = tell, n = 0; k > had && n < LOOK_FAR; k--, n++) {
		const struct record *y = quic_at_far(q, 1, k - 1);

		if (!tap_before(&ask, y))
			break;
		if (!quic_small(y))
			first = k - 1;
	}
	return first;
}

bool quic_follows(const struct quic *q, uint32_t tell)
{
	if (tell == RECORD_NONE || q->tell.far == RECORD_NONE ||
	    tell <= q->tell.far)
		return false;
	for (uint32_t k = q->tell.far + 1; k < tell; k++)
		if (!quic_small(quic_at_far(q, 1, k)))
			return false;
	return true;
}
