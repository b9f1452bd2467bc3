/* Where the runs of a part are, and a cache of blocks.
 *
 * What: store/file_blocks.c finds the block rows that may hold a part.
 *
 * A block of one part and direction holds one run, known from its row alone:
 * a flow of millions of packets is laid out without reading it.  Others are
 * read, and their directory (store/block_dir.c) is searched.
 *
 * Sessions are swept in the order of their parts, so neighbours share blocks:
 * the last BLOCKS of them, up to BYTES, stay in memory; a block goes to one of
 * WAYS slots of a set, chosen so that neighbours never evict each other.  Of
 * what a temporary case keeps, all connections share bytes and directories.
 *
 * Hostile bytes: sizes are bounded (BLOCK_BYTES), a run that contradicts its
 * row or directory fails the store.
 */
#include "store/block_cache.h"

#include <stdlib.h>

#include "store/block_dir.h"
#include "store/file_blocks.h"

#define SETS 61 /* coprime to the number of blocks in a window, mostly 64 */
#define WAYS 4
#define BLOCKS (SETS * WAYS)
#define BYTES (32u << 20)
#define BLOCK_BYTES (8u << 20)
#define ROOMS 16
#define ROOM_LEAST 64u /* records */

struct block {
	int64_t id;        /* 0: free */
	uint64_t used;     /* the cache's clock at its last use */
	const uint8_t *at; /* its bytes: in data, or kept elsewhere */
	size_t n;
	struct buf data;
	struct block_dir own;        /* empty, or not in use: all share one */
	const struct block_dir *dir; /* own, or the one that is shared */
};

struct recs_cache {
	struct file_blocks *file; /* owned */
	size_t n_files, cap_files;
	struct block block[BLOCKS];
	struct block *recent; /* in `block`: returned last; may be free */
	size_t bytes;         /* size of all blocks' data and directories */
	uint64_t clock;
	struct room { /* memory given back; owned */
		struct record *at;
		size_t cap;
	} room[ROOMS];
	size_t n_rooms;
	struct pack_run run; /* the run returned last */
};

/* --- the cache's life --- */

static size_t block_bytes(const struct block *b)
{
	return b->data.cap + block_dir_bytes(&b->own);
}

static void block_release(struct block *b)
{
	block_dir_release(&b->own);
	buf_release(&b->data);
}

static void cache_free(struct recs_cache *c)
{
	for (size_t i = 0; i < BLOCKS; i++)
		block_release(&c->block[i]);
	for (size_t i = 0; i < c->n_files; i++)
		file_blocks_release(&c->file[i]);
	for (size_t i = 0; i < c->n_rooms; i++)
		free(c->room[i].at);
	free(c->file);
	free(c);
}

static struct recs_cache *cache_of(struct store *s)
{
	if (!s->cache) {
		s->cache = mem_zalloc(1, sizeof *s->cache);
		s->cache_free = cache_free;
	}
	return s->cache;
}

void block_cache_drop(struct store *s)
{
	if (s->cache)
		cache_free(s->cache);
	s->cache = NULL;
}

/* --- files --- */

/* Return: the blocks of @file, or NULL if it has none. */
static struct file_blocks *file_find(struct store *s, int64_t file)
{
	struct recs_cache *c = cache_of(s);
	struct file_blocks f = { .file = file };

	for (size_t i = 0; i < c->n_files; i++)
		if (c->file[i].file == file)
			return &c->file[i];
	file_blocks_load(s, &f);
	if (!f.n) {
		file_blocks_release(&f);
		return NULL;
	}
	c->file = mem_grow(c->file, &c->cap_files, c->n_files + 1,
			   sizeof *c->file);
	c->file[c->n_files] = f;
	return &c->file[c->n_files++];
}

/* --- blocks --- */

static int dir_read(struct store *s, struct block *b, int64_t id)
{
	if (b->n > BLOCK_BYTES)
		return -1;
	b->dir = b->at != b->data.at ? store_block_dir(s, id) : NULL;
	if (b->dir)
		return 0;
	b->dir = &b->own;
	return block_dir_read(&b->own, b->at, b->n);
}

/* Reads block @id into @b, reusing its memory. */
static int block_read(struct store *s, struct block *b, int64_t id)
{
	b->data.n = 0;
	b->at = store_block_kept(s, id, &b->n);
	if (!b->at) {
		if (store_block_read(s, id, &b->data))
			return -1;
		b->at = b->data.at;
		b->n = b->data.n;
	}
	if (dir_read(s, b, id)) {
		block_release(b);
		store_fail_damaged(s, "block", id);
		return -1;
	}
	b->id = id;
	return 0;
}

/* The least recently used of @n blocks, a free one first. */
static struct block *block_oldest(struct block *set, size_t n)
{
	struct block *old = set;

	for (struct block *b = set; b < set + n; b++)
		if (!b->id)
			return b;
		else if (b->used < old->used)
			old = b;
	return old;
}

/* The same for all blocks. */
static struct block *cache_oldest(struct recs_cache *c)
{
	struct block *old = NULL;

	for (struct block *b = c->block; b < c->block + BLOCKS; b++)
		if (b->id && (!old || b->used < old->used))
			old = b;
	return old;
}

/* Evicts the oldest blocks while there is too much.  @b, which is free, gets
 * the memory of one if it has none: new pages cost more than filling them. */
static void cache_shrink(struct recs_cache *c, struct block *b)
{
	while (c->bytes > BYTES) {
		struct block *old = cache_oldest(c);

		if (!old)
			return;
		old->id = 0;
		if (!b->own.cap) {
			struct block none = *b;

			*b = *old;
			*old = none;
			if (c->bytes - block_bytes(b) <= BYTES)
				return;
			continue;
		}
		c->bytes -= block_bytes(old);
		block_release(old);
	}
}

/* Neighbours in a file go to consecutive sets, and blocks at the same place of
 * two files or windows go to different ones, whatever the files' numbers: a
 * part's blocks are at about the same place of each window. */
static struct block *set_of(struct recs_cache *c, int64_t id)
{
	uint64_t file = (uint64_t)id >> 32;
	uint64_t k = (uint64_t)id + (file * 0x9e3779b97f4a7c15 >> 32);

	return &c->block[k % SETS * WAYS];
}

static struct block *block_load(struct store *s, struct block *set, int64_t id)
{
	struct recs_cache *c = s->cache;
	struct block *b = block_oldest(set, WAYS);
	int ret;

	b->id = 0;
	cache_shrink(c, b);
	c->bytes -= block_bytes(b);
	b->used = ++c->clock;
	ret = block_read(s, b, id);
	c->bytes += block_bytes(b);
	return ret ? NULL : b;
}

static struct block *block_get(struct store *s, int64_t id)
{
	struct recs_cache *c = cache_of(s);
	struct block *set;

	if (c->recent && c->recent->id == id) /* mostly asked for in turn */
		return c->recent;
	set = set_of(c, id);
	for (struct block *b = set; b < set + WAYS; b++)
		if (b->id == id) {
			b->used = ++c->clock;
			return c->recent = b;
		}
	return c->recent = block_load(s, set, id);
}

/* --- ahead --- */

static bool row_is_run(const struct block_row *row)
{
	return row->part_min == row->part_max && row->dir < 2;
}

struct place { /* of a part's runs */
	const struct block *block;
	size_t run;
};

/* The block, if it is in the cache. */
static const struct block *block_have(struct recs_cache *c, int64_t id)
{
	const struct block *set = set_of(c, id);

	for (const struct block *b = set; b < set + WAYS; b++)
		if (b->id == id)
			return b;
	return NULL;
}

/* Of part @id's runs that share a block with others', the first. */
static struct place place_fetch(struct store *s, int64_t id)
{
	struct file_blocks *f = file_find(s, id >> 32);
	struct place p = { 0 };

	if (!f)
		return p;
	file_blocks_find(f, (uint32_t)id);
	for (size_t i = 0; i < f->n_hits; i++) {
		const struct block_row *row = &f->row[f->hits[i]];

		if (row_is_run(row))
			continue;
		p.block = block_have(s->cache, row->id);
		if (p.block)
			p.run = block_dir_fetch(p.block->dir, (uint32_t)id);
		return p;
	}
	return p;
}

void block_cache_fetch(struct store *s, const int64_t *part, size_t n)
{
	struct place p[RECS_FETCH];

	for (size_t i = 0; i < n; i++)
		p[i] = part[i] ? place_fetch(s, part[i]) : (struct place){ 0 };
	for (size_t i = 0; i < n; i++)
		if (p[i].block)
			block_dir_fetch_bytes(p[i].block->dir, p[i].run,
					      p[i].block->at);
}

/* --- interface --- */

static void runs_of_block(struct store *s, const struct block_row *row,
			  uint32_t part, uint8_t dir,
			  void (*found)(void *, const struct block_run *),
			  void *ctx)
{
	struct block_run r = { row->id, part, row->n, 0 };
	struct block *b;
	size_t i;

	if (row_is_run(row)) {
		if (row->n <= BLOCK_RECORDS)
			found(ctx, &r);
		else
			store_fail_damaged(s, "block", row->id);
		return;
	}
	b = block_get(s, row->id);
	if (!b)
		return;
	i = block_dir_find(b->dir, part, dir, b->dir->n);
	if (i == b->dir->n)
		return;
	r.n = block_dir_count(b->dir, i);
	r.place = (uint32_t)i;
	found(ctx, &r);
}

void block_cache_runs(struct store *s, int64_t id, uint8_t dir,
		      void (*found)(void *ctx, const struct block_run *r),
		      void *ctx)
{
	struct file_blocks *f = file_find(s, id >> 32);
	uint32_t part = (uint32_t)id;

	if (!f)
		return;
	file_blocks_find(f, part);
	for (size_t i = 0; i < f->n_hits; i++) {
		const struct block_row *row = &f->row[f->hits[i]];

		if (row->dir == dir || row->dir >= 2)
			runs_of_block(s, row, part, dir, found, ctx);
	}
}

bool block_cache_run(struct store *s, const struct block_run *r, uint8_t dir,
		     struct block_at *out)
{
	struct block *b = block_get(s, r->block);
	struct recs_cache *c = s->cache;
	size_t i;

	if (!b)
		return false;
	i = block_dir_find(b->dir, r->part, dir, r->place);
	if (i == b->dir->n || block_dir_count(b->dir, i) != r->n) {
		store_fail_damaged(s, "block", r->block);
		return false;
	}
	c->run = block_dir_run(b->dir, i);
	*out = (struct block_at){ .run = &c->run,
				  .block = b->at,
				  .size = b->n,
				  .stays = b->at != b->data.at };
	return true;
}

struct record *block_cache_room(struct store *s, uint32_t n, size_t *cap)
{
	struct recs_cache *c = cache_of(s);

	for (size_t i = c->n_rooms; i-- > 0;) {
		struct room r = c->room[i];

		if (r.cap < n)
			continue;
		c->room[i] = c->room[--c->n_rooms];
		*cap = r.cap;
		return r.at;
	}
	*cap = n > ROOM_LEAST ? n : ROOM_LEAST;
	return mem_resize(NULL, *cap, sizeof(struct record));
}

void block_cache_room_back(struct store *s, struct record *room, size_t cap)
{
	struct recs_cache *c = cache_of(s);
	size_t least = 0;

	if (c->n_rooms < ROOMS) {
		c->room[c->n_rooms++] = (struct room){ room, cap };
		return;
	}
	for (size_t i = 1; i < ROOMS; i++) /* keep the larger ones */
		if (c->room[i].cap < c->room[least].cap)
			least = i;
	if (c->room[least].cap < cap) {
		free(c->room[least].at);
		c->room[least] = (struct room){ room, cap };
	} else {
		free(room);
	}
}
