/* What survives a hop, and how long it takes, learnt from hand-made strands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

/* Half of what is there first was lost and sent again soon: pairs of first and
 * second copies must not hide that IP IDs survive. */
static void ids_survive_though_copies_were_taken_for_pairs(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 16; k++) {
		add(&a, k, 1000 + k * 100, 100, 0)->ip_id = (uint16_t)(500 + k);
		if (k < 4)
			add(&b, k + 20, 1000 + k * 100, 100, 0)->ip_id =
				(uint16_t)(500 + k);
	}
	for (uint32_t k = 4; k < 16; k++) {
		uint16_t id = (uint16_t)(600 + k);

		add(&a, 40 + k, 1000 + k * 100, 100, 0)->ip_id = id;
		add(&b, 60 + k, 1000 + k * 100, 100, 0)->ip_id = id;
	}
	no_stamps(&a);
	no_stamps(&b);
	h = hop_matched(&a, &b, 0);
	assert_true(h.use_id);
	for (uint32_t k = 4; k < 16; k++) {
		assert_int_equal(h.far_of[k], LINK_NONE);
		assert_int_equal(h.far_of[12 + k], k);
	}
	hop_release(&h);
}

/* IDs survive, but those of the first packet's copies are all 0, and there are
 * no time stamps: only time tells which of the three arrived. */
static void an_id_of_zero_tells_no_copies(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 0, 0); /* lost */
	add(&a, 1000, 1000, 0, 0);
	add(&a, 1015, 1000, 0, 0);
	add(&b, 1020, 1000, 0, 0);
	add(&b, 1035, 1000, 0, 0);
	for (int k = 0; k < 3; k++)
		a.rec[k].tcp_flags |= REC_SYN;
	for (int k = 0; k < 2; k++)
		b.rec[k].tcp_flags |= REC_SYN;
	for (uint32_t k = 0; k < 20; k++) {
		add(&a, 1050 + k * 10, 1001 + k * 100, 100, 0)->ip_id =
			(uint16_t)(k + 1);
		add(&b, 1070 + k * 10, 1001 + k * 100, 100, 0)->ip_id =
			(uint16_t)(k + 1);
	}
	no_stamps(&a);
	no_stamps(&b);
	h = hop_matched(&a, &b, 0);
	assert_true(h.use_id);
	assert_int_equal(h.far_of[0], LINK_NONE);
	assert_int_equal(h.far_of[1], 0);
	assert_int_equal(h.far_of[2], 1);
	hop_release(&h);
}

/* Repeated acknowledgements at the start of a capture teach nothing; what comes
 * after them does. */
static void learns_behind_a_run_of_equal_acks(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 30; k++) {
		add(&a, k, 1000, 0, 0)->ip_id = (uint16_t)(500 + k);
		if (k > 20)
			add(&b, k + 20, 1000, 0, 0)->ip_id = (uint16_t)(500 +
									k);
	}
	for (uint32_t k = 30; k < 40; k++) {
		uint16_t id = (uint16_t)(500 + k);

		add(&a, k, 1000 + k * 100, 100, 0)->ip_id = id;
		add(&b, k + 20, 1000 + k * 100, 100, 0)->ip_id = id;
	}
	h = hop_matched(&a, &b, 0);
	assert_true(h.use_id);
	for (uint32_t k = 21; k < 40; k++)
		assert_int_equal(h.far_of[k], k - 21);
	hop_release(&h);
}

/* The second piece of a super-segment was overtaken, and sent again: its first
 * arrival is before the second one left by more than packets take. */
static void a_copy_of_a_piece_does_not_teach_the_pace(void **state)
{
	static struct side a, b;
	struct hop h = { .f_low = -4 * MS,
			 .f_high = 6 * MS,
			 .tick = 1,
			 .max_transit = 30000 * MS };

	(void)state;
	add(&a, 0, 1000, 5000, 0);
	add(&a, 11, 1500, 500, 0);
	for (uint32_t k = 0; k < 10; k++)
		if (k != 1)
			add(&b, 5, 1000 + 500 * k, 500, 0);
	add(&b, 6, 1500, 500, 0);
	add(&b, 16, 1500, 500, 0);
	for (uint32_t k = 0; k < 2; k++) {
		add(&a, 30 + 10 * k, 6000 + 1000 * k, 1000, 0);
		add(&b, 35 + 10 * k, 6000 + 1000 * k, 1000, 0);
	}
	no_stamps(&a);
	no_stamps(&b);
	hop_init(&h, &a.s, &b.s, true);
	hop_match(&h);
	assert_int_equal(h.far_of[1], 10);
	assert_int_equal(h.near_is[0] & ~LINK_LATE, LINKED | LINK_RESEG);
	assert_int_equal(h.near_of[9], 0);
	hop_release(&h);
}

/* The near capture begins amid copies, of which the far one has two each: those that
 * came before teach neither the pace nor that the network doubles packets. */
static void copies_of_before_the_near_capture_teach_nothing(void **state)
{
	static struct side a, b;
	struct hop h = { .f_low = -70 * MS,
			 .f_high = 60 * MS,
			 .tick = 1,
			 .paced = true,
			 .pace = 60 * MS,
			 .dev = 5 * MS,
			 .max_transit = 30000 * MS };

	(void)state;
	add(&b, 60, 1000, 1000, 0);
	add(&b, 62, 2000, 1000, 0);
	add(&a, 100, 1000, 1000, 0);
	add(&b, 123, 1000, 1000, 0);
	add(&a, 147, 2000, 1000, 0);
	add(&b, 168, 2000, 1000, 0);
	add(&a, 147, 3000, 1000, 0);
	add(&b, 170, 3000, 1000, 0);
	no_stamps(&a);
	no_stamps(&b);
	hop_init(&h, &a.s, &b.s, true);
	hop_match(&h);
	for (uint32_t k = 0; k < a.s.n; k++) {
		assert_int_equal(h.far_of[k], k + 2);
		assert_int_equal(h.near_is[k], LINKED);
	}
	hop_release(&h);
}

static void learns_from_strands_that_keep_little(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 4; k++) {
		uint16_t id = (uint16_t)(500 + k);

		add(&a, k, 1000 + k * 100, 100, 0)->ip_id = id;
		add(&b, k + 20, 1000 + k * 100, 100, 0)->ip_id = id;
	}
	b.s.get = strand_of_one;
	h = hop_over(&a, &b, 0);
	hop_learn(&h);
	assert_true(h.use_id);
	hop_release(&h);
}

/* @n segments, each with an IP ID of its own, and another at the far point. */
static struct hop learnt_from(uint32_t n, bool same_content)
{
	static struct side a, b;
	struct hop h;

	a.s.n = b.s.n = 0;
	for (uint32_t k = 0; k < n; k++) {
		uint32_t seq = 1000 + k * 100 + (same_content ? 0 : 500000);

		add(&a, k, 1000 + k * 100, 100, 0)->ip_id = (uint16_t)(50 + k);
		add(&b, k + 20, seq, 100, 0)->ip_id = (uint16_t)(900 + k);
	}
	no_stamps(&a);
	no_stamps(&b);
	h = hop_over(&a, &b, 0);
	hop_learn(&h);
	return h;
}

/* By then a device writes them; of nine it may be chance, and equal IDs later would
 * not count as the same packet's. */
static void nine_other_ids_do_not_make_a_device_that_writes_them(void **state)
{
	struct hop h = learnt_from(9, true);

	(void)state;
	assert_false(h.new_ids);
	hop_release(&h);
	h = learnt_from(10, true);
	assert_true(h.new_ids);
	assert_false(h.use_id);
	hop_release(&h);
}

/* Nothing at one end is like anything at the other: of a few that is chance, and they
 * may be compared by little. */
static void seven_records_without_a_pair_are_no_blank_hop(void **state)
{
	struct hop h = learnt_from(7, false);

	(void)state;
	assert_false(h.blank);
	hop_release(&h);
	h = learnt_from(8, false);
	assert_true(h.blank);
	hop_release(&h);
	h = learnt_from(8, true);
	assert_false(h.blank);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			ids_survive_though_copies_were_taken_for_pairs),
		cmocka_unit_test(an_id_of_zero_tells_no_copies),
		cmocka_unit_test(learns_behind_a_run_of_equal_acks),
		cmocka_unit_test(a_copy_of_a_piece_does_not_teach_the_pace),
		cmocka_unit_test(learns_from_strands_that_keep_little),
		cmocka_unit_test(
			nine_other_ids_do_not_make_a_device_that_writes_them),
		cmocka_unit_test(seven_records_without_a_pair_are_no_blank_hop),
		cmocka_unit_test(
			copies_of_before_the_near_capture_teach_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
