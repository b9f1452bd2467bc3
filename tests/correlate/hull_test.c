/* The strip between two clouds, against clouds of known lines. */
#include "correlate/hull.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/correlate/cloud.h"

#define MS 1e6
#define S 1e9
#define PPM 1e-6
#define LIMIT (500 * PPM)

struct sim {
	double span, offset, slope; /* ns, ns, - */
	double up, down, queue;     /* least delays, mean queueing, ns */
	size_t n;                   /* packets each way */
	struct strip_point *ceiling, *floor;
	double min_up, min_down; /* that occurred */
};

static void sim_run(struct sim *m, struct rng *r)
{
	m->ceiling = calloc(m->n + 1, sizeof *m->ceiling);
	m->floor = calloc(m->n + 1, sizeof *m->floor);
	m->min_up = m->min_down = INFINITY;
	for (size_t i = 0; i < m->n; i++) {
		double x = rng_range(r, 0, m->span);
		double u = m->up + rng_exp(r, m->queue);
		double d = m->down + rng_exp(r, m->queue);

		m->ceiling[i].x = x;
		m->ceiling[i].y = m->offset + m->slope * x + u;
		x = rng_range(r, 0, m->span);
		m->floor[i].x = x;
		m->floor[i].y = m->offset + m->slope * x - d;
		m->min_up = fmin(u, m->min_up);
		m->min_down = fmin(d, m->min_down);
	}
	strip_sort(m->ceiling, m->n);
	strip_sort(m->floor, m->n);
}

static void sim_release(struct sim *m)
{
	free(m->ceiling);
	free(m->floor);
}

static void hull_keeps_only_the_corners(void **state)
{
	static const struct strip_point p[] = { { 0, 5 }, { 1, 9 }, { 2, 1 },
						{ 2, 0 }, { 3, 7 }, { 4, 4 },
						{ 6, 12 } };
	struct hull low = { 0 }, up = { .upper = true };

	(void)state;
	hull_build(&low, p, 7);
	hull_build(&up, p, 7);
	assert_int_equal(low.n, 4); /* 0,5 2,0 4,4 6,12 */
	assert_true(low.at[1].y == 0);
	assert_int_equal(up.n, 3); /* 0,5 1,9 6,12 */
	assert_true(hull_touch(&low, 0)->x == 2);
	assert_true(hull_touch(&low, 100)->x == 6);
	assert_true(hull_touch(&up, 1)->x == 1);
	assert_true(hull_level(&up, 0) == 12);
	hull_release(&low);
	hull_release(&up);
}

static void touch_agrees_with_looking_at_all_points(void **state)
{
	struct rng r = { 7 };
	struct strip_point p[300];

	(void)state;
	for (int round = 0; round < 200; round++) {
		size_t n = 1 + rng_next(&r) % 300;
		struct hull h = { .upper = round & 1 };
		double slope = rng_range(&r, -2, 2), best;

		for (size_t i = 0; i < n; i++) {
			p[i].x = floor(rng_range(&r, 0, 50));
			p[i].y = rng_range(&r, -50, 50);
		}
		strip_sort(p, n);
		hull_build(&h, p, n);
		best = p[0].y - slope * p[0].x;
		for (size_t i = 1; i < n; i++) {
			double v = p[i].y - slope * p[i].x;

			best = h.upper ? fmax(best, v) : fmin(best, v);
		}
		assert_true(fabs(best - hull_level(&h, slope)) < 1e-9);
		hull_release(&h);
	}
}

static void truth_is_always_inside(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(400); seed++) {
		struct rng r = { seed };
		struct sim m = { .span = rng_range(&r, 0.1, 4000) * S,
				 .offset = rng_range(&r, -9e12, 9e12),
				 .slope = rng_range(&r, -200, 200) * PPM,
				 .up = rng_range(&r, 0, 50) * MS,
				 .down = rng_range(&r, 0, 50) * MS,
				 .queue = rng_range(&r, 0, 20) * MS,
				 .n = 1 + rng_next(&r) % 500 };
		struct strip s = { 0 };
		double at = rng_range(&r, -0.2, 1.2) * m.span;
		double truth = m.offset + m.slope * at;

		sim_run(&m, &r);
		strip_init(&s, m.ceiling, m.n, m.floor, m.n, LIMIT);
		assert_true(strip_need(&s, NULL) <= 0.01);
		assert_true(strip_solve(&s, 0.01));
		assert_true(s.slope_low <= m.slope + 1e-13);
		assert_true(s.slope_high >= m.slope - 1e-13);
		assert_true(strip_low(&s, at) <= truth + 0.1);
		assert_true(strip_high(&s, at) >= truth - 0.1);
		strip_release(&s);
		sim_release(&m);
	}
}

static void no_feasible_line_is_cut_off_and_none_is_added(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(60); seed++) {
		struct rng r = { seed };
		struct sim m = { .span = 60 * S,
				 .slope = 30 * PPM,
				 .up = 10 * MS,
				 .down = 15 * MS,
				 .queue = 3 * MS,
				 .n = 60 };
		struct strip s = { 0 };
		double at = rng_range(&r, 0, 1) * m.span;
		double high = -INFINITY, low = INFINITY;

		sim_run(&m, &r);
		strip_init(&s, m.ceiling, m.n, m.floor, m.n, LIMIT);
		assert_true(strip_solve(&s, 0));
		for (int k = -5000; k <= 5000; k++) {
			double b = k * LIMIT / 5000, top = INFINITY,
			       bottom = -INFINITY;

			for (size_t i = 0; i < m.n; i++) {
				top = fmin(top,
					   m.ceiling[i].y - b * m.ceiling[i].x);
				bottom = fmax(bottom,
					      m.floor[i].y - b * m.floor[i].x);
			}
			if (top < bottom)
				continue;
			high = fmax(high, top + b * at);
			low = fmin(low, bottom + b * at);
		}
		/* the grid of slopes is 0.1 ppm: 6 us over the span */
		assert_true(strip_high(&s, at) >= high - 1);
		assert_true(strip_high(&s, at) <= high + 6001);
		assert_true(strip_low(&s, at) <= low + 1);
		assert_true(strip_low(&s, at) >= low - 6001);
		strip_release(&s);
		sim_release(&m);
	}
}

static void slope_is_found_to_two_ppm_or_100_us_over_the_span(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(200); seed++) {
		struct rng r = { seed };
		struct sim m = { .span = rng_range(&r, 5, 600) * S,
				 .slope = rng_range(&r, -100, 100) * PPM,
				 .up = 10 * MS,
				 .down = 15 * MS,
				 .queue = 0.5 * MS,
				 .n = 400 };
		struct strip s = { 0 };
		double error;

		sim_run(&m, &r);
		strip_init(&s, m.ceiling, m.n, m.floor, m.n, LIMIT);
		assert_true(strip_solve(&s, 0));
		error = fabs(strip_slope(&s) - m.slope);
		assert_true(error <= fmax(2 * PPM, 1e5 / m.span));
		strip_release(&s);
		sim_release(&m);
	}
}

static void need_tells_by_how_much_clouds_overlap(void **state)
{
	static const struct strip_point top[] = { { 0, 10 }, { 100, 10 } };
	static const struct strip_point bottom[] = { { 50, 14 } };
	struct strip s = { 0 };

	(void)state;
	strip_init(&s, top, 2, bottom, 1, LIMIT);
	assert_true(fabs(strip_need(&s, NULL) - 2) < 1e-6);
	assert_false(strip_solve(&s, 1.9));
	assert_true(strip_solve(&s, 2.1));
	strip_release(&s);
}

static void one_cloud_bounds_one_side(void **state)
{
	static const struct strip_point top[] = { { 0, 10 }, { 100, 20 } };
	struct strip s = { 0 };

	(void)state;
	strip_init(&s, top, 2, NULL, 0, LIMIT);
	assert_true(strip_solve(&s, 0));
	assert_true(strip_low(&s, 0) == -INFINITY);
	assert_true(fabs(strip_high(&s, 0) - 10) < 1e-3);
	assert_true(s.slope_low == -LIMIT && s.slope_high == LIMIT);
	strip_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hull_keeps_only_the_corners),
		cmocka_unit_test(touch_agrees_with_looking_at_all_points),
		cmocka_unit_test(truth_is_always_inside),
		cmocka_unit_test(no_feasible_line_is_cut_off_and_none_is_added),
		cmocka_unit_test(
			slope_is_found_to_two_ppm_or_100_us_over_the_span),
		cmocka_unit_test(need_tells_by_how_much_clouds_overlap),
		cmocka_unit_test(one_cloud_bounds_one_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
