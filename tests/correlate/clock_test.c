/* Clocks from clouds: bounds over all of the time, joined, overridden. */
#include "correlate/clock_int.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/correlate/cloud.h"

#define BASE 1700000000000000000 /* ns: true time 0 on the near clock */
#define POINTS_MAX 5

/* Points on a line with their own clocks; packets that pass all of them. */
struct line {
	struct rng r;
	size_t n;
	double span, queue, tick[POINTS_MAX];
	double offset[POINTS_MAX], slope[POINTS_MAX]; /* against true time */
	double up[POINTS_MAX], down[POINTS_MAX];      /* from point to next */
	double step_at[POINTS_MAX], step_by[POINTS_MAX];
};

static double stamp_of(const struct line *l, size_t p, double t)
{
	double o = l->offset[p] + l->slope[p] * t;

	if (l->step_by[p] != 0 && t >= l->step_at[p])
		o += l->step_by[p];
	return t + o;
}

static int64_t shown(const struct line *l, size_t p, double t)
{
	return BASE + (int64_t)tick_down(stamp_of(l, p, t), l->tick[p]);
}

static struct line any_line(uint64_t seed, size_t n)
{
	struct line l = { .r = { seed }, .n = n };

	l.span = rng_range(&l.r, 5, 300) * SEC;
	l.queue = rng_range(&l.r, 0.05, 2) * MS;
	for (size_t i = 0; i < n; i++) {
		l.offset[i] = rng_range(&l.r, -8000, 8000) * SEC;
		l.slope[i] = rng_range(&l.r, -100, 100) * PPM;
		l.up[i] = rng_range(&l.r, 0.1, 30) * MS;
		l.down[i] = rng_range(&l.r, 0.1, 30) * MS;
		l.tick[i] = seed % 4 == 1 && i == 1 ? SEC / 64 : 1;
	}
	return l;
}

/* Clouds between all pairs: clouds[near * n + far]. */
static struct cloud *clouds_of(struct line *l, size_t packets, int ways)
{
	struct cloud *all = calloc(l->n * l->n, sizeof *all);

	for (size_t i = 0; i < 2 * packets; i++) {
		int back = i & 1;
		double t[POINTS_MAX], now = rng_range(&l->r, 0, l->span);

		if (!(ways & 1 << back))
			continue;
		for (size_t k = 0; k < l->n; k++) {
			size_t p = back ? l->n - 1 - k : k;

			if (k)
				now += rng_exp(&l->r, l->queue) +
				       (back ? l->down[p] : l->up[p - 1]);
			t[p] = now;
		}
		for (size_t a = 0; a < l->n; a++)
			for (size_t b = a + 1; b < l->n; b++) {
				struct cloud *c = &all[a * l->n + b];
				int64_t ta = shown(l, a, t[a]);
				int64_t tb = shown(l, b, t[b]);

				if (!c->n) {
					c->x0 = tb;
					c->y0 = tb - ta;
				}
				c->at = mem_grow(c->at, &c->cap, c->n + 1,
						 sizeof *c->at);
				c->at[c->n++] = (struct cloud_point){
					.x = (double)(tb - c->x0),
					.y = (double)(tb - ta - c->y0),
					.near_tick = l->tick[a],
					.far_tick = l->tick[b],
					.near_order = (uint64_t)t[a],
					.far_order = (uint64_t)t[b],
					.session = (uint32_t)(i / 16),
					.back = back,
				};
			}
	}
	for (size_t i = 0; i < l->n * l->n; i++)
		cloud_loosen(&all[i]);
	return all;
}

static void clouds_free(const struct line *l, struct cloud *c)
{
	for (size_t i = 0; i < l->n * l->n; i++)
		free(c[i].at);
	free(c);
}

static struct clock_span span_of(const struct line *l, size_t p)
{
	return (struct clock_span){ shown(l, p, 0), shown(l, p, l->span) };
}

static struct clock_row fit(const struct line *l, struct cloud *all,
			    size_t near, size_t far)
{
	struct clock_span a = span_of(l, near), b = span_of(l, far);
	struct clock_row r = { 0 };

	clock_fit(&all[near * l->n + far], &a, &b, 0, &r);
	return r;
}

/* clock_to_first() holds the truth at any time, inside and beside. */
static void assert_holds(struct line *l, const struct clock_row *r, size_t near,
			 size_t far)
{
	for (int k = 0; k < 60; k++) {
		double t = rng_range(&l->r, -0.3, 1.3) * l->span;
		int64_t there = BASE + (int64_t)stamp_of(l, far, t);
		int64_t here = BASE + (int64_t)stamp_of(l, near, t);
		int64_t mid, low, high;

		assert_true(clock_to_first(r, there, &mid, &low, &high));
		assert_true(low <= here + 2 && here - 2 <= high);
		assert_true(low <= mid && mid <= high);
	}
}

static void truth_is_always_inside(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(220); seed++) {
		struct line l = any_line(seed, 2);
		struct cloud *c = clouds_of(
			&l, seed % 9 ? 4 + rng_next(&l.r) % 400 : 1, 3);
		struct clock_row r = fit(&l, c, 0, 1);
		double drift = (1 - (1 + l.slope[0]) / (1 + l.slope[1])) / PPM;

		assert_int_equal(r.status, CLOCK_FITTED);
		assert_int_equal(r.n, 1);
		assert_int_equal(r.slack_ns, 0);
		assert_true(r.piece[0].drift_low_ppm <= drift + 1e-6);
		assert_true(r.piece[0].drift_high_ppm >= drift - 1e-6);
		assert_holds(&l, &r, 0, 1);
		free(r.piece);
		clouds_free(&l, c);
	}
}

static void width_is_the_round_trip_and_the_ticks(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(200); seed++) {
		struct line l = any_line(seed, 2);
		struct cloud *c;
		struct clock_row r;
		double most;

		l.queue = 0.01 * (l.up[0] + l.down[0]);
		l.span = rng_range(&l.r, 5, 100) * SEC;
		c = clouds_of(&l, 50 + rng_next(&l.r) % 500, 3);
		r = fit(&l, c, 0, 1);
		most = 1.1 * (l.up[0] + l.down[0]) +
		       2 * (l.tick[0] + l.tick[1]);
		assert_true((double)(r.piece[0].offset_high_ns -
				     r.piece[0].offset_low_ns) <= most);
		free(r.piece);
		clouds_free(&l, c);
	}
}

static void step_divides_pieces_and_both_hold(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(100); seed++) {
		struct line l = any_line(seed, 2);
		size_t who = seed % 2;
		struct cloud *c;
		struct clock_row r;

		l.tick[1] = 1;
		l.queue = 0.02 * (l.up[0] + l.down[0]);
		l.step_at[who] = rng_range(&l.r, 0.2, 0.8) * l.span;
		l.step_by[who] = rng_range(&l.r, 0.2, 3) * SEC *
				 (seed % 3 ? 1 : -1);
		c = clouds_of(&l, 300, 3);
		r = fit(&l, c, 0, 1);
		assert_int_equal(r.n, 2);
		assert_false(r.piece[1].joined);
		assert_holds(&l, &r, 0, 1);
		free(r.piece);
		clouds_free(&l, c);
	}
}

static void one_direction_leaves_one_side_open(void **state)
{
	(void)state;
	for (int ways = 1; ways <= 2; ways++) {
		struct line l = any_line(5, 2);
		struct cloud *c = clouds_of(&l, 100, ways);
		struct clock_row r = fit(&l, c, 0, 1);
		int64_t mid, low, high;

		assert_int_equal(r.status, CLOCK_ONE_WAY);
		assert_int_equal(r.high_known, ways == 1);
		assert_int_equal(r.low_known, ways == 2);
		assert_holds(&l, &r, 0, 1);
		assert_true(clock_to_first(&r, BASE, &mid, &low, &high));
		assert_true(ways == 1 ? high == INT64_MAX : low == INT64_MIN);
		free(r.piece);
		clouds_free(&l, c);
	}
}

static void nothing_shared_is_no_clock(void **state)
{
	struct cloud c = { 0 };
	struct clock_span s = { 0, 10 };
	struct clock_row r = { 0 };
	int64_t mid, low, high;

	(void)state;
	clock_fit(&c, &s, &s, 0, &r);
	assert_int_equal(r.status, CLOCK_NONE);
	assert_false(clock_to_first(&r, 77, &mid, &low, &high));
	assert_true(mid == 77 && low == 77 && high == 77);
	free(r.piece);
}

static void inverse_and_sum_hold(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(100); seed++) {
		struct line l = any_line(seed, 3 + seed % 3);
		struct cloud *c;
		struct clock_row ab, bc, ac, ba, sum;

		if (seed % 2) { /* the middle clock is set */
			l.step_at[1] = 0.5 * l.span;
			l.step_by[1] = -2 * SEC;
			l.tick[1] = 1;
		}
		c = clouds_of(&l, 200, 3);
		ab = fit(&l, c, 0, 1);
		bc = fit(&l, c, 1, 2);
		ac = fit(&l, c, 0, 2);
		clock_invert(&ab, &ba);
		assert_holds(&l, &ba, 1, 0);
		clock_compose(&bc, &ab, &sum);
		assert_int_equal(sum.status, CLOCK_FITTED);
		if (ab.n == 1)
			assert_holds(&l, &sum, 0, 2);
		assert_true(clock_narrow(&ac, &sum, 0));
		assert_holds(&l, &ac, 0, 2);
		free(ab.piece);
		free(bc.piece);
		free(ac.piece);
		free(ba.piece);
		free(sum.piece);
		clouds_free(&l, c);
	}
}

static void contradiction_changes_nothing(void **state)
{
	struct clock_span s = { BASE, BASE + 1000000000 };
	struct clock_row a, b;

	(void)state;
	clock_constant(&s, -5, 5, &a);
	clock_constant(&s, 100, 200, &b);
	assert_false(clock_narrow(&a, &b, 0));
	assert_int_equal(a.piece[0].offset_high_ns, 5);
	free(b.piece);
	clock_constant(&s, 0, 200, &b);
	assert_true(clock_narrow(&a, &b, 0));
	assert_int_equal(a.piece[0].offset_low_ns, 0);
	assert_int_equal(a.piece[0].offset_high_ns, 5);
	free(a.piece);
	free(b.piece);
}

static void override_texts_are_read(void **state)
{
	static const struct {
		const char *text;
		int kind;
		int64_t low, high;
	} good[] = {
		{ "synced:1ms", OVERRIDE_BOUNDS, -1000000, 1000000 },
		{ "synced:±1.5us", OVERRIDE_BOUNDS, -1500, 1500 },
		{ "synced:+-2s", OVERRIDE_BOUNDS, -2000000000, 2000000000 },
		{ "offset:-3h", OVERRIDE_BOUNDS, -10800000000000,
		  -10800000000000 },
		{ "offset:10m", OVERRIDE_BOUNDS, 600000000000, 600000000000 },
		{ "same:client", OVERRIDE_SAME, 0, 0 },
		{ "", OVERRIDE_NONE, 0, 0 },
	};
	static const char *const bad[] = {
		"same:",         "synced:",
		"synced:-1ms",   "synced:1",
		"offset:1.2.3s", "offset:.s",
		"offset:5 ms",   "ptp",
		"offset:9e9s",   "offset:99999999999h"
	};
	struct clock_override o;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct err err = { 0 };

		assert_int_equal(
			clock_override_parse(good[i].text, "B", &o, &err), 0);
		assert_int_equal(o.kind, good[i].kind);
		assert_int_equal(o.low_ns, good[i].low);
		assert_int_equal(o.high_ns, good[i].high);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = { 0 };

		assert_int_equal(clock_override_parse(bad[i], "B", &o, &err),
				 -1);
		assert_int_equal(err.code, ERR_USAGE);
		assert_non_null(strstr(err.text, "write same:POINT"));
	}
}

static void piece_without_knots_is_carried_by_its_drift(void **state)
{
	struct clock_piece p = { .from_ns = 0,
				 .to_ns = 2000000000,
				 .at_ns = 1000000000,
				 .offset_ns = 50,
				 .offset_low_ns = 0,
				 .offset_high_ns = 100,
				 .drift_low_ppm = -1,
				 .drift_high_ppm = 2 };
	struct clock_at a = clock_piece_at(&p, 2000000000);

	(void)state;
	assert_int_equal(a.low, -1000);
	assert_int_equal(a.high, 2100);
	a = clock_piece_at(&p, 0);
	assert_int_equal(a.low, -2000);
	assert_int_equal(a.high, 1100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truth_is_always_inside),
		cmocka_unit_test(width_is_the_round_trip_and_the_ticks),
		cmocka_unit_test(step_divides_pieces_and_both_hold),
		cmocka_unit_test(one_direction_leaves_one_side_open),
		cmocka_unit_test(nothing_shared_is_no_clock),
		cmocka_unit_test(inverse_and_sum_hold),
		cmocka_unit_test(contradiction_changes_nothing),
		cmocka_unit_test(override_texts_are_read),
		cmocka_unit_test(piece_without_knots_is_carried_by_its_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
