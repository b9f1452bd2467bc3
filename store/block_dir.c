/* The directory of a block, unpacked: its runs, sorted by part and direction.
 *
 * A block of short runs has a thousand and more, and reading sessions needs a
 * few of each directory in turn.  So search keys are stored apart from what it
 * takes to unpack a run: part, direction and number of records in one word, and
 * the base in 48 more bytes, without what all runs of a kind share.
 *
 * Parts are handed out in turn, so the numbers in a block lie close together, but
 * sessions ask for them in another order.  A table over the range of keys says
 * where each small stretch of it begins: mostly a stretch is one key, and its run
 * is found without a search.
 *
 * Cost: some 20 ns a run to unpack, a few to find.
 *
 * Hostile bytes: pack_block.c's; runs may come in any order, or twice.
 */
#include "store/block_dir.h"

#include <stdlib.h>

#include "base/fetch.h"
#include "base/mem.h"

#define STEP 64 /* runs unpacked at a time, in the L1 cache */
#define COUNT_BITS 12
#define STRETCHES 2 /* of the table, for each run, at most */
#define SIZE_MOST (1u << 30)
_Static_assert(BLOCK_RECORDS == 1 << COUNT_BITS, "n - 1 fits");

static uint64_t key_of(uint32_t part, uint8_t dir)
{
	return (uint64_t)part << 1 | dir;
}

static void put(struct block_dir *d, size_t i, const struct pack_run *r)
{
	const struct pack_base *b = &r->base;

	d->key[i] = key_of(r->part, r->dir) << COUNT_BITS | (r->n - 1);
	d->run[i] = (struct dir_run){ .time_ns = b->time_ns,
				      .frame = b->frame,
				      .seq = b->seq,
				      .ack = b->ack,
				      .tsval = b->tsval,
				      .tsecr = b->tsecr,
				      .at = (uint32_t)r->at,
				      .size = (uint32_t)r->size &
					      (SIZE_MOST - 1),
				      .kind = b->kind & 3u };
}

/* ---- order ---- */

struct both {
	uint64_t key;
	struct dir_run run;
};

static int both_cmp(const void *pa, const void *pb)
{
	const struct both *a = pa, *b = pb;
	uint64_t x = a->key >> COUNT_BITS, y = b->key >> COUNT_BITS;

	if (x != y)
		return x < y ? -1 : 1;
	return a->run.at < b->run.at ? -1 : a->run.at > b->run.at;
}

static void sort(struct block_dir *d)
{
	struct both *all = mem_resize(NULL, d->n + 1, sizeof *all);

	for (size_t i = 0; i < d->n; i++)
		all[i] = (struct both){ d->key[i], d->run[i] };
	qsort(all, d->n, sizeof *all, both_cmp);
	for (size_t i = 0; i < d->n; i++) {
		d->key[i] = all[i].key;
		d->run[i] = all[i].run;
	}
	free(all);
}

/* Places ascend in any case. */
static bool is_sorted(const struct block_dir *d)
{
	for (size_t i = 1; i < d->n; i++)
		if (d->key[i - 1] >> COUNT_BITS > d->key[i] >> COUNT_BITS)
			return false;
	return true;
}

/* ---- where keys begin ---- */

static size_t begins_cap(size_t cap)
{
	return STRETCHES * cap + 2;
}

/* Stretches of the range of keys: as many as there are runs, or a few more. */
static void table_build(struct block_dir *d)
{
	uint64_t range;
	size_t i = 0;

	if (!d->n)
		return;
	d->first = d->key[0] >> COUNT_BITS;
	d->shift = 0;
	range = (d->key[d->n - 1] >> COUNT_BITS) - d->first;
	while (range >> d->shift > STRETCHES * (uint64_t)d->n)
		d->shift++;
	d->stretches = (size_t)(range >> d->shift) + 1;
	for (size_t k = 0; k <= d->stretches; k++) {
		uint64_t key = d->first + ((uint64_t)k << d->shift);

		while (i < d->n && d->key[i] >> COUNT_BITS < key)
			i++;
		d->begins[k] = (uint32_t)i;
	}
}

/* ---- reading ---- */

static void room(struct block_dir *d, size_t n)
{
	/* one that grows is used for many blocks */
	size_t cap = d->cap ? n + n / 4 : n;

	if (n <= d->cap)
		return;
	block_dir_release(d); /* the old contents need not be copied */
	d->cap = cap;
	d->key = mem_resize(NULL, d->cap, sizeof *d->key);
	d->run = mem_resize(NULL, d->cap, sizeof *d->run);
	d->begins = mem_resize(NULL, begins_cap(d->cap), sizeof *d->begins);
}

int block_dir_read(struct block_dir *d, const uint8_t *p, size_t size)
{
	struct pack_run run[STEP] NOT_ZEROED;
	struct directory_in in;
	size_t n, left;
	long at;

	d->n = d->stretches = 0;
	if (size >= SIZE_MOST || directory_begin(&in, p, size))
		return -1;
	left = in.left;
	room(d, left);
	while ((n = directory_take(&in, run, STEP)) > 0)
		for (size_t i = 0; i < n; i++)
			put(d, d->n++, &run[i]);
	at = directory_end(&in);
	if (at < 0 || d->n != left) {
		d->n = 0;
		return -1;
	}
	d->at = (size_t)at;
	d->shapes = in.shapes;
	if (!is_sorted(d))
		sort(d);
	table_build(d);
	return 0;
}

void block_dir_release(struct block_dir *d)
{
	free(d->key);
	free(d->run);
	free(d->begins);
	*d = (struct block_dir){ 0 };
}

static size_t bytes_of(size_t cap)
{
	const struct block_dir *d = NULL;

	return cap ? cap * (sizeof *d->key + sizeof *d->run) +
			       begins_cap(cap) * sizeof *d->begins
		   : 0;
}

size_t block_dir_bytes(const struct block_dir *d)
{
	return bytes_of(d->cap);
}

size_t block_dir_needs(const uint8_t *p, size_t size)
{
	struct directory_in in;

	return directory_begin(&in, p, size) ? 0 : bytes_of(in.left);
}

/* ---- finding ---- */

static bool run_is(const struct block_dir *d, size_t i, uint64_t key)
{
	return i < d->n && d->key[i] >> COUNT_BITS == key;
}

/* The first run of @key, or where it would be, in [@at, @end). */
static size_t search(const struct block_dir *d, uint64_t key, size_t at,
		     size_t end)
{
	for (size_t n = end - at; n;) {
		size_t half = n / 2;
		bool below = d->key[at + half] >> COUNT_BITS < key;

		at += below ? half + 1 : 0; /* no branch: unpredictable */
		n = below ? n - half - 1 : half;
	}
	return at;
}

size_t block_dir_find(const struct block_dir *d, uint32_t part, uint8_t dir,
		      size_t hint)
{
	uint64_t key = key_of(part, dir), k = (key - d->first) >> d->shift;
	size_t i;

	if (run_is(d, hint, key))
		return hint;
	if (key < d->first || k >= d->stretches)
		return d->n;
	i = search(d, key, d->begins[k], d->begins[k + 1]);
	return run_is(d, i, key) ? i : d->n;
}

uint32_t block_dir_count(const struct block_dir *d, size_t i)
{
	return (uint32_t)(d->key[i] & (BLOCK_RECORDS - 1)) + 1;
}

struct pack_run block_dir_run(const struct block_dir *d, size_t i)
{
	const struct dir_run *r = &d->run[i];

	return (struct pack_run){
		.part = (uint32_t)(d->key[i] >> (COUNT_BITS + 1)),
		.dir = d->key[i] >> COUNT_BITS & 1,
		.n = block_dir_count(d, i),
		.at = d->at + r->at,
		.size = r->size,
		.base = { .time_ns = r->time_ns,
			  .frame = r->frame,
			  .seq = r->seq,
			  .ack = r->ack,
			  .tsval = r->tsval,
			  .tsecr = r->tsecr,
			  .kind = r->kind,
			  .shape = d->shapes.at[r->kind] },
	};
}

/* ---- into the cache ---- */

#define FETCH_BYTES 128 /* two runs of few records */

size_t block_dir_fetch(const struct block_dir *d, uint32_t part)
{
	uint64_t key = key_of(part, 0), k = (key - d->first) >> d->shift;
	size_t i;

	if (key < d->first || k >= d->stretches)
		return d->n;
	i = d->begins[k];
	if (i < d->n) {
		fetch_line(&d->key[i]);
		fetch_more(&d->run[i], sizeof *d->run * (i + 1 < d->n ? 2 : 1));
	}
	return i;
}

void block_dir_fetch_bytes(const struct block_dir *d, size_t i,
			   const uint8_t *block)
{
	if (i < d->n)
		fetch_more(block + d->at + d->run[i].at, FETCH_BYTES);
}
