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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hop_that_comes_later_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
