/* Shelves in the database that this program did not write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/shelf_rows.h"
#include "store/store_int.h"
#include "tests/store/shelves.h"

/* Row @id of @table is a shelf of @n rows of @size bytes, the first of @key. */
static void put_raw(struct store *s, const char *table, int64_t id, int64_t key,
		    size_t n, size_t size)
{
	struct buf bytes = text_of("it has", size), data = { 0 };
	struct shelf x = { 0 };
	char sql[80];
	sqlite3_stmt *st;

	for (size_t i = 0; i < n; i++)
		shelf_add(&x, key + (int64_t)i, bytes.at, bytes.n);
	shelf_pack(&x, 0, n, store_zip(s), &data);
	snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(?,?)", table);
	assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), 0);
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_blob64(st, 2, data.at, data.n, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
	buf_release(&bytes);
	buf_release(&data);
	shelf_release(&x);
}

/* The store failed because of @what; the test continues with it. */
static void assert_damaged(struct store *s, const char *what)
{
	assert_true(store_failed(s));
	if (!strstr(s->err.text, what))
		fail_msg("%s", s->err.text);
	s->err = (struct err){ 0 };
}

static struct store *empty_case(void)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	store_begin(s);
	return s;
}

static void end_case(struct store *s)
{
	struct err err = { 0 };

	assert_int_equal(store_commit(s, &err), 0);
	store_close(s);
}

/* Else the key after 1 could be 1 again, for ever. */
static void keys_rise_or_the_shelf_is_damaged(void **state)
{
	struct store *s = empty_case();

	(void)state;
	put_raw(s, "flow_shelf", 5, 1, 2, 9);
	assert_int_equal(store_flow_next(s, 2), -1);
	assert_damaged(s, "flow 5 is damaged");
	assert_int_equal(store_flow_next(s, 6), -1);
	assert_damaged(s, "flow 5 is damaged");
	put_raw(s, "session_shelf", 5, 9, 2, 9);
	assert_int_equal(store_session_next(s, 0), -1);
	assert_damaged(s, "session 5 is damaged");
	put_raw(s, "hop_stat", 5, 5, 0, 0);
	assert_false(store_stat_read(s, 5, &(struct buf){ 0 }));
	assert_damaged(s, "figures of session 5 is damaged");
	end_case(s);
}

/* Compressed, a thousand bytes may be millions. */
static void several_rows_are_small(void **state)
{
	struct store *s = empty_case();
	struct buf b = { 0 };

	(void)state;
	put_raw(s, "match", SHELF_KEY(1, 0), SHELF_KEY(1, 0), 1, 1u << 20);
	put_raw(s, "match", SHELF_KEY(2, 0), SHELF_KEY(2, 0), 2, 1u << 17);
	put_raw(s, "match", SHELF_KEY(3, 1), SHELF_KEY(3, 1), 2, 1u << 18);
	assert_true(store_match_read(s, 1, 0, &b));
	assert_true(store_match_read(s, 2, 1, &b));
	assert_false(store_match_read(s, 3, 1, &b));
	assert_damaged(s, "match of session 3 is damaged");
	buf_release(&b);
	end_case(s);
}

static void what_is_damaged_has_its_own_number(void **state)
{
	struct store *s = empty_case();
	struct flow_row f;

	(void)state;
	put_raw(s, "flow_shelf", 3 << 20, 1, 1, 9);
	assert_false(store_flow_get(s, 3 << 20, &f));
	assert_damaged(s, "flow 3145728 is damaged");
	put_raw(s, "session_shelf", 3 << 20, 1, 1, 9);
	assert_false(
		store_session_peek(s, 3 << 20, &(struct session_row){ 0 }));
	assert_damaged(s, "session 3145728 is damaged");
	end_case(s);
}

/* No key is made of what has no room in one: row -1 is nobody's chunk. */
static void chunks_and_sessions_end(void **state)
{
	struct store *s = empty_case();
	struct buf b = { 0 };

	(void)state;
	put_raw(s, "match", -1, -1, 1, 9);
	put_raw(s, "match", SHELF_KEY(1, 0), SHELF_KEY(1, 0), 1, 9);
	assert_false(store_match_read(s, 1, SHELF_CHUNKS, &b));
	assert_false(store_match_read(s, -1, SHELF_CHUNKS - 1, &b));
	assert_false(store_match_read(s, (1ll << 44) + 1, 0, &b));
	assert_true(store_match_read(s, 1, 0, &b));
	buf_release(&b);
	end_case(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_rise_or_the_shelf_is_damaged),
		cmocka_unit_test(several_rows_are_small),
		cmocka_unit_test(what_is_damaged_has_its_own_number),
		cmocka_unit_test(chunks_and_sessions_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
