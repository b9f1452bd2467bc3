/* What the far point has and the near one does not: missed there, or injected. */
#include "tests/correlate/scene.h"

/* The far point has a reset that the near one lacks.  A host that resets sends no
 * more data: what it still gives out tells that the reset is another's, whether it
 * arrives or not.  The near capture may have missed any other. */
static void a_reset_whose_alleged_sender_goes_on_is_injected(void **state)
{
	static const struct {
		int64_t later_ms;
		uint32_t len;
		bool injected;
	} near[] = { { 300, LEN, true },
		     { 300, 0, false },
		     { 95, LEN, false } };

	(void)state;
	for (size_t i = 0; i < sizeof near / sizeof *near; i++) {
		static struct scene t;
		struct record *r;

		flow(&t, 8);
		r = add(&t.far, 120, SEQ + 8 * LEN, 0, 0);
		r->tcp_flags = REC_RST;
		add(&t.near, near[i].later_ms, SEQ + 8 * LEN, near[i].len, 33);
		open_scene(&t);
		assert_int_equal(t.hop.near_of[8], LINK_NONE);
		assert_int_equal(decide_orphan(&t.c, 0, 8).fate,
				 near[i].injected ? FATE_INJECTED
						  : FATE_DELIVERED);
		close_scene(&t);
	}
}

/* The same while the near capture was between two files: the reset may have been
 * made before that point as well. */
static void
a_reset_of_while_nothing_was_captured_is_placed_nowhere(void **state)
{
	(void)state;
	for (int arrives = 0; arrives < 2; arrives++) {
		static struct scene t;

		flow(&t, 8);
		add(&t.far, 120, SEQ + 8 * LEN, 0, 0)->tcp_flags = REC_RST;
		add(&t.near, 300, SEQ + 8 * LEN, LEN, 33);
		if (arrives)
			add(&t.far, 320, SEQ + 8 * LEN, LEN, 33);
		open_scene(&t);
		watch_release(&t.watch[0]);
		watch_add(&t.watch[0], -1000 * MS, 80 * MS);
		watch_add(&t.watch[0], 200 * MS, 100000 * MS);
		assert_int_equal(t.hop.near_of[8], LINK_NONE);
		assert_int_equal(decide_orphan(&t.c, 0, 8).fate, FATE_OUTSIDE);
		close_scene(&t);
	}
}

/* Nothing says how far the near clock can be ahead: data at the near point may
 * have left before the reset. */
static void
a_reset_is_not_injected_where_clocks_do_not_tell_what_was_later(void **state)
{
	static struct scene t;

	(void)state;
	for (int told = 0; told < 2; told++) {
		flow(&t, 0);
		add(&t.far, 120, SEQ, 0, 0)->tcp_flags = REC_RST;
		add(&t.near, 300, SEQ, LEN, 33);
		open_scene(&t);
		assert_false(t.hop.paced);
		t.hop.numbered = true;
		t.hop.f_low = told ? 0 : INT64_MIN;
		t.hop.f_high = 20 * MS;
		assert_int_equal(decide_orphan(&t.c, 0, 0).fate,
				 told ? FATE_INJECTED : FATE_DELIVERED);
		close_scene(&t);
	}
}

/* A client resets what the server takes for an older connection, and its SYN, sent
 * again, opens the new one.  The same SYN again behind a reset, or a SYN,ACK, is of a
 * host that sent none. */
static void who_begins_anew_may_have_sent_the_reset(void **state)
{
	(void)state;
	for (int other = 0; other < 3; other++) {
		static struct scene t;
		bool accepts = other == 1, same = other == 2;
		struct record *r;

		flow(&t, 0);
		for (int far = 0; far < 2; far++) {
			struct side *a = far ? &t.far : &t.near;
			int64_t on = far ? 20 : 0;

			r = add(a, on, SEQ, 0, 1);
			r->tcp_flags = REC_SYN;
			if (far)
				add(a, 60, same ? SEQ + 1 : 900000000u, 0, 0)
					->tcp_flags = REC_RST;
			r = add(a, on + 1000, SEQ, 0, 1000);
			r->tcp_flags = REC_SYN | (accepts ? REC_ACK : 0);
			for (uint32_t k = 0; k < 4; k++)
				add(a, on + 1100 + k, SEQ + 1 + k * LEN, LEN,
				    1100 + k);
		}
		open_scene(&t);
		assert_int_equal(t.hop.near_of[1], LINK_NONE);
		assert_int_equal(decide_orphan(&t.c, 0, 1).fate,
				 other ? FATE_INJECTED : FATE_DELIVERED);
		close_scene(&t);
	}
}

/* A host may have sent what arrives within a millisecond behind its reset before that:
 * such a reset is not a device's. */
static void what_was_on_its_way_does_not_make_a_reset_anothers(void **state)
{
	(void)state;
	for (int late = 0; late < 2; late++) {
		static struct scene t;

		flow(&t, 8);
		add(&t.far, 120, SEQ + 8 * LEN, 0, 0)->tcp_flags = REC_RST;
		add(&t.near, 101, SEQ + 8 * LEN, LEN, 33);
		add(&t.far, 121, SEQ + 8 * LEN, LEN, 33)->time_ns += late;
		open_scene(&t);
		t.hop.dev = t.hop.tick = 0;
		assert_int_equal(t.hop.near_of[8], LINK_NONE);
		assert_int_equal(t.hop.near_of[9], 8);
		assert_int_equal(decide_orphan(&t.c, 0, 8).fate,
				 late ? FATE_INJECTED : FATE_DELIVERED);
		close_scene(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_reset_whose_alleged_sender_goes_on_is_injected),
		cmocka_unit_test(who_begins_anew_may_have_sent_the_reset),
		cmocka_unit_test(
			a_reset_of_while_nothing_was_captured_is_placed_nowhere),
		cmocka_unit_test(
			a_reset_is_not_injected_where_clocks_do_not_tell_what_was_later),
		cmocka_unit_test(
			what_was_on_its_way_does_not_make_a_reset_anothers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
