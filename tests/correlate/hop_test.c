/* Links of one hop: small hand-made strands, expected counterparts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

static void links_in_order_over_a_wrap_of_numbers(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 8; k++) {
		add(&a, k, 0xfffffe00u + k * 100, 100, 10 + k);
		add(&b, k + 20, 77 + k * 100, 100, 10 + k);
	}
	h = hop_matched(&a, &b, 77u - 0xfffffe00u);
	for (uint32_t k = 0; k < 8; k++)
		assert_int_equal(h.far_of[k], k);
	hop_release(&h);
}

static void the_copy_of_equal_time_stamp_arrived(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 6; k++) {
		add(&a, k, 1000 + k * 100, 100, 10 + k);
		if (k != 3)
			add(&b, k + 20, 1000 + k * 100, 100, 10 + k);
	}
	add(&a, 300, 1300, 100, 310);
	add(&b, 320, 1300, 100, 310);
	h = hop_matched(&a, &b, 0);
	assert_int_equal(h.far_of[3], LINK_NONE);
	assert_int_equal(h.far_of[6], 5);
	hop_release(&h);
}

static void a_second_arrival_is_a_duplicate(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 6; k++) {
		add(&a, k, 1000 + k * 100, 100, 10 + k);
		add(&b, k + 20, 1000 + k * 100, 100, 10 + k);
		if (k == 2)
			add(&b, k + 20, 1000 + k * 100, 100, 10 + k);
	}
	h = hop_matched(&a, &b, 0);
	assert_true(h.near_is[2] & LINK_DUP);
	assert_true(h.far_is[3] & LINK_DUP);
	assert_int_equal(h.far_of[5], 6);
	hop_release(&h);
}

static void the_overtaken_one_is_late(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 6; k++)
		add(&a, k, 1000 + k * 100, 100, 10 + k);
	for (uint32_t k = 0; k < 6; k++) {
		uint32_t p = k == 2 ? 3 : k == 3 ? 2 : k;

		add(&b, k + 20, 1000 + p * 100, 100, 10 + p);
	}
	h = hop_matched(&a, &b, 0);
	assert_int_equal(h.far_of[2], 3);
	assert_true(h.near_is[2] & LINK_LATE);
	assert_false(h.near_is[3] & LINK_LATE);
	hop_release(&h);
}

/* What was sent nearest in time tells what is usual, not what is as near in
 * number on the other side of a pause. */
static void pace_is_that_of_the_same_time(void **state)
{
	static struct side a, b;
	struct hop h;
	int64_t pace, dev;

	(void)state;
	for (uint32_t k = 0; k < 16; k++) {
		int64_t t = k < 6 ? k : 2000 + k, f = k < 6 ? 20 : 60;

		add(&a, t, 1000 + k * 100, 100, k + 1);
		add(&b, t + f, 1000 + k * 100, 100, k + 1);
	}
	h = hop_matched(&a, &b, 0);
	assert_true(hop_pace_at(&h, 6, &pace, &dev));
	assert_int_equal(pace, 60 * MS);
	assert_true(hop_pace_at(&h, 5, &pace, &dev));
	assert_int_equal(pace, 20 * MS);
	hop_release(&h);
}

/* Whatever is linked: no overflow. */
static void stamps_at_the_ends_of_time_are_matched(void **state)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MIN + 1, -1,
					INT64_MAX - 1, INT64_MAX };

	(void)state;
	for (uint32_t k = 0; k < 625; k++) {
		static struct side a, b;
		struct hop h = { .tick = HOP_DEV_MOST,
				 .paced = k % 2,
				 .pace = hop_f_bounded(ends[k / 125]),
				 .dev = HOP_DEV_MOST,
				 .f_low = ends[k / 125],
				 .f_high = ends[k / 25 % 5],
				 .max_transit = HOP_F_MOST };

		a.s.n = b.s.n = 0;
		for (uint32_t i = 0; i < 32; i++) {
			uint32_t n = i % 12;

			add(&a, i, n * 1000, 1000, n)->time_ns =
				ends[(k + i) % 5];
			add(&b, i, n * 1000 + i / 20 * 100, 1000, n)->time_ns =
				ends[(k / 5 + i) % 5];
		}
		hop_init(&h, &a.s, &b.s, true);
		hop_match(&h);
		hop_release(&h);
	}
}

/* Two points on parallel links, packets in turn: none takes the way from one to
 * the other, though ACKs there repeat what others said. */
static void acks_of_parallel_links_are_not_each_other(void **state)
{
	static struct side a, b;
	struct hop h = { .f_low = INT64_MIN,
			 .tick = 1,
			 .f_high = INT64_MAX,
			 .max_transit = 30000 * MS };

	(void)state;
	for (uint32_t k = 0; k < 40; k++) {
		struct record *r = add(k & 1 ? &b : &a, k + (k & 1) * 15, 1, 0,
				       1000 + k);

		r->ip_id = (uint16_t)(13000 + k);
		r->ack64 = seq_first(1 + k / 8 * 1000);
		r->n_sack = 1;
		r->sack[0][0] = 9000;
		r->sack[0][1] = 9000 + k;
	}
	hop_init(&h, &a.s, &b.s, true);
	hop_match(&h);
	for (uint32_t k = 0; k < a.s.n; k++)
		assert_int_equal(h.far_of[k], LINK_NONE);
	hop_release(&h);
}

/* A busy host stamps late at the near point, by 20 ms at most: what would have to be
 * later still is another packet, and calling it the same one would hide a loss. */
static void what_a_late_stamp_does_not_explain_is_no_pair(void **state)
{
	struct hop h = { .f_low = 50 * MS,
			 .f_high = INT64_MAX,
			 .max_transit = 1000 * MS };

	(void)state;
	assert_true(hop_may_take(&h, 30 * MS));
	assert_false(hop_may_take(&h, 30 * MS - 1));
	h.tick = 15 * MS;
	assert_true(hop_may_take(&h, 15 * MS));
	assert_false(hop_may_take(&h, 15 * MS - 1));
}

/* What left within a tenth of a second of the near capture's last packet, its end may
 * still have seen: it is not taken for one of after that. */
static void a_capture_has_not_ended_with_its_last_packet(void **state)
{
	struct hop h = { .paced = true,
			 .pace = 20 * MS,
			 .near_ran = true,
			 .near_until = 1000 * MS };

	(void)state;
	assert_false(hop_near_ended(&h, 1120 * MS));
	assert_true(hop_near_ended(&h, 1120 * MS + 1));
	h.paced = false; /* nothing says when it left */
	assert_false(hop_near_ended(&h, 5000 * MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_at_the_ends_of_time_are_matched),
		cmocka_unit_test(links_in_order_over_a_wrap_of_numbers),
		cmocka_unit_test(the_copy_of_equal_time_stamp_arrived),
		cmocka_unit_test(a_second_arrival_is_a_duplicate),
		cmocka_unit_test(the_overtaken_one_is_late),
		cmocka_unit_test(pace_is_that_of_the_same_time),
		cmocka_unit_test(what_a_late_stamp_does_not_explain_is_no_pair),
		cmocka_unit_test(a_capture_has_not_ended_with_its_last_packet),
		cmocka_unit_test(acks_of_parallel_links_are_not_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
