/* What workers put on the shelves of sessions is found, and can be replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/shelf_rows.h"
#include "tests/store/shelves.h"

static void add(struct shelf_rows *r, enum shelf_table of, int64_t session,
		uint32_t chunk, size_t n)
{
	struct buf b = text_of("what a session has", n);

	shelf_rows_add(r, of, session, chunk, &b);
	buf_release(&b);
}

static size_t size_of_match(struct store *s, int64_t session, uint32_t chunk)
{
	struct buf b = { 0 };
	size_t n = store_match_read(s, session, chunk, &b) ? b.n : SIZE_MAX;

	buf_release(&b);
	return n;
}

static struct store *store_with(struct shelf_rows *r)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	store_begin(s);
	shelf_rows_pack(r);
	shelf_rows_put(r, s);
	return s;
}

/* Sessions 1 to 2000; that of 700 is long, that of 701 has none. */
static void add_sessions(struct shelf_rows *r)
{
	for (int64_t id = 1; id <= 2000; id++) {
		add(r, SHELF_STAT, id, 0, 20 + (size_t)(id % 7));
		if (id == 700)
			for (uint32_t k = 0; k < 4; k++)
				add(r, SHELF_MATCH, id, k, 60000 + k);
		else if (id != 701)
			add(r, SHELF_MATCH, id, 0, (size_t)(id % 50));
	}
}

static void sessions_are_found_in_any_order(void **state)
{
	struct shelf_rows *r = shelf_rows_new();
	struct store *s;
	struct err err = { 0 };

	(void)state;
	add_sessions(r);
	s = store_with(r);
	for (int64_t k = 0; k < 2000; k++) {
		int64_t id = 1 + k * 739 % 2000;

		if (id == 701) {
			assert_int_equal(size_of_match(s, id, 0), SIZE_MAX);
			continue;
		}
		assert_int_equal(size_of_match(s, id, 0),
				 id == 700 ? 60000 : id % 50);
		assert_int_equal(size_of_match(s, id, 1),
				 id == 700 ? 60001 : SIZE_MAX);
	}
	assert_int_equal(size_of_match(s, 700, 3), 60003);
	assert_int_equal(size_of_match(s, 700, 4), SIZE_MAX);
	assert_int_equal(size_of_match(s, 0, 0), SIZE_MAX);
	assert_int_equal(size_of_match(s, 2001, 0), SIZE_MAX);
	assert_int_equal(store_commit(s, &err), 0);
	shelf_rows_free(r);
	store_close(s);
}

static void all_figures_in_order(struct store *s, size_t of_1200)
{
	struct stat_cursor *c = store_stats(s);
	struct stat_item item;
	int64_t last = 0;

	while (stat_cursor_next(c, &item)) {
		assert_int_equal(item.session, ++last);
		assert_int_equal(item.n, last == 1200
						 ? of_1200
						 : (size_t)(20 + last % 7));
	}
	assert_int_equal(last, 2000);
	stat_cursor_free(c);
}

static void replacing_changes_those_and_no_others(void **state)
{
	struct shelf_rows *r = shelf_rows_new();
	struct buf total = text_of("total", 100);
	struct store *s;
	struct err err = { 0 };

	(void)state;
	add_sessions(r);
	s = store_with(r);
	store_stat_put(s, 0, &total);
	all_figures_in_order(s, 20 + 1200 % 7);
	/* one loses its chunks, one gets some, one loses all */
	add(r, SHELF_STAT, 700, 0, 20);
	add(r, SHELF_MATCH, 700, 0, 9);
	add(r, SHELF_STAT, 900, 0, 20 + 900 % 7);
	add(r, SHELF_STAT, 1200, 0, 77);
	add(r, SHELF_MATCH, 1200, 0, 50000);
	add(r, SHELF_MATCH, 1200, 1, 11);
	shelf_rows_replace(r, s);
	all_figures_in_order(s, 77);
	for (int64_t id = 1; id <= 2000; id++) {
		size_t want = id == 700                ? 9
			      : id == 1200             ? 50000
			      : id == 701 || id == 900 ? SIZE_MAX
						       : (size_t)(id % 50);

		assert_int_equal(size_of_match(s, id, 0), want);
		assert_int_equal(size_of_match(s, id, 1),
				 id == 1200 ? 11 : SIZE_MAX);
	}
	store_stat_put(s, 0, &total);
	all_figures_in_order(s, 77);
	assert_int_equal(store_commit(s, &err), 0);
	buf_release(&total);
	shelf_rows_free(r);
	store_close(s);
}

static size_t size_of_exchanges(struct store *s, int64_t session,
				uint32_t chunk)
{
	struct buf b = { 0 };
	bool is = store_shelf_read(s, SHELF_EXCHANGE, session, chunk, &b);
	size_t n = is ? b.n : SIZE_MAX;

	buf_release(&b);
	return n;
}

/* Sessions that nothing was told of come between those of one shelf. */
static void exchanges_come_later_or_again(void **state)
{
	struct shelf_rows *r = shelf_rows_new();
	struct store *s;
	struct err err = { 0 };

	(void)state;
	for (int64_t id = 1; id <= 400; id++)
		if (id % 4)
			for (uint32_t k = 0; k < 2; k++)
				add(r, SHELF_EXCHANGE, id, k, 10 + k);
	s = store_with(r);
	for (int64_t id = 100; id <= 500; id += 50)
		add(r, SHELF_EXCHANGE, id, 0, 33);
	shelf_rows_replace(r, s);
	for (int64_t id = 1; id <= 500; id++) {
		bool late = id >= 100 && id % 50 == 0;
		bool early = id <= 400 && id % 4;

		assert_int_equal(size_of_exchanges(s, id, 0),
				 late    ? 33
				 : early ? 10
					 : SIZE_MAX);
		assert_int_equal(size_of_exchanges(s, id, 1),
				 early && !late ? 11 : SIZE_MAX);
	}
	assert_int_equal(store_commit(s, &err), 0);
	shelf_rows_free(r);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_are_found_in_any_order),
		cmocka_unit_test(replacing_changes_those_and_no_others),
		cmocka_unit_test(exchanges_come_later_or_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
