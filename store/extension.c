/* The case file in the sqlite3 shell, as a loadable extension.
 *
 *	$ sqlite3 -readonly case.tpc
 *	sqlite> .load tracepair
 *	sqlite> SELECT * FROM packet WHERE flow = 3 LIMIT 10;
 *
 * It adds the virtual tables and the functions that the views stand on, by the
 * code of `tracepair sql`, for the connection that loads it.  Unlike there,
 * nothing is forbidden: whoever opens a case in a shell may do anything SQLite
 * can.
 *
 * The code calls SQLite by name.  So it works in programs that use the same
 * shared library, as those of distributions do, and refuses programs with a
 * built-in SQLite: two of them in one process would damage files.
 *
 * The store over the connection is closed with the SQL function tp_version,
 * which SQLite destroys when the connection closes, after disconnecting the
 * tables (store/vtab.c).
 */
#define SQLITE_CORE 1 /* declare the interface, do not redirect the names */
#include <sqlite3ext.h>

#include "base/version.h"
#include "store/store_int.h"

/* The name follows from that of the file. */
__attribute__((visibility("default"))) int
sqlite3_tracepair_init(sqlite3 *db, char **message,
		       const sqlite3_api_routines *api);

static void sql_version(sqlite3_context *ctx, int n, sqlite3_value **v)
{
	(void)n;
	(void)v;
	sqlite3_result_text(ctx, TRACEPAIR_VERSION, -1, SQLITE_STATIC);
}

static void drop_store(void *s)
{
	store_close(s);
}

static int fails(char **message, const char *why)
{
	*message = sqlite3_mprintf("tracepair: %s", why);
	return SQLITE_ERROR;
}

int sqlite3_tracepair_init(sqlite3 *db, char **message,
			   const sqlite3_api_routines *api)
{
	struct err err = { 0 };
	struct store *s;

	if (api->libversion != sqlite3_libversion) {
		*message = api->mprintf(
			"tracepair: this program has an SQLite of its own "
			"inside; use one that is linked to the system's");
		return SQLITE_ERROR;
	}
	s = store_attach(db, &err);
	if (!s)
		return fails(message, err.text);
	if (sqlite3_create_function_v2(db, "tp_version", 0, SQLITE_UTF8, s,
				       sql_version, NULL, NULL, drop_store))
		return fails(message, sqlite3_errmsg(db));
	return store_tables(s) ? fails(message, sqlite3_errmsg(db)) : SQLITE_OK;
}
