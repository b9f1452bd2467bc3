/* Tags and lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/der.h"

static int64_t integer(const char *p, size_t n)
{
	return der_integer(cursor_of(p, n));
}

static void integers_have_signs(void **state)
{
	(void)state;
	assert_int_equal(integer("\2\1\x7f", 3), 127);
	assert_int_equal(integer("\2\1\xff", 3), -1);
	assert_int_equal(integer("\2\2\0\xff", 4), 255);
	assert_int_equal(integer("\2\4\x80\0\0\0", 6), INT32_MIN);
	/* none, too long, cut, another tag */
	assert_int_equal(integer("\2\0", 2), 0);
	assert_int_equal(integer("\2\5\0\0\0\0\1", 7), 0);
	assert_int_equal(integer("\2\2\1", 3), 0);
	assert_int_equal(integer("\4\1\1", 3), 0);
}

static void values_as_far_as_captured(void **state)
{
	struct cursor in = cursor_of("\x30\x82\1\0abc", 7), value;
	uint8_t tag;

	(void)state;
	assert_true(der_next(&in, &tag, &value));
	assert_int_equal(tag, DER_SEQUENCE);
	assert_int_equal(cursor_left(&value), 3);
	assert_false(der_next(&in, &tag, &value));
	/* lengths of no bytes, and of too many */
	in = cursor_of("\x30\x80", 2);
	assert_false(der_next(&in, &tag, &value));
	in = cursor_of("\x30\x85\0\0\0\0\1x", 8);
	assert_int_equal(der_enter(&in, DER_SEQUENCE), 0);
	assert_true(in.bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_have_signs),
		cmocka_unit_test(values_as_far_as_captured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
