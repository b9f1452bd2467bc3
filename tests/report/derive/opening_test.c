/* report/derive/opening.c: what of an opening was in vain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/derive/opening.h"

#define MS 1000000ll
#define C 1000u /* initial numbers */
#define S 5000u

static struct opening o;

static enum opening_saw take(int dir, int64_t ms, unsigned flags, uint64_t seq,
			     uint64_t ack, uint32_t len, uint32_t tsval,
			     uint32_t tsecr)
{
	struct record r = { .time_ns = ms * MS,
			    .tcp_flags = (uint16_t)flags,
			    .seq64 = seq,
			    .ack64 = ack,
			    .pay_len = len,
			    .tsval = tsval,
			    .tsecr = tsecr,
			    .opts = tsval ? REC_OPT_TS : 0 };

	return o.over ? OPENING_NOTHING : opening_take(&o, dir, &r);
}

static void syn(int64_t ms)
{
	take(0, ms, REC_SYN, C, 0, 0, 0, 0);
}

static enum opening_saw answer(int64_t ms)
{
	return take(1, ms, REC_SYN | REC_ACK, S, C + 1, 0, 0, 0);
}

static void ack(int64_t ms)
{
	take(0, ms, REC_ACK, C + 1, S + 1, 0, 0, 0);
}

static void ask(int64_t ms)
{
	take(0, ms, REC_ACK, C + 1, S + 1, 100, 0, 0);
}

static void tell(int64_t ms, uint32_t len)
{
	take(1, ms, REC_ACK, S + 1, C + 101, len, 0, 0);
}

static int begin(void **state)
{
	(void)state;
	opening_begin(&o);
	return 0;
}

static void what_opens_at_once_waits_for_nothing(void **state)
{
	(void)state;
	syn(0);
	answer(20);
	ack(50);
	ask(51);
	tell(80, 500);
	assert_int_equal(opening_wait(&o), 0);
	assert_int_equal(o.to_server, 20 * MS);
	assert_int_equal(o.to_client, 30 * MS);
	assert_int_equal(o.copies, 0);
	assert_true(o.over);
}

static void syns_without_an_answer_are_in_vain(void **state)
{
	(void)state;
	syn(0);
	syn(1000);
	syn(3000);
	answer(3020);
	ack(3050);
	ask(3051);
	tell(3080, 500);
	assert_int_equal(o.vain, 2);
	assert_int_equal(o.copies, 2);
	assert_int_equal(opening_wait(&o), 3020 * MS);
	assert_int_equal(o.to_server, 20 * MS);
}

/* The path doubled it. */
static void a_double_is_no_copy(void **state)
{
	(void)state;
	syn(0);
	syn(1);
	answer(2);
	assert_int_equal(o.vain, 0);
	assert_int_equal(opening_wait(&o), 0);
}

/* No host repeats a SYN, or the answer to it, sooner than after 300 ms. */
static void what_comes_again_too_soon_was_not_sent_again(void **state)
{
	(void)state;
	for (int64_t gap = 299; gap <= 300; gap++) {
		opening_begin(&o);
		syn(0);
		syn(gap);
		answer(gap + 10);
		assert_int_equal(o.vain, gap == 300);
		assert_int_equal(opening_wait(&o),
				 gap == 300 ? (gap + 10) * MS : 0);
		opening_begin(&o);
		syn(0);
		answer(10);
		ack(20);
		assert_int_equal(answer(10 + gap),
				 gap == 300 ? OPENING_AGAIN : OPENING_NOTHING);
	}
}

/* A long way: the answer to the first comes behind the second. */
static void a_late_answer_is_the_earlier_ones(void **state)
{
	(void)state;
	syn(0);
	syn(1000);
	answer(1400);
	answer(2400);
	ack(2410);
	assert_int_equal(opening_wait(&o), 0);
	/* and soon behind it, as the time stamp tells */
	opening_begin(&o);
	take(0, 0, REC_SYN, C, 0, 0, 77, 0);
	take(0, 1000, REC_SYN, C, 0, 0, 1077, 0);
	take(1, 1010, REC_SYN | REC_ACK, S, C + 1, 0, 9, 77);
	assert_int_equal(opening_wait(&o), 0);
	opening_begin(&o);
	take(0, 0, REC_SYN, C, 0, 0, 77, 0);
	take(0, 1000, REC_SYN, C, 0, 0, 1077, 0);
	take(1, 1010, REC_SYN | REC_ACK, S, C + 1, 0, 9, 1077);
	assert_int_equal(opening_wait(&o), 1010 * MS);
}

/* A full listen queue: what would open it is dropped. */
static void what_would_open_it_is_refused(void **state)
{
	(void)state;
	syn(0);
	answer(1);
	ack(2);
	ask(3);
	ask(210);
	assert_int_equal(answer(1010), OPENING_AGAIN);
	ack(1011);
	ask(1100);
	assert_int_equal(answer(3010), OPENING_AGAIN);
	ack(3011);
	ask(3500);
	tell(3501, 0);
	assert_int_equal(opening_refused(&o), 2);
	assert_int_equal(opening_wait(&o), 3501 * MS);
	assert_int_equal(o.copies, 3);
	assert_int_equal(o.to_client, 1 * MS);
}

/* That is what a host does that waits for data before it calls its program. */
static void a_host_may_wait_for_data(void **state)
{
	(void)state;
	syn(0);
	answer(1);
	ack(2);
	answer(1010);
	ack(1011);
	ask(2000);
	tell(2001, 0);
	assert_int_equal(o.again, 1);
	assert_int_equal(opening_refused(&o), 0);
	assert_int_equal(opening_wait(&o), 0);
	/* but not if its program speaks first */
	opening_begin(&o);
	syn(0);
	answer(1);
	ack(2);
	answer(1010);
	ack(1011);
	tell(2001, 40);
	assert_int_equal(opening_refused(&o), 1);
	assert_int_equal(opening_wait(&o), 2001 * MS);
}

static void an_acknowledgement_that_came_late_was_not_refused(void **state)
{
	(void)state;
	syn(0);
	answer(1);
	answer(1001); /* nothing had come */
	ack(1500);
	ask(1501);
	tell(1502, 100);
	assert_int_equal(o.again, 0);
	opening_begin(&o);
	syn(0);
	answer(1);
	ack(1000); /* they cross */
	ask(1000);
	answer(1001);
	tell(1502, 100);
	assert_int_equal(o.again, 0);
	assert_int_equal(opening_wait(&o), 0);
}

/* A copy of the SYN is answered, whatever came before. */
static void a_syn_that_comes_again_is_answered_again(void **state)
{
	(void)state;
	syn(0);
	answer(1);
	ack(900);
	ask(901);
	syn(1000);
	answer(1001);
	tell(1100, 100);
	assert_int_equal(o.again, 0);
	assert_int_equal(o.vain, 0);
	assert_int_equal(opening_wait(&o), 0);
}

/* Other numbers than were sent: a device has reason to refuse them. */
static void an_acknowledgement_of_more_than_was_sent_is_none(void **state)
{
	(void)state;
	syn(0);
	answer(1);
	take(0, 2, REC_ACK, C + 1, S + 3, 0, 0, 0);
	take(0, 3, REC_ACK, C + 1, S + 3, 100, 0, 0);
	answer(1010);
	answer(3010);
	assert_int_equal(opening_refused(&o), 0);
}

static void a_session_under_way_has_no_opening(void **state)
{
	(void)state;
	ask(0);
	tell(10, 100);
	assert_true(o.over);
	assert_int_equal(o.to_server, -1);
	assert_int_equal(o.to_client, -1);
	assert_int_equal(opening_wait(&o), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_opens_at_once_waits_for_nothing,
				       begin),
		cmocka_unit_test_setup(syns_without_an_answer_are_in_vain,
				       begin),
		cmocka_unit_test_setup(a_double_is_no_copy, begin),
		cmocka_unit_test(what_comes_again_too_soon_was_not_sent_again),
		cmocka_unit_test_setup(a_late_answer_is_the_earlier_ones,
				       begin),
		cmocka_unit_test_setup(what_would_open_it_is_refused, begin),
		cmocka_unit_test_setup(a_host_may_wait_for_data, begin),
		cmocka_unit_test_setup(
			an_acknowledgement_that_came_late_was_not_refused,
			begin),
		cmocka_unit_test_setup(a_syn_that_comes_again_is_answered_again,
				       begin),
		cmocka_unit_test_setup(
			an_acknowledgement_of_more_than_was_sent_is_none,
			begin),
		cmocka_unit_test_setup(a_session_under_way_has_no_opening,
				       begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
