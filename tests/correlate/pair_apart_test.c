/* What must not be paired: strangers that look alike, and twins. */
#include "tests/correlate/pair_case.h"

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
		struct seen far = seen_renumbered(i, nat);

		v.tsval = 0;
		if (i >= 20) {
			v.content = 4711;
			v.at = 30 * SEC + (i - 20);
		}
		pc_add_both(&c, &v, &far);
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
		struct seen far = seen_renumbered(i, nat);

		v.tsval = 0;
		if (i >= 20) {
			v.content = 4711;
			v.at = (int64_t)i * SEC;
		}
		pc_add_both(&c, &v, &far);
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
		struct seen far = seen_renumbered(i, nat);

		v.tsval = 0;
		if (i >= 20)
			v.content = 4711;
		if (i >= 38)
			v.at = i == 38 ? 20 * SEC : 90 * SEC;
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

/* Two connections that begin and end at the same times, to the same server as all
 * others, and have nothing else in common: usually those of a proxy, of which the
 * far capture has the second one. */
static void time_alone_is_no_pair(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	for (int silent = 0; silent < 2; silent++) {
		pc_open(&c, 2);
		for (unsigned i = 0; i < 21; i++) {
			struct conv v = conv_number(i, t);
			struct seen far = far_point;

			v.server = "192.168.0.1:443";
			far.server = "172.16.5.1:8443";
			v.at = (int64_t)i * 20 * SEC;
			v.segments = 20;
			v.content = i == 20 && silent ? 0 : v.content;
			pc_add(&c, 0, &v, &near_point);
			if (i == 20) {
				v.client = "10.9.0.1:5151";
				v.content = silent ? 0 : 77;
				v.tsval = 0;
				far.reseq[0] = 900000000;
				far.reseq[1] = 2100000000;
				far.late = 10;
			}
			pc_add(&c, 1, &v, &far);
		}
		pc_run(&c, NULL);
		assert_int_equal(pc_count(&c, PAIR_PAIRED), 20);
		assert_int_equal(pc_count(&c, PAIR_ALONE), 2);
		pc_close(&c);
	}
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
			pc_add_both(&c, &v, &far);
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

/* Two connections of one moment, of kernels like no other here: a client's to a proxy,
 * and a proxy's own.  The far point has cut what they say. */
static void equal_kernels_and_times_are_no_session(void **state)
{
	char t[2][NET_END_TEXT], nat[NET_END_TEXT];
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 40; i++) {
		struct conv v = conv_number(i, t);
		struct seen far = seen_renumbered(i, nat);

		v.tsval = 0;
		pc_add_both(&c, &v, &far);
	}
	for (unsigned k = 0; k < 2; k++) {
		struct conv v = conv_number(100 + k, t);
		struct seen far = seen_renumbered(100 + k, nat);
		struct part p;

		far.server = "192.168.9.9:8000";
		v.at = 5 * SEC + k * MS;
		v.tsval = 0;
		v.segments = 4 + 3 * k;
		p = pc_part(&v, k ? &far : &near_point);
		for (int d = 0; d < 2; d++) {
			p.dir[d].syn_window = 4321;
			p.dir[d].wscale = 3;
			p.dir[d].head_len = k ? 0 : p.dir[d].head_len;
		}
		pc_put(&c, (int)k, &p);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 40);
	pc_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_kernels_and_times_are_no_session),
		cmocka_unit_test(resets_alone_have_no_numbers_that_agree),
		cmocka_unit_test(twins_are_ambiguous),
		cmocka_unit_test(popular_content_is_told_by_time),
		cmocka_unit_test(popular_content_alone_is_no_pair),
		cmocka_unit_test(time_alone_is_no_pair),
		cmocka_unit_test(same_ends_other_numbers_stay_apart),
		cmocka_unit_test(equal_numbers_with_other_content_stay_apart),
		cmocka_unit_test(a_map_of_addresses_tells_twins),
		cmocka_unit_test(same_ends_with_other_datagrams_stay_apart),
		cmocka_unit_test(a_flow_caught_at_its_end_is_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
