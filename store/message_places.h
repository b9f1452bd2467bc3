/* Where a file's blocks of messages are.
 *
 * reads:  rows of message_block, without their bytes     writes: nothing
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct store;

struct block_place {
	int64_t id;
	uint32_t part_min, part_max;
	uint32_t protos; /* bits */
	uint32_t cached; /* where it was in the reader's cache */
	int64_t kept;    /* its number in memory; -1: none */
};

struct places_window {
	size_t first;                /* place where it begins */
	uint32_t part_min, part_max; /* of all of its blocks */
};

struct file_places {
	int64_t file;
	struct VEC(struct block_place) place;
	struct VEC(struct places_window) window;
	/* indexes of the windows that may have each of parts from..to, which
	 * were found last; from > to: none were */
	struct VEC(size_t) hit;
	uint32_t from, to;
};

/* Those of a complete file: else it has none.  Free with the twin. */
struct file_places *file_places_read(struct store *s, int64_t file);
void file_places_free(struct file_places *f);

/* A walk over places [at, end) of each window, of one part or of all. */
struct places_walk {
	struct file_places *of; /* not owned */
	size_t window; /* the next one; of one part: of the file's hits */
	size_t at, end;
	bool one_part;
	uint32_t part, protos;
};

/* Begins with the first place that may have something of the part numbered @part. */
void places_walk_part(struct places_walk *w, struct file_places *f,
		      uint32_t part);
/* Begins with the first of all places; @protos: bits of the protocols that count. */
void places_walk_all(struct places_walk *w, struct file_places *f,
		     uint32_t protos);
/* The next block that may hold something, or NULL. */
struct block_place *places_next(struct places_walk *w);
