/* Arena: many allocations of one lifetime, freed at once.  O(1) each, no
 * per-item header.  For what lives as long as a pass or a file.
 */
#pragma once

#include <stddef.h>

struct arena {
	struct arena_chunk *chunk; /* newest first; owned */
	size_t used, size;         /* of the newest chunk */
	size_t total;              /* bytes taken from the system */
};

void *arena_alloc(struct arena *a, size_t size); /* zeroed, 16-byte aligned */
/* Moves ownership of all that @from holds to @into; no item moves in memory. */
void arena_take(struct arena *into, struct arena *from);
void arena_release(struct arena *a); /* frees all; reusable */
/* The same, but keeps a small chunk for reuse. */
void arena_reset(struct arena *a);
