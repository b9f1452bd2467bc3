/* Blocks of a temporary case stand in memory, for all of its connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "store/store_int.h"

#define ID(file, number) ((int64_t)(file) << 32 | (number))

static void fill(struct buf *b, uint8_t with, size_t n)
{
	b->n = 0;
	memset(buf_room(b, n), with, n);
	b->n = n;
}

static void bytes_stay_where_they_are(void **state)
{
	struct kept *k = kept_new();
	const uint8_t *at[300];
	struct buf b = { 0 };
	size_t n;

	(void)state;
	for (uint32_t i = 0; i < 300; i++) { /* of three files, some pages */
		fill(&b, (uint8_t)i, 50000);
		assert_true(kept_put(k, ID(1 + i % 3, 1 + i / 3), &b));
		at[i] = kept_find(k, ID(1 + i % 3, 1 + i / 3), &n);
	}
	for (uint32_t i = 0; i < 300; i++) {
		assert_ptr_equal(kept_find(k, ID(1 + i % 3, 1 + i / 3), &n),
				 at[i]);
		assert_int_equal(n, 50000);
		assert_int_equal(at[i][0], (uint8_t)i);
		assert_int_equal(at[i][n - 1], (uint8_t)i);
	}
	assert_null(kept_find(k, ID(1, 0), &n));
	assert_null(kept_find(k, ID(1, 101), &n));
	assert_null(kept_find(k, ID(4, 1), &n));
	kept_drop(k, 2);
	assert_null(kept_find(k, ID(2, 1), &n));
	assert_ptr_equal(kept_find(k, ID(3, 1), &n), at[2]);
	buf_release(&b);
	kept_free(k);
}

static void there_is_room_for_so_much(void **state)
{
	struct kept *k = kept_new();
	struct buf b = { 0 };
	uint32_t i = 0;
	size_t n;

	(void)state;
	fill(&b, 7, 3 << 20);
	assert_false(kept_put(k, ID(1, 1), &b)); /* no page is that large */
	fill(&b, 7, 1 << 20);
	while (kept_put(k, ID(1, 1 + i), &b))
		assert_true(++i < 1000);
	assert_in_range(i, 50, 200);
	assert_non_null(kept_find(k, ID(1, i), &n));
	assert_null(kept_find(k, ID(1, 1 + i), &n));
	buf_release(&b);
	kept_free(k);
}

static void put_two(struct store *s, struct buf *b)
{
	struct block_row row = { .file = 5, .n = 1 };

	store_begin(s);
	fill(b, 3, 100);
	store_block_put(s, &row, b);
	fill(b, 4, 3 << 20); /* goes to the database */
	store_block_put(s, &row, b);
	assert_int_equal(store_commit(s, NULL), 0);
}

static void all_connections_read_both_kinds(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err), *r;
	struct buf b = { 0 };
	size_t n = 0;

	(void)state;
	gate_keep(s->gate);
	put_two(s, &b);
	r = store_reader(s, &err);
	assert_non_null(r);
	assert_int_equal(store_block_read(r, ID(5, 1), &b), 0);
	assert_int_equal(b.n, 100);
	assert_int_equal(b.at[99], 3);
	assert_non_null(store_block_kept(r, ID(5, 1), &n));
	assert_int_equal(n, 100);
	assert_int_equal(store_block_read(r, ID(5, 2), &b), 0);
	assert_int_equal(b.n, 3 << 20);
	assert_int_equal(b.at[b.n - 1], 4);
	assert_null(store_block_kept(r, ID(5, 2), &n));
	store_close(r);
	store_begin(s);
	store_file_drop(s, 5);
	assert_int_equal(store_commit(s, NULL), 0);
	assert_null(store_block_kept(s, ID(5, 1), &n));
	buf_release(&b);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_stay_where_they_are),
		cmocka_unit_test(there_is_room_for_so_much),
		cmocka_unit_test(all_connections_read_both_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
