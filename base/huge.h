/* Huge pages, asked for where blocks of memory are (Linux: madvise()). */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* Asks for huge pages on all pages of a block of @size bytes that the allocator
 * has mapped by itself. */
void huge_block(void *p, size_t size);

/* Stretches of MEM_HUGE bytes that have been asked for, by number: blocks come
 * from few places, one after the other.  One may take another's place here,
 * which is then asked for again. */
#define HUGE_STRETCHES 1024
extern atomic_uint huge_stretches[HUGE_STRETCHES];
void huge_heap(uintptr_t stretch);

/* The same for where @p is and the next blocks of its heap will be.  Call it
 * before the block is written: pages that exist remain small. */
static inline void huge_near(const void *p)
{
	uintptr_t stretch = (uintptr_t)p / MEM_HUGE;

	if (atomic_load_explicit(&huge_stretches[stretch % HUGE_STRETCHES],
				 memory_order_relaxed) != (unsigned)stretch)
		huge_heap(stretch);
}
