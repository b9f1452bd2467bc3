/* Binary search among rows in rising order. */
#pragma once

#include <stddef.h>

/* Sets @at to the first index below @n whose row is not below what is looked for; @n
 * where all are.  @below: an expression of the index @i that says whether its row
 * is below.  Cost: O(log n). */
#define SEARCH(at, n, i, below)                                                \
	do {                                                                   \
		size_t low_ = 0, high_ = (n);                                  \
                                                                               \
		while (low_ < high_) {                                         \
			size_t i = low_ + (high_ - low_) / 2;                  \
                                                                               \
			if (below)                                             \
				low_ = i + 1;                                  \
			else                                                   \
				high_ = i;                                     \
		}                                                              \
		(at) = low_;                                                   \
	} while (0)
