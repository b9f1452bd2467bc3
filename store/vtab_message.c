/* The virtual table `message`: what known protocols said, one row per message.
 *
 *	SELECT proto, kind, count(*) FROM message GROUP BY 1, 2
 *	SELECT name, status_name FROM message WHERE part = 4294967297
 *
 * `part` is the part's id, as in the table `part`; given by "=" it is looked up
 * directly, as is `file`.  Columns are those of struct message
 * (capture/message.h); msg_id -1 and unknown names are NULL.
 */
#include "store/vtab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* clang-format off */
#define COLUMNS(C) \
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

VTAB_COLUMNS(COLUMNS);

#define PLAN_FILE 1
#define PLAN_PART 2

struct rows {
	struct vtab_cursor base; /* must be first */
	struct messages *in;
	struct file_row *files; /* owned */
	size_t n_files, file;   /* the one being read */
	bool one;               /* one part or file */
	int64_t one_file;
	struct message m;
};

static void message_open(struct vtab_cursor *base)
{
	struct rows *c = (struct rows *)base;

	c->in = messages_open(vtab_of(base)->s);
}

static void message_close(struct vtab_cursor *base)
{
	struct rows *c = (struct rows *)base;

	messages_close(c->in);
	file_rows_free(c->files, c->n_files);
}

static int64_t file_now(const struct rows *c)
{
	return c->one ? c->one_file : c->files[c->file].id;
}

static void message_next(struct vtab_cursor *base)
{
	struct rows *c = (struct rows *)base;

	while (!messages_next(c->in, &c->m)) {
		if (c->one || c->file + 1 >= c->n_files) {
			base->at_end = true;
			return;
		}
		messages_file(c->in, c->files[++c->file].id, UINT32_MAX);
	}
}

static void all_files(struct rows *c)
{
	c->files = store_files(vtab_of(&c->base)->s, &c->n_files);
	if (c->n_files)
		messages_file(c->in, c->files[0].id, UINT32_MAX);
	else
		c->base.at_end = true;
}

static void message_filter(struct vtab_cursor *base, int plan,
			   sqlite3_value **v)
{
	struct rows *c = (struct rows *)base;

	file_rows_free(c->files, c->n_files);
	c->files = NULL;
	c->n_files = c->file = 0;
	c->one = plan != 0;
	c->one_file = 0;
	if (plan & PLAN_PART) {
		int64_t part = sqlite3_value_int64(v[plan & PLAN_FILE ? 1 : 0]);

		c->one_file = part >> 32;
		/* contradicting conditions: no rows */
		base->at_end = plan & PLAN_FILE &&
			       sqlite3_value_int64(v[0]) != c->one_file;
		messages_part(c->in, part);
	} else if (plan & PLAN_FILE) {
		c->one_file = sqlite3_value_int64(v[0]);
		messages_file(c->in, c->one_file, UINT32_MAX);
	} else {
		all_files(c);
	}
	if (!base->at_end)
		message_next(base);
}

static int64_t message_rowid(const struct vtab_cursor *base)
{
	const struct rows *c = (const struct rows *)base;
	uint32_t n;
	int64_t block = messages_place(c->in, &n);
	/* the block's file, its number there */
	const struct vtab_name name[] = { { (uint64_t)block >> 32, 31 },
					  { (uint32_t)block, 22 },
					  { n, 10 } };

	return vtab_rowid(name, 3);
}

/* Bytes from a capture, made printable. */
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

static void message_column(sqlite3_context *ctx, struct vtab_cursor *base,
			   int column)
{
	const struct rows *c = (const struct rows *)base;
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
}

const struct vtab_kind vtab_message = {
	.name = "message",
	.columns = columns,
	.n_planned = 2,
	.planned = { COL_FILE, COL_PART },
	.rows = 1e7,
	.step = 1e2,
	.size = sizeof(struct rows),
	.open = message_open,
	.close = message_close,
	.filter = message_filter,
	.next = message_next,
	.rowid = message_rowid,
	.column = message_column,
};
