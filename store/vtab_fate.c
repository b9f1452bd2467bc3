/* The virtual table `fate`: a row for each transmission and hop of a session.
 *
 *	SELECT fate, count(*) FROM fate WHERE session = 7 GROUP BY 1
 *
 * A session asked for by "=" is gone to at once; without it all follow in id
 * order.  hop_from and hop_to are points in the direction of travel; near_ and
 * far_ columns are NULL where the record is not there.
 */
#include "store/vtab.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "store/match.h"

/* clang-format off */
#define COLUMNS \
	C(SESSION, "session") \
	C(DIR, "dir") \
	C(FROM, "hop_from") \
	C(TO, "hop_to") \
	C(TX, "tx") \
	C(FATE, "fate") \
	C(BASIS, "basis") \
	C(REASON, "reason") \
	C(MARKS, "marks") \
	C(CHANGE, "change") \
	C(KIND, "kind") \
	C(COPY, "copy") \
	C(OFF, "off") \
	C(LEN, "len") \
	C(NEAR_FLOW, "near_flow") \
	C(NEAR_N, "near_n") \
	C(NEAR_FILE, "near_file") \
	C(NEAR_FRAME, "near_frame") \
	C(NEAR_TIME, "near_time_ns") \
	C(NEAR_SEQ, "near_seq") \
	C(FAR_FLOW, "far_flow") \
	C(FAR_N, "far_n") \
	C(FAR_FILE, "far_file") \
	C(FAR_FRAME, "far_frame") \
	C(FAR_TIME, "far_time_ns") \
	C(FAR_SEQ, "far_seq") \
	C(PROOF_POINT, "proof_point") \
	C(PROOF_DIR, "proof_dir") \
	C(PROOF_N, "proof_n")
/* clang-format on */

enum column {
#define C(id, name) COL_##id,
	COLUMNS
#undef C
		COLS
};

static const char *const names[] = {
#define C(id, name) name,
	COLUMNS
#undef C
};

static const int planned[] = { COL_SESSION };

struct fates {
	sqlite3_vtab_cursor base; /* must be first */
	struct fate_cursor *in;
	int64_t session; /* -1: at the end */
	bool one;        /* no other session follows */
	struct fate_row row;
	int64_t rowid;
};

static struct vtab *table_of(struct fates *c)
{
	return (struct vtab *)c->base.pVtab;
}

static int fate_connect(sqlite3 *db, void *store, int argc,
			const char *const *argv, sqlite3_vtab **out,
			char **message)
{
	char sql[1024] = "CREATE TABLE x(";

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < COLS; i++) {
		strncat(sql, i ? "," : "", sizeof sql - strlen(sql) - 1);
		strncat(sql, names[i], sizeof sql - strlen(sql) - 1);
	}
	strncat(sql, ")", sizeof sql - strlen(sql) - 1);
	return vtab_connect(db, store, sql, out, message);
}

static int fate_plan(sqlite3_vtab *t, sqlite3_index_info *info)
{
	(void)t;
	return vtab_plan(info, planned, 1, 1e9, 1e5);
}

static int fate_open(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
	struct fates *c = mem_zalloc(1, sizeof *c);

	(void)t;
	*out = &c->base;
	return SQLITE_OK;
}

static int fate_close(sqlite3_vtab_cursor *cur)
{
	struct fates *c = (struct fates *)cur;

	fate_cursor_close(c->in);
	free(c);
	return SQLITE_OK;
}

/* Goes to the first session from @id on. */
static void session_enter(struct fates *c, int64_t id)
{
	struct store *s = table_of(c)->s;

	fate_cursor_close(c->in);
	c->in = NULL;
	c->session = c->one ? id : store_session_next(s, id);
	if (c->session >= 0)
		c->in = fate_cursor_open(s, c->session);
}

static void advance(struct fates *c)
{
	while (c->session >= 0 && !fate_cursor_next(c->in, &c->row)) {
		if (c->one || c->session == INT64_MAX)
			c->session = -1;
		else
			session_enter(c, c->session + 1);
	}
}

static int fate_filter(sqlite3_vtab_cursor *cur, int plan, const char *str,
		       int argc, sqlite3_value **v)
{
	struct fates *c = (struct fates *)cur;

	(void)str;
	(void)argc;
	c->one = plan & 1;
	session_enter(c, c->one ? sqlite3_value_int64(v[0]) : 0);
	advance(c);
	return vtab_status(table_of(c));
}

static int fate_next(sqlite3_vtab_cursor *cur)
{
	struct fates *c = (struct fates *)cur;

	c->rowid++;
	advance(c);
	return vtab_status(table_of(c));
}

static int fate_eof(sqlite3_vtab_cursor *cur)
{
	return ((struct fates *)cur)->session < 0;
}

static int fate_rowid(sqlite3_vtab_cursor *cur, sqlite3_int64 *id)
{
	*id = ((struct fates *)cur)->rowid;
	return SQLITE_OK;
}

/* --- values --- */

static void put_point(sqlite3_context *ctx, struct fates *c, int pos)
{
	vtab_text(ctx, vtab_point_at(table_of(c), pos));
}

static int pos_of(const struct fates *c, int place)
{
	return fate_cursor_session(c->in)->flows[place].point_pos;
}

/* "resegmented,changed", NULL for none */
static void put_marks(sqlite3_context *ctx, uint8_t marks)
{
	static const char *const words[] = { "resegmented", "changed",
					     "duplicated", "reordered" };
	char text[64] = "";
	size_t n = 0;

	for (int i = 0; i < 4; i++)
		if (marks & 1 << i) /* all four fit */
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
					      n ? "," : "", words[i]);
	vtab_text(ctx, n ? text : NULL);
}

/* A column of one end, counted from its first (COL_NEAR_FLOW). */
static void put_end(sqlite3_context *ctx, const struct fates *c, int place,
		    uint64_t n, const struct record *r, int64_t file,
		    int column)
{
	if (column == COL_NEAR_FLOW) {
		sqlite3_result_int64(
			ctx, fate_cursor_session(c->in)->flows[place].flow);
		return;
	}
	if (!r)
		return;
	switch (column) {
	case COL_NEAR_N:
		sqlite3_result_int64(ctx, (int64_t)n);
		break;
	case COL_NEAR_FILE:
		sqlite3_result_int64(ctx, file);
		break;
	case COL_NEAR_FRAME:
		sqlite3_result_int64(ctx, (int64_t)r->frame);
		break;
	case COL_NEAR_TIME:
		sqlite3_result_int64(ctx, r->time_ns);
		break;
	default:
		sqlite3_result_int64(ctx, (uint32_t)r->seq64);
	}
}

static void put_proof(sqlite3_context *ctx, struct fates *c, int column)
{
	const struct fate_entry *e = &c->row.e;

	if (!e->proof_point)
		return;
	if (column == COL_PROOF_POINT)
		put_point(ctx, c, e->proof_point);
	else if (column == COL_PROOF_DIR)
		sqlite3_result_int(ctx, e->proof_dir);
	else
		sqlite3_result_int64(ctx, (int64_t)e->proof);
}

static void put_entry(sqlite3_context *ctx, struct fates *c, int column)
{
	const struct fate_row *r = &c->row;
	const struct fate_entry *e = &r->e;

	switch (column) {
	case COL_FATE:
		vtab_text(ctx, fate_name(e->fate));
		break;
	case COL_BASIS:
		vtab_text(ctx, fate_basis_name(e->basis));
		break;
	case COL_REASON:
		vtab_text(ctx, fate_reason_name(e->reason));
		break;
	case COL_MARKS:
		put_marks(ctx, e->marks);
		break;
	case COL_CHANGE:
		sqlite3_result_int(ctx, e->change);
		break;
	case COL_KIND:
		vtab_text(ctx, fate_kind_name(e->kind));
		break;
	case COL_COPY:
		sqlite3_result_int64(ctx, e->copy);
		break;
	case COL_OFF:
		sqlite3_result_int64(ctx, e->off);
		break;
	default:
		sqlite3_result_int64(ctx, e->len);
	}
}

static int fate_column(sqlite3_vtab_cursor *cur, sqlite3_context *ctx,
		       int column)
{
	struct fates *c = (struct fates *)cur;
	const struct fate_row *r = &c->row;

	if (column == COL_SESSION)
		sqlite3_result_int64(ctx, c->session);
	else if (column == COL_DIR)
		sqlite3_result_int(ctx, r->dir);
	else if (column == COL_FROM)
		put_point(ctx, c, pos_of(c, r->from));
	else if (column == COL_TO)
		put_point(ctx, c, pos_of(c, r->to));
	else if (column == COL_TX)
		sqlite3_result_int64(ctx, (int64_t)r->e.tx);
	else if (column >= COL_PROOF_POINT)
		put_proof(ctx, c, column);
	else if (column >= COL_FAR_FLOW)
		put_end(ctx, c, r->to, r->e.far, r->far, r->far_file,
			column - COL_FAR_FLOW + COL_NEAR_FLOW);
	else if (column >= COL_NEAR_FLOW)
		put_end(ctx, c, r->from, r->e.near, r->near, r->near_file,
			column);
	else
		put_entry(ctx, c, column);
	return SQLITE_OK;
}

int vtab_fate_register(sqlite3 *db, struct store *s)
{
	/* xCreate NULL: the table is there without being created. */
	static const sqlite3_module module = {
		.xConnect = fate_connect,
		.xBestIndex = fate_plan,
		.xDisconnect = vtab_disconnect,
		.xOpen = fate_open,
		.xClose = fate_close,
		.xFilter = fate_filter,
		.xNext = fate_next,
		.xEof = fate_eof,
		.xColumn = fate_column,
		.xRowid = fate_rowid,
	};

	return sqlite3_create_module(db, "fate", &module, s);
}
