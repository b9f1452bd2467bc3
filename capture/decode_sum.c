/* Payload: digests, ones' complement sums and the checksum's verdict.
 *
 * Ones' complement sums do not depend on byte order except for a swap at the
 * end (RFC 1071), so words are added as they lie in memory, 64 bits at a time
 * with the carries added back in.
 *
 * A transport checksum says: pseudo-header + header + payload = 0xffff.  So
 * - with all of it captured, one sum over the payload gives both payload sum
 *   and verdict;
 * - with the payload cut, the payload's sum follows from the checksum
 *   (algorithms: B.5), unless it was not computed yet: a sending host with
 *   checksum offload leaves the pseudo-header's sum there (Linux), or its
 *   complement, or that without the length (large sends), or zero.  A payload
 * sum is invariant under any header rewrite, and composes (rec_sum_append).
 * 0x0000 and 0xffff are the same number, written 0.
 *
 * Cost: 0.03 ns a byte for the sum, 0.06 for the digest, 3 ns for the head's
 * digest.
 */
#include "capture/decode_int.h"

#include <arpa/inet.h>

#include "base/gather.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

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

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* a + b with the carry added back in. */
static inline uint64_t add_carry(uint64_t a, uint64_t b)
{
	uint64_t s;
	unsigned carry = __builtin_add_overflow(a, b, &s);

	return s + carry;
}

/* Return: a sum congruent to that of the words modulo 0xffff, and 0 only if all
 * bytes are 0; less than 2^35, so that a few can be added. */
uint64_t sum_bytes(const uint8_t *p, size_t n)
{
	uint64_t a = 0, b = 0;
	uint64_t tail = 0;

	for (; n >= 32; p += 32, n -= 32) {
		a = add_carry(a, load64(p));
		b = add_carry(b, load64(p + 8));
		a = add_carry(a, load64(p + 16));
		b = add_carry(b, load64(p + 24));
	}
	for (; n >= 8; p += 8, n -= 8)
		a = add_carry(a, load64(p));
	if (n) {
		memcpy(&tail, p, n);
		b = add_carry(b, tail);
	}
	return (a & UINT32_MAX) + (a >> 32) + (b & UINT32_MAX) + (b >> 32);
}

/* Inlined where @n is known: then it is a dozen instructions. */
static inline uint32_t digest(const uint8_t *p, size_t n)
{
	uint64_t h = XXH3_64bits(p, n);

	return (uint32_t)(h ^ h >> 32);
}

static __attribute__((noinline)) uint32_t digest_any(const uint8_t *p, size_t n)
{
	return digest(p, n);
}

void decode_payload(struct packet *out, const uint8_t *p, size_t have)
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
	rec->head_digest = head == REC_HEAD_BYTES ? digest(p, REC_HEAD_BYTES)
						  : digest_any(p, head);
	if (cap < rec->pay_len)
		return;
	rec->marks |= REC_FULL;
	rec->full_digest = cap == head ? rec->head_digest : digest_any(p, cap);
}

/* @len is added as the 32-bit number that IPv6's pseudo-header has. */
static uint64_t with_length(uint64_t pseudo, uint32_t len)
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

static void set_sum(struct record *rec, uint16_t memory_order)
{
	uint16_t sum = ntohs(memory_order);

	if (!rec->pay_len)
		return;
	rec->marks |= REC_SUM;
	rec->pay_sum = sum == 0xffff ? 0 : sum;
}

static ALWAYS_INLINE void checksum(struct packet *out,
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

void decode_checksum(struct packet *out, const struct decode_sums *s)
{
	checksum(out, s);
}

/* The same of what is known of nearly all packets. */
void decode_checksum_tcp(struct packet *out, const uint8_t *tcp, uint32_t hlen,
			 uint64_t of_pseudo)
{
	const struct decode_sums s = { .hdr = tcp,
				       .hdr_len = hlen,
				       .hdr_cap = hlen,
				       .csum_at = DECODE_TCP_CSUM_AT,
				       .l4_len = hlen + out->rec.pay_len,
				       .pseudo = true,
				       .of_pseudo = of_pseudo };

	checksum(out, &s);
}
