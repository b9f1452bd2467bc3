/* Sorts places by keys that are in the upper bits of the same word, for both
 * windows.  A stable LSD radix sort, only over digits in which keys differ.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Sorts the @n words of @slot by the bits from @low to @high; @other has room
 * for as many.  Return: where the result is, one of the two. */
uint64_t *slots_sort(uint64_t *slot, uint64_t *other, size_t n, unsigned low,
		     unsigned high);
