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
 * are sorted (store/slots.h); put_runs() makes runs of at most BLOCK_RECORDS
 * of equal keys; a run of LONG_RUN or more is a block of its own, shorter ones
 * share one until it has BLOCK_RECORDS or the lane changes.  put_run() packs some
 * dozen lines at a time, so that they stay in the nearest cache, and makes records
 * only of those that store/pack_brief.c does not take; the unit of a run's time
 * stamps is only known at its end, so that of the first ones is tried.
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
#include "store/pack_guess.h"
#include "store/slots.h"
#include "store/zip.h"

#define PAGE (MEM_HUGE / sizeof(struct brief))
#define LONG_RUN 1024  /* records: a block of its own */
#define SHORT_RUNS 16  /* records on average: the block is compressed */
#define RUN_BYTES 40   /* of a run in the directory, about */
#define FETCH_AHEAD 64 /* records */

/* A slot: lane, part and direction above the record's place. */
#define PLACE_BITS 22
#define PLACE_MASK ((1u << PLACE_BITS) - 1)
#define KEY_BITS (8 + 32 + 1)

_Static_assert(PLACE_BITS + KEY_BITS <= 64, "a slot holds key and place");

struct window {
	size_t size, n;
	uint64_t first_frame; /* of the first record here */
	struct brief **page;  /* owned, each too */
	size_t pages;
	struct VEC(struct record) whole; /* those that a brief does not hold */
	uint64_t *slot, *other;          /* what is sorted, and room for it */
	/* those that are packed next, and as records, where need be */
	const struct brief *brief[PACK_FIRST];
	struct record rec[PACK_FIRST];
	struct packing *packing; /* owned */
	/* the block that short runs gather in */
	struct VEC(struct pack_run) runs;
	struct pack_shapes shapes;
	struct buf bytes, block, zipped;
	struct zip *zip;         /* owned */
	struct kept_place *kept; /* where blocks stay, or NULL */
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
	w->packing = packing_new();
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
	packing_free(w->packing);
	free(w);
}

void window_keep(struct window *w, struct kept_place *p)
{
	zip_plain(w->zip);
	w->kept = p;
}

static struct brief *brief_at(const struct window *w, size_t i)
{
	return &w->page[i / PAGE][i % PAGE];
}

static inline void add(struct window *w, const struct record *r, uint8_t lane)
{
	struct brief *b;

	if (!w->n)
		w->first_frame = r->frame;
	if (w->n / PAGE == w->pages)
		w->page[w->pages++] = mem_alloc_huge();
	b = brief_at(w, w->n);
	if (!brief_of(b, r, w->first_frame)) {
		b->csum = BRIEF_ELSEWHERE;
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

void window_add(struct window *w, const struct packet *p, const uint8_t *lane,
		size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(w, &p[i].rec, lane[i]);
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

/* Of lines whose records are elsewhere, these fields hold all the same. */
static void row_add(struct block_row *row, const struct brief *const *b,
		    size_t n)
{
	int64_t time_min = row->time_min, time_max = row->time_max;
	uint64_t seq_min = row->seq_min, seq_max = row->seq_max;

	for (size_t i = 0; i < n; i++) {
		int64_t t = b[i]->time_ns;
		uint64_t seq = b[i]->seq64;

		time_min = t < time_min ? t : time_min;
		time_max = t > time_max ? t : time_max;
		seq_min = seq < seq_min ? seq : seq_min;
		seq_max = seq > seq_max ? seq : seq_max;
	}
	row->time_min = time_min;
	row->time_max = time_max;
	row->seq_min = seq_min;
	row->seq_max = seq_max;
}

/* Frames rise in a run. */
static void row_add_frames(struct block_row *row, uint64_t first, uint64_t last)
{
	if (first < row->frame_min)
		row->frame_min = first;
	if (last > row->frame_max)
		row->frame_max = last;
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

/* The block is made where it will stay.  Return: whether there is room. */
static bool put_kept(struct window *w)
{
	size_t most = pack_block_most(w->runs.n) + w->bytes.n;
	struct buf block = { .cap = most };

	if (!w->kept)
		return false;
	block.at = kept_room(w->kept, most);
	if (!block.at)
		return false;
	pack_block(w->runs.at, w->runs.n, &w->bytes, &block);
	kept_took(w->kept, block.n);
	w->out(w->ctx, w->row_lane, &w->row, &block, true);
	return true;
}

static void put_passed(struct window *w)
{
	w->block.n = 0;
	buf_room(&w->block, w->bytes.n + RUN_BYTES * w->runs.n);
	pack_block(w->runs.at, w->runs.n, &w->bytes, &w->block);
	if (w->row.n / w->runs.n < SHORT_RUNS && !zip_is_plain(w->zip))
		zip_block(w);
	w->out(w->ctx, w->row_lane, &w->row, &w->block, false);
}

static void put_block(struct window *w)
{
	if (!w->runs.n)
		return;
	if (!put_kept(w))
		put_passed(w);
	w->runs.n = 0;
	w->bytes.n = 0;
	w->shapes.have = 0;
}

/* Sorted, records lie all over the window: each is asked for early. */
static void fetch(const struct window *w, size_t i)
{
	if (i < w->n)
		fetch_line(brief_at(w, w->slot[i] & PLACE_MASK));
}

static uint64_t frame_at(const struct window *w, size_t i)
{
	const struct brief *b = brief_at(w, w->slot[i] & PLACE_MASK);

	return b->csum == BRIEF_ELSEWHERE ? w->whole.at[b->frame].frame
					  : w->first_frame + b->frame;
}

/* The @n lines from slot @from on go to w->brief. */
static void gather(struct window *w, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fetch(w, from + i + FETCH_AHEAD);
		w->brief[i] = brief_at(w, w->slot[from + i] & PLACE_MASK);
	}
}

/* Records of @n lines from w->brief's @i on, of the part and direction of @key. */
static void restore(struct window *w, uint64_t key, size_t i, size_t n)
{
	for (; n--; i++) {
		const struct brief *b = w->brief[i];
		struct record *r = &w->rec[i];

		if (b->csum == BRIEF_ELSEWHERE)
			*r = w->whole.at[b->frame];
		else
			brief_restore(b, w->first_frame, r);
		r->part = (uint32_t)(key >> 1);
		r->dir = key & 1;
	}
}

static unsigned unit_of(const struct brief *const *b, size_t n, unsigned most)
{
	for (size_t i = 0; i < n && most; i++)
		most = unit_within(b[i]->time_ns, most);
	return most;
}

/* Packs w->brief's @n lines from @i on. */
static void pack_lines(struct window *w, uint64_t key, size_t i, size_t n)
{
	if (!n || pack_more_briefs(w->packing, w->brief + i, n, w->first_frame))
		return;
	restore(w, key, i, n);
	pack_more(w->packing, w->rec + i, n);
}

/* Packs the run of @n records from slot @from on, whose first lines are in
 * w->brief, the very first in w->rec, too, with time stamps in units of @unit.
 * Return: that; or, where a record is not whole in them, a smaller one to try. */
static unsigned pack_in(struct window *w, const struct pack_base *base,
			size_t from, size_t n, unsigned unit)
{
	size_t step = n < PACK_FIRST ? n : PACK_FIRST;
	uint64_t key = w->slot[from] >> PLACE_BITS;

	pack_begin(w->packing, base, unit, &w->bytes);
	pack_more(w->packing, w->rec, 1);
	pack_lines(w, key, 1, step - 1);
	for (size_t i = step; i < n; i += step) {
		unsigned finer;

		step = n - i < PACK_STEP ? n - i : PACK_STEP;
		gather(w, from + i, step);
		finer = unit_of(w->brief, step, unit);
		if (finer != unit)
			return finer;
		row_add(&w->row, w->brief, step);
		pack_lines(w, key, 0, step);
	}
	return unit;
}

/* What the run of @n records begins with, of which w->brief has the first. */
static struct pack_base begin_base(struct window *w, uint64_t key, size_t n)
{
	struct pack_base base;

	restore(w, key, 0, 1);
	base = pack_base_of(w->rec, 1);
	for (size_t i = 1; i < n && i < PACK_STEP; i++) {
		if (!base.ack)
			base.ack = w->brief[i]->ack64;
		if (!base.tsecr)
			base.tsecr = w->brief[i]->tsecr;
		if (base.ack && base.tsecr)
			break;
	}
	if (!pack_shape_there(&w->shapes, w->rec))
		restore(w, key, 1, n - 1);
	pack_shape_of(&w->shapes, &base, w->rec, n);
	return base;
}

/* Adds the run of @n records from slot @from on to the block, or makes one of
 * it. */
static void put_run(struct window *w, size_t from, size_t n)
{
	uint64_t key = w->slot[from] >> PLACE_BITS;
	size_t first = n < PACK_FIRST ? n : PACK_FIRST, at;
	uint8_t lane = (uint8_t)(key >> 33);
	struct pack_base base;
	unsigned unit, finer;

	if (w->runs.n && (n >= LONG_RUN || w->row_lane != lane ||
			  w->row.n + n > BLOCK_RECORDS))
		put_block(w);
	gather(w, from, first);
	base = begin_base(w, key, first);
	if (!w->runs.n)
		row_begin(&w->row, w->rec);
	w->row_lane = lane;
	w->row.part_max = w->rec->part;
	if (w->row.dir != w->rec->dir)
		w->row.dir = 2;
	w->row.n += (uint32_t)n;
	row_add(&w->row, w->brief, first);
	row_add_frames(&w->row, frame_at(w, from), frame_at(w, from + n - 1));
	at = w->bytes.n;
	finer = unit_of(w->brief, first, PACK_UNIT_MOST);
	do {
		if (w->bytes.n != at) { /* once more */
			gather(w, from, first);
			restore(w, key, 0, 1);
		}
		w->bytes.n = at;
		unit = finer;
		finer = pack_in(w, &base, from, n, unit);
	} while (finer != unit);
	*VEC_PUSH(&w->runs) = (struct pack_run){
		.part = (uint32_t)(key >> 1),
		.dir = key & 1,
		.n = (uint32_t)n,
		.at = at,
		.size = w->bytes.n - at,
		.base = base,
	};
	if (n >= LONG_RUN)
		put_block(w);
}

static void put_runs(struct window *w)
{
	for (size_t i = 0, n; i < w->n; i += n) {
		uint64_t key = w->slot[i] >> PLACE_BITS;

		for (n = 1; n < BLOCK_RECORDS && i + n < w->n &&
			    w->slot[i + n] >> PLACE_BITS == key;
		     n++)
			;
		put_run(w, i, n);
	}
	put_block(w);
}

static void sort(struct window *w)
{
	uint64_t *sorted = slots_sort(w->slot, w->other, w->n, PLACE_BITS,
				      PLACE_BITS + KEY_BITS);

	if (sorted == w->other) {
		w->other = w->slot;
		w->slot = sorted;
	}
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
