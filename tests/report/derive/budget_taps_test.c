/* report/derive/budget_taps.c: which points a budget is made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/derive/budget_int.h"

#define PACKETS 4

/* How many points are usable, if one has @out and @back datagrams, the last of which
 * begins at @off of its packet, all others at @others. */
static size_t taps(uint32_t out, uint32_t back, uint16_t off, uint16_t others)
{
	struct record rec[2][PACKETS] = { 0 };
	const struct clock_row *clock[1] = { NULL };
	const struct sweep_env env = { .clock = clock };
	struct session_flow flow = { .point_pos = 1 };
	struct session_row row = { .proto = 17, .n_flows = 1, .flows = &flow };
	struct strand strand[2];
	struct tap tap[TIMELINE_HOPS] = { 0 };
	struct fate_seen x = { .env = &env, .row = &row, .strand = strand };
	struct making m = { .x = &x, .tap = tap };
	uint32_t n[2] = { out, back };

	for (int d = 0; d < 2; d++) {
		for (int i = 0; i < PACKETS; i++)
			rec[d][i].frag_off = others;
		if (n[d])
			rec[d][n[d] - 1].frag_off = off;
		strand[d] = (struct strand){ .get = strand_of_array,
					     .ctx = rec[d],
					     .n = n[d] };
	}
	budget_taps(&m);
	for (size_t i = 0; i < m.line.n_taps; i++)
		tap_release(&tap[i]);
	return m.line.n_taps;
}

static void later_fragments_alone_are_no_conversation(void **state)
{
	(void)state;
	assert_int_equal(taps(4, 0, 0, 0), 1);
	assert_int_equal(taps(2, 3, 0, 0), 1);
	assert_int_equal(taps(4, 0, 1480, 0), 1);
	assert_int_equal(taps(4, 0, 0, 1480), 1);
	assert_int_equal(taps(4, 0, 1480, 1480), 0);
	assert_int_equal(taps(1, 4, 1480, 1480), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_fragments_alone_are_no_conversation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
