/* Four points; packets take a route around the second and the third. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define POINTS 4
#include "tests/correlate/path.h"

/* The hop over the second point is matched after the one that follows it. */
static void a_hop_that_comes_later_is_not_asked(void **state)
{
	static struct scene t;
	uint8_t reached[N];

	(void)state;
	for (uint32_t k = 0; k < N; k++)
		reached[k] = k % 2 ? 4 | 1
				   : 4 | 2; /* one of the two, the end */
	open_scene(&t, reached);
	t.sees[1] = t.sees[2] = 1 | 2 | 4 | 8;
	chain_open(&t.c);
	chain_match(&t.c);
	for (uint32_t k = 0; k < N; k++) {
		uint32_t left = 0;

		for (size_t q = 0; q < t.c.n_hops; q++)
			left += t.c.leg[q].a == 0 &&
				t.c.hop[q].far_of[k] != LINK_NONE;
		assert_int_equal(left, 1);
	}
	close_scene(&t);
}

/* Ten packets went by each of the two, @both of them by one and then the other.  Return:
 * how many are linked on the hop between the two. */
static uint32_t linked_between(uint32_t both)
{
	static struct scene t;
	uint8_t reached[N];
	uint32_t n = 0;

	for (uint32_t k = 0; k < N; k++)
		reached[k] = (uint8_t)(4 | (k < 10 ? 1 : 0) |
				       (k >= 10 - both && k < 20 - both ? 2
									: 0));
	open_scene(&t, reached);
	t.sees[1] = t.sees[2] = 1 | 2 | 4 | 8;
	chain_open(&t.c);
	chain_match(&t.c);
	for (size_t q = 0; q < t.c.n_hops; q++)
		for (uint32_t i = 0; t.c.leg[q].a == 1 && t.c.leg[q].b == 2 &&
				     i < t.c.hop[q].near->n;
		     i++)
			n += (t.c.hop[q].near_is[i] & LINKED) != 0;
	close_scene(&t);
	return n;
}

/* One in ten may be another packet that is alike; what is lost would be said to be lost
 * between two points that no packet passes one after the other. */
static void one_in_ten_is_no_route(void **state)
{
	(void)state;
	assert_int_equal(linked_between(1), 0);
	assert_int_equal(linked_between(2), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hop_that_comes_later_is_not_asked),
		cmocka_unit_test(one_in_ten_is_no_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
