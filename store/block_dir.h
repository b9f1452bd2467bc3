/* The directory of a block, in the form in which the cache of blocks keeps
 * many: see block_dir.c.
 *
 * reads:  block bytes      writes: nothing
 */
#pragma once

#include "store/pack.h"

struct dir_run { /* the part of struct pack_run that the key does not hold */
	int64_t time_ns;
	uint64_t frame, seq, ack;
	uint32_t tsval, tsecr;
	uint32_t at; /* offset from the start of the runs */
	uint32_t size : 30, kind : 2;
};

struct block_dir { /* all zero: empty */
	/* part, direction and place, and the number of records:
	 * block_dir_key(); owned, as are the runs */
	uint64_t *key;
	struct dir_run *run;
	size_t n, cap;
	size_t at; /* bytes of the block before the runs */
	/* keys from `first` on in stretches of 1 << shift: the index of the
	 * first run at or after each one's begin, and behind them n */
	uint32_t *begins; /* [stretches + 1]; owned */
	size_t stretches;
	uint64_t first;
	unsigned shift;
	struct pack_shapes shapes;
};

/* Replaces what it had.  Return: 0, or -1 on bad bytes: then it is empty. */
int block_dir_read(struct block_dir *d, const uint8_t *p, size_t size);
void block_dir_release(struct block_dir *d);
/* Size of the arrays. */
size_t block_dir_bytes(const struct block_dir *d);
/* What it will be if an empty one reads these bytes; 0: they are bad. */
size_t block_dir_needs(const uint8_t *p, size_t size);
/* Return: the index of the first run of the part's direction; d->n if there is
 * none.  @hint: where it may be. */
size_t block_dir_find(const struct block_dir *d, uint32_t part, uint8_t dir,
		      size_t hint);
/* The number of records in run @i. */
uint32_t block_dir_count(const struct block_dir *d, size_t i);
/* Run @i as unpack_directory() gives it. */
struct pack_run block_dir_run(const struct block_dir *d, size_t i);
/* Where the part's runs may begin: prefetches what block_dir_run() reads of two.
 * Return: its index, or d->n. */
size_t block_dir_fetch(const struct block_dir *d, uint32_t part);
/* Prefetches the packed bytes of runs from @i on, of @block. */
void block_dir_fetch_bytes(const struct block_dir *d, size_t i,
			   const uint8_t *block);
