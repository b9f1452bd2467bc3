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

/* A connection opens at the one point of a case, @to_server ns and @to_client ns away
 * from its ends. */
static struct timeline opened_at(int64_t to_server, int64_t to_client)
{
	struct record out[2] = { { .tcp_flags = REC_SYN, .seq64 = 1 },
				 { .tcp_flags = REC_ACK,
				   .seq64 = 2,
				   .ack64 = 8,
				   .time_ns = to_server + to_client } };
	struct record back = { .tcp_flags = REC_SYN | REC_ACK,
			       .seq64 = 7,
			       .ack64 = 2,
			       .time_ns = to_server };
	const struct clock_row *clock[1] = { NULL };
	const struct sweep_env env = { .clock = clock };
	struct session_flow flow = { .point_pos = 1 };
	struct session_row row = { .proto = 6, .n_flows = 1, .flows = &flow };
	struct figures none = { 0 };
	bool on_host[1] = { false };
	struct budgets all = { .n_points = 1, .on_host = on_host };
	struct tap tap[TIMELINE_HOPS] = { 0 };
	struct strand strand[2] = {
		{ .get = strand_of_array, .ctx = out, .n = 2 },
		{ .get = strand_of_array, .ctx = &back, .n = 1 },
	};
	struct fate_seen x = {
		.env = &env, .row = &row, .strand = strand, .fig = &none
	};
	struct making m = { .x = &x, .all = &all, .tap = tap };

	budget_taps(&m);
	assert_int_equal(m.line.n_taps, 1);
	assert_int_equal(tap[0].slack_ns, 2000001); /* a host's time, a tick */
	budget_opening(&m);
	tap_release(&tap[0]);
	return m.line;
}

/* A host of the same LAN is beside the point: what it takes is its own time, not the
 * path's. */
static void an_end_within_a_millisecond_is_beside_the_point(void **state)
{
	(void)state;
	assert_false(opened_at(2000000, 999999).remote_client);
	assert_true(opened_at(2000000, 1000000).remote_client);
	assert_false(opened_at(999999, 2000000).remote_server);
	assert_true(opened_at(1000000, 2000000).remote_server);
	/* nor is one that is near by comparison */
	assert_false(opened_at(40000000, 10000000).remote_client);
	assert_true(opened_at(40000000, 10000001).remote_client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_fragments_alone_are_no_conversation),
		cmocka_unit_test(
			an_end_within_a_millisecond_is_beside_the_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
