/* pair.relay: sessions that a relay makes others of. */
#include "tests/report/derive/desk.h"

#define ROWS 4

static struct relay_row row_of(int64_t front, int64_t back, uint64_t n,
			       int64_t added)
{
	return (struct relay_row){
		.front = front,
		.back = back,
		.exchanges = n,
		.bits = 40,
		.sure = true,
		.added_min = added / 2,
		.added_median = added,
		.added_p95 = added * 2,
		.added_max = added * 3,
		.end = { { 1, n, 7, 100 + (uint64_t)front, T0 },
			 { 2, n, 8, 200 + (uint64_t)back, T0 } },
	};
}

static struct derive *related_desk(const struct relay_row *rows, size_t n)
{
	struct derive *d = desk_new(2, &rules_related);

	desk_relate(d, rows, n);
	return d;
}

static const struct draft *written(struct derive *d)
{
	desk_show(d);
	desk_next(d);
	desk_show_unswept(d);
	return desk_finish(d, "pair.relay");
}

static void sessions_that_share_connections_are_named(void **state)
{
	const struct relay_row rows[ROWS] = {
		row_of(1, 2, 3, 2 * MS), row_of(1, 4, 5, 4 * MS),
		row_of(3, 2, 1, 6 * MS),
		row_of(5, 5, 0, 0), /* a session of both sides */
	};
	struct derive *d = related_desk(rows, ROWS);
	const struct draft *f = written(d);

	(void)state;
	assert_non_null(f);
	assert_true(
		draft_says(f, "2 sessions at client continue as 2 at server"));
	assert_true(draft_says(f, "shares connections"));
	assert_true(draft_says(f, "9 requests"));
	assert_true(draft_says(f, "4 ms longer at client than at server"));
	assert_true(draft_says(f, "Session 1, "));
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_int_equal(draft_number(f, "sessions"), 2);
	assert_int_equal(draft_number(f, "back_sessions"), 2);
	assert_int_equal(draft_number(f, "exchanges"), 9);
	assert_int_equal(f->row.n_evidence, 4);
	assert_int_equal(f->row.evidence[0].frame, 101);
	assert_int_equal(f->row.evidence[1].frame, 202);
	assert_int_equal(f->row.n_sessions, 4); /* each once */
	assert_int_equal(f->row.sessions[0], 1);
	assert_int_equal(f->row.sessions[1], 3);
	assert_int_equal(f->row.sessions[2], 2);
	assert_int_equal(f->row.sessions[3], 4);
	desk_free(d);
}

static void one_to_one_it_changes_what_it_passes_on(void **state)
{
	const struct relay_row rows[] = { row_of(1, 2, 3, 2 * MS),
					  row_of(3, 4, 3, 2 * MS) };
	struct derive *d = related_desk(rows, 2);
	const struct draft *f = written(d);

	(void)state;
	assert_non_null(f);
	assert_true(draft_says(f, "changes what it passes on"));
	desk_free(d);
}

static void what_is_not_sure_is_said(void **state)
{
	struct relay_row rows[] = { row_of(1, 2, 3, 2 * MS) };
	struct derive *d;
	const struct draft *f;

	(void)state;
	rows[0].sure = false;
	rows[0].end[0].exchanges = 8;
	d = related_desk(rows, 1);
	f = written(d);
	assert_non_null(f);
	assert_true(draft_says(f, "1 of 1 pairs of sessions rest"));
	assert_true(draft_says(f, "Of 8 requests of these sessions 5"));
	desk_free(d);
}

/* What form alone says is said as that, apart from what requests say. */
static void by_form_alone_it_is_probable(void **state)
{
	struct relay_row rows[] = { row_of(1, 2, 3, 2 * MS),
				    row_of(3, 4, 5, 4 * MS) };
	struct derive *d;
	const struct draft *f;

	(void)state;
	rows[0].form = rows[1].form = true;
	rows[0].sure = rows[1].sure = false;
	d = related_desk(rows, 2);
	f = written(d);
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(
		draft_says(f, "2 sessions at client probably continue as 2"));
	assert_true(draft_says(f, "8 turns"));
	assert_true(draft_says(f, "Confidence is low"));
	assert_true(draft_says(f, "4 ms longer at client"));
	assert_false(draft_says(f, "confidence medium"));
	assert_int_equal(f->row.n_evidence, 4);
	desk_free(d);
}

/* A case is not trusted. */
static void places_that_are_not_there_are_left_out(void **state)
{
	struct relay_row rows[] = { row_of(1, 2, 3, 2 * MS) };
	struct derive *d;

	(void)state;
	rows[0].end[1].point_pos = 9;
	d = related_desk(rows, 1);
	assert_null(written(d));
	desk_free(d);
}

static void relations_are_found_from_both_sides(void **state)
{
	const struct relay_row rows[] = { row_of(1, 2, 3, 0),
					  row_of(1, 4, 5, 0),
					  row_of(3, 2, 1, 0),
					  row_of(4, 4, 0, 0) };
	struct derive *d = related_desk(rows, 4);
	const struct model *m = &d->model;

	(void)state;
	assert_int_equal(model_relation(m, 1, 0)->back, 2);
	assert_int_equal(model_relation(m, 1, 1)->back, 4);
	assert_null(model_relation(m, 1, 2));
	assert_int_equal(model_relation(m, 2, 0)->front, 1);
	assert_int_equal(model_relation(m, 2, 1)->front, 3);
	assert_null(model_relation(m, 2, 2));
	assert_int_equal(model_relation(m, 4, 0)->front, 1);
	assert_null(model_relation(m, 4, 1));
	assert_null(model_relation(m, 9, 0));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_that_share_connections_are_named),
		cmocka_unit_test(one_to_one_it_changes_what_it_passes_on),
		cmocka_unit_test(what_is_not_sure_is_said),
		cmocka_unit_test(by_form_alone_it_is_probable),
		cmocka_unit_test(places_that_are_not_there_are_left_out),
		cmocka_unit_test(relations_are_found_from_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
