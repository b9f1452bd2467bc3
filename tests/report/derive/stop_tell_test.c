/* Unanswered sessions of many ports and hosts. */
#include "tests/report/derive/desk.h"

static struct net_end end_of(uint8_t net, uint8_t last, uint16_t port)
{
	uint8_t b[4] = { 10, net, 0, last };

	return (struct net_end){ net_addr_v4(b), port };
}

/* @n ports of @hosts hosts, @syns SYNs each, from one client. */
static struct derive *many(unsigned n, unsigned hosts, unsigned syns)
{
	struct derive *d = desk_silence(2, syns);

	for (unsigned i = 0; i < n; i++) {
		for (int k = 0; k < 2; k++)
			d->view.flow[k].row.server = end_of(
				1, (uint8_t)(9 + i % hosts),
				(uint16_t)(1000 + i));
		desk_tail(d, 0, 0, 1)->delivered = syns;
		desk_show(d);
		desk_next(d);
	}
	return d;
}

static void many_ports_of_a_host_are_one_finding(void **state)
{
	struct derive *d = many(10, 1, 5);
	const struct draft *f;

	(void)state;
	f = desk_finish(d, "stop.host");
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, SEV_HIGH);
	assert_true(draft_says(f, "10.1.0.9 (10 ports) does not answer: "
				  "50 SYNs"));
	assert_int_equal(draft_number(f, "sessions"), 10);
	assert_int_equal(f->row.n_sessions, 10);
	desk_free(d);
}

static void many_hosts_are_a_handful(void **state)
{
	struct derive *d = many(12, 12, 5);

	(void)state;
	desk_finish(d, "stop.host");
	assert_int_equal(d->drafts.n, 5);
	desk_free(d);
}

static void a_scan_of_ports_is_low(void **state)
{
	struct derive *d = many(1000, 1, 1);
	const struct draft *f = desk_finish(d, "stop.host");

	(void)state;
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_true(draft_says(f, "1,000 ports"));
	assert_true(draft_says(f, "a scan does so"));
	assert_int_equal(draft_number(f, "sessions"), 1000);
	assert_int_equal(draft_number(f, "packets"), 1000);
	desk_free(d);
}

static void a_scan_of_hosts_is_one_finding(void **state)
{
	struct derive *d = many(200, 200, 1);
	const struct draft *f = desk_finish(d, "stop.host");

	(void)state;
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(f->row.severity, SEV_LOW);
	assert_int_equal(draft_number(f, "sessions"), 200);
	desk_free(d);
}

/* A key that the host does not have. */
static void signed_syns_may_be_thrown_away(void **state)
{
	struct derive *d = desk_silence(2, 5);
	const struct draft *f;

	(void)state;
	desk_tail(d, 0, 0, 1)->delivered = 5;
	for (int k = 0; k < 2; k++)
		d->view.flow[k].dir[0].syn_opts |= REC_OPT_OTHER;
	f = desk_found(d, "stop.host");
	assert_true(draft_says(f, "If it is a signature (MD5 or AO"));
	desk_free(d);
	d = desk_silence(2, 5);
	desk_tail(d, 0, 0, 1)->delivered = 5;
	f = desk_found(d, "stop.host");
	assert_false(draft_says(f, "signature"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_ports_of_a_host_are_one_finding),
		cmocka_unit_test(many_hosts_are_a_handful),
		cmocka_unit_test(a_scan_of_ports_is_low),
		cmocka_unit_test(a_scan_of_hosts_is_one_finding),
		cmocka_unit_test(signed_syns_may_be_thrown_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
