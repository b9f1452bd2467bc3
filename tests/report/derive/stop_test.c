/* stop.host, stop.path, stop.middlebox: sessions that go nowhere. */
#include "tests/report/derive/desk.h"

/* Only @n SYNs, nothing from the server. */
static struct derive *silence(int points, unsigned n)
{
	struct derive *d = desk_new(points, &rules_stop);

	for (int i = 0; i < points; i++) {
		struct flow_view *f = &d->view.flow[i];

		f->row.packets[0] = n;
		f->row.packets[1] = 0;
		f->dir[1] = (struct part_dir){ 0 };
		f->dir[0].syn_count = n;
	}
	return d;
}

static void silence_at_the_last_point_is_beyond_it(void **state)
{
	struct derive *d = silence(2, 3);
	const struct draft *f;

	(void)state;
	desk_tail(d, 0, 0, 1)->delivered = 3;
	desk_fact(&d->facts.syns, 0, 1, KIND_SYN, FATE_DELIVERED);
	desk_show(d);
	f = desk_finish(d, "stop.host");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.0.0.9:443 does not answer"));
	assert_true(draft_says(f, "beyond server: network or host"));
	assert_int_equal(f->row.n_evidence, 2);
	assert_int_equal(draft_number(f, "packets"), 3);
	assert_null(desk_finish(d, "stop.path"));
	desk_free(d);
}

static void on_the_host_nothing_else_is_named(void **state)
{
	struct derive *d = silence(2, 3);

	(void)state;
	d->model.points[1].on_host = true;
	desk_tail(d, 0, 0, 1)->delivered = 3;
	desk_show(d);
	assert_int_equal(desk_finish(d, "stop.host")->row.n_places, 1);
	desk_free(d);
}

static void opening_packets_that_vanish_are_stopped_on_the_path(void **state)
{
	struct derive *d = silence(2, 3);
	const struct draft *f;
	struct hop_tail *t = desk_tail(d, 0, 0, 1);

	(void)state;
	t->lost = t->after = 3;
	desk_fact(&d->facts.syns, 0, 1, KIND_SYN, FATE_LOST);
	desk_show(d);
	f = desk_finish(d, "stop.path");
	assert_non_null(f);
	assert_true(draft_says(f, "3 SYNs, none arrives"));
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
	struct derive *d = silence(2, 1);
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
	struct derive *d = silence(2, 3);
	struct hop_tail *t = desk_tail(d, 0, 0, 1);

	(void)state;
	t->lost = 2;
	t->delivered = 1;
	desk_show(d);
	assert_null(desk_finish(d, "stop.path"));
	desk_free(d);
}

/* A session that the first point alone has. */
static struct derive *alone(void)
{
	struct derive *d = silence(2, 3);

	d->view.row.n_flows = 1;
	d->view.row.verdict = PAIR_ALONE;
	d->model.n_clocks = 2;
	d->model.clocks = calloc(2, sizeof *d->model.clocks);
	assert_non_null(d->model.clocks);
	for (int i = 0; i < 2; i++)
		d->model.clocks[i] = (struct clock_row){
			.point = i + 1, .status = CLOCK_REFERENCE
		};
	return d;
}

static void syns_of_one_point_alone_do_not_go_unsaid(void **state)
{
	struct derive *d = alone();
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
	struct derive *d = alone();

	(void)state;
	d->model.files[1].first_ns = T0 + 10 * SEC;
	desk_show(d);
	assert_null(desk_finish(d, "stop.path"));
	desk_free(d);
}

static void undecided_openings_are_no_stop(void **state)
{
	struct derive *d = silence(2, 3);

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
	struct derive *d = silence(2, 3);

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_at_the_last_point_is_beyond_it),
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
