/* Sorting 64-bit hashes with a number each: LSD radix sort, O(n). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct radix {
	uint64_t hash;
	uint32_t value;
};

/* Ascending by hash; stable. */
void radix_sort(struct radix *r, size_t n);
