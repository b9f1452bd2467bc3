/* What a far capture proves that was deaf for a while. */
#include "correlate/decide_int.h"
#include "tests/correlate/scene.h"

/* Its answer may be what was lost. */
static void silence_while_the_far_capture_was_deaf_proves_nothing(void **state)
{
	static struct scene t;
	struct bin deaf[4] = { { .passed = 2 },
			       { .passed = 9, .missed = 8 },
			       { .passed = 2 },
			       { .passed = 9 } };
	struct bins bins[2] = {
		{ .n = 0 },
		{ .from_ns = -200 * MS, .shift = 28, .n = 4, .at = deaf }
	};

	(void)state;
	flow(&t, 8);
	drop_last(&t, 1);
	acked(&t, 85, SEQ + 7 * LEN);
	add(&t.near, 1300, SEQ + 7 * LEN, LEN, 1310);
	add(&t.far, 1320, SEQ + 7 * LEN, LEN, 1310);
	acked(&t, 1330, SEQ + 8 * LEN);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 7).fate, FATE_LOST);
	assert_int_equal(fate_of(&t, 7).basis, BASIS_EFFECT);
	assert_true(fate_of(&t, 7).bins);
	t.env.bins = bins;
	assert_int_equal(fate_of(&t, 7).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 7).reason, WHY_GAP);
	deaf[1].missed = 0;
	assert_int_equal(fate_of(&t, 7).fate, FATE_LOST);
	assert_false(fate_of(&t, 7).bins);
	close_scene(&t);
}

/* Eight pure ACKs, the third to sixth of which are absent, on a hop where absence is
 * loss.  If that is all there is of the moment, the capture may have been deaf. */
static void a_bare_row_may_be_a_gap(void **state)
{
	static struct scene t;
	struct bin at[4] = { { .passed = 2 }, { .passed = 9 } };
	struct bins bins[2] = {
		{ .n = 0 },
		{ .from_ns = -200 * MS, .shift = 28, .n = 4, .at = at }
	};

	(void)state;
	flow(&t, 8);
	for (uint32_t k = 0; k < 8; k++) {
		t.near.rec[k].pay_len = t.far.rec[k].pay_len = 0;
		t.near.rec[k].seq64 = t.far.rec[k].seq64 = seq_first(SEQ);
		t.near.rec[k].ack64 = t.far.rec[k].ack64 = seq_first(1 + k);
	}
	t.far.rec[2] = t.far.rec[6];
	t.far.rec[3] = t.far.rec[7];
	drop_last(&t, 4);
	open_scene(&t);
	t.loss[1] = ANSWER_ALL;
	t.env.bins = bins;
	assert_int_equal(decide_absent(&t.c, 0, 3, 0, 0).fate, FATE_LOST);
	at[0].bare = bins[1].bared = true;
	assert_int_equal(decide_absent(&t.c, 0, 3, 0, 0).fate, FATE_UNDECIDED);
	/* or beside one that it missed */
	bins[1].bared = false;
	bins[1].muted = true;
	assert_int_equal(decide_absent(&t.c, 0, 3, 0, 0).fate, FATE_LOST);
	at[0].mute = UINT64_MAX;
	assert_int_equal(decide_absent(&t.c, 0, 3, 0, 0).fate, FATE_UNDECIDED);
	close_scene(&t);
}

/* Eight segments, the fourth to sixth not in the far capture; the receiver has the
 * fourth and the sixth, and not the fifth. */
static void hole(struct scene *t)
{
	flow(t, 8);
	t->far.rec[3] = t->far.rec[6];
	t->far.rec[4] = t->far.rec[7];
	drop_last(t, 3);
	acked(t, 55, SEQ + 4 * LEN);
	for (int k = 0; k < 3; k++) {
		struct record *r = ack(&t->far_acks, 75 + 10 * k,
				       SEQ + 4 * LEN);

		r->n_sack = 1;
		r->sack[0][0] = SEQ + 5 * LEN;
		r->sack[0][1] = SEQ + (6 + (unsigned)k) * LEN;
	}
}

/* All around it passed and is not in the far capture: so may this one have, and
 * was lost behind. */
static void a_hole_while_the_far_capture_was_deaf_may_be_behind_it(void **state)
{
	static struct scene t;

	(void)state;
	hole(&t);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 3).fate, FATE_UNSEEN);
	assert_int_equal(fate_of(&t, 5).fate, FATE_UNSEEN);
	assert_int_equal(fate_of(&t, 4).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 4).reason, WHY_GAP);
	close_scene(&t);
}

/* The one after it is there: the capture missed a single one before. */
static void a_hole_beside_a_packet_that_was_missed_is_a_loss(void **state)
{
	static struct scene t;

	(void)state;
	hole(&t);
	drop_last(&t, 2);
	for (uint32_t k = 5; k < 8; k++)
		add(&t.far, k * 10 + 20, SEQ + k * LEN, LEN, 10 + k);
	open_scene(&t);
	assert_int_equal(fate_of(&t, 4).fate, FATE_LOST);
	assert_int_equal(fate_of(&t, 4).reason, WHY_HOLE);
	close_scene(&t);
}

/* The far capture lacks @n segments of 100 from the 50th on, and has @acks of the
 * other direction in their time.  Return: may it have been deaf? */
static bool in_gap(uint32_t n, uint32_t acks)
{
	static struct scene t;
	struct arrival at;
	bool is;

	flow(&t, 100);
	memmove(&t.far.rec[50], &t.far.rec[50 + n],
		(50 - n) * sizeof *t.far.rec);
	drop_last(&t, n);
	for (uint32_t k = 0; k < acks; k++) /* due there from 520 ms on */
		ack(&t.far_acks, 521 + k, SEQ + 50 * LEN);
	open_scene(&t);
	at = decide_arrival(&t.hop, 50 + n / 2);
	is = decide_in_gap(&t.c, 0, 50 + n / 2, &at);
	close_scene(&t);
	return is;
}

static void four_absent_in_a_row_may_be_a_gap(void **state)
{
	(void)state;
	assert_false(in_gap(3, 0));
	assert_true(in_gap(4, 0));
}

static void it_is_none_if_more_than_half_as_many_were_heard(void **state)
{
	(void)state;
	assert_true(in_gap(8, 4));
	assert_false(in_gap(8, 5));
}

/* So many records are looked at behind one: of a longer tail only the last of them
 * are known to be it, and the rest may be a gap. */
static void the_end_is_looked_for_behind_256(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 300);
	drop_last(&t, 290);
	open_scene(&t);
	assert_true(decide_at_end(&t.c, 0, 299));
	assert_true(decide_at_end(&t.c, 0, 299 - 256));
	assert_false(decide_at_end(&t.c, 0, 299 - 257));
	close_scene(&t);
}

/* Whatever is absent, the far point has the last one. */
static void what_the_far_point_has_behind_is_no_end(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 100);
	t.far.rec[50] = t.far.rec[99];
	drop_last(&t, 49);
	open_scene(&t);
	for (uint32_t i = 50; i < 99; i++)
		assert_false(decide_at_end(&t.c, 0, i));
	close_scene(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bare_row_may_be_a_gap),
		cmocka_unit_test(
			silence_while_the_far_capture_was_deaf_proves_nothing),
		cmocka_unit_test(
			a_hole_while_the_far_capture_was_deaf_may_be_behind_it),
		cmocka_unit_test(four_absent_in_a_row_may_be_a_gap),
		cmocka_unit_test(
			it_is_none_if_more_than_half_as_many_were_heard),
		cmocka_unit_test(the_end_is_looked_for_behind_256),
		cmocka_unit_test(what_the_far_point_has_behind_is_no_end),
		cmocka_unit_test(
			a_hole_beside_a_packet_that_was_missed_is_a_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
