/* How the path's time is split among its stretches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/derive/timeline_int.h"

#define MS 1000000ll

struct line { /* four points, three stretches */
	struct tap tap[4];
	struct budget b;
	struct budget_hop hop[3];
	struct timeline t;
};

/* @usual: round trips, in ms; -1: not known. */
static void line(struct line *l, const int64_t usual[static 3])
{
	*l = (struct line){ .b = { .n_hops = 3 } };
	l->b.hop = l->hop;
	l->t.b = &l->b;
	l->t.tap = l->tap;
	l->t.n_taps = 4;
	for (int i = 0; i < 3; i++) {
		l->t.stretch[i].least_ns = -1;
		l->t.stretch[i].usual_ns = usual[i] < 0 ? -1 : usual[i] * MS;
	}
}

static void is(const struct line *l, int64_t a, int64_t b, int64_t c)
{
	assert_int_equal(l->hop[0].path_ns, a);
	assert_int_equal(l->hop[1].path_ns, b);
	assert_int_equal(l->hop[2].path_ns, c);
	assert_int_equal(l->b.part[TIME_PATH], a + b + c);
}

static void a_trip_that_all_saw_is_split_as_seen(void **state)
{
	const int64_t trip[] = { 40 * MS, 39 * MS, 9 * MS, 7 * MS };
	int64_t left = 33 * MS;
	struct line l;

	(void)state;
	line(&l, (int64_t[]){ 10, 10, 10 });
	timeline_path(&l.t, trip, &left);
	assert_int_equal(left, 0);
	is(&l, 1 * MS, 30 * MS, 2 * MS);
}

/* Not to the last one, which may have nothing of it. */
static void a_trip_that_only_the_ends_saw_is_split_as_usual(void **state)
{
	int64_t left = 64 * MS;
	struct line l;

	(void)state;
	line(&l, (int64_t[]){ 1, 30, 1 });
	timeline_path(&l.t, NULL, &left);
	assert_int_equal(left, 0);
	is(&l, 2 * MS, 60 * MS, 2 * MS);
}

static void a_wait_for_the_other_side_is_split_as_usual(void **state)
{
	struct line l;
	int64_t left = 64 * MS;

	(void)state;
	line(&l, (int64_t[]){ 1, 30, 1 });
	timeline_anywhere(&l.t, timeline_spend(&l.t, TIME_PATH, left, &left));
	is(&l, 2 * MS, 60 * MS, 2 * MS);
}

static void parts_are_exact_sums(void **state)
{
	struct line l;

	(void)state;
	line(&l, (int64_t[]){ 3, 3, 3 });
	for (int64_t ns = 0; ns < 50; ns++) {
		int64_t left = ns;

		timeline_path(&l.t, NULL, &left);
	}
	is(&l, l.hop[0].path_ns, l.hop[1].path_ns, l.hop[2].path_ns);
	line(&l, (int64_t[]){ 0, 0, 0 });
	timeline_anywhere(&l.t, INT64_MAX / 16);
	assert_int_equal(l.hop[0].path_ns + l.hop[1].path_ns + l.hop[2].path_ns,
			 INT64_MAX / 16);
}

static void without_usual_trips_the_last_has_it(void **state)
{
	int64_t left = 10 * MS;
	struct line l;

	(void)state;
	line(&l, (int64_t[]){ 1, -1, 1 });
	timeline_path(&l.t, NULL, &left);
	is(&l, 0, 0, 10 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trip_that_all_saw_is_split_as_seen),
		cmocka_unit_test(
			a_trip_that_only_the_ends_saw_is_split_as_usual),
		cmocka_unit_test(a_wait_for_the_other_side_is_split_as_usual),
		cmocka_unit_test(parts_are_exact_sums),
		cmocka_unit_test(without_usual_trips_the_last_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
