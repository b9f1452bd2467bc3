/* The table against a plain list, with hashes chosen to collide and to wrap. */
#include "base/htab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static bool holds(const struct htab *t, uint64_t hash, uint32_t value)
{
	size_t pos = SIZE_MAX;
	uint32_t v;

	while ((v = htab_find(t, hash, &pos)) != HTAB_NONE)
		if (v == value)
			return true;
	return false;
}

static void empty_finds_nothing(void **state)
{
	struct htab t = { 0 };

	(void)state;
	assert_false(holds(&t, 7, 7));
	htab_remove(&t, 7, 7);
	assert_int_equal(t.n, 0);
	htab_release(&t);
}

static void equal_hashes_are_all_walked(void **state)
{
	struct htab t = { 0 };
	size_t pos = SIZE_MAX;
	uint32_t seen = 0, v;

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		htab_put(&t, 63, i); /* home is the last slot: runs wrap */
	htab_put(&t, 127, 99);       /* same home, another hash */
	while ((v = htab_find(&t, 63, &pos)) != HTAB_NONE)
		seen |= 1u << v;
	assert_int_equal(seen, 0x3ff);
	assert_true(holds(&t, 127, 99));
	htab_release(&t);
}

/* Few homes, many hashes: every run is long and the gaps are closed often. */
static void removal_never_hides_another(void **state)
{
	enum { N = 3000 };
	static bool in[N];
	struct htab t = { 0 };
	uint64_t s = 42;
	size_t n = 0;

	(void)state;
	for (int step = 0; step < 60000; step++) {
		uint32_t v;
		uint64_t hash;

		s = s * 6364136223846793005ull + 1442695040888963407ull;
		v = (uint32_t)(s >> 33) % (step < 30000 ? N : 60);
		hash = (uint64_t)v % 17 * 3 | (uint64_t)(v / 5) << 32;
		assert_int_equal(holds(&t, hash, v), in[v]);
		if (in[v])
			htab_remove(&t, hash, v);
		else
			htab_put(&t, hash, v);
		in[v] = !in[v];
		n = in[v] ? n + 1 : n - 1;
		assert_int_equal(t.n, n);
	}
	for (uint32_t v = 0; v < N; v++)
		assert_int_equal(holds(&t,
				       (uint64_t)v % 17 * 3 | (uint64_t)(v / 5)
								      << 32,
				       v),
				 in[v]);
	htab_release(&t);
	assert_null(t.slot);
}

static void many_values_survive_growth(void **state)
{
	struct htab t = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 100000; i++)
		htab_put(&t, i * 0x9e3779b97f4a7c15ull, i);
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(holds(&t, i * 0x9e3779b97f4a7c15ull, i));
	assert_true(t.mask + 1 <= 4 * 100000);
	htab_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_finds_nothing),
		cmocka_unit_test(equal_hashes_are_all_walked),
		cmocka_unit_test(removal_never_hides_another),
		cmocka_unit_test(many_values_survive_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
