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
#include "capture/decode_sum.h"

#include <string.h>

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

uint32_t decode_digest_any(const uint8_t *p, size_t n)
{
	return decode_digest(p, n);
}

void decode_payload(struct packet *out, const uint8_t *p, size_t have)
{
	decode_payload_of(out, p, have);
}

void decode_checksum(struct packet *out, const struct decode_sums *s)
{
	decode_checksum_of(out, s);
}
