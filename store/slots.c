/* Cost: two reads and a write of a word for each 11-bit digit in which keys
 * differ. */
#include "store/slots.h"

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

/* Return: the bits in which words differ. */
static uint64_t differing(const uint64_t *slot, size_t n)
{
	uint64_t differ = 0;

	for (size_t i = 1; i < n; i++)
		differ |= slot[i] ^ slot[0];
	return differ;
}

static void sort_digit(const uint64_t *slot, uint64_t *other, size_t n,
		       unsigned shift, uint64_t mask)
{
	uint32_t start[DIGITS + 1] = { 0 };

	for (size_t i = 0; i < n; i++)
		start[(slot[i] >> shift & mask) + 1]++;
	for (size_t d = 0; d < DIGITS; d++)
		start[d + 1] += start[d];
	for (size_t i = 0; i < n; i++)
		other[start[slot[i] >> shift & mask]++] = slot[i];
}

uint64_t *slots_sort(uint64_t *slot, uint64_t *other, size_t n, unsigned low,
		     unsigned high)
{
	uint64_t differ = differing(slot, n);

	for (unsigned at = low; at < high; at += DIGIT_BITS) {
		unsigned bits = high - at < DIGIT_BITS ? high - at : DIGIT_BITS;
		uint64_t mask = ((uint64_t)1 << bits) - 1, *swap = slot;

		if (!(differ >> at & mask))
			continue;
		sort_digit(slot, other, n, at, mask);
		slot = other;
		other = swap;
	}
	return slot;
}
