/* delay.server of pauses within answers, and of what may be news. */
#include "tests/report/derive/cause.h"

static void a_server_that_keeps_to_a_pace_is_not_slow(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 1, TIME_SERVER, 1300 * MS, 1800 * MS);
	m.s.feed_ns = 1300 * MS;
	f = finding(&m, "delay.server", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "at its own pace"));
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

/* @ctx sessions at once, each of a transfer of 10 MB in 10 s. */
static void add_transfers(struct grouping *g, void *ctx)
{
	for (int i = 0; i < *(int *)ctx; i++) {
		struct made m;

		made(&m, 1, TIME_SERVER, 9 * SEC, 10 * SEC);
		m.s.feed_ns = 9 * SEC;
		m.s.bytes = 10000000;
		causes_add(g, &m.s);
	}
}

/* The rate is a session's, as sessions at once share a link: all of them had
 * more. */
static void the_rate_of_a_transfer_is_one_sessions(void **state)
{
	static const char *const says[] = {
		"The session got 8 Mbit/s on average: if that is the rate of "
		"the slowest link, nothing would be gained.",
		"A session got 8 Mbit/s on average: if all together get the "
		"rate of the slowest link, nothing would be gained.",
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		int n = 1 + i * 3;
		struct derive *d = desk_with(add_transfers, &n);
		const struct draft *f = desk_finish(d, "delay.server");

		assert_true(draft_says(f, says[i]));
		assert_false(draft_says(f, "The whole"));
		assert_true(json_number_value(json_object_get(
				    f->measure, "mbit_s")) == 8.0);
		desk_free(d);
	}
}

/* A session of 10 s of which @feed_ns is between the pieces of answers, the longest of
 * these pauses @unasked_ns if it may be before news. */
static const struct draft *paced(struct derive **d, int64_t feed_ns,
				 int64_t total_ns, int64_t unasked_ns, bool far)
{
	struct made m;

	made(&m, 1, TIME_SERVER, feed_ns, total_ns);
	m.s.feed_ns = feed_ns;
	m.s.unasked_ns = unasked_ns;
	m.s.far_only = far;
	return finding(&m, "delay.server", d);
}

static void a_pace_is_told_from_half_a_second_on(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct derive *d;
		const struct draft *f = paced(&d, 500 * MS - !more, SEC, 0,
					      false);

		assert_int_equal(f != NULL, more);
		desk_free(d);
	}
}

static void and_of_two_fifths_of_the_time(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct derive *d;
		const struct draft *f = paced(&d, (3900 + more * 100) * MS,
					      10 * SEC, 0, false);

		assert_int_equal(f != NULL, more);
		desk_free(d);
	}
}

static void a_pause_of_a_second_may_be_before_news(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct derive *d;
		const struct draft *f = paced(&d, 5 * SEC, 10 * SEC, more * SEC,
					      false);

		assert_int_equal(f->row.severity, SEV_LOW);
		assert_int_equal(draft_says(f, "speaks again unasked, after up "
					       "to 1 s"),
				 more);
		assert_int_equal(draft_says(f, "at its own pace"), !more);
		assert_int_equal(draft_says(f, "Nothing shows that anybody "
					       "waited"),
				 more);
		desk_free(d);
	}
}

static void from_afar_nobody_is_named(void **state)
{
	struct derive *d;
	const struct draft *f = paced(&d, 5 * SEC, 10 * SEC, 0, true);

	(void)state;
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "Answers of 10.0.0.9:443 come with pauses of "
				  "5 s in all: the server or the path, one "
				  "capture cannot tell"));
	assert_false(draft_says(f, "gives its answers"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_keeps_to_a_pace_is_not_slow),
		cmocka_unit_test(the_rate_of_a_transfer_is_one_sessions),
		cmocka_unit_test(a_pace_is_told_from_half_a_second_on),
		cmocka_unit_test(and_of_two_fifths_of_the_time),
		cmocka_unit_test(a_pause_of_a_second_may_be_before_news),
		cmocka_unit_test(from_afar_nobody_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
