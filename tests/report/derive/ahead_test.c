/* Data behind its own acknowledgement. */
#include "report/derive/ahead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define MS 1000000ll

/* @n segments of 1000 bytes, one each 10 ms, which come @late_ns behind their
 * acknowledgements. */
static void stream(struct ahead *a, int n, int64_t late_ns)
{
	for (int i = 1; i <= n; i++) {
		uint64_t end = 5000 + (uint64_t)i * 1000;
		int64_t t = i * 10 * MS;

		if (late_ns > 0) {
			ahead_ack(a, end, t);
			ahead_send(a, end, t + late_ns);
		} else {
			ahead_send(a, end, t);
			ahead_ack(a, end, t - late_ns);
		}
	}
}

static void data_behind_its_acknowledgement_is_late(void **state)
{
	struct ahead a = { 0 };

	(void)state;
	stream(&a, 5, 7 * MS);
	assert_int_equal(ahead_by(&a, 1), 7 * MS);
	assert_int_equal(a.late, 5);
}

/* All acknowledgements come first: only the first is timed, until the data
 * that it covers is there. */
static void a_stream_is_timed_by_one_acknowledgement_after_another(void **state)
{
	struct ahead a = { 0 };

	(void)state;
	for (int i = 1; i <= 100; i++)
		ahead_ack(&a, 1000u * (uint64_t)i, i * MS);
	for (int i = 1; i <= 100; i++)
		ahead_send(&a, 1000u * (uint64_t)i, (i + 2500) * MS);
	assert_int_equal(ahead_by(&a, 1), 2500 * MS);
}

static void what_is_in_order_is_not(void **state)
{
	struct ahead a = { 0 };

	(void)state;
	stream(&a, 50, -3 * MS);
	assert_int_equal(ahead_by(&a, 1), 0);
	assert_int_equal(a.timely, 50);
}

/* Of what several queues of a card mix up, and of a coarse clock. */
static void less_than_a_millisecond_and_two_ticks_is_nothing(void **state)
{
	struct ahead a = { 0 }, b = { 0 };

	(void)state;
	stream(&a, 5, MS / 2);
	assert_int_equal(ahead_by(&a, 1), 0);
	stream(&b, 5, 7 * MS);
	assert_int_equal(ahead_by(&b, 4 * MS), 0);
}

/* The capture missed segments, and has a copy of each that crossed its
 * acknowledgement. */
static void copies_of_what_was_missed_are_the_fewer(void **state)
{
	struct ahead a = { 0 };
	uint64_t end = 0;

	(void)state;
	for (int i = 0; i < 30; i++) {
		end += 1000;
		if (i % 3 == 0) {
			ahead_ack(&a, end, i * 10 * MS);
			ahead_send(&a, end, (i * 10 + 5) * MS);
		} else {
			ahead_send(&a, end, i * 10 * MS);
			ahead_ack(&a, end, (i * 10 + 5) * MS);
		}
	}
	assert_int_equal(a.late, 10);
	assert_int_equal(ahead_by(&a, 1), 0);
}

static void one_segment_is_not_enough(void **state)
{
	struct ahead a = { 0 };

	(void)state;
	stream(&a, 1, 100 * MS);
	ahead_send(&a, 6000, 200 * MS); /* again */
	assert_int_equal(ahead_by(&a, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_behind_its_acknowledgement_is_late),
		cmocka_unit_test(
			a_stream_is_timed_by_one_acknowledgement_after_another),
		cmocka_unit_test(what_is_in_order_is_not),
		cmocka_unit_test(
			less_than_a_millisecond_and_two_ticks_is_nothing),
		cmocka_unit_test(copies_of_what_was_missed_are_the_fewer),
		cmocka_unit_test(one_segment_is_not_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
