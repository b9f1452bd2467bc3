/* What a packet adds to its direction's facts: struct side, as side.c has it.
 *
 * Here, as each packet comes through and most of what may be is not: where the
 * caller knows a packet's flags (flow_add.h), the tests that these answer go away.
 *
 * "Big" is a segment that no link carried as it stands, a sign that the host
 * itself captured it: longer than the MSS that its receiver announced, or,
 * where that SYN was not seen, an IP packet above JUMBO bytes.  (1500 would
 * be wrong in networks with jumbo frames.)
 */
#pragma once

#include "base/gather.h"
#include "capture/live.h"

#define JUMBO 9216 /* bytes: no link carries more */

static inline void side_ts(struct side *s, const struct record *r)
{
	if (!s->ts) {
		s->ts = true;
		s->tsval_first = r->tsval;
		s->tsval_first_ns = r->time_ns;
	}
	s->tsval_last = r->tsval;
	s->tsval_last_ns = r->time_ns;
}

/* What its TCP header says, with @flags. */
static ALWAYS_INLINE void side_tcp(struct side *s, const struct packet *p,
				   unsigned flags, struct pool *pool)
{
	const struct record *r = &p->rec;

	if (flags & REC_SYN)
		side_syn(s, p, pool);
	if (r->opts & REC_OPT_TS)
		side_ts(s, r);
	if (flags & REC_FIN)
		s->fin = true;
	if (flags & REC_RST)
		s->rst = true;
	else if (r->ack64 > s->ack_max)
		s->ack_max = r->ack64;
}

static inline void side_first(struct side *s, const struct record *r)
{
	s->first_ns = s->last_ns = r->time_ns;
	s->ttl_min = s->ttl_max = r->ttl;
	s->ip_id_first = r->ip_id;
	s->ipid_zero = s->ipid_const = true;
}

static inline void side_ttl(struct side *s, uint8_t ttl)
{
	if (ttl < s->ttl_min)
		s->ttl_min = ttl;
	if (ttl > s->ttl_max)
		s->ttl_max = ttl;
}

static inline bool side_is_big(const struct side *far, const struct record *r)
{
	if (far->syn && far->mss)
		return r->pay_len > far->mss;
	return (uint32_t)r->hdr_len + r->pay_len > JUMBO;
}

static inline void side_csum(struct side *s, const struct record *r)
{
	if (r->csum == REC_CSUM_GOOD)
		s->csum_good++;
	else if (r->csum == REC_CSUM_BAD)
		s->csum_bad++;
	else if (r->csum == REC_CSUM_OFFLOAD)
		s->csum_offload++;
}

static inline void side_payload(struct side *s, const struct side *far,
				const struct record *r, bool tcp)
{
	s->bytes += r->pay_len;
	s->data_packets++;
	if (r->pay_len > s->max_pay)
		s->max_pay = r->pay_len;
	if (tcp && side_is_big(far, r))
		s->big++;
}

/* Counts the packet into the direction's facts; @far is the other one; @tcp: it
 * is of a TCP connection. */
static ALWAYS_INLINE void side_add(struct side *s, const struct side *far,
				   const struct record *r, bool tcp)
{
	if (!s->packets++)
		side_first(s, r);
	if (r->time_ns < s->first_ns)
		s->first_ns = r->time_ns;
	if (r->time_ns > s->last_ns)
		s->last_ns = r->time_ns;
	if (r->ttl != s->ttl_min || r->ttl != s->ttl_max)
		side_ttl(s, r->ttl);
	if (r->ip_id)
		s->ipid_zero = false;
	if (r->ip_id != s->ip_id_first)
		s->ipid_const = false;
	side_csum(s, r);
	if (r->pay_len)
		side_payload(s, far, r, tcp);
}
