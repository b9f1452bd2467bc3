/* The virtual table `part_data`: parts as packed bytes, one row each.
 *
 *	SELECT id, data FROM part_data WHERE id = 4294967297
 *
 * Rows of `part_shelf` (store/part_rows.c) hold many parts each.  The views
 * `part` and `flow` read them here; a part given by "=" is looked up directly.
 */
#include "store/vtab.h"

/* clang-format off */
#define COLUMNS(C) \
	C(ID, "id") \
	C(DATA, "data")
/* clang-format on */

VTAB_COLUMNS(COLUMNS);

struct rows {
	struct vtab_cursor base; /* must be first */
	struct part_cursor *in;  /* NULL: one part */
	int64_t id;
	const uint8_t *data; /* of @in, until its next part */
	size_t n;
};

static void part_close(struct vtab_cursor *base)
{
	part_cursor_free(((struct rows *)base)->in);
}

static void part_next(struct vtab_cursor *base)
{
	struct rows *c = (struct rows *)base;

	c->data = c->in ? part_cursor_bytes(c->in, &c->id, &c->n) : NULL;
	base->at_end = !c->data;
}

static void part_filter(struct vtab_cursor *base, int plan, sqlite3_value **v)
{
	struct rows *c = (struct rows *)base;
	struct store *s = vtab_of(base)->s;
	size_t n;

	part_cursor_free(c->in);
	c->in = NULL;
	if (!plan) {
		c->in = store_parts(s, 0);
		part_next(base);
		return;
	}
	c->id = sqlite3_value_int64(v[0]);
	base->at_end = !store_part_bytes(s, c->id, &n);
}

static int64_t part_rowid(const struct vtab_cursor *base)
{
	return ((const struct rows *)base)->id;
}

static void part_column(sqlite3_context *ctx, struct vtab_cursor *base,
			int column)
{
	const struct rows *c = (const struct rows *)base;
	const uint8_t *data = c->data;
	size_t n = c->n;

	if (column == COL_ID) {
		sqlite3_result_int64(ctx, c->id);
		return;
	}
	if (!c->in) /* other cursors may have been used since */
		data = store_part_bytes(vtab_of(base)->s, c->id, &n);
	if (data)
		sqlite3_result_blob64(ctx, data, n, SQLITE_TRANSIENT);
}

const struct vtab_kind vtab_part = {
	.name = "part_data",
	.columns = columns,
	.n_planned = 1,
	.planned = { COL_ID },
	.rows = 1e6,
	.step = 1e6,
	.size = sizeof(struct rows),
	.close = part_close,
	.filter = part_filter,
	.next = part_next,
	.rowid = part_rowid,
	.column = part_column,
};
