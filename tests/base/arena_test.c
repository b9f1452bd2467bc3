#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void items_are_aligned_zeroed_and_apart(void **state)
{
	struct arena a = { 0 };
	unsigned char *item[500];

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		item[i] = arena_alloc(&a, i);
		assert_int_equal((uintptr_t)item[i] % 16, 0);
		for (size_t b = 0; b < i; b++)
			assert_int_equal(item[i][b], 0);
		memset(item[i], (int)(i % 251), i);
	}
	for (size_t i = 0; i < 500; i++)
		for (size_t b = 0; b < i; b++)
			assert_int_equal(item[i][b], i % 251);
	arena_release(&a);
}

static void large_item_gets_its_own_chunk(void **state)
{
	struct arena a = { 0 };
	char *big = arena_alloc(&a, 5u << 20), *small = arena_alloc(&a, 8);

	(void)state;
	memset(big, 1, 5u << 20);
	assert_int_equal(small[0], 0);
	assert_true(a.total >= 5u << 20);
	arena_release(&a);
	assert_int_equal(a.total, 0);
}

static void arena_is_reusable(void **state)
{
	struct arena a = { 0 };

	(void)state;
	for (int round = 0; round < 2; round++) {
		char *x = arena_alloc(&a, 4), *y = arena_alloc(&a, 9000);

		memset(x, 1, 4);
		for (size_t i = 0; i < 9000; i++)
			assert_int_equal(y[i], 0);
		arena_release(&a);
	}
}

static char *text(struct arena *a, const char *s)
{
	return memcpy(arena_alloc(a, strlen(s) + 1), s, strlen(s) + 1);
}

static void what_is_taken_stays_where_it_is(void **state)
{
	struct arena a = { 0 }, b = { 0 };

	(void)state;
	for (int round = 0; round < 3; round++) {
		char *x = text(&a, "of a"), *y = text(&b, "of b");

		for (size_t i = 0; i < 1000; i++)
			memset(arena_alloc(&b, 100), 7, 100);
		arena_take(&a, &b);
		assert_int_equal(b.total, 0);
		assert_true(a.total >= 100000);
		for (size_t i = 0; i < 1000; i++)
			memset(arena_alloc(&a, 100), 8, 100);
		assert_string_equal(x, "of a");
		assert_string_equal(y, "of b");
		if (round == 1)
			arena_release(&a); /* the third: into an empty one */
	}
	arena_release(&a);
	arena_take(&a, &b);
	assert_int_equal(a.total, 0);
}

/* Of a small one the chunk; what a large one had goes. */
static void reset_arena_hands_out_zeroes_again(void **state)
{
	struct arena a = { 0 };
	size_t total;
	char *p;

	(void)state;
	arena_reset(&a);
	p = arena_alloc(&a, 300);
	memset(p, 1, 300);
	total = a.total;
	arena_reset(&a);
	assert_ptr_equal(arena_alloc(&a, 300), p);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(p[i], 0);
	assert_int_equal(a.total, total);
	arena_alloc(&a, 1u << 20);
	arena_reset(&a);
	assert_int_equal(a.total, 0);
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_aligned_zeroed_and_apart),
		cmocka_unit_test(large_item_gets_its_own_chunk),
		cmocka_unit_test(reset_arena_hands_out_zeroes_again),
		cmocka_unit_test(arena_is_reusable),
		cmocka_unit_test(what_is_taken_stays_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
