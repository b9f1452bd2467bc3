/* What a point has of sessions: gaps, or another route. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "correlate/sees.h"

static void sessions_that_it_has_nothing_of_went_round_a_point(void **state)
{
	struct share s = { 0 };

	(void)state;
	for (int k = 0; k < 10; k++) {
		share_add(&s, 12, 12);
		share_add(&s, 0, 12);
	}
	assert_true(share_is_part(&s));
}

static void a_capture_with_gaps_has_some_of_each_session(void **state)
{
	struct share s = { 0 };

	(void)state;
	for (int k = 0; k < 20; k++)
		share_add(&s, 6, 12);
	/* a packet or two are missed by chance */
	for (int k = 0; k < 8; k++)
		share_add(&s, 0, 2);
	assert_false(share_is_part(&s));
}

static void one_session_alone_shows_no_route(void **state)
{
	struct share s = { 0 };

	(void)state;
	share_add(&s, 12, 12);
	share_add(&s, 0, 12);
	assert_false(share_is_part(&s));
	for (int k = 0; k < 30; k++)
		share_add(&s, 12, 12);
	share_add(&s, 0, 12);
	assert_false(share_is_part(&s));
}

static void what_nobody_behind_has_shows_nothing(void **state)
{
	struct share s = { 0 };

	(void)state;
	for (int k = 0; k < 10; k++)
		share_add(&s, 0, 0);
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
		cmocka_unit_test(two_points_that_share_no_session_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
