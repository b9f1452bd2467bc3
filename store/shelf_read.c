/* Rows looked up on shelves.
 *
 * Some shelves of each table are kept: neighbours are asked for one after
 * another, flows those of each point.  A writer forgets them with every row that
 * it writes.
 */
#include "store/shelf_int.h"

#include <stdlib.h>

/* ---- what a connection has ---- */

struct shelves {
	struct shelf_state table[SHELF_TABLES];
};

struct shelf_state *shelf_state_of(struct store *s, enum shelf_table of)
{
	if (!s->shelves)
		s->shelves = mem_zalloc(1, sizeof *s->shelves);
	return &s->shelves->table[of];
}

void shelf_state_forget(struct shelf_state *t)
{
	for (unsigned i = 0; i < SHELVES_KEPT; i++)
		t->kept[i].is = false;
}

void shelves_forget(struct store *s)
{
	for (int of = 0; s->shelves && of < SHELF_TABLES; of++) {
		struct shelf_state *t = &s->shelves->table[of];

		shelf_state_forget(t);
		shelf_clear(&t->wait);
		t->ordered = false;
	}
}

void shelves_cleared(struct store *s)
{
	shelves_forget(s);
	for (int of = 0; of < SHELF_TABLES; of++) {
		struct shelf_state *t = shelf_state_of(s, (enum shelf_table)of);

		t->ordered = true;
		t->end = INT64_MIN;
	}
}

void shelves_free(struct shelves *x)
{
	for (int of = 0; x && of < SHELF_TABLES; of++) {
		for (unsigned i = 0; i < SHELVES_KEPT; i++)
			shelf_release(&x->table[of].kept[i].shelf);
		shelf_release(&x->table[of].wait);
	}
	free(x);
}

/* ---- looking up ---- */

/* Whether the shelf tells of @key, if only that it is nowhere. */
static bool tells(const struct shelf *x, int64_t key)
{
	return x->row.n && x->row.at[0].key <= key &&
	       key <= x->row.at[x->row.n - 1].key;
}

static bool kept_tells(const struct shelf_state *t, unsigned i, int64_t key)
{
	return t->kept[i].is && tells(&t->kept[i].shelf, key);
}

/* The one that is kept and tells of @key; SHELVES_KEPT: none. */
static unsigned kept_of(const struct shelf_state *t, int64_t key)
{
	unsigned i = t->kept[t->last].then;

	if (kept_tells(t, i, key))
		return i;
	for (i = 0; i < SHELVES_KEPT && !kept_tells(t, i, key);)
		i++;
	return i;
}

static void turn_to(struct shelf_state *t, unsigned i)
{
	t->kept[t->last].then = i;
	t->last = i;
}

/* The shelf that tells of @key; NULL where there is none. */
static const struct shelf *shelf_of(struct store *s, enum shelf_table of,
				    int64_t key)
{
	struct shelf_state *t = shelf_state_of(s, of);
	struct shelf_kept *k;
	int64_t first;
	unsigned i;

	if (kept_tells(t, t->last, key))
		return &t->kept[t->last].shelf;
	i = kept_of(t, key);
	if (i < SHELVES_KEPT) {
		turn_to(t, i);
		return &t->kept[i].shelf;
	}
	shelf_put_waiting(s, of);
	k = &t->kept[t->next];
	turn_to(t, t->next);
	t->next = (t->next + 1) % (of == SHELF_FLOW ? SHELVES_KEPT : 2);
	shelf_clear(&k->shelf);
	k->is = shelf_row_read(s, of, key, &first, &k->shelf);
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
	if (!shelf_has_chunks(of) && !chunk)
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
	if (shelf_row_next(s, of, from, INT64_MAX, &first, &next) && next.row.n)
		key = next.row.at[0].key;
	shelf_release(&next);
	return key;
}

bool store_shelf_next(struct store *s, enum shelf_table of, int64_t *last,
		      struct shelf *out)
{
	shelf_put_waiting(s, of);
	shelf_clear(out);
	return shelf_row_next(s, of, *last, INT64_MAX, last, out);
}
