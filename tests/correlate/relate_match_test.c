/* Exchanges of two sides: candidates and matches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "correlate/relate_int.h"

#define SEC 1000000000ll
#define MANY 60000u
#define SLOW_S 15 /* a look at each by each would take far longer */

/* @n exchanges of a kind, one after the other by @step. */
static void fill(struct side *s, const struct point *p, size_t n, int64_t at,
		 int64_t step, int64_t took)
{
	s->p = p;
	s->first_ns = at;
	s->last_ns = at + (int64_t)n * step + took;
	for (size_t i = 0; i < n; i++)
		*VEC_PUSH(&s->asks) = (struct ask){
			.asked = at + (int64_t)i * step,
			.asked_last = at + (int64_t)i * step,
			.told = at + (int64_t)i * step + took,
			.told_last = at + (int64_t)i * step + took,
			.what = 7,
			.mate = ASK_NONE,
		};
}

static size_t matches(const struct relating *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->front.asks.n; i++)
		n += front_ask(r, i)->mate != ASK_NONE;
	return n;
}

static void release(struct relating *r)
{
	relate_match_release(r);
	VEC_FREE(&r->front.asks);
	VEC_FREE(&r->back.asks);
}

static void one_after_the_other_is_matched(void **state)
{
	const struct point p = { .n = 1 };
	struct relating r = { .strip = { .known = true } };

	(void)state;
	fill(&r.front, &p, 100, 0, SEC, SEC / 2);
	fill(&r.back, &p, 100, SEC / 8, SEC, SEC / 8);
	relate_match(&r);
	assert_int_equal(matches(&r), 100);
	assert_int_equal(front_ask(&r, 40)->mate, 40);
	release(&r);
}

/* All ask before any is answered, and those behind are answered too late. */
static void many_that_overlap_take_no_quadratic_time(void **state)
{
	const struct point p = { .n = 1 };
	struct relating r = { .strip = { .known = true } };
	clock_t begin = clock();

	(void)state;
	fill(&r.front, &p, MANY, 0, 10, 100 * SEC);
	fill(&r.back, &p, MANY, SEC, 10, 200 * SEC);
	relate_match(&r);
	assert_int_equal(matches(&r), 0);
	assert_true((clock() - begin) / CLOCKS_PER_SEC < SLOW_S);
	release(&r);
}

static void sides_without_exchanges_have_no_matches(void **state)
{
	const struct point p = { .n = 0 };
	struct relating r = { .strip = { .known = true } };

	(void)state;
	fill(&r.front, &p, 0, 0, 0, 0);
	fill(&r.back, &p, 0, 0, 0, 0);
	relate_match(&r);
	assert_int_equal(matches(&r), 0);
	release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_the_other_is_matched),
		cmocka_unit_test(many_that_overlap_take_no_quadratic_time),
		cmocka_unit_test(sides_without_exchanges_have_no_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
