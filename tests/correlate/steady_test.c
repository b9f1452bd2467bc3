/* Records get the time of a clock that nobody set, by their place. */
#include "correlate/steady.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "correlate/clock_int.h"
#include "correlate/place.h"

#define S 1000000000ll
#define MS 1000000ll

/* A piece with places [a, b] at the point and the same at the first one. */
static struct clock_piece piece(int64_t from, int64_t to, int64_t offset,
				uint64_t a, uint64_t b)
{
	struct clock_piece p = { .from_ns = from,
				 .to_ns = to,
				 .at_ns = from,
				 .offset_ns = offset,
				 .offset_low_ns = offset - MS,
				 .offset_high_ns = offset + MS,
				 .n_knots = CLOCK_KNOTS,
				 .place = { a, b },
				 .first_place = { a, b } };

	for (int i = 0; i < CLOCK_KNOTS; i++) {
		p.knot_low_ns[i] = offset - MS;
		p.knot_high_ns[i] = offset + MS;
	}
	return p;
}

static struct clock_row row_of(struct clock_piece *p, size_t n)
{
	return (struct clock_row){ .status = CLOCK_FITTED,
				   .low_known = true,
				   .high_known = true,
				   .n = n,
				   .piece = p };
}

static struct clock_row reference(struct clock_piece *p)
{
	struct clock_row c = row_of(p, 1);

	c.status = CLOCK_REFERENCE;
	return c;
}

/* The first point's time of a stamp, by its steady row. */
static int64_t first_time(const struct steady *s, uint64_t place, int64_t t)
{
	int64_t mid, low, high;

	t += steady_shift(s, place, t);
	assert_true(clock_to_first(&s->row, t, &mid, &low, &high));
	assert_true(mid - low == MS && high - mid == MS);
	return mid;
}

/* 100 s ahead of the first; after 10 s set back by 2: shows 108 s .. 110 s
 * twice. */
static void readings_shown_twice_are_told_by_place(void **state)
{
	struct clock_piece whole = piece(0, 20 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 1, 500),
				    piece(108 * S, 118 * S, 98 * S, 501, 900) };
	struct clock_row first = reference(&whole), row = row_of(p, 2);
	const struct clock_row *clock[2] = { &first, &row };
	struct steady s[2];

	(void)state;
	steady_build(clock, 2, s);
	assert_int_equal(s[0].era.n, 0);
	assert_int_equal(s[1].era.n, 2);
	assert_int_equal(first_time(&s[1], 450, 109 * S), 9 * S);
	assert_int_equal(first_time(&s[1], 550, 109 * S), 11 * S);
	for (int k = 0; k < 2; k++)
		steady_release(&s[k]);
}

/* Between the packets that enclose the step, the nearer reading tells. */
static void packets_beside_the_step_follow_their_reading(void **state)
{
	struct clock_piece whole = piece(0, 20 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 1, 500),
				    piece(109 * S, 118 * S, 98 * S, 510, 900) };
	struct clock_row first = reference(&whole), row = row_of(p, 2);
	const struct clock_row *clock[2] = { &first, &row };
	struct steady s[2];

	(void)state;
	steady_build(clock, 2, s);
	assert_int_equal(steady_shift(&s[1], 505, 110 * S + 100 * MS), 0);
	assert_int_equal(steady_shift(&s[1], 505, 108 * S + 900 * MS), 2 * S);
	for (int k = 0; k < 2; k++)
		steady_release(&s[k]);
}

/* The first clock shows 8 s .. 10 s twice; both other points see it. */
static void the_first_clock_set_back_is_its_own_step(void **state)
{
	struct clock_piece whole = piece(0, 18 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 1, 500),
				    piece(110 * S, 120 * S, 102 * S, 501,
					  900) };
	struct clock_piece q[2] = { piece(50 * S, 60 * S, 50 * S, 2, 490),
				    piece(60 * S, 70 * S, 52 * S, 505, 890) };
	struct clock_row first = reference(&whole);
	struct clock_row a = row_of(p, 2), b = row_of(q, 2);
	const struct clock_row *clock[3] = { &first, &a, &b };
	struct steady s[3];

	(void)state;
	steady_build(clock, 3, s);
	assert_int_equal(s[0].era.n, 2);
	assert_int_equal(s[1].era.n, 0);
	assert_int_equal(s[2].era.n, 0);
	assert_int_equal(steady_shift(&s[0], 450, 9 * S), 0);
	assert_int_equal(steady_shift(&s[0], 550, 9 * S), 2 * S);
	/* in steady time of the first one */
	assert_int_equal(first_time(&s[1], 550, 111 * S), 11 * S);
	assert_int_equal(first_time(&s[2], 550, 61 * S), 11 * S);
	for (int k = 0; k < 3; k++)
		steady_release(&s[k]);
}

/* The first clock skips 2 s after 10, so that no reading is double; packets of
 * both sides of that are mixed at the other points. */
static void the_first_clock_set_forward_is_its_own_step(void **state)
{
	struct clock_piece whole = piece(0, 22 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 1, 510),
				    piece(110 * S, 120 * S, 98 * S, 490, 900) };
	struct clock_piece q[2] = { piece(50 * S, 60 * S, 50 * S, 2, 505),
				    piece(60 * S, 70 * S, 48 * S, 495, 890) };
	struct clock_row first = reference(&whole);
	struct clock_row a = row_of(p, 2), b = row_of(q, 2);
	const struct clock_row *clock[3] = { &first, &a, &b };
	struct steady s[3];

	(void)state;
	for (int k = 0; k < 2; k++) {
		p[0].first_place[1] = q[0].first_place[1] = 500;
		p[1].first_place[0] = q[1].first_place[0] = 501;
	}
	for (size_t n = 2; n <= 3; n++) {
		steady_build(clock, n, s);
		assert_int_equal(s[0].era.n, 2);
		assert_int_equal(s[1].era.n, 0);
		assert_int_equal(steady_whose(&s[0], &a, 0), STEADY_FIRST);
		assert_int_equal(steady_shift(&s[0], 500, 10 * S), 0);
		assert_int_equal(steady_shift(&s[0], 501, 12 * S), -2 * S);
		assert_int_equal(first_time(&s[1], 600, 111 * S), 11 * S);
		if (n == 3)
			assert_int_equal(first_time(&s[2], 600, 61 * S),
					 11 * S);
		for (size_t k = 0; k < n; k++)
			steady_release(&s[k]);
	}
}

/* The same step with no packet under way: two points show it at once. */
static void what_all_other_points_show_is_the_first_clocks(void **state)
{
	struct clock_piece whole = piece(0, 22 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 1, 50),
				    piece(110 * S, 120 * S, 98 * S, 51, 90) };
	struct clock_piece q[2] = { piece(50 * S, 60 * S, 50 * S, 2, 49),
				    piece(60 * S, 70 * S, 48 * S, 52, 89) };
	struct clock_row first = reference(&whole);
	struct clock_row a = row_of(p, 2), b = row_of(q, 2);
	const struct clock_row *clock[3] = { &first, &a, &b };
	struct steady s[3];

	(void)state;
	steady_build(clock, 3, s);
	assert_int_equal(s[0].era.n, 2);
	assert_int_equal(s[1].era.n, 0);
	assert_int_equal(s[2].era.n, 0);
	for (int k = 0; k < 3; k++)
		steady_release(&s[k]);
	/* one other point alone cannot tell */
	steady_build(clock, 2, s);
	assert_int_equal(s[0].era.n, 0);
	assert_int_equal(s[1].era.n, 2);
	assert_int_equal(steady_whose(&s[0], &a, 0), STEADY_EITHER);
	for (int k = 0; k < 2; k++)
		steady_release(&s[k]);
}

/* 500 packets in 5 s each side: 20 ms without one are usual, 2 s are not. */
static void the_usual_pause_tells_where_nothing_else_does(void **state)
{
	struct clock_piece whole = piece(0, 22 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(105 * S, 110 * S, 100 * S, 1, 500),
				    piece(110 * S + 20 * MS, 115 * S, 98 * S,
					  501, 1000) };
	struct clock_row first = reference(&whole), a = row_of(p, 2);
	const struct clock_row *clock[2] = { &first, &a };
	struct steady s[2];

	(void)state;
	steady_build(clock, 2, s);
	assert_int_equal(s[0].era.n, 2);
	assert_int_equal(s[1].era.n, 0);
	for (int k = 0; k < 2; k++)
		steady_release(&s[k]);
}

/* A step that another point does not show is not the first clock's. */
static void a_step_that_one_point_lacks_stays(void **state)
{
	struct clock_piece whole = piece(0, 18 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 1, 500),
				    piece(110 * S, 120 * S, 102 * S, 501,
					  900) };
	struct clock_piece q = piece(50 * S, 70 * S, 50 * S, 2, 890);
	struct clock_row first = reference(&whole);
	struct clock_row a = row_of(p, 2), b = row_of(&q, 1);
	const struct clock_row *clock[3] = { &first, &a, &b };
	struct steady s[3];

	(void)state;
	steady_build(clock, 3, s);
	for (int k = 0; k < 3; k++) {
		assert_int_equal(s[k].era.n, 0);
		steady_release(&s[k]);
	}
}

static void double_readings_without_places_stay(void **state)
{
	struct clock_piece whole = piece(0, 20 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 0, 0),
				    piece(108 * S, 118 * S, 98 * S, 0, 0) };
	struct clock_row first = reference(&whole), row = row_of(p, 2);
	const struct clock_row *clock[2] = { &first, &row };
	struct steady s[2];

	(void)state;
	steady_build(clock, 2, s);
	assert_int_equal(steady_shift(&s[1], 0, 109 * S), 0);
	for (int k = 0; k < 2; k++)
		steady_release(&s[k]);
}

/* Set forward by 3 s: no reading is double, so places are not needed. */
static void a_clock_set_forward_needs_no_places(void **state)
{
	struct clock_piece whole = piece(0, 20 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 0, 0),
				    piece(113 * S, 123 * S, 103 * S, 0, 0) };
	struct clock_row first = reference(&whole), row = row_of(p, 2);
	const struct clock_row *clock[2] = { &first, &row };
	struct steady s[2];

	(void)state;
	steady_build(clock, 2, s);
	assert_int_equal(first_time(&s[1], 0, 109 * S), 9 * S);
	assert_int_equal(first_time(&s[1], 0, 114 * S), 11 * S);
	for (int k = 0; k < 2; k++)
		steady_release(&s[k]);
}

static void a_bend_is_no_step(void **state)
{
	struct clock_piece whole = piece(0, 20 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 1, 5),
				    piece(110 * S, 120 * S, 100 * S, 6, 9) };
	struct clock_row first = reference(&whole), row = row_of(p, 2);
	const struct clock_row *clock[2] = { &first, &row };
	struct steady s[2];

	(void)state;
	p[1].joined = true;
	steady_build(clock, 2, s);
	assert_int_equal(s[1].era.n, 0);
	for (int k = 0; k < 2; k++)
		steady_release(&s[k]);
}

/* Set back by 15 s after 10: the least stamp is not the first packet's. */
static void a_files_extent_is_that_of_its_first_and_last_packet(void **state)
{
	struct clock_piece whole = piece(0, 20 * S, 0, 0, 0);
	struct clock_piece p[2] = { piece(100 * S, 110 * S, 100 * S, 1, 500),
				    piece(95 * S, 104 * S, 85 * S, 501, 900) };
	struct clock_row first = reference(&whole), row = row_of(p, 2);
	const struct clock_row *clock[2] = { &first, &row };
	struct steady s[2];
	int64_t from = 95 * S, to = 110 * S;

	(void)state;
	steady_build(clock, 2, s);
	steady_extent(&s[1], place_of(0, 1), place_of(0, UINT64_MAX), &from,
		      &to);
	assert_int_equal(from, 100 * S);
	assert_int_equal(to, 119 * S);
	for (int k = 0; k < 2; k++)
		steady_release(&s[k]);
}

static void bounds_at_the_ends_of_numbers_do_not_overflow(void **state)
{
	struct clock_piece whole = piece(0, 20 * S, 0, 0, 0);
	struct clock_piece p[2] = {
		piece(INT64_MIN, INT64_MAX, INT64_MAX - MS, 1, 5),
		piece(INT64_MAX, INT64_MAX, INT64_MIN + MS, 6, 9)
	};
	struct clock_row first = reference(&whole), row = row_of(p, 2);
	const struct clock_row *clock[2] = { &first, &row };
	struct steady s[2];
	int64_t from = INT64_MIN, to = INT64_MAX;

	(void)state;
	steady_build(clock, 2, s);
	steady_extent(&s[1], 1, 9, &from, &to);
	assert_true(from <= to);
	for (int k = 0; k < 2; k++)
		steady_release(&s[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings_shown_twice_are_told_by_place),
		cmocka_unit_test(packets_beside_the_step_follow_their_reading),
		cmocka_unit_test(the_first_clock_set_back_is_its_own_step),
		cmocka_unit_test(the_first_clock_set_forward_is_its_own_step),
		cmocka_unit_test(
			what_all_other_points_show_is_the_first_clocks),
		cmocka_unit_test(the_usual_pause_tells_where_nothing_else_does),
		cmocka_unit_test(a_step_that_one_point_lacks_stays),
		cmocka_unit_test(double_readings_without_places_stay),
		cmocka_unit_test(a_clock_set_forward_needs_no_places),
		cmocka_unit_test(a_bend_is_no_step),
		cmocka_unit_test(
			a_files_extent_is_that_of_its_first_and_last_packet),
		cmocka_unit_test(bounds_at_the_ends_of_numbers_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
