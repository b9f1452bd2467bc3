/* stop.host, stop.path, stop.middlebox: sessions that go nowhere. */
#include "tests/report/derive/desk.h"

static void silence_at_the_last_point_is_beyond_it(void **state)
{
	struct derive *d = desk_silence(2, 3);
	const struct draft *f;

	(void)state;
	desk_tail(d, 0, 0, 1)->delivered = 3;
	desk_fact(&d->facts.syns, 0, 1, KIND_SYN, FATE_DELIVERED);
	desk_show(d);
	f = desk_finish(d, "stop.host");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.0.0.9:443 does not answer"));
	assert_true(draft_says(f, "beyond server: the network or the host"));
	assert_int_equal(f->row.n_evidence, 2);
	assert_int_equal(draft_number(f, "packets"), 3);
	assert_null(desk_finish(d, "stop.path"));
	desk_free(d);
}

static void one_packet_is_spoken_of_as_one(void **state)
{
	struct derive *d = desk_silence(2, 1);
	const struct draft *f;
	struct hop_tail *t;

	(void)state;
	desk_tail(d, 0, 0, 1)->delivered = 1;
	desk_fact(&d->facts.syns, 0, 1, KIND_SYN, FATE_DELIVERED);
	desk_show(d);
	f = desk_finish(d, "stop.host");
	assert_non_null(f);
	assert_true(draft_says(f, "1 SYN arrives at server"));
	assert_true(draft_says(f, "has 1 opening packet, and"));
	desk_free(d);

	d = desk_silence(2, 1);
	t = desk_tail(d, 0, 0, 1);
	t->lost = t->after = 1;
	desk_fact(&d->facts.syns, 0, 1, KIND_SYN, FATE_LOST);
	desk_show(d);
	f = desk_finish(d, "stop.path");
	assert_non_null(f);
	assert_true(draft_says(f, "1 SYN, it does not arrive"));
	assert_true(draft_says(f, "1 session; 1 opening packet was seen at "
				  "client and not at server."));
	desk_free(d);
}

static void on_the_host_nothing_else_is_named(void **state)
{
	struct derive *d = desk_silence(2, 3);

	(void)state;
	d->model.points[1].on_host = true;
	desk_tail(d, 0, 0, 1)->delivered = 3;
	desk_show(d);
	assert_int_equal(desk_finish(d, "stop.host")->row.n_places, 1);
	desk_free(d);
}

static void opening_packets_that_vanish_are_stopped_on_the_path(void **state)
{
	struct derive *d = desk_silence(2, 3);
	const struct draft *f;
	struct hop_tail *t = desk_tail(d, 0, 0, 1);

	(void)state;
	t->lost = t->after = 3;
	desk_fact(&d->facts.syns, 0, 1, KIND_SYN, FATE_LOST);
	desk_show(d);
	f = desk_finish(d, "stop.path");
	assert_non_null(f);
	assert_true(draft_says(f, "3 SYNs, none arrives"));
	assert_true(draft_says(f, "all 3 opening packets were seen at client "
				  "and none at server."));
	assert_true(draft_says(f, "between client and server"));
	assert_true(derive_losses_claimed(d, d->view.row.id));
	assert_null(desk_finish(d, "stop.host"));
	desk_free(d);
}

static void an_icmp_error_is_named_as_the_cause(void **state)
{
	char name[] = "10.0.0.254";
	struct message_row icmp = {
		.name = name,
		.file = 256,
		.m = { .status = MESSAGE_ICMP_STATUS(3, 13), .first_frame = 7 },
	};
	struct derive *d = desk_silence(2, 1);
	const struct draft *f;

	(void)state;
	d->icmp = &icmp;
	desk_tail(d, 0, 0, 1)->lost = 1;
	desk_show(d);
	f = desk_finish(d, "stop.path");
	assert_true(draft_says(f, "from 10.0.0.254 names the cause"));
	assert_true(draft_says(f, "administratively prohibited (type 3 code"));
	assert_true(draft_says(f, "frame 7 at client, not seen at server"));
	assert_int_equal(f->row.evidence[0].frame, 7);
	desk_free(d);
}

static void one_syn_that_arrived_is_no_stop_on_the_path(void **state)
{
	struct derive *d = desk_silence(2, 3);
	struct hop_tail *t = desk_tail(d, 0, 0, 1);

	(void)state;
	t->lost = 2;
	t->delivered = 1;
	desk_show(d);
	assert_null(desk_finish(d, "stop.path"));
	desk_free(d);
}

static void syns_of_one_point_alone_do_not_go_unsaid(void **state)
{
	struct derive *d = desk_alone();
	const struct draft *f;

	(void)state;
	desk_show(d);
	desk_next(d);
	desk_show(d);
	f = desk_finish(d, "stop.path");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_int_equal(draft_number(f, "sessions"), 2);
	assert_true(draft_says(f, "2 connections get no answer"));
	assert_true(draft_says(f, "or they go another way"));
	assert_int_equal(f->row.n_evidence, 2);
	desk_free(d);
}

static void a_capture_that_was_not_running_says_nothing(void **state)
{
	struct derive *d = desk_alone();

	(void)state;
	d->model.files[1].first_ns = T0 + 10 * SEC;
	desk_show(d);
	assert_null(desk_finish(d, "stop.path"));
	desk_free(d);
}

static void undecided_openings_are_no_stop(void **state)
{
	struct derive *d = desk_silence(2, 3);

	(void)state;
	desk_tail(d, 0, 0, 1)->undecided = 3;
	d->view.flow[1].row.packets[0] = 0;
	desk_show(d);
	assert_null(desk_finish(d, "stop.path"));
	assert_null(desk_finish(d, "stop.host"));
	desk_free(d);
}

static void an_answered_session_is_no_stop(void **state)
{
	struct derive *d = desk_new(2, &rules_stop);

	(void)state;
	desk_tail(d, 0, 0, 1)->delivered = 10;
	desk_show(d);
	assert_null(desk_finish(d, "stop.host"));
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

static void sessions_of_one_server_are_one_finding(void **state)
{
	struct derive *d = desk_silence(2, 3);

	(void)state;
	desk_tail(d, 0, 0, 1)->delivered = 3;
	desk_show(d);
	desk_next(d);
	desk_tail(d, 0, 0, 1)->delivered = 3;
	desk_show(d);
	assert_int_equal(draft_number(desk_finish(d, "stop.host"), "sessions"),
			 2);
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

static struct net_end end_of(uint8_t net, uint8_t last, uint16_t port)
{
	uint8_t b[4] = { 10, net, 0, last };

	return (struct net_end){ net_addr_v4(b), port };
}

/* Sessions of the same server that both points have. */
static void beside(struct derive *d, unsigned n)
{
	for (uint16_t i = 0; i < n; i++)
		desk_witness(d, 3, end_of(0, 1, 50000),
			     end_of(0, 9, (uint16_t)(80 + i % 2)),
			     T0 + (i + 1) * 5 * SEC);
}

static void others_of_the_server_make_it_sure(void **state)
{
	struct derive *d = desk_alone();
	const struct draft *f;

	(void)state;
	beside(d, 7);
	desk_show(d);
	f = desk_finish(d, "stop.path");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "Connections to 10.0.0.9:443 die between "
				  "client and server"));
	assert_true(draft_says(f, "7 sessions of the same server address"));
	desk_free(d);
}

/* Datagrams that nobody answers. */
static struct derive *datagrams(enum asks asks)
{
	struct derive *d = desk_silence(2, 3);

	desk_set_clocks(d);
	d->view.row.proto = 17;
	d->asks = asks;
	for (int i = 0; i < 2; i++)
		d->view.flow[i].row.proto = 17;
	desk_tail(d, 0, 0, 1)->delivered = 3;
	desk_witness(d, 3, end_of(0, 7, 50000), end_of(0, 8, 80), T0);
	return d;
}

static void requests_that_nobody_answers_are_the_hosts(void **state)
{
	struct derive *d = datagrams(ASKS_REQUEST);
	const struct draft *f;

	(void)state;
	desk_show(d);
	f = desk_finish(d, "stop.host");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "3 datagrams arrive at server"));
	desk_free(d);
}

static void all_datagrams_of_a_flood_count(void **state)
{
	struct derive *d = datagrams(ASKS_REQUEST);
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 12000; i++) {
		desk_show(d);
		d->view.row.id++;
	}
	f = desk_finish(d, "stop.host");
	assert_non_null(f);
	assert_int_equal(draft_number(f, "sessions"), 12000);
	desk_free(d);
}

static void the_same_again_is_a_guess(void **state)
{
	struct derive *d = datagrams(ASKS_AGAIN);
	const struct draft *f;

	(void)state;
	desk_show(d);
	f = desk_finish(d, "stop.host");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "is a guess"));
	desk_free(d);
}

static void a_stream_wants_no_answer(void **state)
{
	struct derive *d = datagrams(ASKS_NOTHING);

	(void)state;
	desk_show(d);
	assert_null(desk_finish(d, "stop.host"));
	desk_free(d);
}

static void an_answer_may_come_after_the_capture(void **state)
{
	struct derive *d = datagrams(ASKS_REQUEST);

	(void)state;
	for (int i = 0; i < 2; i++)
		d->model.files[i].last_ns = T0 + 900 * MS;
	desk_show(d);
	assert_null(desk_finish(d, "stop.host"));
	desk_free(d);
}

static void a_syn_at_the_end_of_the_capture_tells_nothing(void **state)
{
	struct derive *d = desk_alone();

	(void)state;
	beside(d, 7);
	d->model.files[0].last_ns = T0 + 900 * MS;
	desk_show(d);
	assert_null(desk_finish(d, "stop.path"));
	desk_free(d);
}

static void what_has_another_answer_is_answered(void **state)
{
	struct derive *d = datagrams(ASKS_REQUEST);
	struct flow_row f = { .point = 2,
			      .proto = 17,
			      .client = end_of(0, 8, 443),
			      .server = end_of(0, 1, 40000),
			      .first_ns = T0,
			      .packets = { 1, 0 } };
	const struct flow_row *at[] = { &f };
	struct session_flow place = { .point_pos = 2 };
	struct session_row row = { .proto = 17,
				   .verdict = PAIR_ALONE,
				   .n_flows = 1,
				   .flows = &place };

	(void)state;
	witness_add(derive_witness(d), &row, at);
	desk_show(d);
	assert_null(desk_finish(d, "stop.host"));
	desk_free(d);
}

static void port_unreachable_of_the_server_is_a_refusal(void **state)
{
	char name[] = "10.0.0.9";
	struct message_row icmp = {
		.name = name,
		.file = 512,
		.m = { .proto = MESSAGE_ICMP,
		       .status = MESSAGE_ICMP_STATUS(3, 3),
		       .first_frame = 7 },
	};
	struct derive *d = datagrams(ASKS_NOTHING);
	const struct draft *f;

	(void)state;
	d->icmp = &icmp;
	d->icmp_flow = 1;
	desk_show(d);
	f = desk_finish(d, "reset.endpoint");
	assert_non_null(f);
	assert_true(draft_says(f, "10.0.0.9:443 refuses datagrams"));
	assert_null(desk_finish(d, "stop.host"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_at_the_last_point_is_beyond_it),
		cmocka_unit_test(one_packet_is_spoken_of_as_one),
		cmocka_unit_test(on_the_host_nothing_else_is_named),
		cmocka_unit_test(
			opening_packets_that_vanish_are_stopped_on_the_path),
		cmocka_unit_test(an_icmp_error_is_named_as_the_cause),
		cmocka_unit_test(one_syn_that_arrived_is_no_stop_on_the_path),
		cmocka_unit_test(syns_of_one_point_alone_do_not_go_unsaid),
		cmocka_unit_test(a_capture_that_was_not_running_says_nothing),
		cmocka_unit_test(undecided_openings_are_no_stop),
		cmocka_unit_test(an_answered_session_is_no_stop),
		cmocka_unit_test(sessions_of_one_server_are_one_finding),
		cmocka_unit_test(others_of_the_server_make_it_sure),
		cmocka_unit_test(requests_that_nobody_answers_are_the_hosts),
		cmocka_unit_test(all_datagrams_of_a_flood_count),
		cmocka_unit_test(the_same_again_is_a_guess),
		cmocka_unit_test(a_stream_wants_no_answer),
		cmocka_unit_test(an_answer_may_come_after_the_capture),
		cmocka_unit_test(a_syn_at_the_end_of_the_capture_tells_nothing),
		cmocka_unit_test(what_has_another_answer_is_answered),
		cmocka_unit_test(port_unreachable_of_the_server_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
