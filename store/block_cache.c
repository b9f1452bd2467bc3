/* Where the runs of a part are, and a cache of blocks.
 *
 * What: the block rows of a file are few (one for up to 4,096 records), so
 * they are read once, as a static interval tree over the numbers of parts
 * [part_min, part_max]: sorted by part_min, each node of the implicit balanced
 * tree (the middle of its stretch) knowing the greatest part_max below it.
 * Finding the k blocks that may hold a part costs O(log n + k).
 *
 * A block of one part and direction holds one run, known from its row alone:
 * a flow of millions of packets is laid out without reading it.  Others are
 * read, and their directory, sorted by part and direction, is searched.
 *
 * Sessions are swept in the order of their parts, so neighbours share blocks:
 * the last BLOCKS of them, up to BYTES, stay in memory; a block has its place
 * in one of WAYS slots of a set, so that neighbours never push each other out.
 *
 * Hostile bytes: sizes are bounded (BLOCK_BYTES), a run that is not as its row
 * or directory says fails the store.
 */
#include "store/block_cache.h"

#include <stdlib.h>

#define SETS 61 /* not what divides a window's blocks, mostly 64 */
#define WAYS 4
#define BLOCKS (SETS * WAYS)
#define BYTES (32u << 20)
#define BLOCK_BYTES (8u << 20)
#define ROOMS 16
#define RUNS_NEAR 3    /* looked at before a search */
#define ROOM_LEAST 64u /* records */

struct span {              /* a block row in the tree */
	uint32_t min, max; /* part_min, part_max */
	uint32_t below;    /* greatest max in this subtree */
	uint32_t row;
};

struct file_blocks {
	int64_t file;
	struct block_row *row; /* in capture order; owned */
	struct span *span;     /* by min; owned */
	size_t n;
};

struct block {
	int64_t id;        /* 0: free */
	uint64_t used;     /* the cache's clock at its last use */
	const uint8_t *at; /* its bytes: those of data, or kept elsewhere */
	size_t n;
	struct buf data;
	struct pack_run *runs; /* by part, direction, place; owned */
	uint64_t *key;         /* run_key() of each; owned */
	size_t n_runs, cap_runs, cap_keys;
	size_t last; /* where the run looked for last is, or would be */
};

struct recs_cache {
	struct file_blocks *file; /* owned */
	size_t n_files, cap_files;
	struct block block[BLOCKS];
	size_t bytes; /* of all blocks' data and runs */
	uint64_t clock;
	struct room { /* given back; owned */
		struct record *at;
		size_t cap;
	} room[ROOMS];
	size_t n_rooms;
	/* rows that the last search found, in capture order; owned */
	uint32_t *hits;
	size_t n_hits, cap_hits;
	int64_t hits_of; /* the part that it was for; 0: none */
};

/* --- the cache's life --- */

static size_t block_bytes(const struct block *b)
{
	return b->data.n + b->cap_runs * sizeof *b->runs +
	       b->cap_keys * sizeof *b->key;
}

static void block_forget(struct recs_cache *c, struct block *b)
{
	if (b->id)
		c->bytes -= block_bytes(b);
	b->n_runs = 0;
	b->id = 0;
}

static void block_no_room(struct block *b)
{
	free(b->runs);
	free(b->key);
	b->runs = NULL;
	b->key = NULL;
	b->cap_runs = b->cap_keys = 0;
	buf_release(&b->data);
}

static void cache_free(struct recs_cache *c)
{
	for (size_t i = 0; i < BLOCKS; i++)
		block_no_room(&c->block[i]);
	for (size_t i = 0; i < c->n_files; i++) {
		free(c->file[i].row);
		free(c->file[i].span);
	}
	for (size_t i = 0; i < c->n_rooms; i++)
		free(c->room[i].at);
	free(c->file);
	free(c->hits);
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

/* --- files: the interval tree --- */

static int span_cmp(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->min != y->min)
		return x->min < y->min ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Sets `below` in the subtree of [lo, hi).  Return: its greatest max. */
static uint32_t span_grow(struct span *t, size_t lo, size_t hi)
{
	size_t mid = lo + (hi - lo) / 2;
	uint32_t left, right;

	if (lo == hi)
		return 0;
	left = span_grow(t, lo, mid);
	right = span_grow(t, mid + 1, hi);
	t[mid].below = t[mid].max;
	if (left > t[mid].below)
		t[mid].below = left;
	if (right > t[mid].below)
		t[mid].below = right;
	return t[mid].below;
}

/* Adds to the hits the rows of [lo, hi) whose stretch has @part. */
static void span_search(struct recs_cache *c, const struct span *t, size_t lo,
			size_t hi, uint32_t part)
{
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t[mid].below < part)
			return;
		span_search(c, t, lo, mid, part);
		if (t[mid].min > part)
			return;
		if (t[mid].max >= part) {
			c->hits = mem_grow(c->hits, &c->cap_hits, c->n_hits + 1,
					   sizeof *c->hits);
			c->hits[c->n_hits++] = t[mid].row;
		}
		lo = mid + 1;
	}
}

static void file_load(struct store *s, struct file_blocks *f)
{
	f->row = store_blocks(s, f->file, &f->n);
	f->span = mem_resize(NULL, f->n + 1, sizeof *f->span);
	for (size_t i = 0; i < f->n; i++)
		f->span[i] = (struct span){ f->row[i].part_min,
					    f->row[i].part_max, 0,
					    (uint32_t)i };
	qsort(f->span, f->n, sizeof *f->span, span_cmp);
	span_grow(f->span, 0, f->n);
}

/* Return: the blocks of @file, or NULL where it has none. */
static const struct file_blocks *file_find(struct store *s, int64_t file)
{
	struct recs_cache *c = cache_of(s);
	struct file_blocks f = { .file = file };

	for (size_t i = 0; i < c->n_files; i++)
		if (c->file[i].file == file)
			return &c->file[i];
	file_load(s, &f);
	if (!f.n) {
		free(f.row);
		free(f.span);
		return NULL;
	}
	c->file = mem_grow(c->file, &c->cap_files, c->n_files + 1,
			   sizeof *c->file);
	c->file[c->n_files] = f;
	return &c->file[c->n_files++];
}

static int hit_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The rows that part @id of @f may be in. */
static void hits_find(struct recs_cache *c, const struct file_blocks *f,
		      int64_t id)
{
	c->n_hits = 0;
	span_search(c, f->span, 0, f->n, (uint32_t)id);
	if (c->n_hits > 1)
		qsort(c->hits, c->n_hits, sizeof *c->hits, hit_cmp);
	c->hits_of = id;
}

/* --- blocks --- */

static int run_cmp(const struct pack_run *x, const struct pack_run *y)
{
	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static int run_qcmp(const void *a, const void *b)
{
	return run_cmp(a, b);
}

static uint64_t run_key(uint32_t part, uint8_t dir)
{
	return (uint64_t)part << 1 | dir;
}

/* Sorts the runs, and puts down what they are found by: a tenth of the memory
 * that a search among the runs themselves would go through. */
static void runs_sort(struct block *b)
{
	bool sorted = true;

	for (size_t i = 1; i < b->n_runs && sorted; i++)
		sorted = run_cmp(&b->runs[i - 1], &b->runs[i]) <= 0;
	if (!sorted)
		qsort(b->runs, b->n_runs, sizeof *b->runs, run_qcmp);
	b->key = mem_grow(b->key, &b->cap_keys, b->n_runs + 1, sizeof *b->key);
	for (size_t i = 0; i < b->n_runs; i++)
		b->key[i] = run_key(b->runs[i].part, b->runs[i].dir);
	b->last = 0;
}

static int block_load(struct store *s, struct recs_cache *c, struct block *b,
		      int64_t id)
{
	long n = -1;

	b->data.n = 0;
	b->at = store_block_kept(s, id, &b->n);
	if (!b->at) {
		if (store_block_read(s, id, &b->data))
			return -1;
		b->at = b->data.at;
		b->n = b->data.n;
	}
	if (b->n <= BLOCK_BYTES)
		n = unpack_directory_to(b->at, b->n, &b->runs, &b->cap_runs);
	if (n < 0) {
		b->n_runs = 0;
		block_no_room(b);
		store_fail_damaged(s, "block", id);
		return -1;
	}
	b->n_runs = (size_t)n;
	runs_sort(b);
	b->id = id;
	c->bytes += block_bytes(b);
	return 0;
}

/* Of @n blocks the one not used for longest, a free one first. */
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

static void cache_shrink(struct recs_cache *c)
{
	while (c->bytes > BYTES) {
		struct block *old = NULL;

		for (struct block *b = c->block; b < c->block + BLOCKS; b++)
			if (b->id && (!old || b->used < old->used))
				old = b;
		if (!old) /* nothing is held, so bytes is 0 */
			return;
		block_forget(c, old);
		block_no_room(old);
	}
}

/* Neighbours in a file are in sets one after another, and those of two files or
 * windows not in the same ones at the same place, whatever the files' numbers:
 * a part has blocks at about the same place of each window that it is in. */
static struct block *set_of(struct recs_cache *c, int64_t id)
{
	uint64_t file = (uint64_t)id >> 32;
	uint64_t k = (uint64_t)id + (file * 0x9e3779b97f4a7c15 >> 32);

	return &c->block[k % SETS * WAYS];
}

static struct block *block_get(struct store *s, int64_t id)
{
	struct recs_cache *c = cache_of(s);
	struct block *set = set_of(c, id), *b;

	for (b = set; b < set + WAYS; b++)
		if (b->id == id) {
			b->used = ++c->clock;
			return b;
		}
	cache_shrink(c);
	b = block_oldest(set, WAYS);
	block_forget(c, b);
	b->used = ++c->clock;
	return block_load(s, c, b, id) ? NULL : b;
}

static bool run_is(const struct block *b, size_t i, uint64_t key)
{
	return i < b->n_runs && b->key[i] == key;
}

/* Is all before @i below @key, and nothing from it on? */
static bool run_begins(const struct block *b, size_t i, uint64_t key)
{
	return (i == 0 || b->key[i - 1] < key) &&
	       (i == b->n_runs || b->key[i] >= key);
}

/* First run of @key in @b, or where it would be. */
static size_t run_search(const struct block *b, uint64_t key)
{
	size_t at = 0;

	for (size_t n = b->n_runs; n;) {
		size_t half = n / 2;
		bool below = b->key[at + half] < key;

		at += below ? half + 1 : 0; /* no branch: nobody knows */
		n = below ? n - half - 1 : half;
	}
	return at;
}

/* The same.  Mostly it is next to the one asked for last, as sessions are read in
 * the order of their parts, whether it is there or not. */
static size_t run_find(struct block *b, uint64_t key)
{
	size_t i = b->last;

	for (size_t end = i + RUNS_NEAR; i < end && i <= b->n_runs; i++)
		if (run_begins(b, i, key))
			return b->last = i;
	return b->last = run_search(b, key);
}

/* --- what others call --- */

static bool row_is_run(const struct block_row *row)
{
	return row->part_min == row->part_max && row->dir < 2;
}

static void runs_of_block(struct store *s, const struct block_row *row,
			  uint32_t part, uint8_t dir,
			  void (*found)(void *, const struct block_run *),
			  void *ctx)
{
	struct block_run r = { row->id, part, row->n, 0 };
	uint64_t key = run_key(part, dir);
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
	i = run_find(b, key);
	if (!run_is(b, i, key))
		return;
	r.n = b->runs[i].n;
	r.place = (uint32_t)i;
	if (r.n <= BLOCK_RECORDS)
		found(ctx, &r);
	else
		store_fail_damaged(s, "block", row->id);
}

void block_cache_runs(struct store *s, int64_t id, uint8_t dir,
		      void (*found)(void *ctx, const struct block_run *r),
		      void *ctx)
{
	const struct file_blocks *f = file_find(s, id >> 32);
	struct recs_cache *c = cache_of(s);
	uint32_t part = (uint32_t)id;

	if (!f)
		return;
	if (c->hits_of != id)
		hits_find(c, f, id);
	for (size_t i = 0; i < c->n_hits; i++) {
		const struct block_row *row = &f->row[c->hits[i]];

		if (row->dir == dir || row->dir >= 2)
			runs_of_block(s, row, part, dir, found, ctx);
	}
}

bool block_cache_run(struct store *s, const struct block_run *r, uint8_t dir,
		     struct block_at *out)
{
	struct block *b = block_get(s, r->block);
	uint64_t key = run_key(r->part, dir);
	size_t i = r->place;

	if (!b)
		return false;
	if (!run_is(b, i, key))
		i = run_find(b, key);
	if (!run_is(b, i, key) || b->runs[i].n != r->n) {
		store_fail_damaged(s, "block", r->block);
		return false;
	}
	*out = (struct block_at){ .run = &b->runs[i],
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
