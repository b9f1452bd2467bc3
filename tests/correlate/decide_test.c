/* Fates of what is at one end of a hop only, and what stands for it elsewhere. */
#include "tests/correlate/scene.h"

/* A device between answers SYNs itself and opens the other side by one of its
 * own, once the client has acknowledged. */
static void a_syn_that_another_stands_for_is_not_lost(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 0);
	add(&t.near, 0, SEQ - 1, 0, 10)->tcp_flags = REC_SYN;
	add(&t.far, 60, SEQ - 1, 0, 555)->tcp_flags = REC_SYN;
	for (uint32_t k = 0; k < 8; k++) {
		add(&t.near, 100 + k * 10, SEQ + k * LEN, LEN, 100 + k);
		add(&t.far, 120 + k * 10, SEQ + k * LEN, LEN, 100 + k);
	}
	open_scene(&t);
	memset(t.loss, 0xff, sizeof t.loss);
	assert_int_equal(t.hop.far_of[0], LINK_NONE);
	assert_int_not_equal(decide_absent(&t.c, 0, 0, 0, 0).fate, FATE_LOST);
	close_scene(&t);
}

/* The far point has an equal pure ACK that the near one missed.  It may be the one
 * that is missing, unless IP IDs, which pass here, say that it is another. */
static void an_ack_of_another_id_does_not_stand_for_it(void **state)
{
	static struct scene t;

	(void)state;
	for (int ids = 0; ids < 2; ids++) {
		flow(&t, 8);
		for (uint16_t k = 0; k < 8 && ids; k++)
			t.near.rec[k].ip_id = t.far.rec[k].ip_id = 100 + k;
		ack(&t.far, 105, 77)->ip_id = ids ? 108 : 0;
		ack(&t.near, 100, 77)->ip_id = ids ? 109 : 0;
		t.far.rec[8].seq64 = t.near.rec[8].seq64;
		t.far.rec[8].tsval = 50;
		t.near.rec[8].tsval = 52;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(t.hop.use_id, ids);
		assert_int_equal(t.hop.far_of[8], LINK_NONE);
		assert_int_equal(decide_absent(&t.c, 0, 8, 0, 0).fate,
				 ids ? FATE_LOST : FATE_UNDECIDED);
		close_scene(&t);
	}
}

/* The far point has something else of its ID, which may be this one, changed; not
 * where all packets of the connection have that ID. */
static void an_id_that_all_have_stands_for_none(void **state)
{
	static struct scene t;

	(void)state;
	for (int moves = 0; moves < 2; moves++) {
		flow(&t, 8);
		ack(&t.near, 100, 77);
		ack(&t.far, 120, 99);
		t.far.rec[8].seq64 = t.near.rec[8].seq64;
		t.near.rec[8].tsval = t.far.rec[8].tsval = 50;
		for (uint16_t k = 0; k < 9; k++)
			t.near.rec[k].ip_id = t.far.rec[k].ip_id =
				moves ? 100 + k : 100;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		hop_unlink(&t.hop, 8);
		assert_int_equal(decide_absent(&t.c, 0, 8, 0, 0).fate,
				 moves ? FATE_UNDECIDED : FATE_LOST);
		close_scene(&t);
	}
}

/* Nor does one of other SACKs, even where IP IDs tell nothing. */
static void an_ack_of_other_sacks_does_not_stand_for_it(void **state)
{
	static struct scene t;

	(void)state;
	for (int other = 0; other < 2; other++) {
		struct record *x, *y;

		flow(&t, 8);
		x = ack(&t.near, 100, 77);
		y = ack(&t.far, 105, 77);
		y->seq64 = x->seq64;
		x->tsval = 52;
		y->tsval = 50;
		x->n_sack = y->n_sack = 1;
		x->sack[0][0] = y->sack[0][0] = 277;
		x->sack[0][1] = 477;
		y->sack[0][1] = other ? 377 : 477;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(t.hop.far_of[8], LINK_NONE);
		assert_int_equal(decide_absent(&t.c, 0, 8, 0, 0).fate,
				 other ? FATE_LOST : FATE_UNDECIDED);
		close_scene(&t);
	}
}

/* A device resets the connection, with the number that the ACK had. */
static void a_reset_does_not_stand_for_an_ack(void **state)
{
	static struct scene t;

	(void)state;
	for (int reset = 0; reset < 2; reset++) {
		struct record *x, *y;

		flow(&t, 8);
		x = ack(&t.near, 100, 77);
		y = ack(&t.far, 125, 77);
		y->seq64 = x->seq64;
		x->tsval = 52;
		y->tsval = 50;
		y->tcp_flags |= reset ? REC_RST : 0;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(t.hop.far_of[8], LINK_NONE);
		assert_int_equal(decide_absent(&t.c, 0, 8, 0, 0).fate,
				 reset ? FATE_LOST : FATE_UNDECIDED);
		close_scene(&t);
	}
}

/* What differs in time only may be the same datagram: its content came before, too,
 * so the one left over at the far point may be either. */
static void a_datagram_whose_content_came_late_is_not_lost(void **state)
{
	static struct scene t;

	(void)state;
	for (int late = 0; late < 2; late++) {
		flow(&t, 0);
		for (uint32_t k = 0; k < 10; k++)
			for (int far = 0; far < 2; far++) {
				struct record *r = add(
					far ? &t.far : &t.near,
					100 * (int64_t)k + far * 20, 0, 50, 0);

				r->opts = 0;
				r->tcp_flags = 0;
				r->marks |= REC_HEAD;
				r->head_digest = k == 8 ? 3 : k;
				r->time_ns += far && k == 8 ? 400 * MS : 0;
			}
		if (!late)
			drop_last(&t, 2);
		open_scene(&t);
		hop_release(&t.hop);
		hop_init(&t.hop, t.way[0], t.way[1], false);
		hop_match(&t.hop);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(fate_of(&t, 8).fate,
				 late ? FATE_UNDECIDED : FATE_LOST);
		close_scene(&t);
	}
}

/* A device made the last one but one longer and moves numbers from there on: the
 * last is at the far point, elsewhere, as its IP ID tells. */
static void what_came_with_other_numbers_is_not_lost(void **state)
{
	static struct scene t;

	(void)state;
	for (int same = 0; same < 2; same++) {
		flow(&t, 10);
		for (uint16_t k = 0; k < 10; k++)
			t.near.rec[k].ip_id = t.far.rec[k].ip_id = 100 + k;
		t.far.rec[9].seq64 += 5;
		t.far.rec[9].tsval = 400;
		t.far.rec[9].ip_id = same ? 109 : 120;
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		assert_int_equal(fate_of(&t, 9).fate,
				 same ? FATE_UNDECIDED : FATE_LOST);
		close_scene(&t);
	}
}

/* Over a relay only bytes count: another copy brought these, before or after. */
static void
bytes_that_another_copy_brought_over_a_relay_concern_its_side(void **state)
{
	(void)state;
	for (int later = 0; later < 2; later++) {
		static struct scene t;
		struct verdict v;

		flow(&t, 8);
		add(&t.near, 300, SEQ + 7 * LEN, LEN, 300);
		if (later) {
			drop_last(&t, 1);
			add(&t.far, 320, SEQ + 7 * LEN, LEN, 300);
		}
		open_scene(&t);
		t.hop.relay = true;
		v = fate_of(&t, later ? 7 : 8);
		assert_int_equal(v.fate, FATE_OUTSIDE);
		assert_int_equal(v.reason, WHY_RELAY);
		close_scene(&t);
	}
}

static bool turns(const int64_t *ask, uint32_t n, const int64_t *answer,
		  uint32_t m)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };

	for (uint32_t k = 0; k < n; k++)
		add(&a, ask[k], 0, 50, 0);
	for (uint32_t k = 0; k < m; k++)
		add(&b, answer[k], 0, 80, 0);
	return each_answered(&a.s, &b.s);
}

static void requests_in_turns_with_answers_all_passed(void **state)
{
	const int64_t ask[] = { 0, 100, 200 }, late[] = { 50, 210, 260 };
	const int64_t in_turns[] = { 50, 150, 260 };

	(void)state;
	assert_true(turns(ask, 3, in_turns, 3));
	assert_false(turns(ask, 3, in_turns, 2));
	assert_false(turns(ask, 3, late, 3)); /* a retry, perhaps */
	assert_false(turns(in_turns, 3, ask, 3));
	assert_false(turns(ask, 0, in_turns, 0));
}

/* Stamps and bounds that no clock has: any fate will do, but no overflow. */
static void stamps_at_the_ends_of_time_have_a_fate(void **state)
{
	static const int64_t ends[] = { INT64_MIN, INT64_MIN + 1, -1,
					INT64_MAX - 1, INT64_MAX };

	(void)state;
	for (int k = 0; k < 5; k++)
		for (int f = 0; f < 5; f++)
			for (int acks = 0; acks < 2; acks++) {
				static struct scene t;

				flow(&t, 8);
				drop_last(&t, 1);
				if (acks)
					acked(&t, 95, SEQ + 8 * LEN);
				open_scene(&t);
				t.near.rec[7].time_ns = ends[k];
				t.hop.f_low = t.hop.f_high = ends[f];
				fate_of(&t, 7);
				decide_orphan(&t.c, 0, 6);
				t.hop.pace = hop_f_bounded(ends[f]);
				t.hop.dev = HOP_DEV_MOST;
				t.far.rec[6].time_ns = ends[k];
				fate_of(&t, 7);
				decide_orphan(&t.c, 0, 6);
				t.hop.paced = false;
				memset(t.hop.near_is, 0, t.near.s.n);
				decide_absent(&t.c, 0, 7, 0, LEN);
				decide_orphan(&t.c, 0, 6);
				close_scene(&t);
			}
}

/* A record that a card merged came in pieces, of which one was too late to count as
 * such.  It may be this one, unless its time stamp or its place says otherwise, or it
 * is another's. */
static void bytes_that_the_far_point_has_unlinked_are_not_lost(void **state)
{
	enum { PIECE, STAMP, PLACE, TIME, TAKEN, CASES };
	static struct scene t;

	(void)state;
	for (int k = 0; k < CASES; k++) {
		flow(&t, 8);
		add(&t.near, 100, SEQ + 8 * LEN, 2 * LEN, 110);
		add(&t.far, 120, SEQ + 8 * LEN, LEN, 110);
		add(&t.far, 124, SEQ + 9 * LEN, LEN, 110);
		open_scene(&t);
		memset(t.loss, 0xff, sizeof t.loss);
		if (k != TAKEN)
			t.hop.far_is[9] = 0;
		t.far.rec[9].tsval += k == STAMP;
		t.far.rec[9].seq64 += k == PLACE ? LEN : 0;
		t.far.rec[9].time_ns += k == TIME ? 1000 * MS : 0;
		assert_int_equal(decide_absent(&t.c, 0, 8, LEN, LEN).fate,
				 k == PIECE ? FATE_UNDECIDED : FATE_LOST);
		close_scene(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_that_another_stands_for_is_not_lost),
		cmocka_unit_test(an_ack_of_another_id_does_not_stand_for_it),
		cmocka_unit_test(an_id_that_all_have_stands_for_none),
		cmocka_unit_test(an_ack_of_other_sacks_does_not_stand_for_it),
		cmocka_unit_test(a_reset_does_not_stand_for_an_ack),
		cmocka_unit_test(
			a_datagram_whose_content_came_late_is_not_lost),
		cmocka_unit_test(what_came_with_other_numbers_is_not_lost),
		cmocka_unit_test(
			bytes_that_another_copy_brought_over_a_relay_concern_its_side),
		cmocka_unit_test(requests_in_turns_with_answers_all_passed),
		cmocka_unit_test(stamps_at_the_ends_of_time_have_a_fate),
		cmocka_unit_test(
			bytes_that_the_far_point_has_unlinked_are_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
