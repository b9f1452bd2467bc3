/* Allocation that never returns NULL: running out of memory ends the process
 * with one line and exit code 4, as no caller could go on.  Sizes are checked
 * for overflow.
 */
#pragma once

#include <stddef.h>

void *mem_alloc(size_t size);                       /* not zeroed */
void *mem_zalloc(size_t n, size_t size);            /* zeroed */
void *mem_resize(void *old, size_t n, size_t size); /* realloc of n*size */
char *mem_strdup(const char *s);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Call once, before any thread is started.  Freed memory then stays with the
 * process, for all its threads: getting a page from the kernel costs as much as
 * what is done with it. */
void mem_tune(void);

/* For a library call that returned NULL: ends the process as the others do. */
_Noreturn void mem_exhausted(void);

/* MEM_HUGE bytes for data that is accessed at random: on one huge page where
 * the system has them, which avoids TLB misses.  free() as usual. */
#define MEM_HUGE ((size_t)2 << 20)
void *mem_alloc_huge(void); /* not zeroed */
/* Leaves one to whoever asks next, any thread: free() would leave a hole in which
 * none fits again, as allocators look for twice the room to align it. */
void mem_pass_huge(void *p);
void mem_free_passed(void); /* those that nobody asked for */
/* The same for any size, not zeroed and zeroed; small sizes come from
 * mem_alloc() and mem_zalloc(). */
void *mem_alloc_large(size_t size);
void *mem_zalloc_large(size_t size);

void *mem_grow_more(void *array, size_t *cap, size_t need, size_t size);

/* Grows an array of @size-byte items so that at least @need fit; doubles.
 * @cap is read and written.  Return: the array, perhaps moved. */
static inline void *mem_grow(void *array, size_t *cap, size_t need, size_t size)
{
	/* a capacity implies an array; the second test is for the analyzer */
	if (need > *cap || !array)
		return mem_grow_more(array, cap, need, size);
	return array;
}

/* For large variables that are written before they are read: the compiler is
 * told to zero all variables, which may cost more than using these. */
#define NOT_ZEROED __attribute__((uninitialized))

/* A growable array of T: struct VEC(int) v = {0}; *VEC_PUSH(&v) = 7; */
#define VEC(T)                                                                 \
	{                                                                      \
		T *at;                                                         \
		size_t n, cap;                                                 \
	}
#define VEC_PUSH(v)                                                            \
	((v)->at = mem_grow((v)->at, &(v)->cap, (v)->n + 1, sizeof *(v)->at),  \
	 &(v)->at[(v)->n++])
#define VEC_FREE(v) (free((v)->at), (v)->at = NULL, (v)->n = (v)->cap = 0)
