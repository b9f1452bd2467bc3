/* Asking for memory early, so that misses of several items overlap.
 *
 * A prefetch instruction may do nothing where the address is not in the
 * processor's table of pages (TLB), which is just where it is slow: in guests
 * of a hypervisor huge pages may be small ones below.  So the first line of an
 * item is loaded in earnest; the processor goes on without waiting for what
 * nobody uses.  Its other lines can then be prefetched.  Loads belong into a
 * loop of their own with little else in it: what fits into the processor's
 * window of instructions is what overlaps.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FETCH_LINE ((size_t)64) /* bytes of cache */

/* Loads the line of @p, which must be readable. */
static inline void fetch_first(const void *p)
{
	(void)*(const volatile unsigned char *)p;
}

/* Asks for the line of @p, on a page of which fetch_first() loaded a line.  The
 * empty statement is an effect: gcc takes a function that does no more than
 * prefetch for one that does nothing, and drops its calls. */
static inline void fetch_line(const void *p)
{
	__builtin_prefetch(p);
	__asm__ volatile("");
}

/* The same of @size bytes. */
static inline void fetch_more(const void *p, size_t size)
{
	const char *at = p, *end = at + size;

	for (at -= (uintptr_t)at % FETCH_LINE; at < end; at += FETCH_LINE)
		fetch_line(at);
}
