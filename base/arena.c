/* Arena: a list of chunks, newest first; items are cut off the newest one.
 *
 * Invariants: `used` <= `size`, both of the newest chunk; chunk bytes beyond
 * `used` are zero and never handed out before.  Chunks double from 4 KiB to
 * 1 MiB, so waste is at most half of what is used.  An item larger than the
 * next chunk gets a chunk of its own size.
 * Cost: O(1) per item, one calloc per chunk (large ones come zeroed from the
 * kernel for free).
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ALIGN 16
#define CHUNK_MIN ((size_t)4 << 10)
#define CHUNK_MAX ((size_t)1 << 20)
#define CHUNK_KEPT ((size_t)16 << 10)

struct arena_chunk {
	struct arena_chunk *older;
	_Alignas(ALIGN) unsigned char at[];
};

static void add_chunk(struct arena *a, size_t need)
{
	size_t size = a->chunk ? a->size * 2 : CHUNK_MIN;
	struct arena_chunk *c;

	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < need)
		size = need;
	c = mem_zalloc(1, sizeof *c + size);
	c->older = a->chunk;
	a->chunk = c;
	a->used = 0;
	a->size = size;
	a->total += sizeof *c + size;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t need;
	void *p;

	if (size > SIZE_MAX / 4) /* rounding and header must not wrap */
		return mem_resize(NULL, SIZE_MAX, size); /* ends the process */
	need = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (!need)
		need = ALIGN;
	if (!a->chunk || a->size - a->used < need)
		add_chunk(a, need);
	p = a->chunk->at + a->used;
	a->used += need;
	return p;
}

/* The chunks go behind @into's newest one, which is still being filled. */
void arena_take(struct arena *into, struct arena *from)
{
	struct arena_chunk **end = &into->chunk;

	if (!into->chunk) {
		*into = *from;
	} else {
		while (*end)
			end = &(*end)->older;
		*end = from->chunk;
		into->total += from->total;
	}
	*from = (struct arena){ 0 };
}

void arena_release(struct arena *a)
{
	while (a->chunk) {
		struct arena_chunk *older = a->chunk->older;

		free(a->chunk);
		a->chunk = older;
	}
	*a = (struct arena){ 0 };
}

void arena_reset(struct arena *a)
{
	if (!a->chunk || a->chunk->older || a->size > CHUNK_KEPT) {
		arena_release(a);
		return;
	}
	memset(a->chunk->at, 0, a->used);
	a->used = 0;
}
