/* Unanswered sessions beside answered ones, by source and time. */
#include "report/derive/sources.h"
#include "tests/report/derive/desk.h"

static struct net_addr address(uint8_t last)
{
	uint8_t b[4] = { 192, 168, 200, last };

	return net_addr_v4(b);
}

static struct flow_row flow(uint8_t source, int first_s, int last_s,
			    uint64_t answers)
{
	return (struct flow_row){
		.point = 2,
		.proto = 6,
		.client = { address(source), 40000 },
		.server = { address(250), 443 },
		.first_ns = T0 + first_s * SEC,
		.last_ns = T0 + last_s * SEC,
		.packets = { 4, answers },
	};
}

/* @more: unanswered sessions that were not kept. */
static const struct draft *
compare_some(struct derive *d, struct flow_row *flows, size_t n, size_t more)
{
	struct draft *f = draft_new(d, "stop.host", SEV_HIGH, 1);
	struct unanswered u[8];
	size_t n_u = 0;

	d->flows = flows;
	d->n_flows = n;
	for (size_t i = 0; i < n; i++) {
		flows[i].id = (int64_t)i + 1;
		if (!flows[i].packets[1])
			u[n_u++] = (struct unanswered){ flows[i].id,
							flows[i].client.addr,
							flows[i].first_ns };
	}
	sources_compare(d, f, 2, &flows[0].server, u, n_u, n_u + more, false);
	return f;
}

static const struct draft *compare(struct derive *d, struct flow_row *flows,
				   size_t n)
{
	return compare_some(d, flows, n, 0);
}

static void one_session_gets_nothing_back(void **state)
{
	struct derive *d = desk_new(2, &rules_stop);
	struct flow_row flows[] = {
		flow(1, 0, 60, 9), flow(1, 1, 60, 9),  flow(1, 2, 3, 9),
		flow(1, 5, 60, 9), flow(1, 10, 12, 0),
	};

	(void)state;
	assert_true(
		draft_says(compare(d, flows, 5), "1 of 5 gets nothing back"));
	desk_free(d);
}

static void of_more_than_were_kept_at_least_is_said(void **state)
{
	struct derive *d = desk_new(2, &rules_stop);
	struct flow_row flows[] = {
		flow(1, 0, 60, 9),
		flow(1, 1, 3, 0),
		flow(2, 2, 3, 0),
	};
	const struct draft *f = compare_some(d, flows, 3, 5);

	(void)state;
	assert_true(draft_says(f, "at least 1 of 2 gets nothing back"));
	assert_true(draft_says(f, "the first 2 of these"));
	assert_true(draft_says(f, "At least 2 source addresses"));
	desk_free(d);
}

/* DNS: the same server, address and port, answers another protocol. */
static void answers_of_another_protocol_do_not_count(void **state)
{
	struct derive *d = desk_new(2, &rules_stop);
	struct flow_row flows[] = {
		flow(1, 0, 1, 1),
		flow(1, 2, 3, 1),
		flow(1, 10, 12, 0),
	};
	const struct draft *f;

	(void)state;
	flows[0].proto = flows[1].proto = 17;
	f = compare(d, flows, 3);
	assert_false(draft_says(f, "answers some sessions"));
	assert_true(draft_says(f, "none of the same address to the same server "
				  "was answered"));
	desk_free(d);
}

static void a_limit_for_each_source_is_suggested(void **state)
{
	struct derive *d = desk_new(2, &rules_stop);
	struct flow_row flows[] = {
		flow(1, 0, 60, 9), flow(1, 1, 60, 9),  flow(1, 2, 3, 9),
		flow(1, 5, 60, 9), flow(1, 10, 12, 0), flow(1, 11, 12, 0),
	};
	const struct draft *f = compare(d, flows, 6);

	(void)state;
	assert_true(draft_says(f, "answers some sessions of 192.168.200.1 and "
				  "not others: 2 of 6"));
	assert_true(draft_says(f, "at least 3 answered sessions"));
	assert_true(draft_says(f, "none met more than 2"));
	assert_true(draft_says(f, "not proven"));
	assert_int_equal(draft_number(f, "open_when_unanswered"), 3);
	assert_int_equal(draft_number(f, "answered_beside"), 4);
	/* the SYN of the last one that was answered before */
	assert_int_equal(f->row.n_evidence, 1);
	assert_int_equal(f->row.evidence[0].frame, 4);
	desk_free(d);
}

static void one_that_was_answered_amid_more_speaks_against_it(void **state)
{
	struct derive *d = desk_new(2, &rules_stop);
	struct flow_row flows[] = {
		flow(1, 0, 60, 9),  flow(1, 1, 60, 9),  flow(1, 2, 60, 9),
		flow(1, 3, 9, 9),   flow(1, 10, 12, 0), flow(1, 20, 60, 9),
		flow(1, 21, 60, 9),
	};
	const struct draft *f = compare(d, flows, 7);

	(void)state;
	assert_true(draft_says(f, "answers some sessions of 192.168.200.1"));
	assert_false(draft_says(f, "a limit on sessions"));
	desk_free(d);
}

static void other_sources_are_told_apart(void **state)
{
	struct derive *d = desk_new(2, &rules_stop);
	struct flow_row flows[] = {
		flow(2, 0, 60, 9),  flow(1, 10, 12, 0), flow(1, 11, 12, 0),
		flow(3, 11, 12, 0), flow(2, 13, 60, 9),
	};
	const struct draft *f = compare(d, flows, 5);

	(void)state;
	assert_true(draft_says(f, "From 192.168.200.1: 2 sessions unanswered"));
	assert_true(draft_says(f, "none of the same address"));
	assert_true(draft_says(f, "From 192.168.200.3: 1 session unanswered"));
	assert_true(draft_says(f, "did answer 2 sessions of other addresses"));
	assert_false(draft_says(f, "a limit on sessions"));
	desk_free(d);
}

static void other_points_and_servers_do_not_count(void **state)
{
	struct derive *d = desk_new(2, &rules_stop);
	struct flow_row flows[] = {
		flow(1, 1, 60, 9),
		flow(1, 10, 12, 0),
		flow(1, 11, 60, 9),
		flow(1, 12, 60, 9),
	};
	const struct draft *f;

	(void)state;
	flows[0].point = 1;
	flows[2].server.port = 80;
	flows[3].point = 3;
	flows[0].server = flows[1].server;
	f = compare(d, flows, 4);
	assert_int_equal(draft_number(f, "answered_beside"), 0);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_session_gets_nothing_back),
		cmocka_unit_test(of_more_than_were_kept_at_least_is_said),
		cmocka_unit_test(answers_of_another_protocol_do_not_count),
		cmocka_unit_test(a_limit_for_each_source_is_suggested),
		cmocka_unit_test(
			one_that_was_answered_amid_more_speaks_against_it),
		cmocka_unit_test(other_sources_are_told_apart),
		cmocka_unit_test(other_points_and_servers_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
