/* A record in one line of cache, while it waits in the window.
 *
 * What: of a record's 128 bytes most are rarely used, or follow from others.
 * The window is large and each of its records is written once and read once,
 * out of order, so that its size is what it costs.
 *
 * Invariants: brief_of() says of each record whether all of it is restored by
 * brief_restore(), part and dir apart; who asks keeps the others as they are.
 * Fields that the record's own marks call invalid count, too.
 */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "capture/record.h"

/* brief.csum, as the window has it: the record is elsewhere; brief.frame says
 * where. */
#define BRIEF_ELSEWHERE 0xff

struct brief {
	int64_t time_ns;
	uint64_t seq64, ack64;
	uint32_t frame; /* less the window's first one */
	uint32_t pay_len;
	uint32_t tsval, tsecr;
	uint32_t head_digest;
	uint32_t full_or_cap; /* digest with REC_FULL, else captured length */
	uint16_t marks, window, ip_id, pay_sum;
	/* from here on what hardly ever changes: see store/pack_brief.c */
	uint16_t hdr_len;
	uint8_t opts, ttl, tos;
	uint8_t link; /* wire_len less hdr_len and pay_len */
	uint8_t tcp_flags;
	uint8_t csum;
};
_Static_assert(sizeof(struct brief) == 64, "one line");

static inline uint32_t brief_cap(const struct record *r)
{
	return r->marks & REC_FULL ? r->wire_len : r->cap_len;
}

/* Return: whether it is all there. */
static inline bool brief_of(struct brief *b, const struct record *r,
			    uint64_t first_frame)
{
	uint64_t frame = r->frame - first_frame;
	uint64_t link = (uint64_t)r->wire_len - r->hdr_len - r->pay_len;
	bool full = r->marks & REC_FULL;

	*b = (struct brief){
		.time_ns = r->time_ns,
		.seq64 = r->seq64,
		.ack64 = r->ack64,
		.frame = (uint32_t)frame,
		.pay_len = r->pay_len,
		.tsval = r->tsval,
		.tsecr = r->tsecr,
		.head_digest = r->head_digest,
		.full_or_cap = full ? r->full_digest : r->cap_len,
		.hdr_len = r->hdr_len,
		.marks = r->marks,
		.window = r->window,
		.ip_id = r->ip_id,
		.pay_sum = r->pay_sum,
		.tcp_flags = (uint8_t)r->tcp_flags,
		.opts = r->opts,
		.ttl = r->ttl,
		.tos = r->tos,
		.link = (uint8_t)link,
		.csum = r->csum,
	};
	return !(frame >> 32) && !(link >> 8) && !(r->tcp_flags >> 8) &&
	       r->cap_len == brief_cap(r) && (full || !r->full_digest) &&
	       !(r->n_sack | r->icmp_type | r->frag_id | r->frag_off) &&
	       r->csum <= REC_CSUM_OFFLOAD;
}

static inline void brief_restore(const struct brief *b, uint64_t first_frame,
				 struct record *r)
{
	bool full = b->marks & REC_FULL;
	uint32_t wire = (uint32_t)b->link + b->hdr_len + b->pay_len;

	r->time_ns = b->time_ns;
	r->frame = first_frame + b->frame;
	r->seq64 = b->seq64;
	r->ack64 = b->ack64;
	r->wire_len = wire;
	r->cap_len = full ? wire : b->full_or_cap;
	r->pay_len = b->pay_len;
	r->tsval = b->tsval;
	r->tsecr = b->tsecr;
	r->head_digest = b->head_digest;
	r->full_digest = full ? b->full_or_cap : 0;
	r->frag_id = 0;
	r->hdr_len = b->hdr_len;
	r->marks = b->marks;
	r->tcp_flags = b->tcp_flags;
	r->window = b->window;
	r->ip_id = b->ip_id;
	r->frag_off = 0;
	r->pay_sum = b->pay_sum;
	r->opts = b->opts;
	r->n_sack = 0;
	r->ttl = b->ttl;
	r->tos = b->tos;
	r->csum = b->csum;
	r->icmp_type = 0;
}
