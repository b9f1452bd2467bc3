/* Sessions over more than two points, and over captures that share little. */
#include "tests/correlate/pair_case.h"

static void one_way_at_each_point(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 20; i++) {
		struct conv v = conv_number(i, t), w = v;

		v.no_s2c = true;
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &w, &far_point);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 20);
	expect_pairs(&c, 20);
	pc_close(&c);
}

static void partly_overlapping_captures(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 60; i++) {
		struct conv v = conv_number(i, t);

		if (i < 40)
			pc_add(&c, 0, &v, &near_point);
		if (i >= 20)
			pc_add(&c, 1, &v, &far_point);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 20);
	assert_int_equal(pc_count(&c, PAIR_ALONE), 40);
	pc_close(&c);
}

static void four_points_and_a_session_that_skips_one(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 4);
	for (unsigned i = 0; i < 12; i++) {
		struct conv v = conv_number(i, t);

		for (int p = 0; p < 4; p++) {
			struct seen at = { .delay = (1 + 5 * p) * MS,
					   .clock = p * 7 * SEC,
					   .hops = (uint8_t)p };

			if (p >= 2)
				at.reseq[0] = 12345;
			if (i % 4 == 3 && p == 1)
				continue;
			pc_add(&c, p, &v, &at);
		}
	}
	pc_run(&c, NULL);
	assert_int_equal(store_session_count(c.s), 12);
	for (unsigned i = 0; i < 12; i++) {
		struct session_row r = pc_session(&c, i + 1);
		size_t n = i % 4 == 3 ? 3 : 4;

		assert_int_equal(r.n_flows, n);
		assert_int_equal(r.flows[n - 1].point_pos, 4);
		assert_int_equal(r.flows[n - 1].seq_delta[0], 12345);
		assert_int_equal(r.client_end, 0);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* Two parallel links with a point each: the other point has nothing of the session
 * that took one link, but has a similar one. */
static void expect_three_flows_of_a_client(struct pc *c)
{
	assert_int_equal(store_session_count(c->s), 2);
	for (int64_t i = 1; i <= 2; i++) {
		struct session_row r = pc_session(c, i);
		struct flow_row first = pc_flow(c, r.flows[0].flow);

		assert_int_equal(r.n_flows, 3);
		for (size_t k = 1; k < r.n_flows; k++) {
			struct flow_row f = pc_flow(c, r.flows[k].flow);

			assert_int_equal(f.client.port, first.client.port);
			flow_row_release(&f);
		}
		flow_row_release(&first);
		session_row_release(&r);
	}
}

static void pair_over_two_links(bool half)
{
	static const char *const client[] = { "10.1.0.2:35744",
					      "10.1.0.2:35826" };
	static const struct seen at[] = { { .delay = 1 * MS },
					  { .delay = 2 * MS, .clock = SEC },
					  { .delay = 18 * MS, .clock = -SEC },
					  { .delay = 19 * MS } };
	struct pc c;

	pc_open(&c, 4);
	for (unsigned i = 0; i < 2; i++) {
		struct conv v = { .client = client[i],
				  .server = "10.2.0.2:80",
				  .at = i * 100 * MS,
				  .isn = { 4711 + i * 999, 815 + i * 77777 },
				  .tsval = 1000 + i * 100,
				  .segments = 16,
				  .content = 99 };

		pc_add(&c, 0, &v, &at[0]);
		pc_add(&c, 3, &v, &at[3]);
		v.no_s2c = half;
		pc_add(&c, i ? 2 : 1, &v, &at[i ? 2 : 1]);
	}
	pc_run(&c, NULL);
	expect_three_flows_of_a_client(&c);
	pc_close(&c);
}

static void each_of_two_links_is_not_taken_for_the_other(void **state)
{
	(void)state;
	pair_over_two_links(false);
}

static void nor_where_answers_take_another_way(void **state)
{
	(void)state;
	pair_over_two_links(true);
}

/* Do hop counts say that points are in another order?  @relay: B and C are behind
 * one, whose packets have crossed no hop before it. */
static bool says_order(const uint8_t hops[3], bool relay, const char *text)
{
	struct pc c;
	char t[2][NET_END_TEXT];
	struct quality_row *q;
	size_t n;
	bool said = false;

	pc_open(&c, 3);
	for (unsigned i = 0; i < 6; i++) {
		struct conv v = conv_number(i, t);

		for (int p = 0; p < 3; p++) {
			struct seen at = { .delay = hops[p] * MS,
					   .hops = hops[p] };

			if (p && relay) {
				at = behind(at, 40 * MS);
				at.hops = (uint8_t)(p - 1);
			}
			pc_add(&c, p, &v, &at);
		}
	}
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= 6; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.n_flows, 3);
		assert_int_equal(r.flows[1].relayed, relay);
		session_row_release(&r);
	}
	q = store_qualities(c.s, &n);
	for (size_t i = 0; i < n; i++)
		said |= !strcmp(q[i].what, "order") && strstr(q[i].text, text);
	quality_rows_free(q, n);
	pc_close(&c);
	return said;
}

static void points_in_wrong_order_are_said(void **state)
{
	static const uint8_t hops[3] = { 1, 9, 5 }; /* B and C exchanged */

	(void)state;
	assert_true(says_order(hops, false, "meet C before B"));
}

static void a_relays_own_hops_say_nothing_of_order(void **state)
{
	static const uint8_t hops[3] = { 3, 5, 9 };

	(void)state;
	assert_false(says_order(hops, true, "before"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_way_at_each_point),
		cmocka_unit_test(partly_overlapping_captures),
		cmocka_unit_test(four_points_and_a_session_that_skips_one),
		cmocka_unit_test(each_of_two_links_is_not_taken_for_the_other),
		cmocka_unit_test(nor_where_answers_take_another_way),
		cmocka_unit_test(points_in_wrong_order_are_said),
		cmocka_unit_test(a_relays_own_hops_say_nothing_of_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
