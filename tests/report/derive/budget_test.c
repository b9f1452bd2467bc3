/* report/derive/budget.c: what the observer makes of a session, and what it adds up. */
#include "tests/report/derive/account.h"

#define PORT 8080

/* Opened; a request that waits 50 ms for the server; 300 ms later one that does not. */
static void two_requests(struct wire *w)
{
	asks(w, 120 * MS, 100);
	says(w, S, 180 * MS, 200, 0);
	ACK(w, C, 190 * MS);
	turn(w, 490 * MS, 100);
}

static void time_is_whose_it_was(void **state)
{
	struct wire *w = opened(state);
	struct account a;

	account(&a, PORT);
	a.hop.rtt.n = 1;
	a.hop.rtt.min = 20 * MS;
	two_requests(w);
	account_wire(&a, w);
	assert_true(a.b.known);
	assert_int_equal(a.b.near, 0);
	assert_int_equal(a.b.far, 1);
	assert_int_equal(a.b.start_ns, 0);
	assert_int_equal(a.b.base_ns, 20 * MS);
	assert_int_equal(a.b.exchanges, 2);
	assert_int_equal(a.b.part[TIME_CLIENT], 400 * MS);
	assert_int_equal(a.b.part[TIME_PATH], 60 * MS); /* with the opening */
	assert_int_equal(a.b.part[TIME_SERVER], 50 * MS);
	assert_int_equal(account_total(&a), 510 * MS);
	assert_int_equal(a.b.n_hops, 1);
	assert_int_equal(a.b.hop[0].path_ns, 60 * MS);
	assert_int_equal(a.n_x, 3);
	assert_int_equal(a.x[0].opening, SET_UP_OPENING);
	assert_int_equal(a.x[1].at_ns, 120 * MS);
	assert_int_equal(a.x[1].part[TIME_SERVER], 50 * MS);
	assert_int_equal(a.x[2].think_ns, 300 * MS);
	account_close(&a);
}

static void a_session_counts_for_its_ends(void **state)
{
	static const struct {
		enum group_kind kind;
		const char *key;
	} of[] = { { GROUP_CASE, "all" },
		   { GROUP_SERVER, "10.0.0.9:8080" },
		   { GROUP_CLIENT, "10.0.0.1" } };
	struct wire *w = opened(state);
	struct account a;
	const struct group *g;

	account(&a, PORT);
	two_requests(w);
	account_wire(&a, w);
	account_wire(&a, w);
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		g = account_group(&a, of[i].kind, of[i].key);
		assert_non_null(g);
		assert_int_equal(g->sessions, 2);
		assert_int_equal(g->exchanges, 4);
		assert_int_equal(g->bytes, 4 * 300);
		assert_int_equal(g->errors, 0);
		assert_int_equal(g->part[TIME_SERVER], 100 * MS);
		assert_int_equal(g->part[TIME_CLIENT], 800 * MS);
		assert_int_equal(g->server.n, 4);
		assert_int_equal(g->server.max, 50 * MS);
		assert_int_equal(g->total.max, 70 * MS);
		assert_int_equal(g->total.min, 20 * MS);
	}
	/* commands have what exchanges took, not what was between them */
	g = account_group(&a, GROUP_COMMAND, "tcp port 8080");
	assert_non_null(g);
	assert_int_equal(g->exchanges, 4);
	assert_int_equal(g->part[TIME_CLIENT], 0);
	assert_int_equal(g->part[TIME_PATH], 80 * MS);
	assert_int_equal(g->top[0].value_ns, 70 * MS);
	assert_int_equal(g->top[0].session, 7);
	assert_int_equal(g->top[0].n, 1);
	account_close(&a);
}

/* Each point has one direction only. */
static void without_a_point_that_sees_both_ways_nobody_is_known(void **state)
{
	struct wire *w = opened(state);
	struct account a;

	account(&a, PORT);
	two_requests(w);
	w->n[0][S] = w->n[1][C] = 0;
	account_wire(&a, w);
	assert_false(a.b.known);
	assert_int_equal(a.b.part[TIME_UNATTRIBUTED], 510 * MS);
	assert_int_equal(account_total(&a), 510 * MS);
	assert_int_equal(a.n_x, 0);
	assert_null(account_group(&a, GROUP_CASE, "all"));
	account_close(&a);
}

/* The answers are another session's, from another address: it counts once. */
static void a_joined_session_counts_with_the_one_that_asks(void **state)
{
	struct wire *w = opened(state);
	struct account a;

	account(&a, PORT);
	two_requests(w);
	a.joined = true;
	a.borrowed = 0;
	account_wire(&a, w);
	assert_int_equal(a.b.part[TIME_SERVER], 50 * MS);
	assert_int_equal(a.n_x, 0);
	a.borrowed = 1;
	account_wire(&a, w);
	assert_int_equal(a.n_x, 3);
	assert_int_equal(a.x[1].near[2], EXCHANGE_NONE);
	assert_int_equal(a.x[1].far[1], EXCHANGE_NONE);
	assert_int_equal(account_group(&a, GROUP_CASE, "all")->sessions, 1);
	account_close(&a);
}

#define MANY (EXCHANGE_CHUNK + 100)

static void a_long_session_has_more_rows(void **state)
{
	static struct record rec[2][2][MANY];
	struct strand at[4];
	struct account a;

	(void)state;
	account(&a, PORT);
	for (int p = 0; p < 2; p++)
		for (int d = 0; d < 2; d++) {
			for (uint32_t i = 0; i < MANY; i++) {
				int64_t t = i * 30 * MS + (p ? WAY : 0);

				if (d)
					t += p ? 5 * MS : 2 * WAY + 5 * MS;
				rec[p][d][i] = (struct record){
					.frame = 2 * i + (unsigned)d + 1,
					.time_ns = t,
					.dir = (uint8_t)d,
					.seq64 = 1000 + 10 * (uint64_t)i,
					.ack64 = 1000 +
						 10 * (uint64_t)(i + !!d),
					.pay_len = 10,
					.tcp_flags = REC_ACK,
					.window = 60000,
				};
			}
			at[2 * p + d] = (struct strand){ .get = strand_of_array,
							 .ctx = rec[p][d],
							 .n = MANY };
		}
	account_strands(&a, at);
	assert_int_equal(a.n_chunks, 2);
	assert_int_equal(a.b.exchanges, MANY);
	assert_int_equal(a.n_x, MANY);
	assert_int_equal(a.b.part[TIME_SERVER], MANY * 5 * MS);
	for (size_t i = 0; i < a.n_x; i++) {
		assert_int_equal(a.x[i].at_ns, (int64_t)i * 30 * MS);
		assert_int_equal(a.x[i].part[TIME_SERVER], 5 * MS);
	}
	account_close(&a);
}

/* A request of 200 bytes by UDP to @server, which is answered 100 ms after it came. */
static int64_t servers_share(struct net_end server)
{
	void *state;
	struct wire *w = wire(&state);
	struct account a;
	int64_t ns;

	account(&a, server.port);
	a.row.proto = a.flow[0].proto = a.flow[1].proto = 17;
	a.flow[0].server = a.flow[1].server = server;
	says(w, C, 0, 200, 0);
	says(w, S, WAY + 100 * MS, 300, 0);
	account_wire(&a, w);
	assert_int_equal(account_total(&a), 120 * MS);
	ns = a.b.part[TIME_SERVER];
	account_close(&a);
	done(&state);
	return ns;
}

/* By their ports alone, as they were under way when the capture began. */
static void in_sealed_protocols_nobody_is_known_to_wait(void **state)
{
	static const uint16_t sealed[] = { 443, 1194, 4500, 51820 };

	(void)state;
	assert_int_equal(servers_share(at_port(9, 9999)), 100 * MS);
	for (size_t i = 0; i < sizeof sealed / sizeof *sealed; i++)
		assert_int_equal(servers_share(at_port(9, sealed[i])), 0);
}

/* All of a connection at one point: the client's losses matter, so that its fates must
 * be known. */
static void a_connection_at_one_point_waits_for_its_fates(void **state)
{
	struct wire *w = opened(state);
	struct account a;
	const struct clock_row *clock[2] = { NULL, NULL };
	const struct sweep_env env = { .n_points = 2, .clock = clock };
	struct strand at[4];
	struct fate_seen x = { .env = &env, .strand = at };
	const struct fate_observer *o;

	account(&a, PORT);
	two_requests(w);
	for (int i = 0; i < 4; i++)
		at[i] = (struct strand){ .get = strand_of_array,
					 .ctx = w->rec[i / 2][i % 2],
					 .n = w->n[i / 2][i % 2] };
	x.row = &a.row;
	x.flow = a.flow;
	x.fig = &a.fig;
	o = budgets_observer(a.budgets);
	assert_true(o->wants_trips(o->ctx, &x));
	at[3].n = 0; /* far lacks the server's direction */
	assert_false(o->wants_trips(o->ctx, &x));
	a.row.proto = 17;
	assert_true(o->wants_trips(o->ctx, &x));
	account_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(time_is_whose_it_was, done),
		cmocka_unit_test_teardown(a_session_counts_for_its_ends, done),
		cmocka_unit_test_teardown(
			without_a_point_that_sees_both_ways_nobody_is_known,
			done),
		cmocka_unit_test_teardown(
			a_joined_session_counts_with_the_one_that_asks, done),
		cmocka_unit_test(a_long_session_has_more_rows),
		cmocka_unit_test(in_sealed_protocols_nobody_is_known_to_wait),
		cmocka_unit_test_teardown(
			a_connection_at_one_point_waits_for_its_fates, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
