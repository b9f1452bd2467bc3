/* LSD radix sort over 64 bits, 11 bits a pass (six passes, the last of nine).
 *
 * A pass whose digit is the same everywhere is skipped; short arrays are
 * sorted by insertion.  Stable.  Cost: O(n), n * 16 bytes beside the array.
 */
#include "correlate/radix.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BITS 11
#define PASSES 6
#define BUCKETS (1u << BITS)
#define SHORT 48

static unsigned digit(uint64_t hash, int pass)
{
	return (unsigned)(hash >> (pass * BITS)) & (BUCKETS - 1);
}

static void insertion_sort(struct radix *r, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct radix x = r[i];
		size_t j = i;

		for (; j && r[j - 1].hash > x.hash; j--)
			r[j] = r[j - 1];
		r[j] = x;
	}
}

/* Return: whether the pass moved anything from @from to @to. */
static int radix_pass(const struct radix *from, struct radix *to, size_t n,
		      int pass)
{
	size_t start[BUCKETS] = { 0 }, sum = 0;

	for (size_t i = 0; i < n; i++)
		start[digit(from[i].hash, pass)]++;
	if (start[digit(from[0].hash, pass)] == n)
		return 0;
	for (unsigned b = 0; b < BUCKETS; b++) {
		size_t count = start[b];

		start[b] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[start[digit(from[i].hash, pass)]++] = from[i];
	return 1;
}

void radix_sort(struct radix *r, size_t n)
{
	struct radix *spare, *from = r, *to;

	if (n <= SHORT) {
		insertion_sort(r, n);
		return;
	}
	to = spare = mem_resize(NULL, n, sizeof *spare);
	for (int pass = 0; pass < PASSES; pass++) {
		if (radix_pass(from, to, n, pass)) {
			struct radix *t = from;

			from = to;
			to = t;
		}
	}
	if (from != r)
		memcpy(r, from, n * sizeof *r);
	free(spare);
}
