/* Headers and trailers that name the connection on a relay's other side. */
#include "tests/correlate/pair_case.h"

#define SESSIONS 10

/* A header before one side's stream is from something that ends connections,
 * however alike they are; places in the streams are apart by its length. */
static void a_header_before_the_stream_is_of_a_relay(void **state)
{
	struct seen far = behind(far_point, 0);
	struct pc c;

	(void)state;
	far.header = 44;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++)
		pc_add_stamped(&c, i, &far);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), SESSIONS);
	expect_pairs(&c, SESSIONS);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.kind, PAIR_RELAYED);
		assert_int_equal(r.client_end, 0);
		assert_int_equal(r.flows[1].seq_delta[0], 111111 + 44);
		assert_int_equal(r.flows[1].seq_delta[1], 222222);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* What the client said to a proxy, and what that answered, is before the streams on
 * the client's side, wherever that is on the path. */
static void what_a_client_asks_a_proxy_is_before_the_streams(void **state)
{
	(void)state;
	for (int end = 0; end < 2; end++) {
		struct seen near = near_point, far = behind(far_point, 0);
		struct seen *asks = end ? &far : &near;
		uint32_t sign = end ? 1 : UINT32_MAX;
		char t[2][NET_END_TEXT];
		struct pc c;

		asks->header = 152;
		asks->granted = 108;
		pc_open(&c, 2);
		for (unsigned i = 0; i < SESSIONS; i++) {
			struct conv v = conv_number(i, t);

			v.tsval = 5000 * (i + 1);
			pc_add(&c, 0, &v, &near);
			pc_add(&c, 1, &v, &far);
		}
		pc_run(&c, NULL);
		expect_pairs(&c, SESSIONS);
		for (int64_t i = 1; i <= SESSIONS; i++) {
			struct session_row r = pc_session(&c, i);

			assert_int_equal(r.kind, PAIR_RELAYED);
			assert_int_equal(r.client_end, end);
			assert_int_equal(r.flows[1].seq_delta[0],
					 111111 + sign * 152);
			assert_int_equal(r.flows[1].seq_delta[1],
					 222222 + sign * 108);
			session_row_release(&r);
		}
		pc_close(&c);
	}
}

/* Both behind it: a box that rewrites numbers, and the header passes through. */
static void a_header_on_both_sides_shifts_nothing(void **state)
{
	struct seen near = near_point, far = behind(far_point, 0);
	char t[2][NET_END_TEXT];
	struct pc c;

	(void)state;
	near.header = far.header = 44;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		pc_add(&c, 0, &v, &near);
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.kind, PAIR_RESEQUENCED);
		assert_int_equal(r.flows[1].seq_delta[0], 111111);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* All say the same at the same time; the header says whose it is.  Behind the
 * relay they come in another order. */
static void expect_twins_apart(unsigned header)
{
	struct seen far = behind(far_point, 40 * MS);
	char t[4][2][NET_END_TEXT], proxy[NET_END_TEXT];
	struct pc c;

	pc_open(&c, 2);
	for (unsigned i = 0; i < 4; i++) {
		struct conv v = conv_number(i, t[i]);

		v.content = 77;
		v.at = 0;
		v.tsval = 5000 * (i + 1);
		pc_add(&c, 0, &v, &near_point);
	}
	for (unsigned i = 0; i < 4; i++) {
		unsigned k = i ^ 2;
		struct conv v = conv_number(k, t[k]);

		v.content = 77;
		v.at = 0;
		v.tsval = 5000 * (k + 1);
		snprintf(proxy, sizeof proxy, "10.9.0.1:%u", 5000 + i * 7 % 4);
		far.client = proxy;
		far.server = "10.8.0.1:8000";
		far.header = header;
		far.named[0] = t[k][0];
		far.named[1] = t[k][1];
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 4);
	for (int64_t i = 1; i <= 4; i++) {
		struct session_row r = pc_session(&c, i);
		struct flow_row a = pc_flow(&c, r.flows[0].flow);
		struct flow_row b = pc_flow(&c, r.flows[1].flow);
		unsigned k = 0;

		while (k < 4 && strcmp(t[k][0], "") != 0) {
			struct net_end e = pc_end(t[k][0]);

			if (!net_end_cmp(&e, &a.client))
				break;
			k++;
		}
		assert_int_equal(b.client.port, 5000 + (k ^ 2) * 7 % 4);
		assert_non_null(strstr(r.evidence, "names the other"));
		flow_row_release(&a);
		flow_row_release(&b);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* Each names another one than that whose content it has at the same time. */
static void what_names_another_is_not_joined(void **state)
{
	struct seen far = behind(far_point, 0);
	char t[2][2][NET_END_TEXT];
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct conv v = conv_number(i, t[i]);

		pc_add(&c, 0, &v, &near_point);
	}
	for (unsigned i = 0; i < 2; i++) {
		char text[2][NET_END_TEXT];
		struct conv v = conv_number(i, text);

		far.client = i ? "10.9.0.1:5001" : "10.9.0.1:5000";
		far.named[0] = t[!i][0];
		far.named[1] = t[!i][1];
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

/* The capture that names is between two others. */
static void what_one_point_names_all_points_heed(void **state)
{
	static const char *const behind_it[] = { "10.9.0.1:5000",
						 "10.9.0.1:5001" };
	struct pc c;

	(void)state;
	pc_open(&c, 3);
	for (int p = 0; p < 3; p++)
		for (unsigned i = 0; i < 2; i++) {
			char t[2][NET_END_TEXT], u[2][NET_END_TEXT];
			struct conv v = conv_number(i, t);
			struct conv other = conv_number(!i, u);
			struct seen at = { .delay = (1 + 6 * p) * MS,
					   .clock = p * SEC,
					   .hops = (uint8_t)p };

			if (p == 1) {
				at.named[0] = behind_it[!i];
				at.named[1] = other.server;
			} else if (p == 2) {
				at = behind(at, 0);
				at.client = behind_it[i];
			}
			pc_add(&c, p, &v, &at);
		}
	pc_run(&c, NULL);
	for (int64_t s = 1; s <= store_session_count(c.s); s++) {
		struct session_row r = pc_session(&c, s);

		assert_in_range(r.n_flows, 1, 2);
		assert_int_equal(r.verdict == PAIR_PAIRED, r.n_flows == 2);
		assert_int_equal(r.flows[r.n_flows - 1].point_pos,
				 r.n_flows == 2 ? 2 : 3);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void a_header_tells_twins_apart(void **state)
{
	(void)state;
	expect_twins_apart(44);
}

static void a_trailer_tells_twins_apart(void **state)
{
	(void)state;
	expect_twins_apart(0);
}

/* Its names alone join nothing: behind a relay that changes content, bytes have
 * no counterparts. */
static void a_header_without_common_content_joins_nothing(void **state)
{
	struct seen far = behind(far_point, 40 * MS);
	char t[2][NET_END_TEXT];
	struct pc c;

	(void)state;
	far.header = 44;
	far.client = "10.9.0.1:5000";
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		far.named[0] = t[0];
		far.named[1] = t[1];
		pc_add(&c, 0, &v, &near_point);
		v.content += 500;
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_names_another_is_not_joined),
		cmocka_unit_test(what_one_point_names_all_points_heed),
		cmocka_unit_test(a_header_before_the_stream_is_of_a_relay),
		cmocka_unit_test(a_header_on_both_sides_shifts_nothing),
		cmocka_unit_test(
			what_a_client_asks_a_proxy_is_before_the_streams),
		cmocka_unit_test(a_header_tells_twins_apart),
		cmocka_unit_test(a_trailer_tells_twins_apart),
		cmocka_unit_test(a_header_without_common_content_joins_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
