/* What a point sees of the hosts of a session that it lacks. */
#include "tests/report/derive/desk.h"

static struct net_end end_of(uint8_t net, uint8_t last, uint16_t port)
{
	uint8_t b[4] = { 10, net, 0, last };

	return (struct net_end){ net_addr_v4(b), port };
}

struct scene {
	struct derive *d; /* its session: 10.0.0.1 asks 10.0.0.9:443 */
	struct witness *w;
	int64_t id;
};

static void set_up(struct scene *s, int points)
{
	s->d = desk_new(points, &rules_missing);
	desk_set_clocks(s->d);
	s->w = derive_witness(s->d);
	s->id = 0;
}

static void tear_down(struct scene *s)
{
	desk_free(s->d);
}

/* A session that lived, at the points that @at has a bit of, from @client to
 * @server. */
static void lives(struct scene *s, unsigned at, struct net_end client,
		  struct net_end server)
{
	desk_witness(s->d, at, client, server, T0 + ++s->id * 5 * SEC);
}

/* @n that lived, of one client and server 10.0.0.@server, on two ports. */
static void live(struct scene *s, int n, unsigned at, uint8_t server)
{
	for (int i = 0; i < n; i++)
		lives(s, at, end_of(0, 1, 40000),
		      end_of(0, server, (uint16_t)(80 + i % 2)));
}

/* The desk's session, as if only the first point had it. */
static struct sight judge(struct scene *s)
{
	s->d->view.row.n_flows = 1;
	return witness_judge(s->w, &s->d->view, 0, 1, 1);
}

static const struct net_end nobody = { .port = 9 };

static void nothing_beside_it_says_nothing(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 2);
	assert_int_equal(judge(&s).how, WITNESS_NONE);
	assert_int_equal(judge(&s).to_pos, 2);
	tear_down(&s);
}

static void many_of_the_host_are_sure(void **state)
{
	struct scene s;
	struct sight t;

	(void)state;
	set_up(&s, 2);
	live(&s, 7, 3, 9);
	t = judge(&s);
	assert_int_equal(t.how, WITNESS_SURE);
	assert_int_equal(t.sessions, 7);
	assert_false(t.mixed);
	assert_int_equal(t.n_samples, 4);
	assert_int_equal(t.sample[0].end, 1);
	tear_down(&s);
}

/* It may be filtered to just that port. */
static void of_one_other_service_they_are_not_sure(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 2);
	for (uint16_t i = 0; i < 9; i++)
		lives(&s, 3, end_of(0, 1, 40000), end_of(0, 9, 80));
	assert_int_equal(judge(&s).how, WITNESS_HOST);
	tear_down(&s);
}

static void one_that_went_another_way_speaks_against(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 2);
	live(&s, 9, 3, 9);
	lives(&s, 1, end_of(0, 2, 40000), end_of(0, 9, 80));
	assert_int_equal(judge(&s).how, WITNESS_NONE);
	tear_down(&s);
}

/* It may be that session, translated. */
static void a_stranger_of_that_time_speaks_against(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 2);
	live(&s, 9, 3, 9);
	desk_witness(s.d, 2, end_of(7, 1, 40000), end_of(7, 2, 443), T0 + SEC);
	assert_int_equal(judge(&s).how, WITNESS_HOST);
	tear_down(&s);
}

/* Captured at two points behind a relay that rewrote it. */
static void so_does_one_that_begins_there_and_goes_further(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 3);
	live(&s, 9, 3, 9);
	assert_int_equal(judge(&s).how, WITNESS_SURE);
	desk_witness(s.d, 6, end_of(1, 1, 1), end_of(1, 2, 443), T0 + SEC);
	assert_int_equal(judge(&s).how, WITNESS_HOST);
	tear_down(&s);
}

static void what_a_relay_carries_on_tells_nothing(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 2);
	for (uint16_t i = 0; i < 9; i++)
		desk_witness_relayed(s.d, end_of(0, 1, 1), end_of(0, 9, 80 + i),
				     T0 + (10 + i) * SEC);
	assert_int_equal(judge(&s).how, WITNESS_NONE);
	tear_down(&s);
}

static void of_its_subnet_they_show_the_way(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 2);
	live(&s, 9, 3, 8);
	assert_int_equal(judge(&s).how, WITNESS_NET);
	lives(&s, 1, end_of(0, 1, 40000), end_of(0, 7, 80));
	assert_int_equal(judge(&s).how, WITNESS_WAY);
	tear_down(&s);
}

static void a_capture_that_was_not_running_is_passed_over(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 2);
	s.d->model.files[1].first_ns = T0 + 10 * SEC;
	assert_int_equal(judge(&s).to_pos, 0);
	tear_down(&s);
}

/* A point beside the path has none of the host. */
static void the_point_that_has_others_of_the_host_is_asked(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 3);
	live(&s, 9, 5, 9);
	assert_int_equal(judge(&s).to_pos, 3);
	assert_int_equal(judge(&s).how, WITNESS_SURE);
	tear_down(&s);
}

/* How sure it is by how many sessions of the host, on two services, both points
 * have. */
static void few_of_the_host_are_not_sure(void **state)
{
	static const enum witnessed how[] = { WITNESS_NONE, WITNESS_WAY,
					      WITNESS_WAY,  WITNESS_HOST,
					      WITNESS_HOST, WITNESS_HOST,
					      WITNESS_HOST, WITNESS_SURE };

	(void)state;
	for (int n = 0; n <= 7; n++) {
		struct scene s;

		set_up(&s, 2);
		live(&s, n, 3, 9);
		assert_int_equal(judge(&s).how, how[n]);
		tear_down(&s);
	}
}

/* The same of its subnet, then of hosts of others. */
static void few_of_other_hosts_say_nothing(void **state)
{
	static const enum witnessed subnet[] = { WITNESS_NONE, WITNESS_NONE,
						 WITNESS_NONE, WITNESS_WAY,
						 WITNESS_WAY,  WITNESS_WAY,
						 WITNESS_WAY,  WITNESS_NET };

	(void)state;
	for (int n = 0; n <= 7; n++) {
		struct scene s;

		set_up(&s, 2);
		live(&s, n, 3, 8);
		assert_int_equal(judge(&s).how, subnet[n]);
		tear_down(&s);
		set_up(&s, 2);
		for (int i = 0; i < n; i++)
			lives(&s, 3, end_of(5, 1, 40000), end_of(5, 2, 80));
		assert_int_equal(judge(&s).how,
				 n == 7 ? WITNESS_WAY : WITNESS_NONE);
		tear_down(&s);
	}
}

static void a_stranger_of_another_time_says_nothing(void **state)
{
	(void)state;
	for (int later = 0; later <= 1; later++) {
		struct scene s;

		set_up(&s, 2);
		live(&s, 9, 3, 9);
		desk_witness(s.d, 2, end_of(7, 1, 40000), end_of(7, 2, 443),
			     T0 + 2 * SEC + later * SEC);
		assert_int_equal(judge(&s).how,
				 later ? WITNESS_SURE : WITNESS_HOST);
		tear_down(&s);
	}
}

static void a_hosts_side_is_what_its_sessions_say_or_its_subnets(void **state)
{
	struct scene s;
	struct net_end server = end_of(9, 1, 80), near = end_of(9, 200, 1);

	(void)state;
	set_up(&s, 2);
	assert_int_equal(witness_side(s.w, 2, &server.addr), -1);
	lives(&s, 3, end_of(0, 1, 40000), server);
	assert_int_equal(witness_side(s.w, 2, &server.addr), 1);
	assert_int_equal(witness_side(s.w, 2, &near.addr), 1);
	assert_int_equal(witness_side(s.w, 2, &nobody.addr), -1);
	tear_down(&s);
}

/* One in seven may be of the other side: a host asks itself over a proxy. */
static void a_host_is_at_the_side_of_most_of_its_sessions(void **state)
{
	(void)state;
	for (int n = 6; n <= 7; n++) {
		struct net_end host = end_of(9, 1, 80);
		struct scene s;

		set_up(&s, 2);
		for (int i = 0; i < n; i++)
			lives(&s, 3, end_of(0, 1, 40000), host);
		lives(&s, 3, host, end_of(8, 1, 80));
		assert_int_equal(witness_side(s.w, 2, &host.addr),
				 n == 7 ? 1 : -1);
		tear_down(&s);
	}
}

static void answers_from_another_address_are_seen(void **state)
{
	struct scene s;
	struct flow_row f = { .point = 1,
			      .proto = 17,
			      .client = end_of(0, 8, 443),
			      .server = end_of(0, 1, 40000),
			      .first_ns = T0,
			      .packets = { 1, 0 } };
	const struct flow_row *at[] = { &f };
	struct session_flow place = { .flow = 9, .point_pos = 1 };
	struct session_row row = { .id = 9,
				   .proto = 17,
				   .verdict = PAIR_ALONE,
				   .n_flows = 1,
				   .flows = &place };

	(void)state;
	set_up(&s, 2);
	assert_false(witness_other_answers(s.w, &s.d->view));
	witness_add(s.w, &row, at);
	assert_true(witness_other_answers(s.w, &s.d->view));
	tear_down(&s);
}

/* A connection without data at the first point.  Return: of how many the client's port
 * has samples now. */
static size_t opens(struct scene *s, struct net_end client, uint64_t said,
		    uint64_t heard)
{
	struct flow_row f = { .point = 1,
			      .proto = 6,
			      .client = client,
			      .server = end_of(0, 8, 80),
			      .first_ns = T0,
			      .packets = { said, heard } };
	const struct flow_row *at[] = { &f };
	struct session_flow place = { .flow = 9, .point_pos = 1 };
	struct session_row row = { .id = 9,
				   .proto = 6,
				   .verdict = PAIR_ALONE,
				   .n_flows = 1,
				   .flows = &place };

	witness_add(s->w, &row, at);
	return witness_openings(s->w, 1, &f.client).n_samples;
}

static void answers_that_were_not_asked_for_are_kept(void **state)
{
	struct scene s;

	(void)state;
	set_up(&s, 2);
	assert_int_equal(opens(&s, end_of(0, 1, 40000), 0, 3), 1);
	assert_int_equal(opens(&s, end_of(0, 1, 40001), 2, 2), 1);
	assert_int_equal(opens(&s, end_of(0, 1, 40002), 4, 2),
			 0); /* a health check */
	assert_int_equal(opens(&s, end_of(0, 1, 40003), 2, 0), 0);
	tear_down(&s);
}

static void of_openings_only_so_many_are_kept(void **state)
{
	size_t kept = 0;
	struct scene s;

	(void)state;
	set_up(&s, 2);
	for (unsigned i = 0; i < 1U << 16; i++)
		kept += opens(&s, end_of(0, 1, (uint16_t)i), 1, 1);
	assert_int_equal(kept, 1U << 16);
	assert_int_equal(opens(&s, end_of(0, 1, 1), 1, 1), 2);
	assert_int_equal(opens(&s, end_of(0, 2, 1), 1, 1), 0);
	tear_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_beside_it_says_nothing),
		cmocka_unit_test(many_of_the_host_are_sure),
		cmocka_unit_test(of_one_other_service_they_are_not_sure),
		cmocka_unit_test(one_that_went_another_way_speaks_against),
		cmocka_unit_test(a_stranger_of_that_time_speaks_against),
		cmocka_unit_test(
			so_does_one_that_begins_there_and_goes_further),
		cmocka_unit_test(what_a_relay_carries_on_tells_nothing),
		cmocka_unit_test(of_its_subnet_they_show_the_way),
		cmocka_unit_test(a_capture_that_was_not_running_is_passed_over),
		cmocka_unit_test(
			the_point_that_has_others_of_the_host_is_asked),
		cmocka_unit_test(
			a_hosts_side_is_what_its_sessions_say_or_its_subnets),
		cmocka_unit_test(few_of_the_host_are_not_sure),
		cmocka_unit_test(few_of_other_hosts_say_nothing),
		cmocka_unit_test(a_stranger_of_another_time_says_nothing),
		cmocka_unit_test(a_host_is_at_the_side_of_most_of_its_sessions),
		cmocka_unit_test(answers_from_another_address_are_seen),
		cmocka_unit_test(answers_that_were_not_asked_for_are_kept),
		cmocka_unit_test(of_openings_only_so_many_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
