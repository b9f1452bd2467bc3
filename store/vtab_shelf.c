/* The virtual tables `flow_data` and `session_data`: what is on the shelves of
 * flows and sessions, one row each.  The views `flow`, `session` and
 * `session_flow` read them; a row given by "=" is looked up directly.
 *
 * Enumerations are numbers here; the views turn them into words.
 */
#include "store/vtab.h"

/* clang-format off */
#define FLOW_COLUMNS(C) \
	C(FLOW_ID, "id") \
	C(POINT, "point") \
	C(FLOW_ROLE, "role_id") \
	C(PART, "part") \
	C(OWN, "own")

#define SESSION_COLUMNS(C) \
	C(ID, "id") \
	C(PROTO, "proto") \
	C(VERDICT, "verdict_id") \
	C(KIND, "kind_id") \
	C(ROLE, "role_id") \
	C(CLIENT_END, "client_end_id") \
	C(BITS, "bits32") \
	C(MARGIN, "margin32") \
	C(FLOWS, "flows") \
	C(PHRASES, "phrases") \
	C(RIVALS, "rivals")
/* clang-format on */

enum flow_column { FLOW_COLUMNS(VTAB_ID) FLOW_COLS };
static const char flow_columns[] = "" FLOW_COLUMNS(VTAB_NAME);
enum session_column { SESSION_COLUMNS(VTAB_ID) SESSION_COLS };
static const char session_columns[] = "" SESSION_COLUMNS(VTAB_NAME);

struct rows {
	struct vtab_cursor base; /* must be first */
	bool one;                /* row */
	int64_t id;
};

static int64_t row_id(const struct vtab_cursor *base)
{
	return ((const struct rows *)base)->id;
}

/* ---- flows ---- */

static void flow_go(struct rows *c, int64_t id)
{
	struct flow_packed f;

	c->id = id;
	c->base.at_end = id < 0 ||
			 !store_flow_packed(vtab_of(&c->base)->s, id, &f);
}

static void flow_next(struct vtab_cursor *base)
{
	struct rows *c = (struct rows *)base;

	if (c->one || c->id == INT64_MAX)
		base->at_end = true;
	else
		flow_go(c, store_flow_next(vtab_of(base)->s, c->id + 1));
}

static void flow_filter(struct vtab_cursor *base, int plan, sqlite3_value **v)
{
	struct rows *c = (struct rows *)base;

	c->one = plan != 0;
	flow_go(c, plan ? sqlite3_value_int64(v[0])
			: store_flow_next(vtab_of(base)->s, 0));
}

static void flow_column(sqlite3_context *ctx, struct vtab_cursor *base,
			int column)
{
	const struct rows *c = (const struct rows *)base;
	struct flow_packed f;

	if (!store_flow_packed(vtab_of(base)->s, c->id, &f))
		return;
	switch (column) {
	case COL_FLOW_ID:
		sqlite3_result_int64(ctx, c->id);
		break;
	case COL_POINT:
		sqlite3_result_int64(ctx, f.point);
		break;
	case COL_FLOW_ROLE:
		sqlite3_result_int64(ctx, f.role);
		break;
	case COL_PART:
		sqlite3_result_int64(ctx, f.part);
		break;
	default:
		if (f.own)
			sqlite3_result_blob64(ctx, f.own, f.n_own,
					      SQLITE_TRANSIENT);
	}
}

const struct vtab_kind vtab_flow = {
	.name = "flow_data",
	.columns = flow_columns,
	.n_planned = 1,
	.planned = { COL_FLOW_ID },
	.rows = 1e6,
	.step = 1e6,
	.size = sizeof(struct rows),
	.filter = flow_filter,
	.next = flow_next,
	.rowid = row_id,
	.column = flow_column,
};

/* ---- sessions ---- */

static void session_go(struct rows *c, int64_t id)
{
	struct session_packed p;

	c->id = id;
	c->base.at_end = id < 0 ||
			 !store_session_packed(vtab_of(&c->base)->s, id, &p);
}

static void session_next(struct vtab_cursor *base)
{
	struct rows *c = (struct rows *)base;

	if (c->one || c->id == INT64_MAX)
		base->at_end = true;
	else
		session_go(c, store_session_next(vtab_of(base)->s, c->id + 1));
}

static void session_filter(struct vtab_cursor *base, int plan,
			   sqlite3_value **v)
{
	struct rows *c = (struct rows *)base;

	c->one = plan != 0;
	session_go(c, plan ? sqlite3_value_int64(v[0])
			   : store_session_next(vtab_of(base)->s, 0));
}

static void put_blob(sqlite3_context *ctx, const uint8_t *p, size_t n)
{
	sqlite3_result_blob64(ctx, p ? p : (const uint8_t *)"", n,
			      SQLITE_TRANSIENT);
}

static void session_column(sqlite3_context *ctx, struct vtab_cursor *base,
			   int column)
{
	const struct rows *c = (const struct rows *)base;
	struct session_packed p;

	if (!store_session_packed(vtab_of(base)->s, c->id, &p))
		return;

	const int64_t number[] = {
		[COL_ID] = c->id,          [COL_PROTO] = p.proto,
		[COL_VERDICT] = p.verdict, [COL_KIND] = p.kind,
		[COL_ROLE] = p.role,       [COL_CLIENT_END] = p.client_end,
		[COL_BITS] = p.bits32,     [COL_MARGIN] = p.margin32,
	};

	switch (column) {
	case COL_FLOWS:
		put_blob(ctx, p.flows, p.n_flows);
		break;
	case COL_PHRASES:
		put_blob(ctx, p.phrases, p.n_phrases);
		break;
	case COL_RIVALS:
		if (p.n_rivals)
			put_blob(ctx, p.rivals, p.n_rivals);
		break;
	default:
		if (column >= 0 && column <= COL_MARGIN)
			sqlite3_result_int64(ctx, number[column]);
	}
}

const struct vtab_kind vtab_session = {
	.name = "session_data",
	.columns = session_columns,
	.n_planned = 1,
	.planned = { COL_ID },
	.rows = 1e6,
	.step = 1e6,
	.size = sizeof(struct rows),
	.filter = session_filter,
	.next = session_next,
	.rowid = row_id,
	.column = session_column,
};
