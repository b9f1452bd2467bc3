/* stop.middlebox: sessions that were answered, and then nothing more passes. */
#include "tests/report/derive/desk.h"

/* A tail of @n different segments lost after a life. */
static void cut(struct derive *d, unsigned n, bool same)
{
	struct hop_tail *t = desk_tail(d, 0, 0, 1);

	t->delivered = 20;
	t->lost = t->after = n;
	for (unsigned i = 0; i < n; i++) {
		struct fact *k = desk_fact(&t->after_kept, 0, 1, KIND_DATA,
					   FATE_LOST);

		if (same)
			k->near.seq64 = 1001;
	}
	t->first_after = t->after_kept.at[0];
}

static void a_living_session_that_is_cut_is_a_middlebox(void **state)
{
	struct derive *d = desk_new(3, &rules_cut);
	const struct draft *f;

	(void)state;
	cut(d, 5, false);
	desk_show(d);
	f = desk_finish(d, "stop.middlebox");
	assert_non_null(f);
	assert_true(draft_says(f, "gets from client to middle: 5 packets"));
	assert_int_equal(draft_number(f, "lost"), 5);
	assert_int_equal(f->row.n_evidence, 5);
	assert_true(derive_losses_claimed(d, d->view.row.id));
	desk_free(d);
}

static void copies_of_one_segment_are_no_middlebox(void **state)
{
	struct derive *d = desk_new(3, &rules_cut);

	(void)state;
	cut(d, 5, true);
	desk_show(d);
	assert_null(desk_finish(d, "stop.middlebox"));
	assert_false(derive_losses_claimed(d, d->view.row.id));
	desk_free(d);
}

static void sizes(struct derive *d, uint32_t passed, uint32_t lost)
{
	d->model.figures.hop[0].way[0].max_delivered = passed;
	for (size_t i = 0; i < d->facts.tail[0][0].after_kept.n; i++) {
		struct record *r = &d->facts.tail[0][0].after_kept.at[i].near;

		r->pay_len = lost - r->hdr_len;
	}
}

static void five_copies_of_a_small_segment_are_a_middlebox(void **state)
{
	(void)state;
	for (unsigned n = 4; n <= 5; n++) {
		struct derive *d = desk_new(3, &rules_cut);

		cut(d, n, true);
		sizes(d, 1500, 400);
		desk_show(d);
		assert_int_equal(desk_finish(d, "stop.middlebox") != NULL,
				 n == 5);
		desk_free(d);
	}
}

/* All that anybody got through is smaller; but no link refuses 461 bytes for their
 * size. */
static void no_limit_on_size_is_so_small(void **state)
{
	static const uint32_t lost[] = { 461, 576, 577 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct derive *d = desk_new(3, &rules_cut);

		cut(d, 5, true);
		sizes(d, 451, lost[i]);
		desk_show(d);
		assert_int_equal(desk_finish(d, "stop.middlebox") != NULL,
				 i < 2);
		desk_free(d);
	}
}

static void what_falls_to_its_size_is_no_middlebox(void **state)
{
	struct derive *d = desk_new(3, &rules_cut);

	(void)state;
	cut(d, 5, false);
	sizes(d, 1400, 1500);
	desk_show(d);
	assert_null(desk_finish(d, "stop.middlebox"));
	assert_false(derive_losses_claimed(d, d->view.row.id));
	desk_free(d);
}

/* Something small was lost once, and what came after it arrived. */
static void what_was_lost_before_the_last_arrival_tells_no_size(void **state)
{
	struct derive *d = desk_new(3, &rules_cut);

	(void)state;
	cut(d, 5, true);
	sizes(d, 1400, 1500);
	d->view.figures.hop[0].way[0].min_lost = 240;
	d->view.figures.hop[0].way[0].max_lost = 1500;
	desk_silent(d, "stop.middlebox");
}

static void acks_do_not_fall_to_their_size(void **state)
{
	struct derive *d = desk_new(3, &rules_cut);

	(void)state;
	cut(d, 5, false);
	d->facts.tail[0][0].after_kept.at[4].e.kind = KIND_ACK;
	sizes(d, 1400, 1500);
	desk_show(d);
	assert_non_null(desk_finish(d, "stop.middlebox"));
	desk_free(d);
}

static void after_a_reset_made_on_the_way_it_is_no_news(void **state)
{
	struct derive *d = desk_new(3, &rules_cut);

	(void)state;
	cut(d, 5, false);
	desk_fact(&d->facts.injected, 0, 1, KIND_RST, FATE_INJECTED);
	desk_show(d);
	assert_null(desk_finish(d, "stop.middlebox"));
	desk_free(d);
}

static void two_losses_are_no_middlebox(void **state)
{
	struct derive *d = desk_new(3, &rules_cut);

	(void)state;
	cut(d, 2, false);
	desk_show(d);
	assert_null(desk_finish(d, "stop.middlebox"));
	desk_free(d);
}

static void sessions_cut_alike_are_one_finding(void **state)
{
	struct derive *d = desk_new(3, &rules_cut);
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		if (i)
			desk_next(d);
		cut(d, 5, false);
		desk_show(d);
	}
	f = desk_finish(d, "stop.middlebox");
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(draft_number(f, "sessions"), 3);
	assert_int_equal(draft_number(f, "lost"), 15);
	assert_true(draft_says(f, "Nothing more of 3 sessions gets from"));
	assert_true(draft_says(f, "all with 10.0.0.9:443"));
	/* of the others where they end */
	assert_int_equal(f->row.n_evidence, 7);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_living_session_that_is_cut_is_a_middlebox),
		cmocka_unit_test(copies_of_one_segment_are_no_middlebox),
		cmocka_unit_test(
			five_copies_of_a_small_segment_are_a_middlebox),
		cmocka_unit_test(no_limit_on_size_is_so_small),
		cmocka_unit_test(what_falls_to_its_size_is_no_middlebox),
		cmocka_unit_test(
			what_was_lost_before_the_last_arrival_tells_no_size),
		cmocka_unit_test(acks_do_not_fall_to_their_size),
		cmocka_unit_test(after_a_reset_made_on_the_way_it_is_no_news),
		cmocka_unit_test(two_losses_are_no_middlebox),
		cmocka_unit_test(sessions_cut_alike_are_one_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
