/* Varints come back by each of the ways to read them, wherever they end. */
#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/buf.h"

/* One of each number of bits, and those around. */
static void put_all(struct buf *b)
{
	for (unsigned bit = 0; bit < 64; bit++)
		for (uint64_t d = 0; d < 3; d++)
			buf_varint(b, (1ull << bit) + d - 1);
}

static void take_all(struct cursor c, uint64_t (*take)(struct cursor *c))
{
	for (unsigned bit = 0; bit < 64; bit++)
		for (uint64_t d = 0; d < 3; d++)
			assert_true(take(&c) == (1ull << bit) + d - 1);
	assert_false(c.bad);
	assert_int_equal(cursor_left(&c), 0);
}

static uint64_t take(struct cursor *c)
{
	return cursor_varint(c);
}

static uint64_t take_here(struct cursor *c)
{
	return cursor_varint_here(c);
}

static uint64_t take_long(struct cursor *c)
{
	return c->bad ? 0 : cursor_varint_long(c);
}

static void each_way_reads_the_same(void **state)
{
	struct buf b = { 0 };

	(void)state;
	put_all(&b);
	take_all(cursor_of(b.at, b.n), take);
	take_all(cursor_of(b.at, b.n), take_here);
	take_all(cursor_of(b.at, b.n), take_long);
	buf_release(&b);
}

static void bad(const uint8_t *p, size_t n, uint64_t (*way)(struct cursor *c))
{
	struct cursor c = cursor_of(p, n);

	assert_true(way(&c) == 0);
	assert_true(c.bad);
	assert_true(way(&c) == 0);
}

static void what_is_cut_is_bad_each_way(void **state)
{
	uint8_t bytes[12] = { 0 };

	(void)state;
	for (size_t len = 1; len <= 10; len++) {
		memset(bytes, 0x80, len - 1);
		bytes[len - 1] = 1;
		for (size_t n = 0; n < len; n++) {
			bad(bytes, n, take);
			bad(bytes, n, take_here);
			bad(bytes, n, take_long);
		}
	}
}

static void what_is_too_long_is_bad_each_way(void **state)
{
	uint8_t bytes[20];

	(void)state;
	memset(bytes, 0xff, sizeof bytes);
	bad(bytes, sizeof bytes, take);
	bad(bytes, sizeof bytes, take_here);
	bad(bytes, sizeof bytes, take_long);
}

static void a_bad_cursor_stays_bad(void **state)
{
	const uint8_t bytes[16] = { 1, 2, 3 };
	struct cursor c = cursor_of(bytes, sizeof bytes);

	(void)state;
	c.bad = true;
	assert_int_equal(cursor_varint(&c), 0);
	assert_int_equal(cursor_varint_here(&c), 0);
	assert_ptr_equal(c.at, bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_reads_the_same),
		cmocka_unit_test(what_is_cut_is_bad_each_way),
		cmocka_unit_test(what_is_too_long_is_bad_each_way),
		cmocka_unit_test(a_bad_cursor_stays_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
