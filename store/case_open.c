/* Opening a case: the file, the connection's settings, the checks.
 *
 * Even a reader opens read-write where it may, because only then it can roll
 * back what a killed writer left; query_only then holds it to reading.  Whoever
 * finds the file locked by another process waits in busy(), up to BUSY_MS.
 *
 * A case is hostile bytes: its schema is compared with ours (store/schema.c),
 * is not trusted, and it has no triggers and no views but ours.
 */
#include "store/store_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 60000
#define CACHE_KIB 2048 /* hardly anything is read or written twice */

/* Waits half a millisecond at first, later ten; commits are short. */
static int busy(void *ctx, int times)
{
	int ms10 = times < 100 ? 5 : 100;
	int waited_ms = times < 100 ? times / 2 : 50 + (times - 100) * 10;

	(void)ctx;
	if (waited_ms > BUSY_MS)
		return 0;
	usleep((useconds_t)ms10 * 100);
	return 1;
}

/* Memory statistics take a lock for each allocation of each thread. */
void case_sqlite_setup(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int64_t pragma_int(struct store *s, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t v = -1;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	else
		store_fail(s, "open");
	sqlite3_finalize(st);
	return v;
}

static void harden(struct store *s)
{
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, 256 << 20);
	sqlite3_busy_handler(s->db, busy, NULL);
}

static int configure(struct store *s)
{
	char cache[64];

	snprintf(cache, sizeof cache, "PRAGMA cache_size=-%d", CACHE_KIB);
	if (store_exec(s, cache) || store_exec(s, "PRAGMA cache_spill=OFF") ||
	    store_exec(s, "PRAGMA cell_size_check=ON"))
		return -1;
	if (!s->writer)
		return store_exec(s, "PRAGMA query_only=ON");
	if (s->temporary)
		return store_exec(s, "PRAGMA journal_mode=MEMORY;"
				     "PRAGMA synchronous=OFF");
	return store_exec(s, "PRAGMA journal_mode=DELETE;"
			     "PRAGMA synchronous=FULL");
}

static int refuse(struct store *s, const char *why)
{
	return err_set(&s->err, ERR_CASE,
		       "%s: %s; give a case, as 'tracepair index' or -o makes"
		       " one (captures are given without a command)",
		       s->path, why);
}

int case_check(struct store *s)
{
	int64_t application = pragma_int(s, "PRAGMA application_id");
	int64_t version = pragma_int(s, "PRAGMA user_version");
	const char *wrong;

	if (s->err.code)
		return -1;
	if (application != STORE_APPLICATION)
		return refuse(s, "is no case file");
	if (version != STORE_SCHEMA)
		return err_set(&s->err, ERR_CASE,
			       "%s: is a case of version %lld, this tracepair"
			       " has %d; index the captures into a new case,"
			       " or use the tracepair that made it",
			       s->path, (long long)version, STORE_SCHEMA);
	wrong = schema_check(s);
	if (wrong)
		return err_set(&s->err, ERR_CASE,
			       "%s: the case is damaged (table %s is not as"
			       " tracepair makes it); index the captures into"
			       " a new case",
			       s->path, wrong);
	return 0;
}

/* SQLite says "not a database" of captures and directories alike: says what the
 * file is, if that is known. */
int case_open_file(struct store *s, enum store_mode mode)
{
	struct stat st;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

	if (stat(s->path, &st)) {
		if (mode == STORE_CREATE && errno != ENOENT)
			return err_set(&s->err, ERR_CASE,
				       "%s: cannot make the case: %s; choose"
				       " another place",
				       s->path, strerror(errno));
		if (mode != STORE_CREATE)
			return err_set(&s->err, ERR_CASE,
				       "%s: cannot open the case: %s; check"
				       " the name, or make it with `tracepair"
				       " index`",
				       s->path, strerror(errno));
		if (case_new(s))
			return -1;
		flags |= SQLITE_OPEN_CREATE;
	} else if (!S_ISREG(st.st_mode)) {
		return refuse(s, "is not a regular file");
	} else if (access(s->path, R_OK)) {
		return err_set(&s->err, ERR_CASE,
			       "%s: cannot open the case: %s; change its"
			       " permissions",
			       s->path, strerror(errno));
	}
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK) {
		if (!s->db)
			return err_set(&s->err, ERR_CASE, "%s: no memory",
				       s->path);
		store_fail(s, "open the case");
		return -1;
	}
	return 0;
}

int case_open_bytes(struct store *s, const uint8_t *p, size_t n)
{
	unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE |
			 SQLITE_DESERIALIZE_RESIZEABLE;
	uint8_t *own;

	if (sqlite3_open_v2(":memory:", &s->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		return err_set(&s->err, ERR_CASE, "%s: no memory", s->path);
	own = sqlite3_malloc64(n + 1);
	if (!own)
		mem_exhausted();
	if (n)
		memcpy(own, p, n);
	if (sqlite3_deserialize(s->db, "main", own, (sqlite3_int64)n,
				(sqlite3_int64)n + 1, flags) == SQLITE_OK)
		return 0;
	store_fail(s, "open the case");
	return -1;
}

/* SQLite reads what is missing of the last page as zeros, without a word.  To be
 * called within a transaction: a writer may be making the file longer. */
static int refuse_cut(struct store *s)
{
	const char *path = sqlite3_db_filename(s->db, "main");
	int64_t page = pragma_int(s, "PRAGMA page_size");
	struct stat st;

	if (!path || !*path || page <= 0 || stat(path, &st) ||
	    st.st_size % page == 0)
		return 0;
	return err_set(
		&s->err, ERR_CASE,
		"%s: the case is cut off at byte %lld; copy it again, or "
		"index the captures into a new case",
		s->path, (long long)st.st_size);
}

int case_start(struct store *s, enum store_mode mode)
{
	int64_t pages;

	harden(s);
	if (functions_register(s->db, s)) {
		store_fail(s, "open the case");
		return -1;
	}
	if (store_exec(s, "BEGIN"))
		return -1;
	/* The first read: it is here that a foreign file shows. */
	pages = pragma_int(s, "PRAGMA page_count");
	if (pages < 0 || pragma_int(s, "PRAGMA schema_version") < 0) {
		if (sqlite3_errcode(s->db) == SQLITE_NOTADB) {
			s->err = (struct err){ 0 };
			return refuse(s, "is no case file");
		}
		return -1;
	}
	if (refuse_cut(s) || store_exec(s, "COMMIT") || configure(s))
		return -1;
	if (s->writer && sqlite3_db_readonly(s->db, "main") == 1)
		return err_set(&s->err, ERR_CASE,
			       "%s: the case may not be written; change its"
			       " permissions or copy it",
			       s->path);
	if (!pages && mode == STORE_CREATE && case_create(s))
		return -1;
	/* many reads: outside a transaction each would lock the file */
	if (store_exec(s, "BEGIN") || case_check(s))
		return -1;
	return store_exec(s, "COMMIT");
}

char *case_temporary_path(struct err *err)
{
	const char *dir = getenv("TMPDIR");
	char *path = mem_printf("%s/tracepair-XXXXXX.case",
				dir && *dir ? dir : "/tmp");
	int fd = mkstemps(path, 5);

	if (fd < 0) {
		err_set(err, ERR_CASE,
			"%s: cannot make a temporary case: %s; set TMPDIR to"
			" a folder that may be written, or use -o",
			path, strerror(errno));
		free(path);
		return NULL;
	}
	close(fd);
	return path;
}
