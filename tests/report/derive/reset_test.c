/* reset.endpoint: what the server ended with a RST. */
#include "tests/report/derive/resets.h"

#include "base/seq.h"
#include "report/derive/reset_origin.h"

static void a_reset_without_an_answer_is_the_servers(void **state)
{
	struct derive *d = reset_by_server(500);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.0.0.9:443 itself resets"));
	assert_int_equal(f->row.evidence[0].frame, 10);
	assert_null(desk_finish(d, "reset.path"));
	desk_free(d);
}

/* It took a stream: that is how some servers close. */
static void a_reset_after_an_upload_is_of_low_severity(void **state)
{
	struct derive *d = reset_by_server(4 << 20);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "ends 1 upload by a reset"));
	desk_free(d);
}

static void a_reset_while_the_client_sends_is_not_after_it(void **state)
{
	struct derive *d = reset_by_server(4 << 20);
	const struct fact *k = &d->facts.resets.at[0];
	const struct draft *f;

	(void)state;
	d->view.flow[1].dir[0].last_ns = k->near.time_ns + MS;
	f = desk_found(d, "reset.endpoint");
	assert_true(draft_says(f, "while the client was still sending"));
	desk_free(d);
}

/* Nobody has said anything; the reset comes @after_ns after the SYN,ACK, if that is
 * seen, as the SYN may be. */
static const struct draft *unasked(bool syn, bool answered, int64_t after_ns,
				   struct derive **d)
{
	*d = reset_by_server(0);
	for (int i = 0; i < 2; i++) {
		struct part_dir *dir = (*d)->view.flow[i].dir;

		dir[0].syn = syn;
		dir[1].syn = answered;
		dir[1].syn_ns = (*d)->facts.resets.at[0].near.time_ns -
				after_ns;
		dir[0].syn_ns = dir[1].syn_ns; /* the server is beside it */
	}
	desk_show(*d);
	return desk_finish(*d, "reset.endpoint");
}

static void a_reset_at_the_syn_is_a_refusal(void **state)
{
	struct derive *d;

	(void)state;
	assert_true(
		draft_says(unasked(true, false, 0, &d), "refuses connections"));
	desk_free(d);
}

/* That nobody listens is one fact, but for a few ports each of which may matter. */
static void many_refused_ports_of_a_host_are_one_finding(void **state)
{
	(void)state;
	for (unsigned n = 3; n <= 40; n += n == 3 ? 1 : 36) {
		struct derive *d = desk_new(2, &rules_reset);
		const struct draft *f;
		size_t told = 0;

		for (unsigned k = 0; k < n; k++) {
			for (int i = 0; i < 2; i++) {
				d->view.flow[i].row.server.port =
					(uint16_t)(8000 + k);
				d->view.flow[i].dir[0].bytes = 0;
				d->view.flow[i].dir[1].bytes = 0;
				d->view.flow[i].dir[0].syn = true;
				d->view.flow[i].dir[1].syn = false;
			}
			d->view.flow[1].dir[0].last_ns =
				desk_fact(&d->facts.resets, 1, 0, KIND_RST,
					  FATE_DELIVERED)
					->near.time_ns;
			desk_show(d);
			desk_next(d);
		}
		f = desk_finish(d, "reset.endpoint");
		assert_non_null(f);
		for (size_t i = 0; i < d->drafts.n; i++)
			told += !d->drafts.at[i]->dropped;
		assert_int_equal(told, n > 3 ? 1 : 3);
		assert_int_equal(draft_says(f, "10.0.0.9:80"), n == 3);
		assert_int_equal(draft_says(f, "10.0.0.9 (4 ports) refuses "
					       "connections: it resets 4 "
					       "sessions at the SYN"),
				 n == 4);
		assert_int_equal(draft_says(f, "are 8000, 8001, 8002, 8003."),
				 n == 4);
		assert_int_equal(draft_says(f, ", 8018, ..."), n == 40);
		assert_int_equal(draft_number(f, "sessions"), n > 3 ? n : 1);
		desk_free(d);
	}
}

static void a_reset_of_what_just_opened_is_no_refusal(void **state)
{
	struct derive *d;
	const struct draft *f = unasked(true, true, 900 * MS, &d);

	(void)state;
	assert_true(draft_says(f, "accepts connections and resets them at "
				  "once"));
	assert_int_equal(f->row.severity, SEV_HIGH);
	desk_free(d);
}

static void a_reset_of_what_was_never_used_is_low(void **state)
{
	struct derive *d;
	const struct draft *f = unasked(true, true, 1100 * MS, &d);

	(void)state;
	assert_true(draft_says(f, "in which nothing was asked"));
	assert_int_equal(f->row.severity, SEV_LOW);
	desk_free(d);
}

/* It repeats its SYN only: the server gives up, and nobody was told. */
static void a_reset_of_what_never_opened_says_nothing(void **state)
{
	struct derive *d = reset_by_server(0);
	struct part_dir *ways = d->view.flow[1].dir;

	(void)state;
	ways[0].syn_count = (uint32_t)ways[0].packets;
	ways[1].syn_ns = d->facts.resets.at[0].near.time_ns - 15 * SEC;
	desk_silent(d, "reset.endpoint");
}

/* The end of a connection whose opening nobody captured. */
static void a_lone_reset_refuses_nothing(void **state)
{
	struct derive *d;

	(void)state;
	assert_null(unasked(false, false, 0, &d));
	desk_free(d);
}

static void a_reset_after_the_answer_says_nothing(void **state)
{
	struct derive *d = reset_by_server(500);

	(void)state;
	d->view.flow[1].dir[1].bytes = 100;
	desk_silent(d, "reset.endpoint");
}

/* What looks like data of a SYN or a reset: padding, or a text about the reset. */
static void what_a_reset_or_a_syn_has_is_no_answer(void **state)
{
	static const unsigned flags[] = { REC_RST, REC_SYN | REC_ACK };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct derive *d = reset_by_server(500);
		const struct draft *f;

		d->view.flow[1].dir[1].bytes = 6;
		d->last[1][0] =
			(struct record){ .frame = 8,
					 .time_ns = T0,
					 .pay_len = 6,
					 .ttl = DESK_TTL,
					 .tcp_flags = (uint8_t)flags[i] };
		f = desk_found(d, "reset.endpoint");
		assert_true(draft_says(f, "without answering the first"));
		desk_free(d);
	}
}

/* The server answered before; now it resets at the client's next data. */
static struct derive *forgotten_by_server(void)
{
	struct derive *d = reset_by_server(500);
	struct part_dir *ways = d->view.flow[1].dir;
	struct record *rst = &d->facts.resets.at[0].near;

	ways[1].bytes = ways[1].data_packets = 100;
	d->last[0][0] = (struct record){ .frame = 9,
					 .time_ns = rst->time_ns - MS,
					 .seq64 = seq_first(5900),
					 .ack64 = seq_first(7000),
					 .pay_len = 100 };
	d->last[1][1] = (struct record){ .frame = 8,
					 .time_ns = rst->time_ns - 2 * MS,
					 .ack64 = seq_first(5900),
					 .tcp_flags = REC_ACK };
	rst->seq64 = seq_first(7000);
	rst->tcp_flags = REC_RST;
	return d;
}

static void a_half_open_session_is_named(void **state)
{
	struct derive *d = forgotten_by_server();
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reset.endpoint");
	assert_true(draft_says(f, "does not know 1 open session"));
	desk_free(d);
}

/* The host was away, or something on the way gave up: it is no answer to data. */
static void a_reset_long_after_the_data_has_forgotten_nothing(void **state)
{
	(void)state;
	for (int64_t late = 0; late < 2; late++) {
		struct derive *d = forgotten_by_server();

		d->last[1][1].time_ns -= SEC;
		d->last[0][0].time_ns = d->facts.resets.at[0].near.time_ns -
					SEC - late;
		desk_show(d);
		assert_int_equal(desk_finish(d, "reset.endpoint") != NULL,
				 !late);
		desk_free(d);
	}
}

/* A program that closes with data unread; one that closed before; and a
 * reset after all was acknowledged. */
static void other_resets_in_mid_session_say_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct derive *d = forgotten_by_server();
		struct part_dir *ways = d->view.flow[1].dir;

		if (i == 0)
			d->facts.resets.at[0].near.tcp_flags |= REC_ACK;
		else if (i == 1)
			ways[1].fin = true;
		else if (i == 2)
			d->last[1][1].ack64 += 100;
		else
			d->facts.resets.at[0].near.seq64 += 5;
		desk_silent(d, "reset.endpoint");
	}
}

static void a_reset_after_the_clients_fin_says_nothing(void **state)
{
	struct derive *d = reset_by_server(500);

	(void)state;
	d->view.flow[1].dir[0].fin = true;
	desk_silent(d, "reset.endpoint");
}

static void a_reset_after_losses_is_not_the_cause(void **state)
{
	struct derive *d = reset_by_server(500);

	(void)state;
	d->facts.n_lost = 1;
	desk_silent(d, "reset.endpoint");
}

static void the_clients_reset_says_nothing(void **state)
{
	struct derive *d = desk_new(2, &rules_reset);

	(void)state;
	desk_fact(&d->facts.resets, 0, 1, KIND_RST, FATE_DELIVERED);
	desk_show(d);
	assert_int_equal((desk_finish(d, ""), d->drafts.n), 0);
	desk_free(d);
}

/* It answered before; then a request arrives 10 ms before the reset. */
static struct derive *reset_instead(void)
{
	struct derive *d = desk_new(2, &rules_reset);
	struct fact *k = desk_fact(&d->facts.resets, 1, 0, KIND_RST,
				   FATE_DELIVERED);

	d->view.flow[1].dir[1].syn_ns = d->view.flow[1].dir[0].syn_ns;
	k->near.time_ns = T0 + 8 * SEC;
	k->near.tcp_flags = REC_RST | REC_ACK;
	d->last[0][0] = (struct record){ .frame = 50,
					 .time_ns = T0 + 8 * SEC - 10 * MS,
					 .seq64 = 1101,
					 .ack64 = 500,
					 .pay_len = 100 };
	d->last[1][0] = (struct record){ .frame = 40,
					 .time_ns = T0 + 5 * SEC,
					 .ack64 = 1101,
					 .pay_len = 500 };
	return d;
}

static void a_reset_instead_of_an_answer_is_the_servers(void **state)
{
	struct derive *d = reset_instead();
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "instead of answering a request"));
	assert_int_equal(f->row.evidence[0].frame, 50);
	desk_free(d);
}

/* The point waits for the server's answers: a device may be between. */
static void a_reset_that_comes_from_afar_may_be_a_devices(void **state)
{
	struct derive *d = reset_instead();
	const struct draft *f;

	(void)state;
	d->view.flow[1].dir[1].syn_ns += 5 * MS;
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, ", or a device before it, resets 1 session"));
	assert_true(draft_says(f, "cannot be told from there"));
	desk_free(d);
}

/* A point that is on a host may be on the client's. */
static void beside_the_client_is_not_beside_the_server(void **state)
{
	(void)state;
	for (int client = 0; client < 2; client++) {
		struct derive *d = reset_instead();
		const struct draft *f;

		d->view.flow[1].dir[1].syn_ns += 5 * MS;
		d->model.points[1].on_host = true;
		if (client)
			d->view.flow[1].dir[0].ttl_max = 64;
		f = desk_found(d, "reset.endpoint");
		assert_int_equal(f->row.severity,
				 client ? SEV_MEDIUM : SEV_HIGH);
		desk_free(d);
	}
}

/* No host answers sooner than a round trip; an opening alone does not tell how long that
 * is.  One that resets of itself acknowledges nothing. */
static void a_reset_that_comes_too_soon_is_of_the_path(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct derive *d = reset_instead();
		struct record *rst = &d->facts.resets.at[0].near;
		const struct draft *f;

		d->view.flow[1].dir[1].syn_ns += i == 2 ? 39 * MS : 41 * MS;
		rst->ack64 = 1201;
		if (i == 1) {
			rst->tcp_flags = REC_RST;
			rst->seq64 = 500;
		}
		f = desk_found(d, i == 2 ? "reset.endpoint" : "reset.path");
		assert_int_equal(f->row.severity, SEV_MEDIUM);
		assert_int_equal(draft_says(f, "10 ms after what it answers"),
				 i < 2);
		desk_free(d);
	}
}

/* The client has not had the answer when it sends that: it is no new request. */
static void a_reset_behind_an_answer_is_not_instead_of_one(void **state)
{
	struct derive *d = reset_instead();
	const struct draft *f;

	(void)state;
	d->last[0][0].ack64 = 499;
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(
		f, "after an answer, while the client was still sending"));
	assert_int_equal(f->row.evidence[0].frame, 40);
	desk_free(d);
}

static void a_reset_long_after_is_not(void **state)
{
	struct derive *d = reset_instead();

	(void)state;
	d->last[0][0].time_ns -= 3 * SEC - 100 * MS;
	desk_silent(d, "reset.endpoint");
}

/* Seconds after the request, but it is the first packet that acknowledges it. */
static struct derive *read_late(void)
{
	struct derive *d = reset_instead();
	struct record *rst = &d->facts.resets.at[0].near;

	d->last[0][0].time_ns -= 2 * SEC;
	d->last[1][0].seq64 = 7000;
	rst->seq64 = 7500;
	rst->ack64 = 1201;
	d->last[0][0].ack64 = 7500;
	return d;
}

static void a_late_reset_that_acknowledges_the_request_answers_it(void **state)
{
	struct derive *d = read_late();

	(void)state;
	assert_true(draft_says(desk_found(d, "reset.endpoint"),
			       "instead of answering a request"));
	desk_free(d);
}

/* Without an acknowledgement, with one of no more than before, or behind packets that
 * the capture lacks, it may be a time-out's. */
static void a_late_reset_that_read_nothing_is_no_answer(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct derive *d = read_late();
		struct record *rst = &d->facts.resets.at[0].near;

		if (i == 0)
			rst->tcp_flags = REC_RST;
		else if (i == 1)
			rst->ack64 = 1101;
		else
			rst->seq64++;
		desk_silent(d, "reset.endpoint");
	}
}

static void a_farewell_is_no_request(void **state)
{
	struct derive *d = reset_instead();

	(void)state;
	d->last[0][0].pay_len = 6;
	desk_silent(d, "reset.endpoint");
}

static void an_alert_of_tls_is_no_request(void **state)
{
	struct derive *d = reset_instead();

	(void)state;
	d->last[0][0].pay_len = 31;
	d->speaks = 1U << MESSAGE_TLS;
	desk_silent(d, "reset.endpoint");
}

/* SSH says goodbye in 36 bytes, sealed. */
static void a_goodbye_of_ssh_is_no_request(void **state)
{
	(void)state;
	for (uint32_t len = 63; len <= 64; len++) {
		struct derive *d = reset_instead();

		for (int i = 0; i < 2; i++)
			d->view.flow[i].row.server.port = 22;
		d->last[0][0].pay_len = len;
		desk_show(d);
		assert_int_equal(desk_finish(d, "reset.endpoint") != NULL,
				 len == 64);
		desk_free(d);
	}
}

/* In a ring of files the request may be in another than the reset. */
static void evidence_is_of_the_file_that_has_it(void **state)
{
	struct derive *d = reset_instead();
	const struct draft *f;

	(void)state;
	d->last_file[0] = 1;
	d->last_file[1] = 2;
	d->last[0][0].ack64 = 499;
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.evidence[0].frame, 40);
	assert_int_equal(f->row.evidence[0].file, 2 * 256 + 2);
	assert_int_equal(f->row.evidence[1].frame, 50);
	assert_int_equal(f->row.evidence[1].file, 2 * 256 + 1);
	desk_free(d);
}

static void what_was_answered_is_no_open_request(void **state)
{
	struct derive *d = reset_instead();

	(void)state;
	d->last[1][0].time_ns = T0 + 8 * SEC - 5 * MS;
	d->last[1][0].ack64 = 1201;
	desk_silent(d, "reset.endpoint");
}

/* The answer leaves, and at once the reset: what the answer does not acknowledge was
 * under way, as the client's side shows.  Not if that is long ago. */
static void a_reset_right_behind_an_answer_is_amid_data(void **state)
{
	struct derive *d = reset_instead();
	const struct draft *f;

	(void)state;
	d->last[1][0].time_ns = T0 + 8 * SEC - MS;
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(
		f, "after an answer, while the client was still sending"));
	assert_int_equal(f->row.evidence[0].frame, 40);
	assert_int_equal(f->row.evidence[1].frame, 50);
	desk_free(d);
	d = reset_instead();
	d->last[0][0].time_ns = T0 + 4 * SEC;
	desk_silent(d, "reset.endpoint");
}

static struct derive *reset_behind_close(void)
{
	struct derive *d = reset_instead();

	d->last[1][1] = (struct record){ .frame = 45,
					 .time_ns = T0 + 8 * SEC - 20 * MS,
					 .seq64 = d->last[0][0].ack64,
					 .tcp_flags = REC_FIN | REC_ACK };
	return d;
}

static void a_fin_that_crosses_the_request_is_named(void **state)
{
	struct derive *d = reset_behind_close();
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "just as the client asks again"));
	desk_free(d);
}

static void a_request_that_acknowledges_the_fin_did_not_cross_it(void **state)
{
	struct derive *d = reset_behind_close();
	const struct draft *f;

	(void)state;
	d->last[0][0].ack64++;
	f = desk_found(d, "reset.endpoint");
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "had closed 1 idle session that the client "
				  "uses again"));
	desk_free(d);
}

static void a_fin_right_behind_an_answer_does_not_cross(void **state)
{
	struct derive *d = reset_instead();

	(void)state;
	d->last[1][1] = (struct record){ .frame = 45,
					 .time_ns = T0 + 5 * SEC + MS,
					 .tcp_flags = REC_FIN | REC_ACK };
	desk_silent(d, "reset.endpoint");
}

/* It closed behind its answer, and what the client had under way is reset. */
static void a_fin_and_reset_amid_data_are_told(void **state)
{
	struct derive *d = reset_instead();
	const struct draft *f;

	(void)state;
	d->last[1][1] = (struct record){ .frame = 41,
					 .time_ns = T0 + 5 * SEC + MS,
					 .tcp_flags = REC_FIN | REC_ACK };
	d->last[0][0].ack64 = 1;
	f = desk_found(d, "reset.endpoint");
	assert_true(draft_says(
		f, "after an answer, while the client was still sending"));
	desk_free(d);
}

/* Then a device that forgets idle sessions would be blamed. */
static void less_than_a_second_is_no_rest(void **state)
{
	(void)state;
	for (int64_t ms = 999; ms <= 1000; ms++) {
		struct derive *d = desk_new(1, &rules_reset);
		struct draft *f = draft_new(d, "reset.endpoint", SEV_LOW, 1);

		reset_tell_rest(f, ms * MS, 1);
		assert_int_equal(draft_says(f, "forgets idle sessions"),
				 ms == 1000);
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reset_without_an_answer_is_the_servers),
		cmocka_unit_test(a_reset_after_an_upload_is_of_low_severity),
		cmocka_unit_test(
			a_reset_while_the_client_sends_is_not_after_it),
		cmocka_unit_test(a_reset_at_the_syn_is_a_refusal),
		cmocka_unit_test(many_refused_ports_of_a_host_are_one_finding),
		cmocka_unit_test(a_reset_of_what_just_opened_is_no_refusal),
		cmocka_unit_test(a_reset_of_what_was_never_used_is_low),
		cmocka_unit_test(a_reset_of_what_never_opened_says_nothing),
		cmocka_unit_test(a_lone_reset_refuses_nothing),
		cmocka_unit_test(a_reset_after_the_answer_says_nothing),
		cmocka_unit_test(what_a_reset_or_a_syn_has_is_no_answer),
		cmocka_unit_test(a_half_open_session_is_named),
		cmocka_unit_test(
			a_reset_long_after_the_data_has_forgotten_nothing),
		cmocka_unit_test(other_resets_in_mid_session_say_nothing),
		cmocka_unit_test(a_reset_after_the_clients_fin_says_nothing),
		cmocka_unit_test(a_reset_after_losses_is_not_the_cause),
		cmocka_unit_test(the_clients_reset_says_nothing),
		cmocka_unit_test(a_reset_instead_of_an_answer_is_the_servers),
		cmocka_unit_test(a_reset_that_comes_from_afar_may_be_a_devices),
		cmocka_unit_test(beside_the_client_is_not_beside_the_server),
		cmocka_unit_test(a_reset_that_comes_too_soon_is_of_the_path),
		cmocka_unit_test(
			a_reset_behind_an_answer_is_not_instead_of_one),
		cmocka_unit_test(a_reset_long_after_is_not),
		cmocka_unit_test(
			a_late_reset_that_acknowledges_the_request_answers_it),
		cmocka_unit_test(a_late_reset_that_read_nothing_is_no_answer),
		cmocka_unit_test(a_farewell_is_no_request),
		cmocka_unit_test(an_alert_of_tls_is_no_request),
		cmocka_unit_test(a_goodbye_of_ssh_is_no_request),
		cmocka_unit_test(evidence_is_of_the_file_that_has_it),
		cmocka_unit_test(what_was_answered_is_no_open_request),
		cmocka_unit_test(a_reset_right_behind_an_answer_is_amid_data),
		cmocka_unit_test(a_fin_that_crosses_the_request_is_named),
		cmocka_unit_test(
			a_request_that_acknowledges_the_fin_did_not_cross_it),
		cmocka_unit_test(a_fin_right_behind_an_answer_does_not_cross),
		cmocka_unit_test(a_fin_and_reset_amid_data_are_told),
		cmocka_unit_test(less_than_a_second_is_no_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
