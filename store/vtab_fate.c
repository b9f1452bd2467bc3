/* The virtual table `fate`: a row for each transmission and hop of a session.
 *
 *	SELECT fate, count(*) FROM fate WHERE session = 7 GROUP BY 1
 *
 * A session given by "=" is looked up directly; otherwise all follow in id
 * order. hop_from and hop_to are points in the direction of travel; near_ and
 * far_ columns are NULL if there is no record.
 */
#include "store/vtab.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "store/match.h"

/* clang-format off */
#define COLUMNS(C) \
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

VTAB_COLUMNS(COLUMNS);

struct fates {
	struct vtab_cursor base; /* must be first */
	struct fate_cursor *in;
	int64_t session;
	uint64_t n; /* of the row, in the session, from 1 */
	bool one;   /* no other session follows */
	struct fate_row row;
};

static void fate_close(struct vtab_cursor *base)
{
	fate_cursor_close(((struct fates *)base)->in);
}

/* Goes to the first session from @id on. */
static void session_enter(struct fates *c, int64_t id)
{
	struct store *s = vtab_of(&c->base)->s;

	fate_cursor_close(c->in);
	c->in = NULL;
	c->n = 0;
	c->session = c->one ? id : store_session_next(s, id);
	c->base.at_end = c->session < 0;
	if (!c->base.at_end)
		c->in = fate_cursor_open(s, c->session);
}

static void fate_next(struct vtab_cursor *base)
{
	struct fates *c = (struct fates *)base;

	while (!base->at_end && !fate_cursor_next(c->in, &c->row)) {
		if (c->one || c->session == INT64_MAX)
			base->at_end = true;
		else
			session_enter(c, c->session + 1);
	}
	c->n++;
}

static void fate_filter(struct vtab_cursor *base, int plan, sqlite3_value **v)
{
	struct fates *c = (struct fates *)base;

	c->one = plan & 1;
	session_enter(c, c->one ? sqlite3_value_int64(v[0]) : 0);
	fate_next(base);
}

/* A session is always read from its first row. */
static int64_t fate_rowid(const struct vtab_cursor *base)
{
	const struct fates *c = (const struct fates *)base;
	const struct vtab_name name[] = { { (uint64_t)c->session, 28 },
					  { c->n, 35 } };

	return vtab_rowid(name, 2);
}

/* --- values --- */

static void put_point(sqlite3_context *ctx, struct fates *c, int pos)
{
	vtab_text(ctx, vtab_point_at(vtab_of(&c->base), pos));
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

static void fate_column(sqlite3_context *ctx, struct vtab_cursor *base,
			int column)
{
	struct fates *c = (struct fates *)base;
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
}

const struct vtab_kind vtab_fate = {
	.name = "fate",
	.columns = columns,
	.n_planned = 1,
	.planned = { COL_SESSION },
	.rows = 1e9,
	.step = 1e5,
	.size = sizeof(struct fates),
	.close = fate_close,
	.filter = fate_filter,
	.next = fate_next,
	.rowid = fate_rowid,
	.column = fate_column,
};
