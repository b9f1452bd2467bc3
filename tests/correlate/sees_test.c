/* What a point has of sessions: gaps, or another route. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "correlate/sees.h"

/* A session of @around packets of 100 bytes, @here of them at the point. */
static void passes(struct share *s, uint64_t here, uint64_t around)
{
	struct amount h = { here, here * 100 }, a = { around, around * 100 };

	share_add(s, &h, &a);
}

static void sessions_that_it_has_nothing_of_went_round_a_point(void **state)
{
	struct share s = { 0 };

	(void)state;
	for (int k = 0; k < 10; k++) {
		passes(&s, 12, 12);
		passes(&s, 0, 12);
	}
	assert_true(share_is_part(&s));
}

static void a_capture_with_gaps_has_some_of_each_session(void **state)
{
	struct share s = { 0 };

	(void)state;
	for (int k = 0; k < 20; k++)
		passes(&s, 10, 12);
	/* a packet or two are missed by chance */
	for (int k = 0; k < 8; k++)
		passes(&s, 0, 2);
	assert_false(share_is_part(&s));
}

static void one_session_alone_shows_no_route(void **state)
{
	struct share s = { 0 };

	(void)state;
	passes(&s, 12, 12);
	passes(&s, 0, 12);
	assert_false(share_is_part(&s));
	for (int k = 0; k < 30; k++)
		passes(&s, 12, 12);
	passes(&s, 0, 12);
	assert_false(share_is_part(&s));
}

static void what_nobody_behind_has_shows_nothing(void **state)
{
	struct share s = { 0 };

	(void)state;
	for (int k = 0; k < 10; k++)
		passes(&s, 0, 0);
	assert_false(share_is_part(&s));
}

static void packets_of_each_session_went_round_a_point(void **state)
{
	struct share s = { 0 };

	(void)state;
	for (int k = 0; k < 6; k++)
		passes(&s, 21, 40);
	assert_true(share_is_part(&s));
	/* one session with a gap is a gap */
	s = (struct share){ 0 };
	for (int k = 0; k < 6; k++)
		passes(&s, 40, 40);
	passes(&s, 20, 4000);
	assert_false(share_is_part(&s));
}

static void pure_acks_are_counted_as_packets(void **state)
{
	const struct amount here = { 21, 180 }, around = { 40, 180 };
	struct share s = { 0 };

	(void)state;
	for (int k = 0; k < 6; k++)
		share_add(&s, &here, &around);
	assert_true(share_is_part(&s));
}

static void merged_packets_are_all_there(void **state)
{
	const struct amount here = { 5, 4000 }, around = { 40, 4000 };
	struct share s = { 0 };

	(void)state;
	for (int k = 0; k < 6; k++)
		share_add(&s, &here, &around);
	assert_false(share_is_part(&s));
}

static void two_points_that_share_no_session_are_apart(void **state)
{
	struct pair_share s = { .both = 1, .either = 30 };

	(void)state;
	assert_true(share_is_apart(&s));
	s.both = 20;
	assert_false(share_is_apart(&s));
	s = (struct pair_share){ .both = 0, .either = 1 };
	assert_false(share_is_apart(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			sessions_that_it_has_nothing_of_went_round_a_point),
		cmocka_unit_test(a_capture_with_gaps_has_some_of_each_session),
		cmocka_unit_test(one_session_alone_shows_no_route),
		cmocka_unit_test(what_nobody_behind_has_shows_nothing),
		cmocka_unit_test(packets_of_each_session_went_round_a_point),
		cmocka_unit_test(pure_acks_are_counted_as_packets),
		cmocka_unit_test(merged_packets_are_all_there),
		cmocka_unit_test(two_points_that_share_no_session_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
