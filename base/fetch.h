/* Fetching memory early, so that the cache misses of several items overlap.
 *
 * A prefetch instruction may do nothing if the address misses the TLB, which is
 * just where memory is slow: under a hypervisor, a guest's huge pages may be
 * backed by small ones.  So the first line of an item is really loaded; the
 * processor does not wait for a value that nobody uses.  The item's other lines
 * can then be prefetched.  Put the loads into a loop of their own with little
 * else in it: only what fits into the processor's reorder window overlaps.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FETCH_LINE ((size_t)64) /* bytes of a cache line */

/* Loads the line of @p, which must be readable. */
static inline void fetch_first(const void *p)
{
	(void)*(const volatile unsigned char *)p;
}

/* Prefetches the line of @p, on a page of which fetch_first() loaded a line.
 * The empty asm statement is a side effect: without one gcc considers the
 * function pure and drops calls of it. */
static inline void fetch_line(const void *p)
{
	__builtin_prefetch(p);
	__asm__ volatile("");
}

/* The same for @size bytes. */
static inline void fetch_more(const void *p, size_t size)
{
	const char *at = p, *end = at + size;

	for (at -= (uintptr_t)at % FETCH_LINE; at < end; at += FETCH_LINE)
		fetch_line(at);
}
