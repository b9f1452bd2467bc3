/* Places in order of keys that stand above them in the same word: both windows sort
 * so.  An LSD radix sort, which is stable, and only over digits in which keys differ.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Sorts the @n words of @slot by the bits from @low to @high, with room for as many
 * in @other.  Return: where they are then, one of the two. */
uint64_t *slots_sort(uint64_t *slot, uint64_t *other, size_t n, unsigned low,
		     unsigned high);
