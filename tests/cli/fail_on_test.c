/* --fail-on: conditions over a made-up model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/steps.h"

static char rule[] = "loss.path";

/* 1 % lost on the way back, round trips of 10 ms, a finding of medium. */
struct made {
	struct model model;
	struct hop_figures hop;
	struct finding_row finding;
};

static void make(struct made *x)
{
	*x = (struct made){ .finding = { .rule = rule,
					 .severity = SEV_MEDIUM } };
	x->hop.way[1].tx.n[FATE_DELIVERED] = 99;
	x->hop.way[1].tx.n[FATE_LOST] = 1;
	x->hop.way[1].tx.n[FATE_INJECTED] = 1000; /* entered no hop */
	for (int i = 0; i < 10; i++)
		hist_add(&x->hop.rtt, 10000000);
	x->model.figures = (struct figures){ .n = 1, .hop = &x->hop };
	x->model.n_findings = 1;
	x->model.findings = &x->finding;
}

/* The same, and 2 packets that were lost here or behind. */
static int met_astray(const char *condition)
{
	struct made x;
	struct err err = { 0 };
	int ret;

	make(&x);
	x.hop.way[1].tx.n[FATE_DELIVERED] = 97;
	x.hop.way[1].tx.n[FATE_UNDECIDED] = 2;
	x.hop.way[1].astray = 2;
	ret = fail_on_met(&x.model, condition, &err);
	hist_release(&x.hop.rtt);
	return ret;
}

static int met(const char *condition)
{
	struct made x;
	struct err err = { 0 };
	int ret;

	make(&x);
	ret = fail_on_met(&x.model, condition, &err);
	hist_release(&x.hop.rtt);
	return ret;
}

static void a_rule_is_met_where_it_was_found(void **state)
{
	(void)state;
	assert_int_equal(met("loss.path"), 1);
	assert_int_equal(met("reset.path"), 0);
}

static void a_severity_is_met_from_its_level_on(void **state)
{
	(void)state;
	assert_int_equal(met("severity>=info"), 1);
	assert_int_equal(met("severity>=low"), 1);
	assert_int_equal(met("severity>=medium"), 1);
	assert_int_equal(met("severity>=high"), 0);
}

static void a_loss_is_met_when_one_way_has_more(void **state)
{
	(void)state;
	assert_int_equal(met("loss>0%"), 1);
	assert_int_equal(met("loss>0.99"), 1);
	assert_int_equal(met("loss>1%"), 0);
	assert_int_equal(met("loss>50%"), 0);
	assert_int_equal(met_astray("loss>2.9%"), 1);
	assert_int_equal(met_astray("loss>3%"), 0);
}

static void a_round_trip_is_met_when_the_median_is_over(void **state)
{
	(void)state;
	assert_int_equal(met("rtt>9ms"), 1);
	assert_int_equal(met("rtt>11ms"), 0);
}

static void other_words_are_refused(void **state)
{
	static const char *const bad[] = {
		"",          "loss",          "loss>",
		"loss>x%",   "loss>1%%",      "rtt>",
		"rtt>soon",  "severity>=",    "severity>=grave",
		"loss>-1",   "severity>high", "loss.everywhere",
		"loss>101%", "loss>1e400%",   "loss>0x1p9",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(met(bad[i]), -1);
}

static void a_list_is_checked_before_there_is_a_model(void **state)
{
	const char *words[] = { "loss>1%", "rtt>1s", "pair.none", "nonsense" };
	struct option_list good = { 3, words }, bad = { 4, words };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(fail_on_check(&good, &err), 0);
	assert_int_equal(fail_on_check(&bad, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.text, "nonsense"));
}

static void one_of_a_list_is_enough(void **state)
{
	const char *words[] = { "pair.none", "loss.path" };
	struct option_list none = { 1, words }, one = { 2, words };
	struct made x;

	(void)state;
	make(&x);
	assert_int_equal(fail_on_all(&x.model, &none), 0);
	assert_int_equal(fail_on_all(&x.model, &one), 1);
	hist_release(&x.hop.rtt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_met_where_it_was_found),
		cmocka_unit_test(a_severity_is_met_from_its_level_on),
		cmocka_unit_test(a_loss_is_met_when_one_way_has_more),
		cmocka_unit_test(a_round_trip_is_met_when_the_median_is_over),
		cmocka_unit_test(other_words_are_refused),
		cmocka_unit_test(a_list_is_checked_before_there_is_a_model),
		cmocka_unit_test(one_of_a_list_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
