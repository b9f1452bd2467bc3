/* Packed shelves.
 *
 * Format, before it is compressed (store/zip.h):
 *	n, n keys (the first zigzag, the others steps of 1 or more), n sizes,
 *	then the rows' bytes
 * Keys and sizes are apart from the bytes, since they resemble each other.
 *
 * Hostile bytes: rows are SHELF_ROWS at most and bounded by the bytes that are
 * there; keys rise, or the shelf is refused.
 */
#include "store/shelf.h"

#include <stdlib.h>

#include "base/search.h"

void shelf_add(struct shelf *s, int64_t key, const void *p, size_t n)
{
	*VEC_PUSH(&s->row) = (struct shelf_row){ key, s->bytes.n, n };
	if (n)
		buf_bytes(&s->bytes, p, n);
}

void shelf_took(struct shelf *s, int64_t key, size_t at)
{
	*VEC_PUSH(&s->row) = (struct shelf_row){ key, at, s->bytes.n - at };
}

void shelf_clear(struct shelf *s)
{
	s->row.n = 0;
	s->bytes.n = 0;
}

void shelf_cut(struct shelf *s, size_t rows)
{
	if (rows >= s->row.n)
		return;
	s->bytes.n = s->row.at[rows].at;
	s->row.n = rows;
}

void shelf_release(struct shelf *s)
{
	VEC_FREE(&s->row);
	buf_release(&s->bytes);
}

static int by_key(const void *pa, const void *pb)
{
	const struct shelf_row *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

void shelf_sort(struct shelf *s)
{
	for (size_t i = 1; i < s->row.n; i++)
		if (by_key(&s->row.at[i - 1], &s->row.at[i]) > 0) {
			qsort(s->row.at, s->row.n, sizeof *s->row.at, by_key);
			return;
		}
}

/* Numbers of flows, sessions and parts mostly follow each other without a gap. */
static bool is_dense(const struct shelf *s, int64_t key, size_t *at)
{
	uint64_t i = s->row.n ? (uint64_t)key - (uint64_t)s->row.at[0].key : 0;

	*at = (size_t)i;
	return i < s->row.n && s->row.at[i].key == key;
}

size_t shelf_find(const struct shelf *s, int64_t key)
{
	size_t at;

	if (is_dense(s, key, &at))
		return at;
	SEARCH(at, s->row.n, i, s->row.at[i].key < key);
	return at;
}

/* ---- packing ---- */

static void put_rows(const struct shelf *s, size_t from, size_t to,
		     struct buf *out)
{
	const struct shelf_row *r = s->row.at;

	buf_varint(out, to - from);
	for (size_t i = from; i < to; i++)
		if (i == from)
			buf_zigzag(out, r[i].key);
		else
			buf_varint(out,
				   (uint64_t)r[i].key - (uint64_t)r[i - 1].key);
	for (size_t i = from; i < to; i++)
		buf_varint(out, r[i].n);
	for (size_t i = from; i < to; i++)
		if (r[i].n)
			buf_bytes(out, s->bytes.at + r[i].at, r[i].n);
}

size_t shelf_most(const struct shelf *s)
{
	return VARINT_MOST * (3 + 2 * s->row.n) + s->bytes.n;
}

static size_t varint_size(uint64_t v)
{
	size_t n = 1;

	while (v >>= 7)
		n++;
	return n;
}

/* How many bytes put_rows() will write. */
static size_t rows_size(const struct shelf *s, size_t from, size_t to)
{
	const struct shelf_row *r = s->row.at;
	size_t n = varint_size(to - from);

	for (size_t i = from; i < to; i++) {
		n += i == from ? varint_size(zigzag((uint64_t)r[i].key))
			       : varint_size((uint64_t)r[i].key -
					     (uint64_t)r[i - 1].key);
		n += varint_size(r[i].n) + r[i].n;
	}
	return n;
}

void shelf_pack(const struct shelf *s, size_t from, size_t to, struct zip *z,
		struct buf *out)
{
	struct buf raw = { 0 };
	size_t room = VARINT_MOST * (1 + 2 * (to - from));

	if (zip_is_plain(z)) {
		size_t n = rows_size(s, from, to);

		buf_room(out, n + 2 * VARINT_MOST);
		zip_pack_plain(n, out);
		put_rows(s, from, to, out);
		return;
	}

	for (size_t i = from; i < to; i++)
		room += s->row.at[i].n;
	buf_room(&raw, room);
	put_rows(s, from, to, &raw);
	zip_pack(z, raw.at, raw.n, out);
	buf_release(&raw);
}

/* ---- unpacking ---- */

/* Fills in keys and sizes.  Return: 0 or -1. */
static int take_directory(struct cursor *in, struct shelf_row *r, size_t n,
			  size_t at)
{
	size_t left;

	for (size_t i = 0; i < n; i++) {
		uint64_t step;

		if (i == 0) {
			r[i].key = cursor_zigzag(in);
			continue;
		}
		step = cursor_varint(in);
		if (!step ||
		    step > (uint64_t)INT64_MAX - (uint64_t)r[i - 1].key)
			return -1;
		r[i].key = (int64_t)((uint64_t)r[i - 1].key + step);
	}
	for (size_t i = 0; i < n; i++)
		r[i].n = cursor_varint(in);
	left = cursor_left(in);
	for (size_t i = 0; i < n; i++) {
		if (r[i].n > left)
			return -1;
		r[i].at = at;
		at += r[i].n;
		left -= r[i].n;
	}
	return left || in->bad ? -1 : 0;
}

static int take_rows(struct shelf *s, struct cursor *in)
{
	uint64_t n = cursor_varint(in);
	struct shelf_row *r;

	/* each takes at least two bytes */
	if (in->bad || n > SHELF_ROWS || n > cursor_left(in) / 2)
		return -1;
	s->row.at = mem_grow(s->row.at, &s->row.cap, s->row.n + n + 1,
			     sizeof *s->row.at);
	r = s->row.at + s->row.n;
	if (take_directory(in, r, n, s->bytes.n))
		return -1;
	s->row.n += n;
	if (cursor_left(in))
		buf_bytes(&s->bytes, in->at, cursor_left(in));
	return 0;
}

int shelf_unpack(struct shelf *s, struct zip *z, const uint8_t *p, size_t n)
{
	struct cursor in = zip_unpack(z, p, n);

	return in.bad ? -1 : take_rows(s, &in);
}
