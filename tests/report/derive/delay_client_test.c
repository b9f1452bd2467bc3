/* report/derive/delay_client.c: programs, and people, that take their time. */
#include "tests/report/derive/cause.h"

static void a_person_who_thinks_is_no_slow_client(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 30, TIME_CLIENT, 300 * SEC, 301 * SEC);
	assert_null(finding(&m, "delay.client", &d));
	desk_free(d);
	made(&m, 1600, TIME_CLIENT, 60 * SEC, 70 * SEC);
	m.s.bytes = 100 << 20;
	assert_int_equal(finding(&m, "delay.client", &d)->row.severity,
			 SEV_MEDIUM);
	desk_free(d);
}

/* No request comes after its last answer. */
static void nor_is_one_that_rests_before_the_close(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 25, TIME_CLIENT, 5200 * MS, 5300 * MS);
	m.s.rest_ns = 5 * SEC;
	assert_null(finding(&m, "delay.client", &d));
	desk_free(d);
	made(&m, 25, TIME_CLIENT, 5200 * MS, 5300 * MS);
	m.s.rest_ns = 200 * MS;
	f = finding(&m, "delay.client", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "200 ms before each request"));
	desk_free(d);
}

static void a_client_that_transfers_little_is_merely_so(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 1000, TIME_CLIENT, 60 * SEC, 70 * SEC);
	m.s.bytes = 2 << 20;
	assert_int_equal(finding(&m, "delay.client", &d)->row.severity,
			 SEV_INFO);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_person_who_thinks_is_no_slow_client),
		cmocka_unit_test(nor_is_one_that_rests_before_the_close),
		cmocka_unit_test(a_client_that_transfers_little_is_merely_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
