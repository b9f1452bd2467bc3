/* Makes the corpora of case_fuzz.c and report_fuzz.c: the columns of a sound case,
 * and its file unpatched.
 *
 *	make build/libtracepair.a
 *	cc -I. -D_GNU_SOURCE tests/fuzz/seeds_case.c build/libtracepair.a \
 *		$(pkg-config --libs sqlite3 libxxhash libzstd) -lpthread -lm \
 *		-o build/seeds_case && build/seeds_case tests/fuzz/corpus/case
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/shelf_rows.h"
#include "tests/fuzz/sound_case.h"

static void save(const char *dir, const char *name, const uint8_t *head,
		 size_t n_head, const void *p, size_t n)
{
	char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(head, 1, n_head, f) != n_head ||
	    (n && fwrite(p, 1, n, f) != n) || fclose(f)) {
		perror(path);
		exit(1);
	}
	free(path);
}

static void save_column(struct store *s, const char *dir, const char *name,
			uint8_t which, const char *sql)
{
	uint8_t head[2] = { 1, which };
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		exit(1);
	save(dir, name, head, 2, sqlite3_column_blob(st, 0),
	     (size_t)sqlite3_column_bytes(st, 0));
	sqlite3_finalize(st);
}

/* The first row on the shelf. */
static void save_shelf(struct store *s, const char *dir, const char *name,
		       uint8_t which, const char *sql)
{
	uint8_t head[2] = { 1, which };
	struct shelf x = { 0 };
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW ||
	    shelf_unpack(&x, store_zip(s), sqlite3_column_blob(st, 0),
			 (size_t)sqlite3_column_bytes(st, 0)))
		exit(1);
	save(dir, name, head, 2, x.bytes.at, x.row.at[0].n);
	sqlite3_finalize(st);
	shelf_release(&x);
}

/* The last row, which has bytes of its own. */
static void save_flow(struct store *s, const char *dir)
{
	uint8_t head[2] = { 1, 2 };
	size_t n;
	const uint8_t *p = store_shelf_get(s, SHELF_FLOW, 3, &n);

	save(dir, "flow", head, 2, p, n);
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	struct store *s;
	size_t n;
	const uint8_t *sound = sound_bytes(&n);

	s = store_open_bytes(sound, n, STORE_READ, &err);
	if (argc < 2 || !s)
		return 1;
	save_shelf(s, argv[1], "part", 0, "SELECT data FROM part_shelf");
	save_column(s, argv[1], "part-shelf", 8, "SELECT data FROM part_shelf");
	save_column(s, argv[1], "block", 1, "SELECT data FROM block");
	save_flow(s, argv[1]);
	save_column(s, argv[1], "flows", 11, "SELECT data FROM flow_shelf");
	save_shelf(s, argv[1], "session", 5, "SELECT data FROM session_shelf");
	save_column(s, argv[1], "sessions", 12,
		    "SELECT data FROM session_shelf");
	save_shelf(s, argv[1], "match", 3, "SELECT data FROM match");
	save_column(s, argv[1], "matches", 9, "SELECT data FROM match");
	save_shelf(s, argv[1], "figures", 4, "SELECT data FROM hop_stat");
	save_column(s, argv[1], "messages", 6,
		    "SELECT data FROM message_block");
	save_shelf(s, argv[1], "exchange", 7, "SELECT data FROM exchange");
	save_column(s, argv[1], "group", 10, "SELECT data FROM time_group");
	store_close(s);
	save(argv[1], "patch", (const uint8_t *)"\0\0\0\1", 4, NULL, 0);
	save(argv[1], "patch-sql", (const uint8_t *)"\4\0\0\1", 4, NULL, 0);
	return 0;
}
