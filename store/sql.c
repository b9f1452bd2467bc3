/* Free SQL for `tracepair sql`: one statement that only reads.
 *
 * Three fences, since the text is untrusted: the authorizer allows only reading
 * (no ATTACH, no PRAGMA except those that describe tables), the prepared
 * statement must be read-only, and the connection is hardened like that of any
 * case (store/case_open.c).  Column values go out as text, blobs as hexadecimal
 * digits.
 */
#include "store/store_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/vtab.h"

static int authorize(void *ctx, int action, const char *a, const char *b,
		     const char *db, const char *trigger)
{
	(void)ctx;
	(void)b;
	(void)db;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_PRAGMA: /* table_info, table_xinfo, table_list */
		return sqlite3_strnicmp(a, "table_", 6) ? SQLITE_DENY
							: SQLITE_OK;
	case SQLITE_UPDATE:
		/* Requested by SQLite when a virtual table declares itself; a
		 * real UPDATE fails, as the statement is not read-only. */
		return sqlite3_stricmp(a, "sqlite_master") ? SQLITE_DENY
							   : SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

/* @rc: the result of the failed call. */
static int sql_error(struct store *s, int rc, struct err *err)
{
	const char *say = sqlite3_errmsg(s->db);
	char *clean = text_clean(say, strlen(say));

	switch (rc & 0xff) {
	case SQLITE_AUTH:
		err_set(err, ERR_USAGE,
			"SQL: %s: a case may only be read here, with SELECT",
			clean);
		break;
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		err_set(err, ERR_USAGE,
			"SQL: %s; `SELECT sql FROM sqlite_schema` shows the"
			" tables, beside them are packet, fate and message",
			clean);
		break;
	default:
		err_set(err, ERR_CASE, "%s: %s", s->path, clean);
	}
	free(clean);
	return -1;
}

static int refuse(struct err *err, const char *why)
{
	return err_set(err, ERR_USAGE, "SQL: %s", why);
}

/* Whether @tail holds another statement. */
static bool more(struct store *s, const char *tail)
{
	sqlite3_stmt *st = NULL;
	bool more = sqlite3_prepare_v2(s->db, tail, -1, &st, NULL) !=
			    SQLITE_OK ||
		    st;

	sqlite3_finalize(st);
	return more;
}

static sqlite3_stmt *sql_prepare(struct store *s, const char *sql,
				 struct err *err)
{
	sqlite3_stmt *st = NULL;
	const char *tail = NULL, *why = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, &tail);

	if (rc != SQLITE_OK) {
		sql_error(s, rc, err);
		return NULL;
	}
	if (!st)
		why = "there is no statement; give one, as in"
		      " 'SELECT * FROM flow'";
	else if (more(s, tail))
		why = "there is more than one statement; give one";
	else if (!sqlite3_stmt_readonly(st) || !sqlite3_column_count(st))
		why = "a case may only be read here, with SELECT";
	if (!why)
		return st;
	sqlite3_finalize(st);
	refuse(err, why);
	return NULL;
}

static char *hex(const uint8_t *p, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	char *text = mem_alloc(2 * n + 1);

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digit[p[i] >> 4];
		text[2 * i + 1] = digit[p[i] & 15];
	}
	text[2 * n] = '\0';
	return text;
}

/* Column @i as text; the caller frees *own. */
static const char *value(sqlite3_stmt *st, int i, char **own)
{
	*own = NULL;
	if (sqlite3_column_type(st, i) == SQLITE_NULL)
		return NULL;
	if (sqlite3_column_type(st, i) != SQLITE_BLOB)
		return (const char *)sqlite3_column_text(st, i);
	*own = hex(sqlite3_column_blob(st, i),
		   (size_t)sqlite3_column_bytes(st, i));
	return *own;
}

static int sql_run(struct store *s, sqlite3_stmt *st,
		   void (*row)(void *ctx, bool is_header, int n,
			       const char *const *values),
		   void *ctx, struct err *err)
{
	int n = sqlite3_column_count(st), rc;
	const char **v = mem_zalloc((size_t)n, sizeof *v);
	char **own = mem_zalloc((size_t)n, sizeof *own);

	for (int i = 0; i < n; i++)
		v[i] = sqlite3_column_name(st, i);
	row(ctx, true, n, v);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (int i = 0; i < n; i++)
			v[i] = value(st, i, &own[i]);
		row(ctx, false, n, v);
		for (int i = 0; i < n; i++)
			free(own[i]);
	}
	free(v);
	free(own);
	return rc == SQLITE_DONE ? 0 : sql_error(s, rc, err);
}

/* Connects the virtual tables, before the fences are up. */
int store_tables(struct store *s)
{
	if (s->vtabs)
		return 0;
	if (vtab_register(s->db, s, &vtab_packet) != SQLITE_OK ||
	    vtab_register(s->db, s, &vtab_fate) != SQLITE_OK ||
	    vtab_register(s->db, s, &vtab_message) != SQLITE_OK ||
	    vtab_register(s->db, s, &vtab_part) != SQLITE_OK ||
	    vtab_register(s->db, s, &vtab_flow) != SQLITE_OK ||
	    vtab_register(s->db, s, &vtab_session) != SQLITE_OK ||
	    store_exec(s, "SELECT 1 FROM packet, fate, message,"
			  " part_data, flow_data, session_data WHERE 0"))
		return -1;
	s->vtabs = true;
	return 0;
}

int store_sql(struct store *s, const char *sql,
	      void (*row)(void *ctx, bool is_header, int n,
			  const char *const *values),
	      void *ctx, struct err *err)
{
	bool failed_before = store_failed(s);
	sqlite3_stmt *st;
	int ret = -1;

	if (store_tables(s))
		return sql_error(s, sqlite3_errcode(s->db), err);
	gate_read_begin(s);
	sqlite3_set_authorizer(s->db, authorize, NULL);
	st = sql_prepare(s, sql, err);
	if (st)
		ret = sql_run(s, st, row, ctx, err);
	sqlite3_finalize(st);
	sqlite3_set_authorizer(s->db, NULL, NULL);
	gate_read_end(s);
	/* Errors of the virtual tables were reported above. */
	if (!failed_before)
		s->err = (struct err){ 0 };
	return ret;
}
