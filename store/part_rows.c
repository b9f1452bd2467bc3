/* Rows of parts: the table part_shelf, and what reads it.
 *
 * Parts are on shelves (store/shelf.h), whose keys are their numbers in the file.
 * A part is written when it ends, so neighbours come at different times;
 * index_parts.c waits for those of a bucket, PART_BUCKET numbers, but not for
 * ever.  So a bucket has one shelf, or a few; each is in the table under the id
 * of its first part.  Asking for a part reads its bucket.
 *
 * Reading keeps BUCKETS buckets: sweeps ask for parts of several points in
 * turn, each roughly in order, within some thousands in a busy capture.  A
 * cursor has a bucket of its own, and no statement open between calls, since its
 * user may write.
 *
 * Hostile bytes: a bucket is refused unless each part has one place: a shelf begins
 * with the part whose id its row has, its parts are of one bucket and on no other
 * shelf, and they take no more than PART_BYTES each on average.
 *
 * Memory: a bucket is some 60 KB.
 */
#include <stdlib.h>

#include "store/shelf.h"
#include "store/store_int.h"

#define BUCKETS 64
#define PART_BYTES 4096u /* some 2,700 if every number were at its largest */
#define BUCKET_OF(id) ((id) & ~(int64_t)(PART_BUCKET - 1))
#define BUCKET_LAST(id) ((id) | (PART_BUCKET - 1))

struct bucket {
	uint64_t used; /* when; 0: empty */
	int64_t first; /* id that it begins with, there or not */
	size_t then;   /* the one that was asked after it: points in turn */
	struct shelf shelf;
};

struct part_shelves {
	struct bucket bucket[BUCKETS];
	size_t last; /* asked for last */
	uint64_t now;
};

void part_shelves_forget(struct store *s)
{
	for (size_t i = 0; s->parts && i < BUCKETS; i++)
		s->parts->bucket[i].used = 0;
}

void part_shelves_free(struct part_shelves *x)
{
	for (size_t i = 0; x && i < BUCKETS; i++)
		shelf_release(&x->bucket[i].shelf);
	free(x);
}

/* The row of the shelf that begins with part @first: its bytes are next. */
static struct query shelf_row(struct store *s, int64_t file, uint32_t first)
{
	struct query q = query_put(s, SLOT_PART_PUT,
				   "INSERT INTO part_shelf VALUES(?,?)");

	query_int(&q, FILE_FIRST(file) | first);
	return q;
}

static void shelf_row_end(struct query *q)
{
	query_run(q);
	part_shelves_forget(q->s);
}

void store_part_shelf_put(struct store *s, int64_t file, uint32_t first,
			  const struct buf *shelf)
{
	struct query q = shelf_row(s, file, first);

	query_blob(&q, shelf->at, shelf->n);
	shelf_row_end(&q);
}

/* The row has the number that the shelf is kept under, instead of its bytes. */
void store_part_shelf_keep(struct store *s, int64_t file, uint32_t first,
			   const struct buf *shelf)
{
	struct query q = shelf_row(s, file, first);

	query_int(&q, kept_shelf_put(gate_kept(s->gate), shelf->at, shelf->n));
	shelf_row_end(&q);
}

void store_part_put(struct store *s, int64_t file, uint32_t number,
		    const struct buf *packed)
{
	struct shelf one = { 0 };
	struct buf data = { 0 };

	shelf_add(&one, number, packed->at, packed->n);
	shelf_pack(&one, 0, 1, store_zip(s), &data);
	store_part_shelf_put(s, file, number, &data);
	buf_release(&data);
	shelf_release(&one);
}

/* ---- reading ---- */

/* Is the shelf of row @id, whose rows are those of @x from @from on, as this program
 * writes them? */
static bool fits(const struct shelf *x, size_t from, int64_t id)
{
	return from < x->row.n && x->row.at[from].key == (uint32_t)id &&
	       x->row.at[x->row.n - 1].key <= BUCKET_LAST((uint32_t)id) &&
	       x->bytes.n <= PART_BUCKET * PART_BYTES;
}

/* The shelf's bytes in the query's next column, or in memory. */
static const uint8_t *shelf_bytes(struct query *q, size_t *n)
{
	const struct kept *kept = gate_kept(q->s->gate);

	if (kept && query_col_is_int(q))
		return kept_shelf(kept, query_col(q), n);
	return query_col_blob(q, n);
}

/* Appends the shelf of row @id in the query's next column.  Return: false where
 * it is damaged; then @out, which may have become large, is empty. */
static bool take_shelf(struct query *q, int64_t id, struct shelf *out)
{
	size_t n, rows = out->row.n;
	const uint8_t *p = shelf_bytes(q, &n);

	if (p && !shelf_unpack(out, store_zip(q->s), p, n) &&
	    fits(out, rows, id))
		return true;
	shelf_release(out);
	store_fail_damaged(q->s, "part", id);
	return false;
}

/* All shelves of the bucket from @first on are there. */
static void bucket_end(struct store *s, int64_t first, struct shelf *x)
{
	shelf_sort(x);
	for (size_t i = 1; i < x->row.n; i++)
		if (x->row.at[i].key == x->row.at[i - 1].key) {
			store_fail_damaged(s, "part",
					   first | (x->row.at[i].key &
						    (PART_BUCKET - 1)));
			shelf_clear(x);
		}
}

static void bucket_read(struct store *s, struct bucket *b, int64_t first)
{
	struct query q = query_get(s, SLOT_PART_BUCKET,
				   "SELECT id,data FROM part_shelf"
				   " WHERE id BETWEEN ? AND ?");

	shelf_clear(&b->shelf);
	b->first = first;
	query_int(&q, first);
	query_int(&q, BUCKET_LAST(first));
	while (query_next(&q)) {
		int64_t id = query_col(&q);

		if (!take_shelf(&q, id, &b->shelf))
			break;
	}
	query_end(&q);
	bucket_end(s, first, &b->shelf);
}

static bool bucket_is(const struct bucket *b, int64_t first)
{
	return b->used && b->first == first;
}

/* Where the bucket is, or the place that was unused for longest. */
static size_t bucket_place(const struct part_shelves *x, int64_t first)
{
	size_t old = 0, then = x->bucket[x->last].then;

	if (bucket_is(&x->bucket[then], first))
		return then;
	for (size_t i = 0; i < BUCKETS; i++) {
		const struct bucket *b = &x->bucket[i];

		if (bucket_is(b, first))
			return i;
		if (b->used < x->bucket[old].used)
			old = i;
	}
	return old;
}

static struct bucket *bucket_of(struct store *s, int64_t first)
{
	struct part_shelves *x = s->parts;
	struct bucket *b;

	if (!x)
		x = s->parts = mem_zalloc(1, sizeof *x);
	b = &x->bucket[x->last];
	if (!bucket_is(b, first)) {
		b->then = bucket_place(x, first);
		x->last = b->then;
		b = &x->bucket[x->last];
	}
	if (!bucket_is(b, first))
		bucket_read(s, b, first);
	b->used = ++x->now;
	return b;
}

const uint8_t *store_part_bytes(struct store *s, int64_t id, size_t *n)
{
	const struct shelf *x;
	size_t i;

	*n = 0;
	if (id < 0)
		return NULL;
	x = &bucket_of(s, BUCKET_OF(id))->shelf;
	i = shelf_find(x, (uint32_t)id);
	if (i == x->row.n || x->row.at[i].key != (uint32_t)id)
		return NULL;
	*n = x->row.at[i].n;
	return x->bytes.at ? x->bytes.at + x->row.at[i].at : NULL;
}

static int part_read(struct store *s, int64_t id, const uint8_t *data, size_t n,
		     struct part *out)
{
	struct cursor in = cursor_of(data, n);

	if (!data)
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

bool store_part_get(struct store *s, int64_t id, struct part *out)
{
	size_t n;
	const uint8_t *p = store_part_bytes(s, id, &n);

	return p && !part_read(s, id, p, n, out);
}

/* ---- one after another ---- */

struct part_cursor {
	struct store *s;
	int64_t *files;       /* owned */
	size_t n_files, file; /* the one that is read */
	int64_t last;         /* id read last; below the file's first */
	struct shelf shelf;   /* a bucket */
	size_t at;
};

/* Ids of complete files of @point (0: any).  Return: array to free. */
static int64_t *complete_files(struct store *s, int64_t point, size_t *n)
{
	struct VEC(int64_t) v = { 0 };
	struct query q = query_get(s, SLOT_FILE_IDS,
				   "SELECT id FROM file WHERE complete AND"
				   " (point=?1 OR ?1=0) ORDER BY id");

	query_int(&q, point);
	while (query_next(&q)) {
		int64_t id = query_col(&q);

		if (store_file_number(s, id))
			*VEC_PUSH(&v) = id;
	}
	*n = v.n;
	return v.at;
}

struct part_cursor *store_parts(struct store *s, int64_t point)
{
	struct part_cursor *c = mem_zalloc(1, sizeof *c);

	c->s = s;
	c->files = complete_files(s, point, &c->n_files);
	c->last = c->n_files ? FILE_FIRST(c->files[0]) - 1 : 0;
	return c;
}

size_t part_cursor_most(const struct part_cursor *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_files; i++) {
		struct query q = query_get(c->s, SLOT_PART_LAST,
					   "SELECT id FROM part_shelf WHERE"
					   " id BETWEEN ? AND ?"
					   " ORDER BY id DESC LIMIT 1");

		query_int(&q, FILE_FIRST(c->files[i]));
		query_int(&q, FILE_LAST(c->files[i]));
		if (query_next(&q))
			n += (size_t)(uint32_t)BUCKET_LAST(query_col(&q)) + 1;
		query_end(&q);
	}
	return n;
}

/* Reads the file's next bucket that has parts. */
static void next_bucket(struct part_cursor *c)
{
	struct query q = query_get(c->s, SLOT_PART_SHELF,
				   "SELECT id,data FROM part_shelf WHERE id>?"
				   " AND id<=? ORDER BY id");
	int64_t first = -1;

	shelf_clear(&c->shelf);
	c->at = 0;
	query_int(&q, c->last);
	query_int(&q, FILE_LAST(c->files[c->file]));
	while (query_next(&q)) {
		int64_t id = query_col(&q);

		if (first >= 0 && BUCKET_OF(id) != first)
			break;
		first = BUCKET_OF(id);
		c->last = BUCKET_LAST(first);
		if (!take_shelf(&q, id, &c->shelf))
			break;
	}
	query_end(&q);
	bucket_end(c->s, first, &c->shelf);
}

const uint8_t *part_cursor_bytes(struct part_cursor *c, int64_t *id, size_t *n)
{
	const struct shelf_row *r;

	while (c->at == c->shelf.row.n) {
		if (c->file == c->n_files)
			return NULL;
		next_bucket(c);
		if (!c->shelf.row.n && ++c->file < c->n_files)
			c->last = FILE_FIRST(c->files[c->file]) - 1;
	}
	r = &c->shelf.row.at[c->at++];
	*id = FILE_FIRST(c->files[c->file]) | (uint32_t)r->key;
	*n = r->n;
	return c->shelf.bytes.at ? c->shelf.bytes.at + r->at
				 : (const uint8_t *)"";
}

bool part_cursor_next(struct part_cursor *c, struct part *out)
{
	int64_t id;
	size_t n;
	const uint8_t *p = part_cursor_bytes(c, &id, &n);

	return p && !part_read(c->s, id, p, n, out);
}

void part_cursor_free(struct part_cursor *c)
{
	if (!c)
		return;
	shelf_release(&c->shelf);
	free(c->files);
	free(c);
}
