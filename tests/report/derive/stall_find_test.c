/* Which moments without an answer count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/derive/stall.h"

#define MS 1000000ll

/* Sessions of a request every 50 ms, answered after 10 ms; none between 5 s and 6 s. */
static void sessions(struct stall_waits *w, int n, bool path)
{
	for (int s = 0; s < n; s++)
		for (int64_t t = s * 7; t < 12000; t += 50) {
			bool held = t + 10 > 5000 && t + 10 < 6000;

			*VEC_PUSH(w) = (struct stall_wait){
				.from_ns = t * MS,
				.until_ns = held ? (6000 + s) * MS
						 : (t + 10) * MS,
				.session = s + 1,
				.hop = 1 << 8 | 2,
				.long_path = held && path,
			};
			if (held)
				t = 6000;
		}
}

static size_t found(struct stall_waits *w)
{
	struct stalls out = { 0 };
	size_t n;

	stalls_find(&out, w);
	n = out.n;
	VEC_FREE(&out);
	VEC_FREE(w);
	return n;
}

static void all_wait_for_the_path(void **state)
{
	struct stall_waits w = { 0 };
	struct stalls out = { 0 };

	(void)state;
	sessions(&w, 3, true);
	stalls_find(&out, &w);
	assert_int_equal(out.n, 1);
	assert_int_equal(out.at[0].sessions, 3);
	assert_true(out.at[0].until_ns - out.at[0].from_ns > 980 * MS);
	VEC_FREE(&out);
	VEC_FREE(&w);
}

static void two_sessions_are_too_few(void **state)
{
	struct stall_waits w = { 0 };

	(void)state;
	sessions(&w, 2, true);
	assert_int_equal(found(&w), 0);
}

static void who_waits_for_servers_does_not_count(void **state)
{
	struct stall_waits w = { 0 };

	(void)state;
	sessions(&w, 5, false);
	assert_int_equal(found(&w), 0);
}

static void an_answer_in_between_refutes_it(void **state)
{
	struct stall_waits w = { 0 };

	(void)state;
	sessions(&w, 3, true);
	for (int64_t t = 5000; t < 6000; t += 150)
		*VEC_PUSH(&w) = (struct stall_wait){ .from_ns = (t - 10) * MS,
						     .until_ns = t * MS,
						     .session = 9,
						     .hop = 1 << 8 | 2 };
	assert_int_equal(found(&w), 0);
}

static void who_is_not_let_go_at_once_refutes_it(void **state)
{
	struct stall_waits w = { 0 };

	(void)state;
	sessions(&w, 4, true);
	for (int k = 0; k < 2; k++)
		*VEC_PUSH(&w) = (struct stall_wait){ .from_ns = 5100 * MS,
						     .until_ns = 8000 * MS,
						     .session = 8 + k,
						     .hop = 1 << 8 | 2,
						     .long_path = true };
	assert_int_equal(found(&w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_wait_for_the_path),
		cmocka_unit_test(two_sessions_are_too_few),
		cmocka_unit_test(who_waits_for_servers_does_not_count),
		cmocka_unit_test(an_answer_in_between_refutes_it),
		cmocka_unit_test(who_is_not_let_go_at_once_refutes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
