/* What is lost on a hop or behind it. */
#include "tests/report/derive/losses.h"

static void stray(struct derive *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		desk_fact(&d->facts.astray, 0, 1, KIND_DATA, FATE_UNDECIDED)
			->e.reason = WHY_LOST_HERE_OR_BEHIND;
	desk_count(d, 0, 0, KIND_DATA, FATE_UNDECIDED, n);
	d->view.figures.hop[0].way[0].astray = n;
}

static void what_may_be_lost_behind_the_hop_is_a_sentence(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 4);
	stray(d, 2);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_true(draft_says(f, "4 of 6"));
	assert_true(draft_says(f, "2 more never arrived, and are not at "
				  "server either"));
	assert_int_equal(f->row.n_evidence, 4);
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

static void alone_it_is_a_loss_of_no_high_severity(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	stray(d, 2);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "between client and server, or behind "
				  "server"));
	assert_int_equal(f->row.n_evidence, 2);
	assert_string_equal(f->row.filters[0].filter,
			    "frame.number in {10, 11}");
	assert_int_equal(f->row.hop_to, 2);
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_be_lost_behind_the_hop_is_a_sentence),
		cmocka_unit_test(alone_it_is_a_loss_of_no_high_severity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
