/* The life of a case: opening, transactions, errors, meta.
 *
 * A case cut off anywhere opens again: SQLite's rollback journal takes the
 * file back to the last commit, and a file counts only if its row says
 * complete.  So even a reader opens read-write where it may, because only then
 * it can roll back what a killed writer left, and is then held to reading by
 * query_only.  A temporary case has its journal in memory and is never synced:
 * nobody opens it again.
 *
 * One writer, many readers, no waiting but at commit: the writer keeps changed
 * pages in memory (cache_spill off) and so needs the file for itself only
 * while it commits; readers reset each statement at once (store/query.c).
 * Within a process they take turns by store/gate.c; who meets another process
 * waits in busy(), up to BUSY_MS.  Callers bound the
 * writer's memory by committing about every 64 MB.
 *
 * A case is hostile bytes: its schema is compared with ours (store/schema.c),
 * is not trusted, and it has no triggers and no views but ours.
 */
#include "base/ahead.h"
#include "store/store_int.h"
#include "store/zip.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 60000
#define CACHE_KIB 2048 /* what is read or written is not so again soon */

/* --- errors --- */

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
				     : "use another place with -o");
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

/* --- opening --- */

/* Waits of half a millisecond at first, ten later; commits are short. */
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
static void sqlite_setup(void)
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
		       "%s: %s; give a case that tracepair made, or the name"
		       " of a new file",
		       s->path, why);
}

static int check(struct store *s)
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

/* SQLite says "not a database" of captures and directories alike; say what
 * the file is where that is known. */
static int open_file(struct store *s, enum store_mode mode)
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
		case_new(s->path);
		flags |= SQLITE_OPEN_CREATE;
	} else if (!S_ISREG(st.st_mode)) {
		return refuse(s, "is not a regular file");
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

/* The same of bytes in memory, which are copied. */
static int open_bytes(struct store *s, const uint8_t *p, size_t n)
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

/* The connection is there. */
static int start(struct store *s, enum store_mode mode)
{
	int64_t pages;

	harden(s);
	if (functions_register(s->db, s)) {
		store_fail(s, "open the case");
		return -1;
	}
	/* The first read: it is here that a foreign file shows. */
	pages = pragma_int(s, "PRAGMA page_count");
	if (pages < 0 || pragma_int(s, "PRAGMA schema_version") < 0) {
		if (sqlite3_errcode(s->db) == SQLITE_NOTADB) {
			s->err = (struct err){ 0 };
			return refuse(s, "is no case file");
		}
		return -1;
	}
	if (configure(s))
		return -1;
	if (s->writer && sqlite3_db_readonly(s->db, "main") == 1)
		return err_set(&s->err, ERR_CASE,
			       "%s: the case may not be written; change its"
			       " permissions or copy it",
			       s->path);
	if (!pages && mode == STORE_CREATE && case_create(s))
		return -1;
	return check(s);
}

/* A new empty file in $TMPDIR or /tmp, for this user alone. */
static char *temporary_path(struct err *err)
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

/* @gate: shared with this, or NULL for one of its own. */
static struct store *store_new(char *path, enum store_mode mode,
			       struct gate *gate)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct store *s = mem_zalloc(1, sizeof *s);

	pthread_once(&once, sqlite_setup);
	s->path = path;
	s->writer = mode != STORE_READ;
	s->gate = gate ? gate_share(gate) : gate_new();
	return s;
}

static struct store *refused(struct store *s, struct err *err)
{
	err_set(err, s->err.code, "%s", s->err.text);
	store_close(s);
	return NULL;
}

static struct store *open_path(char *path, bool temporary, enum store_mode mode,
			       struct gate *gate, struct err *err)
{
	struct store *s = store_new(path, mode, gate);
	int failed;

	s->temporary = temporary;
	gate_read_begin(s);
	failed = open_file(s, mode) || start(s, mode);
	gate_read_end(s);
	if (failed)
		return refused(s, err);
	s->holds = gate;
	if (s->holds)
		gate_hold(s);
	return s;
}

struct store *store_open_bytes(const uint8_t *p, size_t n, enum store_mode mode,
			       struct err *err)
{
	struct store *s = store_new(mem_strdup("bytes"), mode, NULL);
	int failed;

	s->memory = true;
	gate_read_begin(s);
	failed = open_bytes(s, p, n) || start(s, mode);
	gate_read_end(s);
	return failed ? refused(s, err) : s;
}

struct store *store_open(const char *path, enum store_mode mode,
			 struct err *err)
{
	char *own;

	if (path)
		return open_path(mem_strdup(path), false, mode, NULL, err);
	own = temporary_path(err);
	return own ? open_path(own, true, mode, NULL, err) : NULL;
}

struct store *store_attach(sqlite3 *db, struct err *err)
{
	const char *path = sqlite3_db_filename(db, "main");
	struct store *s = mem_zalloc(1, sizeof *s);

	s->path = mem_strdup(path && *path ? path : "this database");
	s->db = db;
	s->borrowed = true;
	s->gate = gate_new();
	if (functions_register(db, s))
		store_fail(s, "add functions");
	else if (!check(s))
		return s;
	functions_forget(db);
	return refused(s, err);
}

void store_idle(struct store *s)
{
	for (size_t i = 0; i < SLOTS; i++) {
		sqlite3_finalize(s->stmt[i]);
		s->stmt[i] = NULL;
	}
}

/* Of what is in memory only this connection knows. */
static struct store *copy_of(const struct store *s, struct err *err)
{
	sqlite3_int64 n;
	uint8_t *p = sqlite3_serialize(s->db, "main", &n, 0);
	struct store *copy;

	if (!p)
		mem_exhausted();
	copy = store_open_bytes(p, (size_t)n, STORE_READ, err);
	sqlite3_free(p);
	return copy;
}

struct store *store_reader(const struct store *s, struct err *err)
{
	if (s->memory)
		return copy_of(s, err);
	return open_path(mem_strdup(s->path), false, STORE_READ, s->gate, err);
}

bool store_is_temporary(const struct store *s)
{
	return s->temporary;
}

const char *store_path(const struct store *s)
{
	return s->path;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	gate_leave(s); /* from here on the writer leaves it alone */
	store_idle(s);
	if (s->cache)
		s->cache_free(s->cache);
	if (s->views)
		s->views_free(s->views);
	ahead_free(s->ahead);
	part_shelves_free(s->parts);
	shelves_free(s->shelves);
	zip_free(s->zip);
	phrases_forget(s);
	if (s->db && !s->borrowed && !sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	if (!s->borrowed)
		sqlite3_close_v2(s->db);
	if (s->temporary)
		unlink(s->path);
	free(s->serial);
	free(s->path);
	free(s);
}

/* --- transactions --- */

void store_begin(struct store *s)
{
	if (s->err.code || s->open)
		return;
	s->open = !store_exec(s, "BEGIN IMMEDIATE");
}

int store_commit(struct store *s, struct err *err)
{
	struct err first;

	shelves_put_waiting(s);
	gate_write_begin(s->gate);
	if (!s->err.code && s->open)
		store_exec(s, "COMMIT");
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	gate_write_end(s->gate);
	s->open = false;
	if (!s->err.code)
		return 0;
	first = s->err;
	s->err = (struct err){ 0 };
	s->n_serial = 0; /* what was given may have been rolled back */
	part_shelves_forget(s);
	shelves_forget(s);
	phrases_forget(s);
	return err_set(err, first.code, "%s", first.text);
}

/* --- meta --- */

void store_meta_set(struct store *s, const char *key, const char *value)
{
	struct query q = query_put(s, SLOT_META_SET,
				   "INSERT OR REPLACE INTO meta VALUES(?,?)");

	query_text(&q, key);
	query_text(&q, value);
	query_run(&q);
}

char *store_meta_get(struct store *s, const char *key)
{
	struct query q = query_get(s, SLOT_META_GET,
				   "SELECT value FROM meta WHERE key=?");
	char *value = NULL;

	query_text(&q, key);
	if (query_next(&q))
		value = query_col_text(&q);
	query_end(&q);
	return value ? value : mem_strdup("");
}
