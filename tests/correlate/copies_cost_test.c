/* What makes it likely that two records are one packet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

static void time_stamps_tell_more_than_time(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 7);
	add(&a, 3, 1000, 100, 10);
	add(&b, 23, 1000, 100, 7); /* 3 ms late */
	h = hop_over(&a, &b, 0);
	h.use_ts = true;
	copies_match(&h);
	assert_int_equal(h.far_of[0], 0);
	assert_int_equal(h.far_of[1], LINK_NONE);
	hop_release(&h);
}

/* Weeks after the packets that the clocks were fitted to, their bounds are wide,
 * and the upper one is no floor of anything. */
static void wide_bounds_of_clocks_are_no_pace(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 1500, 1000, 100, 7);
	add(&a, 1500, 1000, 100, 7);
	add(&b, 0, 1000, 100, 7);
	add(&b, 0, 1000, 100, 7);
	h = hop_over(&a, &b, 0);
	h.f_low = -1500 * MS;
	h.f_high = h.pace = -850 * MS;
	h.dev = 21 * MS;
	copies_match(&h);
	assert_int_equal(h.far_of[0], 0);
	assert_int_equal(h.far_of[1], 1);
	hop_release(&h);
	/* but what the clocks forbid stays forbidden */
	h = hop_over(&a, &b, 0);
	h.f_low = -950 * MS;
	h.f_high = h.pace = -850 * MS;
	h.dev = 4 * MS;
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	hop_release(&h);
}

/* Two flights of equal acknowledgements, 17 ms apart, on a path whose captures miss a
 * few.  The near one lacks one of the first flight, and one of the second is lost:
 * none of the second takes the lacking one's place, sooner than by the clocks. */
static void none_of_the_next_flight_is_what_the_near_capture_lacks(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 200; k++) {
		if (k % 33) /* the near capture misses 3 % */
			add(&a, k, 1000, 0, 0)->ack64 += 1 + k;
		add(&b, k + 20, 1000, 0, 0)->ack64 += 1 + k;
		b.rec[k].time_ns += k % 3 * MS / 4;
	}
	for (uint32_t k = 0; k < 12; k++) {
		int64_t t = k < 6 ? 200 : 217;

		if (k != 5)
			add(&a, t, 1000, 0, 0)->ack64 += 200;
		if (k != 6)
			add(&b, t + 20, 1000, 0, 0)->ack64 += 200;
	}
	no_stamps(&a);
	no_stamps(&b);
	h = hop_over(&a, &b, 0);
	h.f_low = 5 * MS;
	h.f_high = 20 * MS;
	h.dev = MS / 4;
	hop_match(&h);
	for (uint32_t i = 0; i < a.s.n; i++)
		if (h.near_is[i] & LINKED)
			assert_true(hop_f(&a.rec[i], &b.rec[h.far_of[i]]) >
				    h.f_low);
	hop_release(&h);
}

/* The near capture began later than the first copy came: what it has is the second,
 * and no delay makes up for a packet that comes 100 ms before it is sent. */
static void no_pace_allows_what_the_clocks_forbid(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 300, 1000, 100, 7)->opts = 0;
	add(&b, 200, 1000, 100, 7)->opts = 0;
	h = hop_over(&a, &b, 0);
	h.f_low = 0;
	h.f_high = h.pace = 60 * MS;
	h.dev = 5 * MS;
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	hop_release(&h);
}

/* The near capture lacks the second SYN, which came a second later. */
static void a_syn_a_second_later_was_sent_again(void **state)
{
	static const int64_t later[] = { 800, 1000 };

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		struct record *r;
		struct hop h;

		r = add(&a, 0, 1000, 0, 0);
		r->opts = 0;
		r->tcp_flags = REC_SYN;
		r = add(&b, 20 + later[k], 1000, 0, 0);
		r->opts = 0;
		r->tcp_flags = REC_SYN;
		h = hop_over(&a, &b, 0);
		h.dev = 10 * MS;
		copies_match(&h);
		assert_int_equal(h.far_of[0], k ? LINK_NONE : 0);
		hop_release(&h);
	}
}

/* The near capture ended before the second, and the far one lacks the first; the clocks'
 * bounds are wide, and the usual time is a guess within them. */
static void a_guess_of_the_usual_time_makes_no_second_shorter(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 0, 0)->tcp_flags = REC_SYN | REC_ACK;
	add(&b, 1019, 1000, 0, 0)->tcp_flags = REC_SYN | REC_ACK;
	no_stamps(&a);
	no_stamps(&b);
	h = hop_over(&a, &b, 0);
	h.f_low = -80 * MS;
	h.f_high = h.pace = 80 * MS;
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	hop_release(&h);
}

/* Time alone says little where delays vary; but a packet is hardly overtaken by
 * all that follow it. */
static void a_copy_that_all_overtook_is_the_later_one(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 0); /* lost */
	for (uint32_t k = 1; k < 10; k++) {
		add(&a, k, 1000 + k * 100, 100, 0);
		add(&b, 20 + k, 1000 + k * 100, 100, 0);
	}
	add(&a, 20, 1000, 100, 0);
	add(&b, 32, 1000, 100, 0);
	h = hop_over(&a, &b, 0);
	h.dev = 4 * MS; /* 12 ms more, or 8 less, than usual */
	for (uint32_t k = 1; k < 10; k++)
		hop_link(&h, k, k - 1);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	assert_int_equal(h.far_of[10], 9);
	assert_false(h.near_is[10] & LINK_TIED);
	hop_release(&h);
}

/* Sent again 140 ms later, when the near capture missed it: the rest of its flight
 * came meanwhile, in time. */
static void what_a_whole_flight_overtook_was_sent_again(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 0);
	for (uint32_t k = 1; k < 100; k++) {
		add(&a, 0, 1000 + k * 100, 100, 0);
		add(&b, 20, 1000 + k * 100, 100, 0);
	}
	add(&b, 160, 1000, 100, 0);
	no_stamps(&a);
	no_stamps(&b);
	h = hop_over(&a, &b, 0);
	h.dev = 8 * MS;
	for (uint32_t k = 1; k < 100; k++)
		hop_link(&h, k, k - 1);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	hop_release(&h);
}

/* Two of a flight are lost and sent again, each once its timer is out; the near capture
 * misses the second one of that.  What its host sent meanwhile came before. */
static void what_later_ones_overtook_was_sent_again(void **state)
{
	static const int64_t again[] = { 300, 330, 600 };
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 8; k++) {
		add(&a, k, 1000 + k * 100, 100, 0);
		if (k < 5)
			add(&b, 20 + 9 * k, 1000 + k * 100, 100, 0);
	}
	for (uint32_t k = 0; k < 3; k++) {
		if (k != 1)
			add(&a, again[k], 1500 + k * 100, 100, 0);
		add(&b, again[k] + 38, 1500 + k * 100, 100, 0);
	}
	no_stamps(&a);
	no_stamps(&b);
	h = hop_over(&a, &b, 0);
	h.dev = 8 * MS;
	hop_match(&h);
	assert_int_equal(h.far_of[6], LINK_NONE);
	assert_int_equal(h.far_of[8], 5);
	assert_int_equal(h.far_of[9], 7);
	hop_release(&h);
}

/* A burst fills a queue, and its last two are lost; the last one is sent again
 * once the queue is empty.  To be that much sooner it takes no more than time. */
static void a_queue_that_emptied_tells_which_copy_came(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 0, 100, 7);
	add(&b, 20, 0, 100, 7);
	for (uint32_t k = 1; k < 40; k++) {
		add(&a, 1000, k * 100, 100, 7);
		add(&b, 1020 + 3 * k, k * 100, 100, 7);
	}
	add(&a, 1000, 4000, 100, 7);
	add(&a, 1000, 4100, 50, 7);
	add(&a, 1200, 4100, 50, 7);
	add(&b, 1220, 4100, 50, 7);
	h = hop_over(&a, &b, 0);
	hop_match(&h);
	assert_int_equal(h.far_of[41], LINK_NONE);
	assert_int_equal(h.far_of[42], 40);
	assert_false(h.near_is[42] & LINK_TIED);
	hop_release(&h);
}

/* A SYN as it is sent, and one that comes a second later. */
static uint32_t syn_said_late(uint32_t tsval, int64_t gone_on)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	uint32_t far;
	struct hop h;

	add(&a, 0, 0, 0, tsval)->tcp_flags = REC_SYN | REC_ACK;
	add(&b, 1011, 0, 0, tsval + (uint32_t)gone_on)->tcp_flags = REC_SYN |
								    REC_ACK;
	for (uint32_t k = 0; k < 4; k++) /* the near capture misses these */
		add(&b, 1100 + k, 1 + k * 100, 100, tsval + 1100);
	h = hop_over(&a, &b, 0);
	h.dev = 2 * MS; /* as the clocks' bounds have it */
	h.f_low = -12 * MS;
	h.f_high = h.pace;
	hop_match(&h);
	far = h.far_of[0];
	hop_release(&h);
	return far;
}

/* A queue of 9 ms emptied; of the equal ACKs that follow, every second one is
 * faster than any before by 50 us.  They are still what they are in order. */
static void what_sets_a_new_floor_is_no_other_packet(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 8; k++) {
		add(&a, 0, 1000 + k * 100, 100, 0);
		add(&b, 20 + k + (k > 0), 1000 + k * 100, 100, 0);
	}
	for (uint32_t k = 0; k < 6; k++) {
		add(&a, 100, 1800, 0, 0)->time_ns += k * MS / 5;
		add(&b, 120, 1800, 0, 0)->time_ns +=
			k * MS / 5 + (k % 2 ? MS / 10 : -MS / 20);
	}
	no_stamps(&a);
	no_stamps(&b);
	h = hop_over(&a, &b, 0);
	h.dev = MS / 2;
	h.floor = h.floor_next = 20 * MS;
	for (uint32_t k = 0; k < 8; k++)
		hop_link(&h, k, k);
	copies_match(&h);
	for (uint32_t k = 8; k < 14; k++)
		assert_int_equal(h.far_of[k], k);
	hop_release(&h);
}

/* One lost, the next one missed by the near capture: no pair has shown that time
 * stamps survive. */
static void a_syn_with_a_later_time_stamp_was_sent_again(void **state)
{
	(void)state;
	assert_int_equal(syn_said_late(7, 991), LINK_NONE);
	assert_int_equal(syn_said_late(7, 99), LINK_NONE);
	assert_int_equal(syn_said_late(UINT32_MAX - 7, 1000), LINK_NONE);
}

static void one_with_the_same_or_another_devices_was_held(void **state)
{
	(void)state;
	assert_int_equal(syn_said_late(7, 0), 0);
	assert_int_equal(syn_said_late(7, 333333), 0);
	assert_int_equal(syn_said_late(7777777, -1000), 0);
}

/* A minimal Ethernet frame pads what has no payload by six bytes at most.  A segment of
 * more is other data, and calling it the ACK would hide the loss of that. */
static void what_is_longer_than_padding_is_no_padded_ack(void **state)
{
	(void)state;
	for (uint32_t len = 6; len <= 7; len++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		struct hop h;

		add(&a, 0, 1000, 0, 7);
		add(&b, 20, 1000, len, 7);
		h = hop_over(&a, &b, 0);
		copies_match(&h);
		assert_int_equal(h.far_of[0], len == 6 ? 0 : LINK_NONE);
		hop_release(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_stamps_tell_more_than_time),
		cmocka_unit_test(wide_bounds_of_clocks_are_no_pace),
		cmocka_unit_test(
			none_of_the_next_flight_is_what_the_near_capture_lacks),
		cmocka_unit_test(no_pace_allows_what_the_clocks_forbid),
		cmocka_unit_test(what_is_longer_than_padding_is_no_padded_ack),
		cmocka_unit_test(a_syn_a_second_later_was_sent_again),
		cmocka_unit_test(
			a_guess_of_the_usual_time_makes_no_second_shorter),
		cmocka_unit_test(what_a_whole_flight_overtook_was_sent_again),
		cmocka_unit_test(what_later_ones_overtook_was_sent_again),
		cmocka_unit_test(a_copy_that_all_overtook_is_the_later_one),
		cmocka_unit_test(what_sets_a_new_floor_is_no_other_packet),
		cmocka_unit_test(a_syn_with_a_later_time_stamp_was_sent_again),
		cmocka_unit_test(one_with_the_same_or_another_devices_was_held),
		cmocka_unit_test(a_queue_that_emptied_tells_which_copy_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
