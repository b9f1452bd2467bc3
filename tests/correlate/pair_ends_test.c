/* Which end of a session is the client's, where points missed what opened it. */
#include "tests/correlate/pair_case.h"

/* The near point missed the first SYN: the first two packets are of another
 * try than at the far one, whose gap is longer by the timeout. */
static void another_copy_of_the_syn_turns_no_session(void **state)
{
	struct conv v = { .client = "10.1.1.1:5000",
			  .server = "10.9.9.9:22",
			  .isn = { 5, 6 },
			  .content = 77 };
	struct seen near = { .delay = 1 * MS, .syns = 1 };
	struct seen far = {
		.delay = 20 * MS, .hops = 1, .syns = 2, .answered = 500 * MS
	};
	struct pc c;
	struct session_row r;

	(void)state;
	for (int hops = 0; hops < 2; hops++) {
		far.hops = (uint8_t)hops;
		r = pc_only_session(&c, &v, &near, &far);
		assert_int_equal(r.verdict, PAIR_PAIRED);
		assert_int_equal(r.client_end, 0);
		session_row_release(&r);
		pc_close(&c);
	}
}

/* The first SYN went round the far point: that has the answer, and then the SYN
 * again. */
static void an_answer_before_the_syn_is_one(void **state)
{
	struct conv v = { .client = "10.1.1.1:5000",
			  .server = "10.9.9.9:7000",
			  .isn = { 5, 6 },
			  .content = 77,
			  .tsval = 1 };
	struct seen far = { .delay = 20 * MS, .hops = 1, .opens = SEC };
	struct pc c;
	struct session_row r;
	struct part p = pc_part(&v, &far);

	(void)state;
	p.dir[0].syn_frame = 2;
	p.dir[1].syn_frame = 1;
	pc_open(&c, 2);
	pc_add(&c, 0, &v, &near_point);
	pc_put(&c, 1, &p);
	pc_run(&c, NULL);
	r = pc_session(&c, 1);
	assert_int_equal(r.verdict, PAIR_PAIRED);
	assert_int_equal(r.n_flows, 2);
	assert_int_equal(r.client_end, 0);
	session_row_release(&r);
	pc_close(&c);
}

/* Their stamps then differ by the timeout: no box has moved them. */
static void another_copy_of_the_syn_moves_no_time_stamps(void **state)
{
	struct conv v = { .client = "10.1.1.1:5000",
			  .server = "10.9.9.9:22",
			  .isn = { 5, 6 },
			  .content = 77,
			  .tsval = 1 };
	struct seen near = { .delay = 1 * MS, .syns = 1, .stamps = 1000 };
	struct seen far = { .delay = 20 * MS, .syns = 2 };
	struct pc c;
	struct session_row r;

	(void)state;
	r = pc_only_session(&c, &v, &near, &far);
	assert_int_equal(r.verdict, PAIR_PAIRED);
	assert_int_equal(r.flows[1].ts_delta[0], 0);
	/* of the answer both saw as many: moved */
	assert_true(r.flows[1].ts_known[1]);
	assert_int_equal(r.flows[1].ts_delta[1], 0u - 1000);
	session_row_release(&r);
	pc_close(&c);
}

/* Ping: the far point missed the first answer. */
static void another_answer_turns_no_session(void **state)
{
	struct conv v = { .client = "10.1.1.1:5000",
			  .server = "10.9.9.9:5000",
			  .proto = 17,
			  .content = 77,
			  .segments = 50 };
	struct seen near = { .delay = 1 * MS };
	struct seen far = { .delay = 20 * MS, .answered = 100 * MS };
	struct pc c;
	struct session_row r;

	(void)state;
	r = pc_only_session(&c, &v, &near, &far);
	assert_int_equal(r.verdict, PAIR_PAIRED);
	assert_int_equal(r.client_end, 0);
	session_row_release(&r);
	pc_close(&c);
}

/* Gap and TTLs contradict each other: what others of the address say. */
static void contradiction_follows_the_address(void **state)
{
	struct seen near = { .delay = 1 * MS };
	struct seen far = { .delay = 20 * MS, .hops = 1 };
	struct seen odd = { .delay = 20 * MS, .hops = 1, .answered = 500 * MS };
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 3; i++) {
		char client[NET_END_TEXT];
		struct conv v = { .client = client,
				  .server = "10.9.9.9:22",
				  .at = i * SEC,
				  .isn = { 500 + i, 6000 + i },
				  .content = 77 + i };

		snprintf(client, sizeof client, "10.1.1.1:%u", 5000 + i);
		pc_add(&c, 0, &v, &near);
		pc_add(&c, 1, &v, i ? &far : &odd);
	}
	pc_run(&c, NULL);
	for (unsigned i = 0; i < 3; i++) {
		struct session_row r = pc_session(&c, i + 1);

		assert_int_equal(r.verdict, PAIR_PAIRED);
		assert_int_equal(r.client_end, 0);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void opened_from_the_far_end(void **state)
{
	struct conv v = { .client = "10.9.9.9:5000",
			  .server = "10.1.1.1:22",
			  .isn = { 5, 6 },
			  .content = 77 };
	struct seen near = { .delay = 1 * MS, .hops = 1 };
	struct pc c;
	struct session_row r;

	(void)state;
	r = pc_only_session(&c, &v, &far_point, &near);
	assert_int_equal(r.verdict, PAIR_PAIRED);
	assert_int_equal(r.client_end, 1);
	session_row_release(&r);
	pc_close(&c);
}

/* Without a SYN two points may differ on who is the client. */
static void roles_agree_within_a_session(void **state)
{
	struct conv v = { .client = "10.0.0.1:40000",
			  .server = "10.2.0.1:50000",
			  .proto = 17,
			  .content = 3,
			  .segments = 9 };
	struct part p = pc_part(&v, &near_point), q = pc_part(&v, &far_point);
	struct part_dir d = q.dir[0];
	struct net_end e = q.ends[0];
	struct pc c;
	struct session_row r;
	struct flow_row a, b;

	(void)state;
	q.dir[0] = q.dir[1]; /* the far capture began with an answer */
	q.dir[1] = d;
	q.ends[0] = q.ends[1];
	q.ends[1] = e;
	q.dir[1].first_ns += 60 * MS;
	q.first_ns = q.dir[0].first_ns;
	pc_open(&c, 2);
	pc_put(&c, 0, &p);
	pc_put(&c, 1, &q);
	pc_run(&c, NULL);
	assert_int_equal(store_session_count(c.s), 1);
	r = pc_session(&c, 1);
	a = pc_flow(&c, r.flows[0].flow);
	b = pc_flow(&c, r.flows[1].flow);
	assert_int_equal(net_end_cmp(&a.client, &b.client), 0);
	assert_int_equal(a.packets[0], b.packets[0]);
	flow_row_release(&a);
	flow_row_release(&b);
	session_row_release(&r);
	pc_close(&c);
}

/* A point that has answers only would have it that who answers began. */
static void who_sees_both_ways_knows_who_began(void **state)
{
	struct conv v = { .client = "10.0.0.1:40000",
			  .server = "10.2.0.1:50000",
			  .proto = 17,
			  .content = 3,
			  .segments = 9 };

	(void)state;
	for (int blind = 0; blind < 2; blind++) {
		struct net_end client = pc_end(v.client);
		struct conv half = v;
		struct pc c;
		struct session_row r;

		half.no_c2s = true;
		pc_open(&c, 2);
		pc_add(&c, 0, blind == 0 ? &half : &v, &near_point);
		pc_add(&c, 1, blind == 1 ? &half : &v, &far_point);
		pc_run(&c, NULL);
		assert_int_equal(store_session_count(c.s), 1);
		r = pc_session(&c, 1);
		for (int i = 0; i < 2; i++) {
			struct flow_row f = pc_flow(&c, r.flows[i].flow);

			assert_int_equal(net_end_cmp(&f.client, &client), 0);
			assert_int_equal(f.packets[0] == 0, i == blind);
			assert_true(f.packets[1] > 0);
			flow_row_release(&f);
		}
		session_row_release(&r);
		pc_close(&c);
	}
}

/* Servers that each are asked once, behind a device that gives them other addresses
 * and moves numbers; no content was captured, and no SYN. */
static void put_bare(struct pc *c)
{
	for (unsigned i = 0; i < 6; i++) {
		char t[2][NET_END_TEXT], in[NET_END_TEXT];
		struct conv v = conv_number(i, t);
		struct seen far = far_point;

		v.at = i * 3 * SEC;
		v.no_syn = true;
		v.content = v.tsval = 0;
		snprintf(t[1], NET_END_TEXT, "198.51.100.%u:443", i + 1);
		snprintf(in, sizeof in, "10.9.0.%u:8443", 9 - i);
		far.server = in;
		far.reseq[0] = pc_mix(i + 900);
		far.reseq[1] = pc_mix(i + 9000);
		pc_add_both(c, &v, &far);
	}
}

/* Others that have content: so the device rewrites, and is no proxy. */
static void put_rewritten(struct pc *c)
{
	for (unsigned i = 0; i < 10; i++) {
		char t[2][NET_END_TEXT];
		struct conv v = conv_number(100 + i, t);
		struct seen far = far_point;

		far.reseq[0] = pc_mix(i + 700);
		far.reseq[1] = pc_mix(i + 7000);
		pc_add_both(c, &v, &far);
	}
}

static void a_client_that_kept_its_end_is_found(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	put_bare(&c);
	put_rewritten(&c);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 16);
	expect_pairs(&c, 16);
	pc_close(&c);
}

/* An accelerator would show the same. */
static void ends_alone_do_not_join_other_numbers(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	put_bare(&c);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

/* Nor the same totals, where both have seen all of it, nor the same ends. */
static void totals_do_not_join_other_numbers(void **state)
{
	struct pc c;

	(void)state;
	for (int kept = 0; kept < 2; kept++) {
		pc_open(&c, 2);
		for (unsigned i = 0; i < 6; i++) {
			char t[2][NET_END_TEXT];
			struct conv v = conv_number(i, t);
			struct part p[2];

			v.content = v.tsval = 0;
			v.at = i * 3 * SEC;
			for (int k = 0; k < 2; k++) {
				struct seen w = k ? far_point : near_point;

				w.reseq[0] = k && !kept ? 111 + i : 0;
				w.reseq[1] = k && !kept ? 2222 + i : 0;
				p[k] = pc_part(&v, &w);
				p[k].dir[0].fin = p[k].dir[1].fin = true;
				p[k].dir[0].seq_next += 1000 + i;
				p[k].dir[1].seq_next += 9000 + i;
				pc_put(&c, k, &p[k]);
			}
		}
		pc_run(&c, NULL);
		assert_int_equal(pc_count(&c, PAIR_PAIRED), kept ? 6 : 0);
		pc_close(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_copy_of_the_syn_turns_no_session),
		cmocka_unit_test(an_answer_before_the_syn_is_one),
		cmocka_unit_test(another_copy_of_the_syn_moves_no_time_stamps),
		cmocka_unit_test(another_answer_turns_no_session),
		cmocka_unit_test(contradiction_follows_the_address),
		cmocka_unit_test(opened_from_the_far_end),
		cmocka_unit_test(roles_agree_within_a_session),
		cmocka_unit_test(who_sees_both_ways_knows_who_began),
		cmocka_unit_test(a_client_that_kept_its_end_is_found),
		cmocka_unit_test(ends_alone_do_not_join_other_numbers),
		cmocka_unit_test(totals_do_not_join_other_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
