/* Rows of blocks and messages: what indexing writes in numbers.
 *
 * Their ids are file << 32 | number, so that the rows of a file are neighbours
 * in the file's order without an index.  The numbers of blocks and messages
 * are given here, one after another for each file (serial_of()).
 */
#include "store/store_int.h"

#include "store/block_cache.h"
#include "store/pack.h"
#include "store/zip.h"

#include <stdlib.h>
#include <string.h>

static struct store_serial *serial_of(struct store *s, int64_t file)
{
	/* Few files are written at a time, mostly the last ones. */
	for (size_t i = s->n_serial; i-- > 0;)
		if (s->serial[i].file == file)
			return &s->serial[i];
	s->serial = mem_grow(s->serial, &s->cap_serial, s->n_serial + 1,
			     sizeof *s->serial);
	s->serial[s->n_serial] = (struct store_serial){ .file = file };
	return &s->serial[s->n_serial++];
}

/* The id after the last one of @file in the table that @sql reads. */
static int64_t next_id(struct store *s, enum store_slot slot, const char *sql,
		       int64_t file, int64_t *last)
{
	if (!*last) {
		struct query q = query_put(s, slot, sql);

		*last = FILE_FIRST(file);
		query_int(&q, FILE_FIRST(file));
		query_int(&q, FILE_LAST(file));
		if (query_next(&q) && !query_col_null(&q))
			*last = query_col(&q);
		query_end(&q);
	}
	return ++*last;
}

static bool file_complete(struct store *s, int64_t file)
{
	struct query q = query_get(s, SLOT_FILE_DONE,
				   "SELECT 1 FROM file WHERE id=? AND"
				   " complete");
	bool yes;

	query_int(&q, file);
	yes = query_next(&q);
	query_end(&q);
	return yes;
}

/* --- block --- */

/* Return: its id. */
static int64_t block_put(struct store *s, const struct block_row *b,
			 const void *bytes, size_t n)
{
	int64_t id = next_id(s, SLOT_BLOCK_MAX,
			     "SELECT max(id) FROM block WHERE id BETWEEN ?"
			     " AND ?",
			     b->file, &serial_of(s, b->file)->block);

	if (s->cache)
		block_cache_drop(s);

	struct query q = query_put(s, SLOT_BLOCK_PUT,
				   "INSERT INTO block"
				   " VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");

	query_int(&q, id);
	query_int(&q, b->part_min);
	query_int(&q, b->part_max);
	query_int(&q, b->dir);
	query_int(&q, b->n);
	query_u64(&q, b->frame_min);
	query_u64(&q, b->frame_max);
	query_int(&q, b->time_min);
	query_int(&q, b->time_max);
	query_u64(&q, b->seq_min);
	query_u64(&q, b->seq_max);
	query_blob(&q, bytes, n);
	query_run(&q);
	return id;
}

void store_block_put(struct store *s, const struct block_row *b,
		     const struct buf *data)
{
	block_put(s, b, data->at, data->n);
}

void store_block_keep(struct store *s, const struct block_row *b,
		      const struct buf *data)
{
	int64_t id = block_put(s, b, "", 0);

	kept_put(gate_kept(s->gate), id, data->at, data->n);
}

struct block_row *store_blocks(struct store *s, int64_t file, size_t *n)
{
	struct VEC(struct block_row) v = { 0 };

	*n = 0;
	if (!file_complete(s, file))
		return NULL;

	struct query q = query_get(
		s, SLOT_BLOCKS,
		"SELECT id,part_min,part_max,dir,n,frame_min,frame_max,"
		"time_min,time_max,seq_min,seq_max FROM block"
		" WHERE id BETWEEN ? AND ? ORDER BY id");

	query_int(&q, FILE_FIRST(file));
	query_int(&q, FILE_LAST(file));
	while (query_next(&q)) {
		struct block_row *b = VEC_PUSH(&v);

		b->id = query_col(&q);
		b->file = file;
		b->part_min = (uint32_t)query_col(&q);
		b->part_max = (uint32_t)query_col(&q);
		b->dir = (uint8_t)query_col(&q);
		b->n = (uint32_t)query_col(&q);
		b->frame_min = query_col_u64(&q);
		b->frame_max = query_col_u64(&q);
		b->time_min = query_col(&q);
		b->time_max = query_col(&q);
		b->seq_min = query_col_u64(&q);
		b->seq_max = query_col_u64(&q);
	}
	*n = v.n;
	return v.at;
}

const uint8_t *store_block_kept(const struct store *s, int64_t id, size_t *n)
{
	const struct kept *kept = s->gate ? gate_kept(s->gate) : NULL;
	const uint8_t *p = kept ? kept_find(kept, id, n) : NULL;

	return p && *p != PACK_ZIPPED ? p : NULL;
}

const struct block_dir *store_block_dir(const struct store *s, int64_t id)
{
	struct kept *kept = s->gate ? gate_kept(s->gate) : NULL;

	return kept ? kept_dir(kept, id) : NULL;
}

/* Appends the uncompressed bytes.  Return: 0 or -1. */
static int block_plain(struct store *s, const uint8_t *p, size_t n,
		       struct buf *out)
{
	struct cursor in = cursor_of(p, n);

	if (n && *p == PACK_ZIPPED)
		in = zip_unpack(store_zip(s), p + 1, n - 1);
	if (cursor_left(&in))
		buf_bytes(out, in.at, cursor_left(&in));
	return in.bad ? -1 : 0;
}

int store_block_read(struct store *s, int64_t id, struct buf *out)
{
	const struct kept *kept = s->gate ? gate_kept(s->gate) : NULL;
	size_t n = 0;
	const uint8_t *p = kept ? kept_find(kept, id, &n) : NULL;
	struct query q = query_get(s, SLOT_BLOCK_READ,
				   "SELECT data FROM block WHERE id=?");
	int ret = -1;

	out->n = 0;
	query_int(&q, id);
	if (p) {
		ret = block_plain(s, p, n, out);
	} else if (query_next(&q)) {
		p = query_col_blob(&q, &n);
		ret = block_plain(s, p, n, out);
	}
	query_end(&q);
	if (ret)
		store_fail_damaged(s, "block", id);
	return ret;
}

/* --- message --- */

int64_t store_message_id(struct store *s, int64_t file)
{
	return next_id(s, SLOT_MESSAGE_MAX,
		       "SELECT max(id) FROM message_block WHERE id BETWEEN ?"
		       " AND ?",
		       file, &serial_of(s, file)->message);
}
