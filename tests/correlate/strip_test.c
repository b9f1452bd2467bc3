/* The difference of two clocks, by exchanges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "correlate/strip.h"

#define US 1000ll
#define MS 1000000ll
#define SEC 1000000000ll
#define T0 (1700000000 * SEC)

static uint32_t mix(uint32_t h)
{
	h ^= h >> 16;
	h *= 0x7feb352du;
	h ^= h >> 15;
	h *= 0x846ca68bu;
	return h ^ h >> 16;
}

static int by_what(const void *a, const void *b)
{
	const struct ask *x = a, *y = b;

	if (x->what != y->what)
		return x->what < y->what ? -1 : 1;
	return x->asked < y->asked ? -1 : x->asked > y->asked;
}

struct world {
	struct asks front, back;
};

/* @n exchanges of @kinds kinds, one each @every on average, that take @keeps
 * longer in front; the back clock is @offset ahead, and goes @ppm too fast. */
static void world_make(struct world *w, unsigned n, unsigned kinds,
		       int64_t every, int64_t keeps, int64_t offset,
		       int64_t ppm)
{
	*w = (struct world){ .front = { 0 } };
	for (unsigned i = 0; i < n; i++) {
		int64_t at = i * every + mix(i) % every;
		int64_t served = 2 * MS + mix(i + 77) % (20 * MS);
		int64_t in = keeps / 2 + mix(i + 99) % keeps / 4;
		struct ask f = { .what = mix(i + 5) % kinds };

		f.asked = f.asked_last = T0 + at;
		f.told = f.told_last = T0 + at + served + keeps;
		*VEC_PUSH(&w->front) = f;
		f.asked = f.asked_last = T0 + at + in + offset +
					 at / 1000000 * ppm;
		f.told = f.told_last = f.asked + served;
		*VEC_PUSH(&w->back) = f;
	}
	qsort(w->front.at, n, sizeof *w->front.at, by_what);
	qsort(w->back.at, n, sizeof *w->back.at, by_what);
}

static void world_free(struct world *w)
{
	VEC_FREE(&w->front);
	VEC_FREE(&w->back);
}

static void expect_holds(const struct strip *s, int64_t at, int64_t offset)
{
	double low, high;

	strip_range(s, T0 + at, &low, &high);
	assert_true(low <= (double)offset);
	assert_true(high >= (double)offset);
	assert_true(high - low < 3.0 * MS);
}

static void expect_found(unsigned n, unsigned kinds, int64_t every,
			 int64_t offset, int64_t ppm)
{
	int64_t end = n * every;
	struct world w;
	struct strip s;

	world_make(&w, n, kinds, every, 1 * MS, offset, ppm);
	strip_fit(&w.front, &w.back, 2000, &s);
	assert_true(s.known);
	expect_holds(&s, 0, offset);
	expect_holds(&s, end, offset + end / 1000000 * ppm);
	strip_fit(&w.back, &w.front, 2000, &s); /* answers before questions */
	assert_false(s.known);
	world_free(&w);
}

static void rare_requests_tell_the_clocks(void **state)
{
	(void)state;
	expect_found(12, 1000, 50 * MS, -7200 * SEC, 0);
}

static void clocks_that_drift_are_followed(void **state)
{
	(void)state;
	expect_found(400, 300, 5 * SEC, 3 * SEC, 35);
}

static void requests_that_are_all_alike_tell_it_too(void **state)
{
	(void)state;
	expect_found(200, 1, 50 * MS, 1 * SEC, 0);
}

static void the_same_requests_of_others_tell_nothing(void **state)
{
	struct world w, o;
	struct strip s;

	(void)state;
	for (unsigned kinds = 1; kinds <= 256; kinds *= 4) {
		world_make(&w, 200, kinds, 50 * MS, 5 * MS, 0, 0);
		world_make(&o, 200, kinds, 47 * MS, 5 * MS, 0, 0);
		for (size_t i = 0; i < o.back.n; i++) { /* in another order */
			struct ask *b = &o.back.at[i];
			int64_t at = mix((uint32_t)i + kinds) % (10 * SEC);

			b->told = b->told_last = T0 + at + b->told - b->asked;
			b->asked = b->asked_last = T0 + at;
		}
		qsort(o.back.at, o.back.n, sizeof *o.back.at, by_what);
		strip_fit(&w.front, &o.back, 2000, &s);
		assert_false(s.known);
		world_free(&w);
		world_free(&o);
	}
}

static void too_few_tell_nothing(void **state)
{
	struct world w;
	struct strip s;

	(void)state;
	world_make(&w, 3, 1000, 50 * MS, 1 * MS, 0, 0);
	strip_fit(&w.front, &w.back, 2000, &s);
	assert_false(s.known);
	world_free(&w);
}

static void times_at_the_ends_of_time_do_no_harm(void **state)
{
	struct world w;
	struct strip s;

	(void)state;
	world_make(&w, 20, 5, 50 * MS, 1 * MS, 0, 0);
	for (size_t i = 0; i < w.front.n; i++) {
		w.front.at[i].asked = i % 2 ? INT64_MIN : INT64_MAX;
		w.back.at[i].told = i % 3 ? INT64_MAX : INT64_MIN;
	}
	strip_fit(&w.front, &w.back, INT64_MAX, &s);
	strip_fit(&w.back, &w.front, 0, &s);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rare_requests_tell_the_clocks),
		cmocka_unit_test(clocks_that_drift_are_followed),
		cmocka_unit_test(requests_that_are_all_alike_tell_it_too),
		cmocka_unit_test(the_same_requests_of_others_tell_nothing),
		cmocka_unit_test(too_few_tell_nothing),
		cmocka_unit_test(times_at_the_ends_of_time_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
