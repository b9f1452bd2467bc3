/* The drift to expect: within 2 ppm, or 100 us over the span. */
#include "correlate/clock_cloud.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/correlate/cloud.h"

/* A packet that waits @queue in the mean, and @late more. */
static void put(struct cloud *c, struct world *w, double t, double queue,
		int back, double late)
{
	struct cloud_point *p;
	struct passing g;

	w->queue = queue;
	w->up += late * 1.2;
	w->down += late;
	g = world_packet(w, t, back);
	w->up -= late * 1.2;
	w->down -= late;
	c->at = mem_grow(c->at, &c->cap, c->n + 1, sizeof *c->at);
	p = &c->at[c->n++];
	*p = (struct cloud_point){ .x = g.far,
				   .y = g.far - g.near,
				   .back = back,
				   .near_order = (uint64_t)g.near_t,
				   .far_order = (uint64_t)g.far_t };
}

static struct world any_world(uint64_t seed)
{
	struct world w = { .r = { seed } };

	w.span = rng_range(&w.r, 4, 60) * SEC;
	w.slope = rng_range(&w.r, -100, 100) * PPM;
	w.up = rng_range(&w.r, 0.1, 40) * MS;
	w.down = rng_range(&w.r, 0.1, 40) * MS;
	return w;
}

static double pace_error(const struct world *w, struct cloud *c)
{
	struct strip s = { 0 };
	double b;

	cloud_order(c, 0, c->n, false);
	cloud_strip(c, 0, c->n, &s);
	assert_true(strip_solve(&s, 0));
	b = cloud_pace(c, 0, c->n, &s);
	assert_true(b >= s.slope_low && b <= s.slope_high);
	strip_release(&s);
	return fabs(b - w->slope);
}

/* Of all that ran @off are beyond what is allowed; more than @most of 200 are too many:
 * of fewer, in a brief run, as many fewer. */
static void assert_few(size_t off, size_t most)
{
	size_t n = seeds(200);

	print_message("beyond what is allowed: %zu of %zu\n", off, n);
	assert_true(off * 200 <= most * n);
}

static double allowed(const struct world *w)
{
	return fmax(2 * PPM, 100e3 / w->span);
}

/* Some request and answer at all times, a transfer for a while.  Where there is
 * little to do, waking up takes longer, a little more so one way; what a
 * transfer wakes gets faster and faster.  Data is more than ACKs. */
static struct cloud load_that_comes_and_goes(struct world *w)
{
	double from = rng_range(&w->r, 0, 0.6) * w->span;
	double busy = rng_range(&w->r, 0.2, 0.4) * w->span;
	struct cloud c = { 0 };

	for (double t = 0; t < w->span; t += 5 * MS) {
		double share = (t - from) / busy, late = 0.2 * MS;
		bool idle = share < 0 || share >= 1;

		if (idle && fmod(t, 150 * MS) >= 5 * MS)
			continue;
		late *= idle ? 1 : 1 - share;
		for (int i = 0; i < (idle ? 2 : 9); i++)
			put(&c, w, t + i * 0.3 * MS, 0.15 * MS,
			    idle ? i : i % 3 == 2, late);
	}
	return c;
}

static void load_is_no_drift(void **state)
{
	size_t off = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= seeds(200); seed++) {
		struct world w = any_world(seed);
		struct cloud c;

		w.span = rng_range(&w.r, 4, 10) * SEC;
		c = load_that_comes_and_goes(&w);
		off += pace_error(&w, &c) > allowed(&w);
		free(c.at);
	}
	assert_few(off, 24); /* by lines that touch: 200 */
}

/* The far clock cuts to ticks of 1 to 16 ms; what cutting leaves to chance is about
 * what is allowed. */
static void coarse_ticks_hide_no_drift(void **state)
{
	size_t off = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= seeds(200); seed++) {
		struct world w = any_world(seed);
		struct cloud c = { 0 };
		double tick = rng_range(&w.r, 1, 16) * MS;

		w.span = rng_range(&w.r, 20, 60) * SEC;
		for (double t = 0; t < w.span; t += 10 * MS) {
			struct cloud_point *p;
			double late;

			put(&c, &w, t, 0.2 * MS, rng_next(&w.r) & 1, 0);
			p = &c.at[c.n - 1];
			late = fmod(p->x + 100 * SEC, tick);
			p->x -= late;
			p->y -= late;
			p->near_tick = 1;
			p->far_tick = tick;
		}
		cloud_loosen(&c);
		off += pace_error(&w, &c) > allowed(&w);
		free(c.at);
	}
	assert_few(off, 80); /* by the tightest alone: 164 */
}

static void drift_is_found(void **state)
{
	size_t off = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= seeds(200); seed++) {
		struct world w = any_world(seed);
		struct cloud c = { 0 };
		size_t n = 200 + rng_next(&w.r) % 1000;

		for (size_t i = 0; i < n; i++)
			put(&c, &w, rng_range(&w.r, 0, w.span), 0.2 * MS, i & 1,
			    0);
		off += pace_error(&w, &c) > allowed(&w);
		free(c.at);
	}
	assert_few(off, 2);
}

/* Little to go by: no surprise, and inside the bounds. */
static void few_points_have_some_pace(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(50); seed++) {
		struct world w = any_world(seed);
		struct cloud c = { 0 };

		for (uint64_t i = 0; i < 1 + seed % 6; i++)
			put(&c, &w, seed % 3 ? (double)i * SEC : 0, 0.2 * MS,
			    seed % 5 ? (int)(i & 1) : 0, 0);
		assert_true(pace_error(&w, &c) < 400 * PPM);
		free(c.at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(load_is_no_drift),
		cmocka_unit_test(coarse_ticks_hide_no_drift),
		cmocka_unit_test(drift_is_found),
		cmocka_unit_test(few_points_have_some_pace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
