/* Where the runs of a part are, and a cache of blocks: for store/recs.c.
 *
 * One per connection.  What it returns stays valid until the next call.
 */
#pragma once

#include "store/pack.h"
#include "store/recs.h"
#include "store/store_int.h"

struct block_run {     /* a run of records, in capture order */
	int64_t block; /* id */
	uint32_t part;
	uint32_t n;     /* at most BLOCK_RECORDS */
	uint32_t place; /* in the block's sorted directory; a hint */
};

/* Calls found() for each run of part @id (of its direction @dir). */
void block_cache_runs(struct store *s, int64_t id, uint8_t dir,
		      void (*found)(void *ctx, const struct block_run *r),
		      void *ctx);

/* A run, and the block of @size bytes that holds it. */
struct block_at {
	const struct pack_run *run;
	const uint8_t *block;
	size_t size;
	bool stays; /* the bytes stay valid as long as the case is open */
};

/* Fetches a run that found() was given. Return: false, with the store failed,
 * if the block is damaged. */
bool block_cache_run(struct store *s, const struct block_run *r, uint8_t dir,
		     struct block_at *out);

/* Prefetches both directions' runs of @n parts (0: none; RECS_FETCH of them at
 * most), as far as their blocks are in the cache. */
void block_cache_fetch(struct store *s, const int64_t *part, size_t n);

/* Memory for @n records, not cleared, to be given back: views come and go with
 * every session, and their memory is large.  *cap gets how many fit. */
struct record *block_cache_room(struct store *s, uint32_t n, size_t *cap);
void block_cache_room_back(struct store *s, struct record *room, size_t cap);

/* Forgets everything, after blocks were written or dropped. */
void block_cache_drop(struct store *s);
