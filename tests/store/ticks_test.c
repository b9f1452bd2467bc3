/* How fine a clock ticks. */
#include "store/index_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define START 1700000000000000000LL

static void coarse_ticks_are_found(void **state)
{
	struct ticks coarse = { 0 }, fine = { 0 }, few = { 0 }, shifted = { 0 };

	(void)state;
	for (int64_t i = 0; i < 100; i++) {
		int64_t t = START + i * i * 15625000;

		ticks_add(&coarse, t, 1000);
		ticks_add(&fine, t + (i == 60) * 7000, 1000);
		ticks_add(&shifted, t + 123000, 1000);
		if (i < 10)
			ticks_add(&few, t, 1000);
	}
	assert_int_equal(ticks_resolution(&coarse), 15625000);
	assert_int_equal(ticks_resolution(&fine), 1000);
	assert_int_equal(ticks_resolution(&shifted), 15625000);
	assert_int_equal(ticks_resolution(&few), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coarse_ticks_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
