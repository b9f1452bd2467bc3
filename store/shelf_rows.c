/* Shelves of flows and sessions as rows; see the header.
 *
 * A shelf ends with SHELF_ROWS rows or SHELF_BYTES; a row of ROW_ALONE bytes or
 * more, a chunk of a long session, has one of its own, so that a chunk can be
 * read without the others.
 *
 * Replacing takes the shelves that the keys lie on or between, and writes them
 * anew with the rows changed, so that none overlap.
 *
 * Hostile bytes: a shelf is refused whose first key is not its row's id, so that
 * keys rise from row to row, and one of several rows with more bytes than are
 * written.
 *
 * Reading keeps some shelves of each table: neighbours are asked for one after
 * another, flows those of each point.  A writer forgets them with every row that
 * it writes.
 */
#include "store/shelf_rows.h"

#include <stdlib.h>

#include "store/store_int.h"

#define SHELF_BYTES (256u << 10)
#define ROW_ALONE (16u << 10)
#define WAIT_BYTES (64u << 10)

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
	[SHELF_FLOW] = {
		"flow",
		"INSERT INTO flow_shelf VALUES(?,?)",
		"SELECT id,data FROM flow_shelf WHERE id<=? ORDER BY id DESC"
		" LIMIT 1",
		"SELECT id,data FROM flow_shelf WHERE id>? ORDER BY id LIMIT 1",
		"DELETE FROM flow_shelf WHERE id=?",
		SLOT_FLOW_PUT, SLOT_FLOW_FIND, SLOT_FLOW_NEXT, SLOT_FLOW_DROP,
	},
	[SHELF_SESSION] = {
		"session",
		"INSERT INTO session_shelf VALUES(?,?)",
		"SELECT id,data FROM session_shelf WHERE id<=?"
		" ORDER BY id DESC LIMIT 1",
		"SELECT id,data FROM session_shelf WHERE id>?"
		" ORDER BY id LIMIT 1",
		"DELETE FROM session_shelf WHERE id=?",
		SLOT_SESSION_PUT, SLOT_SESSION_FIND, SLOT_SESSION_NEXT,
		SLOT_SESSION_DROP,
	},
};

#define KEPT 24 /* shelves: sessions ask for flows of many points in turn */

struct kept { /* a shelf that was read */
	bool is;
	struct shelf shelf;
};

struct table {
	struct kept kept[KEPT];
	unsigned next; /* to be used anew */
	unsigned last; /* the one asked last */
	/* rows that wait to be written; keys go on from `end` where the table
	 * was cleared by this connection and has nothing else */
	struct shelf wait;
	bool ordered;
	int64_t end;
};

struct shelves {
	struct table table[SHELF_TABLES];
};

static struct table *table_of(struct store *s, enum shelf_table of)
{
	if (!s->shelves)
		s->shelves = mem_zalloc(1, sizeof *s->shelves);
	return &s->shelves->table[of];
}

static void table_forget(struct table *t)
{
	for (unsigned i = 0; i < KEPT; i++)
		t->kept[i].is = false;
}

void shelves_forget(struct store *s)
{
	for (int of = 0; s->shelves && of < SHELF_TABLES; of++) {
		struct table *t = &s->shelves->table[of];

		table_forget(t);
		shelf_clear(&t->wait);
		t->ordered = false;
	}
}

void shelves_cleared(struct store *s)
{
	shelves_forget(s);
	for (int of = 0; of < SHELF_TABLES; of++) {
		struct table *t = table_of(s, (enum shelf_table)of);

		t->ordered = true;
		t->end = INT64_MIN;
	}
}

void shelves_free(struct shelves *x)
{
	for (int of = 0; x && of < SHELF_TABLES; of++) {
		for (unsigned i = 0; i < KEPT; i++)
			shelf_release(&x->table[of].kept[i].shelf);
		shelf_release(&x->table[of].wait);
	}
	free(x);
}

struct zip *store_zip(struct store *s)
{
	if (!s->zip) {
		s->zip = zip_new();
		if (s->temporary)
			zip_plain(s->zip);
	}
	return s->zip;
}

/* ---- rows in the table ---- */

static bool has_chunks(enum shelf_table of)
{
	return of == SHELF_MATCH || of == SHELF_EXCHANGE;
}

/* The flow or session that a key is of. */
static int64_t whose(enum shelf_table of, int64_t key)
{
	return has_chunks(of) ? key >> 20 : key;
}

/* Of @data only the room may be left. */
static void put_row(struct store *s, enum shelf_table of, int64_t first,
		    struct buf *data)
{
	struct query q = query_put(s, tables[of].put_slot, tables[of].put);
	struct shelf_keep *keep = gate_shelves(s->gate);
	int64_t number = keep ? shelf_keep_put(keep, data) : -1;

	query_int(&q, first);
	if (number >= 0)
		query_int(&q, number);
	else
		query_blob(&q, data->at, data->n);
	query_run(&q);
}

/* What is in memory of row @first. */
static void drop_kept(struct store *s, enum shelf_table of, int64_t first)
{
	struct query q = query_get(s, tables[of].find_slot, tables[of].find);

	query_int(&q, first);
	if (query_next(&q) && query_col(&q) == first && query_col_is_int(&q))
		shelf_keep_drop(gate_shelves(s->gate), query_col(&q));
	query_end(&q);
}

static void drop_row(struct store *s, enum shelf_table of, int64_t first)
{
	struct query q;

	if (gate_shelves(s->gate))
		drop_kept(s, of, first);
	q = query_put(s, tables[of].drop_slot, tables[of].drop);
	query_int(&q, first);
	query_run(&q);
}

/* The shelf's bytes in the query's next column, or in memory. */
static const uint8_t *shelf_bytes(struct query *q, size_t *n)
{
	struct shelf_keep *keep = gate_shelves(q->s->gate);

	if (keep && query_col_is_int(q))
		return shelf_keep_get(keep, query_col(q), n);
	return query_col_blob(q, n);
}

/* Appends the rows of the shelf of row @first.  Return: false where they are not
 * as this program writes them; then @out is as it was. */
static bool take_shelf(struct store *s, int64_t first, const uint8_t *p,
		       size_t n, struct shelf *out)
{
	size_t rows = out->row.n, bytes = out->bytes.n, more;

	if (shelf_unpack(out, store_zip(s), p, n))
		return false;
	more = out->row.n - rows;
	if (more && out->row.at[rows].key == first &&
	    (more == 1 || out->bytes.n - bytes <= SHELF_BYTES))
		return true;
	shelf_cut(out, rows);
	if (!rows) /* it may have been large */
		shelf_release(out);
	return false;
}

/* Takes the row that @q finds, if it begins at @high or before. */
static bool read_found(struct query *q, enum shelf_table of, int64_t high,
		       int64_t *first, struct shelf *out)
{
	struct store *s = q->s;
	bool got = false, damaged = false;

	if (query_next(q)) {
		int64_t id = query_col(q);

		if (id <= high) {
			size_t n;
			const uint8_t *p = shelf_bytes(q, &n);

			*first = id;
			got = take_shelf(s, id, p, n, out);
			damaged = !got;
		}
	}
	query_end(q);
	if (damaged)
		store_fail_damaged(s, tables[of].what, whose(of, *first));
	return got;
}

/* Appends the rows of the shelf that @key is on, if it is on one, to @out.
 * Return: false where there is none, or it is damaged. */
static bool read_row(struct store *s, enum shelf_table of, int64_t key,
		     int64_t *first, struct shelf *out)
{
	struct query q = query_get(s, tables[of].find_slot, tables[of].find);

	query_int(&q, key);
	return read_found(&q, of, key, first, out);
}

/* The same of the first one that begins after @key, and not after @high. */
static bool read_next(struct store *s, enum shelf_table of, int64_t key,
		      int64_t high, int64_t *first, struct shelf *out)
{
	struct query q = query_get(s, tables[of].next_slot, tables[of].next);

	query_int(&q, key);
	return read_found(&q, of, high, first, out);
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
	int64_t first, last;
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

void shelf_rows_plain(struct shelf_rows *r)
{
	zip_plain(r->zip);
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
		  has_chunks(of) ? SHELF_KEY(session, chunk) : session,
		  data->at, data->n);
}

struct shelf *shelf_rows_of(struct shelf_rows *r, enum shelf_table of)
{
	return &r->shelf[of];
}

size_t shelf_rows_bytes(const struct shelf_rows *r)
{
	size_t n = 0;

	for (int of = 0; of < SHELF_TABLES; of++)
		n += r->shelf[of].bytes.n;
	return n;
}

static struct packed *packed_new(struct shelf_rows *r, enum shelf_table of,
				 int64_t first, int64_t last)
{
	struct packed *p;

	if (r->n_packed == r->packed.n)
		*VEC_PUSH(&r->packed) = (struct packed){ .of = of };
	p = &r->packed.at[r->n_packed++];
	p->of = of;
	p->first = first;
	p->last = last;
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
					       x->row.at[i].key,
					       x->row.at[to - 1].key)
					    ->data);
		}
		shelf_clear(x);
	}
}

void shelf_rows_put(struct shelf_rows *r, struct store *s)
{
	for (size_t i = 0; i < r->n_packed; i++) {
		struct packed *p = &r->packed.at[i];
		struct table *t = table_of(s, p->of);

		put_row(s, p->of, p->first, &p->data);
		t->end = p->last > t->end ? p->last : t->end;
	}
	r->n_packed = 0;
	for (int of = 0; of < SHELF_TABLES; of++)
		table_forget(table_of(s, (enum shelf_table)of));
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
	int64_t next;

	while (first < high && read_next(s, of, first, high, &next, out)) {
		drop_row(s, of, next);
		first = next;
	}
	return first;
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

static void put_waiting(struct store *s, enum shelf_table of)
{
	struct table *t = table_of(s, of);

	if (!t->wait.row.n)
		return;
	put_shelves(s, of, &t->wait);
	shelf_clear(&t->wait);
	table_forget(t);
}

void shelves_put_waiting(struct store *s)
{
	for (int of = 0; s->shelves && of < SHELF_TABLES; of++)
		put_waiting(s, (enum shelf_table)of);
}

void store_shelf_append(struct store *s, enum shelf_table of, int64_t key,
			const struct buf *data)
{
	struct table *t = table_of(s, of);

	if (!t->ordered || key <= t->end) {
		store_shelf_put(s, of, key, data);
		return;
	}
	shelf_add(&t->wait, key, data->at, data->n);
	t->end = key;
	if (t->wait.row.n == SHELF_ROWS || t->wait.bytes.n >= WAIT_BYTES)
		put_waiting(s, of);
}

/* Takes out the shelves that the first range of keys is on, and which of the
 * ranges behind are on them as well.  Return: how many ranges. */
static size_t take_ranges(struct store *s, enum shelf_table of,
			  const struct shelf_range *r, size_t n,
			  struct shelf *old)
{
	int64_t first = r->low - 1;
	size_t k = 0;

	if (read_row(s, of, r->low, &first, old))
		drop_row(s, of, first);
	do {
		first = take_shelves(s, of, first, r[k].high, old);
		k++;
	} while (k < n && old->row.n &&
		 r[k].low <= old->row.at[old->row.n - 1].key);
	return k;
}

/* The first row whose key is above @key. */
static size_t row_past(const struct shelf *x, int64_t key)
{
	return key == INT64_MAX ? x->row.n : shelf_find(x, key + 1);
}

void store_shelf_replace(struct store *s, enum shelf_table of,
			 const struct shelf_range *r, size_t n,
			 const struct shelf *with)
{
	struct shelf old = { 0 }, all = { 0 };
	struct table *t = table_of(s, of);

	put_waiting(s, of);
	for (size_t i = 0, k; i < n && !store_failed(s); i += k) {
		size_t at = 0;

		shelf_clear(&old);
		shelf_clear(&all);
		k = take_ranges(s, of, r + i, n - i, &old);
		for (size_t j = i; j < i + k; j++) {
			copy_rows(&old, at, shelf_find(&old, r[j].low), &all);
			copy_rows(with, shelf_find(with, r[j].low),
				  row_past(with, r[j].high), &all);
			at = row_past(&old, r[j].high);
		}
		copy_rows(&old, at, old.row.n, &all);
		put_shelves(s, of, &all);
	}
	table_forget(t);
	if (with->row.n && with->row.at[with->row.n - 1].key > t->end)
		t->end = with->row.at[with->row.n - 1].key;
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

/* Replaces the exchanges of each session that has any in @x. */
static void replace_exchanges(struct store *s, const struct shelf *x)
{
	struct shelf_range *all = mem_zalloc(x->row.n + 1, sizeof *all);
	size_t n = 0;

	for (size_t i = 0; i < x->row.n; i++) {
		int64_t session = x->row.at[i].key / SHELF_CHUNKS;

		if (n &&
		    all[n - 1].high == SHELF_KEY(session, SHELF_CHUNKS - 1))
			continue;
		all[n].low = SHELF_KEY(session, 0);
		all[n++].high = SHELF_KEY(session, SHELF_CHUNKS - 1);
	}
	store_shelf_replace(s, SHELF_EXCHANGE, all, n, x);
	free(all);
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
	replace_exchanges(s, &r->shelf[SHELF_EXCHANGE]);
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

/* The shelf that tells of @key; NULL where there is none. */
static const struct shelf *shelf_of(struct store *s, enum shelf_table of,
				    int64_t key)
{
	struct table *t = table_of(s, of);
	struct kept *k = &t->kept[t->last];
	int64_t first;

	if (k->is && tells(&k->shelf, key))
		return &k->shelf;
	for (unsigned i = 0; i < KEPT; i++) {
		k = &t->kept[i];
		if (k->is && tells(&k->shelf, key)) {
			t->last = i;
			return &k->shelf;
		}
	}
	put_waiting(s, of);
	k = &t->kept[t->next];
	t->last = t->next;
	t->next = (t->next + 1) % (of == SHELF_FLOW ? KEPT : 2);
	shelf_clear(&k->shelf);
	k->is = read_row(s, of, key, &first, &k->shelf);
	return k->is ? &k->shelf : NULL;
}

const uint8_t *store_shelf_get(struct store *s, enum shelf_table of,
			       int64_t key, size_t *n)
{
	const struct shelf *x = shelf_of(s, of, key);
	size_t i = x ? shelf_find(x, key) : 0;

	*n = 0;
	if (!x || i == x->row.n || x->row.at[i].key != key)
		return NULL;
	*n = x->row.at[i].n;
	/* empty, but there */
	return x->bytes.at ? x->bytes.at + x->row.at[i].at
			   : (const uint8_t *)"";
}

bool store_shelf_read(struct store *s, enum shelf_table of, int64_t id,
		      uint32_t chunk, struct buf *out)
{
	const uint8_t *p = NULL;
	size_t n;

	out->n = 0;
	if (!has_chunks(of) && !chunk)
		p = store_shelf_get(s, of, id, &n);
	else if (chunk < SHELF_CHUNKS && id >= 0 && id <= SHELF_SESSION_MAX)
		p = store_shelf_get(s, of, SHELF_KEY(id, chunk), &n);
	if (p && n)
		buf_bytes(out, p, n);
	return p;
}

int64_t store_shelf_after(struct store *s, enum shelf_table of, int64_t from)
{
	const struct shelf *x = shelf_of(s, of, from);
	size_t i = x ? shelf_find(x, from) : 0;
	struct shelf next = { 0 };
	int64_t key = -1, first;

	if (x && i < x->row.n)
		return x->row.at[i].key;
	if (read_next(s, of, from, INT64_MAX, &first, &next) && next.row.n)
		key = next.row.at[0].key;
	shelf_release(&next);
	return key;
}

bool store_shelf_next(struct store *s, enum shelf_table of, int64_t *last,
		      struct shelf *out)
{
	put_waiting(s, of);
	shelf_clear(out);
	return read_next(s, of, *last, INT64_MAX, last, out);
}
