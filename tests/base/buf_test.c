/* buf.h writes what cursor.h reads; hostile bytes never read past the end. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/cursor.h"

static const uint64_t edges[] = { 0,          1,         127,        128,
				  16383,      16384,     UINT32_MAX, INT64_MAX,
				  1ull << 63, UINT64_MAX };

static void numbers_survive_the_round_trip(void **state)
{
	struct buf b = { 0 };
	struct cursor c;

	(void)state;
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		buf_varint(&b, edges[i]);
		buf_zigzag(&b, (int64_t)edges[i]);
		buf_u32le(&b, (uint32_t)edges[i]);
		buf_u64le(&b, edges[i]);
		buf_u8(&b, (uint8_t)edges[i]);
	}
	c = cursor_of(b.at, b.n);
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		assert_true(cursor_varint(&c) == edges[i]);
		assert_true(cursor_zigzag(&c) == (int64_t)edges[i]);
		assert_true(cursor_le32(&c) == (uint32_t)edges[i]);
		assert_true(cursor_le64(&c) == edges[i]);
		assert_true(cursor_u8(&c) == (uint8_t)edges[i]);
	}
	assert_false(c.bad);
	assert_int_equal(cursor_left(&c), 0);
	buf_release(&b);
	assert_null(b.at);
}

static void small_numbers_are_one_byte(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_varint(&b, 127);
	buf_zigzag(&b, -64);
	buf_zigzag(&b, 63);
	assert_int_equal(b.n, 3);
	buf_release(&b);
}

static void differences_wrap_and_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
		assert_true(zagzig(zigzag(edges[i])) == edges[i]);
		assert_true(zagzig32(zigzag32((uint32_t)edges[i])) ==
			    (uint32_t)edges[i]);
	}
	assert_int_equal(zigzag(UINT64_MAX), 1);
	assert_int_equal(zigzag32(UINT32_MAX), 1);
	assert_int_equal(zigzag32(1u << 31), UINT32_MAX);
}

static void bytes_are_appended(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_bytes(&b, "abc", 3);
	buf_bytes(&b, NULL, 0);
	for (int i = 0; i < 1000; i++)
		buf_bytes(&b, "de", 2);
	assert_int_equal(b.n, 2003);
	assert_memory_equal(b.at, "abcdede", 7);
	buf_release(&b);
}

static void reading_past_the_end_is_sticky(void **state)
{
	const uint8_t bytes[] = { 1, 2, 3 };
	struct cursor c = cursor_of(bytes, sizeof bytes);

	(void)state;
	assert_int_equal(cursor_be16(&c), 0x0102);
	assert_int_equal(cursor_be32(&c), 0);
	assert_true(c.bad);
	assert_int_equal(cursor_u8(&c), 0);
	assert_int_equal(cursor_left(&c), 0);
	assert_null(cursor_take(&c, 0));
}

static void overlong_or_cut_varint_is_bad(void **state)
{
	uint8_t bytes[11];
	struct cursor c;

	(void)state;
	memset(bytes, 0x80, sizeof bytes);
	c = cursor_of(bytes, sizeof bytes);
	assert_true(cursor_varint(&c) == 0 && c.bad);
	c = cursor_of(bytes, 2);
	assert_true(cursor_varint(&c) == 0 && c.bad);
}

static void sub_cursor_ends_with_its_parent(void **state)
{
	const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct cursor c = cursor_of(bytes, sizeof bytes);
	struct cursor s = cursor_sub(&c, 3), rest = cursor_sub(&c, 100);

	(void)state;
	assert_int_equal(cursor_left(&s), 3);
	assert_int_equal(cursor_left(&rest), 1);
	assert_int_equal(cursor_u8(&rest), 4);
	assert_false(c.bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_survive_the_round_trip),
		cmocka_unit_test(small_numbers_are_one_byte),
		cmocka_unit_test(differences_wrap_and_come_back),
		cmocka_unit_test(bytes_are_appended),
		cmocka_unit_test(reading_past_the_end_is_sticky),
		cmocka_unit_test(overlong_or_cut_varint_is_bad),
		cmocka_unit_test(sub_cursor_ends_with_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
