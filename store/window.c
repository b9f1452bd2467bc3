/* The window.
 *
 * What: packing by column pays where neighbours are alike, so records of one
 * part and direction should stand together; but a capture has them mixed and
 * may be larger than memory.  So records gather here, and when the window is
 * full they are sorted and leave as blocks.  A part that is spread over
 * several windows has runs in several blocks, in capture order.
 *
 * A record waits as a struct brief (store/brief.h) of 64 bytes where that holds
 * all of it, else as it is in a list beside (SACK blocks, fragments, ICMP).
 *
 * Steps of window_flush(): slots (lane, part, direction and the record's place)
 * are sorted by a radix sort, least digit first, which is stable, and only over
 * digits in which keys differ; put_runs() restores equal keys' records to runs
 * of at most BLOCK_RECORDS; a run of LONG_RUN or more is a block of its own,
 * shorter ones share one until it has BLOCK_RECORDS or the lane changes.
 *
 * Invariants: records in pages, which are allocated when first needed and stay
 * where they are; blocks leave in order of lane, then part and direction.
 *
 * Cost: 64 bytes a record, written once and read once, 8 bytes in two or three
 * passes of the sort; memory is that of `size` records (20 MB for 256 Ki), which
 * matters most: a page from the kernel costs as much as packing what it holds.
 */
#include "store/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "base/mem.h"
#include "store/brief.h"
#include "store/zip.h"

#define PAGE (MEM_HUGE / sizeof(struct brief))
#define LONG_RUN 1024  /* records: a block of its own */
#define SHORT_RUNS 16  /* records on average: the block is compressed */
#define RUN_BYTES 40   /* of a run in the directory, about */
#define FETCH_AHEAD 64 /* records */
#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

/* A slot: lane, part and direction above the record's place. */
#define PLACE_BITS 22
#define PLACE_MASK ((1u << PLACE_BITS) - 1)
#define KEY_BITS (8 + 32 + 1)

#define WHOLE 0xff /* brief.csum: not here, but number `frame` of w->whole */
_Static_assert(PLACE_BITS + KEY_BITS <= 64, "a slot holds key and place");

struct window {
	size_t size, n;
	uint64_t first_frame; /* of the first record here */
	struct brief **page;  /* owned, each too */
	size_t pages;
	struct VEC(struct record) whole; /* those that a brief does not hold */
	uint64_t *slot, *other;          /* what is sorted, and room for it */
	struct record rec[BLOCK_RECORDS];
	const struct record *run[BLOCK_RECORDS]; /* pointers to them */
	/* the block that short runs gather in */
	struct VEC(struct pack_run) runs;
	struct pack_shapes shapes;
	struct buf bytes, block, zipped;
	struct zip *zip; /* owned */
	struct block_row row;
	uint8_t row_lane;
	window_out *out;
	void *ctx;
};

struct window *window_new(size_t size, window_out *out, void *ctx)
{
	struct window *w = mem_zalloc(1, sizeof *w);

	assert(size <= PLACE_MASK);
	w->size = size;
	w->out = out;
	w->zip = zip_new();
	w->ctx = ctx;
	w->page = mem_zalloc(size / PAGE + 1, sizeof *w->page);
	w->slot = mem_resize(NULL, size, sizeof *w->slot);
	w->other = mem_resize(NULL, size, sizeof *w->other);
	for (size_t i = 0; i < BLOCK_RECORDS; i++)
		w->run[i] = &w->rec[i];
	return w;
}

void window_free(struct window *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->pages; i++)
		free(w->page[i]);
	free(w->page);
	VEC_FREE(&w->whole);
	free(w->slot);
	free(w->other);
	VEC_FREE(&w->runs);
	buf_release(&w->bytes);
	buf_release(&w->block);
	buf_release(&w->zipped);
	zip_free(w->zip);
	free(w);
}

void window_plain(struct window *w)
{
	zip_plain(w->zip);
}

static struct brief *brief_at(const struct window *w, size_t i)
{
	return &w->page[i / PAGE][i % PAGE];
}

void window_add(struct window *w, const struct record *r, uint8_t lane)
{
	struct brief *b;

	if (!w->n)
		w->first_frame = r->frame;
	if (w->n / PAGE == w->pages)
		w->page[w->pages++] = mem_alloc_huge();
	b = brief_at(w, w->n);
	if (!brief_of(b, r, w->first_frame)) {
		b->csum = WHOLE;
		b->frame = (uint32_t)w->whole.n;
		*VEC_PUSH(&w->whole) = *r;
	}
	w->slot[w->n] =
		((uint64_t)lane << 33 | (uint64_t)r->part << 1 | (r->dir & 1))
			<< PLACE_BITS |
		w->n;
	if (++w->n == w->size)
		window_flush(w);
}

/* ---- sorting ---- */

/* Return: the bits in which keys differ. */
static uint64_t differing(const struct window *w)
{
	uint64_t differ = 0;

	for (size_t i = 1; i < w->n; i++)
		differ |= w->slot[i] ^ w->slot[0];
	return differ >> PLACE_BITS;
}

static void sort_digit(struct window *w, unsigned shift)
{
	uint32_t start[DIGITS + 1] = { 0 };
	uint64_t *swap;

	for (size_t i = 0; i < w->n; i++)
		start[(w->slot[i] >> shift & (DIGITS - 1)) + 1]++;
	for (size_t d = 0; d < DIGITS; d++)
		start[d + 1] += start[d];
	for (size_t i = 0; i < w->n; i++)
		w->other[start[w->slot[i] >> shift & (DIGITS - 1)]++] =
			w->slot[i];
	swap = w->slot;
	w->slot = w->other;
	w->other = swap;
}

static void sort(struct window *w)
{
	uint64_t differ = differing(w);

	for (unsigned shift = 0; shift < KEY_BITS; shift += DIGIT_BITS)
		if (differ >> shift & (DIGITS - 1))
			sort_digit(w, PLACE_BITS + shift);
}

/* ---- blocks ---- */

static void row_begin(struct block_row *row, const struct record *r)
{
	*row = (struct block_row){
		.part_min = r->part,
		.part_max = r->part,
		.dir = r->dir,
		.frame_min = UINT64_MAX,
		.seq_min = UINT64_MAX,
		.time_min = INT64_MAX,
		.time_max = INT64_MIN,
	};
}

static void row_add(struct block_row *row, const struct record *r)
{
	row->n++;
	if (r->frame < row->frame_min)
		row->frame_min = r->frame;
	if (r->frame > row->frame_max)
		row->frame_max = r->frame;
	if (r->time_ns < row->time_min)
		row->time_min = r->time_ns;
	if (r->time_ns > row->time_max)
		row->time_max = r->time_ns;
	if (r->seq64 < row->seq_min)
		row->seq_min = r->seq64;
	if (r->seq64 > row->seq_max)
		row->seq_max = r->seq64;
}

/* Blocks of short runs are half directory and first records, of which a tenth
 * can be saved; it takes as long as packing, and pays for nothing else. */
static void zip_block(struct window *w)
{
	w->zipped.n = 0;
	buf_varint(&w->zipped, PACK_ZIPPED);
	zip_pack(w->zip, w->block.at, w->block.n, &w->zipped);
	w->block.n = 0;
	buf_bytes(&w->block, w->zipped.at, w->zipped.n);
}

static void put_block(struct window *w)
{
	if (!w->runs.n)
		return;
	w->block.n = 0;
	buf_room(&w->block, w->bytes.n + RUN_BYTES * w->runs.n);
	pack_block(w->runs.at, w->runs.n, &w->bytes, &w->block);
	if (w->row.n / w->runs.n < SHORT_RUNS && !zip_is_plain(w->zip))
		zip_block(w);
	w->out(w->ctx, w->row_lane, &w->row, &w->block);
	w->runs.n = 0;
	w->bytes.n = 0;
	w->shapes.have = 0;
}

/* Adds the run of @n records in w->run to the block, or makes one of it. */
static void put_run(struct window *w, size_t n, uint8_t lane)
{
	const struct record *r = w->run[0];
	struct pack_base base;
	size_t at;

	if (w->runs.n && (n >= LONG_RUN || w->row_lane != lane ||
			  w->row.n + n > BLOCK_RECORDS))
		put_block(w);
	if (!w->runs.n)
		row_begin(&w->row, r);
	w->row_lane = lane;
	w->row.part_max = r->part;
	if (w->row.dir != r->dir)
		w->row.dir = 2;
	for (size_t i = 0; i < n; i++)
		row_add(&w->row, w->run[i]);
	at = w->bytes.n;
	base = pack_base_of(w->run, n);
	pack_shape_of(&w->shapes, &base, w->run, n);
	pack_run_from(&base, w->run, n, &w->bytes);
	*VEC_PUSH(&w->runs) = (struct pack_run){
		.part = r->part,
		.dir = r->dir,
		.n = (uint32_t)n,
		.at = at,
		.size = w->bytes.n - at,
		.base = base,
	};
	if (n >= LONG_RUN)
		put_block(w);
}

/* Sorted, records lie all over the window: they are asked for in batches.
 * Return: up to where. */
static size_t fetch_from(const struct window *w, size_t i)
{
	size_t end = w->n - i < FETCH_AHEAD ? w->n : i + FETCH_AHEAD;

	for (; i < end; i++)
		fetch_first(brief_at(w, w->slot[i] & PLACE_MASK));
	return end;
}

static void restore(const struct window *w, uint64_t slot, struct record *r)
{
	const struct brief *b = brief_at(w, slot & PLACE_MASK);
	uint64_t key = slot >> PLACE_BITS;

	if (b->csum == WHOLE)
		*r = w->whole.at[b->frame];
	else
		brief_restore(b, w->first_frame, r);
	r->part = (uint32_t)(key >> 1);
	r->dir = key & 1;
}

static void put_runs(struct window *w)
{
	size_t n, fetched = 0;

	for (size_t i = 0; i < w->n; i += n) {
		uint64_t key = w->slot[i] >> PLACE_BITS;

		for (n = 0; n < BLOCK_RECORDS && i + n < w->n &&
			    w->slot[i + n] >> PLACE_BITS == key;
		     n++) {
			if (i + n == fetched)
				fetched = fetch_from(w, fetched);
			restore(w, w->slot[i + n], &w->rec[n]);
		}
		put_run(w, n, (uint8_t)(key >> 33));
	}
	put_block(w);
}

void window_flush(struct window *w)
{
	if (!w->n)
		return;
	sort(w);
	put_runs(w);
	w->n = 0;
	w->whole.n = 0;
}
