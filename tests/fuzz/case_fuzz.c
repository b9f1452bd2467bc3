/* Fuzz target: cases of any bytes.
 *
 * The first byte says what the rest is:
 *	bit 0	packed columns (parts, a block, a flow's own bytes, matches,
 *		figures), which are put into a sound case, so that what unpacks
 *		them is reached at once
 *	none	patches of a sound case's file (sound_patched())
 *	bit 2	of files: whether SQL is tried, too
 * Whichever it is, every table is walked by the functions of store.h.
 *
 * Cost: files are in memory, which saves the system's time; preparing statements
 * takes ten times as long as all the rest, so that those over the sound case
 * are kept, and only some of the files have any.
 */
#include <stdlib.h>
#include <string.h>

#include "store/block_cache.h"
#include "store/group.h"
#include "store/recs.h"
#include "store/shelf_rows.h"
#include "store/store_int.h"
#include "tests/fuzz/sound_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS_MAX 3000 /* of one table: a case may claim a lot */

/* --- walking --- */

static void walk_tables(struct store *s)
{
	struct part_cursor *c = store_parts(s, 0);
	struct part p;

	free(store_meta_get(s, "options"));
	for (int i = 0; i < ROWS_MAX && part_cursor_next(c, &p); i++)
		;
	part_cursor_free(c);
}

static void walk_lists(struct store *s)
{
	size_t n;
	struct point_row *point = store_points(s, &n);

	point_rows_free(point, n);
	struct file_row *file = store_files(s, &n);

	for (size_t i = 0; i < n && i < 8; i++) {
		size_t blocks;

		free(store_blocks(s, file[i].id, &blocks));
	}
	file_rows_free(file, n);
	struct quality_row *quality = store_qualities(s, &n);

	quality_rows_free(quality, n);
	struct message_row *message = store_icmp(s, &n);

	message_rows_free(message, n);
	struct clock_row *clock = store_clocks(s, &n);

	clock_rows_free(clock, n);
	struct finding_row *finding = store_findings(s, &n);

	finding_rows_free(finding, n);
}

/* Ids rise, or a walk may go on for ever. */
static int64_t after(int64_t next, int64_t id)
{
	if (next >= 0 && next <= id)
		abort();
	return next;
}

static void walk_flows(struct store *s)
{
	int64_t id = store_flow_next(s, 0);

	for (int i = 0; i < 20 && id >= 0 && id < INT64_MAX; i++) {
		struct flow_row f;

		if (store_flow_get(s, id, &f))
			for (int d = 0; d < 2; d++) {
				struct recs *v = recs_open(s, &f, d);
				uint64_t n = recs_count(v);

				for (uint64_t k = 0; k < n && k < ROWS_MAX; k++)
					(void)recs_get(v, k)->frame;
				recs_close(v);
			}
		flow_row_release(&f);
		id = after(store_flow_next(s, id + 1), id);
	}
}

static void walk_sessions(struct store *s)
{
	int64_t id = store_session_next(s, 0);
	struct buf b = { 0 };

	for (int i = 0; i < 20 && id >= 0 && id < INT64_MAX; i++) {
		struct fate_cursor *c = fate_cursor_open(s, id);
		struct fate_row row;

		for (int k = 0; k < ROWS_MAX && fate_cursor_next(c, &row); k++)
			;
		fate_cursor_close(c);
		id = after(store_session_next(s, id + 1), id);
	}
	if (store_stat_read(s, 1, &b)) {
		struct cursor in = cursor_of(b.at, b.n);
		struct figures f;

		if (!figures_unpack(&f, &in))
			figures_release(&f);
	}
	buf_release(&b);
}

static void walk_exchanges(struct store *s)
{
	struct exchange_cursor *c = store_exchanges(s, 1);
	struct exchange x;
	struct group *groups;
	struct budget b;
	size_t n;

	for (int i = 0; i < ROWS_MAX && exchange_cursor_next(c, &x); i++)
		;
	exchange_cursor_free(c);
	store_budget_get(s, 1, 2, &b);
	budget_release(&b);
	groups = store_groups(s, &n);
	groups_free(groups, n);
}

/* All tables; those that begin with the row's number are our own. */
static const char *const selects[] = {
	"SELECT * FROM part LIMIT 100",
	"SELECT * FROM flow LIMIT 100",
	"SELECT * FROM session LIMIT 100",
	"SELECT * FROM session_flow LIMIT 100",
	"SELECT rowid,* FROM packet LIMIT 1000",
	"SELECT rowid,* FROM packet WHERE flow=1 AND dir=0 LIMIT 1000",
	"SELECT rowid,* FROM fate LIMIT 1000",
	"SELECT rowid,* FROM fate WHERE session=1 LIMIT 1000",
	"SELECT rowid,* FROM message LIMIT 1000",
	"SELECT rowid,* FROM part_data LIMIT 1000",
	"SELECT rowid,* FROM flow_data LIMIT 1000",
	"SELECT rowid,* FROM session_data LIMIT 1000",
};

#define SELECTS (sizeof selects / sizeof *selects)
#define NUMBERS 2048

/* SQLite drops rows whose numbers it has had. */
static void number_once(int64_t seen[static NUMBERS], int64_t id)
{
	size_t i = (size_t)id % NUMBERS;

	for (id ^= INT64_MIN; seen[i]; i = (i + 1) % NUMBERS)
		if (seen[i] == id)
			abort();
	seen[i] = id; /* INT64_MIN, which is no row's, would be 0 */
}

static void step_through(sqlite3_stmt *st)
{
	bool numbered = !strcmp(sqlite3_column_name(st, 0), "rowid");
	int64_t seen[NUMBERS] = { 0 };

	while (sqlite3_step(st) == SQLITE_ROW) {
		if (numbered)
			number_once(seen, sqlite3_column_int64(st, 0));
		for (int i = 0; i < sqlite3_column_count(st); i++)
			sqlite3_column_blob(st, i);
	}
	sqlite3_reset(st);
}

/* @s is the same each time. */
static void walk_prepared(struct store *s)
{
	static sqlite3_stmt *st[SELECTS];

	if (store_tables(s))
		abort();
	for (size_t i = 0; i < SELECTS; i++) {
		if (!st[i] && sqlite3_prepare_v2(s->db, selects[i], -1, &st[i],
						 NULL) != SQLITE_OK)
			abort();
		step_through(st[i]);
		s->err = (struct err){ 0 };
	}
}

struct seen {
	bool numbered;
	size_t bytes;
	int64_t number[NUMBERS];
};

static void see_row(void *ctx, bool is_header, int n, const char *const *values)
{
	struct seen *seen = ctx;

	if (is_header)
		seen->numbered = !strcmp(values[0], "rowid");
	else if (seen->numbered)
		number_once(seen->number, strtoll(values[0], NULL, 10));
	for (int i = 0; i < n; i++)
		seen->bytes += values[i] ? strlen(values[i]) : 0;
}

static void walk_sql(struct store *s)
{
	for (size_t i = 0; i < SELECTS; i++) {
		struct seen seen = { 0 };
		struct err err = { 0 };

		store_sql(s, selects[i], see_row, &seen, &err);
	}
}

static void walk(struct store *s)
{
	/* What one walk found damaged must not keep the next from looking. */
	walk_tables(s);
	walk_lists(s);
	walk_flows(s);
	s->err = (struct err){ 0 };
	walk_sessions(s);
	s->err = (struct err){ 0 };
	walk_exchanges(s);
	s->err = (struct err){ 0 };
}

/* --- a file --- */

static void patched_file(const uint8_t *data, size_t size, bool with_sql)
{
	struct buf file = { 0 };
	struct err err = { 0 };
	struct store *s;

	sound_patched(data, size, &file);
	s = store_open_bytes(file.at, file.n, STORE_READ, &err);
	if (s)
		walk(s);
	if (s && with_sql)
		walk_sql(s);
	store_close(s);
	buf_release(&file);
}

/* --- packed columns in a sound case --- */

static void columns(const uint8_t *data, size_t size)
{
	static struct store *s;
	struct err err = { 0 };

	if (!s) {
		size_t n;
		const uint8_t *sound = sound_bytes(&n);

		s = store_open_bytes(sound, n, STORE_CREATE, &err);
	}
	if (!s)
		abort();
	if (!size)
		return;
	store_begin(s);
	sound_put(s, data, size);
	walk(s);
	walk_prepared(s);
	store_exec(s, "ROLLBACK");
	s->open = false;
	sound_forget(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] & 1)
		columns(data + 1, size - 1);
	else
		patched_file(data + 1, size - 1, data[0] & 4);
	return 0;
}
