/* Segmentation of clouds with known steps, and none where there is none. */
#include "correlate/clock_cloud.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/correlate/cloud.h"

static struct cloud cloud_of(struct world *w, size_t n, int ways)
{
	struct cloud c = { 0 };

	for (size_t i = 0; i < n; i++)
		for (int back = 0; back < 2; back++) {
			struct cloud_point *p;
			struct passing g;

			if (!(ways & 1 << back))
				continue;
			g = world_packet(w, rng_range(&w->r, 0, w->span), back);
			c.at = mem_grow(c.at, &c.cap, c.n + 1, sizeof *c.at);
			p = &c.at[c.n++];
			*p = (struct cloud_point){ .x = g.far,
						   .y = g.far - g.near,
						   .back = back,
						   .session = (uint32_t)(i /
									 8) };
			p->near_order = (uint64_t)g.near_t;
			p->far_order = (uint64_t)g.far_t;
			p->near_tick = w->tick_near;
			p->far_tick = w->tick_far;
		}
	cloud_loosen(&c);
	return c;
}

static size_t count_steps(const struct segments *g)
{
	size_t n = 0;

	for (size_t i = 1; i < g->n; i++)
		n += !g->at[i].joined;
	return n;
}

/* The truth is between the strip's bounds wherever a segment has packets. */
static void assert_truth_inside(const struct world *w, const struct cloud *c,
				const struct segment *g, double margin)
{
	struct strip s = { 0 };

	cloud_strip(c, g->from, g->to, &s);
	s.slope_limit = g->limit;
	assert_true(strip_solve(&s, g->slack));
	for (size_t i = g->from; i < g->to; i++) {
		const struct cloud_point *p = &c->at[i];
		double t = w->near_steps ? (double)p->near_order
					 : (double)p->far_order;
		double truth = world_offset(w, t);

		if (p->dropped)
			continue;
		assert_true(strip_high(&s, p->x) >= truth - margin);
		assert_true(strip_low(&s, p->x) <= truth + margin);
	}
	strip_release(&s);
}

static struct world any_world(uint64_t seed)
{
	struct world w = { .r = { seed } };

	w.span = rng_range(&w.r, 5, 600) * SEC;
	w.offset = rng_range(&w.r, -4000, 4000) * SEC;
	w.slope = rng_range(&w.r, -100, 100) * PPM;
	w.up = rng_range(&w.r, 0.1, 40) * MS;
	w.down = rng_range(&w.r, 0.1, 40) * MS;
	w.queue = rng_range(&w.r, 0.01, 0.1) * (w.up + w.down);
	return w;
}

static void no_step_is_invented(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(200); seed++) {
		struct world w = any_world(seed);
		struct segments g = { 0 };
		struct cloud c;

		if (seed % 5 == 0)
			w.tick_far = SEC / 64;
		if (seed % 3 == 0)
			w.queue *= 20;
		c = cloud_of(&w, 1 + rng_next(&w.r) % (seed % 7 ? 300 : 4000),
			     3);
		cloud_cut(&c, &g);
		assert_int_equal(g.n, 1);
		assert_true(g.at[0].slack < 0.1);
		assert_truth_inside(&w, &c, &g.at[0], 0.1 + w.tick_far * 2e-4);
		VEC_FREE(&g);
		free(c.at);
	}
}

static void change_of_route_is_no_step(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(200); seed++) {
		struct world w = any_world(seed);
		struct segments g = { 0 };
		struct cloud c;

		w.route_at = rng_range(&w.r, 0.1, 0.9) * w.span;
		w.route_by = rng_range(&w.r, 1, 200) * MS;
		c = cloud_of(&w, 50 + rng_next(&w.r) % 2000, 3);
		cloud_cut(&c, &g);
		assert_int_equal(g.n, 1);
		VEC_FREE(&g);
		free(c.at);
	}
}

/* Size and place of the only step found. */
static void assert_step(const struct world *w, const struct cloud *c,
			const struct segments *g)
{
	struct strip s[2] = { { .slack = 0 }, { .slack = 0 } };
	double x = c->at[g->at[1].from].x, mid[2], by;

	for (int k = 0; k < 2; k++) {
		double b;

		cloud_strip(c, g->at[k].from, g->at[k].to, &s[k]);
		assert_true(strip_solve(&s[k], g->at[k].slack));
		b = strip_slope(&s[k]);
		mid[k] = (hull_level(&s[k].ceiling, b) +
			  hull_level(&s[k].floor, b)) /
				 2 +
			 b * x;
		strip_release(&s[k]);
	}
	by = mid[1] - mid[0];
	assert_true(fabs(by - w->step_by) <
		    fmax(2 * MS, 0.1 * fabs(w->step_by)));
}

/* Points on the wrong side of the step. */
static size_t misplaced(const struct world *w, const struct cloud *c,
			const struct segments *g)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct cloud_point *p = &c->at[i];
		double t = w->near_steps ? (double)p->near_order
					 : (double)p->far_order;

		n += (i >= g->at[1].from) != (t >= w->step_at);
	}
	return n;
}

static void steps_are_found_sized_and_placed(void **state)
{
	static const double size[] = { 5, 10, 20, 30, 100, 700, 5000 };
	size_t wrong = 0, all = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= seeds(210); seed++) {
		struct world w = { .r = { seed },
				   .span = 60 * SEC,
				   .offset = 3600 * SEC,
				   .up = 10 * MS,
				   .down = 15 * MS,
				   .queue = 0.5 * MS };
		struct segments g = { 0 };
		struct cloud c;

		w.slope = rng_range(&w.r, -100, 100) * PPM;
		w.step_at = rng_range(&w.r, 0.1, 0.9) * w.span;
		w.step_by = size[seed % 7] * MS * (seed % 2 ? 1 : -1);
		w.near_steps = seed % 4 >= 2;
		c = cloud_of(&w, 200 + rng_next(&w.r) % 1500, 3);
		cloud_cut(&c, &g);
		if (g.n != 2)
			print_message("seed %d: %zu pieces, %g ms\n", (int)seed,
				      g.n, w.step_by / MS);
		assert_int_equal(g.n, 2);
		assert_int_equal(count_steps(&g), 1);
		assert_step(&w, &c, &g);
		assert_truth_inside(&w, &c, &g.at[0], 0.1);
		assert_truth_inside(&w, &c, &g.at[1], 0.1);
		wrong += misplaced(&w, &c, &g);
		all += c.n;
		VEC_FREE(&g);
		free(c.at);
	}
	print_message("misplaced: %zu of %zu\n", wrong, all);
	assert_true(wrong * 2000 <= all);
}

static void large_step_is_found_with_few_packets(void **state)
{
	size_t wrong = 0, all = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= seeds(200); seed++) {
		struct world w = any_world(seed);
		struct segments g = { 0 };
		struct cloud c;

		w.step_by = (w.up + w.down) * rng_range(&w.r, 4, 20) *
			    (seed % 2 ? 1 : -1);
		if (fabs(w.step_by) < 60 * MS)
			w.step_by *= 20;
		w.slope = 0;
		w.span = 20 * SEC;
		w.step_at = rng_range(&w.r, 0.3, 0.7) * w.span;
		c = cloud_of(&w, 20, 3);
		cloud_cut(&c, &g);
		if (g.n != 2)
			print_message("seed %d: %zu pieces\n", (int)seed, g.n);
		assert_int_equal(g.n, 2);
		wrong += misplaced(&w, &c, &g);
		all += c.n;
		VEC_FREE(&g);
		free(c.at);
	}
	/* a packet that queued for long may fit both sides */
	print_message("misplaced: %zu of %zu\n", wrong, all);
	assert_true(wrong * 500 <= all);
}

static void wrong_matches_are_peeled_off(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(200); seed++) {
		struct world w = any_world(seed);
		struct segments g = { 0 };
		struct cloud c;

		w.slope = rng_range(&w.r, -20, 20) * PPM;
		c = cloud_of(&w, 300, 3);
		for (int k = 0; k < 2; k++) {
			struct cloud_point *p = &c.at[rng_next(&w.r) % c.n];

			p->y += (p->back ? 1 : -1) *
				rng_range(&w.r, 200, 20000) * MS;
		}
		cloud_cut(&c, &g);
		assert_int_equal(g.n, 1);
		assert_truth_inside(&w, &c, &g.at[0], 0.1);
		VEC_FREE(&g);
		free(c.at);
	}
}

static void wrongly_paired_session_is_peeled_off(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(100); seed++) {
		struct world w = any_world(seed);
		struct segments g = { 0 };
		struct cloud c;
		uint32_t bad = 10 + (uint32_t)(rng_next(&w.r) % 10);
		double by = rng_range(&w.r, 500, 50000) * MS;

		w.slope = 0;
		c = cloud_of(&w, 300, 3);
		for (size_t i = 0; i < c.n; i++)
			if (c.at[i].session == bad)
				c.at[i].y += seed % 2 ? by : -by;
		cloud_cut(&c, &g);
		assert_int_equal(g.n, 1);
		assert_truth_inside(&w, &c, &g.at[0], 0.1);
		VEC_FREE(&g);
		free(c.at);
	}
}

static void sessions_taken_the_wrong_way_are_turned(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(50); seed++) {
		struct world w = any_world(seed);
		struct cloud c;
		uint32_t wrong = (uint32_t)seed % 38;
		struct segments g = { 0 };

		w.slope = 0;
		c = cloud_of(&w, 300, 3);
		for (size_t i = 0; i < c.n; i++)
			c.at[i].back ^= c.at[i].session == wrong ||
					c.at[i].session == wrong + 4;
		cloud_turn(&c);
		cloud_cut(&c, &g);
		assert_int_equal(g.n, 1);
		assert_truth_inside(&w, &c, &g.at[0], 1);
		for (size_t i = 0; i < c.n; i++)
			assert_false(c.at[i].dropped);
		VEC_FREE(&g);
		free(c.at);
	}
}

/* Points on both sides of a router, a packet in some seconds, most of them one
 * way only: drift between two is more than the round trip. */
static void drift_turns_no_session(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(50); seed++) {
		struct world w = { .r = { seed } };
		struct segments g = { 0 };
		struct cloud c = { 0 };

		w.slope = rng_range(&w.r, 30, 100) * (seed % 2 ? PPM : -PPM);
		w.up = 500;
		w.down = 2000;
		w.queue = 1000;
		for (uint32_t i = 0; i < 200; i++) {
			struct passing p = world_packet(&w, i * 0.2 * SEC,
							i % 3 == 2);

			c.at = mem_grow(c.at, &c.cap, c.n + 1, sizeof *c.at);
			c.at[c.n++] = (struct cloud_point){
				.x = p.far,
				.y = p.far - p.near,
				.back = i % 3 == 2,
				.session = i / 3 * 2 + (i % 3 == 0),
				.near_order = (uint64_t)p.near_t,
				.far_order = (uint64_t)p.far_t,
			};
		}
		cloud_turn(&c);
		assert_true(c.n > 150);
		cloud_cut(&c, &g);
		assert_int_equal(g.n, 1);
		assert_truth_inside(&w, &c, &g.at[0], 1);
		VEC_FREE(&g);
		free(c.at);
	}
}

/* --- packets that something holds back: no clock --- */

static void put(struct cloud *c, const struct world *w, double t, double delay,
		bool back)
{
	double near = back ? t + delay : t, far = back ? t : t + delay;
	struct cloud_point *p;

	c->at = mem_grow(c->at, &c->cap, c->n + 1, sizeof *c->at);
	p = &c->at[c->n++];
	*p = (struct cloud_point){ .x = tick_down(world_far(w, far),
						  w->tick_far),
				   .back = back,
				   .near_order = (uint64_t)near,
				   .far_order = (uint64_t)far,
				   .far_tick = w->tick_far };
	p->y = p->x - world_near(w, near);
}

struct reading { /* of a file, block by block */
	unsigned blocks, pieces;
	unsigned each;      /* the last piece of each so many is held */
	double held, pause; /* on the way; by the reader, at most */
	bool acks;          /* every other piece is acknowledged */
};

/* One block after the other: a request, and pieces of an answer, the last of which
 * is held back on the path. */
static struct cloud held_last_pieces(struct world *w, const struct reading *f)
{
	struct cloud c = { 0 };
	double t = 0, q = w->queue;

	for (unsigned i = 0; i < f->blocks; i++) {
		put(&c, w, t, w->up + rng_exp(&w->r, q), false);
		t += w->up + rng_range(&w->r, 0.1, 2) * MS;
		for (unsigned k = 1; k <= f->pieces; k++) {
			double d = w->down + rng_exp(&w->r, q);

			if (k == f->pieces && i % f->each == 0)
				d += f->held;
			put(&c, w, t, d, true);
			if (f->acks && (k % 2 == 0 || k == f->pieces))
				put(&c, w, t + d + 0.01 * MS,
				    w->up + rng_exp(&w->r, q), false);
			t += k == f->pieces ? d : 0.12 * MS;
		}
		t += w->up + rng_range(&w->r, 0.1 * MS, f->pause);
	}
	w->span = t;
	cloud_order(&c, 0, c.n, false);
	cloud_loosen(&c);
	return c;
}

static void held_back_packets_are_no_step(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(120); seed++) {
		struct world w = any_world(seed);
		struct reading f = { .held = 406.25 * MS };
		struct segments g = { 0 };
		struct cloud c;

		w.up *= seed % 2 ? 0.01 : 1;
		w.down *= seed % 2 ? 0.01 : 1;
		w.queue = rng_range(&w.r, 0.001, 0.1) * MS;
		w.tick_far = seed % 5 ? 0 : SEC / 64;
		f.blocks = 1 + (unsigned)(rng_next(&w.r) % 24);
		f.pieces = seed % 3 ? 42 : 1 + (unsigned)(rng_next(&w.r) % 8);
		f.each = seed % 4 == 3 ? 6 : 1;
		f.pause = (seed % 7 ? 20 : 2000) * MS;
		f.acks = seed % 4 != 1;
		c = held_last_pieces(&w, &f);
		cloud_cut(&c, &g);
		if (g.n != 1)
			print_message("seed %d: %zu pieces\n", (int)seed, g.n);
		assert_int_equal(g.n, 1);
		assert_truth_inside(&w, &c, &g.at[0], 0.1 + w.tick_far * 2e-4);
		VEC_FREE(&g);
		free(c.at);
	}
}

static void one_way_cloud_is_one_segment(void **state)
{
	struct world w = any_world(3);
	struct cloud c = cloud_of(&w, 500, 1);
	struct segments g = { 0 };

	(void)state;
	cloud_cut(&c, &g);
	assert_int_equal(g.n, 1);
	VEC_FREE(&g);
	free(c.at);
}

static void change_of_pace_is_no_step(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(30); seed++) {
		struct world w = { .r = { seed },
				   .span = 600 * SEC,
				   .up = 1 * MS,
				   .down = 1 * MS,
				   .queue = 0.1 * MS };
		struct cloud c = cloud_of(&w, 800, 3);
		struct segments g = { 0 };

		for (size_t i = 0; i < c.n; i++)
			if (c.at[i].x > 300 * SEC)
				c.at[i].y += 60 * PPM * (c.at[i].x - 300 * SEC);
		cloud_cut(&c, &g);
		assert_true(g.n >= 2);
		if (count_steps(&g))
			print_message("seed %d: %zu steps\n", (int)seed,
				      count_steps(&g));
		assert_int_equal(count_steps(&g), 0);
		VEC_FREE(&g);
		free(c.at);
	}
}

/* A mirror port: some packets are stamped late at one point, and are captured
 * out of order there. */
static void delay_some(struct cloud *c, struct world *w, double share,
		       double most, bool at_near)
{
	for (size_t i = 0; i < c->n; i++) {
		struct cloud_point *p = &c->at[i];
		double late = rng_range(&w->r, 0, most);

		if (rng_unit(&w->r) >= share ||
		    fabs((double)p->far_order - w->step_at) < 2 * most)
			continue;
		if (at_near) {
			p->near_order += (uint64_t)late;
			p->y -= late;
			continue;
		}
		p->far_order += (uint64_t)late;
		p->x += late;
		p->y += late;
	}
}

static void late_stamps_are_no_steps(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= seeds(60); seed++) {
		static const double size[] = { 0, 1, -5 };
		struct world w = { .r = { seed },
				   .span = 12 * SEC,
				   .offset = 0.3 * SEC,
				   .up = 5 * MS,
				   .down = 5 * MS,
				   .queue = 0.3 * MS };
		struct segments g = { 0 };
		struct cloud c;

		w.step_by = size[seed % 3] * SEC;
		w.step_at = rng_range(&w.r, 0.3, 0.7) * w.span;
		c = cloud_of(&w, 500, 3);
		delay_some(&c, &w, rng_range(&w.r, 0.15, 0.4), 20 * MS,
			   seed % 2);
		cloud_cut(&c, &g);
		if (w.step_by == 0) {
			assert_int_equal(count_steps(&g), 0);
			for (size_t k = 0; k < g.n; k++)
				assert_truth_inside(&w, &c, &g.at[k], 0.1);
		} else {
			wrong += count_steps(&g) != 1;
		}
		VEC_FREE(&g);
		free(c.at);
	}
	assert_true(wrong <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_step_is_invented),
		cmocka_unit_test(change_of_route_is_no_step),
		cmocka_unit_test(steps_are_found_sized_and_placed),
		cmocka_unit_test(large_step_is_found_with_few_packets),
		cmocka_unit_test(wrong_matches_are_peeled_off),
		cmocka_unit_test(wrongly_paired_session_is_peeled_off),
		cmocka_unit_test(sessions_taken_the_wrong_way_are_turned),
		cmocka_unit_test(drift_turns_no_session),
		cmocka_unit_test(held_back_packets_are_no_step),
		cmocka_unit_test(one_way_cloud_is_one_segment),
		cmocka_unit_test(change_of_pace_is_no_step),
		cmocka_unit_test(late_stamps_are_no_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
