/* ICMP errors as witnesses: a hop of 20 ms, whose far point lacks the third of four
 * segments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "correlate/chain.h"
#include "correlate/decide_int.h"
#include "correlate/quotes.h"
#include "tests/correlate/side.h"

#define SEQ 1000u
#define LEN 100u
#define HDR 52u
#define LOST 2u /* the third */

struct scene {
	struct side near, far;
	struct quote quote[2][8];
	struct strand *way[2];
	struct recopy copies[2];
	struct hop hop;
	struct leg leg;
	struct chain c;
};

static void open_scene(struct scene *t)
{
	memset(t, 0, sizeof *t);
	for (uint32_t k = 0; k < 4; k++) {
		add(&t->near, k * 10, SEQ + k * LEN, LEN, 1);
		if (k != LOST)
			add(&t->far, k * 10 + 20, SEQ + k * LEN, LEN, 1);
	}
	t->near.s.quote = t->quote[0];
	t->far.s.quote = t->quote[1];
	t->way[0] = &t->near.s;
	t->way[1] = &t->far.s;
}

static void quote(struct side *s, int64_t ms, uint32_t seq, uint32_t len)
{
	s->s.quote[s->s.n_quotes++] = (struct quote){ .time_ns = ms * MS,
						      .seq = seq,
						      .len = (uint16_t)len };
}

static struct verdict ask_for(struct scene *t, uint32_t len)
{
	struct arrival at = { .low = (LOST * 10 + 20) * MS,
			      .mid = (LOST * 10 + 20) * MS,
			      .high = (LOST * 10 + 21) * MS,
			      .known = true };
	struct verdict v;

	t->hop = hop_over(&t->near, &t->far, 0);
	t->leg = (struct leg){ 0, 1, true, true };
	t->c = (struct chain){ .n = 2,
			       .strand = t->way,
			       .n_hops = 1,
			       .hop = &t->hop,
			       .leg = &t->leg,
			       .copies = t->copies };
	v = decide_quoted(&t->c, 0, LOST, strand_at(&t->near.s, LOST)->seq64,
			  len, &at);
	hop_release(&t->hop);
	for (int p = 0; p < 2; p++)
		recopy_release(&t->copies[p]);
	return v;
}

static void an_error_at_the_near_point_alone_is_of_a_loss(void **state)
{
	static struct scene t;
	struct verdict v;

	(void)state;
	open_scene(&t);
	quote(&t.near, 30, SEQ + LOST * LEN, HDR + LEN);
	v = ask_for(&t, LEN);
	assert_int_equal(v.fate, FATE_LOST);
	assert_int_equal(v.basis, BASIS_EFFECT);
	assert_int_equal(v.reason, WHY_QUOTED);
}

static void an_error_at_both_is_of_what_the_far_one_missed(void **state)
{
	static struct scene t;
	struct verdict v;

	(void)state;
	open_scene(&t);
	quote(&t.near, 70, SEQ + LOST * LEN, HDR + LEN);
	quote(&t.far, 50, SEQ + LOST * LEN, HDR + LEN);
	v = ask_for(&t, LEN);
	assert_int_equal(v.fate, FATE_UNSEEN);
	assert_int_equal(v.reason, WHY_QUOTED);
}

/* The far point has a copy that left later: the error there may be of it. */
static void an_error_at_the_far_point_may_be_of_another_copy(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	add(&t.near, 300, SEQ + LOST * LEN, LEN, 2);
	add(&t.far, 320, SEQ + LOST * LEN, LEN, 2);
	quote(&t.near, 370, SEQ + LOST * LEN, HDR + LEN);
	quote(&t.far, 350, SEQ + LOST * LEN, HDR + LEN);
	assert_int_equal(ask_for(&t, LEN).fate, FATE_UNDECIDED);
}

static void an_error_after_the_next_copy_is_of_that_one(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	add(&t.near, 300, SEQ + LOST * LEN, LEN, 2);
	quote(&t.near, 310, SEQ + LOST * LEN, HDR + LEN);
	assert_int_equal(ask_for(&t, LEN).fate, FATE_UNDECIDED);
}

static void an_error_about_other_bytes_says_nothing(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	quote(&t.near, 30, SEQ + LEN, HDR + LEN);
	quote(&t.near, 31, SEQ + LOST * LEN, HDR + LEN - 1);
	assert_int_equal(ask_for(&t, LEN).fate, FATE_UNDECIDED);
}

static void a_segment_cut_later_is_quoted_in_pieces(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	quote(&t.near, 30, SEQ + LOST * LEN + 60, HDR + 40);
	quote(&t.near, 31, SEQ + LOST * LEN, HDR + 60);
	assert_int_equal(ask_for(&t, LEN).fate, FATE_LOST);
	open_scene(&t);
	quote(&t.near, 30, SEQ + LOST * LEN + 60, HDR + 40);
	quote(&t.near, 31, SEQ + LOST * LEN, HDR + 50);
	assert_int_equal(ask_for(&t, LEN).fate, FATE_UNDECIDED);
}

static void a_packet_without_payload_is_quoted_alone(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	quote(&t.near, 30, SEQ + LOST * LEN, HDR + LEN);
	assert_int_equal(ask_for(&t, 0).fate, FATE_UNDECIDED);
	quote(&t.near, 31, SEQ + LOST * LEN, HDR);
	assert_int_equal(ask_for(&t, 0).fate, FATE_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_at_the_near_point_alone_is_of_a_loss),
		cmocka_unit_test(
			an_error_at_both_is_of_what_the_far_one_missed),
		cmocka_unit_test(
			an_error_at_the_far_point_may_be_of_another_copy),
		cmocka_unit_test(an_error_after_the_next_copy_is_of_that_one),
		cmocka_unit_test(an_error_about_other_bytes_says_nothing),
		cmocka_unit_test(a_segment_cut_later_is_quoted_in_pieces),
		cmocka_unit_test(a_packet_without_payload_is_quoted_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
