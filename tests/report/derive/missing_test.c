/* reset.path, stop.path: what something answers in the server's name. */
#include "tests/report/derive/desk.h"

static struct net_end end_of(uint8_t last, uint16_t port)
{
	uint8_t b[4] = { 10, 0, 0, last };

	return (struct net_end){ net_addr_v4(b), port };
}

/* @n sessions of the same server pass at both points, of two services; then one
 * that the first alone has. */
static struct derive *alone(unsigned n)
{
	struct derive *d = desk_new(2, &rules_missing);

	desk_set_clocks(d);
	d->view.row.n_flows = 1;
	d->view.row.verdict = PAIR_ALONE;
	for (unsigned i = 0; i < n; i++)
		desk_witness(d, 3, end_of(1, 50000),
			     end_of(9, (uint16_t)(80 + i % 2)),
			     T0 + (i + 1) * 5 * SEC);
	return d;
}

static struct derive *refused(unsigned n)
{
	struct derive *d = alone(n);
	struct flow_view *f = &d->view.flow[0];

	f->row.packets[0] = f->row.packets[1] = 1;
	f->dir[1] = (struct part_dir){ .packets = 1, .rst = true };
	return d;
}

/* Packets of others come with 60. */
static uint8_t foreign(const struct flow_row *f, int dir)
{
	return dir && f->packets[1] == 1 ? 253 : 60;
}

static void a_reset_that_the_next_point_lacks_was_made_between(void **state)
{
	struct derive *d = refused(7);
	const struct draft *f;

	(void)state;
	desk_show(d);
	assert_true(derive_losses_claimed(d, d->view.row.id));
	f = desk_finish(d, "reset.path");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "Connections to 10.0.0.9:443 are refused "
				  "between client and server, not by the "
				  "server"));
	assert_true(draft_says(f, "7 sessions of the same server address are"));
	assert_int_equal(draft_number(f, "sessions"), 1);
	assert_int_equal(f->row.n_evidence, 2);
	desk_free(d);
}

/* Those that it left out, reset.c would take for refused by the server. */
static void all_of_thousands_are_told_and_claimed(void **state)
{
	struct derive *d = refused(7);
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 6000; i++) {
		d->view.row.id++;
		desk_show(d);
		assert_true(derive_losses_claimed(d, d->view.row.id));
	}
	f = desk_finish(d, "reset.path");
	assert_non_null(f);
	assert_int_equal(draft_number(f, "sessions"), 6000);
	desk_free(d);
}

static void of_a_few_others_it_is_of_low_severity(void **state)
{
	struct derive *d = refused(3);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reset.path");
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "from between or by another way"));
	assert_true(draft_says(f, "the server itself, over a way"));
	desk_free(d);
}

static void its_ttl_proves_it(void **state)
{
	struct derive *d = refused(3);
	struct flow_row others[4];
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 4; i++)
		others[i] = (struct flow_row){ .id = i + 1,
					       .point = 1,
					       .packets = { 9, 9 } };
	d->flows = others;
	d->n_flows = 4;
	d->ttl_of = foreign;
	f = desk_found(d, "reset.path");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "TTL at client is 253"));
	desk_free(d);
}

static void without_others_nothing_is_said(void **state)
{
	struct derive *d = refused(0);

	(void)state;
	desk_show(d);
	assert_null(desk_finish(d, "reset.path"));
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

static void what_is_answered_between_is_low_by_absence_alone(void **state)
{
	struct derive *d = alone(7);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "stop.path");
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "answered between or by another way"));
	desk_free(d);
}

static void an_answered_session_that_is_not_sure_is_left_alone(void **state)
{
	struct derive *d = alone(6);

	(void)state;
	desk_silent(d, "stop.path");
}

/* Two ways to the same service. */
static void a_service_that_has_both_is_left_alone(void **state)
{
	struct derive *d = alone(7);

	(void)state;
	desk_witness(d, 3, end_of(1, 50000), end_of(9, 443), T0 + 55 * SEC);
	desk_silent(d, "stop.path");
}

/* All that the far point lacks is refused, all that it has is not. */
static void who_refuses_some_is_not_who_accepts_the_others(void **state)
{
	struct derive *d = refused(7);
	const struct draft *f;

	(void)state;
	desk_witness(d, 3, end_of(1, 50000), end_of(9, 443), T0 + 55 * SEC);
	f = desk_found(d, "reset.path");
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(
		draft_says(f, "refused by something other than what accepts"));
	assert_true(draft_says(f, "a second host with the server's address"));
	assert_int_equal(draft_number(f, "sessions"), 1);
	desk_free(d);
}

static void if_few_are_accepted_it_is_of_medium_severity(void **state)
{
	struct derive *d = refused(1);
	const struct draft *f;

	(void)state;
	desk_witness(d, 3, end_of(1, 50000), end_of(9, 443), T0 + 55 * SEC);
	f = desk_found(d, "reset.path");
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	desk_free(d);
}

static void a_server_with_two_ways_may_refuse_itself(void **state)
{
	struct derive *d = refused(7);

	(void)state;
	desk_witness(d, 3, end_of(1, 50000), end_of(9, 443), T0 + 55 * SEC);
	desk_witness(d, 1, end_of(1, 50001), end_of(9, 443), T0 + 56 * SEC);
	desk_silent(d, "reset.path");
}

static void a_session_at_all_points_is_none(void **state)
{
	struct derive *d = refused(7);

	(void)state;
	d->view.row.n_flows = 2;
	d->view.row.verdict = PAIR_PAIRED;
	desk_silent(d, "reset.path");
}

/* A node's capture on all interfaces has the session behind a NAT, too. */
static void both_sides_of_a_router_at_one_point_prove_nothing(void **state)
{
	struct quality_row q = { .what = (char[]){ "doubled-packets" } };

	(void)state;
	for (int cooked = 0; cooked < 2; cooked++) {
		struct derive *d = refused(7);

		q.file = d->model.files[0].id;
		d->model.files[0].linktype = cooked ? 113 : 1;
		d->model.qualities = &q;
		d->model.n_qualities = 1;
		desk_show(d);
		assert_int_equal(derive_losses_claimed(d, d->view.row.id),
				 !cooked);
		d->model.qualities = NULL;
		d->model.n_qualities = 0;
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_reset_that_the_next_point_lacks_was_made_between),
		cmocka_unit_test(all_of_thousands_are_told_and_claimed),
		cmocka_unit_test(of_a_few_others_it_is_of_low_severity),
		cmocka_unit_test(its_ttl_proves_it),
		cmocka_unit_test(without_others_nothing_is_said),
		cmocka_unit_test(
			what_is_answered_between_is_low_by_absence_alone),
		cmocka_unit_test(
			an_answered_session_that_is_not_sure_is_left_alone),
		cmocka_unit_test(a_service_that_has_both_is_left_alone),
		cmocka_unit_test(
			who_refuses_some_is_not_who_accepts_the_others),
		cmocka_unit_test(if_few_are_accepted_it_is_of_medium_severity),
		cmocka_unit_test(a_server_with_two_ways_may_refuse_itself),
		cmocka_unit_test(a_session_at_all_points_is_none),
		cmocka_unit_test(
			both_sides_of_a_router_at_one_point_prove_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
