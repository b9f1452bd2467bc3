/* Shelves as rows of the database; SQL is here alone.
 *
 * A shelf ends with SHELF_ROWS rows or SHELF_BYTES; a row of ROW_ALONE bytes or
 * more, a chunk of a long session, has one of its own, so that a chunk can be
 * read without the others.  Where shelves stay in memory, the row has the number
 * of one (store/shelf_keep.h) instead of its bytes.
 *
 * Hostile bytes: a shelf is refused whose first key is not its row's id, so that
 * keys rise from row to row; so is one of several rows that has more bytes than
 * are ever written.
 */
#include "store/shelf_int.h"

#define SHELF_BYTES (256u << 10)
#define ROW_ALONE (16u << 10)

#define TABLE(name, what, slot)                                                \
	{                                                                      \
		what, "INSERT INTO " name " VALUES(?,?)",                      \
			"SELECT id,data FROM " name                            \
			" WHERE id<=? ORDER BY id DESC LIMIT 1",               \
			"SELECT id,data FROM " name                            \
			" WHERE id>? ORDER BY id LIMIT 1",                     \
			"DELETE FROM " name " WHERE id=?", SLOT_##slot##_PUT,  \
			SLOT_##slot##_FIND, SLOT_##slot##_NEXT,                \
			SLOT_##slot##_DROP,                                    \
	}

static const struct {
	const char *what, *put, *find, *next, *drop;
	enum store_slot put_slot, find_slot, next_slot, drop_slot;
} tables[SHELF_TABLES] = {
	[SHELF_MATCH] = TABLE("match", "match of session", MATCH),
	[SHELF_STAT] = TABLE("hop_stat", "figures of session", STAT),
	[SHELF_EXCHANGE] = TABLE("exchange", "exchange of session", EXCHANGE),
	[SHELF_FLOW] = TABLE("flow_shelf", "flow", FLOW),
	[SHELF_SESSION] = TABLE("session_shelf", "session", SESSION),
};

bool shelf_has_chunks(enum shelf_table of)
{
	return of == SHELF_MATCH || of == SHELF_EXCHANGE;
}

/* The flow or session that a key is of. */
static int64_t whose(enum shelf_table of, int64_t key)
{
	return shelf_has_chunks(of) ? key >> 20 : key;
}

void shelf_row_put(struct store *s, enum shelf_table of, int64_t first,
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

void shelf_row_drop(struct store *s, enum shelf_table of, int64_t first)
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

bool shelf_row_read(struct store *s, enum shelf_table of, int64_t key,
		    int64_t *first, struct shelf *out)
{
	struct query q = query_get(s, tables[of].find_slot, tables[of].find);

	query_int(&q, key);
	return read_found(&q, of, key, first, out);
}

bool shelf_row_next(struct store *s, enum shelf_table of, int64_t key,
		    int64_t high, int64_t *first, struct shelf *out)
{
	struct query q = query_get(s, tables[of].next_slot, tables[of].next);

	query_int(&q, key);
	return read_found(&q, of, high, first, out);
}

size_t shelf_end(const struct shelf *x, size_t from)
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
