/* Allocation that never returns NULL.
 *
 * Out of memory ends the process: a capture tool that cannot hold its window
 * has nothing useful left to do, and a case file survives being cut off
 * anywhere (store/store.h), so no cleanup is needed.  In exchange no caller has
 * an untested error path.  Every product and sum of sizes is checked, because
 * sizes come from hostile files.
 */
#include "base/mem.h"

#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/huge.h"
#include "base/parallel.h"

/* Settings of glibc.  By default, large blocks (of packets, say) come from the
 * kernel and go back to it one by one, and so does a thread's memory once it
 * exceeds one heap of 64 MB.  Most threads also get an arena of their own, so
 * that the workers of one stage cannot reuse what those of the stage before
 * have freed: one arena per worker, counting the main thread, is enough. */
#define MEM_TRIM (64 << 20)
#define MEM_MMAP (4 << 20)
#define COPY_FROM ((size_t)128 << 10) /* bytes, see resize_by_copy() */
#define COPY_BELOW ((size_t)32 << 20)

_Noreturn static void mem_out(size_t n, size_t size)
{
	fprintf(stderr,
		"tracepair: out of memory (asked for %zu x %zu bytes)\n", n,
		size);
	_Exit(ERR_CASE);
}

_Noreturn void mem_exhausted(void)
{
	fprintf(stderr, "tracepair: out of memory\n");
	_Exit(ERR_CASE);
}

void mem_tune(void)
{
#ifdef M_TRIM_THRESHOLD
	mallopt(M_TRIM_THRESHOLD, MEM_TRIM);
	mallopt(M_MMAP_THRESHOLD, MEM_MMAP);
	mallopt(M_TOP_PAD, MEM_TRIM);
	mallopt(M_ARENA_MAX, (int)parallel_width());
#endif
}

/* Must be called before the block is written. */
static void *on_huge_pages(void *p, size_t size)
{
	if (size >= MEM_MMAP)
		huge_block(p, size);
	else
		huge_near(p);
	return p;
}

void *mem_alloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		mem_out(1, size);
	return on_huge_pages(p, size);
}

static void *alloc_pages(size_t size)
{
	void *p = aligned_alloc(MEM_HUGE, size);

	if (!p)
		mem_out(1, size);
	huge_block(p, size);
	return p;
}

/* Blocks of MEM_HUGE that were passed on. */
static pthread_mutex_t passed_lock = PTHREAD_MUTEX_INITIALIZER;
static struct passed {
	struct passed *next;
} * passed;

static struct passed *take_passed(void)
{
	struct passed *p;

	pthread_mutex_lock(&passed_lock);
	p = passed;
	if (p)
		passed = p->next;
	pthread_mutex_unlock(&passed_lock);
	return p;
}

void mem_pass_huge(void *p)
{
	struct passed *x = p;

	pthread_mutex_lock(&passed_lock);
	x->next = passed;
	passed = x;
	pthread_mutex_unlock(&passed_lock);
}

void mem_free_passed(void)
{
	struct passed *p;

	while ((p = take_passed()))
		free(p);
}

void *mem_alloc_huge(void)
{
	void *p = take_passed();

	return p ? p : alloc_pages(MEM_HUGE);
}

void *mem_alloc_large(size_t size)
{
	size_t pages = size / MEM_HUGE + (size % MEM_HUGE != 0);

	if (size < MEM_HUGE)
		return mem_alloc(size);
	if (pages > SIZE_MAX / MEM_HUGE)
		mem_out(size, 1);
	return alloc_pages(pages * MEM_HUGE);
}

void *mem_zalloc_large(size_t size)
{
	return size < MEM_HUGE ? mem_zalloc(size, 1)
			       : memset(mem_alloc_large(size), 0, size);
}

/* glibc's calloc() does not use the thread's cache of freed blocks, which
 * malloc() does, and writes before advice could be given.  Large blocks come
 * zeroed from the kernel. */
void *mem_zalloc(size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes))
		mem_out(n, size);
	if (bytes < MEM_MMAP)
		return memset(mem_alloc(bytes), 0, bytes);
	p = calloc(n, size);
	if (!p)
		mem_out(n, size);
	return on_huge_pages(p, bytes);
}

void *mem_resize(void *old, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes))
		mem_out(n, size);
	p = realloc(old, bytes ? bytes : 1);
	if (!p)
		mem_out(n, size);
	return on_huge_pages(p, bytes);
}

char *mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(mem_alloc(n), s, n);
}

char *mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_out(1, 0);
	return s;
}

/* What realloc() does, but the new pages are huge: it would write them before
 * any advice could be given.  Larger ones it moves without copying. */
static void *resize_by_copy(void *old, size_t n, size_t size)
{
	void *p = mem_alloc(size);

	if (old)
		memcpy(p, old, n);
	free(old);
	return p;
}

void *mem_grow_more(void *array, size_t *cap, size_t need, size_t size)
{
	size_t want = *cap < 8 ? 8 : *cap, bytes;

	while (want < need)
		if (__builtin_mul_overflow(want, (size_t)2, &want))
			mem_out(need, size);
	if (__builtin_mul_overflow(want, size, &bytes))
		mem_out(want, size);
	if (bytes >= COPY_FROM && bytes < COPY_BELOW)
		array = resize_by_copy(array, *cap * size, bytes);
	else
		array = mem_resize(array, want, size);
	*cap = want;
	return array;
}
