/* Memory that never is NULL: out of memory ends the process with one line and
 * exit code 4, as no caller could go on.  Sizes are checked for overflow.
 */
#pragma once

#include <stddef.h>

void *mem_alloc(size_t size);                       /* not zeroed */
void *mem_zalloc(size_t n, size_t size);            /* zeroed */
void *mem_resize(void *old, size_t n, size_t size); /* realloc of n*size */
char *mem_strdup(const char *s);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Once, before there are threads: what is freed stays with the process, for any
 * thread of it, as a page from the kernel costs as much as what it is used for. */
void mem_tune(void);

/* For a library that gave NULL. Ends the process as the others do. */
_Noreturn void mem_exhausted(void);

/* MEM_HUGE bytes for what is used all over: on one page of that size where
 * the system has them, so that no address costs a walk.  free() as usual. */
#define MEM_HUGE ((size_t)2 << 20)
void *mem_alloc_huge(void); /* not zeroed */
/* The same of any size, not zeroed or zeroed; small ones are as of mem_alloc() and
 * mem_zalloc(). */
void *mem_alloc_large(size_t size);
void *mem_zalloc_large(size_t size);

void *mem_grow_more(void *array, size_t *cap, size_t need, size_t size);

/* Grows an array of @size-byte items so that at least @need fit; doubles.
 * @cap is read and written.  Return: the array, perhaps moved. */
static inline void *mem_grow(void *array, size_t *cap, size_t need, size_t size)
{
	/* what has room is there: the second is for the analyzer */
	if (need > *cap || !array)
		return mem_grow_more(array, cap, need, size);
	return array;
}

/* Large variables that are written before they are read: where the compiler is
 * told to zero all, that may cost more than what is done with them. */
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
