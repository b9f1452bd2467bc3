/* Which of several copies is which, in order and by time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

static void time_tells_which_of_two_copies_was_lost(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 0);
	add(&a, 300, 1000, 100, 0);
	add(&b, 320, 1000, 100, 0);
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	assert_int_equal(h.far_of[1], 0);
	assert_false(h.near_is[1] & LINK_TIED);
	hop_release(&h);
}

/* Of @n, the ninth; in lock step each is taken for the one before it, and none is
 * left over at the far point. */
/* The first copy is lost, the second one doubled within a moment: not the first come
 * late. */
static void what_the_network_doubled_is_no_late_copy(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 0);
	add(&a, 86, 1000, 100, 0);
	add(&b, 106, 1000, 100, 0);
	add(&b, 106, 1000, 100, 0);
	no_stamps(&a);
	no_stamps(&b);
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	assert_true(h.near_is[1] & LINKED);
	hop_release(&h);
}

static void lose_one_of_equal_acks(uint32_t n)
{
	static const int64_t us[] = {
		1300, 1600, 1900, 1200, 1400, 2100, 1700
	};
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	int64_t t = 0;
	struct hop h;

	for (uint32_t k = 0; k < n; k++, t += us[k % 7] * 1000) {
		bool data = k < 8 || k == n - 1;
		int64_t late = data ? k % 4 * 400000 : 600000 + k % 3 * 50000;

		add(&a, 0, data ? k * 100 : 800, data ? 100 : 0, 7)->time_ns =
			t;
		if (k != 8)
			add(&b, 0, data ? k * 100 : 800, data ? 100 : 0, 7)
				->time_ns = t + 20 * MS + late;
	}
	h = hop_over(&a, &b, 0);
	hop_match(&h);
	assert_int_equal(h.far_of[8], LINK_NONE);
	assert_false(h.near_is[8] & LINK_TIED);
	for (uint32_t k = 9; k < n; k++)
		assert_int_equal(h.far_of[k], k - 1);
	hop_release(&h);
}

static void time_tells_which_of_equal_acks_was_lost(void **state)
{
	(void)state;
	lose_one_of_equal_acks(24);
}

static void time_tells_which_of_many_equal_acks_was_lost(void **state)
{
	(void)state;
	lose_one_of_equal_acks(64);
}

static void copies_that_nothing_tells_apart_are_tied(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 7);
	add(&a, 0, 1000, 100, 7);
	add(&b, 20, 1000, 100, 7);
	h = hop_over(&a, &b, 0);
	h.use_ts = true;
	copies_match(&h);
	assert_true(h.near_is[0] & LINK_TIED);
	assert_true(h.near_is[1] & LINK_TIED);
	hop_release(&h);
}

static void each_copy_keeps_its_own_when_all_arrive(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 3; k++) {
		add(&a, k * 200, 1000, 100, 0);
		add(&b, k * 200 + 20, 1000, 100, 0);
	}
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	for (uint32_t k = 0; k < 3; k++)
		assert_int_equal(h.far_of[k], k);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_tells_which_of_two_copies_was_lost),
		cmocka_unit_test(what_the_network_doubled_is_no_late_copy),
		cmocka_unit_test(time_tells_which_of_equal_acks_was_lost),
		cmocka_unit_test(time_tells_which_of_many_equal_acks_was_lost),
		cmocka_unit_test(copies_that_nothing_tells_apart_are_tied),
		cmocka_unit_test(each_copy_keeps_its_own_when_all_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
