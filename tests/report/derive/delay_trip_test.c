/* The longest round trip that no loss explains. */
#include "report/derive/delay_trip.h"

#include "tests/report/derive/desk.h"

#define FROM 1000
#define LEN 100

/* Piece @i of the server's data. */
static struct record data(unsigned i)
{
	return (struct record){ .seq64 = FROM + (uint64_t)i * LEN,
				.pay_len = LEN,
				.tcp_flags = REC_ACK };
}

/* The client has everything before piece @i. */
static struct record ack(unsigned i)
{
	return (struct record){ .seq64 = 50,
				.ack64 = FROM + (uint64_t)i * LEN,
				.tcp_flags = REC_ACK };
}

static struct round_trip longest_of(const struct tape *t, bool out_only)
{
	struct derive *d = desk_new(1, &rules_delay);
	struct round_trip r;

	desk_records(d, 0, t);
	r = delay_longest_trip(&d->model, &d->view, 0, out_only);
	desk_free(d);
	return r;
}

static struct round_trip longest(const struct tape *t)
{
	return longest_of(t, false);
}

/* A quick round trip, and data that waits for 400 ms. */
static void say(struct tape *t)
{
	tape_add(t, 1, 0, data(0));
	tape_add(t, 0, 40, ack(1));
	tape_add(t, 1, 100, data(1));
	tape_add(t, 1, 110, data(2));
}

static void the_newest_piece_covered_tells_how_long(void **state)
{
	struct tape t = { .frame = 0 };
	struct round_trip r;

	(void)state;
	say(&t);
	tape_add(&t, 0, 500, ack(3));
	r = longest(&t);
	assert_int_equal(r.ns, 390 * MS);
	assert_int_equal(r.dir, 1);
	assert_int_equal(r.sent, 2);
	assert_int_equal(r.back, 1);
	assert_int_equal(longest_of(&t, true).ns, 0);
}

static void data_that_acknowledges_waited_for_a_program(void **state)
{
	struct record answer = ack(3);
	struct tape t = { .frame = 0 };

	(void)state;
	answer.pay_len = 10;
	say(&t);
	tape_add(&t, 0, 500, answer);
	assert_int_equal(longest(&t).ns, 40 * MS);
}

static void what_is_sent_again_tells_nothing(void **state)
{
	struct tape t = { .frame = 0 };
	struct round_trip r;

	(void)state;
	say(&t);
	tape_add(&t, 1, 300, data(1));
	tape_add(&t, 1, 310, data(2));
	tape_add(&t, 0, 500, ack(3));
	r = longest(&t);
	assert_int_equal(r.ns, 40 * MS);
	assert_int_equal(r.sent, 0);
}

/* Piece 1 is lost: piece 2 waits for it, and for no queue. */
static void what_waits_for_a_hole_tells_nothing(void **state)
{
	struct record sack = ack(1);
	struct tape t = { .frame = 0 };

	(void)state;
	sack.n_sack = 1;
	say(&t);
	tape_add(&t, 0, 150, sack);
	tape_add(&t, 1, 300, data(1));
	tape_add(&t, 0, 500, ack(3));
	assert_int_equal(longest(&t).ns, 40 * MS);

	t = (struct tape){ .frame = 0 };
	say(&t);
	tape_add(&t, 0, 150, ack(1)); /* twice, without SACK */
	tape_add(&t, 1, 300, data(1));
	tape_add(&t, 0, 500, ack(3));
	assert_int_equal(longest(&t).ns, 40 * MS);
}

/* Data of its own that the receiver sends meanwhile says nothing of a hole. */
static void the_other_sides_data_may_pass(void **state)
{
	struct record own = ack(1);
	struct tape t = { .frame = 0 };

	(void)state;
	own.pay_len = 10;
	say(&t);
	tape_add(&t, 0, 150, own);
	tape_add(&t, 0, 500, ack(3));
	assert_int_equal(longest(&t).ns, 390 * MS);
}

/* An acknowledgement is lost, and the next one comes with the next data. */
static void older_data_tells_nothing(void **state)
{
	struct tape t = { .frame = 0 };

	(void)state;
	say(&t);
	tape_add(&t, 1, 9000, data(3));
	tape_add(&t, 0, 9050, ack(4));
	assert_int_equal(longest(&t).ns, 50 * MS);
}

static void never_acknowledged_is_none(void **state)
{
	struct tape t = { .frame = 0 };

	(void)state;
	tape_add(&t, 1, 0, data(0));
	tape_add(&t, 0, 40, ack(0));
	assert_int_equal(longest(&t).ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_piece_covered_tells_how_long),
		cmocka_unit_test(data_that_acknowledges_waited_for_a_program),
		cmocka_unit_test(what_is_sent_again_tells_nothing),
		cmocka_unit_test(what_waits_for_a_hole_tells_nothing),
		cmocka_unit_test(the_other_sides_data_may_pass),
		cmocka_unit_test(older_data_tells_nothing),
		cmocka_unit_test(never_acknowledged_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
