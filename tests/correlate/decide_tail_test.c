/* The last acknowledgements of a direction, which the far capture lacks. */
#include "correlate/decide_int.h"
#include "tests/correlate/scene.h"

#define DATA 5000u /* the server's first number */

/* Eight pure ACKs, each of a segment more that the server sent; the far point has the
 * first four.  On this hop absence is loss. */
static void tail(struct scene *t)
{
	flow(t, 8);
	for (uint32_t k = 0; k < 8; k++) {
		uint64_t number = seq_first(DATA + (k + 1) * LEN);

		t->near.rec[k].pay_len = t->far.rec[k].pay_len = 0;
		t->near.rec[k].seq64 = t->far.rec[k].seq64 = seq_first(SEQ);
		t->near.rec[k].ack64 = t->far.rec[k].ack64 = number;
		add(&t->far_acks, 10 * (int64_t)k - 30, DATA + k * LEN, LEN, 1);
		add(&t->near_acks, 10 * (int64_t)k - 10, DATA + k * LEN, LEN,
		    1);
	}
	drop_last(t, 4);
}

/* What becomes of the sixth, if the near capture goes on until @until_ms. */
static enum fate fate_of_sixth(struct scene *t, int64_t until_ms)
{
	enum fate is;

	open_scene(t);
	t->loss[1] = ANSWER_ALL;
	t->hop.near_until = until_ms * MS;
	is = decide_absent(&t->c, 0, 5, 0, 0).fate;
	close_scene(t);
	return is;
}

static void data_not_sent_again_was_acknowledged(void **state)
{
	static struct scene t;

	(void)state;
	tail(&t);
	assert_int_equal(fate_of_sixth(&t, 3050), FATE_UNDECIDED);
}

static void a_capture_that_ends_soon_cannot_tell(void **state)
{
	static struct scene t;

	(void)state;
	tail(&t);
	assert_int_equal(fate_of_sixth(&t, 3049), FATE_LOST);
}

static void data_sent_again_was_not_acknowledged(void **state)
{
	static struct scene t;

	(void)state;
	tail(&t);
	add(&t.far_acks, 280, DATA + 4 * LEN, LEN, 1);
	add(&t.near_acks, 300, DATA + 4 * LEN, LEN, 1);
	assert_int_equal(fate_of_sixth(&t, 9000), FATE_LOST);
}

/* The copies are lost before the near point: the path is dead both ways. */
static void the_far_point_may_have_the_copies(void **state)
{
	static struct scene t;

	(void)state;
	tail(&t);
	add(&t.far_acks, 280, DATA + 4 * LEN, LEN, 1);
	assert_int_equal(fate_of_sixth(&t, 9000), FATE_LOST);
}

/* What it sends anew needs none of these acknowledgements. */
static void new_data_is_no_copy(void **state)
{
	static struct scene t;

	(void)state;
	tail(&t);
	add(&t.far_acks, 280, DATA + 8 * LEN, LEN, 1);
	add(&t.near_acks, 300, DATA + 8 * LEN, LEN, 1);
	assert_int_equal(fate_of_sixth(&t, 9000), FATE_UNDECIDED);
}

static void who_resets_sends_nothing_again(void **state)
{
	static struct scene t;

	(void)state;
	tail(&t);
	add(&t.near_acks, 100, DATA + 8 * LEN, 0, 1)->tcp_flags = REC_RST;
	assert_int_equal(fate_of_sixth(&t, 9000), FATE_LOST);
}

/* They acknowledge what the ones before did: the sender waits for none of them. */
static void duplicates_are_not_missed(void **state)
{
	static struct scene t;

	(void)state;
	tail(&t);
	for (uint32_t k = 4; k < 8; k++)
		t.near.rec[k].ack64 = t.near.rec[3].ack64;
	assert_int_equal(fate_of_sixth(&t, 9000), FATE_LOST);
}

/* It is sent again in vain: the path may be dead both ways. */
static void data_among_them_tells_by_itself(void **state)
{
	static struct scene t;

	(void)state;
	tail(&t);
	t.near.rec[6].pay_len = LEN;
	assert_int_equal(fate_of_sixth(&t, 9000), FATE_LOST);
}

/* The far point has a later one. */
static void amid_others_absence_is_loss(void **state)
{
	static struct scene t;

	(void)state;
	tail(&t);
	add(&t.far, 90, SEQ, 0, 17)->ack64 = seq_first(DATA + 8 * LEN);
	assert_int_equal(fate_of_sixth(&t, 9000), FATE_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_not_sent_again_was_acknowledged),
		cmocka_unit_test(a_capture_that_ends_soon_cannot_tell),
		cmocka_unit_test(data_sent_again_was_not_acknowledged),
		cmocka_unit_test(the_far_point_may_have_the_copies),
		cmocka_unit_test(new_data_is_no_copy),
		cmocka_unit_test(who_resets_sends_nothing_again),
		cmocka_unit_test(duplicates_are_not_missed),
		cmocka_unit_test(data_among_them_tells_by_itself),
		cmocka_unit_test(amid_others_absence_is_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
