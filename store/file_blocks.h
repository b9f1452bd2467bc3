/* Which blocks of a file may hold a part: for store/block_cache.c.
 *
 * reads:  block             writes: nothing
 */
#pragma once

#include "store/store_int.h"

struct span; /* of the interval tree */

struct file_blocks {
	int64_t file;
	struct block_row *row; /* in capture order; owned */
	struct span *span;     /* by min; owned */
	size_t n;
	/* rows found by the last search, in capture order; owned.  They are
	 * valid for all parts from..to; from > to: for none. */
	uint32_t *hits;
	size_t n_hits, cap_hits;
	uint32_t from, to;
};

/* Reads the rows of @f->file; the rest of @f is zero.  It has no rows (n is 0) if
 * the case has no such file. */
void file_blocks_load(struct store *s, struct file_blocks *f);
/* Sets hits to the rows that may hold @part. */
void file_blocks_find(struct file_blocks *f, uint32_t part);
void file_blocks_release(struct file_blocks *f);
