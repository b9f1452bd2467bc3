/* The virtual table `message`: what known protocols said, a row a message.
 *
 *	SELECT proto, kind, count(*) FROM message GROUP BY 1, 2
 *	SELECT name, status_name FROM message WHERE part = 4294967297
 *
 * `part` is the part's id, as in the table `part`; asked for by "=" it is gone
 * to at once, as is `file`.  Columns are those of struct message
 * (capture/message.h); msg_id -1 and unknown names are NULL.
 */
#include "store/vtab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* clang-format off */
#define COLUMNS \
	C(FILE, "file") \
	C(PART, "part") \
	C(DIR, "dir") \
	C(OFF, "off") \
	C(LEN, "len") \
	C(FIRST_FRAME, "first_frame") \
	C(LAST_FRAME, "last_frame") \
	C(FIRST_NS, "first_ns") \
	C(LAST_NS, "last_ns") \
	C(PROTO, "proto") \
	C(KIND, "kind") \
	C(MSG_ID, "msg_id") \
	C(STATUS, "status") \
	C(STATUS_NAME, "status_name") \
	C(NAME, "name") \
	C(CUT, "cut") \
	C(HOLE, "hole")
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

static const int planned[] = { COL_FILE, COL_PART };
#define PLAN_FILE 1
#define PLAN_PART 2

struct rows {
	sqlite3_vtab_cursor base; /* must be first */
	struct messages *in;
	struct file_row *files; /* owned */
	size_t n_files, file;   /* the one that is read */
	bool at_end;
	bool one; /* one part or file */
	int64_t one_file;
	struct message m;
	int64_t rowid;
};

static struct vtab *table_of(const struct rows *c)
{
	return (struct vtab *)c->base.pVtab;
}

static int message_connect(sqlite3 *db, void *store, int argc,
			   const char *const *argv, sqlite3_vtab **out,
			   char **message)
{
	char sql[512] = "CREATE TABLE x(";

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < COLS; i++) {
		strncat(sql, i ? "," : "", sizeof sql - strlen(sql) - 1);
		strncat(sql, names[i], sizeof sql - strlen(sql) - 1);
	}
	strncat(sql, ")", sizeof sql - strlen(sql) - 1);
	return vtab_connect(db, store, sql, out, message);
}

static int message_plan(sqlite3_vtab *t, sqlite3_index_info *info)
{
	(void)t;
	return vtab_plan(info, planned, 2, 1e7, 1e2);
}

static int message_open(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
	struct rows *c = mem_zalloc(1, sizeof *c);

	c->in = messages_open(((struct vtab *)t)->s);
	*out = &c->base;
	return SQLITE_OK;
}

static int message_close(sqlite3_vtab_cursor *cur)
{
	struct rows *c = (struct rows *)cur;

	messages_close(c->in);
	file_rows_free(c->files, c->n_files);
	free(c);
	return SQLITE_OK;
}

static int64_t file_now(const struct rows *c)
{
	return c->one ? c->one_file : c->files[c->file].id;
}

static void advance(struct rows *c)
{
	while (!messages_next(c->in, &c->m)) {
		if (c->one || c->file + 1 >= c->n_files) {
			c->at_end = true;
			return;
		}
		messages_file(c->in, c->files[++c->file].id, UINT32_MAX);
	}
}

static int message_filter(sqlite3_vtab_cursor *cur, int plan, const char *str,
			  int argc, sqlite3_value **v)
{
	struct rows *c = (struct rows *)cur;
	int64_t file = 0;

	(void)str;
	file_rows_free(c->files, c->n_files);
	c->files = NULL;
	c->n_files = c->file = 0;
	c->at_end = false;
	c->one = plan != 0;
	if (plan & PLAN_PART) {
		int64_t part = sqlite3_value_int64(v[argc - 1]);

		file = part >> 32;
		/* two that contradict each other: no rows */
		c->at_end = plan & PLAN_FILE &&
			    sqlite3_value_int64(v[0]) != file;
		messages_part(c->in, part);
	} else if (plan & PLAN_FILE) {
		file = sqlite3_value_int64(v[0]);
		messages_file(c->in, file, UINT32_MAX);
	} else {
		c->files = store_files(table_of(c)->s, &c->n_files);
		if (c->n_files)
			messages_file(c->in, c->files[0].id, UINT32_MAX);
		else
			c->at_end = true;
	}
	c->one_file = file;
	if (!c->at_end)
		advance(c);
	return vtab_status(table_of(c));
}

static int message_next(sqlite3_vtab_cursor *cur)
{
	struct rows *c = (struct rows *)cur;

	c->rowid++;
	advance(c);
	return vtab_status(table_of(c));
}

static int message_eof(sqlite3_vtab_cursor *cur)
{
	return ((struct rows *)cur)->at_end;
}

static int message_rowid(sqlite3_vtab_cursor *cur, sqlite3_int64 *id)
{
	*id = ((struct rows *)cur)->rowid;
	return SQLITE_OK;
}

/* Bytes of a capture, so that they print. */
static void put_name(sqlite3_context *ctx, const char *name)
{
	char *clean;

	if (!name)
		return;
	clean = text_clean(name, strlen(name));
	vtab_text(ctx, clean);
	free(clean);
}

static void put_number(sqlite3_context *ctx, const struct rows *c, int column)
{
	const struct message *m = &c->m;
	const int64_t v[COLS] = {
		[COL_FILE] = file_now(c),
		[COL_PART] = (int64_t)((uint64_t)file_now(c) << 32 | m->part),
		[COL_DIR] = m->dir,
		[COL_OFF] = (int64_t)m->off,
		[COL_LEN] = (int64_t)m->len,
		[COL_FIRST_FRAME] = (int64_t)m->first_frame,
		[COL_LAST_FRAME] = (int64_t)m->last_frame,
		[COL_FIRST_NS] = m->first_ns,
		[COL_LAST_NS] = m->last_ns,
		[COL_MSG_ID] = m->msg_id,
		[COL_STATUS] = m->status,
		[COL_CUT] = m->flags & MESSAGE_CUT ? 1 : 0,
		[COL_HOLE] = m->flags & MESSAGE_HOLE ? 1 : 0,
	};

	if (column == COL_MSG_ID && m->msg_id == -1)
		return;
	sqlite3_result_int64(ctx, v[column]);
}

static int message_column(sqlite3_vtab_cursor *cur, sqlite3_context *ctx,
			  int column)
{
	const struct rows *c = (const struct rows *)cur;
	const struct message *m = &c->m;

	switch (column) {
	case COL_PROTO:
		vtab_text(ctx, message_proto_name(m->proto));
		break;
	case COL_KIND:
		vtab_text(ctx, message_kind_name(m->kind));
		break;
	case COL_STATUS_NAME:
		vtab_text(ctx, message_status_name(m->proto, m->status));
		break;
	case COL_NAME:
		put_name(ctx, m->name);
		break;
	default:
		put_number(ctx, c, column);
	}
	return SQLITE_OK;
}

int vtab_message_register(sqlite3 *db, struct store *s)
{
	/* xCreate NULL: the table is there without being created. */
	static const sqlite3_module module = {
		.xConnect = message_connect,
		.xBestIndex = message_plan,
		.xDisconnect = vtab_disconnect,
		.xOpen = message_open,
		.xClose = message_close,
		.xFilter = message_filter,
		.xNext = message_next,
		.xEof = message_eof,
		.xColumn = message_column,
		.xRowid = message_rowid,
	};

	return sqlite3_create_module(db, "message", &module, s);
}
