/* reset.path: what something else than the server got, and reset. */
#include "tests/report/derive/desk.h"

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
	assert_true(
		draft_says(f, "reset by something other than what answered"));
	assert_int_equal(f->row.n_evidence, 2);
	desk_free(d);
}

static void what_is_reset_later_may_have_been_lost(void **state)
{
	(void)state;
	desk_silent(taken(3 * SEC), "reset.path");
}

/* The far capture misses other packets, so absence shows nothing. */
static void what_is_absent_where_the_capture_misses_is_no_others(void **state)
{
	(void)state;
	for (int basis = BASIS_PROOF; basis <= BASIS_ABSENCE; basis++) {
		struct derive *d = taken(5 * MS);
		const struct draft *f;

		d->facts.tail[0][0].after_kept.at[0].e.basis = (uint8_t)basis;
		desk_count(d, 0, 0, KIND_DATA, FATE_UNSEEN, 1);
		desk_show(d);
		f = desk_finish(d, "reset.path");
		assert_int_equal(f != NULL, basis != BASIS_ABSENCE);
		if (f)
			assert_int_equal(f->row.severity, SEV_HIGH);
		desk_free(d);
	}
}

/* The far capture ended before the reset came: it may have left there. */
static void a_reset_behind_the_captures_end_is_medium(void **state)
{
	struct derive *d = taken(5 * MS);

	(void)state;
	desk_set_clocks(d);
	for (size_t i = 0; i < d->model.n_files; i++)
		if (d->model.files[i].point == d->model.points[1].id)
			d->model.files[i].last_ns =
				d->facts.resets.at[0].far.time_ns - 2 * MS;
	assert_int_equal(desk_found(d, "reset.path")->row.severity, SEV_MEDIUM);
	desk_free(d);
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
		cmocka_unit_test(what_is_reset_at_once_was_not_lost),
		cmocka_unit_test(what_is_reset_later_may_have_been_lost),
		cmocka_unit_test(
			what_is_absent_where_the_capture_misses_is_no_others),
		cmocka_unit_test(a_reset_behind_the_captures_end_is_medium),
		cmocka_unit_test(what_may_have_been_lost_was_not_either),
		cmocka_unit_test(what_passed_later_is_not_what_is_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
