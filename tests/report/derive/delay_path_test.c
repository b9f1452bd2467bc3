/* report/derive/delay_path.c: round trips that each request pays for. */
#include "tests/report/derive/cause.h"

static void a_long_way_paid_for_each_request_is_its_delay(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 10, TIME_PATH, 968 * MS, SEC);
	f = finding(&m, "delay.path", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "from client to server"));
	assert_int_equal(draft_number(f, "round_trip_ns"), 88 * MS);
	assert_int_equal(draft_number(f, "turns"), 10);
	assert_int_equal(f->row.sessions[0], 7);
	desk_free(d);
}

/* 30 ms are no long way, 400 times they are what everybody waits for. */
static void a_shorter_way_that_is_taken_again_and_again_is_told(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 400, TIME_PATH, 12 * SEC, 12300 * MS);
	m.b.base_ns = 30 * MS;
	f = finding(&m, "delay.path", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "Requests wait for one another: 400"));
	desk_free(d);
	made(&m, 40, TIME_PATH, 1200 * MS, 1300 * MS);
	m.b.base_ns = 30 * MS;
	f = finding(&m, "delay.path", &d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_INFO);
	desk_free(d);
}

/* Twenty turns and two seconds a session are what somebody waits for. */
static void how_often_a_shorter_way_is_taken_too_often(void **state)
{
	static const struct {
		uint64_t turns;
		int64_t ns;
		enum severity severity;
	} x[] = { { 19, 2500 * MS, SEV_INFO },
		  { 20, 1999 * MS, SEV_INFO },
		  { 20, 2000 * MS, SEV_MEDIUM } };

	(void)state;
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		const struct draft *f;
		struct derive *d;
		struct made m;

		made(&m, x[i].turns, TIME_PATH, x[i].ns, x[i].ns + 100 * MS);
		m.b.base_ns = 30 * MS;
		f = finding(&m, "delay.path", &d);
		assert_non_null(f);
		assert_int_equal(f->row.severity, x[i].severity);
		desk_free(d);
	}
}

static void a_short_way_few_turns_or_a_small_share_say_nothing(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 100, TIME_PATH, 500 * MS, SEC);
	m.b.base_ns = 5 * MS;
	assert_null(finding(&m, "delay.path", &d));
	desk_free(d);
	made(&m, 4, TIME_PATH, 400 * MS, 500 * MS);
	assert_null(finding(&m, "delay.path", &d));
	desk_free(d);
	made(&m, 10, TIME_PATH, 900 * MS, 60 * SEC);
	assert_null(finding(&m, "delay.path", &d));
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_way_paid_for_each_request_is_its_delay),
		cmocka_unit_test(
			a_shorter_way_that_is_taken_again_and_again_is_told),
		cmocka_unit_test(how_often_a_shorter_way_is_taken_too_often),
		cmocka_unit_test(
			a_short_way_few_turns_or_a_small_share_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
