/* Errors of a case: what SQLite reports, in words that say what to do.
 *
 * The first error stays in the store until a commit hands it out
 * (store/store_int.h).
 */
#include "store/store_int.h"

static void fail_text(struct store *s, const char *doing)
{
	const char *name = s->temporary ? "temporary case" : "case";
	const char *say = sqlite3_errmsg(s->db);

	switch (sqlite3_errcode(s->db)) {
	case SQLITE_FULL:
		err_set(&s->err, ERR_CASE,
			"%s: cannot %s: no space left (%s); free some space or"
			" %s, then run again",
			s->path, doing, say,
			s->temporary ? "set TMPDIR to a larger place"
				     : "put the case in another place");
		return;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err_set(&s->err, ERR_CASE,
			"%s: cannot %s: another program uses this %s; let it"
			" end, then run again",
			s->path, doing, name);
		return;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		err_set(&s->err, ERR_CASE,
			"%s: cannot %s: the %s is damaged (%s); index the"
			" captures into a new case",
			s->path, doing, name, say);
		return;
	case SQLITE_READONLY:
		err_set(&s->err, ERR_CASE,
			"%s: cannot %s: the file or its folder may not be"
			" written; copy the case to where you may write",
			s->path, doing);
		return;
	case SQLITE_CANTOPEN:
		err_set(&s->err, ERR_CASE,
			"%s: cannot %s: %s; check that its folder is there and"
			" may be written",
			s->path, doing, say);
		return;
	default:
		err_set(&s->err, ERR_CASE,
			"%s: cannot %s: %s; check the disk and the file's"
			" permissions",
			s->path, doing, say);
	}
}

void store_fail(struct store *s, const char *doing)
{
	if (!s->err.code)
		fail_text(s, doing);
}

void store_fail_damaged(struct store *s, const char *what, int64_t id)
{
	err_set(&s->err, ERR_CASE,
		"%s: %s %lld is damaged; index the captures into a new case",
		s->path, what, (long long)id);
}

int store_exec(struct store *s, const char *sql)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	store_fail(s,
		   sqlite3_db_readonly(s->db, "main") == 1 ? "read" : "write");
	return -1;
}

bool store_failed(const struct store *s)
{
	return s->err.code != ERR_NONE;
}
