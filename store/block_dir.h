/* The directory of a block, as the cache of blocks keeps many: see block_dir.c.
 *
 * reads:  block bytes      writes: nothing
 */
#pragma once

#include "store/pack.h"

struct dir_run { /* what pack_run has, of which the key has the rest */
	int64_t time_ns;
	uint64_t frame, seq, ack;
	uint32_t tsval, tsecr;
	uint32_t at; /* from where the runs begin */
	uint32_t size : 30, kind : 2;
};

struct block_dir { /* all zero: empty */
	/* by part, direction and place: block_dir_key(), and how many records it
	 * has; owned, as the runs are */
	uint64_t *key;
	struct dir_run *run;
	size_t n, cap;
	size_t at;   /* bytes of the block before the runs */
	size_t last; /* where the run looked for last is, or would be */
	struct pack_shapes shapes;
};

/* Instead of what it had.  Return: 0, or -1 on bad bytes: it is empty then. */
int block_dir_read(struct block_dir *d, const uint8_t *p, size_t size);
void block_dir_release(struct block_dir *d);
/* What the arrays take. */
size_t block_dir_bytes(const struct block_dir *d);
/* Return: the place of the first run of the part's direction, below d->n; or d->n
 * where there is none.  @hint: it is perhaps there. */
size_t block_dir_find(struct block_dir *d, uint32_t part, uint8_t dir,
		      size_t hint);
/* How many records run @i has. */
uint32_t block_dir_count(const struct block_dir *d, size_t i);
/* Run @i as unpack_directory() gives it. */
struct pack_run block_dir_run(const struct block_dir *d, size_t i);
