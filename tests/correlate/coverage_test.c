/* Data that was cut or merged on the way: which bytes came in which record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

static void a_super_segment_is_all_of_its_pieces(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 3000, 5);
	add(&b, 20, 1000, 1460, 5);
	add(&b, 20, 2460, 1460, 5);
	add(&b, 20, 3920, 80, 5);
	h = hop_over(&a, &b, 0);
	coverage_match(&h);
	assert_int_equal(h.near_is[0], LINKED | LINK_RESEG);
	assert_int_equal(h.far_of[0], 2); /* the one that completes it */
	for (uint32_t j = 0; j < 3; j++)
		assert_int_equal(h.near_of[j], 0);
	assert_int_equal(h.piece.n, 0);
	hop_release(&h);
}

static void segments_merged_on_receipt_are_one(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 5);
	add(&a, 0, 1100, 100, 5);
	add(&a, 0, 1200, 100, 5);
	add(&b, 20, 1000, 300, 5);
	h = hop_over(&a, &b, 0);
	coverage_match(&h);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(h.near_is[i], LINKED | LINK_RESEG);
		assert_int_equal(h.far_of[i], 0);
	}
	hop_release(&h);
}

/* One of two is lost; both are sent again once the near capture has ended, and come as
 * one record. */
static void what_comes_after_the_near_capture_fills_no_hole(void **state)
{
	(void)state;
	for (int ran = 0; ran < 2; ran++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		struct hop h;

		add(&a, 0, 1000, 100, 5);
		add(&a, 0, 1100, 100, 5);
		add(&b, 20, 1000, 100, 5);
		add(&b, 110 + 60 * ran, 1000, 200, 5);
		for (uint32_t k = 0; k < 2; k++)
			a.rec[k].opts = b.rec[k].opts = 0;
		h = hop_over(&a, &b, 0);
		h.near_ran = ran;
		h.near_until = 30 * MS;
		hop_match(&h);
		assert_int_equal(h.far_of[0], 0);
		assert_int_equal(h.far_of[1], ran ? LINK_NONE : 1);
		hop_release(&h);
	}
}

static void a_lost_piece_is_a_hole_between_the_others(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 3000, 5);
	add(&b, 20, 1000, 1000, 5);
	add(&b, 20, 3000, 1000, 5);
	h = hop_over(&a, &b, 0);
	coverage_match(&h);
	assert_int_equal(h.near_is[0], LINK_PART | LINK_RESEG);
	assert_int_equal(h.piece.n, 2);
	assert_int_equal(h.piece.at[0].off, 0);
	assert_int_equal(h.piece.at[0].len, 1000);
	assert_int_equal(h.piece.at[1].off, 2000);
	assert_int_equal(h.piece.at[1].len, 1000);
	hop_release(&h);
}

static void numbers_may_differ_and_wrap(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 0xffffff00u, 1000, 5);
	add(&b, 20, 50, 500, 5);
	add(&b, 20, 550, 500, 5);
	h = hop_over(&a, &b, 50u - 0xffffff00u);
	coverage_match(&h);
	assert_int_equal(h.near_is[0], LINKED | LINK_RESEG);
	assert_int_equal(h.far_of[0], 1);
	hop_release(&h);
}

static void time_stamps_tell_whose_bytes_they_are(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 200, 5);
	add(&a, 10, 1000, 200, 15); /* again; only this one arrived */
	add(&b, 30, 1000, 100, 15);
	add(&b, 30, 1100, 100, 15);
	h = hop_over(&a, &b, 0);
	h.use_ts = true;
	coverage_match(&h);
	assert_int_equal(h.near_is[0], 0);
	assert_int_equal(h.near_is[1], LINKED | LINK_RESEG);
	hop_release(&h);
}

static void without_time_stamps_time_tells(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 200, 0);
	add(&a, 300, 1000, 200, 0);
	add(&b, 320, 1000, 100, 0);
	add(&b, 320, 1100, 100, 0);
	h = hop_over(&a, &b, 0);
	coverage_match(&h);
	assert_int_equal(h.near_is[0], 0);
	assert_int_equal(h.near_is[1], LINKED | LINK_RESEG);
	hop_release(&h);
}

/* One was lost, and what was sent again the near capture did not see.  Equal
 * boundaries are for copies_match(), which left them apart. */
static void a_copy_that_was_left_apart_stays_so(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 536, 0);
	add(&b, 220, 1000, 536, 0);
	h = hop_over(&a, &b, 0);
	h.dev = 10 * MS;
	coverage_match(&h);
	assert_int_equal(h.near_is[0], 0);
	assert_int_equal(h.far_is[0], 0);
	hop_release(&h);
}

/* The near capture ended before they were sent. */
static void pieces_that_come_a_round_trip_later_are_of_a_copy(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 3000, 0);
	add(&b, 20, 1000, 1000, 0);
	add(&b, 24, 2000, 1000, 0);
	add(&b, 180, 3000, 1000, 0);
	h = hop_over(&a, &b, 0);
	coverage_match(&h);
	assert_int_equal(h.near_is[0], LINK_PART | LINK_RESEG);
	assert_int_equal(h.piece.n, 2);
	assert_false(h.far_is[2] & LINKED);
	hop_release(&h);
}

/* A slow link spreads them over more time than a round trip takes. */
static void pieces_may_come_one_after_another(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 9000, 0);
	for (uint32_t k = 0; k < 9; k++)
		add(&b, 20 + 8 * k, 1000 + k * 1000, 1000, 0);
	h = hop_over(&a, &b, 0);
	h.f_low = 18 * MS;
	h.f_high = 22 * MS;
	coverage_match(&h);
	assert_int_equal(h.near_is[0], LINKED | LINK_RESEG);
	hop_release(&h);
}

static void a_byte_is_given_once(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 200, 5);
	add(&b, 20, 1000, 150, 5);
	add(&b, 20, 1100, 100, 5); /* overlaps the one before */
	h = hop_over(&a, &b, 0);
	coverage_match(&h);
	assert_int_equal(h.near_is[0], LINKED | LINK_RESEG);
	assert_int_equal(h.piece.n, 0);
	assert_true(h.far_is[0] & LINKED);
	assert_true(h.far_is[1] & LINKED);
	hop_release(&h);
}

static void bytes_from_before_they_were_sent_are_others(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 5000, 1000, 200, 5);
	add(&b, 20, 1000, 100, 5);
	h = hop_over(&a, &b, 0);
	coverage_match(&h);
	assert_int_equal(h.near_is[0], 0);
	assert_int_equal(h.far_is[0], 0);
	hop_release(&h);
}

static void what_is_linked_already_stays_so(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 200, 5);
	add(&a, 1, 1000, 200, 5);
	add(&b, 20, 1000, 200, 5);
	add(&b, 21, 1000, 100, 5);
	h = hop_over(&a, &b, 0);
	hop_link(&h, 0, 0);
	coverage_match(&h);
	assert_int_equal(h.near_is[0], LINKED);
	assert_int_equal(h.near_is[1], LINK_PART | LINK_RESEG);
	assert_int_equal(h.piece.n, 1);
	assert_int_equal(h.piece.at[0].far, 1);
	hop_release(&h);
}

/* The network made two of the second segment; the receiver merged the second of
 * them with the third. */
static void a_duplicate_merged_with_the_next_is_seen(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 5);
	add(&a, 0, 1100, 100, 5);
	add(&a, 0, 1200, 100, 5);
	add(&b, 20, 1000, 200, 5);
	add(&b, 20, 1100, 200, 5);
	h = hop_over(&a, &b, 0);
	h.use_ts = true;
	coverage_match(&h);
	assert_false(h.near_is[0] & LINK_DUP);
	assert_true(h.near_is[1] & LINK_DUP);
	assert_false(h.near_is[2] & LINK_DUP);
	hop_release(&h);
}

#define CROWD 2100 /* its square is more than coverage.c takes */

static const struct record *of_crowd(void *ctx, uint32_t i)
{
	static struct record r;

	r = (struct record){ .time_ns = (*(const bool *)ctx ? 20 : 0) * MS + i,
			     .seq64 = seq_first(1000),
			     .pay_len = *(const bool *)ctx ? 900 : 1000,
			     .ack64 = seq_first(1),
			     .tcp_flags = REC_ACK };
	return &r;
}

/* All of a strand are copies, and so are all of the other: nobody tells which is
 * which, and to ask it of all pairs takes for ever. */
static void a_crowd_of_copies_is_left_undecided(void **state)
{
	bool far[] = { false, true };
	struct strand s[2];
	struct hop h = { .tick = 1,
			 .f_low = INT64_MIN,
			 .f_high = INT64_MAX,
			 .max_transit = 30000 * MS };

	(void)state;
	for (int k = 0; k < 2; k++)
		s[k] = (struct strand){ .get = of_crowd,
					.ctx = &far[k],
					.n = CROWD };
	hop_init(&h, &s[0], &s[1], true);
	coverage_match(&h);
	assert_true(h.unsure);
	for (uint32_t i = 0; i < CROWD; i++)
		assert_int_equal(h.near_is[i], 0);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_super_segment_is_all_of_its_pieces),
		cmocka_unit_test(a_crowd_of_copies_is_left_undecided),
		cmocka_unit_test(segments_merged_on_receipt_are_one),
		cmocka_unit_test(
			what_comes_after_the_near_capture_fills_no_hole),
		cmocka_unit_test(a_lost_piece_is_a_hole_between_the_others),
		cmocka_unit_test(numbers_may_differ_and_wrap),
		cmocka_unit_test(time_stamps_tell_whose_bytes_they_are),
		cmocka_unit_test(without_time_stamps_time_tells),
		cmocka_unit_test(a_copy_that_was_left_apart_stays_so),
		cmocka_unit_test(
			pieces_that_come_a_round_trip_later_are_of_a_copy),
		cmocka_unit_test(pieces_may_come_one_after_another),
		cmocka_unit_test(a_byte_is_given_once),
		cmocka_unit_test(bytes_from_before_they_were_sent_are_others),
		cmocka_unit_test(what_is_linked_already_stays_so),
		cmocka_unit_test(a_duplicate_merged_with_the_next_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
