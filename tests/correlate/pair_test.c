/* Sessions from flows of several points. */
#include "tests/correlate/pair_case.h"

static void one_point_leaves_all_alone(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 1);
	for (unsigned i = 0; i < 5; i++) {
		struct conv v = conv_number(i, t);

		pc_add(&c, 0, &v, &near_point);
	}
	pc_run(&c, NULL);
	assert_int_equal(store_session_count(c.s), 5);
	assert_int_equal(pc_count(&c, PAIR_ALONE), 5);
	pc_close(&c);
}

static void lone_session_through_nat_at_both_ends(void **state)
{
	struct conv v = { .client = "192.168.1.66:46739",
			  .server = "10.1.1.7:1433",
			  .isn = { 111, 222222 },
			  .content = 5,
			  .tsval = 11322755 };
	struct seen far = { .client = "172.16.5.14:63584",
			    .server = "192.168.200.148:1433",
			    .delay = 20 * MS,
			    .clock = -500 * MS,
			    .hops = 3 };
	struct pc c;
	struct session_row r;
	struct flow_row f;

	(void)state;
	r = pc_only_session(&c, &v, &near_point, &far);
	assert_int_equal(store_session_count(c.s), 1);
	assert_int_equal(r.verdict, PAIR_PAIRED);
	assert_int_equal(r.kind, PAIR_SAME);
	assert_int_equal(r.role, ROLE_SYN);
	assert_int_equal(r.client_end, 0);
	assert_true(r.flows[1].delta_known[0] && r.flows[1].delta_known[1]);
	assert_int_equal(r.flows[1].seq_delta[0], 0);
	assert_int_equal(r.flows[1].point_pos, 2);
	assert_non_null(strstr(r.evidence,
			       "same initial sequence numbers both ways: 56"));
	f = pc_flow(&c, r.flows[1].flow);
	assert_int_equal(f.client.port, 63584);
	flow_row_release(&f);
	session_row_release(&r);
	pc_close(&c);
}

static void renumbered_sequences_give_their_difference(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 40; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = far_point;

		far.client = "203.0.113.9:1024";
		far.reseq[0] = pc_mix(i + 900);
		far.reseq[1] = pc_mix(i + 9000);
		pc_add_both(&c, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 40);
	expect_pairs(&c, 40);
	for (unsigned i = 0; i < 40; i++) {
		struct session_row r = pc_session(&c, i + 1);

		assert_int_equal(r.kind, PAIR_RESEQUENCED);
		assert_int_equal(r.flows[1].seq_delta[0], pc_mix(i + 900));
		assert_int_equal(r.flows[1].seq_delta[1], pc_mix(i + 9000));
		session_row_release(&r);
	}
	pc_close(&c);
}

static void caught_in_midst_and_renumbered(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 20; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = far_point;

		v.no_syn = true;
		v.segments = 12;
		far.client = "203.0.113.9:1024";
		far.reseq[0] = 0xf0000000;
		pc_add_both(&c, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 20);
	expect_pairs(&c, 20);
	for (unsigned i = 0; i < 20; i++) {
		struct session_row r = pc_session(&c, i + 1);

		assert_true(r.flows[1].delta_known[0]);
		assert_int_equal(r.flows[1].seq_delta[0], 0xf0000000);
		assert_int_equal(r.flows[1].seq_delta[1], 0);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* Zeros are found everywhere, but numbers that overlap were not moved. */
static void repeated_content_does_not_move_numbers(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 20; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = far_point;

		v.segments = 12;
		v.zeros = true;
		far.late = i % 2 ? 3 : 0;
		pc_add_both(&c, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 20);
	expect_pairs(&c, 20);
	for (unsigned i = 0; i < 20; i++) {
		struct session_row r = pc_session(&c, i + 1);

		for (int d = 0; d < 2; d++) {
			assert_true(r.flows[1].delta_known[d]);
			assert_int_equal(r.flows[1].seq_delta[d], 0);
		}
		session_row_release(&r);
	}
	pc_close(&c);
}

/* A point that began later has its first zeros elsewhere: behind a device that moves
 * numbers nothing tells by how much. */
static void a_lone_repeated_content_tells_no_difference(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 20; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = far_point;

		v.segments = 12;
		far.late = 3;
		far.reseq[1] = 0xf0000000;
		for (int k = 0; k < 2; k++) {
			struct part p = pc_part(&v, k ? &far : &near_point);

			p.dir[1].any.n = p.dir[1].turn.n = 1;
			p.dir[1].any.at[0].digest = 7;
			p.dir[1].any.at[0].len = 100;
			p.dir[1].turn.at[0] = p.dir[1].any.at[0];
			pc_put(&c, k, &p);
		}
	}
	pc_run(&c, NULL);
	expect_pairs(&c, 20);
	for (unsigned i = 0; i < 20; i++) {
		struct session_row r = pc_session(&c, i + 1);

		assert_int_equal(r.verdict, PAIR_PAIRED);
		assert_true(r.flows[1].delta_known[0]);
		assert_false(r.flows[1].delta_known[1]);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void unanswered_syns(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 30; i++) {
		struct conv v = conv_number(i, t);

		v.unanswered = true;
		v.content = 0;
		pc_add_both(&c, &v, &far_point);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 30);
	expect_pairs(&c, 30);
	pc_close(&c);
}

static void unanswered_syns_renumbered_behind_nat(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 60; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = seen_renumbered(i, nat);

		if (i % 2) { /* the others teach the clock and the mapping */
			v.unanswered = true;
			v.content = 0;
		}
		far.reseq[1] = 0;
		pc_add_both(&c, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 60);
	expect_pairs(&c, 60);
	pc_close(&c);
}

static void port_reused_two_hundred_times(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 200; i++) {
		struct conv v = conv_number(i, t);

		v.client = "10.0.0.1:4000";
		v.server = "192.168.0.1:80";
		v.at = (int64_t)i * 2 * SEC;
		pc_add_both(&c, &v, &far_point);
	}
	pc_run(&c, NULL);
	assert_int_equal(store_session_count(c.s), 200);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 200);
	expect_pairs(&c, 200);
	pc_close(&c);
}

static void dns_with_loss_and_repeated_queries(void **state)
{
	struct pc c;
	unsigned far_flows = 0;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 50; i++) {
		char client[NET_END_TEXT], nat[NET_END_TEXT];
		struct conv v = { .client = client,
				  .server = "10.2.0.53:53",
				  .proto = 17,
				  .at = (int64_t)i * 700 * MS,
				  .content = i % 10 == 9 ? 9 : 100 + i,
				  .segments = 1 };
		struct seen far = far_point;

		snprintf(client, sizeof client, "10.0.0.%u:%u", i % 5 + 1,
			 30000 + i);
		snprintf(nat, sizeof nat, "203.0.113.1:%u", 1000 + i * 7);
		far.client = nat;
		v.no_s2c = i % 7 == 0;
		pc_add(&c, 0, &v, &near_point);
		if (i % 6 == 5)
			continue; /* lost on the way */
		far_flows++;
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), far_flows);
	for (int64_t i = 1; i <= store_session_count(c.s); i++) {
		struct session_row r = pc_session(&c, i);
		struct flow_row a, b;

		if (r.verdict == PAIR_PAIRED) { /* ports tell which */
			a = pc_flow(&c, r.flows[0].flow);
			b = pc_flow(&c, r.flows[1].flow);
			assert_int_equal((a.client.port - 30000) * 7 + 1000,
					 b.client.port);
			flow_row_release(&a);
			flow_row_release(&b);
		}
		session_row_release(&r);
	}
	pc_close(&c);
}

static void pairing_twice_gives_the_same(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];
	struct err err = { 0 };
	int64_t n;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 10; i++) {
		struct conv v = conv_number(i, t);

		pc_add_both(&c, &v, &far_point);
	}
	pc_run(&c, NULL);
	n = store_session_count(c.s);
	assert_int_equal(pair_run(c.s, NULL, &err), 0);
	assert_int_equal(store_session_count(c.s), n);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 10);
	pc_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_point_leaves_all_alone),
		cmocka_unit_test(lone_session_through_nat_at_both_ends),
		cmocka_unit_test(renumbered_sequences_give_their_difference),
		cmocka_unit_test(caught_in_midst_and_renumbered),
		cmocka_unit_test(repeated_content_does_not_move_numbers),
		cmocka_unit_test(a_lone_repeated_content_tells_no_difference),
		cmocka_unit_test(unanswered_syns),
		cmocka_unit_test(unanswered_syns_renumbered_behind_nat),
		cmocka_unit_test(port_reused_two_hundred_times),
		cmocka_unit_test(dns_with_loss_and_repeated_queries),
		cmocka_unit_test(pairing_twice_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
