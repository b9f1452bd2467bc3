/* reset.path: resets of which the point nearer to the server has nothing. */
#include "tests/report/derive/desk.h"

/* SYNs at both points; a reset comes to the client, and the server's point has nothing
 * that answers, though it has both directions of another session, if @others. */
static struct derive *refused(bool others)
{
	struct derive *d = desk_new(2, &rules_reset);
	const struct flow_row *f = &d->view.flow[0].row;

	for (int i = 0; i < 2; i++) {
		d->view.flow[i].dir[0].bytes = 0;
		d->view.flow[i].dir[1] = (struct part_dir){ .packets = 1,
							    .rst = 1 };
	}
	d->view.flow[1].row.packets[1] = 0;
	if (others)
		desk_witness(d, 3, f->client, f->server, T0 + SEC);
	return d;
}

static void a_refusal_that_the_servers_point_lacks_is_of_the_path(void **state)
{
	struct derive *d = refused(true);
	const struct draft *f;

	(void)state;
	f = desk_found(d, "reset.path");
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "is reset at client, and nothing of that is "
				  "at server"));
	assert_int_equal(f->row.n_evidence, 2);
	assert_int_equal(f->row.hop_from, 1);
	assert_int_equal(f->row.hop_to, 2);
	assert_null(desk_finish(d, "reset.endpoint"));
	desk_free(d);
}

/* It may never have what the server sends; or not in sessions like that. */
static void where_its_answers_may_have_another_way_nothing_is_said(void **state)
{
	struct derive *d;

	(void)state;
	desk_silent(refused(false), "reset.path");
	for (int i = 0; i < 3; i++) {
		d = refused(true);
		if (i == 0)
			d->view.flow[0].dir[1].syn = true;
		else if (i == 1)
			d->view.flow[0].dir[1].bytes = 1;
		else
			d->view.flow[1].dir[0].syn = false;
		desk_silent(d, "reset.path");
	}
}

static void refusals_of_one_hop_are_one_finding(void **state)
{
	struct derive *d = refused(true);
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		desk_show(d);
		desk_next(d);
	}
	f = desk_finish(d, "reset.path");
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_true(draft_says(f, "3 sessions are reset at client, and "));
	desk_free(d);
}

/* The client's data is lost on its way, and a reset that the server's point has not
 * comes back @after_ns later. */
static struct derive *taken(int64_t after_ns)
{
	struct derive *d = desk_new(2, &rules_reset);
	struct hop_tail *t = desk_tail(d, 0, 0, 1);
	struct fact *k;
	int64_t sent;

	k = desk_fact(&t->after_kept, 0, 1, KIND_DATA, FATE_LOST);
	k->has_far = false;
	k->near.ack64 = (1ULL << 32) + 5000;
	sent = k->near.time_ns;
	t->after = t->lost = d->facts.n_lost = 1;
	k = desk_fact(&d->facts.resets, 1, 0, KIND_RST, FATE_DELIVERED);
	k->has_near = false;
	k->far.seq64 = (1ULL << 32) + 5000;
	k->far.time_ns = sent + after_ns;
	return d;
}

static void what_is_reset_at_once_was_not_lost(void **state)
{
	struct derive *d = taken(5 * MS);
	const struct draft *f;

	(void)state;
	desk_show(d);
	assert_true(derive_losses_claimed(d, d->view.row.id));
	f = desk_finish(d, "reset.path");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "reset by other than who answered before"));
	assert_int_equal(f->row.n_evidence, 2);
	desk_free(d);
}

static void what_is_reset_later_may_have_been_lost(void **state)
{
	(void)state;
	desk_silent(taken(3 * SEC), "reset.path");
}

static void what_may_have_been_lost_was_not_either(void **state)
{
	struct derive *d = taken(5 * MS);
	struct hop_tail *t = &d->facts.tail[0][0];

	(void)state;
	t->newest_open = t->after_kept.at[0];
	t->newest_open.e.fate = FATE_UNDECIDED;
	t->open = true;
	t->after_kept.n = 0;
	t->after = t->lost = d->facts.n_lost = 0;
	assert_int_equal(desk_found(d, "reset.path")->row.severity, SEV_MEDIUM);
	desk_free(d);
}

static void what_passed_later_is_not_what_is_reset(void **state)
{
	struct derive *d = taken(5 * MS);

	(void)state;
	d->facts.tail[0][0].after_kept.n = 0;
	d->facts.tail[0][0].after = 0;
	desk_silent(d, "reset.path");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_refusal_that_the_servers_point_lacks_is_of_the_path),
		cmocka_unit_test(
			where_its_answers_may_have_another_way_nothing_is_said),
		cmocka_unit_test(refusals_of_one_hop_are_one_finding),
		cmocka_unit_test(what_is_reset_at_once_was_not_lost),
		cmocka_unit_test(what_is_reset_later_may_have_been_lost),
		cmocka_unit_test(what_may_have_been_lost_was_not_either),
		cmocka_unit_test(what_passed_later_is_not_what_is_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
