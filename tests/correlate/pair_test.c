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
	pc_open(&c, 2);
	pc_add(&c, 0, &v, &near_point);
	pc_add(&c, 1, &v, &far);
	pc_run(&c, NULL);
	r = pc_session(&c, 1);
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
		pc_open(&c, 2);
		pc_add(&c, 0, &v, &near);
		pc_add(&c, 1, &v, &far);
		pc_run(&c, NULL);
		r = pc_session(&c, 1);
		assert_int_equal(r.verdict, PAIR_PAIRED);
		assert_int_equal(r.client_end, 0);
		session_row_release(&r);
		pc_close(&c);
	}
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
	pc_open(&c, 2);
	pc_add(&c, 0, &v, &near);
	pc_add(&c, 1, &v, &far);
	pc_run(&c, NULL);
	r = pc_session(&c, 1);
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
	pc_open(&c, 2);
	pc_add(&c, 0, &v, &near);
	pc_add(&c, 1, &v, &far);
	pc_run(&c, NULL);
	r = pc_session(&c, 1);
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

/* Refused: the server's side is one RST, whose number stands for nothing. */
static void put_refused(struct pc *c, int point, const struct conv *v,
			const struct seen *w)
{
	struct part p = pc_part(v, w);
	int64_t at = p.dir[1].first_ns;

	p.dir[0].mss = (uint16_t)(1460 - 80 * point); /* of other systems */
	p.dir[0].syn_window = (uint16_t)(64240 - 10000 * point);
	p.dir[1] = (struct part_dir){ .packets = 1,
				      .first_ns = at,
				      .last_ns = at,
				      .ttl_min = 64,
				      .ttl_max = 64 };
	pc_put(c, point, &p);
}

static void resets_alone_have_no_numbers_that_agree(void **state)
{
	struct seen near = { .delay = 1 * MS }, far = { .delay = 5 * MS };
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 8; i++) { /* what shows the clocks */
		char client[NET_END_TEXT];
		struct conv v = { .client = client,
				  .server = "10.9.9.9:22",
				  .at = i * SEC,
				  .isn = { 500000 + i, 6000000 + i },
				  .content = 77 + i };

		snprintf(client, sizeof client, "10.1.1.1:%u", 5000 + i);
		pc_add(&c, 0, &v, &near);
		pc_add(&c, 1, &v, &far);
	}
	for (int p = 0; p < 2; p++) { /* strangers, at one time */
		struct conv v = { .client = p ? "10.7.7.7:700" : "10.1.1.2:600",
				  .server = p ? "10.8.8.8:80" : "10.9.9.8:443",
				  .at = 9 * SEC,
				  .isn = { p ? 1u << 30 : 3u << 30, 0 } };

		put_refused(&c, p, &v, p ? &far : &near);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 8);
	assert_int_equal(pc_count(&c, PAIR_ALONE), 2);
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
	pc_open(&c, 2);
	pc_add(&c, 0, &v, &far_point);
	pc_add(&c, 1, &v, &near);
	pc_run(&c, NULL);
	r = pc_session(&c, 1);
	assert_int_equal(r.verdict, PAIR_PAIRED);
	assert_int_equal(r.client_end, 1);
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
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far);
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
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far);
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
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far);
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
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far_point);
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
		struct seen far = far_point;

		if (i % 2) { /* the others teach the clock and the mapping */
			v.unanswered = true;
			v.content = 0;
		}
		snprintf(nat, sizeof nat, "203.0.113.9:%u", 2000 + i);
		far.client = nat;
		far.reseq[0] = pc_mix(i + 900);
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 60);
	expect_pairs(&c, 60);
	pc_close(&c);
}

/* Same content, renumbered, translated, opened at the same instant: nothing
 * tells which is which. */
static void twins_are_ambiguous(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 22; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = far_point;

		v.tsval = 0;
		if (i >= 20) {
			v.content = 4711;
			v.at = 30 * SEC + (i - 20);
		}
		snprintf(nat, sizeof nat, "203.0.113.9:%u", 2000 + i);
		far.client = nat;
		far.reseq[0] = pc_mix(i + 900);
		far.reseq[1] = pc_mix(i + 9000);
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 20);
	assert_int_equal(pc_count(&c, PAIR_AMBIGUOUS), 4);
	for (int64_t i = 1; i <= store_session_count(c.s); i++) {
		struct session_row r = pc_session(&c, i);

		if (r.verdict == PAIR_AMBIGUOUS) {
			assert_int_equal(r.n_flows, 1);
			assert_int_equal(r.n_rivals, 2);
			assert_true(r.margin < 10);
		}
		session_row_release(&r);
	}
	pc_close(&c);
}

/* The same health check every second: content says nothing, time does. */
static void popular_content_is_told_by_time(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 80; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = far_point;

		v.tsval = 0;
		if (i >= 20) {
			v.content = 4711;
			v.at = (int64_t)i * SEC;
		}
		snprintf(nat, sizeof nat, "203.0.113.9:%u", 2000 + i);
		far.client = nat;
		far.reseq[0] = pc_mix(i + 900);
		far.reseq[1] = pc_mix(i + 9000);
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 80);
	expect_pairs(&c, 80);
	pc_close(&c);
}

/* A health check seen here only and another one seen there only. */
static void popular_content_alone_is_no_pair(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 40; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = far_point;

		v.tsval = 0;
		if (i >= 20)
			v.content = 4711;
		if (i >= 38)
			v.at = i == 38 ? 20 * SEC : 90 * SEC;
		snprintf(nat, sizeof nat, "203.0.113.9:%u", 2000 + i);
		far.client = nat;
		far.reseq[0] = pc_mix(i + 900);
		far.reseq[1] = pc_mix(i + 9000);
		if (i != 39)
			pc_add(&c, 0, &v, &near_point);
		if (i != 38)
			pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 38);
	assert_int_equal(pc_count(&c, PAIR_ALONE), 2);
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
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far_point);
	}
	pc_run(&c, NULL);
	assert_int_equal(store_session_count(c.s), 200);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 200);
	expect_pairs(&c, 200);
	pc_close(&c);
}

/* One use of a port here, another one there: same ends, not the same. */
static void same_ends_other_numbers_stay_apart(void **state)
{
	struct conv v = { .client = "10.0.0.1:4000",
			  .server = "10.2.0.1:80",
			  .isn = { 1000, 2000 },
			  .content = 1 };
	struct conv w = v;
	struct pc c;

	(void)state;
	w.isn[0] = 0x40000000;
	w.isn[1] = 0x50000000;
	w.content = 2;
	w.at = 60 * SEC;
	pc_open(&c, 2);
	pc_add(&c, 0, &v, &near_point);
	pc_add(&c, 1, &w, &far_point);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

static void equal_numbers_with_other_content_stay_apart(void **state)
{
	struct conv v = { .client = "10.0.0.1:4000",
			  .server = "10.2.0.1:80",
			  .isn = { 1000, 2000 },
			  .content = 1 };
	struct conv w = { .client = "10.7.0.1:4444",
			  .server = "10.3.0.1:443",
			  .isn = { 1000, 2000 },
			  .content = 2 };
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	pc_add(&c, 0, &v, &near_point);
	pc_add(&c, 1, &w, &far_point);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
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

/* Two sessions that only their addresses tell apart, and these are rewritten:
 * what the user says of them decides. */
static void a_map_of_addresses_tells_twins(void **state)
{
	for (int told = 0; told < 2; told++) {
		struct net_end a = pc_end("10.0.0.1:1"), x;
		struct pair_map map[2] = { { .near = a.addr } };
		struct pair_options o = { .n_maps = told ? 2 : 0, .maps = map };
		struct pc c;

		(void)state;
		x = pc_end("203.0.113.9:1");
		map[0].far = x.addr;
		x = pc_end("10.0.0.2:1");
		map[1].near = x.addr;
		x = pc_end("203.0.113.8:1");
		map[1].far = x.addr;
		pc_open(&c, 2);
		for (unsigned i = 0; i < 2; i++) {
			struct conv v = { .client = i ? "10.0.0.2:5000"
						      : "10.0.0.1:5000",
					  .server = "10.2.0.9:80",
					  .isn = { 1000 + i * 77, 9000 },
					  .content = 5 };
			struct seen far = far_point;

			far.client = i ? "203.0.113.8:7000"
				       : "203.0.113.9:7000";
			far.reseq[0] = 0x1000000u * (i + 1);
			far.reseq[1] = 0x3000000u * (i + 1);
			pc_add(&c, 0, &v, &near_point);
			pc_add(&c, 1, &v, &far);
		}
		pc_run(&c, &o);
		assert_int_equal(pc_count(&c, PAIR_PAIRED), told ? 2 : 0);
		for (int64_t i = 1; told && i <= 2; i++) {
			struct session_row r = pc_session(&c, i);
			struct flow_row n = pc_flow(&c, r.flows[0].flow);
			struct flow_row f = pc_flow(&c, r.flows[1].flow);

			assert_int_equal(
				n.client.addr.b[15] + f.client.addr.b[15], 10);
			flow_row_release(&n);
			flow_row_release(&f);
			session_row_release(&r);
		}
		pc_close(&c);
	}
}

/* Syslog and the like keep their ports for days: captures of two days have the
 * same ends, and nothing else in common. */
static void same_ends_with_other_datagrams_stay_apart(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 12; i++) {
		char client[NET_END_TEXT];
		struct conv v = { .client = client,
				  .server = "10.2.0.9:514",
				  .proto = 17,
				  .at = (int64_t)i * 3000 * MS,
				  .content = 100 + i,
				  .segments = 8,
				  .no_s2c = true };
		struct seen day = { .clock = 5 * 3600 * SEC };

		snprintf(client, sizeof client, "10.0.0.%u:514", i + 1);
		pc_add(&c, 0, &v, &near_point);
		if (i < 9) /* what all the others differ in, these have */
			v.content = 500 + i;
		pc_add(&c, 1, &v, &day);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 3);
	assert_int_equal(pc_count(&c, PAIR_ALONE), 18);
	pc_close(&c);
}

/* The far capture began when the flow was nearly over: nothing in common. */
static void a_flow_caught_at_its_end_is_no_other(void **state)
{
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 12; i++) {
		char client[NET_END_TEXT];
		struct conv v = { .client = client,
				  .server = "10.2.0.9:514",
				  .proto = 17,
				  .at = (int64_t)i * 3000 * MS,
				  .content = 100 + i,
				  .segments = 200,
				  .no_s2c = true };
		struct seen far = far_point;
		struct part p;

		snprintf(client, sizeof client, "10.0.0.%u:514", i + 1);
		pc_add(&c, 0, &v, &near_point);
		far.late = i == 5 ? 195 : 0;
		p = pc_part(&v, &far);
		if (far.late) {
			p.dir[0].packets = p.dir[0].data_packets = 5;
			p.dir[0].first_ns = p.last_ns - 50 * MS;
			p.first_ns = p.dir[0].first_ns;
		}
		pc_put(&c, 1, &p);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 12);
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

		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far_point);
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
		cmocka_unit_test(another_copy_of_the_syn_turns_no_session),
		cmocka_unit_test(another_copy_of_the_syn_moves_no_time_stamps),
		cmocka_unit_test(another_answer_turns_no_session),
		cmocka_unit_test(contradiction_follows_the_address),
		cmocka_unit_test(resets_alone_have_no_numbers_that_agree),
		cmocka_unit_test(opened_from_the_far_end),
		cmocka_unit_test(renumbered_sequences_give_their_difference),
		cmocka_unit_test(caught_in_midst_and_renumbered),
		cmocka_unit_test(repeated_content_does_not_move_numbers),
		cmocka_unit_test(unanswered_syns),
		cmocka_unit_test(unanswered_syns_renumbered_behind_nat),
		cmocka_unit_test(twins_are_ambiguous),
		cmocka_unit_test(popular_content_is_told_by_time),
		cmocka_unit_test(popular_content_alone_is_no_pair),
		cmocka_unit_test(port_reused_two_hundred_times),
		cmocka_unit_test(same_ends_other_numbers_stay_apart),
		cmocka_unit_test(equal_numbers_with_other_content_stay_apart),
		cmocka_unit_test(dns_with_loss_and_repeated_queries),
		cmocka_unit_test(a_map_of_addresses_tells_twins),
		cmocka_unit_test(same_ends_with_other_datagrams_stay_apart),
		cmocka_unit_test(a_flow_caught_at_its_end_is_no_other),
		cmocka_unit_test(roles_agree_within_a_session),
		cmocka_unit_test(pairing_twice_gives_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
