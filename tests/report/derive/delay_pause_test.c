/* The longest pause within an answer. */
#include "report/derive/delay_pause.h"

#include "tests/report/derive/desk.h"

static struct record piece(uint64_t from, uint32_t len)
{
	return (struct record){ .seq64 = from,
				.pay_len = len,
				.tcp_flags = REC_ACK };
}

/* Of 1000 bytes from 500 on: 38 at once, 462 after 600 ms, a copy of the first
 * later, the rest after 300 ms; and the next answer after 9 s. */
static struct derive *told(void)
{
	struct derive *d = desk_new(1, &rules_delay);
	struct tape t = { .frame = 0 };

	tape_add(&t, 1, 0, piece(400, 100)); /* an answer before */
	tape_add(&t, 1, 2000, piece(500, 38));
	tape_add(&t, 1, 2600, piece(538, 462));
	tape_add(&t, 1, 2750, piece(500, 38));
	tape_add(&t, 1, 2900, piece(1000, 500));
	tape_add(&t, 1, 12000, piece(1500, 40));
	desk_records(d, 0, &t);
	return d;
}

static struct exchange answer(uint64_t first, uint64_t bytes)
{
	return (struct exchange){ .near = { 0, 0, first, first },
				  .far = { EXCHANGE_NONE, EXCHANGE_NONE },
				  .bytes = { 10, bytes } };
}

static void the_longest_is_found_between_new_data(void **state)
{
	struct derive *d = told();
	struct exchange x = answer(1, 1000);
	struct answer_pause p = delay_pause(&d->model, &d->view, &x);

	(void)state;
	assert_int_equal(p.ns, 600 * MS);
	assert_int_equal(p.before, 1);
	assert_int_equal(p.after, 2);
	assert_int_equal(p.told, 38);
	x = answer(2, 962); /* a copy of older bytes lies in the pause */
	p = delay_pause(&d->model, &d->view, &x);
	assert_int_equal(p.ns, 300 * MS);
	assert_int_equal(p.before, 2);
	assert_int_equal(p.after, 4);
	assert_int_equal(p.told, 462);
	desk_free(d);
}

static void an_answer_in_one_piece_has_none(void **state)
{
	struct derive *d = told();
	struct exchange x = answer(0, 100);

	(void)state;
	assert_int_equal(delay_pause(&d->model, &d->view, &x).ns, 0);
	desk_free(d);
}

/* What @p says of pauses of @of_ms in all. */
static bool says(uint64_t told, int64_t of_ms, const char *words)
{
	struct derive *d = desk_new(1, &rules_delay);
	struct draft *f = draft_new(d, "delay.server", SEV_LOW, 1);
	struct answer_pause p = { .ns = 600 * MS, .told = told, .bytes = 1000 };
	bool said;

	draft_title(f, "-");
	delay_pause_say(f, &p, of_ms * MS);
	said = draft_says(f, words);
	desk_free(d);
	return said;
}

static void few_bytes_first_may_be_no_answer(void **state)
{
	const char *may = "may be no part of the answer";

	(void)state;
	assert_true(says(38, 700, "is 600 ms, after 38 of 1,000 bytes"));
	assert_true(says(200, 700, may));
	assert_false(says(201, 700, may));
	/* one of many pauses explains nothing */
	assert_true(says(38, 2400, may));
	assert_false(says(38, 2500, may));
}

/* HTTP/2: window updates, a silence, and an answer whose pieces are a moment apart. */
static void a_moment_is_not_the_silence_that_is_told(void **state)
{
	struct answer_pause p = { .ns = MS, .bytes = 3000 };

	(void)state;
	delay_pause_fit(&p, 0);
	assert_int_equal(p.ns, MS);
	delay_pause_fit(&p, 2 * MS);
	assert_int_equal(p.ns, MS);
	delay_pause_fit(&p, 3000 * MS);
	assert_int_equal(p.ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_is_found_between_new_data),
		cmocka_unit_test(an_answer_in_one_piece_has_none),
		cmocka_unit_test(few_bytes_first_may_be_no_answer),
		cmocka_unit_test(a_moment_is_not_the_silence_that_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
