/* Parts on their way to shelves.
 *
 * A part arrives when it ends, and one of several neighbours may last for hours.
 * Those of a bucket (PART_BUCKET numbers) wait for each other, so that they are
 * compressed together and read at once; a complete bucket is written out.  If more
 * than RACK_BYTES are waiting, the bucket that has waited longest is written as it
 * is, and its later parts get a shelf of their own.
 *
 * Invariants: numbers are those of the file, over all of its lanes; a shelf has
 * parts of one lane.  What is written, and when, depends on the parts alone.
 *
 * Memory: RACK_BYTES, and a pointer for each bucket of the file.
 */
#include "store/index_parts.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/shelf.h"

#define RACK_BYTES (8u << 20)
#define KEY(lane, number) ((int64_t)((uint64_t)(lane) << 32 | (number)))

struct part_rack {
	struct VEC(struct shelf *) bucket; /* owned; NULL: nothing waits */
	size_t low;                        /* none is waiting before this one */
	size_t bytes;                      /* waiting */
	struct shelf *spare;               /* owned; or NULL */
	struct shelf out;                  /* one lane's */
	struct zip *zip;                   /* owned */
	struct kept_place *kept;           /* where shelves stay, or NULL */
	struct buf packed, data;
	part_rack_out *put;
	void *ctx;
};

struct part_rack *part_rack_new(part_rack_out *out, void *ctx)
{
	struct part_rack *r = mem_zalloc(1, sizeof *r);

	r->zip = zip_new();
	r->put = out;
	r->ctx = ctx;
	return r;
}

void part_rack_keep(struct part_rack *r, struct kept_place *p)
{
	zip_plain(r->zip);
	r->kept = p;
}

static void bucket_free(struct shelf *b)
{
	if (!b)
		return;
	shelf_release(b);
	free(b);
}

void part_rack_free(struct part_rack *r)
{
	if (!r)
		return;
	for (size_t i = r->low; i < r->bucket.n; i++)
		bucket_free(r->bucket.at[i]);
	VEC_FREE(&r->bucket);
	bucket_free(r->spare);
	shelf_release(&r->out);
	zip_free(r->zip);
	buf_release(&r->packed);
	buf_release(&r->data);
	free(r);
}

/* Writes r->out to where it will stay.  Return: whether there is room. */
static bool put_kept(struct part_rack *r, uint8_t lane, uint32_t first)
{
	size_t most = shelf_most(&r->out);
	struct buf data = { .cap = most };

	if (!r->kept)
		return false;
	data.at = kept_room(r->kept, most);
	if (!data.at)
		return false;
	shelf_pack(&r->out, 0, r->out.row.n, r->zip, &data);
	kept_took(r->kept, data.n);
	r->put(r->ctx, lane, first, &data, true);
	return true;
}

/* Writes out the rows [@from, @to), of one lane. */
static void put_lane(struct part_rack *r, const struct shelf *b, size_t from,
		     size_t to)
{
	uint8_t lane = (uint8_t)(b->row.at[from].key >> 32);

	shelf_clear(&r->out);
	for (size_t i = from; i < to; i++)
		shelf_add(&r->out, (uint32_t)b->row.at[i].key,
			  b->bytes.at + b->row.at[i].at, b->row.at[i].n);
	if (put_kept(r, lane, (uint32_t)b->row.at[from].key))
		return;
	r->data.n = 0;
	shelf_pack(&r->out, 0, to - from, r->zip, &r->data);
	r->put(r->ctx, lane, (uint32_t)b->row.at[from].key, &r->data, false);
}

static void leave(struct part_rack *r, size_t k)
{
	struct shelf *b = r->bucket.at[k];

	shelf_sort(b);
	for (size_t i = 0, to; i < b->row.n; i = to) {
		for (to = i + 1;
		     to < b->row.n &&
		     b->row.at[to].key >> 32 == b->row.at[i].key >> 32;
		     to++)
			;
		put_lane(r, b, i, to);
	}
	r->bytes -= b->bytes.n;
	r->bucket.at[k] = NULL;
	shelf_clear(b);
	bucket_free(r->spare);
	r->spare = b;
}

static struct shelf *bucket_of(struct part_rack *r, size_t k)
{
	while (r->bucket.n <= k) {
		struct shelf **b = VEC_PUSH(&r->bucket);

		*b = NULL;
	}
	if (!r->bucket.at[k]) {
		r->bucket.at[k] = r->spare ? r->spare
					   : mem_zalloc(1,
							sizeof **r->bucket.at);
		r->spare = NULL;
	}
	if (k < r->low)
		r->low = k;
	return r->bucket.at[k];
}

static void leave_first(struct part_rack *r)
{
	while (r->low < r->bucket.n && !r->bucket.at[r->low])
		r->low++;
	if (r->low < r->bucket.n)
		leave(r, r->low);
}

void part_rack_add(struct part_rack *r, uint8_t lane, const struct part *p)
{
	size_t k = p->number / PART_BUCKET;
	struct shelf *b = bucket_of(r, k);

	r->packed.n = 0;
	part_pack(p, &r->packed);
	shelf_add(b, KEY(lane, p->number), r->packed.at, r->packed.n);
	r->bytes += r->packed.n;
	if (b->row.n == PART_BUCKET)
		leave(r, k);
	while (r->bytes > RACK_BYTES)
		leave_first(r);
}

void part_rack_flush(struct part_rack *r)
{
	while (r->bytes)
		leave_first(r);
}
