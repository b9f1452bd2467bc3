/* Turns: the difference of two clocks, and what their lengths have to do with each
 * other. */
#include "correlate/strip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "correlate/relate_int.h"

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

struct world {
	unsigned n;
	int64_t every; /* mean */
	int64_t keeps, offset, ppm;
	unsigned alien; /* one of so many at the back is of others; 0: none */
	uint32_t tag;   /* bytes that the front adds to a record of 16384 */
	struct asks front, back;
};

static int by_time(const void *a, const void *b)
{
	const struct ask *x = a, *y = b;

	return x->asked < y->asked ? -1 : x->asked > y->asked;
}

static void world_make(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++) {
		int64_t at = i * w->every + mix(i) % w->every;
		int64_t served = 2 * MS + mix(i + 77) % (20 * MS);
		int64_t in = w->keeps / 2 + mix(i + 99) % w->keeps / 4;
		uint32_t len = 100 + mix(i + 3) % 40000;
		struct ask f = { .form = ASK_SEALED, .mate = i };

		f.len[0] = 200 + w->tag;
		f.len[1] = len + w->tag * (len / 16384 + 1);
		f.asked = f.asked_last = T0 + at;
		f.told = f.asked + 1; /* tickets */
		f.told_last = T0 + at + served + w->keeps;
		*VEC_PUSH(&w->front) = f;
		if (w->alien && i % w->alien == 0) {
			at = mix(i + 1000) % (w->n * w->every);
			len = 100 + mix(i + 5000) % 40000;
		}
		f.form = ASK_HTTP;
		f.len[0] = 230;
		f.len[1] = len;
		f.asked = f.asked_last = T0 + at + in + w->offset +
					 at / 1000000 * w->ppm;
		f.told = f.told_last = f.asked + served;
		*VEC_PUSH(&w->back) = f;
	}
	qsort(w->front.at, w->n, sizeof *w->front.at, by_time);
	qsort(w->back.at, w->n, sizeof *w->back.at, by_time);
}

static void world_free(struct world *w)
{
	VEC_FREE(&w->front);
	VEC_FREE(&w->back);
}

static struct strip strip_of(struct world *w, bool turned)
{
	struct strip s;

	world_make(w);
	if (turned)
		strip_fit_forms(&w->back, &w->front, 1000, &s);
	else
		strip_fit_forms(&w->front, &w->back, 1000, &s);
	world_free(w);
	return s;
}

static void expect_holds(const struct strip *s, const struct world *w)
{
	int64_t life = w->n * w->every;

	assert_true(s->known);
	for (int64_t at = 0; at <= life; at += life / 8) {
		int64_t moved = at / 1000000 * w->ppm;
		double truth = (double)(w->offset + moved), low, high;

		strip_range(s, T0 + at, &low, &high);
		assert_true(low - 1e6 <= truth && truth <= high + 1e6);
		assert_true(high - low < 2e6);
	}
}

static void many_turns_tell_the_clocks(void **state)
{
	struct world w = { .n = 900,
			   .every = 20 * MS,
			   .keeps = 1 * MS,
			   .offset = -3 * SEC,
			   .tag = 22 };
	struct strip s = strip_of(&w, false);

	(void)state;
	expect_holds(&s, &w);
	assert_int_equal(s.n, 900);
	assert_false(strip_of(&w, true).known); /* answers before requests */
}

static void clocks_may_be_hours_off_and_drift(void **state)
{
	struct world w = { .n = 3000,
			   .every = 200 * MS,
			   .keeps = 2 * MS,
			   .offset = 7200 * SEC,
			   .ppm = 40,
			   .alien = 3,
			   .tag = 29 };
	struct strip s = strip_of(&w, false);

	(void)state;
	expect_holds(&s, &w);
}

static void a_few_or_those_of_others_tell_nothing(void **state)
{
	struct world w = {
		.n = 3, .every = 30 * MS, .keeps = 1 * MS, .tag = 22
	};

	(void)state;
	assert_false(strip_of(&w, false).known);
	w.n = 800;
	w.alien = 1;
	assert_false(strip_of(&w, false).known);
}

static void lengths_are_learnt(void **state)
{
	struct world w = {
		.n = 900, .every = 20 * MS, .keeps = 1 * MS, .tag = 22
	};
	struct relating r = { .form = true };
	struct ask f, b;

	(void)state;
	world_make(&w);
	r.front.asks = w.front;
	r.back.asks = w.back;
	f = w.front.at[5];
	b = w.back.at[5];
	f.len[1] = 5000 + 22;
	b.len[1] = 5000;
	assert_false(relate_odd(&r, &f, &b));
	assert_false(relate_even(&r, &f, &b)); /* not known yet */
	f.len[1] = 5000 + 300;
	assert_false(relate_odd(&r, &f, &b));
	f.len[1] = 9000;
	assert_true(relate_odd(&r, &f, &b));
	for (uint32_t i = 0; i < w.n; i++) /* times are in one order */
		r.front.asks.at[i].mate = i;
	relate_learn(&r);
	f.len[1] = 5000 + 22;
	assert_true(relate_even(&r, &f, &b));
	f.len[1] = 5000 + 300;
	assert_true(relate_odd(&r, &f, &b));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_turns_tell_the_clocks),
		cmocka_unit_test(clocks_may_be_hours_off_and_drift),
		cmocka_unit_test(a_few_or_those_of_others_tell_nothing),
		cmocka_unit_test(lengths_are_learnt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
