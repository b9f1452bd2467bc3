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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_stop_at_the_ends),
		cmocka_unit_test(differences_stop_at_the_ends),
		cmocka_unit_test(distances_need_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
