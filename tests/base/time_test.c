/* Sums of times that stop at the ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/time.h"

static void sums_stop_at_the_ends(void **state)
{
	(void)state;
	assert_int_equal(time_add(2, -5), -3);
	assert_int_equal(time_add(INT64_MAX, 1), INT64_MAX);
	assert_int_equal(time_add(1, INT64_MAX), INT64_MAX);
	assert_int_equal(time_add(INT64_MIN, -1), INT64_MIN);
	assert_int_equal(time_add(INT64_MIN, INT64_MAX), -1);
}

static void differences_stop_at_the_ends(void **state)
{
	(void)state;
	assert_int_equal(time_sub(2, 5), -3);
	assert_int_equal(time_sub(INT64_MAX, -1), INT64_MAX);
	assert_int_equal(time_sub(0, INT64_MIN), INT64_MAX);
	assert_int_equal(time_sub(-2, INT64_MAX), INT64_MIN);
	assert_int_equal(time_sub(INT64_MIN, INT64_MIN), 0);
}

static void distances_need_no_end(void **state)
{
	(void)state;
	assert_true(time_apart(INT64_MIN, INT64_MAX) == UINT64_MAX);
	assert_true(time_apart(INT64_MAX, INT64_MIN) == UINT64_MAX);
	assert_true(time_apart(-3, -5) == 2);
}

/* Within it nothing that is made of two times or two differences overflows. */
static void a_border_leaves_room_for_sums(void **state)
{
	int64_t least = TIME_LEAST, most = TIME_MOST, d, x;

	(void)state;
	assert_false(__builtin_sub_overflow(most, least, &d));
	assert_false(__builtin_add_overflow(d, d, &x));
	assert_false(__builtin_sub_overflow(-d, d, &x));
	assert_false(__builtin_add_overflow(most, d, &x));
	assert_false(__builtin_sub_overflow(least, d, &x));
	assert_true(time_fits(0));
	assert_true(time_fits(0xffffffffll * 1000000000 + 999999999));
	assert_false(time_fits(least - 1));
	assert_false(time_fits(most + 1));
	assert_int_equal(time_held(least), least);
	assert_int_equal(time_held(most), most);
	assert_int_equal(time_held(INT64_MIN), least);
	assert_int_equal(time_held(INT64_MAX), most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_stop_at_the_ends),
		cmocka_unit_test(differences_stop_at_the_ends),
		cmocka_unit_test(distances_need_no_end),
		cmocka_unit_test(a_border_leaves_room_for_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
