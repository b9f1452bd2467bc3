/* Candidates in order, each once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "correlate/pairs.h"

static uint64_t rng_state;

static uint32_t rng(uint32_t below)
{
	rng_state = rng_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(rng_state >> 33) % below;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* @n pairs of so many flows a side: as a plain sort has them. */
static void check(size_t n, uint32_t left, uint32_t right)
{
	struct pair_list list = { 0 };
	uint64_t *want = mem_resize(NULL, n + 1, sizeof *want);
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		want[i] = (uint64_t)rng(left) << 32 | rng(right);
		*VEC_PUSH(&list.pair) = want[i];
	}
	qsort(want, n, sizeof *want, by_value);
	for (size_t i = 0; i < n; i++)
		if (!m || want[m - 1] != want[i])
			want[m++] = want[i];
	pairs_unique(&list, left);
	assert_int_equal(list.pair.n, m);
	assert_memory_equal(list.pair.at, want, m * sizeof *want);
	VEC_FREE(&list.pair);
	free(want);
}

static void pairs_are_sorted_and_single(void **state)
{
	(void)state;
	rng_state = 1;
	check(2, 1, 1);
	check(1000, 1, 300);     /* many of one left flow */
	check(5000, 200, 50);    /* most of them again */
	check(20000, 256, 3000); /* a range each */
	check(20000, 257, 3000); /* and one more */
	check(20000, 70000, 9);  /* few of each */
	check(300, 1 << 20, 1 << 20);
}

static void what_rises_stays(void **state)
{
	struct pair_list list = { 0 };

	(void)state;
	pairs_unique(&list, 0);
	assert_int_equal(list.pair.n, 0);
	for (uint64_t i = 0; i < 6; i++)
		*VEC_PUSH(&list.pair) = i / 2 << 32 | 7;
	pairs_unique(&list, 3);
	assert_int_equal(list.pair.n, 3);
	for (uint64_t i = 0; i < 3; i++)
		assert_true(list.pair.at[i] == (i << 32 | 7));
	VEC_FREE(&list.pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_sorted_and_single),
		cmocka_unit_test(what_rises_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
