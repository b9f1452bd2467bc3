/* The order of capture of records whose stamps are close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/derive/tap.h"

#define US 1000ll

static bool before(int64_t a_ns, uint64_t a_frame, int64_t b_ns,
		   uint64_t b_frame)
{
	struct record a = { .time_ns = a_ns, .frame = a_frame };
	struct record b = { .time_ns = b_ns, .frame = b_frame };

	return tap_before(&a, &b);
}

static void frames_order_what_is_close(void **state)
{
	(void)state;
	assert_true(before(900 * US, 7, 0, 8));
	assert_false(before(0, 8, 900 * US, 7));
	assert_true(before(0, 8, 1000 * US, 7));
	assert_false(before(1000 * US, 7, 0, 8));
}

/* The next file of a ring counts from 1 again. */
static void frames_of_two_files_say_nothing(void **state)
{
	(void)state;
	assert_true(before(0, 50000, 900 * US, 1));
	assert_false(before(900 * US, 1, 0, 50000));
	assert_false(before(0, 50000, 0, 1));
	assert_false(before(0, 1, 0, 50000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_order_what_is_close),
		cmocka_unit_test(frames_of_two_files_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
