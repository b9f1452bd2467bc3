/* Weak matches do not bind alone. */
#include "correlate/clock_cloud.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/correlate/cloud.h"

/* @n points each way, of delays from 10 ms on. */
static struct cloud weak_cloud(struct rng *r, size_t n)
{
	struct cloud c = { 0 };

	for (size_t i = 0; i < 2 * n; i++) {
		struct cloud_point *p;
		double y = 10 * MS + rng_exp(r, 1 * MS);

		c.at = mem_grow(c.at, &c.cap, c.n + 1, sizeof *c.at);
		p = &c.at[c.n++];
		*p = (struct cloud_point){ .x = (double)i * MS,
					   .near_order = i,
					   .far_order = i,
					   .back = i % 2,
					   .weak = true };
		p->y = p->back ? -y : y;
	}
	return c;
}

static double bound(const struct cloud *c, bool back)
{
	double best = back ? -1e18 : 1e18;

	for (size_t i = 0; i < c->n; i++)
		if (c->at[i].back == back)
			best = back ? fmax(best, c->at[i].y)
				    : fmin(best, c->at[i].y);
	return best;
}

/* An ACK taken for its copy that came before, on either side: the round trip
 * of 20 ms hides it. */
static void weak_match_does_not_bind_alone(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= seeds(100); seed++) {
		struct rng r = { seed };
		struct cloud c = weak_cloud(&r, 300);
		struct cloud_point *p = &c.at[rng_next(&r) % c.n];

		p->y += (p->back ? 1 : -1) * rng_range(&r, 1, 15) * MS;
		cloud_trim(&c);
		assert_true(bound(&c, false) >= 10 * MS);
		assert_true(bound(&c, true) <= -10 * MS);
		/* and what is left is as good */
		assert_true(bound(&c, false) <= 10.1 * MS);
		assert_true(bound(&c, true) >= -10.1 * MS);
		assert_true(c.n >= 580);
		free(c.at);
	}
}

static void strong_match_binds(void **state)
{
	struct rng r = { 7 };
	struct cloud c = weak_cloud(&r, 300);

	(void)state;
	c.at[100].y = 5 * MS;
	c.at[100].weak = false;
	c.at[101].y = -5 * MS;
	c.at[101].weak = false;
	cloud_trim(&c);
	assert_true(bound(&c, false) == 5 * MS);
	assert_true(bound(&c, true) == -5 * MS);
	free(c.at);
}

static void few_points_all_stay(void **state)
{
	struct rng r = { 7 };
	struct cloud c = weak_cloud(&r, 7);

	(void)state;
	cloud_trim(&c);
	assert_int_equal(c.n, 14);
	free(c.at);
	c = (struct cloud){ 0 };
	cloud_trim(&c);
	assert_int_equal(c.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weak_match_does_not_bind_alone),
		cmocka_unit_test(strong_match_binds),
		cmocka_unit_test(few_points_all_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
