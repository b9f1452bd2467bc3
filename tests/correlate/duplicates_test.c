/* Which far records are second ones, made by the network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

static void a_repeated_far_record_is_a_duplicate(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 7)->ip_id = 9;
	add(&b, 20, 1000, 100, 7)->ip_id = 9;
	add(&b, 21, 1000, 100, 7)->ip_id = 9;
	h = hop_over(&a, &b, 0);
	h.use_ts = h.use_id = true;
	hop_link(&h, 0, 0);
	copies_mark_duplicates(&h);
	assert_true(h.near_is[0] & LINK_DUP);
	assert_true(h.far_is[1] & LINK_DUP);
	assert_false(h.far_is[0] & LINK_DUP);
	assert_int_equal(h.near_of[1], 0);
	hop_release(&h);
}

/* Of two equal pieces of a large packet the second was taken for it. */
static void a_repeated_record_may_come_first(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 200, 7);
	add(&b, 20, 1000, 100, 7);
	add(&b, 20, 1100, 100, 7);
	add(&b, 20, 1100, 100, 7);
	h = hop_over(&a, &b, 0);
	h.use_ts = true;
	hop_link(&h, 0, 0);
	h.far_is[2] = LINKED | LINK_RESEG;
	h.near_of[2] = 0;
	copies_mark_duplicates(&h);
	assert_true(h.near_is[0] & LINK_DUP);
	assert_true(h.far_is[1] & LINK_DUP);
	assert_int_equal(h.near_of[1], 0);
	hop_release(&h);
}

static struct hop merged(struct side *a, struct side *b, bool use_ts,
			 uint32_t copy_ts, int64_t copy_at)
{
	struct hop h;

	for (uint32_t i = 0; i < 3; i++)
		add(a, 0, 1000 + 100 * i, 100, 7);
	add(b, 20, 1000, 300, 7);
	add(b, copy_at, 1200, 100, copy_ts);
	h = hop_over(a, b, 0);
	h.use_ts = use_ts;
	coverage_match(&h);
	assert_true(h.near_is[2] & LINKED);
	return h;
}

/* The receiver merged the first with what came before it. */
static void a_copy_of_a_merged_segment_is_a_duplicate(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h = merged(&a, &b, true, 7, 21);

	(void)state;
	copies_mark_duplicates(&h);
	assert_true(h.far_is[1] & LINK_DUP);
	assert_int_equal(h.near_of[1], 2);
	assert_true(h.near_is[2] & LINK_DUP);
	assert_false((h.near_is[0] | h.near_is[1]) & LINK_DUP);
	hop_release(&h);
}

static void what_was_sent_again_is_no_copy_of_the_merged(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct side c = { .s = { .n = 0 } }, d = { .s = { .n = 0 } };
	struct hop h = merged(&a, &b, true, 9, 21);
	struct hop late = merged(&c, &d, false, 7, 320);

	(void)state;
	copies_mark_duplicates(&h);
	assert_false(h.far_is[1] & LINK_DUP);
	copies_mark_duplicates(&late);
	assert_false(late.far_is[1] & LINK_DUP);
	hop_release(&h);
	hop_release(&late);
}

/* An ACK that the near point missed is none of the next, equal one. */
static void what_came_long_before_is_no_duplicate(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 40, 1000, 0, 0)->ip_id = 9;
	add(&b, 20, 1000, 0, 0)->ip_id = 9;
	add(&b, 60, 1000, 0, 0)->ip_id = 9;
	h = hop_over(&a, &b, 0);
	h.use_id = true;
	hop_link(&h, 0, 1);
	copies_mark_duplicates(&h);
	assert_false(h.near_is[0] & LINK_DUP);
	assert_int_equal(h.far_is[0], 0);
	hop_release(&h);
}

/* Nor is one after it, where the ID says nothing: all have it. */
static void a_later_one_with_everyones_id_is_no_duplicate(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 900, 100, 0)->ip_id = 9;
	add(&a, 40, 1000, 0, 0)->ip_id = 9;
	add(&b, 20, 900, 100, 0)->ip_id = 9;
	add(&b, 60, 1000, 0, 0)->ip_id = 9;
	add(&b, 90, 1000, 0, 0)->ip_id = 9;
	h = hop_over(&a, &b, 0);
	h.use_id = true;
	hop_link(&h, 0, 0);
	hop_link(&h, 1, 1);
	copies_mark_duplicates(&h);
	assert_false(h.near_is[1] & LINK_DUP);
	b.rec[0].ip_id = 8; /* but where it is its own */
	copies_mark_duplicates(&h);
	assert_true(h.near_is[1] & LINK_DUP);
	hop_release(&h);
}

/* The far clock ticks in 15.6 ms.  What comes 52 ms later was sent again, when the near
 * capture missed it; a copy may seem a tick later. */
static void a_coarse_clock_is_wrong_by_one_tick(void **state)
{
	static const int64_t later[] = { 15, 52 };

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		struct hop h;

		add(&a, 0, 1000, 100, 0)->opts = 0;
		add(&b, 20, 1000, 100, 0)->opts = 0;
		add(&b, 20 + later[k], 1000, 100, 0)->opts = 0;
		h = hop_over(&a, &b, 0);
		h.tick = 15625000;
		h.dev = 2 * MS;
		hop_link(&h, 0, 0);
		copies_mark_duplicates(&h);
		assert_int_equal(!!(h.near_is[0] & LINK_DUP), k == 0);
		hop_release(&h);
	}
}

static void a_record_of_another_id_is_no_duplicate(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 7)->ip_id = 9;
	add(&b, 20, 1000, 100, 7)->ip_id = 9;
	add(&b, 21, 1000, 100, 7)->ip_id = 10;
	h = hop_over(&a, &b, 0);
	h.use_ts = h.use_id = true;
	hop_link(&h, 0, 0);
	copies_mark_duplicates(&h);
	assert_false(h.near_is[0] & LINK_DUP);
	assert_int_equal(h.far_is[1], 0);
	hop_release(&h);
}

/* Unless a device writes IDs anew, also into both copies.  A host sends pure ACKs
 * that are equal, but not the same data twice in a moment. */
static void data_of_an_id_that_is_written_anew_is_a_duplicate(void **state)
{
	(void)state;
	for (uint32_t len = 0; len <= 100; len += 100) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		struct hop h;

		add(&a, 0, 1000, len, 7)->ip_id = 9;
		add(&b, 20, 1000, len, 7)->ip_id = 55;
		add(&b, 21, 1000, len, 7)->ip_id = 77;
		add(&b, 90, 1000, len, 7)->ip_id = 88; /* sent again */
		h = hop_over(&a, &b, 0);
		h.new_ids = true;
		hop_link(&h, 0, 0);
		copies_mark_duplicates(&h);
		assert_int_equal(h.far_is[1] & LINK_DUP, len ? LINK_DUP : 0);
		assert_int_equal(h.far_is[2], 0);
		hop_release(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_repeated_far_record_is_a_duplicate),
		cmocka_unit_test(a_repeated_record_may_come_first),
		cmocka_unit_test(a_copy_of_a_merged_segment_is_a_duplicate),
		cmocka_unit_test(what_was_sent_again_is_no_copy_of_the_merged),
		cmocka_unit_test(what_came_long_before_is_no_duplicate),
		cmocka_unit_test(a_later_one_with_everyones_id_is_no_duplicate),
		cmocka_unit_test(a_coarse_clock_is_wrong_by_one_tick),
		cmocka_unit_test(a_record_of_another_id_is_no_duplicate),
		cmocka_unit_test(
			data_of_an_id_that_is_written_anew_is_a_duplicate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
