/* From a case's rows to the model, the facts and the findings: the sample case
 * of tests/store, in which the fourth packet of the client is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/derive/facts.h"
#include "report/report.h"
#include "tests/store/sample_case.h"

/* Figures as the sample's matches have them. */
static void put_figures(struct store *s)
{
	struct hop_figures hop = { .from_pos = 1, .to_pos = 2 };
	struct figures f = { 1, &hop, 1 };
	struct buf b = { 0 };

	for (int d = 0; d < 2; d++) {
		struct hop_way *w = &hop.way[d];

		w->able = true;
		w->tx.n[FATE_DELIVERED] = d ? 4 : 5;
		w->by_kind[KIND_SYN][FATE_DELIVERED] = 1;
		w->by_kind[KIND_DATA][FATE_DELIVERED] = d ? 3 : 4;
		w->tx.n[FATE_LOST] = w->by_kind[KIND_DATA][FATE_LOST] = !d;
	}
	figures_pack(&f, &b);
	store_begin(s);
	store_stat_put(s, 0, &b);
	store_stat_put(s, 1, &b);
	buf_release(&b);
}

static struct store *sample(void)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	assert_int_equal(sample_fill(s, &err), 0);
	put_figures(s);
	assert_int_equal(store_commit(s, &err), 0);
	return s;
}

static void a_case_without_points_is_no_model(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct model m;

	(void)state;
	assert_int_equal(model_load(&m, s, &err), -1);
	assert_int_equal(err.code, ERR_CASE);
	assert_non_null(strstr(err.text, "tracepair index"));
	model_release(&m);
	store_close(s);
}

static void damaged_figures_are_an_error(void **state)
{
	struct store *s = sample();
	struct err err = { 0 };
	struct buf b = { 0 };
	struct model m;

	(void)state;
	buf_bytes(&b, "\xff\xff\xff", 3);
	store_begin(s);
	store_stat_put(s, 0, &b);
	assert_int_equal(store_commit(s, &err), 0);
	assert_int_equal(model_load(&m, s, &err), -1);
	assert_non_null(strstr(err.text, "tracepair pair"));
	buf_release(&b);
	model_release(&m);
	store_close(s);
}

static void the_model_knows_points_and_sessions(void **state)
{
	struct store *s = sample();
	struct err err = { 0 };
	struct model m;
	struct session_view v;

	(void)state;
	assert_int_equal(model_load(&m, s, &err), 0);
	assert_int_equal(m.n_points, 2);
	assert_string_equal(model_point_name(&m, 2), "far");
	assert_string_equal(model_point_name(&m, 3), "?");
	assert_null(model_point(&m, 77));
	assert_null(model_file(&m, 77));
	assert_null(model_clock(&m, 1));
	assert_int_equal(m.figures.hop[0].way[0].tx.n[FATE_LOST], 1);
	assert_true(session_view_load(&v, &m, 1));
	assert_int_equal(v.row.n_flows, 2);
	assert_int_equal(v.flow[1].dir[0].packets, 6);
	assert_int_equal(session_near_flow(&v, 0), 0);
	assert_int_equal(session_near_flow(&v, 1), 1);
	session_view_release(&v);
	assert_false(session_view_load(&v, &m, 2));
	model_release(&m);
	store_close(s);
}

/* Puts the session of the sample with its second flow at path position @pos,
 * and its figures, or those of the case (@of 0), between @from and @to. */
static void put_places(struct store *s, int pos, int64_t of, int from, int to)
{
	struct session_flow flow[2] = { { .flow = 1, .point_pos = 1 },
					{ .flow = 2, .point_pos = pos } };
	struct session_row row = {
		.id = 1, .proto = 6, .n_flows = 2, .flows = flow
	};
	struct hop_figures hop = { .from_pos = from, .to_pos = to };
	struct figures f = { 1, &hop, 1 };
	struct buf b = { 0 };

	store_begin(s);
	figures_pack(&f, &b);
	store_stat_put(s, of, &b);
	store_session_put(s, &row);
	buf_release(&b);
}

/* Rules have an array of as many as there are points. */
static void places_that_are_not_there_are_damage(void **state)
{
	static const struct {
		int pos, from, to;
	} bad[] = { { 0, 1, 2 }, { 3, 1, 2 }, { 2, 0, 2 }, { 2, 1, 3 } };
	struct store *s = sample();
	struct session_view v;
	struct err err = { 0 };
	struct model m;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		put_places(s, bad[i].pos, 1, bad[i].from, bad[i].to);
		assert_int_equal(store_commit(s, &err), 0);
		assert_int_equal(model_load(&m, s, &err), 0);
		assert_false(session_view_load(&v, &m, 1));
		assert_int_equal(store_commit(s, &err), -1);
		assert_non_null(strstr(err.text, "session 1 is damaged"));
		err = (struct err){ 0 };
		model_release(&m);
	}
	put_places(s, 2, 0, 1, 3);
	assert_int_equal(store_commit(s, &err), 0);
	assert_int_equal(model_load(&m, s, &err), -1);
	assert_non_null(strstr(err.text, "figures are damaged"));
	model_release(&m);
	store_close(s);
}

/* A case that was sent may say anything. */
static void a_budget_of_other_flows_is_none(void **state)
{
	struct store *s = sample();
	struct budget b = { .known = true, .near = 200, .far = 201 };
	struct err err = { 0 };
	struct buf out = { 0 };
	struct session_view v;
	struct model m;

	(void)state;
	b.part[TIME_PATH] = b.before_ns = 1000000;
	budget_pack(&b, &out);
	store_begin(s);
	store_exchange_put(s, 1, 0, &out);
	assert_int_equal(store_commit(s, &err), 0);
	assert_int_equal(model_load(&m, s, &err), 0);
	assert_true(session_view_load(&v, &m, 1));
	assert_false(v.budget.known);
	assert_int_equal(budget_total(&v.budget), 0);
	assert_true(v.budget.near < v.row.n_flows);
	assert_int_equal(store_commit(s, &err), -1);
	assert_non_null(strstr(err.text, "budget of session 1 is damaged"));
	session_view_release(&v);
	model_release(&m);
	buf_release(&out);
	store_close(s);
}

static void facts_are_what_the_sweep_saw(void **state)
{
	struct store *s = sample();
	struct err err = { 0 };
	struct session_facts f;
	struct session_view v;
	struct model m;

	(void)state;
	assert_int_equal(model_load(&m, s, &err), 0);
	assert_true(session_view_load(&v, &m, 1));
	session_facts_load(&f, &m, &v);
	assert_int_equal(f.n_lost, 1);
	assert_int_equal(f.lost.n, 1);
	assert_int_equal(f.lost.at[0].near.frame, 7);
	assert_false(f.lost.at[0].has_far);
	assert_int_equal(f.syns.n, 2);
	assert_int_equal(f.resets.n, 0);
	assert_int_equal(f.n_tails[0], 1);
	assert_int_equal(f.tail[0][0].delivered, 5);
	assert_int_equal(f.tail[0][0].lost, 1);
	assert_int_equal(f.tail[0][0].after, 0); /* others came later */
	assert_int_equal(f.data[0], 5);
	assert_int_equal(f.data[1], 3);
	session_facts_release(&f);
	session_view_release(&v);
	model_release(&m);
	store_close(s);
}

static void the_findings_are_stored_in_order(void **state)
{
	struct store *s = sample();
	struct err err = { 0 };
	struct model m;
	bool lost = false;

	(void)state;
	assert_int_equal(derive_run(s, &err), 0);
	assert_int_equal(model_load(&m, s, &err), 0);
	assert_true(m.n_findings > 0);
	for (size_t i = 0; i < m.n_findings; i++) {
		const struct finding_row *f = &m.findings[i];

		assert_int_equal(f->id, i + 1);
		assert_true(i == 0 || f->severity <= f[-1].severity);
		if (strcmp(f->rule, "loss.path") == 0) {
			lost = true;
			assert_int_equal(f->n_evidence, 2);
			assert_int_equal(f->evidence[0].frame, 7);
			assert_int_equal(f->evidence[1].frame, 6); /* proof */
			assert_non_null(strstr(f->text, "proven"));
		}
	}
	assert_true(lost);
	model_release(&m);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_case_without_points_is_no_model),
		cmocka_unit_test(damaged_figures_are_an_error),
		cmocka_unit_test(the_model_knows_points_and_sessions),
		cmocka_unit_test(a_budget_of_other_flows_is_none),
		cmocka_unit_test(places_that_are_not_there_are_damage),
		cmocka_unit_test(facts_are_what_the_sweep_saw),
		cmocka_unit_test(the_findings_are_stored_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
