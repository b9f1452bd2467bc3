/* When a capture ran, and when absence from it means loss. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "correlate/watch.h"

#define MS 1000000ll
#define SEC (1000 * MS)

static struct watch watch_of(int64_t a, int64_t b, int64_t c, int64_t d)
{
	struct watch w = { .packets = 2001 };

	watch_add(&w, c, d); /* not in order */
	watch_add(&w, a, b);
	watch_sort(&w);
	return w;
}

static void knows_when_it_ran(void **state)
{
	struct watch w = watch_of(10 * SEC, 20 * SEC, 20 * SEC, 30 * SEC);

	(void)state;
	assert_int_equal(w.span.n, 1); /* the files touch */
	assert_int_equal(watch_hides(&w, 11 * SEC, 12 * SEC), WHY_NONE);
	assert_int_equal(watch_hides(&w, 19 * SEC, 21 * SEC), WHY_NONE);
	assert_int_equal(watch_hides(&w, SEC, 2 * SEC), WHY_NOT_RUNNING);
	assert_int_equal(watch_hides(&w, 40 * SEC, 41 * SEC), WHY_NOT_RUNNING);
	assert_int_equal(watch_hides(&w, 9 * SEC, 11 * SEC), WHY_EDGE);
	assert_int_equal(watch_hides(&w, 29 * SEC, 31 * SEC), WHY_EDGE);
	watch_release(&w);
}

static void grants_a_moment_after_the_last_frame(void **state)
{
	struct watch w = watch_of(0, 10 * SEC, 10 * SEC, 20 * SEC);

	(void)state;
	/* 2001 packets in 20 s: 10 ms apart, a hundredth of it */
	assert_int_equal(watch_hides(&w, 20 * SEC, 20 * SEC + MS / 10),
			 WHY_NONE);
	assert_int_equal(watch_hides(&w, 20 * SEC, 20 * SEC + MS / 5),
			 WHY_EDGE);
	watch_release(&w);
}

static void grants_nothing_past_the_end_of_time(void **state)
{
	struct watch w = watch_of(INT64_MIN, 0, 0, INT64_MAX);

	(void)state;
	assert_int_equal(watch_hides(&w, 0, INT64_MAX), WHY_NONE);
	assert_int_equal(watch_hides(&w, INT64_MIN, 0), WHY_NONE);
	watch_release(&w);
}

static void sees_the_gap_between_files_of_a_ring(void **state)
{
	struct watch w = watch_of(0, 10 * SEC, 15 * SEC, 20 * SEC);

	(void)state;
	assert_int_equal(w.span.n, 2);
	assert_int_equal(watch_hides(&w, 11 * SEC, 12 * SEC), WHY_ROTATION);
	assert_int_equal(watch_hides(&w, 9 * SEC, 11 * SEC), WHY_ROTATION);
	assert_int_equal(watch_hides(&w, 14 * SEC, 16 * SEC), WHY_ROTATION);
	assert_int_equal(watch_hides(&w, 9 * SEC, 10 * SEC), WHY_NONE);
	assert_int_equal(watch_hides(&w, 15 * SEC, 16 * SEC), WHY_NONE);
	watch_release(&w);
}

static void joins_files_that_overlap(void **state)
{
	struct watch w = watch_of(0, 20 * SEC, 5 * SEC, 10 * SEC);

	(void)state;
	assert_int_equal(w.span.n, 1);
	assert_int_equal(watch_hides(&w, 15 * SEC, 16 * SEC), WHY_NONE);
	watch_release(&w);
}

static void a_capture_without_files_never_ran(void **state)
{
	struct watch w = { .packets = 0 };

	(void)state;
	assert_int_equal(watch_hides(&w, 0, 1), WHY_NOT_RUNNING);
}

static bool loss(uint64_t missed, uint64_t passed, struct absences a)
{
	struct trust t = { .passed = passed, .missed = missed };

	return absence_is_loss(&t, &a, false);
}

static void absence_from_a_sound_capture_is_loss(void **state)
{
	(void)state;
	/* decided, lost, open, absent */
	assert_true(loss(0, 5000,
			 (struct absences){ .decided = 2000,
					    .lost = 40,
					    .open = 1000,
					    .absent = 20 }));
	assert_true(loss(0, 5000,
			 (struct absences){ .decided = 2000,
					    .lost = 0,
					    .open = 1000,
					    .absent = 20 }));
}

static void a_hop_may_lose_fewer_acks_than_data(void **state)
{
	(void)state;
	assert_true(loss(0, 15015,
			 (struct absences){ .decided = 2031,
					    .lost = 92,
					    .open = 2390,
					    .absent = 8 }));
	assert_true(loss(0, 19316,
			 (struct absences){ .decided = 6423,
					    .lost = 275,
					    .open = 675,
					    .absent = 3 }));
	assert_true(loss(0, 6378,
			 (struct absences){ .decided = 1975,
					    .lost = 25,
					    .open = 1775,
					    .absent = 1 }));
}

static void few_trials_prove_no_capture_sound(void **state)
{
	(void)state;
	assert_false(loss(
		0, 3,
		(struct absences){
			.decided = 3, .lost = 0, .open = 1000, .absent = 1 }));
	assert_false(loss(
		0, 0,
		(struct absences){
			.decided = 0, .lost = 0, .open = 50, .absent = 5 }));
}

static void a_single_absence_on_a_hop_without_loss_is_no_loss(void **state)
{
	(void)state;
	assert_false(loss(0, 5000,
			  (struct absences){ .decided = 2000,
					     .lost = 0,
					     .open = 3000,
					     .absent = 1 }));
}

static void absence_at_the_rate_of_a_gappy_capture_is_no_loss(void **state)
{
	(void)state;
	assert_false(loss(50, 5000,
			  (struct absences){ .decided = 2000,
					     .lost = 0,
					     .open = 1000,
					     .absent = 10 }));
	assert_false(loss(50, 5000,
			  (struct absences){ .decided = 2000,
					     .lost = 40,
					     .open = 1000,
					     .absent = 20 }));
	assert_false(loss(1, 5000,
			  (struct absences){ .decided = 2000,
					     .lost = 5,
					     .open = 1000,
					     .absent = 3 }));
}

static void loss_far_above_what_a_capture_misses_is_loss(void **state)
{
	(void)state;
	assert_true(loss(1, 100000,
			 (struct absences){ .decided = 2000,
					    .lost = 100,
					    .open = 1000,
					    .absent = 50 }));
	/* of data; the ACKs are absent at about what the capture misses */
	assert_false(loss(5, 100000,
			  (struct absences){ .decided = 2000,
					     .lost = 100,
					     .open = 9000,
					     .absent = 5 }));
}

/* Three pure ACKs of 400, and none of 600 others. */
static struct absences few(void)
{
	return (struct absences){ .decided = 600, .open = 400, .absent = 3 };
}

static void absence_amid_all_else_that_passed_is_loss(void **state)
{
	struct absences a = few();

	(void)state;
	assert_false(loss(0, 1600, a));
	a.heard = true;
	assert_true(loss(0, 1600, a));
	/* but of a capture that misses single ones */
	assert_false(loss(5, 1600, a));
	/* nothing else was missed, but nothing else was lost, either */
	assert_false(loss(0, 8257,
			  (struct absences){ .decided = 1985,
					     .open = 2737,
					     .absent = 2,
					     .heard = true }));
}

static void absence_at_two_points_needs_two_gaps(void **state)
{
	struct absences a = few();
	struct trust t = { .passed = 100000, .missed = 12 };

	(void)state;
	a.confirmed = 3;
	assert_true(loss(0, 1600, a));
	assert_false(absence_is_loss(&t, &a, false));
	assert_true(absence_is_loss(&t, &a, true));
}

static void a_hop_that_loses_one_way_may_lose_the_other(void **state)
{
	struct absences a = {
		.decided = 600, .open = 400, .absent = 1, .heard = true
	};

	(void)state;
	assert_false(loss(0, 1600, a));
	a.other_way = true;
	assert_true(loss(0, 1600, a));
}

static void more_misses_than_passes_is_no_figure_of_a_host(void **state)
{
	(void)state;
	assert_false(loss(
		9000, 10,
		(struct absences){
			.decided = 10, .lost = 1, .open = 100, .absent = 9 }));
}

static void a_capture_hides_what_passed_while_it_did_not_run(void **state)
{
	struct watch w = { .packets = 1000000 };

	(void)state;
	watch_add(&w, 3000 * MS, 4000 * MS);
	watch_add(&w, 1000 * MS, 2000 * MS);
	watch_sort(&w);
	assert_int_equal(watch_hides(&w, 1 * MS, 2 * MS), WHY_NOT_RUNNING);
	assert_int_equal(watch_hides(&w, 900 * MS, 1100 * MS), WHY_EDGE);
	assert_int_equal(watch_hides(&w, 1500 * MS, 1600 * MS), WHY_NONE);
	assert_int_equal(watch_hides(&w, 2500 * MS, 2600 * MS), WHY_ROTATION);
	assert_int_equal(watch_hides(&w, 4500 * MS, 4600 * MS),
			 WHY_NOT_RUNNING);
	watch_release(&w);
}

static void absence_is_no_loss_where_the_capture_misses(void **state)
{
	struct trust clean = { 5000, 0 }, gaps = { 5000, 50 };
	struct absences lossy = {
		.decided = 2000, .lost = 40, .open = 500, .absent = 10
	};
	struct absences one = { .decided = 200, .open = 200, .absent = 1 };

	(void)state;
	assert_true(absence_is_loss(&clean, &lossy, false));
	assert_false(absence_is_loss(&gaps, &lossy, false));
	clean.passed = 200;
	assert_false(absence_is_loss(&clean, &one, false));
}

/* Workers ask side by side. */
static void the_answer_leaves_nothing_behind(void **state)
{
	struct trust clean = { .passed = 1000 };
	struct absences lossy = { .decided = 1000,
				  .lost = 50,
				  .open = 1000,
				  .absent = 50,
				  .heard = true };

	(void)state;
	signgam = 7; /* what lgamma() sets */
	assert_true(absence_is_loss(&clean, &lossy, false));
	assert_int_equal(signgam, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_when_it_ran),
		cmocka_unit_test(grants_a_moment_after_the_last_frame),
		cmocka_unit_test(grants_nothing_past_the_end_of_time),
		cmocka_unit_test(sees_the_gap_between_files_of_a_ring),
		cmocka_unit_test(joins_files_that_overlap),
		cmocka_unit_test(a_capture_without_files_never_ran),
		cmocka_unit_test(absence_from_a_sound_capture_is_loss),
		cmocka_unit_test(a_hop_may_lose_fewer_acks_than_data),
		cmocka_unit_test(few_trials_prove_no_capture_sound),
		cmocka_unit_test(
			a_single_absence_on_a_hop_without_loss_is_no_loss),
		cmocka_unit_test(
			absence_at_the_rate_of_a_gappy_capture_is_no_loss),
		cmocka_unit_test(loss_far_above_what_a_capture_misses_is_loss),
		cmocka_unit_test(absence_amid_all_else_that_passed_is_loss),
		cmocka_unit_test(absence_at_two_points_needs_two_gaps),
		cmocka_unit_test(a_hop_that_loses_one_way_may_lose_the_other),
		cmocka_unit_test(
			more_misses_than_passes_is_no_figure_of_a_host),
		cmocka_unit_test(
			a_capture_hides_what_passed_while_it_did_not_run),
		cmocka_unit_test(absence_is_no_loss_where_the_capture_misses),
		cmocka_unit_test(the_answer_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
