/* Which copy of a packet is which, where the lock step left several over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

static void time_tells_which_of_two_copies_was_lost(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 0);
	add(&a, 300, 1000, 100, 0);
	add(&b, 320, 1000, 100, 0);
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	assert_int_equal(h.far_of[1], 0);
	assert_false(h.near_is[1] & LINK_TIED);
	hop_release(&h);
}

/* Of @n, the ninth; in lock step each is taken for the one before it, and none is
 * left over at the far point. */
static void lose_one_of_equal_acks(uint32_t n)
{
	static const int64_t us[] = {
		1300, 1600, 1900, 1200, 1400, 2100, 1700
	};
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	int64_t t = 0;
	struct hop h;

	for (uint32_t k = 0; k < n; k++, t += us[k % 7] * 1000) {
		bool data = k < 8 || k == n - 1;
		int64_t late = data ? k % 4 * 400000 : 600000 + k % 3 * 50000;

		add(&a, 0, data ? k * 100 : 800, data ? 100 : 0, 7)->time_ns =
			t;
		if (k != 8)
			add(&b, 0, data ? k * 100 : 800, data ? 100 : 0, 7)
				->time_ns = t + 20 * MS + late;
	}
	h = hop_over(&a, &b, 0);
	hop_match(&h);
	assert_int_equal(h.far_of[8], LINK_NONE);
	assert_false(h.near_is[8] & LINK_TIED);
	for (uint32_t k = 9; k < n; k++)
		assert_int_equal(h.far_of[k], k - 1);
	hop_release(&h);
}

static void time_tells_which_of_equal_acks_was_lost(void **state)
{
	(void)state;
	lose_one_of_equal_acks(24);
}

static void time_tells_which_of_many_equal_acks_was_lost(void **state)
{
	(void)state;
	lose_one_of_equal_acks(64);
}

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

static void ids_tell_copies_that_overtook_each_other(void **state)
{
	static const uint16_t sent[] = { 5, 6, 7, 8 }, came[] = { 8, 6, 5 };
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (int k = 0; k < 4; k++)
		add(&a, k, 1000, 0, 7)->ip_id = sent[k];
	for (int k = 0; k < 3; k++)
		add(&b, 21 + k, 1000, 0, 7)->ip_id = came[k];
	h = hop_over(&a, &b, 0);
	h.use_ts = h.use_id = true;
	copies_match(&h);
	assert_int_equal(h.far_of[0], 2);
	assert_int_equal(h.far_of[1], 1);
	assert_int_equal(h.far_of[2], LINK_NONE);
	assert_int_equal(h.far_of[3], 0);
	for (int k = 0; k < 4; k++)
		assert_false(h.near_is[k] & LINK_TIED);
	hop_release(&h);
}

/* Duplicate ACKs differ in what they acknowledge selectively. */
static void sacks_tell_acks_that_overtook_each_other(void **state)
{
	static const uint32_t sent[] = { 5, 6, 7, 8 }, came[] = { 6, 7, 8, 5 };
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (int k = 0; k < 4; k++) {
		struct record *x = add(&a, 0, 1000, 0, 7);
		struct record *y = add(&b, 21, 1000, 0, 7);

		x->n_sack = y->n_sack = 1;
		x->sack[0][0] = y->sack[0][0] = 2000;
		x->sack[0][1] = 2000 + sent[k];
		y->sack[0][1] = 2000 + came[k];
	}
	b.s.n = 3; /* and 5 was lost */
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	for (uint32_t k = 1; k < 4; k++)
		assert_int_equal(h.far_of[k], k - 1);
	hop_release(&h);
	b.s.n = 4; /* or late */
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], 3);
	for (uint32_t k = 1; k < 4; k++)
		assert_int_equal(h.far_of[k], k - 1);
	hop_release(&h);
}

/* One was lost and the near point missed another: what they acknowledge says that
 * these are not one packet, however well time fits. */
static void an_ack_of_other_sacks_is_another(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct record *x = add(&a, 0, 1000, 0, 7);
	struct record *y = add(&b, 20, 1000, 0, 7);
	struct hop h;

	(void)state;
	x->n_sack = y->n_sack = 1;
	x->sack[0][0] = y->sack[0][0] = 2000;
	x->sack[0][1] = 4440;
	y->sack[0][1] = 3000;
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
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

/* A segment of a large one came late, and was sent again: at the far point there are
 * two alike, and the near one has one.  Its clock is coarse, no ID tells. */
static void a_piece_is_not_taken_for_its_later_copy(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 4; k++) {
		add(&a, 46 * k, 1000 * k, 1000, 0)->opts = 0;
		add(&b, 46 * k + 20 + k, 1000 * k, 1000, 0)->opts = 0;
	}
	add(&a, 184, 4000, 3000, 0)->opts = 0;
	add(&b, 205, 4000, 1000, 0)->opts = 0;
	add(&b, 205, 6000, 1000, 0)->opts = 0;
	add(&b, 206, 5000, 1000, 0)->opts = 0; /* the piece */
	add(&a, 224, 5000, 1000, 0)->opts = 0;
	add(&b, 245, 5000, 1000, 0)->opts = 0;
	h = hop_over(&a, &b, 0);
	h.tick = 15 * MS;
	h.dev = 5 * MS;
	hop_match(&h);
	assert_int_equal(h.far_of[5], 7);
	assert_int_equal(h.near_of[6], 4);
	assert_true(h.near_is[4] & LINKED);
	hop_release(&h);
}

/* Something comes 80 ms late.  Where the near capture misses some of all, that it also
 * missed the second copy is likelier. */
static void a_capture_that_misses_some_may_miss_a_copy(void **state)
{
	(void)state;
	for (uint32_t miss = 0; miss < 2; miss++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		uint32_t late;
		struct hop h;

		for (uint32_t k = 0; k < 80; k++) {
			if (!miss || k % 16 != 3)
				add(&a, 4 * k, 100 * k, 100, 0)->opts = 0;
			if (k != 10)
				add(&b, 4 * k + 20 + k % 4, 100 * k, 100, 0)
					->opts = 0;
			if (k == 30)
				add(&b, 142, 1000, 100, 0)->opts = 0;
		}
		h = hop_over(&a, &b, 0);
		hop_match(&h);
		late = h.near_of[30];
		assert_int_equal(late, miss ? LINK_NONE : 10);
		hop_release(&h);
	}
}

static void copies_that_nothing_tells_apart_are_tied(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 7);
	add(&a, 0, 1000, 100, 7);
	add(&b, 20, 1000, 100, 7);
	h = hop_over(&a, &b, 0);
	h.use_ts = true;
	copies_match(&h);
	assert_true(h.near_is[0] & LINK_TIED);
	assert_true(h.near_is[1] & LINK_TIED);
	hop_release(&h);
}

static void other_places_in_the_stream_are_other_packets(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 100, 7);
	add(&b, 20, 1100, 100, 7);
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	assert_int_equal(h.near_of[0], LINK_NONE);
	hop_release(&h);
}

static void pure_acks_are_told_by_what_they_acknowledge(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 1000, 0, 0)->ack64 = seq_first(500);
	add(&a, 1, 1000, 0, 0)->ack64 = seq_first(600);
	add(&b, 21, 1000, 0, 0)->ack64 = seq_first(600);
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	assert_int_equal(h.far_of[1], 0);
	hop_release(&h);
}

static void numbers_are_translated(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	add(&a, 0, 0xffffffc0u, 100, 0);
	add(&b, 20, 40, 100, 0);
	h = hop_over(&a, &b, 40u - 0xffffffc0u);
	copies_match(&h);
	assert_int_equal(h.far_of[0], 0);
	hop_release(&h);
}

static void each_copy_keeps_its_own_when_all_arrive(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 3; k++) {
		add(&a, k * 200, 1000, 100, 0);
		add(&b, k * 200 + 20, 1000, 100, 0);
	}
	h = hop_over(&a, &b, 0);
	copies_match(&h);
	for (uint32_t k = 0; k < 3; k++)
		assert_int_equal(h.far_of[k], k);
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

/* Answers of a datagram session, the k-th with contents of its own, 100 ms apart;
 * all take 20 ms but the fifth, which a busy device holds for @late_ms more. */
static void one_is_held(struct side *a, struct side *b, int64_t late_ms)
{
	for (uint32_t k = 0; k < 10; k++) {
		for (int far = 0; far < 2; far++) {
			struct side *s = far ? b : a;
			int64_t at = 100 * (int64_t)k + far * 20 +
				     (far && k == 5 ? late_ms : 0);
			struct record *r = add(s, at, 0, 107, 0);

			r->opts = 0;
			r->tcp_flags = 0;
			r->marks |= REC_HEAD;
			r->head_digest = 77 + k;
		}
	}
}

static struct hop datagram_hop(struct side *a, struct side *b)
{
	struct hop h = hop_over(a, b, 0);

	h.tcp = false;
	h.dev = 10000;
	return h;
}

/* The near capture stops; three seconds later the far one has what was lost before.
 * It took that long only if nothing else can have brought it there. */
static void what_comes_after_the_near_capture_was_sent_again(void **state)
{
	(void)state;
	for (int ended = 0; ended < 2; ended++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		struct hop h;

		add(&a, 0, 1000, 0, 0)->tcp_flags = REC_SYN | REC_ACK;
		add(&b, 3020, 1000, 0, 0)->tcp_flags = REC_SYN | REC_ACK;
		h = hop_over(&a, &b, 0);
		h.dev = 18 * MS; /* as the clocks' bounds have it */
		h.near_ran = ended;
		h.near_until = 1000 * MS;
		copies_match(&h);
		assert_int_equal(h.far_of[0], ended ? LINK_NONE : 0);
		hop_release(&h);
	}
}

/* Nothing else than a loss here and a miss of the capture there, in one moment
 * and of the same contents, would explain it. */
static void contents_of_their_own_tell_a_datagram_however_late(void **state)
{
	static const int64_t late[] = { 3, 60, 90, 400 };
	struct hop h;

	(void)state;
	for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };

		one_is_held(&a, &b, late[i]);
		h = datagram_hop(&a, &b);
		hop_match(&h);
		for (uint32_t k = 0; k < 10; k++)
			assert_int_equal(h.far_of[k], k);
		hop_release(&h);
	}
}

/* Sooner than its like was sent, later than one would ask again, or with
 * contents that others have too: these are two packets. */
static void contents_of_their_own_are_not_enough(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	one_is_held(&a, &b, 1100);
	h = datagram_hop(&a, &b);
	hop_match(&h);
	assert_int_equal(h.far_of[5], LINK_NONE);
	hop_release(&h);

	a.s.n = b.s.n = 0;
	one_is_held(&a, &b, 90);
	a.rec[1].head_digest = b.rec[1].head_digest = 77 + 5;
	h = datagram_hop(&a, &b);
	hop_match(&h);
	assert_int_equal(h.far_of[5], LINK_NONE);
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

/* Two answers, given three times as they are asked for again after 1.5 s.  The far
 * capture misses both the first time, the near one one of the second time: that is
 * no reason to take each for what was sent later. */
static void what_is_asked_for_again_is_not_late(void **state)
{
	static const int64_t sent[] = { 0, 21, 1500, 1521, 3000, 3021 };
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 6; k++)
		for (uint32_t far = 0; far < 2; far++) {
			struct record *r;

			if ((k == 2 && !far) || (k < 2 && far))
				continue;
			r = add(far ? &b : &a, sent[k] + 20 * far, 0, 74, 0);
			r->opts = 0;
			r->tcp_flags = 0;
			r->marks |= REC_HEAD;
			r->head_digest = 77 + k % 2;
		}
	h = datagram_hop(&a, &b);
	h.dev = 7 * MS; /* as the clocks' bounds have it */
	h.f_low = -180 * MS;
	h.f_high = h.pace;
	hop_match(&h);
	assert_int_equal(h.far_of[0], LINK_NONE);
	assert_int_equal(h.far_of[1], LINK_NONE);
	assert_int_equal(h.far_of[2], 1);
	assert_int_equal(h.far_of[3], 2);
	assert_int_equal(h.far_of[4], 3);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_tells_which_of_two_copies_was_lost),
		cmocka_unit_test(time_tells_which_of_equal_acks_was_lost),
		cmocka_unit_test(time_tells_which_of_many_equal_acks_was_lost),
		cmocka_unit_test(sacks_tell_acks_that_overtook_each_other),
		cmocka_unit_test(an_ack_of_other_sacks_is_another),
		cmocka_unit_test(time_stamps_tell_more_than_time),
		cmocka_unit_test(ids_tell_copies_that_overtook_each_other),
		cmocka_unit_test(wide_bounds_of_clocks_are_no_pace),
		cmocka_unit_test(a_piece_is_not_taken_for_its_later_copy),
		cmocka_unit_test(a_capture_that_misses_some_may_miss_a_copy),
		cmocka_unit_test(copies_that_nothing_tells_apart_are_tied),
		cmocka_unit_test(other_places_in_the_stream_are_other_packets),
		cmocka_unit_test(pure_acks_are_told_by_what_they_acknowledge),
		cmocka_unit_test(numbers_are_translated),
		cmocka_unit_test(each_copy_keeps_its_own_when_all_arrive),
		cmocka_unit_test(a_copy_that_all_overtook_is_the_later_one),
		cmocka_unit_test(
			what_comes_after_the_near_capture_was_sent_again),
		cmocka_unit_test(
			contents_of_their_own_tell_a_datagram_however_late),
		cmocka_unit_test(contents_of_their_own_are_not_enough),
		cmocka_unit_test(what_is_asked_for_again_is_not_late),
		cmocka_unit_test(a_syn_with_a_later_time_stamp_was_sent_again),
		cmocka_unit_test(one_with_the_same_or_another_devices_was_held),
		cmocka_unit_test(a_queue_that_emptied_tells_which_copy_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
