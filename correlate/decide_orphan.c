/* What the far point has and the near one does not.
 *
 * The near capture missed it, unless it was evidently made in between: a reset or
 * another packet with a TTL that no packet of this direction arrived with, or one
 * after which the alleged sender continued as if it had not sent it: it is seen at
 * the far point, or sends more data at the near one.  What it did tells nothing of
 * the place where the near capture was not running then: the reset may have been made
 * before that point, too.
 *
 * Cost: TTL_LOOK records around.
 */
#include "correlate/decide_int.h"

#define TTL_LOOK 24          /* records around, whose TTL is compared */
#define WENT_ON_NS 1000000ll /* after a reset, for what was on its way */
#define NEARBY (1 << 24)     /* bytes: of the same stream */

/* Do the records around it, which came all the way, have another TTL?  For a reset one
 * of them is enough: a connection that is reset early has no more. */
static bool strange_ttl(const struct hop *h, uint32_t j, const struct record *y)
{
	const uint32_t enough = y->tcp_flags & REC_RST ? 1 : 2;
	uint32_t from = j > TTL_LOOK ? j - TTL_LOOK : 0, others = 0;

	for (uint32_t k = from; k < h->far->n && k < j + TTL_LOOK; k++) {
		if (k == j || !(h->far_is[k] & LINKED))
			continue;
		if (strand_at(h->far, k)->ttl == y->ttl)
			return false;
		others++;
	}
	return others >= enough;
}

/* After a reset its sender sends nothing but more resets, unless it begins anew, with a
 * SYN: a client resets what is taken for an older connection (RFC 9293, 3.5.1).  The
 * SYN that was reset is not sent again. */
static bool sender_went_on(const struct hop *h, uint32_t j)
{
	uint32_t rst = (uint32_t)strand_at(h->far, j)->seq64;
	int64_t on = time_add(strand_time(h->far, j),
			      2 * (h->dev + h->tick) + WENT_ON_NS);

	for (uint32_t k = j + 1; k < h->far->n && k < j + TTL_LOOK; k++) {
		const struct record *r = strand_at(h->far, k);

		if (!(h->far_is[k] & LINKED) || r->tcp_flags & REC_RST)
			continue;
		if ((r->tcp_flags & (REC_SYN | REC_ACK)) == REC_SYN &&
		    rst - (uint32_t)r->seq64 > 1)
			return false;
		if (r->time_ns > on)
			return true;
	}
	return false;
}

/* The same at the near point: did the alleged sender give out data after @left_ns,
 * the latest that the reset @y can have left there?  It need not have arrived:
 * what resets one side often keeps the rest of the session from it. */
static bool near_went_on(const struct hop *h, const struct record *y,
			 int64_t left_ns)
{
	int64_t on = time_add(left_ns, 2 * (h->dev + h->tick) + WENT_ON_NS);
	uint32_t i = strand_find(h->near, on);

	for (uint32_t n = 0; i < h->near->n && n < TTL_LOOK; i++, n++) {
		const struct record *r = strand_at(h->near, i);
		uint32_t from = hop_to_near(h, (uint32_t)y->seq64);
		int32_t on_by = (int32_t)((uint32_t)r->seq64 - from);

		if (r->time_ns > on && r->pay_len &&
		    !(r->tcp_flags & (REC_RST | REC_SYN)) && on_by > -NEARBY &&
		    on_by < NEARBY)
			return true;
	}
	return false;
}

struct verdict decide_orphan(struct chain *c, size_t k, uint32_t j)
{
	const struct hop *h = &c->hop[k];
	struct record y = *strand_at(h->far, j);
	int64_t low = INT64_MIN, high = 0,
		room = DECIDE_GUARD + 10 * h->dev + h->tick;
	bool special = y.tcp_flags & (REC_RST | REC_FIN);
	bool told = h->paced || h->f_low != INT64_MIN; /* is high the latest? */
	struct verdict v;

	if (h->relay)
		return verdict_of(FATE_OUTSIDE, BASIS_NONE, WHY_RELAY);
	if (h->unsure) /* it may be any of those that are undecided */
		return verdict_of(FATE_OUTSIDE, BASIS_NONE,
				  WHY_UNMATCHED_CONTENT);
	if (h->tcp && strange_ttl(h, j, &y) &&
	    (special || !h->use_ts || !(y.opts & REC_OPT_TS)))
		return verdict_of(FATE_INJECTED, BASIS_EFFECT,
				  WHY_NOT_FROM_THERE);
	if (h->paced) {
		high = time_sub(y.time_ns, h->pace);
		low = time_sub(high, room);
		high = time_add(high, room);
	} else if (h->f_low != INT64_MIN || h->f_high != INT64_MAX) {
		high = time_sub(y.time_ns,
				h->f_low != INT64_MIN ? h->f_low : h->f_high);
		low = time_sub(high, DECIDE_NO_RTT);
	}
	if (low != INT64_MIN && watch_hides(&c->env->watch[h->near->pos - 1],
					    low, high) != WHY_NONE)
		return verdict_of(FATE_OUTSIDE, BASIS_NONE, WHY_NOT_RUNNING);
	if (h->tcp && (y.tcp_flags & REC_RST) &&
	    (sender_went_on(h, j) || (told && near_went_on(h, &y, high))))
		return verdict_of(FATE_INJECTED, BASIS_EFFECT,
				  WHY_NOT_FROM_THERE);
	v = verdict_of(FATE_DELIVERED, BASIS_NONE, WHY_MATCHED);
	v.t_ns = low != INT64_MIN ? time_add(low, time_sub(high, low) / 2)
				  : y.time_ns;
	return v;
}
