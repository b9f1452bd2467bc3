/* Retransmissions and full windows of one direction, from hand-made records. */
#include "report/derive/lane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS 1000000LL
#define SLACK (2 * MS)
#define SEQ 1000u
#define LEN 1000u

struct pair { /* the two directions at a point near the first one's sender */
	struct lane out, back;
};

static void begin(struct pair *p)
{
	lane_reset(&p->out);
	lane_reset(&p->back);
}

/* Segment @k leaves. */
static void sends(struct pair *p, int64_t t_ns, unsigned k)
{
	struct record r = { .seq64 = SEQ + k * LEN,
			    .pay_len = LEN,
			    .ack64 = 1,
			    .tcp_flags = REC_ACK,
			    .window = 60000,
			    .time_ns = t_ns };

	lane_take(&p->out, &p->back, &r, t_ns, SLACK);
}

/* All before segment @k is acknowledged; @hole: and what comes after it is there. */
static void acks(struct pair *p, int64_t t_ns, unsigned k, bool hole)
{
	struct record r = { .seq64 = 1,
			    .ack64 = SEQ + k * LEN,
			    .tcp_flags = REC_ACK,
			    .window = 60000,
			    .time_ns = t_ns };

	if (hole) {
		r.n_sack = 1;
		r.sack[0][0] = SEQ + (k + 1) * LEN;
		r.sack[0][1] = SEQ + (k + 2) * LEN;
	}
	lane_take(&p->back, &p->out, &r, t_ns, SLACK);
}

/* After a round trip of 20 ms has been seen, a segment is sent again @after_ns it was
 * sent.  @hole: the next one is there, too, and acknowledged selectively. */
static enum repair sent_again(int64_t after_ns, bool hole)
{
	struct pair p;

	begin(&p);
	sends(&p, 0, 0);
	acks(&p, 20 * MS, 1, false);
	sends(&p, 100 * MS, 1);
	if (hole) {
		sends(&p, 100 * MS, 2);
		acks(&p, 120 * MS, 1, true);
	}
	sends(&p, 100 * MS + after_ns, 1);
	assert_true(p.out.repairing);
	return p.out.repair_how;
}

/* No host's timer is shorter than 190 ms and a round trip: what comes sooner was called
 * for by acknowledgements, or is a probe. */
static void what_is_sent_again_sooner_than_timers_is_no_timeout(void **state)
{
	(void)state;
	assert_int_equal(sent_again(210 * MS - 1, false), REPAIR_PROBE);
	assert_int_equal(sent_again(210 * MS, false), REPAIR_TIMEOUT);
	assert_int_equal(sent_again(210 * MS - 1, true), REPAIR_FAST);
	assert_int_equal(sent_again(210 * MS, true), REPAIR_TIMEOUT);
}

/* The least round trip takes 20 ms; then one of @rtt_ns, and the sender waits for it
 * with more to send.  Return: is it said to wait for a queue? */
static bool waits_for_a_queue(int64_t rtt_ns)
{
	struct pair p;

	begin(&p);
	sends(&p, 0, 0);
	acks(&p, 20 * MS, 1, false);
	sends(&p, 100 * MS, 1);
	sends(&p, 100 * MS, 2);
	acks(&p, 100 * MS + rtt_ns, 2, false);
	sends(&p, 100 * MS + rtt_ns, 3);
	assert_int_equal(p.out.sum[WAIT_QUEUE] + p.out.sum[WAIT_CWND], rtt_ns);
	return p.out.sum[WAIT_QUEUE];
}

/* A SYN with LEN bytes, of which the SYN,ACK leaves all: these are new data after that,
 * and no retransmission. */
static void data_of_a_syn_that_was_left_is_sent_anew(void **state)
{
	struct record syn = { .seq64 = SEQ - 1,
			      .pay_len = LEN,
			      .tcp_flags = REC_SYN,
			      .window = 60000 };
	struct record answer = { .ack64 = SEQ,
				 .tcp_flags = REC_SYN | REC_ACK,
				 .window = 60000,
				 .time_ns = 20 * MS };
	struct pair p;

	(void)state;
	begin(&p);
	lane_take(&p.out, &p.back, &syn, 0, SLACK);
	assert_int_equal(p.out.top, SEQ + LEN);
	lane_take(&p.back, &p.out, &answer, 20 * MS, SLACK);
	assert_int_equal(p.out.top, SEQ);
	assert_int_equal(p.out.rtt_ns, 20 * MS);
	sends(&p, 21 * MS, 0);
	assert_int_equal(p.out.top, SEQ + LEN);
	assert_int_equal(p.out.cover, SEQ + LEN);
	assert_int_equal(p.out.n_copies, 0);
}

static void ten_milliseconds_more_are_no_queue(void **state)
{
	(void)state;
	assert_false(waits_for_a_queue(30 * MS));
	assert_true(waits_for_a_queue(30 * MS + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_sent_again_sooner_than_timers_is_no_timeout),
		cmocka_unit_test(ten_milliseconds_more_are_no_queue),
		cmocka_unit_test(data_of_a_syn_that_was_left_is_sent_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
