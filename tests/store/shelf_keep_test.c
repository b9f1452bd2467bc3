/* Shelves in memory: numbers, room, and a case that has them. */
#include "store/shelf_keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/match.h"
#include "store/shelf_rows.h"
#include "store/store_int.h"

static struct buf bytes_of(uint8_t with, size_t n)
{
	struct buf b = { 0 };

	memset(buf_room(&b, n), with, n);
	b.n = n;
	return b;
}

static void bytes_are_taken_over_until_dropped(void **state)
{
	struct shelf_keep *k = shelf_keep_new();
	struct buf none = { 0 };
	size_t n;

	(void)state;
	for (uint8_t i = 0; i < 50; i++) {
		struct buf b = bytes_of(i, 100u * i + 1);

		assert_int_equal(shelf_keep_put(k, &b), i);
		assert_null(b.at);
		assert_int_equal(b.n + b.cap, 0);
	}
	assert_int_equal(shelf_keep_put(k, &none), -1);
	shelf_keep_drop(k, 7);
	shelf_keep_drop(k, 7);
	shelf_keep_drop(k, 50);
	for (uint8_t i = 0; i < 50; i++) {
		const uint8_t *p = shelf_keep_get(k, i, &n);

		if (i == 7) {
			assert_null(p);
			continue;
		}
		assert_int_equal(n, 100u * i + 1);
		assert_int_equal(p[0], i);
		assert_int_equal(p[n - 1], i);
	}
	assert_null(shelf_keep_get(k, -1, &n));
	assert_null(shelf_keep_get(k, 50, &n));
	shelf_keep_free(k);
}

/* Room that nobody touches is none. */
static struct buf large(void)
{
	struct buf b = { 0 };

	buf_room(&b, 64u << 20);
	b.n = 64u << 20;
	return b;
}

static void there_is_room_for_so_much(void **state)
{
	struct shelf_keep *k = shelf_keep_new();
	struct buf b;
	int64_t i = 0;

	(void)state;
	for (b = large(); shelf_keep_put(k, &b) == i; b = large())
		assert_true(++i < 100);
	assert_in_range(i, 1, 20);
	assert_int_equal(b.n, 64u << 20); /* still the caller's */
	shelf_keep_drop(k, 0);
	assert_int_equal(shelf_keep_put(k, &b), i);
	shelf_keep_free(k);
}

static void add(struct shelf_rows *r, enum shelf_table of, int64_t session,
		size_t n)
{
	struct buf b = bytes_of((uint8_t)session, n);

	shelf_rows_add(r, of, session, 0, &b);
	buf_release(&b);
}

/* Rows whose bytes are in the database. */
static int64_t stored(struct store *s)
{
	struct query q = query_get(s, SLOT_FILES,
				   "SELECT count(*) FROM match"
				   " WHERE typeof(data)='blob'");
	int64_t n = query_next(&q) ? query_col(&q) : -1;

	query_end(&q);
	return n;
}

static void assert_match(struct store *s, int64_t session, size_t n)
{
	struct buf b = { 0 };

	assert_true(store_match_read(s, session, 0, &b));
	assert_int_equal(b.n, n);
	assert_int_equal(b.at[n - 1], (uint8_t)session);
	buf_release(&b);
}

static void all_connections_read_them_and_what_replaced_them(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err), *r;
	struct shelf_rows *rows = shelf_rows_new();

	(void)state;
	gate_keep(s->gate);
	shelf_rows_plain(rows);
	store_begin(s);
	for (int64_t id = 1; id <= 3000; id++) {
		add(rows, SHELF_STAT, id, 10);
		add(rows, SHELF_MATCH, id, 20);
	}
	shelf_rows_pack(rows);
	shelf_rows_put(rows, s);
	add(rows, SHELF_STAT, 1500, 10);
	add(rows, SHELF_MATCH, 1500, 33);
	shelf_rows_replace(rows, s);
	assert_int_equal(store_commit(s, &err), 0);
	assert_int_equal(stored(s), 0);
	r = store_reader(s, &err);
	assert_non_null(r);
	for (int64_t id = 1; id <= 3000; id++)
		assert_match(id & 1 ? r : s, id, id == 1500 ? 33 : 20);
	assert_false(store_failed(r));
	store_close(r);
	shelf_rows_free(rows);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_taken_over_until_dropped),
		cmocka_unit_test(there_is_room_for_so_much),
		cmocka_unit_test(
			all_connections_read_them_and_what_replaced_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
