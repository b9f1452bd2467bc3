/* Rows of parts and blocks: what indexing writes in numbers.
 *
 * Their ids are file << 32 | number, so that the rows of a file are neighbours
 * in the file's order without an index.  The numbers of blocks and messages
 * are given here, one after another for each file (serial_of()).
 *
 * Parts are read in batches: a cursor that stayed open would keep a lock on
 * the file for as long as its user thinks.
 */
#include "store/store_int.h"

#include "store/ahead.h"
#include "store/block_cache.h"

#include <stdlib.h>
#include <string.h>

#define PART_BATCH 512
#define FILE_FIRST(file) ((int64_t)((uint64_t)(file) << 32))
#define FILE_LAST(file) (FILE_FIRST(file) | 0xffffffff)

static struct store_serial *serial_of(struct store *s, int64_t file)
{
	/* Few files are written at once, the last ones most. */
	for (size_t i = s->n_serial; i-- > 0;)
		if (s->serial[i].file == file)
			return &s->serial[i];
	s->serial = mem_grow(s->serial, &s->cap_serial, s->n_serial + 1,
			     sizeof *s->serial);
	s->serial[s->n_serial] = (struct store_serial){ .file = file };
	return &s->serial[s->n_serial++];
}

/* The id after the last one of @file in the table that @sql looks at. */
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

/* Ids of complete files of @point (0: any).  Return: array to free. */
static int64_t *complete_files(struct store *s, int64_t point, size_t *n)
{
	struct VEC(int64_t) v = { 0 };
	struct query q = query_get(s, SLOT_FILE_IDS,
				   "SELECT id FROM file WHERE complete AND"
				   " (point=?1 OR ?1=0) ORDER BY id");

	query_int(&q, point);
	while (query_next(&q))
		*VEC_PUSH(&v) = query_col(&q);
	*n = v.n;
	return v.at;
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

/* --- part --- */

void store_part_put(struct store *s, int64_t file, uint32_t number,
		    const struct buf *packed)
{
	struct query q = query_put(s, SLOT_PART_PUT,
				   "INSERT INTO part_data VALUES(?,?)");

	query_int(&q, FILE_FIRST(file) | number);
	query_blob(&q, packed->at, packed->n);
	query_run(&q);
}

static int part_read(struct store *s, int64_t id, const uint8_t *data, size_t n,
		     struct part *out)
{
	struct cursor in = cursor_of(data, n);

	*out = (struct part){ 0 };
	if (!data || part_unpack(out, &in)) {
		store_fail_damaged(s, "part", id);
		return -1;
	}
	out->id = id;
	out->file = id >> 32;
	out->number = (uint32_t)id;
	return 0;
}

struct part_bytes {
	int64_t id;
	uint8_t *data; /* owned */
	size_t n;
};

static int64_t part_bytes_read(struct query *q, void *row)
{
	struct part_bytes *b = row;
	const uint8_t *data = query_col_blob(q, &b->n);

	b->data = mem_resize(NULL, b->n, 1);
	if (b->n)
		memcpy(b->data, data, b->n);
	return (int64_t)b->n;
}

static void part_bytes_release(void *row)
{
	struct part_bytes *b = row;

	free(b->data);
}

static const struct ahead_kind parts_ahead = {
	.slot = SLOT_PART_GET,
	.sql = "SELECT id,data FROM part_data WHERE id BETWEEN ? AND ?"
	       " ORDER BY id",
	.size = sizeof(struct part_bytes),
	.read = part_bytes_read,
	.release = part_bytes_release,
	.what = "part",
};

bool store_part_get(struct store *s, int64_t id, struct part *out)
{
	const struct part_bytes *b = ahead_get(s, &s->parts, &parts_ahead, id);

	return b && !part_read(s, id, b->data, b->n, out);
}

struct part_cursor {
	struct store *s;
	int64_t *files;       /* owned */
	size_t n_files, file; /* the one that is read */
	int64_t last;         /* id read last; below the file's first */
	struct buf data;      /* packed parts of the batch, joined */
	struct {
		int64_t id;
		size_t at, n;
	} row[PART_BATCH];
	size_t n_rows, at;
};

struct part_cursor *store_parts(struct store *s, int64_t point)
{
	struct part_cursor *c = mem_zalloc(1, sizeof *c);

	c->s = s;
	c->files = complete_files(s, point, &c->n_files);
	c->last = c->n_files ? FILE_FIRST(c->files[0]) - 1 : 0;
	return c;
}

static void batch_read(struct part_cursor *c)
{
	struct query q = query_get(
		c->s, SLOT_PART_BATCH,
		"SELECT id,data FROM part_data WHERE id>? AND"
		" id<=? ORDER BY id LIMIT ?");

	c->at = c->n_rows = c->data.n = 0;
	query_int(&q, c->last);
	query_int(&q, FILE_LAST(c->files[c->file]));
	query_int(&q, PART_BATCH);
	while (query_next(&q) && c->n_rows < PART_BATCH) {
		int64_t id = query_col(&q);
		size_t n;
		const uint8_t *p = query_col_blob(&q, &n);

		c->row[c->n_rows].id = id;
		c->row[c->n_rows].at = c->data.n;
		c->row[c->n_rows++].n = n;
		if (n)
			buf_bytes(&c->data, p, n);
		c->last = id;
	}
	query_end(&q);
}

/* Makes sure of a row to read.  Return: false at the end. */
static bool batch_fill(struct part_cursor *c)
{
	while (c->at == c->n_rows) {
		if (c->file == c->n_files)
			return false;
		batch_read(c);
		if (c->n_rows)
			return true;
		if (++c->file < c->n_files)
			c->last = FILE_FIRST(c->files[c->file]) - 1;
	}
	return true;
}

bool part_cursor_next(struct part_cursor *c, struct part *out)
{
	if (!batch_fill(c))
		return false;

	size_t i = c->at++;
	const uint8_t *p = c->data.at ? c->data.at + c->row[i].at : NULL;

	return !part_read(c->s, c->row[i].id, p, c->row[i].n, out);
}

void part_cursor_free(struct part_cursor *c)
{
	if (!c)
		return;
	buf_release(&c->data);
	free(c->files);
	free(c);
}

/* --- block --- */

void store_block_put(struct store *s, const struct block_row *b,
		     const struct buf *data)
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
	query_blob(&q, data->at, data->n);
	query_run(&q);
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

int store_block_read(struct store *s, int64_t id, struct buf *out)
{
	struct query q = query_get(s, SLOT_BLOCK_READ,
				   "SELECT data FROM block WHERE id=?");
	int ret = -1;

	out->n = 0;
	query_int(&q, id);
	if (query_next(&q)) {
		size_t n;
		const uint8_t *p = query_col_blob(&q, &n);

		if (n)
			buf_bytes(out, p, n);
		ret = 0;
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
