/* Rows that a worker has for the shelves; see the header.
 *
 * A worker of a sweep packs its shelves by itself; the one writer only puts the
 * packed ones into the tables.
 */
#include "store/shelf_rows.h"

#include <stdlib.h>

#include "store/shelf_int.h"

struct packed { /* a shelf to write */
	enum shelf_table of;
	int64_t first, last;
	struct buf data;
};

struct shelf_rows {
	struct shelf shelf[SHELF_TABLES];
	struct zip *zip;                  /* owned */
	struct VEC(struct packed) packed; /* from n_packed on: to reuse */
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
		  shelf_has_chunks(of) ? SHELF_KEY(session, chunk) : session,
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
		struct shelf_state *t = shelf_state_of(s, p->of);

		shelf_row_put(s, p->of, p->first, &p->data);
		t->end = p->last > t->end ? p->last : t->end;
	}
	r->n_packed = 0;
	for (int of = 0; of < SHELF_TABLES; of++)
		shelf_state_forget(shelf_state_of(s, (enum shelf_table)of));
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
