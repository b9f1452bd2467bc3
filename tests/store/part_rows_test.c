/* Parts out of shelves that are not as they are written. */
#include "store/store_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/shelf.h"
#include "tests/store/rows.h"

#define ID(file, number) (FILE_FIRST(file) | (number))

static void add_part(struct shelf *x, int64_t key)
{
	struct part p = { .proto = 17, .first_frame = 1, .last_frame = 1 };
	struct buf b = { 0 };

	p.dir[0].packets = 1;
	part_pack(&p, &b);
	shelf_add(x, key, b.at, b.n);
	buf_release(&b);
}

/* A shelf of parts @keys as row @number of file 1. */
static void put_keys(struct store *s, uint32_t number, size_t n,
		     const int64_t *keys)
{
	struct shelf x = { 0 };
	struct buf data = { 0 };

	for (size_t i = 0; i < n; i++)
		add_part(&x, keys[i]);
	shelf_pack(&x, 0, n, store_zip(s), &data);
	store_part_shelf_put(s, 1, number, &data);
	shelf_release(&x);
	buf_release(&data);
}

/* Numbers of the parts of all files, which must rise. */
static unsigned walk(struct store *s)
{
	struct part_cursor *c = store_parts(s, 0);
	int64_t id, last = -1;
	unsigned parts = 0;
	size_t n;

	while (part_cursor_bytes(c, &id, &n)) {
		assert_true(id > last);
		last = id;
		parts++;
	}
	part_cursor_free(c);
	return parts;
}

/* The parts of file 1 are refused, with @what in the message; the store continues
 * without them. */
static void assert_refused(struct store *s, int64_t id, const char *what)
{
	size_t n;

	assert_null(store_part_bytes(s, id, &n));
	if (!store_failed(s) || !strstr(s->err.text, what))
		fail_msg("%s: %s", what, s->err.text);
	s->err = (struct err){ 0 };
	part_shelves_forget(s);
	walk(s);
	if (!store_failed(s) || !strstr(s->err.text, what))
		fail_msg("%s: %s", what, s->err.text);
	s->err = (struct err){ 0 };
	store_exec(s, "DELETE FROM part_shelf");
	part_shelves_forget(s);
}

static void parts_of_other_buckets_are_refused(void **state)
{
	struct store *s = *state;

	put_file(s, 1, 1, true);
	put_keys(s, 5, 2, (const int64_t[]){ 5, 511 });
	assert_int_equal(walk(s), 2);
	store_exec(s, "DELETE FROM part_shelf");
	put_keys(s, 5, 2, (const int64_t[]){ 5, 512 });
	assert_refused(s, ID(1, 5), "part 4294967301 is damaged");
	put_keys(s, 5, 2, (const int64_t[]){ 5, 1ll << 32 | 6 });
	assert_refused(s, ID(1, 5), "part 4294967301 is damaged");
	put_keys(s, 5, 2, (const int64_t[]){ -1, 5 });
	assert_refused(s, ID(1, 5), "part 4294967301 is damaged");
	put_keys(s, 5, 1, (const int64_t[]){ 6 });
	assert_refused(s, ID(1, 5), "part 4294967301 is damaged");
	put_keys(s, 5, 0, NULL);
	assert_refused(s, ID(1, 5), "part 4294967301 is damaged");
}

/* The store fails: whatever was to be committed is not. */
static void a_shelf_of_other_bytes_fails_the_store(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct buf b = { 0 };

	(void)state;
	assert_non_null(s);
	store_begin(s);
	for (int i = 0; i < 3; i++)
		buf_u8(&b, 0xff);
	store_part_shelf_put(s, 1, 5, &b);
	assert_false(store_part_get(s, ID(1, 5), &(struct part){ 0 }));
	assert_true(store_failed(s));
	assert_int_equal(store_commit(s, &err), -1);
	assert_non_null(strstr(err.text, "part 4294967301 is damaged"));
	buf_release(&b);
	store_close(s);
}

static void a_part_stands_on_one_shelf(void **state)
{
	struct store *s = *state;

	put_file(s, 1, 1, true);
	put_keys(s, 5, 2, (const int64_t[]){ 5, 7 });
	put_keys(s, 6, 2, (const int64_t[]){ 6, 8 });
	assert_int_equal(walk(s), 4);
	store_exec(s, "DELETE FROM part_shelf");
	put_keys(s, 517, 2, (const int64_t[]){ 517, 519 });
	put_keys(s, 518, 2, (const int64_t[]){ 518, 519 });
	assert_refused(s, ID(1, 519), "part 4294967815 is damaged");
}

/* Compressed, it is a few hundred bytes. */
static void a_bucket_is_small(void **state)
{
	struct store *s = *state;
	struct buf large = { 0 };
	size_t n;

	put_file(s, 1, 1, true);
	for (unsigned i = 0; i < 1u << 20; i++)
		buf_u8(&large, 0);
	store_part_put(s, 1, 1, &large);
	store_part_put(s, 1, 2, &large);
	assert_non_null(store_part_bytes(s, ID(1, 1), &n));
	assert_int_equal(n, 1 << 20);
	store_part_put(s, 1, 3, &large);
	assert_refused(s, ID(1, 1), "part 4294967299 is damaged");
	buf_release(&large);
}

static void the_last_part_there_can_be_is_found(void **state)
{
	struct store *s = *state;
	struct part p;

	put_file(s, INT32_MAX, 1, true);
	put_part(s, INT32_MAX, UINT32_MAX);
	assert_int_equal(walk(s), 1);
	assert_true(store_part_get(s, INT64_MAX, &p));
	assert_int_equal(p.number, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(parts_of_other_buckets_are_refused),
		cmocka_unit_test(a_shelf_of_other_bytes_fails_the_store),
		T(a_part_stands_on_one_shelf),
		T(a_bucket_is_small),
		T(the_last_part_there_can_be_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
