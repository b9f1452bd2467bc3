/* Two connections with something between that ends both. */
#include "tests/correlate/pair_case.h"

#define SESSIONS 10

/* @answered: how much later the near point has the answer. */
static void expect_kind(int64_t opens, int64_t answered, enum pair_kind kind)
{
	struct seen near = near_point, far = behind(far_point, opens);
	struct pc c;

	pc_open(&c, 2);
	near.answered = answered;
	for (unsigned i = 0; i < SESSIONS; i++) {
		char t[2][NET_END_TEXT];
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		pc_add(&c, 0, &v, &near);
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), SESSIONS);
	expect_pairs(&c, SESSIONS);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.kind, kind);
		assert_int_equal(r.flows[1].relayed, kind == PAIR_RELAYED);
		assert_int_equal(r.client_end, 0);
		assert_int_equal(r.flows[1].seq_delta[0], 111111);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void passed_on_at_once_it_is_one_connection(void **state)
{
	(void)state;
	expect_kind(0, 0, PAIR_RESEQUENCED);
}

static void opened_after_the_clients_it_is_another(void **state)
{
	(void)state;
	expect_kind(40 * MS, 0, PAIR_RELAYED);
}

/* What opens later is answered later, too. */
static void a_syn_that_waited_in_a_queue_opens_nothing(void **state)
{
	(void)state;
	expect_kind(20 * MS, 20 * MS, PAIR_RESEQUENCED);
}

/* Is it a relay's, though it opens at once and looks like the client's? */
static void expect_seen(struct seen near, struct seen far, enum pair_kind kind)
{
	struct pc c;

	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		char t[2][NET_END_TEXT];
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.segments = 10;
		pc_add(&c, 0, &v, &near);
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.n_flows, 2);
		assert_int_equal(r.kind, kind);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* A container's user-space network (slirp) answers without time stamps, and the
 * host's own connection has them. */
static void no_device_stamps_what_the_client_did_not(void **state)
{
	struct seen near = near_point, far = behind(far_point, 0);

	(void)state;
	near.bare[0] = near.bare[1] = true;
	expect_seen(near, far, PAIR_RELAYED);
}

/* A firewall takes them out of the SYN,ACK and of all that follows it; the client
 * then sends none, at neither point. */
static void stamps_taken_from_the_server_alone_prove_nothing(void **state)
{
	struct seen near = near_point, far = behind(far_point, 0);

	(void)state;
	near.bare[0] = near.bare[1] = far.bare[0] = true;
	expect_seen(near, far, PAIR_RESEQUENCED);
}

static void other_cuts_are_another_connections(void **state)
{
	struct seen near = near_point, far = behind(far_point, 0);

	(void)state;
	near.bare[0] = near.bare[1] = far.bare[0] = far.bare[1] = true;
	expect_seen(near, far, PAIR_RESEQUENCED);
	far.cut = 40;
	expect_seen(near, far, PAIR_RELAYED);
}

/* The near capture began in the midst of one, and takes its client's port for a
 * service's; the SYN that the far one has says who the client is. */
static void expect_client_first(unsigned header)
{
	struct seen late = near_point, far = behind(far_point, 40 * MS);
	struct conv v;
	struct session_row r;
	char t[2][NET_END_TEXT];
	struct pc c;

	late.late = 1;
	late.client = "10.0.9.9:443";
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++)
		pc_add_stamped(&c, i, &far);
	v = conv_number(SESSIONS, t);
	v.server = "192.168.0.9:5432";
	v.segments = 6;
	v.tsval = 777777;
	far.header = header;
	pc_add(&c, 0, &v, &late);
	pc_add(&c, 1, &v, &far);
	pc_run(&c, NULL);
	r = pc_session(&c, SESSIONS + 1);
	assert_int_equal(r.n_flows, 2);
	assert_int_equal(r.kind, PAIR_RELAYED);
	assert_int_equal(r.role, ROLE_SYN);
	assert_int_equal(r.client_end, 0);
	session_row_release(&r);
	pc_close(&c);
}

static void where_the_client_is_does_not_hang_on_a_wrong_guess(void **state)
{
	(void)state;
	expect_client_first(0);
}

static void nor_does_it_where_a_header_says_it(void **state)
{
	(void)state;
	expect_client_first(44);
}

/* An upload shows no content of the server, whose times would tell.  A device
 * that rewrites numbers and time stamps passes each packet on. */
static void expect_upload(unsigned acks, enum pair_kind kind)
{
	struct seen far = behind(far_point, 0);
	char t[2][NET_END_TEXT];
	struct pc c;

	far.acks = acks;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.segments = 100;
		v.upload = true;
		pc_add_both(&c, &v, &far);
	}
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.n_flows, 2);
		assert_int_equal(r.kind, kind);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void as_many_packets_each_way_are_one_connection(void **state)
{
	(void)state;
	expect_upload(0, PAIR_RESEQUENCED);
}

static void acknowledged_at_its_own_pace_it_is_another(void **state)
{
	(void)state;
	expect_upload(30, PAIR_RELAYED);
}

/* The far capture has it from its midst, where only numbers and time stamps tell,
 * and fewer packets, as a host that merges segments has; all others there are
 * passed on by a device that rewrites both. */
static void one_of_many_that_are_rewritten_is_so_too(void **state)
{
	struct seen far = behind(far_point, 0), late;
	struct session_row r;
	struct conv v;
	char t[2][NET_END_TEXT];
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++)
		pc_add_stamped(&c, i, &far);
	late = far;
	late.late = 1;
	late.acks = 60;
	v = conv_number(SESSIONS, t);
	v.tsval = 777777;
	v.segments = 100;
	pc_add_both(&c, &v, &late);
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= SESSIONS + 1; i++) {
		r = pc_session(&c, i);
		assert_int_equal(r.n_flows, 2);
		assert_int_equal(r.kind, PAIR_RESEQUENCED);
		session_row_release(&r);
	}
	pc_close(&c);
}

/* Points on both sides: a hop each, and the relay between. */
static void each_side_keeps_its_own_hops(void **state)
{
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 4);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		for (int p = 0; p < 4; p++) {
			struct seen at = { .delay = (1 + 6 * p) * MS,
					   .clock = p * SEC,
					   .hops = (uint8_t)p };

			if (p >= 2)
				at = behind(at, 40 * MS);
			pc_add(&c, p, &v, &at);
		}
	}
	pc_run(&c, NULL);
	assert_int_equal(store_session_count(c.s), SESSIONS);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.n_flows, 4);
		assert_int_equal(r.kind, PAIR_RELAYED);
		for (int k = 0; k < 4; k++)
			assert_int_equal(r.flows[k].relayed, k == 2);
		assert_false(session_relayed(&r, 0, 1));
		assert_true(session_relayed(&r, 3, 0));
		session_row_release(&r);
	}
	pc_close(&c);
}

/* Uploads show no content of the server, and the clocks, as far as they are known
 * by then, are off by more than the relay waited.  Of the first hop, which is short,
 * captures' stamps make the round trip @first. */
static void expect_client_by_own_hops(int64_t first)
{
	const int64_t delay[4] = { 1 * MS, 1 * MS + first / 2, 13 * MS,
				   19 * MS };
	struct pc c;
	char t[2][NET_END_TEXT];

	pc_open(&c, 4);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.segments = 100;
		v.upload = true;
		for (int p = 0; p < 4; p++) {
			struct seen at = { .delay = delay[p],
					   .clock = p * SEC,
					   .hops = (uint8_t)p };

			if (p >= 2) {
				at = behind(at, -2 * MS);
				at.acks = 30;
			}
			pc_add(&c, p, &v, &at);
		}
	}
	pc_run(&c, NULL);
	for (int64_t i = 1; i <= SESSIONS; i++) {
		struct session_row r = pc_session(&c, i);

		assert_int_equal(r.n_flows, 4);
		assert_int_equal(r.kind, PAIR_RELAYED);
		assert_int_equal(r.client_end, 0);
		session_row_release(&r);
	}
	pc_close(&c);
}

static void own_hops_tell_where_the_client_is(void **state)
{
	(void)state;
	expect_client_by_own_hops(12 * MS);
}

static void of_own_hops_the_longest_tells_it(void **state)
{
	(void)state;
	expect_client_by_own_hops(-10000);
}

static void content_of_others_is_not_relayed(void **state)
{
	struct seen far = behind(far_point, 40 * MS);
	struct pc c;
	char t[2][NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		pc_add(&c, 0, &v, &near_point);
		v.content += 500;
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

/* All say the same at the same time: which is whose, nobody can tell. */
static void the_same_content_at_the_same_time_is_ambiguous(void **state)
{
	struct seen far = behind(far_point, 40 * MS);
	struct pc c;
	char t[2][NET_END_TEXT], proxy[NET_END_TEXT];

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 4; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.content = 77;
		v.at = 0;
		snprintf(proxy, sizeof proxy, "10.9.0.1:%u", 5000 + i * 7 % 4);
		far.client = proxy;
		pc_add_both(&c, &v, &far);
	}
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 0);
	pc_close(&c);
}

/* @v at the points of the set @points; behind the last hop, which the numbers
 * of both ways do not pass, it opens @opens later; @other: with other ends and
 * totals there. */
static void add_at(struct pc *c, const struct conv *v, unsigned points,
		   int64_t opens, bool other)
{
	for (int k = 0; k < c->n; k++) {
		struct seen at = { .delay = (1 + 6 * k) * MS,
				   .clock = k * SEC,
				   .hops = (uint8_t)k };
		struct part p;

		if (!(points >> k & 1))
			continue;
		if (k == c->n - 1)
			at = behind(at, opens);
		if (k == c->n - 1 && other) {
			at.client = "10.9.0.1:5000";
			at.server = "10.9.0.2:5001";
		}
		p = pc_part(v, &at);
		for (int d = 0; d < 2; d++) {
			p.dir[d].fin = true;
			p.dir[d].seq_next += k == c->n - 1 && other ? 1000 : 0;
		}
		pc_put(c, k, &p);
	}
}

/* Two have the same contents; segments at the client of the first are cut like those at
 * the server of the second: that does not show which is which. */
static void the_same_content_cut_alike_is_ambiguous(void **state)
{
	struct seen far = behind(far_point, 40 * MS);
	char t[2][NET_END_TEXT];
	struct pc c;

	(void)state;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		v.content = 77;
		v.at = 0;
		v.segments = 6;
		far.client = i ? "10.9.0.1:5001" : "10.9.0.1:5000";
		for (int k = 0; k < 2; k++) {
			struct part p = pc_part(&v, k ? &far : &near_point);

			for (int d = 0; d < 2; d++) {
				p.dir[d].any.n = i == (unsigned)k ? 4 : 1;
				p.dir[d].fin = true;
			}
			pc_put(&c, k, &p);
		}
	}
	for (unsigned i = 4; i < 14; i++)
		pc_add_stamped(&c, i, &far);
	pc_run(&c, NULL);
	assert_int_equal(pc_count(&c, PAIR_PAIRED), 10);
	pc_close(&c);
}

/* A sure pair, and at @points one that only custom would make relayed.
 * Return: the second's row. */
static struct session_row beside_one_pair(struct pc *c, int n, unsigned points,
					  bool other)
{
	char t[2][NET_END_TEXT];
	struct session_row r;
	struct conv v;

	pc_open(c, n);
	v = conv_number(0, t);
	v.tsval = 5000;
	add_at(c, &v, UINT32_MAX, 40 * MS, false);
	v = conv_number(1, t);
	v.tsval = 10000;
	v.segments = 100;
	v.upload = true;
	add_at(c, &v, points, 0, other);
	pc_run(c, NULL);
	r = pc_session(c, 1);
	assert_int_equal(r.n_flows, n);
	assert_int_equal(r.kind, PAIR_RELAYED);
	session_row_release(&r);
	return pc_session(c, 2);
}

/* Two hops meet it, the one from A to C and the one from B to C. */
static void one_pair_that_two_hops_meet_is_no_custom(void **state)
{
	struct session_row r;
	struct pc c;

	(void)state;
	r = beside_one_pair(&c, 3, 5, false);
	assert_int_equal(r.n_flows, 2);
	assert_int_equal(r.kind, PAIR_RESEQUENCED);
	session_row_release(&r);
	pc_close(&c);
}

/* As one connection it contradicts itself, so that the last pass, too, looks at
 * it, beside the pair that both passes meet. */
static void one_pair_that_two_passes_meet_is_no_custom(void **state)
{
	struct session_row r;
	struct pc c;

	(void)state;
	r = beside_one_pair(&c, 2, 3, true);
	assert_int_equal(r.n_flows, 1);
	session_row_release(&r);
	pc_close(&c);
}

/* The first of four points is too short of bytes to tell content: what it has could
 * as well be one connection with what the last one has.  The two between tell that
 * these are two. */
static void two_of_a_relay_are_not_one_where_less_is_known(void **state)
{
	struct session_row r;
	struct pc c;

	(void)state;
	pc_open(&c, 4);
	for (unsigned i = 0; i <= SESSIONS; i++) {
		char t[2][NET_END_TEXT];
		struct conv v = conv_number(i, t);

		for (int k = 0; k < 4; k++) {
			struct seen at = { .delay = (1 + 5 * k) * MS,
					   .clock = k * SEC,
					   .hops = (uint8_t)k };
			struct part p;

			if (i == SESSIONS)
				v.tsval = 0;
			if (i == SESSIONS && k >= 2) {
				at = behind(at, 20 * MS);
				at.client = "10.9.0.1:5000";
				at.server = "10.9.0.2:5001";
			}
			p = pc_part(&v, &at);
			for (int d = 0; i == SESSIONS && k == 0 && d < 2; d++) {
				p.dir[d].any.n = p.dir[d].turn.n = 0;
				p.dir[d].head_len = 0;
			}
			pc_put(&c, k, &p);
		}
	}
	pc_run(&c, NULL);
	r = pc_session(&c, SESSIONS + 1);
	assert_int_equal(r.n_flows, 4);
	assert_int_equal(r.kind, PAIR_RELAYED);
	session_row_release(&r);
	pc_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passed_on_at_once_it_is_one_connection),
		cmocka_unit_test(
			where_the_client_is_does_not_hang_on_a_wrong_guess),
		cmocka_unit_test(nor_does_it_where_a_header_says_it),
		cmocka_unit_test(one_of_many_that_are_rewritten_is_so_too),
		cmocka_unit_test(the_same_content_cut_alike_is_ambiguous),
		cmocka_unit_test(own_hops_tell_where_the_client_is),
		cmocka_unit_test(of_own_hops_the_longest_tells_it),
		cmocka_unit_test(opened_after_the_clients_it_is_another),
		cmocka_unit_test(a_syn_that_waited_in_a_queue_opens_nothing),
		cmocka_unit_test(no_device_stamps_what_the_client_did_not),
		cmocka_unit_test(
			stamps_taken_from_the_server_alone_prove_nothing),
		cmocka_unit_test(other_cuts_are_another_connections),
		cmocka_unit_test(as_many_packets_each_way_are_one_connection),
		cmocka_unit_test(acknowledged_at_its_own_pace_it_is_another),
		cmocka_unit_test(each_side_keeps_its_own_hops),
		cmocka_unit_test(content_of_others_is_not_relayed),
		cmocka_unit_test(
			the_same_content_at_the_same_time_is_ambiguous),
		cmocka_unit_test(one_pair_that_two_passes_meet_is_no_custom),
		cmocka_unit_test(one_pair_that_two_hops_meet_is_no_custom),
		cmocka_unit_test(
			two_of_a_relay_are_not_one_where_less_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
