/* Shelves of sessions as rows; see the header.
 *
 * A shelf ends with SHELF_ROWS rows or SHELF_BYTES; a row of ROW_ALONE bytes or
 * more, a chunk of a long session, has one of its own, so that a chunk can be
 * read without the others.
 *
 * Replacing takes the shelves that the keys lie on or between, and writes them
 * anew with the rows changed, so that none overlap.
 *
 * Reading keeps the shelf read last, of each table: neighbours are asked for
 * one after another.  A writer forgets it with every row that it writes.
 */
#include "store/shelf_rows.h"

#include <stdlib.h>

#include "store/store_int.h"

#define SHELF_ROWS 1024
#define SHELF_BYTES (256u << 10)
#define ROW_ALONE (16u << 10)

static const struct {
	const char *what, *put, *find, *next, *drop;
	enum store_slot put_slot, find_slot, next_slot, drop_slot;
} tables[SHELF_TABLES] = {
	[SHELF_MATCH] = {
		"match of session",
		"INSERT INTO match VALUES(?,?)",
		"SELECT id,data FROM match WHERE id<=? ORDER BY id DESC"
		" LIMIT 1",
		"SELECT id,data FROM match WHERE id>? ORDER BY id LIMIT 1",
		"DELETE FROM match WHERE id=?",
		SLOT_MATCH_PUT, SLOT_MATCH_FIND, SLOT_MATCH_NEXT,
		SLOT_MATCH_DROP,
	},
	[SHELF_STAT] = {
		"figures of session",
		"INSERT INTO hop_stat VALUES(?,?)",
		"SELECT id,data FROM hop_stat WHERE id<=? ORDER BY id DESC"
		" LIMIT 1",
		"SELECT id,data FROM hop_stat WHERE id>? ORDER BY id LIMIT 1",
		"DELETE FROM hop_stat WHERE id=?",
		SLOT_STAT_PUT, SLOT_STAT_FIND, SLOT_STAT_NEXT, SLOT_STAT_DROP,
	},
	[SHELF_EXCHANGE] = {
		"exchange of session",
		"INSERT INTO exchange VALUES(?,?)",
		"SELECT id,data FROM exchange WHERE id<=? ORDER BY id DESC"
		" LIMIT 1",
		"SELECT id,data FROM exchange WHERE id>? ORDER BY id LIMIT 1",
		"DELETE FROM exchange WHERE id=?",
		SLOT_EXCHANGE_PUT, SLOT_EXCHANGE_FIND, SLOT_EXCHANGE_NEXT,
		SLOT_EXCHANGE_DROP,
	},
};

struct kept { /* the shelf read last */
	bool is;
	struct shelf shelf;
};

struct shelves {
	struct kept kept[SHELF_TABLES];
};

static struct kept *kept_of(struct store *s, enum shelf_table of)
{
	if (!s->shelves)
		s->shelves = mem_zalloc(1, sizeof *s->shelves);
	return &s->shelves->kept[of];
}

void shelves_forget(struct store *s)
{
	for (int of = 0; s->shelves && of < SHELF_TABLES; of++)
		s->shelves->kept[of].is = false;
}

void shelves_free(struct shelves *x)
{
	for (int of = 0; x && of < SHELF_TABLES; of++)
		shelf_release(&x->kept[of].shelf);
	free(x);
}

struct zip *store_zip(struct store *s)
{
	if (!s->zip)
		s->zip = zip_new();
	return s->zip;
}

/* ---- rows in the table ---- */

static int64_t session_of(enum shelf_table of, int64_t key)
{
	return of == SHELF_STAT ? key : key >> 20;
}

static void put_row(struct store *s, enum shelf_table of, int64_t first,
		    const struct buf *data)
{
	struct query q = query_put(s, tables[of].put_slot, tables[of].put);

	query_int(&q, first);
	query_blob(&q, data->at, data->n);
	query_run(&q);
}

static void drop_row(struct store *s, enum shelf_table of, int64_t first)
{
	struct query q = query_put(s, tables[of].drop_slot, tables[of].drop);

	query_int(&q, first);
	query_run(&q);
}

/* Appends the rows of the shelf that @sql finds from @key to @out.  Return:
 * false where there is none, or it is damaged. */
static bool read_row(struct store *s, enum shelf_table of, bool next,
		     int64_t key, int64_t *first, struct shelf *out)
{
	struct query q =
		next ? query_get(s, tables[of].next_slot, tables[of].next)
		     : query_get(s, tables[of].find_slot, tables[of].find);
	bool got = false, damaged = false;

	query_int(&q, key);
	if (query_next(&q)) {
		size_t n;
		const uint8_t *p;

		*first = query_col(&q);
		p = query_col_blob(&q, &n);
		got = !shelf_unpack(out, store_zip(s), p, n);
		damaged = !got;
	}
	query_end(&q);
	if (damaged)
		store_fail_damaged(s, tables[of].what, session_of(of, *first));
	return got;
}

/* ---- shelves out of rows ---- */

static size_t shelf_end(const struct shelf *x, size_t from)
{
	size_t to = from + 1, bytes = x->row.at[from].n;

	if (bytes >= ROW_ALONE)
		return to;
	for (; to < x->row.n && to - from < SHELF_ROWS; to++) {
		bytes += x->row.at[to].n;
		if (bytes > SHELF_BYTES || x->row.at[to].n >= ROW_ALONE)
			break;
	}
	return to;
}

struct packed { /* a shelf to write */
	enum shelf_table of;
	int64_t first;
	struct buf data;
};

struct shelf_rows {
	struct shelf shelf[SHELF_TABLES];
	struct zip *zip;                  /* owned */
	struct VEC(struct packed) packed; /* what follows p_n is to reuse */
	size_t n_packed;
};

struct shelf_rows *shelf_rows_new(void)
{
	struct shelf_rows *r = mem_zalloc(1, sizeof *r);

	r->zip = zip_new();
	return r;
}

void shelf_rows_free(struct shelf_rows *r)
{
	if (!r)
		return;
	for (int of = 0; of < SHELF_TABLES; of++)
		shelf_release(&r->shelf[of]);
	for (size_t i = 0; i < r->packed.n; i++)
		buf_release(&r->packed.at[i].data);
	VEC_FREE(&r->packed);
	zip_free(r->zip);
	free(r);
}

void shelf_rows_add(struct shelf_rows *r, enum shelf_table of, int64_t session,
		    uint32_t chunk, const struct buf *data)
{
	shelf_add(&r->shelf[of],
		  of == SHELF_STAT ? session : SHELF_KEY(session, chunk),
		  data->at, data->n);
}

size_t shelf_rows_bytes(const struct shelf_rows *r)
{
	size_t n = 0;

	for (int of = 0; of < SHELF_TABLES; of++)
		n += r->shelf[of].bytes.n;
	return n;
}

static struct packed *packed_new(struct shelf_rows *r, enum shelf_table of,
				 int64_t first)
{
	struct packed *p;

	if (r->n_packed == r->packed.n)
		*VEC_PUSH(&r->packed) = (struct packed){ .of = of };
	p = &r->packed.at[r->n_packed++];
	p->of = of;
	p->first = first;
	p->data.n = 0;
	return p;
}

void shelf_rows_pack(struct shelf_rows *r)
{
	for (int of = 0; of < SHELF_TABLES; of++) {
		struct shelf *x = &r->shelf[of];

		for (size_t i = 0, to; i < x->row.n; i = to) {
			to = shelf_end(x, i);
			shelf_pack(x, i, to, r->zip,
				   &packed_new(r, (enum shelf_table)of,
					       x->row.at[i].key)
					    ->data);
		}
		shelf_clear(x);
	}
}

void shelf_rows_put(struct shelf_rows *r, struct store *s)
{
	for (size_t i = 0; i < r->n_packed; i++)
		put_row(s, r->packed.at[i].of, r->packed.at[i].first,
			&r->packed.at[i].data);
	r->n_packed = 0;
	shelves_forget(s);
}

/* ---- replacing ---- */

/* Copies rows @from to before @to. */
static void copy_rows(const struct shelf *x, size_t from, size_t to,
		      struct shelf *out)
{
	for (size_t i = from; i < to; i++)
		shelf_add(out, x->row.at[i].key,
			  x->bytes.at ? x->bytes.at + x->row.at[i].at : NULL,
			  x->row.at[i].n);
}

/* Takes the shelves that begin after @first and not after @high out of the
 * table.  Return: where the last one begins. */
static int64_t take_shelves(struct store *s, enum shelf_table of, int64_t first,
			    int64_t high, struct shelf *out)
{
	for (;;) {
		size_t n = out->row.n, bytes = out->bytes.n;
		int64_t next;

		if (first >= high || !read_row(s, of, true, first, &next, out))
			return first;
		if (next > high) { /* not this one */
			out->row.n = n;
			out->bytes.n = bytes;
			return first;
		}
		drop_row(s, of, next);
		first = next;
	}
}

static void put_shelves(struct store *s, enum shelf_table of,
			const struct shelf *x)
{
	struct buf data = { 0 };

	for (size_t i = 0, to; i < x->row.n; i = to) {
		to = shelf_end(x, i);
		data.n = 0;
		shelf_pack(x, i, to, store_zip(s), &data);
		put_row(s, of, x->row.at[i].key, &data);
	}
	buf_release(&data);
}

/* Takes out the shelves that the first range of keys is on, and which of the
 * ranges behind are on them as well.  Return: how many ranges. */
static size_t take_ranges(struct store *s, enum shelf_table of,
			  const struct shelf_range *r, size_t n,
			  struct shelf *old)
{
	int64_t first = r->low - 1;
	size_t k = 0;

	if (read_row(s, of, false, r->low, &first, old))
		drop_row(s, of, first);
	do {
		first = take_shelves(s, of, first, r[k].high, old);
		k++;
	} while (k < n && old->row.n &&
		 r[k].low <= old->row.at[old->row.n - 1].key);
	return k;
}

void store_shelf_replace(struct store *s, enum shelf_table of,
			 const struct shelf_range *r, size_t n,
			 const struct shelf *with)
{
	struct shelf old = { 0 }, all = { 0 };

	for (size_t i = 0, k; i < n && !store_failed(s); i += k) {
		size_t at = 0;

		shelf_clear(&old);
		shelf_clear(&all);
		k = take_ranges(s, of, r + i, n - i, &old);
		for (size_t j = i; j < i + k; j++) {
			copy_rows(&old, at, shelf_find(&old, r[j].low), &all);
			copy_rows(with, shelf_find(with, r[j].low),
				  shelf_find(with, r[j].high + 1), &all);
			at = shelf_find(&old, r[j].high + 1);
		}
		copy_rows(&old, at, old.row.n, &all);
		put_shelves(s, of, &all);
	}
	shelves_forget(s);
	shelf_release(&old);
	shelf_release(&all);
}

void store_shelf_put(struct store *s, enum shelf_table of, int64_t key,
		     const struct buf *data)
{
	const struct shelf_range r = { key, key };
	struct shelf one = { 0 };

	shelf_add(&one, key, data->at, data->n);
	store_shelf_replace(s, of, &r, 1, &one);
	shelf_release(&one);
}

void shelf_rows_replace(struct shelf_rows *r, struct store *s)
{
	const struct shelf *stat = &r->shelf[SHELF_STAT];
	struct shelf_range *all = mem_zalloc(stat->row.n + 1, sizeof *all);

	for (size_t i = 0; i < stat->row.n; i++)
		all[i].low = all[i].high = stat->row.at[i].key;
	store_shelf_replace(s, SHELF_STAT, all, stat->row.n, stat);
	for (size_t i = 0; i < stat->row.n; i++) {
		all[i].low = SHELF_KEY(stat->row.at[i].key, 0);
		all[i].high = SHELF_KEY(stat->row.at[i].key, SHELF_CHUNKS - 1);
	}
	store_shelf_replace(s, SHELF_MATCH, all, stat->row.n,
			    &r->shelf[SHELF_MATCH]);
	free(all);
	for (int of = 0; of < SHELF_TABLES; of++)
		shelf_clear(&r->shelf[of]);
}

/* ---- reading ---- */

/* Whether the shelf tells of @key, if only that it is nowhere. */
static bool tells(const struct shelf *x, int64_t key)
{
	return x->row.n && x->row.at[0].key <= key &&
	       key <= x->row.at[x->row.n - 1].key;
}

const uint8_t *store_shelf_get(struct store *s, enum shelf_table of,
			       int64_t key, size_t *n)
{
	struct kept *k = kept_of(s, of);
	const struct shelf *x = &k->shelf;
	int64_t first;
	size_t i;

	*n = 0;
	if (!k->is || !tells(x, key)) {
		shelf_clear(&k->shelf);
		k->is = read_row(s, of, false, key, &first, &k->shelf);
	}
	if (!k->is)
		return NULL;
	i = shelf_find(x, key);
	if (i == x->row.n || x->row.at[i].key != key)
		return NULL;
	*n = x->row.at[i].n;
	/* empty, but there */
	return x->bytes.at ? x->bytes.at + x->row.at[i].at
			   : (const uint8_t *)"";
}

bool store_shelf_next(struct store *s, enum shelf_table of, int64_t *last,
		      struct shelf *out)
{
	shelf_clear(out);
	return read_row(s, of, true, *last, last, out);
}
