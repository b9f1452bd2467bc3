#include "base/hist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static bool near(int64_t got, int64_t want)
{
	double err = (double)got - (double)want;

	return (err < 0 ? -err : err) <=
	       1 + 0.01095 * (want < 0 ? -(double)want : (double)want);
}

/* A xorshift generator: the same values in every run. */
static uint64_t next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void middle_of_three_is_within_the_bound(void **state)
{
	(void)state;
	/* Every octave, both signs, several places in the octave. */
	for (int shift = 0; shift < 62; shift++)
		for (int64_t part = 0; part < 64; part++) {
			int64_t v = (1ll << shift) +
				    (int64_t)((uint64_t)part << shift >> 6);
			struct hist h = { 0 };

			hist_add(&h, v);
			hist_add(&h, 0);
			hist_add(&h, INT64_MAX);
			assert_true(near(hist_quantile(&h, 0.5), v));
			hist_release(&h);
			hist_add(&h, -v);
			hist_add(&h, INT64_MIN);
			hist_add(&h, 0);
			assert_true(near(hist_quantile(&h, 0.5), -v));
			hist_release(&h);
		}
}

static void small_values_are_exact(void **state)
{
	(void)state;
	for (int64_t v = -45; v <= 45; v++) {
		struct hist h = { 0 };

		hist_add(&h, v);
		hist_add(&h, -1000);
		hist_add(&h, 1000);
		assert_int_equal(hist_quantile(&h, 0.5), v);
		hist_release(&h);
	}
}

static void quantiles_follow_the_sorted_values(void **state)
{
	static int64_t v[20000];
	uint64_t seed = 88172645463325252ull;
	struct hist h = { 0 };

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		uint64_t r = next(&seed);

		v[i] = (int64_t)(r >> (r % 40 + 2));
		v[i] = r & 1 ? v[i] : -v[i];
		hist_add(&h, v[i]);
	}
	qsort(v, 20000, sizeof *v, by_value);
	for (int p = 1; p < 100; p++)
		assert_true(near(hist_quantile(&h, p / 100.0), v[p * 200 - 1]));
	assert_int_equal(hist_quantile(&h, 0), v[0]);
	assert_int_equal(hist_quantile(&h, 1), v[19999]);
	hist_release(&h);
}

static void extremes_do_not_overflow(void **state)
{
	struct hist h = { 0 };

	(void)state;
	hist_add(&h, INT64_MIN);
	hist_add(&h, INT64_MIN);
	hist_add(&h, INT64_MAX);
	assert_true(h.min == INT64_MIN && h.max == INT64_MAX);
	assert_true(h.sum < 0);
	assert_true(hist_quantile(&h, 0.5) == INT64_MIN);
	assert_true(hist_quantile(&h, 0.99) == INT64_MAX);
	hist_release(&h);
	hist_add(&h, INT64_MAX);
	hist_add(&h, INT64_MAX);
	assert_true(h.sum == INT64_MAX);
	hist_release(&h);
}

static void empty_says_nothing(void **state)
{
	struct hist h = { 0 }, other = { 0 };
	struct buf b = { 0 };
	struct cursor c;

	(void)state;
	assert_int_equal(hist_quantile(&h, 0.5), 0);
	hist_merge(&h, &other);
	assert_int_equal(h.n, 0);
	hist_pack(&h, &b);
	assert_int_equal(b.n, 1);
	c = cursor_of(b.at, b.n);
	assert_int_equal(hist_unpack(&other, &c), 0);
	assert_int_equal(other.n, 0);
	buf_release(&b);
	hist_release(&h);
}

static void same(const struct hist *a, const struct hist *b)
{
	struct buf x = { 0 }, y = { 0 };

	hist_pack(a, &x);
	hist_pack(b, &y);
	assert_int_equal(x.n, y.n);
	assert_memory_equal(x.at, y.at, x.n);
	buf_release(&x);
	buf_release(&y);
}

static void merging_is_adding_all(void **state)
{
	struct hist all = { 0 }, part[3] = { 0 }, sum = { 0 };
	uint64_t seed = 1234567;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		int64_t v = (int64_t)next(&seed) >> (next(&seed) % 50 + 8);

		hist_add(&all, v);
		hist_add(&part[i % 3], v);
	}
	for (int i = 0; i < 3; i++) {
		hist_merge(&sum, &part[i]);
		hist_release(&part[i]);
	}
	same(&sum, &all);
	hist_release(&sum);
	hist_release(&all);
}

static int64_t value_at(size_t i)
{
	static const int64_t v[] = {
		700, -3, 0, 700, 9000000, -80000, 41, 700
	};

	return v[i % 8] + (int64_t)(i / 8);
}

static void few_values_merge_as_many_do(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 2 * HIST_FEW + 2; n++)
		for (size_t cut = 0; cut <= n; cut++) {
			struct hist all = { 0 }, a = { 0 }, b = { 0 };

			for (size_t i = 0; i < n; i++) {
				hist_add(&all, value_at(i));
				hist_add(i < cut ? &a : &b, value_at(i));
			}
			hist_merge(&a, &b);
			assert_int_equal(a.n, n);
			assert_true(a.sum == all.sum);
			same(&a, &all);
			hist_release(&a);
			hist_release(&b);
			hist_release(&all);
		}
}

static void few_values_answer_and_pack_as_they_are(void **state)
{
	(void)state;
	for (size_t n = 1; n <= HIST_FEW + 1; n++) {
		int64_t v[HIST_FEW + 1];
		struct hist h = { 0 }, back = { 0 };
		struct buf b = { 0 };
		struct cursor c;

		for (size_t i = 0; i < n; i++)
			hist_add(&h, v[i] = value_at(i));
		qsort(v, n, sizeof *v, by_value);
		hist_pack(&h, &b);
		c = cursor_of(b.at, b.n);
		assert_int_equal(hist_unpack(&back, &c), 0);
		for (size_t i = 0; i < n; i++) {
			double q = ((double)i + 0.5) / (double)n;

			assert_true(near(hist_quantile(&h, q), v[i]));
			assert_true(hist_quantile(&h, q) ==
				    hist_quantile(&back, q));
		}
		same(&h, &back);
		hist_release(&h);
		hist_release(&back);
		buf_release(&b);
	}
}

static void more_values_than_said_are_refused(void **state)
{
	/* n 2, min 0, max 0, sum 0, one bucket of three */
	static const uint8_t p[] = { 2, 0, 0, 0, 1, 0xe1, 0x0f, 3 };
	struct hist h;
	struct cursor c = cursor_of(p, sizeof p);

	(void)state;
	assert_int_equal(hist_unpack(&h, &c), -1);
	assert_int_equal(h.n, 0);
}

static void packing_is_small_and_loses_nothing(void **state)
{
	static const int64_t v[] = { 88200000,  88300000,  91000000, -5,
				     INT64_MIN, INT64_MAX, 0 };
	struct hist h = { 0 }, back = { 0 };
	struct buf b = { 0 };
	struct cursor c;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		hist_add(&h, v[i]);
	hist_pack(&h, &b);
	assert_true(b.n < 32);
	b.n = 0;
	for (size_t i = 3; i < sizeof v / sizeof *v; i++)
		hist_add(&h, v[i]);
	hist_pack(&h, &b);
	c = cursor_of(b.at, b.n);
	assert_int_equal(hist_unpack(&back, &c), 0);
	assert_int_equal(cursor_left(&c), 0);
	same(&h, &back);
	hist_release(&h);
	hist_release(&back);
	buf_release(&b);
}

static void bad_bytes_leave_it_empty(void **state)
{
	struct hist h = { 0 }, back;
	struct buf b = { 0 };

	(void)state;
	hist_add(&h, 1000);
	hist_add(&h, 2000);
	hist_add(&h, -7);
	hist_pack(&h, &b);
	for (size_t cut = 0; cut < b.n; cut++) {
		struct cursor c = cursor_of(b.at, cut);

		assert_int_equal(hist_unpack(&back, &c), -1);
		assert_null(back.bucket);
	}
	/* Whatever one changed byte does, the result is refused or sound. */
	for (size_t i = 0; i < b.n; i++)
		for (unsigned v = 0; v < 256; v++) {
			uint8_t was = b.at[i];
			struct cursor c;

			b.at[i] = (uint8_t)v;
			c = cursor_of(b.at, b.n);
			if (!hist_unpack(&back, &c) && back.n) {
				int64_t m = hist_quantile(&back, 0.5);

				assert_true(m >= back.min && m <= back.max);
			}
			hist_release(&back);
			b.at[i] = was;
		}
	buf_release(&b);
	hist_release(&h);
}

static void several_at_once_are_as_one_by_one(void **state)
{
	uint64_t s = 42;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct hist one = { 0 }, all = { 0 };
		struct buf a = { 0 }, b = { 0 };
		int64_t v[50];

		for (uint32_t n = 0; n < 50; n += 7) {
			for (uint32_t i = 0; i < n; i++) {
				v[i] = (int64_t)next(&s) >> (s % 64);
				hist_add(&one, v[i]);
			}
			hist_add_all(&all, v, n);
			hist_add_all(&all, NULL, 0);
		}
		hist_pack(&one, &a);
		hist_pack(&all, &b);
		assert_int_equal(a.n, b.n);
		assert_memory_equal(a.at, b.at, a.n);
		buf_release(&a);
		buf_release(&b);
		hist_release(&one);
		hist_release(&all);
	}
}

/* 12 of 60, and 2 of 10: values that are kept as they are. */
static void two_humps_have_a_gap(void **state)
{
	struct hist_gap gap;

	(void)state;
	for (int n = 10; n <= 60; n += 50) {
		struct hist h = { 0 };

		for (int i = 0; i < n; i++)
			hist_add(&h, i % 5 ? 5000000 + i * 1000 - 10 * i
					   : 1200000000 + i * 1000000);
		assert_true(hist_gap(&h, 1000000, &gap));
		assert_int_equal(gap.above, n / 5);
		assert_in_range(gap.under_ns, 4900000, 5200000);
		assert_in_range(gap.over_ns, 1180000000, 1220000000);
		hist_release(&h);
	}
}

static void what_is_small_makes_no_gap(void **state)
{
	struct hist h = { 0 };
	struct hist_gap gap;

	(void)state;
	assert_false(hist_gap(&h, 1000000, &gap));
	hist_add(&h, -5);
	hist_add(&h, 0);
	hist_add(&h, 900000);
	assert_false(hist_gap(&h, 1000000, &gap));
	hist_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(middle_of_three_is_within_the_bound),
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(quantiles_follow_the_sorted_values),
		cmocka_unit_test(extremes_do_not_overflow),
		cmocka_unit_test(empty_says_nothing),
		cmocka_unit_test(merging_is_adding_all),
		cmocka_unit_test(few_values_merge_as_many_do),
		cmocka_unit_test(few_values_answer_and_pack_as_they_are),
		cmocka_unit_test(more_values_than_said_are_refused),
		cmocka_unit_test(packing_is_small_and_loses_nothing),
		cmocka_unit_test(several_at_once_are_as_one_by_one),
		cmocka_unit_test(bad_bytes_leave_it_empty),
		cmocka_unit_test(two_humps_have_a_gap),
		cmocka_unit_test(what_is_small_makes_no_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
