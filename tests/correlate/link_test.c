/* The lock step, over hand-made strands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "correlate/link_int.h"
#include "tests/correlate/side.h"

/* A queue of 60 ms, so packets differ by much in time, and nothing but time tells
 * copies.  The far point's first one left in a larger packet, long before the near
 * record of its size: the clocks show that. */
static void
nothing_arrives_before_clocks_allow_however_wide_the_room(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	add(&a, 160, 1000, 1000, 0);
	add(&b, 60, 1000, 1000, 0);
	add(&b, 200, 1000, 1000, 0);
	no_stamps(&a);
	no_stamps(&b);
	h = hop_over(&a, &b, 0);
	h.dev = 30 * MS;
	h.f_low = -2 * MS;
	link_sweep(&h);
	assert_int_equal(h.far_of[0], 1);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			nothing_arrives_before_clocks_allow_however_wide_the_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
