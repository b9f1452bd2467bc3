/* What acknowledgements say of copies that are not at the far point. */
#include "tests/correlate/scene.h"

static void an_ack_before_another_copy_proves_that_it_passed(void **state)
{
	static struct scene t;
	struct verdict v;

	(void)state;
	flow(&t, 8);
	drop_last(&t, 1);
	acked(&t, 95, SEQ + 8 * LEN);
	open_scene(&t);
	v = fate_of(&t, 7);
	assert_int_equal(v.fate, FATE_UNSEEN);
	assert_int_equal(v.reason, WHY_ACKED);
	close_scene(&t);
}

/* Neither the segment nor its retransmission is in the far capture, and they
 * are acknowledged: one of them passed. */
static void an_ack_after_two_missing_copies_is_of_either(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	drop_last(&t, 2);
	acked(&t, 75, SEQ + 5 * LEN);
	acked(&t, 80, SEQ + 5 * LEN);
	/* the hole is one before; what is behind it may have arrived */
	add(&t.near, 300, SEQ + 7 * LEN, LEN, 310);
	acked(&t, 340, SEQ + 8 * LEN);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 8).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 8).reason, WHY_COPY_UNKNOWN);
	assert_int_equal(fate_of(&t, 7).fate, FATE_UNDECIDED);
	close_scene(&t);
}

static void an_ack_after_a_lost_copy_is_of_the_next(void **state)
{
	static struct scene t;

	(void)state;
	lose_the_seventh(&t);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 6).fate, FATE_LOST);
	assert_int_equal(fate_of(&t, 6).reason, WHY_HOLE);
	assert_int_equal(fate_of(&t, 8).fate, FATE_UNSEEN);
	close_scene(&t);
}

/* The last segment is due at the far point at 90 ms, and 5 ms later at the latest; its
 * copy comes there at @again ms. */
static uint8_t fate_if_sent_again(int64_t again)
{
	static struct scene t;
	struct verdict v;

	flow(&t, 8);
	drop_last(&t, 1);
	acked(&t, 85, SEQ + 7 * LEN);
	add(&t.near, again - 20, SEQ + 7 * LEN, LEN, 310);
	add(&t.far, again, SEQ + 7 * LEN, LEN, 310);
	acked(&t, again + 2, SEQ + 8 * LEN);
	open_scene(&t);
	assert_int_equal(t.hop.far_of[8], 7);
	v = fate_of(&t, 7);
	close_scene(&t);
	return v.fate;
}

/* A receiver may take a tenth of a second: a copy within it may be needless. */
static void a_copy_sooner_than_an_answer_does_not_prove_a_loss(void **state)
{
	(void)state;
	assert_int_equal(fate_if_sent_again(190), FATE_UNDECIDED);
	assert_int_equal(fate_if_sent_again(200), FATE_LOST);
}

/* It comes to the near point after the copy left there, but it had left the far
 * one before the copy could be there: the receiver had the bytes already. */
static void an_ack_that_crosses_the_copy_is_no_answer(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	add(&t.near, 100, SEQ + 7 * LEN, LEN, 110);
	acked(&t, 92, SEQ + 8 * LEN);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 8).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 8).reason, WHY_CAPTURE_MAY_MISS);
	close_scene(&t);
}

/* The near point missed the second copy, which arrived; the duplicate that the
 * receiver reports is of that and the third, not of the first. */
static void copies_that_the_near_point_missed_count(void **state)
{
	static struct scene t;
	struct record *r;

	(void)state;
	flow(&t, 8);
	t.far.rec[6] = t.far.rec[7];
	drop_last(&t, 1);
	acked(&t, 85, SEQ + 6 * LEN);
	r = ack(&t.far_acks, 95, SEQ + 6 * LEN);
	r->n_sack = 1;
	r->sack[0][0] = SEQ + 7 * LEN;
	r->sack[0][1] = SEQ + 8 * LEN;
	add(&t.far, 320, SEQ + 6 * LEN, LEN, 310); /* the second */
	acked(&t, 330, SEQ + 8 * LEN);
	add(&t.near, 400, SEQ + 6 * LEN, LEN, 410);
	add(&t.far, 420, SEQ + 6 * LEN, LEN, 410);
	r = ack(&t.far_acks, 430, SEQ + 8 * LEN);
	r->n_sack = 1;
	r->sack[0][0] = SEQ + 6 * LEN;
	r->sack[0][1] = SEQ + 7 * LEN;
	open_scene(&t);
	assert_int_equal(fate_of(&t, 6).fate, FATE_LOST);
	close_scene(&t);
}

/* The same where the receiver merges it with the next segment, which the near point
 * has: that one is not the first copy's proof. */
static void a_copy_within_a_merged_segment_counts(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	drop_last(&t, 2);
	acked(&t, 75, SEQ + 6 * LEN);
	add(&t.near, 1000, SEQ + 7 * LEN, LEN, 1010);
	add(&t.far, 1020, SEQ + 6 * LEN, 2 * LEN, 1010);
	acked(&t, 1030, SEQ + 8 * LEN);
	open_scene(&t);
	assert_int_equal(t.hop.far_of[8], 6);
	assert_int_not_equal(fate_of(&t, 6).fate, FATE_UNSEEN);
	close_scene(&t);
}

/* The seventh is lost, and sent again with what follows in one record, of which the
 * far point has the pieces: its first one is acknowledged before the last one comes.
 * @last: of the pieces, what arrives of the last segment. */
static void expect_lost_before_pieces(bool last)
{
	static struct scene t;

	flow(&t, 8);
	t.far.rec[6] = t.far.rec[7];
	drop_last(&t, 1);
	acked(&t, 75, SEQ + 6 * LEN);
	acked(&t, 85, SEQ + 6 * LEN);
	add(&t.near, 300, SEQ + 6 * LEN, 4 * LEN, 310);
	add(&t.far, 320, SEQ + 6 * LEN, LEN, 310);
	acked(&t, 321, SEQ + 8 * LEN);
	add(&t.far, 330, SEQ + 7 * LEN, last ? 3 * LEN : 2 * LEN, 310);
	acked(&t, 331, SEQ + (last ? 10 : 9) * LEN);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 6).fate, FATE_LOST);
	close_scene(&t);
}

static void
a_piece_of_a_merged_copy_is_acknowledged_at_its_own_time(void **state)
{
	(void)state;
	expect_lost_before_pieces(true);
	expect_lost_before_pieces(false);
}

/* The near point missed the eighth, which arrived while the seventh did not.  Of
 * both sent again, an ACK behind them proves nothing about the eighth. */
static void an_earlier_copy_that_the_near_point_missed_counts(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	t.near.s.n--;
	t.far.rec[6] = t.far.rec[7];
	drop_last(&t, 1);
	acked(&t, 75, SEQ + 6 * LEN);
	acked(&t, 95, SEQ + 6 * LEN);
	add(&t.near, 1000, SEQ + 6 * LEN, LEN, 1010);
	add(&t.far, 1020, SEQ + 6 * LEN, LEN, 1010);
	add(&t.near, 1001, SEQ + 7 * LEN, LEN, 1010);
	acked(&t, 1030, SEQ + 8 * LEN);
	open_scene(&t);
	assert_int_not_equal(fate_of(&t, 8).fate, FATE_UNSEEN);
	close_scene(&t);
}

/* The third copy overtakes the second, and is acknowledged. */
static void
an_ack_of_the_copy_that_arrives_first_is_of_no_earlier_one(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	drop_last(&t, 1);
	acked(&t, 75, SEQ + 7 * LEN);
	add(&t.near, 1000, SEQ + 7 * LEN, LEN, 1010);
	add(&t.near, 1010, SEQ + 7 * LEN, LEN, 1020);
	add(&t.far, 1025, SEQ + 7 * LEN, LEN, 1020);
	acked(&t, 1030, SEQ + 8 * LEN);
	add(&t.far, 1040, SEQ + 7 * LEN, LEN, 1010);
	open_scene(&t);
	assert_int_equal(t.hop.far_of[8], 8);
	assert_int_equal(t.hop.far_of[9], 7);
	assert_int_equal(fate_of(&t, 7).fate, FATE_LOST);
	close_scene(&t);
}

/* Of a SYN's two copies the second went round the near point, and is the first
 * thing that the far one shows. */
static void a_copy_that_the_far_point_shows_first_counts(void **state)
{
	static struct scene t;

	(void)state;
	memset(&t, 0, sizeof t);
	add(&t.near, 0, SEQ, LEN, 10);
	add(&t.far, 1020, SEQ, LEN, 1010);
	for (uint32_t k = 1; k < 8; k++) {
		add(&t.near, 1100 + k * 10, SEQ + k * LEN, LEN, 1100 + k);
		add(&t.far, 1120 + k * 10, SEQ + k * LEN, LEN, 1100 + k);
	}
	acked(&t, 1030, SEQ + LEN);
	open_scene(&t);
	assert_int_not_equal(fate_of(&t, 0).fate, FATE_UNSEEN);
	close_scene(&t);
}

/* The far capture began at 1000 ms, with data of the other direction that had been
 * acknowledged before, and is sent again; the first segment left at @first ms. */
static enum fate fate_before_capture(int64_t first)
{
	static struct scene t;
	enum fate is;

	flow(&t, 0);
	add(&t.near, first, SEQ, LEN, 10);
	for (uint32_t k = 1; k < 8; k++) {
		add(&t.near, 1100 + k * 10, SEQ + k * LEN, LEN, 10 + k);
		add(&t.far, 1120 + k * 10, SEQ + k * LEN, LEN, 10 + k);
	}
	for (uint32_t k = 0; k < t.near.s.n; k++)
		t.near.rec[k].ack64 = seq_first(2);
	for (uint32_t k = 0; k < t.far.s.n; k++)
		t.far.rec[k].ack64 = seq_first(2);
	add(&t.far_acks, 1000, 1, 1, 1);
	open_scene(&t);
	watch_release(&t.watch[1]);
	watch_add(&t.watch[1], 1000 * MS, 100000 * MS);
	is = (enum fate)fate_of(&t, 0).fate;
	close_scene(&t);
	return is;
}

static void an_answer_to_an_earlier_copy_is_not_after_the_next(void **state)
{
	(void)state;
	assert_int_equal(fate_before_capture(900), FATE_OUTSIDE);
}

/* It was the first one, within what clocks and delays leave open. */
static void an_answer_comes_after_what_it_answers(void **state)
{
	(void)state;
	assert_int_not_equal(fate_before_capture(981), FATE_OUTSIDE);
}

/* A queue grows, is full for a while, and is empty again when the copy comes, which the
 * far capture misses, too: its answer is no proof of the first. */
static void an_answer_to_a_fast_copy_is_not_of_the_first(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 0);
	for (uint32_t k = 0; k < 100; k++) {
		int64_t queue = k < 12 ? 0 : k < 22 ? (k - 11) * 5 : 50;

		add(&t.near, k * 10, SEQ + k * LEN, LEN, 10 + k);
		if (k < 99)
			add(&t.far, k * 10 + 20 + queue, SEQ + k * LEN, LEN,
			    10 + k);
	}
	acked(&t, 1060, SEQ + 99 * LEN);
	acked(&t, 1180, SEQ + 99 * LEN);
	acked(&t, 1200, SEQ + 99 * LEN);
	add(&t.near, 1300, SEQ + 99 * LEN, LEN, 1310);
	acked(&t, 1322, SEQ + 100 * LEN);
	open_scene(&t);
	assert_int_equal(t.hop.far_of[98], 98);
	assert_int_equal(fate_of(&t, 99).fate, FATE_LOST);
	close_scene(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_ack_before_another_copy_proves_that_it_passed),
		cmocka_unit_test(an_ack_after_two_missing_copies_is_of_either),
		cmocka_unit_test(an_ack_after_a_lost_copy_is_of_the_next),
		cmocka_unit_test(
			a_copy_sooner_than_an_answer_does_not_prove_a_loss),
		cmocka_unit_test(an_ack_that_crosses_the_copy_is_no_answer),
		cmocka_unit_test(copies_that_the_near_point_missed_count),
		cmocka_unit_test(a_copy_within_a_merged_segment_counts),
		cmocka_unit_test(
			a_piece_of_a_merged_copy_is_acknowledged_at_its_own_time),
		cmocka_unit_test(
			an_earlier_copy_that_the_near_point_missed_counts),
		cmocka_unit_test(
			an_ack_of_the_copy_that_arrives_first_is_of_no_earlier_one),
		cmocka_unit_test(a_copy_that_the_far_point_shows_first_counts),
		cmocka_unit_test(
			an_answer_to_an_earlier_copy_is_not_after_the_next),
		cmocka_unit_test(an_answer_comes_after_what_it_answers),
		cmocka_unit_test(an_answer_to_a_fast_copy_is_not_of_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
