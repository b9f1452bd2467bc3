/* delay.path: a round trip paid again for every request. */
#include "tests/report/derive/desk.h"

/* @turns requests over a hop whose median round trip is @rtt, in @total. */
static struct derive *turns(unsigned n, int64_t rtt, int64_t total)
{
	struct derive *d = desk_new(2, &rules_delay);

	for (unsigned i = 0; i < 20; i++)
		hist_add(&d->view.figures.hop[0].rtt, rtt);
	d->facts.turns = n;
	d->view.flow[0].row.last_ns = T0 + total;
	return d;
}

static void many_turns_over_a_long_hop_are_its_delay(void **state)
{
	struct derive *d = turns(10, 88 * MS, SEC);
	const struct draft *f;

	(void)state;
	desk_show(d);
	f = desk_finish(d, "delay.path");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "from client to server"));
	assert_int_equal(draft_number(f, "turns"), 10);
	assert_in_range(draft_number(f, "round_trip_median_ns"), 86 * MS,
			90 * MS);
	assert_int_equal(f->row.n_evidence, 2);
	desk_free(d);
}

static void a_short_hop_is_not_felt(void **state)
{
	struct derive *d = turns(100, 5 * MS, SEC);

	(void)state;
	desk_show(d);
	assert_null(desk_finish(d, "delay.path"));
	desk_free(d);
}

static void few_turns_say_nothing(void **state)
{
	struct derive *d = turns(2, 88 * MS, 180 * MS);

	(void)state;
	desk_show(d);
	assert_null(desk_finish(d, "delay.path"));
	desk_free(d);
}

static void a_small_share_of_the_time_says_nothing(void **state)
{
	struct derive *d = turns(10, 88 * MS, 60 * SEC);

	(void)state;
	desk_show(d);
	assert_null(desk_finish(d, "delay.path"));
	desk_free(d);
}

static void an_unswept_session_says_nothing(void **state)
{
	struct derive *d = turns(10, 88 * MS, SEC);

	(void)state;
	desk_show_unswept(d);
	assert_null(desk_finish(d, "delay.path"));
	desk_free(d);
}

static void frames_are_of_a_session_that_is_named(void **state)
{
	struct derive *d = turns(10, 88 * MS, SEC);
	const struct draft *f;

	(void)state;
	desk_show(d);
	desk_next(d);
	d->facts.turns = 1; /* not slow by this */
	desk_show(d);
	f = desk_finish(d, "delay.path");
	assert_non_null(f);
	assert_int_equal(f->row.n_sessions, 1);
	assert_int_equal(f->row.n_evidence, 2);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_turns_over_a_long_hop_are_its_delay),
		cmocka_unit_test(a_short_hop_is_not_felt),
		cmocka_unit_test(frames_are_of_a_session_that_is_named),
		cmocka_unit_test(few_turns_say_nothing),
		cmocka_unit_test(a_small_share_of_the_time_says_nothing),
		cmocka_unit_test(an_unswept_session_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
