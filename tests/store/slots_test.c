/* Slots are sorted by their keys, and those of one key stay in order. */
#include "store/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N 5000
#define LOW 13 /* bits of the place */

static uint64_t state = 5;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int by_word(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Keys of @n slots, whose bits are among those of @mask, as qsort() has them. */
static void check(size_t n, uint64_t mask, unsigned high)
{
	uint64_t slot[N], other[N], want[N], *got;

	for (size_t i = 0; i < n; i++)
		want[i] = slot[i] = (rnd() & mask) << LOW | i;
	qsort(want, n, sizeof *want, by_word);
	got = slots_sort(slot, other, n, LOW, high);
	assert_true(got == slot || got == other);
	assert_memory_equal(got, want, n * sizeof *want);
}

static void they_are_in_order(void **s)
{
	(void)s;
	for (unsigned bits = 0; bits <= 64 - LOW; bits++)
		check(N, bits ? UINT64_MAX >> (64 - bits) : 0, LOW + bits);
	for (size_t n = 1; n < 50; n++)
		check(n, 0x3ff00000f, 64);
	check(N, 0xf0000f00001, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
