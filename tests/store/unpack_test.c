/* Packed runs that were cut or changed are refused. */
#include "store/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store/packed.h"

static void cut_or_long_runs_are_refused(void **state_)
{
	struct record r[100], back[100];
	struct buf b = { 0 };

	(void)state_;
	for (size_t i = 0; i < 100; i++)
		download(&r[i], i, 96);
	pack(r, 100, &b);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(unpack_run(b.at, n, 7, 1, back, 100), -1);
	buf_u8(&b, 0);
	assert_int_equal(unpack_run(b.at, b.n, 7, 1, back, 100), -1);
	buf_release(&b);
}

/* What is behind a run may be looked at, but is not its own. */
static void cut_runs_of_a_block_are_refused(void **state_)
{
	struct record r[100], back[100];
	struct pack_run run = { .part = 7, .dir = 1, .n = 100 };
	struct buf b = { 0 };
	size_t whole;

	(void)state_;
	for (size_t i = 0; i < 100; i++)
		download(&r[i], i, 96);
	pack(r, 100, &b);
	whole = b.n;
	for (size_t i = 0; i < 200; i++)
		buf_u8(&b, (uint8_t)i);
	for (run.size = 0; run.size < whole; run.size++)
		assert_int_equal(unpack_run_in(&run, b.at, b.n, 1, back), -1);
	assert_int_equal(unpack_run_in(&run, b.at, b.n, 1, back), 0);
	run.size++;
	assert_int_equal(unpack_run_in(&run, b.at, b.n, 1, back), -1);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_or_long_runs_are_refused),
		cmocka_unit_test(cut_runs_of_a_block_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
