/* What points in the middle missed: four points, 10 ms apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "correlate/chain.h"
#include "tests/correlate/side.h"

#define POINTS 4

struct scene {
	struct side at[POINTS];
	struct strand *strand[POINTS];
	struct hop hop[POINTS];
	struct leg leg[POINTS];
	struct passed *passed[POINTS];
	size_t n_passed[POINTS];
	struct chain c;
};

/* Twelve segments; bit p of missed[k] says that point p lacks segment k. */
static void open_scene(struct scene *t, const uint8_t *missed)
{
	memset(t, 0, sizeof *t);
	for (uint32_t p = 0; p < POINTS; p++)
		for (uint32_t k = 0; k < 12; k++)
			if (!(missed[k] >> p & 1))
				add(&t->at[p], k + p * 10, 1000 + k * 100, 100,
				    10 + k);
	for (size_t p = 0; p < POINTS; p++)
		t->strand[p] = &t->at[p].s;
	for (size_t k = 0; k + 1 < POINTS; k++) {
		t->hop[k] = (struct hop){ .use_ts = true,
					  .tick = 1,
					  .f_low = INT64_MIN,
					  .f_high = INT64_MAX,
					  .max_transit = 30000 * MS };
		t->leg[k] = (struct leg){ k, k + 1, true, true };
		hop_init(&t->hop[k], t->strand[k], t->strand[k + 1], true);
		hop_match(&t->hop[k]);
	}
	t->c = (struct chain){ .n = POINTS,
			       .strand = t->strand,
			       .n_hops = POINTS - 1,
			       .hop = t->hop,
			       .leg = t->leg,
			       .passed = t->passed,
			       .n_passed = t->n_passed };
	chain_join(&t->c);
}

static void close_scene(struct scene *t)
{
	for (size_t k = 0; k + 1 < POINTS; k++) {
		hop_release(&t->hop[k]);
		free(t->passed[k]);
	}
}

static void what_one_point_missed_passed_it(void **state)
{
	static struct scene t;
	const uint8_t missed[12] = { [5] = 2 };

	(void)state;
	open_scene(&t, missed);
	assert_true(t.hop[0].near_is[5] & LINK_PASSED);
	assert_int_equal(t.n_passed[1], 1);
	assert_int_equal(t.passed[1][0].far, 5);
	assert_int_equal(t.passed[1][0].near, 5);
	assert_int_equal(t.passed[1][0].at, 0);
	close_scene(&t);
}

static void what_two_neighbours_missed_passed_both(void **state)
{
	static struct scene t;
	const uint8_t missed[12] = { [4] = 4, [5] = 6, [8] = 6 };

	(void)state;
	open_scene(&t, missed);
	assert_true(t.hop[0].near_is[5] & LINK_PASSED);
	assert_true(t.hop[0].near_is[8] & LINK_PASSED);
	assert_true(t.hop[1].near_is[4] & LINK_PASSED);
	assert_int_equal(t.n_passed[1], 0);
	/* by far record, whatever the stretch */
	assert_int_equal(t.n_passed[2], 3);
	for (uint32_t k = 0; k < 3; k++)
		assert_int_equal(t.passed[2][k].far, k == 2 ? 8 : 4 + k);
	assert_int_equal(t.passed[2][0].at, 1);
	assert_int_equal(t.passed[2][1].at, 0);
	close_scene(&t);
}

static void what_never_came_has_not_passed(void **state)
{
	static struct scene t;
	const uint8_t missed[12] = { [5] = 14, [11] = 12 };

	(void)state;
	open_scene(&t, missed);
	assert_false(t.hop[0].near_is[5] & LINK_PASSED);
	assert_false(t.hop[1].near_is[10] & LINK_PASSED);
	for (size_t k = 0; k + 1 < POINTS; k++)
		assert_int_equal(t.n_passed[k], 0);
	close_scene(&t);
}

static void an_unsure_hop_joins_nothing(void **state)
{
	static struct scene t;
	const uint8_t missed[12] = { 0 };

	(void)state;
	open_scene(&t, missed);
	t.hop[1].unsure = true;
	hop_unlink(&t.hop[0], 5);
	hop_unlink(&t.hop[1], 5);
	chain_join(&t.c);
	assert_false(t.hop[0].near_is[5] & LINK_PASSED);
	close_scene(&t);
}

/* Point 0 is on a host: its packets are cut into four.  Point 1 missed the third
 * piece of the second and all of the last. */
static void pieces_of_a_large_packet_passed(void **state)
{
	static struct scene t;
	const uint8_t missed[12] = {
		[6] = 2, [8] = 2, [9] = 2, [10] = 2, [11] = 2
	};
	struct side large = { .s = { .n = 0 } };
	const uint64_t at = seq_first(1000);
	bool passed;

	(void)state;
	open_scene(&t, missed);
	hop_release(&t.hop[0]);
	for (uint32_t k = 0; k < 12; k++) /* undo chain_join() */
		t.hop[1].far_is[k] &= (uint8_t)~LINK_PASSED;
	for (uint32_t k = 0; k < 3; k++)
		add(&large, k * 4, 1000 + k * 400, 400, 0)->opts = 0;
	hop_init(&t.hop[0], &large.s, t.strand[1], true);
	t.hop[0].use_ts = false;
	hop_match(&t.hop[0]);
	assert_true(t.hop[0].near_is[1] & LINK_PART);
	assert_true(chain_part_passed(&t.c, 0, 1, at + 600, at + 700));
	assert_false(chain_part_passed(&t.c, 0, 1, at + 500, at + 700));
	assert_true(chain_part_passed(&t.c, 0, 2, at + 800, at + 1200));
	assert_false(chain_part_passed(&t.c, 0, 2, at + 800, at + 1201));
	assert_false(chain_part_passed(&t.c, 1, 2, at + 800, at + 900));
	assert_int_equal(
		chain_part_run(&t.c, 0, 1, at + 500, at + 700, &passed), 100);
	assert_false(passed);
	assert_int_equal(
		chain_part_run(&t.c, 0, 1, at + 600, at + 800, &passed), 100);
	assert_true(passed);
	t.hop[1].relay = true;
	assert_false(chain_part_passed(&t.c, 0, 2, at + 800, at + 1200));
	t.hop[1].relay = false;
	close_scene(&t);
}

/* Three equal acknowledgements; point 1 has one of them, points 2 and 3 another, too.
 * One was lost, and nothing tells which. */
static void one_of_equal_ones_passed_and_none_is_said_to(void **state)
{
	static struct scene t;
	uint8_t missed[12] = { 0 };

	(void)state;
	memset(&missed[4], 2, 3); /* points of which data is made first */
	missed[5] = 14;
	missed[6] = 0;
	open_scene(&t, missed);
	for (uint32_t p = 0; p < POINTS; p++)
		for (uint32_t k = 0; k < t.at[p].s.n; k++) {
			struct record *r = &t.at[p].rec[k];
			uint32_t of = (uint32_t)(r->seq64 - seq_first(1000)) /
				      100;

			r->opts = 0;
			/* a device between points 1 and 2 writes IDs */
			r->ip_id = (uint16_t)(p < 2 ? 100 + of : 500 + 7 * of);
			if (of < 4 || of > 6)
				continue;
			r->seq64 = seq_first(1400);
			r->pay_len = 0;
			r->time_ns = (4 + p * 10) * MS;
		}
	for (size_t k = 0; k + 1 < POINTS; k++) {
		hop_release(&t.hop[k]);
		free(t.passed[k]);
		t.passed[k] = NULL;
		t.n_passed[k] = 0;
		hop_init(&t.hop[k], t.strand[k], t.strand[k + 1], true);
		hop_match(&t.hop[k]);
	}
	chain_join(&t.c);
	for (uint32_t i = 4; i < 7; i++)
		assert_false(t.hop[0].near_is[i] & LINK_PASSED);
	close_scene(&t);
}

/* Points 0 and 2 are on hosts.  Point 1 missed the third piece of the second large
 * packet, which arrived joined with its neighbours, and its second copy alone. */
static void what_arrived_joined_with_others_passed(void **state)
{
	static struct scene t;
	static struct side large, joined;
	const uint8_t missed[12] = { [6] = 2 };
	const uint64_t at = seq_first(1000);
	bool passed;

	(void)state;
	open_scene(&t, missed);
	for (size_t k = 0; k < 2; k++)
		hop_release(&t.hop[k]);
	add(&t.at[1], 60, 1600, 100, 0);
	for (uint32_t k = 0; k < 3; k++) {
		add(&large, k * 4, 1000 + k * 400, 400, 0);
		add(&joined, 20 + k * 4, 1000 + k * 400, 400, 0);
	}
	add(&large, 50, 1600, 100, 0);
	add(&joined, 70, 1600, 100, 0);
	no_stamps(&large);
	no_stamps(&joined);
	no_stamps(&t.at[1]);
	hop_init(&t.hop[0], &large.s, t.strand[1], true);
	hop_init(&t.hop[1], t.strand[1], &joined.s, true);
	for (size_t k = 0; k < 2; k++) {
		t.hop[k].use_ts = false;
		hop_match(&t.hop[k]);
	}
	assert_true(t.hop[0].near_is[1] & LINK_PART);
	assert_int_equal(t.hop[1].far_of[11], 3);
	assert_true(chain_part_passed(&t.c, 0, 1, at + 600, at + 700));
	assert_false(chain_part_passed(&t.c, 0, 1, at + 500, at + 600));
	assert_int_equal(
		chain_part_run(&t.c, 0, 1, at + 600, at + 800, &passed), 100);
	assert_true(passed);
	close_scene(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_one_point_missed_passed_it),
		cmocka_unit_test(what_two_neighbours_missed_passed_both),
		cmocka_unit_test(what_never_came_has_not_passed),
		cmocka_unit_test(an_unsure_hop_joins_nothing),
		cmocka_unit_test(pieces_of_a_large_packet_passed),
		cmocka_unit_test(one_of_equal_ones_passed_and_none_is_said_to),
		cmocka_unit_test(what_arrived_joined_with_others_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
