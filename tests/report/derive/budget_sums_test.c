/* report/derive/budget_sums.c: what a session adds to the case's causes. */
#include "tests/report/derive/account.h"

/* Four requests, each of which the server takes two seconds for. */
static void slow_answers(struct wire *w)
{
	for (int i = 0; i < 4; i++) {
		int64_t t = 100 * MS + i * 3 * SEC;

		asks(w, t, 100);
		says(w, S, t + WAY + 2 * SEC, 200, 0);
		ACK(w, C, t + 2 * WAY + 2 * SEC);
	}
}

/* @port: the server's. */
static bool server_is_slow(uint16_t port)
{
	void *state;
	struct wire *w = opened(&state);
	struct account a;
	bool slow;

	account(&a, port);
	slow_answers(w);
	account_wire(&a, w);
	assert_int_equal(a.b.part[TIME_SERVER], 8 * SEC);
	slow = account_group(&a, CAUSE_SERVER,
			     port == 179 ? "10.0.0.9:179" : "10.0.0.9:8080");
	account_close(&a);
	done(&state);
	return slow;
}

/* BGP's peers speak when they have news. */
static void who_has_a_pace_of_its_own_is_not_slow(void **state)
{
	(void)state;
	assert_true(server_is_slow(8080));
	assert_false(server_is_slow(179));
}

/* A request that the server gets twice, as its acknowledgement was slow or lost. */
static struct account resent(void **state, uint64_t lost)
{
	struct wire *w = opened(state);
	struct account a;

	account(&a, 8080);
	a.hop.way[0].tx.n[FATE_DELIVERED] = 8;
	a.hop.way[1].tx.n[FATE_DELIVERED] = 8;
	a.hop.way[1].tx.n[FATE_LOST] = lost;
	turn(w, 100 * MS, 100);
	sends(w, C, 400 * MS, ARRIVES, w->next[C], 100, 0);
	sends(w, C, 700 * MS, ARRIVES, w->next[C], 100, 0);
	w->next[C] += 100;
	says(w, S, 700 * MS + WAY, 200, 0);
	ACK(w, C, 700 * MS + 2 * WAY);
	account_wire(&a, w);
	return a;
}

/* Where everything arrived, what was sent again recovered nothing. */
static void what_is_sent_again_for_nothing_is_a_cause_of_its_own(void **state)
{
	struct account a = resent(state, 0);

	assert_true(a.b.part[TIME_RECOVERY] >= 250 * MS);
	assert_non_null(account_group(&a, CAUSE_RESENT, "1 2"));
	assert_null(account_group(&a, CAUSE_RECOVERY, "1 2"));
	account_close(&a);
}

static void what_a_loss_made_necessary_is_recovery(void **state)
{
	struct account a = resent(state, 1);

	assert_null(account_group(&a, CAUSE_RESENT, "1 2"));
	assert_non_null(account_group(&a, CAUSE_RECOVERY, "1 2"));
	account_close(&a);
}

/* Its client is the path's last point's: the key has the path's order. */
static void a_key_has_the_order_of_the_path(void **state)
{
	struct wire *w = opened(state);
	struct account a;

	account(&a, 8080);
	a.place[0].point_pos = 2;
	a.place[1].point_pos = 1;
	a.hop.rtt.n = 1;
	a.hop.rtt.min = 20 * MS;
	for (int i = 0; i < 8; i++)
		turn(w, (25 + i * 25) * MS, 100);
	account_wire(&a, w);
	assert_int_equal(a.b.part[TIME_PATH], 9 * 20 * MS);
	assert_non_null(account_group(&a, CAUSE_PATH, "1 2"));
	account_close(&a);
}

/* Of pings the port is an identifier, no service. */
static void pings_of_a_host_are_one_servers(void **state)
{
	struct wire *w = wire(state);
	struct account a;

	account(&a, 4711);
	a.row.proto = a.flow[0].proto = a.flow[1].proto = 1;
	says(w, C, 0, 64, 0);
	says(w, S, WAY, 64, 0);
	account_wire(&a, w);
	assert_non_null(account_group(&a, GROUP_SERVER, "10.0.0.9"));
	assert_non_null(account_group(&a, GROUP_COMMAND, "icmp echo"));
	account_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_a_pace_of_its_own_is_not_slow),
		cmocka_unit_test_teardown(
			what_is_sent_again_for_nothing_is_a_cause_of_its_own,
			done),
		cmocka_unit_test_teardown(
			what_a_loss_made_necessary_is_recovery, done),
		cmocka_unit_test_teardown(a_key_has_the_order_of_the_path,
					  done),
		cmocka_unit_test_teardown(pings_of_a_host_are_one_servers,
					  done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
