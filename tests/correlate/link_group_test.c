/* Bytes that were split or merged on the way, and copies in other pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

static void a_super_segment_equals_its_pieces(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 2580, 5);
	add(&b, 10, 1000, 1460, 5);
	add(&b, 10, 2460, 1120, 5);
	h = hop_matched(&a, &b, 0);
	assert_int_equal(h.near_is[0] & (LINKED | LINK_RESEG),
			 LINKED | LINK_RESEG);
	assert_int_equal(h.far_of[0], 1);
	hop_release(&h);
}

/* A router refuses the first of two segments, the second passes, and the sender cuts
 * both differently within the same millisecond: the new pieces have the bytes of the
 * old ones, but are other packets. */
static void what_is_sent_again_in_smaller_pieces_is_another(void **state)
{
	static const uint32_t from[] = { 1000, 2448, 1000, 2348 };
	static const uint32_t len[] = { 1448, 1047, 1348, 1147 };
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 8; k++) {
		add(&a, k, 200 + k * 100, 100, 5)->ip_id = (uint16_t)(10 + k);
		add(&b, k + 20, 200 + k * 100, 100, 5)->ip_id = (uint16_t)(10 +
									   k);
	}
	for (uint32_t k = 0; k < 4; k++) {
		add(&a, 10, from[k], len[k], 9)->ip_id = (uint16_t)(18 + k);
		if (k)
			add(&b, 30, from[k], len[k], 9)->ip_id = (uint16_t)(18 +
									    k);
	}
	h = hop_matched(&a, &b, 0);
	assert_true(h.use_id);
	assert_int_equal(h.far_of[8], LINK_NONE);
	for (uint32_t k = 9; k < 12; k++)
		assert_int_equal(h.far_of[k], k - 1);
	hop_release(&h);
}

/* The last piece is lost in a full queue, and sent again alone: with its second copy
 * the bytes are complete, but it is not that packet. */
static void
a_piece_that_was_sent_again_does_not_complete_the_first(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 3400, 0)->ip_id = 10;
	add(&a, 180, 3800, 600, 0)->ip_id = 13;
	add(&b, 20, 1000, 1400, 0)->ip_id = 10;
	add(&b, 24, 2400, 1400, 0)->ip_id = 11;
	add(&b, 200, 3800, 600, 0)->ip_id = 13;
	no_stamps(&a);
	no_stamps(&b);
	h = hop_over(&a, &b, 0);
	h.dev = 30 * MS;
	hop_match(&h);
	assert_int_equal(h.far_of[1], 2);
	assert_int_equal(h.near_is[0] & (LINKED | LINK_PART), LINK_PART);
	hop_release(&h);
}

/* Looking for its like beside it does not lose the record that was cut. */
static void a_group_begins_with_the_records_asked_for(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 4; k++) {
		add(&a, k, 1000 + k * 400, 400, 5)->ip_id = (uint16_t)(10 + k);
		if (k % 2 == 0)
			add(&b, 20 + k, 1000 + k * 400, 800, 5)->ip_id =
				(uint16_t)(90 + k);
	}
	for (int far = 0; far < 2; far++) {
		a.s.get = far ? strand_of_array : strand_of_one;
		b.s.get = far ? strand_of_one : strand_of_array;
		h = hop_over(&a, &b, 0);
		h.use_id = h.use_ts = true;
		link_sweep(&h);
		for (uint32_t k = 0; k < 4; k++)
			assert_int_equal(h.far_of[k], k / 2);
		hop_release(&h);
	}
}

/* The first piece is sent again, long after or at once.  The first record is still what
 * was cut, as the far point has the rest of it, and at once the copy is lost. */
static void a_copy_of_its_piece_does_not_take_what_was_cut(void **state)
{
	(void)state;
	for (int at_once = 0; at_once < 2; at_once++) {
		static struct side a, b;
		struct hop h;

		a.s.n = b.s.n = 0;
		add(&a, 0, 1000, 2896, 0);
		add(&a, at_once ? 2 : 240, 1000, 1448, 0);
		add(&b, 21, 1000, 1448, 0);
		add(&b, 21, 2448, 1448, 0);
		if (!at_once)
			add(&b, 261, 1000, 1448, 0);
		no_stamps(&a);
		no_stamps(&b);
		h = hop_over(&a, &b, 0);
		h.paced = at_once; /* else nothing came before it */
		h.dev = 3 * MS;
		link_sweep(&h);
		assert_int_equal(h.near_is[0] & (LINKED | LINK_RESEG),
				 LINKED | LINK_RESEG);
		assert_int_equal(h.far_of[0], 1);
		assert_int_equal(h.far_of[1], at_once ? LINK_NONE : 2);
		hop_release(&h);
	}
}

static void a_lost_piece_leaves_the_rest_found(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 4380, 5);
	add(&b, 10, 1000, 1460, 5);
	add(&b, 10, 3920, 1460, 5);
	h = hop_matched(&a, &b, 0);
	assert_true(h.near_is[0] & LINK_PART);
	assert_int_equal(h.piece.n, 2);
	assert_int_equal(h.piece.at[1].off, 2920);
	hop_release(&h);
}

/* Without time stamps, the later copies of lost pieces fit a super-segment in all but
 * time. */
static void later_copies_are_no_pieces_of_a_super_segment(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 3000, 0)->opts = 0;
	add(&b, 20, 1000, 1000, 0)->opts = 0;
	add(&b, 21, 2000, 1000, 0)->opts = 0;
	add(&a, 300, 3000, 1000, 0)->opts = 0;
	add(&b, 320, 3000, 1000, 0)->opts = 0;
	h = hop_matched(&a, &b, 0);
	assert_true(h.near_is[0] & LINK_PART);
	assert_int_equal(h.far_of[1], 2);
	hop_release(&h);
}

/* The first copies come late, merged; the later ones come as they were sent,
 * with IDs of their own. */
static void a_merged_record_is_not_of_copies_sent_later(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 16; k++) {
		uint32_t at = k < 14 ? k : k - 6; /* again: 8 and 9 */

		add(&a, k < 14 ? k : 50 + k, at * 100, 100, 0)->opts = 0;
		a.rec[k].ip_id = (uint16_t)(700 + k);
		if (k == 8 || k == 9)
			continue;
		if (k == 14) {
			add(&b, 35, 800, 200, 0)->opts = 0;
			b.rec[b.s.n - 1].ip_id = 708;
		}
		add(&b, 20 + (k < 14 ? k : 50 + k), at * 100, 100, 0)->opts = 0;
		b.rec[b.s.n - 1].ip_id = (uint16_t)(700 + k);
	}
	h = hop_matched(&a, &b, 0);
	assert_true(h.use_id);
	assert_int_equal(h.far_of[8], 12);
	assert_int_equal(h.far_of[9], 12);
	assert_int_equal(h.far_of[14], 13);
	assert_int_equal(h.far_of[15], 14);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_merged_record_is_not_of_copies_sent_later),
		cmocka_unit_test(a_super_segment_equals_its_pieces),
		cmocka_unit_test(
			a_piece_that_was_sent_again_does_not_complete_the_first),
		cmocka_unit_test(a_group_begins_with_the_records_asked_for),
		cmocka_unit_test(
			a_copy_of_its_piece_does_not_take_what_was_cut),
		cmocka_unit_test(a_lost_piece_leaves_the_rest_found),
		cmocka_unit_test(
			what_is_sent_again_in_smaller_pieces_is_another),
		cmocka_unit_test(later_copies_are_no_pieces_of_a_super_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
