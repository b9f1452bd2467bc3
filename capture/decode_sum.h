/* Payload and checksum of the transport layers, as capture/decode_sum.c has them:
 * here, as decode_common.h wants them inlined.
 */
#pragma once

#include <arpa/inet.h>

#include "base/gather.h"
#include "capture/decode_int.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Inlined where @n is known: then it is a dozen instructions. */
static inline uint32_t decode_digest(const uint8_t *p, size_t n)
{
	uint64_t h = XXH3_64bits(p, n);

	return (uint32_t)(h ^ h >> 32);
}

uint32_t decode_digest_any(const uint8_t *p, size_t n); /* not inlined */

/* decode_payload() */
static ALWAYS_INLINE void decode_payload_of(struct packet *out,
					    const uint8_t *p, size_t have)
{
	struct record *rec = &out->rec;
	uint32_t head = rec->pay_len < REC_HEAD_BYTES ? rec->pay_len
						      : REC_HEAD_BYTES;
	uint32_t cap = have < rec->pay_len ? (uint32_t)have : rec->pay_len;

	out->payload_cap = cap;
	out->payload = cap ? p : NULL;
	if (cap < rec->pay_len)
		rec->marks |= REC_CUT;
	if (!cap || cap < head)
		return;
	rec->marks |= REC_HEAD;
	rec->head_digest = head == REC_HEAD_BYTES
				   ? decode_digest(p, REC_HEAD_BYTES)
				   : decode_digest_any(p, head);
	if (cap < rec->pay_len)
		return;
	rec->marks |= REC_FULL;
	rec->full_digest = cap == head ? rec->head_digest
				       : decode_digest_any(p, cap);
}

/* The sum of a transport header: nearly all are one of three lengths. */
static inline uint64_t sum_header(const uint8_t *p, uint32_t n)
{
	switch (n) {
	case 8:
		return sum_8(p);
	case 20:
		return sum_8(p) + sum_8(p + 8) + sum_4(p + 16);
	case 32:
		return sum_8(p) + sum_8(p + 8) + sum_8(p + 16) + sum_8(p + 24);
	default:
		return sum_bytes(p, n);
	}
}

/* @len is added as the 32-bit number that IPv6's pseudo-header has. */
static inline uint64_t with_length(uint64_t pseudo, uint32_t len)
{
	return pseudo + htons((uint16_t)len) + htons((uint16_t)(len >> 16));
}

/* The checksum is what a sending host leaves there for its network card. */
static ALWAYS_INLINE bool is_offload(const struct decode_sums *s, uint16_t csum)
{
	uint16_t with, without, inv = (uint16_t)~csum;

	if (!s->pseudo || s->no_pseudo)
		return false;
	with = sum_fold(with_length(s->of_pseudo, s->l4_len));
	without = sum_fold(s->of_pseudo);
	return csum == with || inv == with || csum == without ||
	       inv == without || (!csum && !s->optional);
}

static inline void set_sum(struct record *rec, uint16_t memory_order)
{
	uint16_t sum = ntohs(memory_order);

	if (!rec->pay_len)
		return;
	rec->marks |= REC_SUM;
	rec->pay_sum = sum == 0xffff ? 0 : sum;
}

/* decode_checksum() */
static ALWAYS_INLINE void decode_checksum_of(struct packet *out,
					     const struct decode_sums *s)
{
	struct record *rec = &out->rec;
	bool whole = out->payload_cap == rec->pay_len;
	uint64_t sum, pay = 0;
	uint16_t csum;

	if (rec->marks & REC_FRAG || s->hdr_cap < s->hdr_len)
		return;
	if (whole && rec->pay_len) {
		pay = sum_bytes(out->payload, rec->pay_len);
		set_sum(rec, sum_fold(pay));
	}
	memcpy(&csum, s->hdr + s->csum_at, sizeof csum);
	if ((s->optional && !csum) || (s->pseudo && s->no_pseudo))
		return;
	sum = sum_header(s->hdr, s->hdr_len);
	if (s->pseudo)
		sum += with_length(s->of_pseudo, s->l4_len);
	if (whole && sum_fold(sum + pay) == 0xffff)
		rec->csum = REC_CSUM_GOOD;
	else if (is_offload(s, csum))
		rec->csum = REC_CSUM_OFFLOAD;
	else if (whole)
		rec->csum = REC_CSUM_BAD;
	else
		set_sum(rec, (uint16_t)~sum_fold(sum));
}
