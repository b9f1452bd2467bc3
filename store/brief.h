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
#include <stddef.h>
#include <string.h>

#include "capture/record.h"

/* brief.csum, as the window has it: the record is elsewhere; brief.frame says
 * where. */
#define BRIEF_ELSEWHERE 0xff

struct brief {
	int64_t time_ns;
	uint64_t seq64, ack64;
	uint32_t frame;       /* less the window's first one */
	uint32_t full_or_cap; /* digest with REC_FULL, else captured length */
	uint32_t pay_len, tsval, tsecr, head_digest;
	uint16_t marks, window, ip_id, pay_sum;
	/* from here on what hardly ever changes: see store/pack_brief.c */
	uint16_t hdr_len;
	uint8_t opts, ttl, tos, csum;
	uint8_t link; /* wire_len less hdr_len and pay_len */
	uint8_t tcp_flags;
};
_Static_assert(sizeof(struct brief) == 64, "one line");

/* Two groups of fields that lie side by side in both, so that each is copied in
 * one go.  Restored, the second one ends in n_sack and icmp_type. */
#define BRIEF_SAME(from, field)                                                \
	(offsetof(struct brief, field) - offsetof(struct brief, from) ==       \
	 offsetof(struct record, field) - offsetof(struct record, from))
_Static_assert(BRIEF_SAME(pay_len, tsval) && BRIEF_SAME(pay_len, tsecr) &&
		       BRIEF_SAME(pay_len, head_digest),
	       "numbers");
_Static_assert(BRIEF_SAME(marks, window) && BRIEF_SAME(marks, ip_id) &&
		       BRIEF_SAME(marks, pay_sum) &&
		       BRIEF_SAME(marks, hdr_len) && BRIEF_SAME(marks, opts) &&
		       BRIEF_SAME(marks, ttl) && BRIEF_SAME(marks, tos) &&
		       BRIEF_SAME(marks, csum),
	       "headers");
_Static_assert(offsetof(struct record, n_sack) ==
			       offsetof(struct record, csum) + 1 &&
		       offsetof(struct record, icmp_type) ==
			       offsetof(struct record, csum) + 2,
	       "the group's last bytes");

#define BRIEF_GROUP 16 /* bytes of either */

#define BRIEF_COPY(to, from, field)                                            \
	memcpy((char *)(to) + offsetof(__typeof__(*(to)), field),              \
	       (const char *)(from) + offsetof(__typeof__(*(from)), field),    \
	       BRIEF_GROUP)

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
	uint64_t odd; /* what a line has no room for */
	bool full = r->marks & REC_FULL;

	b->time_ns = r->time_ns;
	b->seq64 = r->seq64;
	b->ack64 = r->ack64;
	b->frame = (uint32_t)frame;
	b->full_or_cap = full ? r->full_digest : r->cap_len;
	BRIEF_COPY(b, r, pay_len);
	BRIEF_COPY(b, r, marks);
	b->link = (uint8_t)link;
	b->tcp_flags = (uint8_t)r->tcp_flags;
	odd = frame >> 32 | link >> 8 | r->tcp_flags >> 8;
	odd |= (r->cap_len ^ brief_cap(r)) | (full ? 0 : r->full_digest);
	odd |= r->n_sack | r->icmp_type | r->frag_id | r->frag_off;
	return !odd && r->csum <= REC_CSUM_OFFLOAD;
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
	BRIEF_COPY(r, b, pay_len);
	r->full_digest = full ? b->full_or_cap : 0;
	r->wire_len = wire;
	r->cap_len = full ? wire : b->full_or_cap;
	BRIEF_COPY(r, b, marks);
	r->n_sack = 0; /* here the other has what is not of the group */
	r->icmp_type = 0;
	r->tcp_flags = b->tcp_flags;
	r->frag_off = 0;
	r->frag_id = 0;
}
