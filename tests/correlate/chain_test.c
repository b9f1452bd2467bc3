/* Hops of a session over three points: client - middle - server, 10 ms apart,
 * where packets go round the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "correlate/chain.h"
#include "correlate/sees.h"
#include "tests/correlate/side.h"

#define POINTS 3
#define N 24u

struct scene {
	struct side data[POINTS], acks[POINTS];
	struct watch watch[POINTS];
	const struct clock_row *clock[POINTS];
	uint8_t sees[POINTS], apart[POINTS * POINTS], loss[POINTS * POINTS];
	struct session_flow flows[POINTS];
	struct session_row row;
	struct strand strand[POINTS * 2];
	struct sweep_env env;
	struct sweep_session s;
	struct chain c;
};

enum { MIDDLE = 1, END = 2, BOTH = 3 }; /* points that segment k reached */

static void open_scene(struct scene *t, const uint8_t *reached)
{
	memset(t, 0, sizeof *t);
	for (uint32_t k = 0; k < N; k++)
		for (uint32_t p = 0; p < POINTS; p++)
			if (p == 0 || (reached[k] >> (p - 1) & 1))
				add(&t->data[p], k * 4 + p * 10, 1000 + k * 100,
				    100, 10 + k);
	for (uint32_t p = 0; p < POINTS; p++) {
		watch_add(&t->watch[p], -1000 * MS, 100000 * MS);
		t->watch[p].packets = 1000000;
		t->flows[p].point_pos = (int)p + 1;
		t->flows[p].ts_known[0] = true;
		t->flows[p].delta_known[0] = t->flows[p].delta_known[1] = true;
		t->strand[p * 2] = t->data[p].s;
		t->acks[p].s.get = strand_of_array;
		t->strand[p * 2 + 1] = t->acks[p].s;
		for (uint8_t d = 0; d < 2; d++) {
			t->strand[p * 2 + d].pos = (int)p + 1;
			t->strand[p * 2 + d].flow = (int)p;
			t->strand[p * 2 + d].dir = d;
		}
	}
	t->sees[1] = 1 | 2 | 4 | 8; /* a part, both ways */
	t->row = (struct session_row){ .proto = 6, .n_flows = POINTS };
	t->row.flows = t->flows;
	t->env = (struct sweep_env){ .n_points = POINTS,
				     .watch = t->watch,
				     .clock = t->clock,
				     .sees = t->sees,
				     .apart = t->apart,
				     .max_transit_ns = 30000 * MS };
	t->s = (struct sweep_session){ .row = &t->row,
				       .strand = t->strand,
				       .loss = t->loss };
	t->c = (struct chain){ .env = &t->env, .s = &t->s };
	chain_open(&t->c);
	chain_match(&t->c);
}

static void close_scene(struct scene *t)
{
	chain_release(&t->c);
	for (int p = 0; p < POINTS; p++)
		watch_release(&t->watch[p]);
}

/* Hops: 0 client - middle, 1 client - server, 2 middle - server. */
static void each_packet_leaves_a_point_on_one_hop(void **state)
{
	static struct scene t;
	uint8_t reached[N];

	(void)state;
	for (uint32_t k = 0; k < N; k++)
		reached[k] = k % 2 ? BOTH : END;
	open_scene(&t, reached);
	assert_int_equal(t.c.n_hops, 3);
	for (uint32_t k = 0; k < N; k++) {
		bool by = k % 2;

		assert_int_equal(t.c.hop[0].near_is[k],
				 by ? LINKED : LINK_AWAY);
		assert_int_equal(t.c.hop[1].near_is[k],
				 by ? LINK_AWAY : LINKED);
		assert_int_equal(chain_arrival(&t.c, 1, k), k);
	}
	for (uint32_t k = 0; k < t.c.hop[2].near->n; k++)
		assert_int_equal(t.c.hop[2].near_is[k], LINKED);
	close_scene(&t);
}

/* Packets before and after it took both ways. */
static void what_is_lost_before_the_end_is_lost_on_an_unknown_way(void **state)
{
	static struct scene t;
	uint8_t reached[N];

	(void)state;
	for (uint32_t k = 0; k < N; k++)
		reached[k] = k % 2 ? BOTH : END;
	reached[12] = 0;
	reached[15] = MIDDLE;
	open_scene(&t, reached);
	assert_int_equal(t.c.hop[0].near_is[12], LINK_AWAY);
	assert_int_equal(t.c.hop[1].near_is[12], 0);
	/* this one was at the middle */
	assert_int_equal(t.c.hop[0].near_is[15], LINKED);
	assert_int_equal(t.c.hop[2].near_is[7], 0);
	assert_int_equal(chain_arrival(&t.c, 1, 15), LINK_NONE);
	close_scene(&t);
}

/* The route changed once, long before. */
static void what_is_lost_among_others_of_one_way_went_that_way(void **state)
{
	static struct scene t;
	uint8_t reached[N];

	(void)state;
	for (uint32_t k = 0; k < N; k++)
		reached[k] = k < 8 ? END : BOTH;
	reached[4] = reached[16] = 0;
	open_scene(&t, reached);
	assert_int_equal(t.c.hop[1].near_is[4], 0);
	assert_int_equal(t.c.hop[0].near_is[16], 0);
	assert_int_equal(t.c.hop[1].near_is[16], LINK_AWAY);
	close_scene(&t);
}

static void a_point_that_all_pass_has_no_hop_over_it(void **state)
{
	static struct scene t;
	uint8_t reached[N];
	struct hop *h;

	(void)state;
	memset(reached, BOTH, sizeof reached);
	open_scene(&t, reached);
	h = &t.c.hop[1];
	for (uint32_t k = 0; k < N; k++)
		assert_int_equal(h->near_is[k], LINK_AWAY);
	close_scene(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_leaves_a_point_on_one_hop),
		cmocka_unit_test(
			what_is_lost_before_the_end_is_lost_on_an_unknown_way),
		cmocka_unit_test(
			what_is_lost_among_others_of_one_way_went_that_way),
		cmocka_unit_test(a_point_that_all_pass_has_no_hop_over_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
