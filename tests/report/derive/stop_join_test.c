/* Which unanswered sessions are told as one: the limits, and what is never joined. */
#include "tests/report/derive/desk.h"

#define GROUPS_MOST 256 /* as in stop_join.c */

static struct net_end service(unsigned host, unsigned port)
{
	uint8_t b[4] = { 10, 1, (uint8_t)(host >> 8), (uint8_t)host };

	return (struct net_end){ net_addr_v4(b), (uint16_t)port };
}

/* A session to that service whose 5 SYNs all arrive. */
static void silent(struct derive *d, unsigned host, unsigned port)
{
	for (int k = 0; k < 2; k++)
		d->view.flow[k].row.server = service(host, port);
	desk_tail(d, 0, 0, 1)->delivered = 5;
	desk_show(d);
	desk_next(d);
}

/* Lets the group write.  Return: the finding that contains @words, which must be the
 * only one. */
static const struct draft *told(struct derive *d, const char *words)
{
	const struct draft *found = NULL;

	for (size_t i = 0; i < d->drafts.n; i++)
		if (draft_says(d->drafts.at[i], words)) {
			assert_null(found);
			found = d->drafts.at[i];
		}
	assert_non_null(found);
	return found;
}

static void services_past_the_limit_share_a_finding(void **state)
{
	struct derive *d = desk_silence(2, 5);
	const struct draft *f;
	int64_t sessions = 0;

	(void)state;
	for (unsigned i = 0; i < GROUPS_MOST; i++)
		silent(d, 9 + i, 80);
	for (unsigned i = 0; i < 44; i++) /* two sessions each */
		silent(d, 1000 + i / 2, 80);
	desk_finish(d, "stop.host");
	assert_int_equal(d->drafts.n, 5);
	for (size_t i = 0; i < d->drafts.n; i++)
		sessions += draft_number(d->drafts.at[i], "sessions");
	assert_int_equal(sessions, GROUPS_MOST + 44);
	/* it names no server, so it is the one that all small ones join, though it
	 * has more sessions than any */
	f = told(d, " services ");
	assert_int_equal(draft_number(f, "sessions"), GROUPS_MOST - 4 + 44);
	desk_free(d);
}

/* The first of those that share a finding is a port of a host that has others. */
static void what_shares_a_finding_is_not_of_one_host(void **state)
{
	struct derive *d = desk_silence(2, 5);
	const struct draft *f;

	(void)state;
	for (unsigned port = 1; port <= 4; port++)
		silent(d, 9, port);
	for (unsigned i = 4; i < GROUPS_MOST; i++)
		silent(d, 1000 + i, 80);
	silent(d, 9, 5);
	for (unsigned i = 0; i < 40; i++)
		silent(d, 2000 + i, 80);
	desk_finish(d, "stop.host");
	f = told(d, "10.1.0.9 (4 ports)");
	assert_int_equal(draft_number(f, "sessions"), 4);
	desk_free(d);
}

static void three_more_ports_of_a_host_are_joined(void **state)
{
	(void)state;
	for (unsigned n = 3; n <= 4; n++) {
		struct derive *d = desk_silence(2, 5);

		for (unsigned port = 1; port <= n; port++)
			silent(d, 9, port);
		desk_finish(d, "stop.host");
		assert_int_equal(d->drafts.n, n == 4 ? 1 : 3);
		desk_free(d);
	}
}

static void five_hosts_are_told_apart_six_are_not(void **state)
{
	(void)state;
	for (unsigned n = 5; n <= 6; n++) {
		struct derive *d = desk_silence(2, 5);

		for (unsigned i = 0; i < n; i++)
			silent(d, 9 + i, 80);
		desk_finish(d, "stop.host");
		assert_int_equal(d->drafts.n, 5);
		assert_int_equal(draft_number(d->drafts.at[4], "sessions"),
				 n - 4);
		desk_free(d);
	}
}

static void ports_with_different_errors_are_not_joined(void **state)
{
	char here[] = "10.0.0.253", there[] = "10.0.0.254";
	struct message_row icmp[] = {
		{ .name = here,
		  .file = 256,
		  .m = { .status = MESSAGE_ICMP_STATUS(3, 13) } },
		{ .name = there, /* another router */
		  .file = 256,
		  .m = { .status = MESSAGE_ICMP_STATUS(3, 13) } },
		{ .name = there, /* another error */
		  .file = 256,
		  .m = { .status = MESSAGE_ICMP_STATUS(3, 1) } },
	};
	struct derive *d = desk_silence(2, 5);

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		d->icmp = i % 4 < 3 ? &icmp[i % 4] : NULL;
		silent(d, 9, 1 + i);
	}
	desk_finish(d, "stop.host");
	assert_int_equal(d->drafts.n, 4);
	for (size_t i = 0; i < d->drafts.n; i++) {
		assert_int_equal(draft_number(d->drafts.at[i], "sessions"), 5);
		assert_true(draft_says(d->drafts.at[i], "10.1.0.9 (5 ports)"));
	}
	told(d, "10.0.0.253");
	desk_free(d);
}

static void hosts_with_different_errors_are_not_joined(void **state)
{
	char router[] = "10.0.0.254";
	struct message_row icmp = { .name = router,
				    .file = 256,
				    .m = { .status = MESSAGE_ICMP_STATUS(3,
									 1) } };
	struct derive *d = desk_silence(2, 5);
	int64_t quoted = 0, others = 0;

	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		d->icmp = i % 2 ? &icmp : NULL;
		silent(d, 9 + i, 80);
	}
	desk_finish(d, "stop.host");
	assert_int_equal(d->drafts.n, 10);
	for (size_t i = 0; i < d->drafts.n; i++) {
		const struct draft *f = d->drafts.at[i];
		int64_t n = draft_number(f, "sessions");

		*(draft_says(f, router) ? &quoted : &others) += n;
	}
	assert_int_equal(quoted, 8);
	assert_int_equal(others, 8);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_past_the_limit_share_a_finding),
		cmocka_unit_test(what_shares_a_finding_is_not_of_one_host),
		cmocka_unit_test(three_more_ports_of_a_host_are_joined),
		cmocka_unit_test(five_hosts_are_told_apart_six_are_not),
		cmocka_unit_test(ports_with_different_errors_are_not_joined),
		cmocka_unit_test(hosts_with_different_errors_are_not_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
