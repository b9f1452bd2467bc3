/* pair.none, pair.ambiguous: what could not be joined. */
#include "tests/report/derive/desk.h"

/* A case whose points share nothing: the view is of one point alone. */
static struct derive *strangers(void)
{
	struct derive *d = desk_new(2, &rules_pairing);

	d->model.figures.n = 0;
	d->view.row.verdict = PAIR_ALONE;
	d->view.row.n_flows = 1;
	return d;
}

static void points_with_nothing_in_common_are_named(void **state)
{
	struct derive *d = strangers();
	const struct draft *f;

	(void)state;
	f = desk_found(d, "pair.none");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "client and server have no session"));
	assert_true(draft_says(f, "client sees 1 session that no other"));
	assert_true(draft_says(f, "10.0.0.1:40000 -> 10.0.0.9:443"));
	assert_false(draft_says(f, "do not overlap"));
	d->view.row.n_flows = 2;
	desk_free(d);
}

/* The same addresses and ports at both points, each from its SYN on. */
static void equal_ends_tell_of_a_device_that_ends_them(void **state)
{
	struct derive *d = strangers();
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		d->view.flow[0].dir[0].syn = true;
		d->view.flow[0].row.bytes[0] = d->view.flow[0].row.bytes[1] = 9;
		d->view.row.flows[0].point_pos = i + 1;
		desk_show(d);
		desk_next(d);
	}
	f = desk_finish(d, "pair.none");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(
		draft_says(f, "1 session has the same addresses and ports"));
	assert_int_equal(draft_number(f, "same_ends"), 1);
	assert_int_equal(f->row.n_evidence, 2);
	d->view.row.n_flows = 2;
	desk_free(d);
}

static void relate(struct derive *d, const struct relay_row *row)
{
	struct model *m = &d->model;

	free(m->relays);
	m->relays = mem_resize(NULL, 1, sizeof *row);
	*m->relays = *row;
	m->n_relays = 1;
}

/* What form alone says is no reason to be silent, but one to be less alarmed. */
static void relations_by_form_alone_lower_the_voice(void **state)
{
	struct relay_row row = { .front = 1,
				 .back = 2,
				 .form = true,
				 .end = { { .point_pos = 1 },
					  { .point_pos = 2 } } };
	struct derive *d = strangers();
	const struct draft *f;

	(void)state;
	relate(d, &row);
	f = desk_found(d, "pair.none");
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "probably continue as"));
	d->view.row.n_flows = 2;
	desk_free(d);
	row.form = false;
	d = strangers();
	relate(d, &row);
	assert_null(desk_finish(d, "pair.none"));
	d->view.row.n_flows = 2;
	desk_free(d);
}

/* One side of an encrypting gateway and the other. */
static void a_point_with_only_a_tunnel_is_told(void **state)
{
	static const struct {
		int proto;
		unsigned port;
		uint64_t kept;
		const char *says;
	} cases[] = {
		{ 50, 0, 10, "client sees only ESP (IPsec) between 10.0.0.1" },
		{ 50, 0, 11, "client sees hardly but ESP (IPsec) between" },
		{ 17, 4500, 10, "client sees only ESP in UDP" },
		{ 17, 51820, 10, "client sees only WireGuard" },
		{ 50, 0, 100, NULL },
		{ 6, 4500, 10, NULL },
		{ 17, 443, 10, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct derive *d = strangers();
		struct flow_row *row = &d->view.flow[0].row;
		const struct draft *f;

		row->proto = (uint8_t)cases[i].proto;
		row->server.port = (uint16_t)cases[i].port;
		row->packets[0] = 10;
		row->packets[1] = 0;
		d->model.files[0].kept = cases[i].kept;
		desk_show(d);
		f = desk_finish(d, "pair.none");
		if (cases[i].says)
			assert_true(draft_says(f, cases[i].says));
		assert_int_equal(draft_says(f, "may be inside it"),
				 cases[i].says != NULL);
		d->view.row.n_flows = 2;
		desk_free(d);
	}
}

/* A VPN's adapter and the card below it, in one file: as it should be. */
static void a_tunnel_of_one_capture_is_no_trouble(void **state)
{
	(void)state;
	for (int one = 0; one < 2; one++) {
		struct derive *d = strangers();
		struct flow_row *row = &d->view.flow[0].row;

		row->proto = 50;
		row->packets[0] = 10;
		row->packets[1] = 0;
		d->model.files[0].kept = 10;
		if (one) {
			free(d->model.files[0].path);
			d->model.files[0].path = mem_strdup(
				d->model.files[1].path);
		}
		desk_show(d);
		assert_int_equal(desk_finish(d, "pair.none")->row.severity,
				 one ? SEV_LOW : SEV_HIGH);
		d->view.row.n_flows = 2;
		desk_free(d);
	}
}

static void captures_of_other_times_are_told(void **state)
{
	struct derive *d = strangers();

	(void)state;
	d->model.files[1].first_ns += 3600 * SEC;
	d->model.files[1].last_ns += 3600 * SEC;
	assert_true(draft_says(desk_finish(d, "pair.none"),
			       "times do not overlap"));
	d->view.row.n_flows = 2;
	desk_free(d);
}

static void a_point_without_packets_is_told(void **state)
{
	struct derive *d = strangers();
	const struct draft *f;

	(void)state;
	d->model.files[1].kept = 0;
	f = desk_finish(d, "pair.none");
	assert_true(draft_says(f, "server has no packet that can be used, of "
				  "100: none can be read"));
	assert_true(draft_says(f, "server has no packet to compare"));
	assert_false(draft_says(f, "tunnel"));
	d->view.row.n_flows = 2;
	desk_free(d);
}

static void what_the_user_left_out_is_named(void **state)
{
	struct derive *d = strangers();

	(void)state;
	d->model.files[1].kept = 0;
	d->model.files[1].filtered = true;
	assert_true(draft_says(desk_finish(d, "pair.none"), "--filter"));
	d->view.row.n_flows = 2;
	desk_free(d);
}

static void paired_sessions_say_nothing(void **state)
{
	struct derive *d = desk_new(2, &rules_pairing);

	(void)state;
	desk_show(d);
	desk_finish(d, "");
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

static void sessions_with_rivals_are_ambiguous(void **state)
{
	struct derive *d = desk_new(2, &rules_pairing);

	(void)state;
	d->view.row.verdict = PAIR_AMBIGUOUS;
	desk_show(d);
	desk_next(d);
	desk_show(d);
	assert_true(draft_says(desk_finish(d, "pair.ambiguous"),
			       "2 sessions could be paired"));
	assert_int_equal(desk_finish(d, "pair.ambiguous")->row.severity,
			 SEV_INFO);
	desk_free(d);
}

/* Taps of one direction each: they have sessions in common, and no packet. */
static void sessions_without_a_common_packet_are_shared(void **state)
{
	struct derive *d = desk_new(2, &rules_pairing);
	const struct draft *f;

	(void)state;
	d->model.figures.n = 0;
	f = desk_found(d, "pair.none");
	assert_true(draft_says(f, "client and server share 1 session, but not "
				  "one packet"));
	assert_false(draft_says(f, "no session in common"));
	desk_free(d);
}

/* Nobody knows that they share none. */
static void ambiguous_sessions_are_not_called_none(void **state)
{
	struct derive *d = strangers();
	const struct draft *f;

	(void)state;
	d->view.row.verdict = PAIR_AMBIGUOUS;
	desk_show(d);
	d->view.row.flows[0].point_pos = 2;
	desk_show(d);
	d->view.row.flows[0].point_pos = 1;
	f = desk_finish(d, "pair.none");
	assert_non_null(f);
	assert_true(draft_says(f, "No session of client could be told"));
	assert_true(draft_says(f, "1 of client and 1 of server"));
	assert_false(draft_says(f, "no session in common"));
	assert_false(draft_says(f, "sees 0 sessions"));
	d->view.row.n_flows = 2;
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_with_nothing_in_common_are_named),
		cmocka_unit_test(equal_ends_tell_of_a_device_that_ends_them),
		cmocka_unit_test(relations_by_form_alone_lower_the_voice),
		cmocka_unit_test(a_point_with_only_a_tunnel_is_told),
		cmocka_unit_test(a_tunnel_of_one_capture_is_no_trouble),
		cmocka_unit_test(captures_of_other_times_are_told),
		cmocka_unit_test(a_point_without_packets_is_told),
		cmocka_unit_test(what_the_user_left_out_is_named),
		cmocka_unit_test(paired_sessions_say_nothing),
		cmocka_unit_test(sessions_with_rivals_are_ambiguous),
		cmocka_unit_test(sessions_without_a_common_packet_are_shared),
		cmocka_unit_test(ambiguous_sessions_are_not_called_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
