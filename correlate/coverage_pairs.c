/* Which left-over far record may have bytes of which near one, and how well that fits.
 *
 * A pair costs what speaks against it: a delay unlike those of its neighbours (in nats:
 * squared close by, as log far away), numbers of IP or acknowledgements that do not go on.
 * Another time stamp of TCP, or a time that the clocks do not allow, rules it out.  Two of
 * equal boundaries are copies, and none of a pair.
 *
 * Cost: a look at each pair that shares bytes; of a strand that is made of copies these
 * are L squared, so no more than PAIRS_MOST are kept.
 */
#include "correlate/coverage_int.h"

#include <math.h>

#include "base/search.h"

#define MS 1000000
#define LATE_COST 7.0 /* nats: sent after the near capture's end */
#define PAIRS_MOST                                                             \
	(4u << 20) /* of 16 bytes; and four times as many looked at */

/* Segments that were cut from one have its ID and those that follow it (Linux
 * increments it); merged ones keep the ID of the first. */
static bool same_ids(const struct record *x, const struct record *y)
{
	uint32_t big = x->pay_len > y->pay_len ? x->pay_len : y->pay_len;
	uint16_t after = (uint16_t)(y->ip_id - x->ip_id);
	uint16_t before = (uint16_t)(x->ip_id - y->ip_id);

	return after <= big / 256 || before <= big / 256;
}

/* Are @x and @y, both left over, two copies of one segment?  copies_match() has
 * decided already whether they are one packet, except over a relay and of copies
 * with time stamps that overtook each other. */
static bool are_copies(const struct hop *h, const struct range *x,
		       const struct range *y, const struct record *xr,
		       const struct record *yr)
{
	return !h->relay && x->at == y->at && x->len == y->len &&
	       !(h->use_ts && x->stamped && y->stamped) &&
	       !((xr->tcp_flags ^ yr->tcp_flags) &
		 (REC_SYN | REC_FIN | REC_RST | REC_ACK));
}

/* Nothing is linked meanwhile, so one answer serves for all pairs of a range. */
static bool pace_of(const struct hop *h, struct range *x)
{
	if (!x->asked)
		x->paced = hop_pace_at(h, x->idx, &x->pace, &x->dev);
	x->asked = true;
	return x->paced;
}

/* What it costs to say that these bytes of @y came with @x, of @at; < 0: cannot be. */
static double edge_cost(const struct hop *h, struct range *at,
			const struct record *x, const struct record *y)
{
	int64_t f = hop_f(x, y);
	double z, s, c = 0;

	if (h->relay)
		return hop_may_take(h, f) ? fabs((double)f) / 1e9 : -1;
	if (h->use_ts && (x->opts & y->opts & REC_OPT_TS) &&
	    y->tsval - x->tsval != h->ts_delta)
		return -1;
	if (!pace_of(h, at))
		return hop_may_take(h, f) ? 1 : -1;
	s = (double)(at->dev + 20000);
	z = (double)(f - at->pace);
	if ((double)(f - hop_floor(h, at->pace)) < -(16 * s + 100.0 * MS) ||
	    z > (double)h->max_transit)
		return -1;
	z = fabs(z);
	/* without time stamps, what comes much too late is another copy */
	if (!h->use_ts && z > 200 * s && z > 100.0 * MS)
		return -1;
	z /= s;
	c += z < 4 ? z : 4 + 2 * log(z / 4);
	if ((uint32_t)y->ack64 - (uint32_t)x->ack64 != h->ack_delta)
		c += 3;
	if (h->use_id && !same_ids(x, y))
		c += 8;
	if (!h->use_ts && c > LATE_COST && hop_near_ended(h, y->time_ns))
		return -1;
	return c;
}

/* The first near range that may reach @y. */
static size_t first_near(const struct cover *c, const struct range *y)
{
	uint64_t from = y->at > c->longest ? y->at - c->longest : 0;
	size_t at;

	SEARCH(at, c->near.n, k, c->near.at[k].at < from);
	return at;
}

bool coverage_pairs(struct cover *c)
{
	struct hop *h = c->h;
	uint64_t looks = 0;

	for (uint32_t k = 0; k < c->far.n; k++) {
		const struct range *y = &c->far.at[k];
		size_t low = first_near(c, y);
		struct record yr;

		if (low >= c->near.n || c->near.at[low].at >= y->at + y->len)
			continue;
		yr = *strand_at(h->far, y->idx);
		for (; low < c->near.n && c->near.at[low].at < y->at + y->len;
		     low++) {
			struct range *x = &c->near.at[low];
			struct record xr;
			double cost;

			if (++looks > 4ull * PAIRS_MOST ||
			    c->edge.n == PAIRS_MOST)
				return false;
			if (x->at + x->len <= y->at)
				continue;
			xr = *strand_at(h->near, x->idx);
			if (are_copies(h, x, y, &xr, &yr))
				continue;
			cost = edge_cost(h, x, &xr, &yr);
			if (cost >= 0)
				*VEC_PUSH(&c->edge) =
					(struct edge){ cost, k, (uint32_t)low };
		}
	}
	return true;
}
