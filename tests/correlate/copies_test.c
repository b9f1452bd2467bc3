/* Which records the lock step left over belong together at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

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

/* One comes late, overtaken by a dozen.  What the network doubled says nothing of what
 * the near capture misses. */
static void duplicates_are_no_misses_of_the_near_capture(void **state)
{
	(void)state;
	for (int doubled = 0; doubled < 2; doubled++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		uint32_t late = 0;
		struct hop h;

		for (uint32_t k = 0; k < 80; k++) {
			uint32_t j = k < 40 || k > 52 ? k
				     : k == 52        ? 40
						      : k + 1;

			add(&a, k, 100 * k, 100, 0)->opts = 0;
			add(&b, k + 20, 100 * j, 100, 0)->opts = 0;
			late = j == 40 ? b.s.n - 1 : late;
			if (doubled && k % 10 == 5)
				add(&b, k + 20, 100 * j, 100, 0)->opts = 0;
		}
		h = hop_over(&a, &b, 0);
		h.dev = MS / 4;
		hop_match(&h);
		assert_int_equal(h.far_of[40], late);
		hop_release(&h);
	}
}

/* Large segments that a card cuts, each without its last piece, then a queue of 12 ms.
 * Pieces say nothing of what the near capture misses, either; nor do they 3 GB later. */
static void pieces_are_no_misses_of_the_near_capture(void **state)
{
	(void)state;
	for (int later = 0; later < 2; later++) {
		struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
		struct hop h;

		for (uint32_t k = 0; k < 10; k++) {
			add(&a, 10 * k, 400 * k, k ? 400 : 100, 0)->opts = 0;
			for (uint32_t i = 0; i < (k ? 3 : 1); i++)
				add(&b, 10 * k + 20, 400 * k + 100 * i, 100, 0)
					->opts = 0;
		}
		for (uint32_t k = 0; k < 2; k++) {
			add(&a, 100 + 90 * k, 4000, 0, 0)->ack64 = seq_first(
				600 + k);
			add(&b, k ? 210 : 132, 4000, 0, 0)->ack64 = seq_first(
				600 + k);
		}
		for (uint32_t i = 1; later && i < a.s.n; i++)
			a.rec[i].seq64 += 3ull << 30;
		for (uint32_t j = 1; later && j < b.s.n; j++)
			b.rec[j].seq64 += 3ull << 30;
		h = hop_over(&a, &b, 0);
		h.dev = MS / 4;
		hop_match(&h);
		assert_int_equal(h.far_of[10], 28);
		assert_int_equal(h.far_of[11], 29);
		hop_release(&h);
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_piece_is_not_taken_for_its_later_copy),
		cmocka_unit_test(a_capture_that_misses_some_may_miss_a_copy),
		cmocka_unit_test(duplicates_are_no_misses_of_the_near_capture),
		cmocka_unit_test(pieces_are_no_misses_of_the_near_capture),
		cmocka_unit_test(other_places_in_the_stream_are_other_packets),
		cmocka_unit_test(pure_acks_are_told_by_what_they_acknowledge),
		cmocka_unit_test(numbers_are_translated),
		cmocka_unit_test(
			what_comes_after_the_near_capture_was_sent_again),
		cmocka_unit_test(
			contents_of_their_own_tell_a_datagram_however_late),
		cmocka_unit_test(contents_of_their_own_are_not_enough),
		cmocka_unit_test(what_is_asked_for_again_is_not_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
