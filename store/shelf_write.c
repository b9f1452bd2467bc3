/* Rows put onto shelves.
 *
 * Replacing takes the shelves that the keys lie on or between, and writes them
 * anew with the rows changed, so that none overlap.
 *
 * A pass over all flows or sessions appends rows with rising keys to an empty
 * table: these wait until they fill a shelf, are asked for, or are committed.
 */
#include "store/shelf_int.h"

#define WAIT_BYTES (64u << 10)

/* ---- waiting ---- */

static void put_shelves(struct store *s, enum shelf_table of,
			const struct shelf *x)
{
	struct buf data = { 0 };

	for (size_t i = 0, to; i < x->row.n; i = to) {
		to = shelf_end(x, i);
		data.n = 0;
		shelf_pack(x, i, to, store_zip(s), &data);
		shelf_row_put(s, of, x->row.at[i].key, &data);
	}
	buf_release(&data);
}

void shelf_put_waiting(struct store *s, enum shelf_table of)
{
	struct shelf_state *t = shelf_state_of(s, of);

	if (!t->wait.row.n)
		return;
	put_shelves(s, of, &t->wait);
	shelf_clear(&t->wait);
	shelf_state_forget(t);
}

void shelves_put_waiting(struct store *s)
{
	for (int of = 0; s->shelves && of < SHELF_TABLES; of++)
		shelf_put_waiting(s, (enum shelf_table)of);
}

void store_shelf_append(struct store *s, enum shelf_table of, int64_t key,
			const struct buf *data)
{
	struct shelf_state *t = shelf_state_of(s, of);

	if (!t->ordered || key <= t->end) {
		store_shelf_put(s, of, key, data);
		return;
	}
	shelf_add(&t->wait, key, data->at, data->n);
	t->end = key;
	if (t->wait.row.n == SHELF_ROWS || t->wait.bytes.n >= WAIT_BYTES)
		shelf_put_waiting(s, of);
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

	while (first < high && shelf_row_next(s, of, first, high, &next, out)) {
		shelf_row_drop(s, of, next);
		first = next;
	}
	return first;
}

/* Takes out the shelves that the first range of keys is on, and those of the ranges
 * after it that are on them as well.  Return: how many ranges. */
static size_t take_ranges(struct store *s, enum shelf_table of,
			  const struct shelf_range *r, size_t n,
			  struct shelf *old)
{
	int64_t first = r->low - 1;
	size_t k = 0;

	if (shelf_row_read(s, of, r->low, &first, old))
		shelf_row_drop(s, of, first);
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
	struct shelf_state *t = shelf_state_of(s, of);

	shelf_put_waiting(s, of);
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
	shelf_state_forget(t);
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
