/* loss.path of pings: which get no answer. */
#include "tests/report/derive/desk.h"

/* A ping's number is in the field of a window. */
static struct record number(uint16_t n)
{
	return (struct record){ .window = n, .pay_len = 56 };
}

/* @n pings, one a second, from number 1 on, answered after 20 ms but for those that
 * @silent has a bit of. */
static struct tape pings(uint16_t n, uint64_t silent)
{
	struct tape t = { 0 };

	for (uint16_t i = 1; i <= n; i++) {
		tape_add(&t, 0, i * 1000, number(i));
		if (i > 63 || !(silent >> i & 1))
			tape_add(&t, 1, i * 1000 + 20, number(i));
	}
	return t;
}

/* That the nearest point to the target has, whose last packet is at @end_ms. */
static struct derive *with(int points, const struct tape *t, int64_t end_ms)
{
	struct derive *d = desk_new(points, &rules_ping);
	int last = points - 1;

	d->view.row.proto = 1;
	for (int i = 0; i < points; i++)
		d->view.flow[i].row.proto = 1;
	desk_records(d, last, t);
	d->view.flow[last].row.last_ns = T0 + end_ms * MS;
	return d;
}

static void a_ping_without_an_answer_is_counted(void **state)
{
	struct tape t = pings(10, 1 << 4);
	struct derive *d = with(1, &t, 20000);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "loss.path");
	assert_true(draft_says(f, "1 of 10 pings to 10.0.0.9 get no answer at "
				  "server"));
	assert_true(draft_says(f, "One capture does not tell"));
	assert_true(draft_says(f, "the slowest after 20 ms"));
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_int_equal(f->row.n_evidence, 1);
	assert_int_equal(f->row.evidence[0].frame, t.at[0][3].frame);
	assert_string_equal(f->row.evidence[0].note, "ping 4, no answer");
	assert_int_equal(draft_number(f, "late"), 0);
	desk_free(d);
}

static void all_answered_say_nothing(void **state)
{
	struct tape t = pings(10, 0);

	(void)state;
	desk_silent(with(1, &t, 20000), "loss.path");
}

/* A target that answers none is another rule's. */
static void none_answered_says_nothing(void **state)
{
	struct tape t = pings(10, ~0ull);

	(void)state;
	desk_silent(with(1, &t, 20000), "loss.path");
}

static void two_of_few_are_medium_and_of_many_low(void **state)
{
	(void)state;
	for (uint16_t n = 200; n <= 201; n++) {
		struct tape t = pings(n, 1 << 3 | 1 << 8);
		struct derive *d = with(2, &t, 300000);
		const struct draft *f = desk_found(d, "loss.path");

		assert_int_equal(f->row.severity,
				 n == 200 ? SEV_MEDIUM : SEV_LOW);
		assert_true(draft_says(f, "capture farther out"));
		assert_false(draft_says(f, "One capture does not tell"));
		assert_int_equal(f->row.hop_from, 2);
		desk_free(d);
	}
}

/* The capture may end before its answer comes. */
static void one_at_the_end_is_left_out(void **state)
{
	(void)state;
	for (int64_t ms = 10999; ms <= 11000; ms++) {
		struct tape t = pings(10, 1 << 10);
		struct derive *d = with(1, &t, ms);

		desk_show(d);
		assert_int_equal(desk_finish(d, "loss.path") != NULL,
				 ms == 11000);
		desk_free(d);
	}
}

/* A mirror port shows it twice; past a second the number is used anew. */
static void a_number_within_a_second_is_the_same_ping(void **state)
{
	(void)state;
	for (int64_t ms = 999; ms <= 1000; ms++) {
		struct tape t = { 0 };
		struct derive *d;
		const struct draft *f;

		tape_add(&t, 0, 0, number(5));
		tape_add(&t, 0, ms, number(5));
		tape_add(&t, 1, ms + 10, number(5));
		d = with(1, &t, 20000);
		desk_show(d);
		f = desk_finish(d, "loss.path");
		assert_int_equal(f != NULL, ms == 1000);
		if (f)
			assert_true(draft_says(f, "1 of 2 pings"));
		desk_free(d);
	}
}

static void an_answer_after_a_second_is_late(void **state)
{
	(void)state;
	for (int64_t ms = 999; ms <= 1000; ms++) {
		struct tape t = pings(4, 1 << 1);
		struct derive *d;
		const struct draft *f;

		tape_add(&t, 0, 6000, number(9));
		tape_add(&t, 1, 6000 + ms, number(9));
		d = with(1, &t, 20000);
		f = desk_found(d, "loss.path");
		assert_int_equal(draft_number(f, "late"), ms == 1000);
		assert_int_equal(draft_says(f, "1 answer comes late"),
				 ms == 1000);
		desk_free(d);
	}
}

/* What came before the capture may be what it answers. */
static void an_answer_to_nothing_is_passed_over(void **state)
{
	struct tape t = { 0 };
	struct derive *d;
	const struct draft *f;

	(void)state;
	tape_add(&t, 1, 0, number(1));
	tape_add(&t, 0, 10, number(1));
	tape_add(&t, 0, 2000, number(2));
	tape_add(&t, 1, 2010, number(2));
	d = with(1, &t, 20000);
	f = desk_found(d, "loss.path");
	assert_true(draft_says(f, "1 of 2 pings"));
	desk_free(d);
}

/* A mirror port shows answers twice, too: the second is no late one to nothing. */
static void an_answer_that_comes_again_is_passed_over(void **state)
{
	struct tape t = pings(4, 1 << 1);
	struct derive *d;
	const struct draft *f;

	(void)state;
	tape_add(&t, 1, 4030, number(4));
	d = with(1, &t, 20000);
	f = desk_found(d, "loss.path");
	assert_true(draft_says(f, "the slowest after 20 ms"));
	assert_int_equal(draft_number(f, "late"), 0);
	desk_free(d);
}

static void each_target_has_its_own(void **state)
{
	struct tape t = pings(10, 1 << 4);
	struct derive *d = with(1, &t, 20000);
	uint8_t other[4] = { 10, 0, 0, 8 };

	(void)state;
	desk_show(d);
	desk_next(d);
	desk_show(d);
	desk_next(d);
	d->view.flow[0].row.server.addr = net_addr_v4(other);
	desk_show(d);
	assert_true(draft_says(desk_finish(d, "loss.path"), "2 of 20 pings"));
	assert_int_equal(d->drafts.n, 2);
	desk_free(d);
}

static void what_is_not_of_pings_is_not_looked_at(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct tape t = pings(10, 1 << 4);
		struct derive *d = with(1, &t, 20000);

		if (i)
			d->view.row.verdict = PAIR_AMBIGUOUS;
		else
			d->view.row.proto = 17;
		desk_silent(d, "loss.path");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ping_without_an_answer_is_counted),
		cmocka_unit_test(all_answered_say_nothing),
		cmocka_unit_test(none_answered_says_nothing),
		cmocka_unit_test(two_of_few_are_medium_and_of_many_low),
		cmocka_unit_test(one_at_the_end_is_left_out),
		cmocka_unit_test(a_number_within_a_second_is_the_same_ping),
		cmocka_unit_test(an_answer_after_a_second_is_late),
		cmocka_unit_test(an_answer_to_nothing_is_passed_over),
		cmocka_unit_test(an_answer_that_comes_again_is_passed_over),
		cmocka_unit_test(each_target_has_its_own),
		cmocka_unit_test(what_is_not_of_pings_is_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
