/* Losses with and without neighbours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/derive/runs.h"

static uint64_t state_of_chance = 3;

static unsigned draw(unsigned below)
{
	state_of_chance = state_of_chance * 6364136223846793005u +
			  1442695040888963407u;
	return (unsigned)(state_of_chance >> 33) % below;
}

static void lose(struct runs *r, int64_t session, uint64_t frame)
{
	struct fact k = { .has_near = true, .near_file = 256, .e.copy = 1 };

	k.near.frame = frame;
	k.near.time_ns = (int64_t)frame * 1000000;
	runs_add(r, session, &k);
}

/* @frames packets; each begins a run of @run losses with a chance of
 * @per_thousand. */
static struct run_facts of(unsigned frames, unsigned per_thousand, unsigned run,
			   unsigned sessions)
{
	struct runs r = { 0 };
	struct run_facts out;
	unsigned left = 0;

	for (unsigned i = 1; i <= frames; i++) {
		if (!left && draw(1000) < per_thousand)
			left = run;
		if (left) {
			lose(&r, 1 + i % sessions, i);
			left--;
		}
	}
	runs_tried(&r, frames, r.at.n);
	runs_judge(&r, 0, &out);
	runs_release(&r);
	return out;
}

static void runs_are_found(void **state)
{
	struct run_facts out = of(5000, 5, 5, 3);

	(void)state;
	assert_true(out.yes);
	assert_true(out.longest >= 5);
	assert_int_equal(out.shared, out.runs);
	assert_true(out.longest_ns >= 4000000);
}

static void runs_of_one_session_are_found_too(void **state)
{
	struct run_facts out = of(5000, 5, 5, 1);

	(void)state;
	assert_true(out.yes);
	assert_int_equal(out.shared, 0);
}

static void losses_by_chance_are_no_runs(void **state)
{
	(void)state;
	for (unsigned per_thousand = 5; per_thousand <= 300; per_thousand += 5)
		assert_false(of(3000, per_thousand, 1, 4).yes);
}

/* A session that loses every third packet has neighbours by chance. */
static void heavy_loss_is_no_run(void **state)
{
	(void)state;
	assert_false(of(300, 330, 1, 1).yes);
}

/* Of a long session the first losses are looked at, and all are counted. */
static void a_sample_of_heavy_loss_is_no_run(void **state)
{
	struct runs r = { 0 };
	struct run_facts out;
	uint64_t lost = 0;

	(void)state;
	for (uint64_t i = 1; i <= 60000; i++) {
		if (draw(1000) >= 220)
			continue;
		if (lost++ < FACTS_KEPT)
			lose(&r, 1, i);
	}
	runs_tried(&r, 60000, lost);
	runs_judge(&r, 0, &out);
	runs_release(&r);
	assert_true(out.neighbours > 0.4);
	assert_false(out.yes);
}

/* @runs of @each losses, and @alone without a neighbour, of @tried packets. */
static bool is_run(unsigned runs, unsigned each, unsigned alone, uint64_t tried)
{
	struct runs r = { 0 };
	struct run_facts out;
	uint64_t frame = 0;

	for (unsigned i = 0; i < runs + alone; i++) {
		for (unsigned k = 0; k < (i < runs ? each : 1); k++)
			lose(&r, 1, ++frame);
		frame += 100;
	}
	runs_tried(&r, tried, r.at.n);
	runs_judge(&r, 0, &out);
	runs_release(&r);
	return out.yes;
}

/* Each of the three conditions, where the other two hold. */
static void a_share_of_neighbours_makes_runs(void **state)
{
	(void)state;
	assert_false(is_run(5, 2, 10, 100000)); /* 25 % */
	assert_true(is_run(6, 2, 8, 100000));   /* 30 % */
}

static void neighbours_that_chance_may_have_are_no_runs(void **state)
{
	(void)state;
	/* by chance 15 %; four times these odds are 41 % */
	assert_false(is_run(350, 2, 300, 18975)); /* 35 % */
	assert_true(is_run(450, 2, 100, 18975));  /* 45 % */
}

static void few_neighbours_more_than_by_chance_are_no_runs(void **state)
{
	(void)state;
	/* by chance 9.6 of 20, the standard deviation is 2.2 */
	assert_false(is_run(4, 5, 0, 102)); /* 16, of odds that are enough */
	assert_true(is_run(2, 10, 0, 102)); /* 18 */
}

static void few_losses_say_nothing(void **state)
{
	struct runs r = { 0 };
	struct run_facts out;

	(void)state;
	for (uint64_t i = 0; i < 19; i++)
		lose(&r, 1, 100 + i);
	runs_tried(&r, 10000, r.at.n);
	runs_judge(&r, 0, &out);
	runs_release(&r);
	assert_false(out.yes);
}

/* One segment again and again is one. */
static void copies_are_no_run(void **state)
{
	struct runs r = { 0 };
	struct run_facts out;

	(void)state;
	for (unsigned i = 1; i <= 40; i++) {
		struct fact k = { .has_near = true, .near_file = 256 };

		k.e.copy = i;
		k.near.frame = 100 + i;
		runs_add(&r, 1, &k);
	}
	runs_tried(&r, 10000, r.at.n);
	runs_judge(&r, 0, &out);
	runs_release(&r);
	assert_false(out.yes);
}

/* What nothing of its size got through is no matter of chance. */
static void packets_too_large_for_the_path_are_no_run(void **state)
{
	(void)state;
	for (uint32_t most = 1400; most <= 1500; most += 100) {
		struct runs r = { 0 };
		struct run_facts out;

		for (unsigned i = 1; i <= 40; i++) {
			struct fact k = { .has_near = true,
					  .near_file = 256,
					  .e.copy = 1,
					  .e.kind = KIND_DATA,
					  .e.len = 1460,
					  .near.hdr_len = 40 };

			k.near.frame = 100 + i;
			runs_add(&r, 1, &k);
		}
		runs_tried(&r, 10000, r.at.n);
		runs_judge(&r, most, &out);
		runs_release(&r);
		assert_int_equal(out.yes, most == 1500);
	}
}

/* Frames of different files are not neighbours. */
static void files_are_apart(void **state)
{
	struct runs r = { 0 };
	struct run_facts out;

	(void)state;
	for (int i = 0; i < 30; i++) {
		struct fact k = { .has_near = true,
				  .near_file = 256 + i,
				  .e.copy = 1 };

		k.near.frame = 10;
		runs_add(&r, 1, &k);
	}
	runs_tried(&r, 10000, r.at.n);
	runs_judge(&r, 0, &out);
	runs_release(&r);
	assert_int_equal(out.runs, 0);
	assert_false(out.yes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_found),
		cmocka_unit_test(runs_of_one_session_are_found_too),
		cmocka_unit_test(losses_by_chance_are_no_runs),
		cmocka_unit_test(heavy_loss_is_no_run),
		cmocka_unit_test(a_sample_of_heavy_loss_is_no_run),
		cmocka_unit_test(a_share_of_neighbours_makes_runs),
		cmocka_unit_test(neighbours_that_chance_may_have_are_no_runs),
		cmocka_unit_test(
			few_neighbours_more_than_by_chance_are_no_runs),
		cmocka_unit_test(few_losses_say_nothing),
		cmocka_unit_test(copies_are_no_run),
		cmocka_unit_test(packets_too_large_for_the_path_are_no_run),
		cmocka_unit_test(files_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
