/* capture.gap, capture.window, capture.oneway, capture.duplicate: limits of the
 * captures. */
#include <stdio.h>

#include "tests/report/derive/desk.h"

static void packets_that_passed_unseen_are_a_gap(void **state)
{
	struct derive *d = desk_new(2, &rules_capture);
	const struct draft *f;

	(void)state;
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 97);
	desk_count(d, 0, 0, KIND_DATA, FATE_UNSEEN, 3);
	f = desk_finish(d, "capture.gap");
	assert_non_null(f);
	assert_true(draft_says(f, "The capture at server"));
	assert_true(draft_says(f, "3 of 100 packets (3 %)"));
	assert_int_equal(d->drafts.n, 1);
	desk_free(d);
}

static void some_of_them_are_shown_and_what_proves_them(void **state)
{
	struct derive *d = desk_new(2, &rules_capture);
	const struct draft *f;

	(void)state;
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 97);
	desk_count(d, 0, 0, KIND_DATA, FATE_UNSEEN, 9);
	for (unsigned i = 0; i < 9; i++) {
		struct fact *k = desk_fact(&d->facts.unseen, 0, 1, KIND_DATA,
					   FATE_UNSEEN);

		k->proof.frame = 70 + i;
		k->proof.ack64 = 1101;
		k->proof.file = 2 * 256;
		k->proof.flow = 1;
	}
	desk_show(d);
	f = desk_finish(d, "capture.gap");
	assert_non_null(f);
	assert_int_equal(f->row.n_evidence, 12);
	assert_int_equal(f->row.evidence[0].point, 1);
	assert_int_equal(f->row.evidence[0].frame, 10);
	assert_non_null(strstr(f->row.evidence[0].note, "not at server"));
	assert_int_equal(f->row.evidence[1].point, 2);
	assert_int_equal(f->row.evidence[1].frame, 70);
	assert_non_null(strstr(f->row.evidence[1].note, "acknowledges it"));
	assert_string_equal(f->row.filters[1].filter,
			    "frame.number in {70..75}");
	desk_free(d);
}

static void admitted_drops_are_a_gap(void **state)
{
	struct derive *d = desk_new(2, &rules_capture);
	const struct draft *f;

	(void)state;
	d->model.files[0].dropped = 7;
	d->model.files[0].dropped_known = true;
	f = desk_finish(d, "capture.gap");
	assert_non_null(f);
	assert_true(draft_says(f, "The capture at client"));
	assert_int_equal(draft_number(f, "dropped"), 7);
	desk_free(d);
}

static void packets_outside_are_the_captures_window(void **state)
{
	struct derive *d = desk_new(2, &rules_capture);

	(void)state;
	desk_count(d, 0, 1, KIND_DATA, FATE_OUTSIDE, 4);
	assert_true(draft_says(desk_finish(d, "capture.window"),
			       "The capture at client"));
	assert_null(desk_finish(d, "capture.gap"));
	desk_free(d);
}

static void one_direction_is_said(void **state)
{
	struct derive *d = desk_new(2, &rules_capture);

	(void)state;
	d->view.flow[1].row.packets[1] = 0;
	desk_show(d);
	assert_true(draft_says(desk_finish(d, "capture.oneway"),
			       "server sees only one direction"));
	desk_free(d);
}

static void a_direction_that_was_lost_has_no_way_of_its_own(void **state)
{
	struct derive *d = desk_new(2, &rules_capture);

	(void)state;
	d->view.flow[0].row.packets[1] = 0;
	desk_count(d, 0, 1, KIND_DATAGRAM, FATE_LOST, 1);
	desk_show(d);
	assert_null(desk_finish(d, "capture.oneway"));
	desk_free(d);
}

static void packets_held_twice_are_said(void **state)
{
	static const struct {
		const char *what, *says;
		enum severity severity;
	} cases[] = {
		{ "doubled-packets", "server holds packets twice", SEV_INFO },
		{ "routed-packets", "on both sides of a router", SEV_INFO },
		{ "routing-loop", "routing loop at server", SEV_HIGH },
		{ "cut-packet", NULL, SEV_INFO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct derive *d = desk_new(2, &rules_capture);
		char what[32];
		struct quality_row q = { .file = d->model.files[1].id,
					 .what = what,
					 .count = 50,
					 .first_frame = 12 };
		const struct draft *f;

		snprintf(what, sizeof what, "%s", cases[i].what);
		d->model.qualities = &q;
		d->model.n_qualities = 1;
		f = desk_finish(d, "capture.duplicate");
		assert_int_equal(f != NULL, cases[i].says != NULL);
		if (f) {
			assert_true(draft_says(f, cases[i].says));
			assert_int_equal(f->row.severity, cases[i].severity);
			assert_int_equal(f->row.evidence[0].frame, 12);
			assert_int_equal(draft_number(f, "packets"), 50);
		}
		d->model.qualities = NULL;
		d->model.n_qualities = 0;
		desk_free(d);
	}
}

static void a_good_capture_says_nothing(void **state)
{
	struct derive *d = desk_new(3, &rules_capture);

	(void)state;
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 97);
	desk_count(d, 0, 0, KIND_DATA, FATE_LOST, 3);
	desk_show(d);
	desk_finish(d, "");
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_that_passed_unseen_are_a_gap),
		cmocka_unit_test(some_of_them_are_shown_and_what_proves_them),
		cmocka_unit_test(admitted_drops_are_a_gap),
		cmocka_unit_test(packets_outside_are_the_captures_window),
		cmocka_unit_test(one_direction_is_said),
		cmocka_unit_test(
			a_direction_that_was_lost_has_no_way_of_its_own),
		cmocka_unit_test(packets_held_twice_are_said),
		cmocka_unit_test(a_good_capture_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
