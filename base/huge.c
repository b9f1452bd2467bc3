/* Huge pages for all that is allocated.
 *
 * A job writes hundreds of megabytes once and reads them in another order.  With
 * pages of 4 KB it spends a sixth of its time on the first touch of each page
 * and on looking up addresses (TLB misses); in a virtual machine both cost a
 * multiple.  Where the system gives huge pages on request only (the usual
 * setting, "madvise" in /sys/kernel/mm/transparent_hugepage/enabled), glibc asks
 * for them if an environment variable says so before the process starts
 * (glibc.malloc.hugetlb), with no call for it.  So this asks, for the two
 * places that malloc() takes blocks from:
 *
 * - mappings of their own, known by their size (huge_block());
 * - heaps, of which only the addresses of the blocks are seen (huge_near()).
 *   Nothing is assumed about a heap but that the next blocks will be after this
 *   one and that 64 MB are a usual size and alignment: advice for more than is
 *   mapped is harmless.
 *
 * Invariant: this is advice.  The kernel may refuse any of it; a system without
 * it ignores all.
 * Cost: a comparison per block; some hundred system calls per job.
 * References: madvise(2), MADV_HUGEPAGE; Linux,
 * Documentation/admin-guide/mm/transhuge.rst.
 */
#include "base/huge.h"

#include <sys/mman.h>

#define SMALL_PAGE ((size_t)4096)
#define HEAP ((size_t)64 << 20)

atomic_uint huge_stretches[HUGE_STRETCHES];

void huge_block(void *p, size_t size)
{
#ifdef MADV_HUGEPAGE
	/* whole pages, even where the block starts within one: a mapping that is
	 * advised in part is two for the kernel, which mremap() cannot move */
	size_t before = (uintptr_t)p % SMALL_PAGE;
	size_t pages = (before + size + SMALL_PAGE - 1) / SMALL_PAGE;

	(void)madvise((char *)p - before, pages * SMALL_PAGE, MADV_HUGEPAGE);
#else
	(void)p, (void)size;
#endif
}

void huge_heap(uintptr_t stretch)
{
	uintptr_t begin = stretch * MEM_HUGE;
	uintptr_t end = (begin / HEAP + 1) * HEAP;

	huge_block((void *)begin, end - begin);
	atomic_store_explicit(&huge_stretches[stretch % HUGE_STRETCHES],
			      (unsigned)stretch, memory_order_relaxed);
}
