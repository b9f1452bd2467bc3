/* Where it was lost that is proven to be: before the far point, or behind it. */
#include "tests/correlate/scene.h"

static void a_hole_is_of_the_hop_if_the_far_capture_is_trusted(void **state)
{
	static struct scene t;

	(void)state;
	lose_the_seventh(&t);
	open_scene(&t);
	t.loss[1] = ANSWER_ASTRAY_SYN;
	assert_int_equal(fate_of(&t, 6).fate, FATE_LOST);
	assert_true(fate_of(&t, 6).proven);
	t.loss[1] = ANSWER_ASTRAY;
	assert_int_equal(fate_of(&t, 6).fate, FATE_UNDECIDED);
	assert_int_equal(fate_of(&t, 6).reason, WHY_LOST_HERE_OR_BEHIND);
	assert_true(fate_of(&t, 6).proven);
	close_scene(&t);
}

static void a_copy_at_the_last_point_tells_what_is_lost_behind_it(void **state)
{
	static struct scene t;

	(void)state;
	flow(&t, 8);
	lacks_the_seventh(&t);
	add(&t.far, 320, SEQ + 6 * LEN, LEN, 310);
	open_scene(&t);
	assert_true(decide_lost_beyond(&t.c, 8));
	assert_false(decide_lost_beyond(&t.c, 7));
	close_scene(&t);
	flow(&t, 8);
	acked(&t, 95, SEQ + 8 * LEN);
	add(&t.far, 320, SEQ + 6 * LEN, LEN, 310); /* a needless one */
	open_scene(&t);
	assert_false(decide_lost_beyond(&t.c, 8));
	close_scene(&t);
}

/* It came to the last point at 90 ms, and its copy so much later. */
static void
a_copy_sooner_than_an_answer_does_not_prove_a_loss_behind(void **state)
{
	(void)state;
	for (int64_t later = 100; later <= 101; later++) {
		static struct scene t;

		flow(&t, 8);
		acked(&t, 85, SEQ + 7 * LEN);
		add(&t.far, 90 + later, SEQ + 7 * LEN, LEN, 310);
		open_scene(&t);
		assert_int_equal(decide_lost_beyond(&t.c, 8), later > 100);
		close_scene(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_hole_is_of_the_hop_if_the_far_capture_is_trusted),
		cmocka_unit_test(
			a_copy_at_the_last_point_tells_what_is_lost_behind_it),
		cmocka_unit_test(
			a_copy_sooner_than_an_answer_does_not_prove_a_loss_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
