/* Makes the corpus of case_fuzz.c: a small whole case, and its columns.
 *
 *	make build/libtracepair.a
 *	cc -I. -D_GNU_SOURCE tests/fuzz/seeds_case.c build/libtracepair.a \
 *		$(pkg-config --libs sqlite3 libxxhash libzstd) -lpthread -lm \
 *		-o build/seeds_case && build/seeds_case tests/fuzz/corpus/case
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/shelf.h"
#include "store/store_int.h"
#include "tests/store/sample_case.h"

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

static void save_file(const char *dir, const char *path)
{
	static uint8_t bytes[1 << 20];
	uint8_t head = 0;
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0;

	save(dir, "whole", &head, 1, bytes, n);
	if (f)
		fclose(f);
}

static void put_parts_and_figures(struct store *s)
{
	struct flow_part part[2] = {
		{ .part = SAMPLE_PART(1), .shift = { 1ll << 32, 0 } },
		{ .part = SAMPLE_PART(2), .swap = true },
	};
	struct flow_row flow = {
		.id = 3, .point = 1, .proto = 6, .n_parts = 2, .parts = part
	};
	struct hop_figures hop = { .from_pos = 1, .to_pos = 2 };
	struct figures f = { 1, &hop };
	struct buf b = { 0 };

	hist_add(&hop.rtt, 1000);
	hop.way[0].able = true;
	hop.way[0].tx.n[FATE_LOST] = 1;
	figures_pack(&f, &b);
	store_stat_put(s, 0, &b);
	store_flow_put(s, &flow);
	buf_release(&b);
	hist_release(&hop.rtt);
}

int main(int argc, char **argv)
{
	struct err err = { 0 };
	char *path = mem_printf("%s/.seed.case", argc > 1 ? argv[1] : ".");
	struct store *s;

	unlink(path);
	s = store_open(path, STORE_CREATE, &err);
	if (argc < 2 || !s || sample_fill(s, &err))
		return 1;
	put_parts_and_figures(s);
	save_shelf(s, argv[1], "part", 0, "SELECT data FROM part_shelf");
	save_column(s, argv[1], "part-shelf", 8, "SELECT data FROM part_shelf");
	save_column(s, argv[1], "block", 1, "SELECT data FROM block");
	shelves_put_waiting(s);
	save_shelf(s, argv[1], "flow", 2, "SELECT data FROM flow_shelf");
	save_shelf(s, argv[1], "session", 5, "SELECT data FROM session_shelf");
	save_shelf(s, argv[1], "match", 3, "SELECT data FROM match");
	save_shelf(s, argv[1], "figures", 4, "SELECT data FROM hop_stat");
	save_column(s, argv[1], "messages", 6,
		    "SELECT data FROM message_block");
	if (store_exec(s, "PRAGMA page_size=512; VACUUM"))
		return 1;
	store_close(s);
	save_file(argv[1], path);
	unlink(path);
	free(path);
	return 0;
}
