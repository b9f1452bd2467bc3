/* The coarse clock: made votes, expected offsets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "correlate/coarse.h"

#define MS 1000000ll
#define SEC 1000000000ll

struct votes {
	struct vote v[256];
	size_t n;
};

static void vote(struct votes *t, int64_t at, int64_t diff, int dir)
{
	t->v[t->n++] = (struct vote){ at, diff, dir };
}

static struct coarse fit(struct votes *t, bool weak)
{
	struct coarse c;

	memset(&c, 0, sizeof c);
	coarse_fit(&c, t->v, t->n, weak, 100e9, 2000);
	return c;
}

static void a_crowd_among_strewn_votes_is_the_clock(void **state)
{
	struct votes t = { .n = 0 };
	struct coarse c;
	double width;

	(void)state;
	for (int k = 0; k < 60; k++)
		vote(&t, k * SEC, 3600 * SEC + (20 + k % 3) * MS, 0);
	for (int k = 0; k < 30; k++) /* other copies of the same values */
		vote(&t, k * SEC, (k * 37 - 500) * SEC, 0);
	c = fit(&t, false);
	assert_true(c.known);
	assert_in_range(coarse_diff(&c, 0, 30 * SEC), 3600 * SEC + 20 * MS,
			3600 * SEC + 22 * MS);
	assert_true(coarse_off(&c, 0, 30 * SEC, 3600 * SEC + 21 * MS, &width) <
		    1);
	assert_true(coarse_off(&c, 0, 30 * SEC, 3601 * SEC, &width) > 10);
	assert_false(coarse_impossible(&c, 30 * SEC, 3610 * SEC));
	assert_true(coarse_impossible(&c, 30 * SEC, 0));
	coarse_release(&c);
}

static void votes_without_a_majority_tell_nothing(void **state)
{
	struct votes t = { .n = 0 };
	struct coarse c;

	(void)state;
	for (int k = 0; k < 60; k++)
		vote(&t, k * SEC, (k * 37 - 500) * SEC, 0);
	c = fit(&t, false);
	assert_false(c.known);
	coarse_release(&c);
	c = fit(&(struct votes){ .n = 0 }, false);
	assert_false(c.known);
	coarse_release(&c);
}

/* Values that are not unique vote for every offset between their flows. */
static void two_crowds_of_weak_votes_are_doubt(void **state)
{
	struct votes t = { .n = 0 };
	struct coarse c;

	(void)state;
	for (int k = 0; k < 20; k++) {
		vote(&t, k * SEC, 5 * SEC, 0);
		vote(&t, k * SEC, 9 * SEC, 0);
	}
	c = fit(&t, true);
	assert_false(c.known);
	coarse_release(&c);
	for (int k = 0; k < 60; k++)
		vote(&t, k * SEC, 5 * SEC, 0);
	c = fit(&t, true);
	assert_true(c.known);
	assert_int_equal(coarse_diff(&c, 0, 10 * SEC), 5 * SEC);
	coarse_release(&c);
}

static void a_step_leaves_two_offsets(void **state)
{
	struct votes t = { .n = 0 };
	struct coarse c;

	(void)state;
	for (int k = 0; k < 200; k++)
		vote(&t, k * SEC / 4, (k < 100 ? 2 : 7) * SEC + k % 5 * MS, 0);
	c = fit(&t, false);
	assert_true(c.known);
	assert_in_range(coarse_diff(&c, 0, 5 * SEC), 2 * SEC, 2 * SEC + 5 * MS);
	assert_in_range(coarse_diff(&c, 0, 45 * SEC), 7 * SEC,
			7 * SEC + 5 * MS);
	coarse_release(&c);
}

/* What goes back is seen so much earlier as a round trip takes. */
static void directions_have_offsets_of_their_own(void **state)
{
	struct votes t = { .n = 0 };
	struct coarse c;
	double width;

	(void)state;
	for (int k = 0; k < 60; k++) {
		vote(&t, k * SEC, SEC + 20 * MS, 0);
		vote(&t, k * SEC, SEC - 20 * MS, 1);
	}
	c = fit(&t, false);
	assert_int_equal(coarse_diff(&c, 0, SEC), SEC + 20 * MS);
	assert_int_equal(coarse_diff(&c, 1, SEC), SEC - 20 * MS);
	assert_true(coarse_off(&c, 1, SEC, SEC + 20 * MS, &width) > 10);
	coarse_release(&c);
}

/* 40 ppm over 60 s are more than delays vary by. */
static void drift_does_not_blur_a_bin(void **state)
{
	struct votes t = { .n = 0 };
	struct coarse c;
	double width;

	(void)state;
	for (int64_t k = 0; k < 60; k++)
		vote(&t, k * SEC, SEC - k * 40000 + k % 7 * 10000, 0);
	c = fit(&t, false);
	assert_int_equal(c.dir[0].n, 1);
	for (int64_t k = 0; k < 60; k += 59) {
		assert_true(coarse_off(&c, 0, k * SEC, SEC - k * 40000,
				       &width) < 1);
		assert_true(width < 150e3);
		assert_true(coarse_off(&c, 0, k * SEC, SEC - k * 40000 + MS,
				       &width) > 5);
	}
	/* what it was at the ends, beyond them */
	assert_int_equal(coarse_diff(&c, 0, INT64_MIN), coarse_diff(&c, 0, 0));
	assert_int_equal(coarse_diff(&c, 0, INT64_MAX),
			 coarse_diff(&c, 0, 59 * SEC));
	coarse_release(&c);
}

/* Two offsets in each bin, in any order, some votes at the same time. */
static void the_order_of_votes_is_of_no_matter(void **state)
{
	struct votes t = { .n = 0 }, u = { .n = 0 };
	struct coarse c, d;

	(void)state;
	for (int k = 0; k < 200; k++)
		vote(&t, k / 3 * SEC, (k % 2 ? 5 : 2) * SEC + k % 7 * MS,
		     k % 5 == 0);
	for (size_t k = 0; k < t.n; k++)
		u.v[u.n++] = t.v[k * 77 % t.n];
	c = fit(&t, false);
	d = fit(&u, false);
	for (int w = 0; w < 2; w++) {
		assert_int_equal(c.dir[w].n, d.dir[w].n);
		assert_int_equal(c.dir[w].bin[0].n, 2);
		assert_memory_equal(c.dir[w].bin, d.dir[w].bin,
				    c.dir[w].n * sizeof *c.dir[w].bin);
	}
	coarse_release(&c);
	coarse_release(&d);
}

/* A delay that changes all at once is no drift. */
static void another_route_is_no_drift(void **state)
{
	struct votes t = { .n = 0 };
	struct coarse c;
	double width;

	(void)state;
	for (int64_t k = 0; k < 60; k++)
		vote(&t, k * SEC, SEC + (k < 30 ? 0 : 20 * MS), 0);
	c = fit(&t, false);
	for (int64_t k = 0; k < 60; k++)
		assert_true(coarse_off(&c, 0, k * SEC,
				       SEC + (k < 30 ? 0 : 20 * MS),
				       &width) < 1);
	coarse_release(&c);
}

/* The bin that a search finds. */
static const struct coarse_bin *bin_of(const struct coarse *c, int64_t at)
{
	size_t i = 0;

	while (i + 1 < c->dir[0].n && c->dir[0].bin[i].to_ns < at)
		i++;
	return &c->dir[0].bin[i];
}

static void each_moment_has_its_bin(void **state)
{
	enum { VOTES = 8192 };
	static struct vote v[VOTES];
	int64_t last = 0;
	struct coarse c;

	(void)state;
	memset(&c, 0, sizeof c);
	for (int64_t k = 0; k < VOTES; k++) { /* seldom, then often */
		v[k] = (struct vote){ last, k * 40000, 0 }; /* no drift */
		last += k % 100 ? 1000 : (VOTES - k) * 1000000;
	}
	coarse_fit(&c, v, VOTES, false, (double)last, 2000);
	assert_true(c.known);
	assert_true(c.dir[0].n > 100);
	for (int64_t at = -1000; at < last + 1000; at += last / 9973) {
		const struct coarse_bin *b = bin_of(&c, at);

		assert_int_equal(coarse_diff(&c, 0, at), b->piece[0].mid_ns);
	}
	for (size_t k = 0; k < c.dir[0].n; k++)
		for (int64_t d = -1; d <= 1; d++) {
			int64_t at = c.dir[0].bin[k].to_ns + d;

			assert_int_equal(coarse_diff(&c, 0, at),
					 bin_of(&c, at)->piece[0].mid_ns);
		}
	assert_int_equal(coarse_diff(&c, 0, INT64_MIN),
			 c.dir[0].bin[0].piece[0].mid_ns);
	assert_int_equal(coarse_diff(&c, 0, INT64_MAX),
			 c.dir[0].bin[c.dir[0].n - 1].piece[0].mid_ns);
	coarse_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_among_strewn_votes_is_the_clock),
		cmocka_unit_test(votes_without_a_majority_tell_nothing),
		cmocka_unit_test(two_crowds_of_weak_votes_are_doubt),
		cmocka_unit_test(a_step_leaves_two_offsets),
		cmocka_unit_test(directions_have_offsets_of_their_own),
		cmocka_unit_test(drift_does_not_blur_a_bin),
		cmocka_unit_test(the_order_of_votes_is_of_no_matter),
		cmocka_unit_test(another_route_is_no_drift),
		cmocka_unit_test(each_moment_has_its_bin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
