/* Hops where packets go round the point in the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/path.h"

static void match_part(struct scene *t, const uint8_t *reached)
{
	open_scene(t, reached);
	t->sees[1] = 1 | 2 | 4 | 8; /* a part, both ways */
	chain_open(&t->c);
	chain_match(&t->c);
}

/* Hops: 0 client - middle, 1 client - server, 2 middle - server. */
static void each_packet_leaves_a_point_on_one_hop(void **state)
{
	static struct scene t;
	uint8_t reached[N];

	(void)state;
	for (uint32_t k = 0; k < N; k++)
		reached[k] = k % 2 ? BOTH : END;
	match_part(&t, reached);
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
	match_part(&t, reached);
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
	match_part(&t, reached);
	assert_int_equal(t.c.hop[1].near_is[4], 0);
	assert_int_equal(t.c.hop[0].near_is[16], 0);
	assert_int_equal(t.c.hop[1].near_is[16], LINK_AWAY);
	close_scene(&t);
}

static void what_is_lost_last_went_as_what_left_before_it(void **state)
{
	static struct scene t;
	uint8_t reached[N];

	(void)state;
	memset(reached, BOTH, sizeof reached);
	reached[2] = END; /* long before */
	reached[N - 2] = reached[N - 1] = 0;
	open_scene(&t, reached);
	t.data[0].rec[N - 1].time_ns += 300 * MS; /* after a time-out */
	t.sees[1] = 1 | 2 | 4 | 8;
	chain_open(&t.c);
	chain_match(&t.c);
	assert_int_equal(t.c.hop[0].near_is[N - 2], 0);
	assert_int_equal(t.c.hop[1].near_is[N - 1], 0);
	close_scene(&t);
}

static void a_stamp_at_the_end_of_time_is_after_a_pause(void **state)
{
	static struct scene t;
	uint8_t reached[N];

	(void)state;
	memset(reached, BOTH, sizeof reached);
	reached[2] = END;
	reached[N - 1] = 0;
	open_scene(&t, reached);
	for (uint32_t k = 0; k + 1 < N; k++)
		t.data[0].rec[k].time_ns -= 1000 * MS;
	for (uint32_t k = 0; k < t.data[1].s.n; k++)
		t.data[1].rec[k].time_ns -= 1000 * MS;
	for (uint32_t k = 0; k < t.data[2].s.n; k++)
		t.data[2].rec[k].time_ns -= 1000 * MS;
	t.data[0].rec[N - 1].time_ns = INT64_MAX;
	t.sees[1] = 1 | 2 | 4 | 8;
	chain_open(&t.c);
	chain_match(&t.c);
	assert_int_equal(t.c.hop[1].near_is[N - 1], 0);
	close_scene(&t);
}

static void is_syn(struct record *r, uint32_t copy)
{
	r->seq64 = seq_first(999);
	r->pay_len = 0;
	r->tcp_flags = REC_SYN;
	r->ip_id = (uint16_t)(70 + copy);
	r->tsval = 10 + 1000 * copy;
}

/* A SYN went by the middle and was lost behind it, its copy and all else go round.
 * One packet at each end of the hop behind: nothing there tells them apart. */
static void a_copy_that_came_another_way_is_not_the_one_before(void **state)
{
	static struct scene t;
	uint8_t reached[N];

	(void)state;
	memset(reached, END, sizeof reached);
	reached[0] = MIDDLE;
	open_scene(&t, reached);
	for (int p = 0; p < POINTS; p++)
		for (uint32_t k = p == 0; k < t.data[p].s.n && p != 1; k++)
			t.data[p].rec[k].time_ns += 1000 * MS;
	is_syn(&t.data[0].rec[0], 0);
	is_syn(&t.data[0].rec[1], 1);
	is_syn(&t.data[1].rec[0], 0);
	is_syn(&t.data[2].rec[0], 1);
	t.sees[1] = 1 | 2 | 4 | 8;
	chain_open(&t.c);
	chain_match(&t.c);
	assert_int_equal(t.c.n_hops, 3);
	assert_int_equal(t.c.hop[0].far_of[0], 0);
	assert_int_equal(t.c.hop[1].far_of[1], 0);
	assert_int_equal(t.c.hop[2].far_of[0], LINK_NONE);
	close_scene(&t);
}

static void a_point_that_all_pass_has_no_hop_over_it(void **state)
{
	static struct scene t;
	uint8_t reached[N];
	struct hop *h;

	(void)state;
	memset(reached, BOTH, sizeof reached);
	match_part(&t, reached);
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
		cmocka_unit_test(what_is_lost_last_went_as_what_left_before_it),
		cmocka_unit_test(a_stamp_at_the_end_of_time_is_after_a_pause),
		cmocka_unit_test(
			a_copy_that_came_another_way_is_not_the_one_before),
		cmocka_unit_test(a_point_that_all_pass_has_no_hop_over_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
