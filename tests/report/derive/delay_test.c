/* delay.*: how a cause becomes a finding, and how much that weighs; each rule's tests are
 * in files of their own. */
#include "tests/report/derive/cause.h"

#include "report/derive/delay.h"

/* What closes such a session is part of the silence. */
static void a_silence_is_no_answer_once(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 4, TIME_SERVER, 6 * SEC, 7 * SEC);
	m.s.silent = 2;
	m.s.silent_ns = m.worst.closing_ns = 3 * SEC;
	assert_non_null(finding(&m, "delay.server", &d));
	desk_free(d);
}

/* Whatever their shares. */
static void what_explains_more_time_weighs_more(void **state)
{
	int64_t ns = 1;

	(void)state;
	for (int i = 0; i < 17; i++, ns *= 10)
		assert_true(delay_weight(ns) < delay_weight(2 * ns));
	assert_true(delay_weight(0) >= 40);
	assert_true(delay_weight(INT64_MAX) <= 50);
	for (int i = 0; i < 2; i++) {
		const struct draft *f;
		struct derive *d;
		struct made m;

		made(&m, 4, TIME_SERVER, 4 * SEC, i ? 5 * SEC : 9 * SEC);
		m.worst.at[TIME_SERVER].n = 0;
		f = finding(&m, "delay.server", &d);
		assert_non_null(f);
		assert_true(f->weight == delay_weight(4 * SEC));
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silence_is_no_answer_once),
		cmocka_unit_test(what_explains_more_time_weighs_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
