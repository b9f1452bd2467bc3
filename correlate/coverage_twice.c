/* Bytes that came twice.
 *
 * A receiver that merges segments merges duplicates with their neighbours: these are bytes
 * of a far record that were not given to any near one.  The near records around it that
 * have them came before, in another far record; the network made the second copy where
 * neither time stamps nor the time say that the sender did.
 *
 * Cost: TWICE_LOOK near records on each side, for each stretch of such bytes.
 */
#include "correlate/coverage_int.h"

#define TWICE_LOOK 64 /* near records on each side */

/* The bytes [at, end) of near record @i came in far record far_of[i], and again in
 * far record @y.  Did the network make the second copy?  One that the sender sent
 * has another time stamp, or comes later. */
static bool came_twice(const struct cover *c, uint32_t i, const struct range *y,
		       uint64_t at, uint64_t end)
{
	const struct hop *h = c->h;
	struct record x = *strand_at(h->near, i), r;
	uint64_t from = seq_unwrap(at, (uint32_t)x.seq64);

	if (!(h->near_is[i] & LINKED) || h->far_of[i] == y->idx || !x.pay_len ||
	    from >= end || from + x.pay_len <= at)
		return false;
	r = *strand_at(h->far, y->idx);
	if (h->use_ts && (x.opts & r.opts & REC_OPT_TS))
		return r.tsval - x.tsval == h->ts_delta;
	x = *strand_at(h->far, h->far_of[i]);
	return hop_twice(h, time_sub(r.time_ns, x.time_ns));
}

/* Marks the near records, around @mid, whose bytes of [at, end) came in @y. */
static void mark_twice(const struct cover *c, const struct range *y,
		       uint32_t mid, uint64_t at, uint64_t end)
{
	struct hop *h = c->h;
	uint32_t i = mid > TWICE_LOOK ? mid - TWICE_LOOK : 0;

	for (; i < h->near->n && i < mid + TWICE_LOOK; i++)
		if (came_twice(c, i, y, at, end))
			h->near_is[i] |= LINK_DUP;
}

void coverage_twice(const struct cover *c)
{
	for (uint32_t k = 0; k < c->far.n; k++) {
		const struct range *y = &c->far.at[k];
		uint64_t at = y->at;

		if (!y->found || y->found == y->len)
			continue;
		while (at < y->at + y->len) {
			uint64_t to = y->at + y->len, next = to;
			const struct share *first = NULL;

			for (uint32_t p = y->chain; p;
			     p = c->share.at[p - 1].far_next) {
				const struct share *g = &c->share.at[p - 1];

				if (g->at + g->len > at &&
				    (!first || g->at < first->at))
					first = g;
			}
			if (first) {
				to = first->at;
				next = first->at + first->len;
			}
			if (to > at)
				mark_twice(c, y, c->h->near_of[y->idx], at, to);
			at = next;
		}
	}
}
