/* The life of a case: connections, transactions, meta.
 *
 * A case cut off anywhere opens again: SQLite's rollback journal takes the
 * file back to the last commit, and a file counts only if its row says
 * complete.  A temporary case has its journal in memory and is never synced:
 * nobody opens it again.
 *
 * One writer, many readers, no waiting except at commit: the writer keeps
 * changed pages in memory (cache_spill off) and so needs the file for itself
 * only while it commits; readers reset each statement at once (store/query.c).
 * Within a process they take turns by store/gate.c; between processes SQLite's
 * locks decide (store/case_open.c).  Callers bound the writer's memory by
 * committing about every 64 MB.
 */
#include "base/ahead.h"
#include "store/shelf_rows.h"
#include "store/store_int.h"
#include "store/zip.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* @gate: the gate to share; NULL for one of its own. */
static struct store *store_new(char *path, enum store_mode mode,
			       struct gate *gate)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct store *s = mem_zalloc(1, sizeof *s);

	pthread_once(&once, case_sqlite_setup);
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
	failed = case_open_file(s, mode) || case_start(s, mode);
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
	failed = case_open_bytes(s, p, n) || case_start(s, mode);
	gate_read_end(s);
	return failed ? refused(s, err) : s;
}

struct store *store_open(const char *path, enum store_mode mode,
			 struct err *err)
{
	char *own;

	if (path)
		return open_path(mem_strdup(path), false, mode, NULL, err);
	own = case_temporary_path(err);
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
	else if (!case_check(s))
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

/* Only this connection knows of a database in memory. */
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

struct zip *store_zip(struct store *s)
{
	if (!s->zip) {
		s->zip = zip_new();
		if (s->temporary)
			zip_plain(s->zip);
	}
	return s->zip;
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
	if (s->said)
		s->said_free(s->said);
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
	s->n_serial = 0; /* serials given out may have been rolled back */
	part_shelves_forget(s);
	shelves_forget(s);
	store_flows_begin(s, 0);
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
