#include "base/seq.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void distance_wraps(void **state)
{
	(void)state;
	assert_int_equal(seq_diff(5, 0xfffffffe), 7);
	assert_int_equal(seq_diff(0xfffffffe, 5), -7);
	assert_int_equal(seq_diff(9, 9), 0);
}

static void unwrap_goes_to_the_nearest(void **state)
{
	uint64_t ref = seq_first(0xfffffff0);

	(void)state;
	assert_true(ref == 0x1fffffff0);
	assert_true(seq_unwrap(ref, 0x10) == 0x200000010);
	assert_true(seq_unwrap(ref, 0xffffff00) == 0x1ffffff00);
	assert_true(seq_unwrap(seq_first(3), 0xfffffffd) == 0xfffffffd);
	assert_true((uint32_t)seq_unwrap(ref, 0x12345678) == 0x12345678);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distance_wraps),
		cmocka_unit_test(unwrap_goes_to_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
