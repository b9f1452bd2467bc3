/* Points where a session should have been seen and was not. */
#include "tests/correlate/pair_case.h"

#include <stdio.h>

#include "store/recs.h"

static const struct seen outside_point = { .delay = 20 * MS,
					   .clock = 3 * SEC,
					   .hops = 4 };

struct scene {
	struct pc c;
	unsigned n;             /* sessions so far */
	const char *far_server; /* NULL: not translated */
};

static void open_scene(struct scene *s, int points)
{
	memset(s, 0, sizeof *s);
	pc_open(&s->c, points);
}

/* Session to @server, a new client each; @at: a bit for each point. */
static void add(struct scene *s, const char *server, bool answered, unsigned at)
{
	char client[NET_END_TEXT];
	unsigned i = s->n++;
	struct conv v = { .client = client,
			  .server = server,
			  .at = (int64_t)i * 900 * MS,
			  .isn = { pc_mix(i * 2 + 1), pc_mix(i * 2 + 2) },
			  .content = 1000 + i,
			  .tsval = pc_mix(i + 50000),
			  .unanswered = !answered };
	struct seen far = outside_point;

	far.server = s->far_server;
	snprintf(client, sizeof client, "10.0.0.%u:%u", i % 200 + 1, 40000 + i);
	if (at & 1)
		pc_add(&s->c, 0, &v, &near_point);
	if (at & 2)
		pc_add(&s->c, 1, &v, &far);
}

static void add_many(struct scene *s, unsigned n, const char *server)
{
	while (n--)
		add(s, server, true, 3);
}

/* How many sessions are alone, and have a second, empty flow? */
static unsigned n_expected(struct scene *s)
{
	unsigned n = 0;

	for (int64_t i = 1; i <= store_session_count(s->c.s); i++) {
		struct session_row r = pc_session(&s->c, i);

		for (size_t k = 0; k < r.n_flows; k++) {
			struct flow_row f = pc_flow(&s->c, r.flows[k].flow);

			if (!f.packets[0] && !f.packets[1]) {
				assert_int_equal(f.n_parts, 0);
				assert_int_equal(r.verdict, PAIR_ALONE);
				assert_int_equal(r.n_flows, 2);
				n++;
			}
			flow_row_release(&f);
		}
		session_row_release(&r);
	}
	return n;
}

static void syn_to_a_seen_service_is_expected(void **state)
{
	struct scene s;
	struct session_row r;
	struct flow_row f;
	struct recs *v;
	struct net_end end;

	(void)state;
	open_scene(&s, 2);
	s.far_server = "172.16.0.9:443";
	add_many(&s, 7, "192.168.0.1:443");
	add(&s, "192.168.0.1:443", false, 1);
	pc_run(&s.c, NULL);
	assert_int_equal(n_expected(&s), 1);
	r = pc_session(&s.c, 8);
	assert_int_equal(r.client_end, 0);
	assert_int_equal(r.flows[0].point_pos, 1);
	assert_int_equal(r.flows[1].point_pos, 2);
	f = pc_flow(&s.c, r.flows[1].flow);
	end = pc_end("172.16.0.9:443");
	assert_int_equal(net_end_cmp(&f.server, &end), 0);
	v = recs_open(s.c.s, &f, 0);
	assert_int_equal(recs_count(v), 0);
	recs_close(v);
	flow_row_release(&f);
	session_row_release(&r);
	pc_close(&s.c);
}

static void six_are_not_enough(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 2);
	add_many(&s, 6, "192.168.0.1:443");
	add(&s, "192.168.0.1:443", false, 1);
	pc_run(&s.c, NULL);
	assert_int_equal(n_expected(&s), 0);
	pc_close(&s.c);
}

static void another_port_may_be_filtered(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 2);
	add_many(&s, 12, "192.168.0.1:443");
	add(&s, "192.168.0.1:8443", false, 1);
	pc_run(&s.c, NULL);
	assert_int_equal(n_expected(&s), 0);
	pc_close(&s.c);
}

static void many_ports_show_that_nothing_is_filtered(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 2);
	add_many(&s, 4, "192.168.0.1:443");
	add_many(&s, 1, "192.168.0.1:80");
	add_many(&s, 1, "192.168.0.1:22");
	add_many(&s, 1, "192.168.0.1:25");
	add(&s, "192.168.0.1:8443", false, 1);
	pc_run(&s.c, NULL);
	assert_int_equal(n_expected(&s), 1);
	pc_close(&s.c);
}

static void an_answered_session_that_went_elsewhere_speaks_against(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 2);
	add_many(&s, 12, "192.168.0.1:443");
	add(&s, "192.168.0.1:443", true, 1);
	add(&s, "192.168.0.1:443", false, 1);
	pc_run(&s.c, NULL);
	assert_int_equal(n_expected(&s), 0);
	pc_close(&s.c);
}

static void answers_seen_at_the_near_point_only_are_no_loss(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 2);
	add_many(&s, 12, "192.168.0.1:443");
	add(&s, "192.168.0.1:443", true, 2);
	pc_run(&s.c, NULL);
	assert_int_equal(n_expected(&s), 0);
	pc_close(&s.c);
}

static void nothing_is_expected_of_another_host(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, 2);
	add_many(&s, 12, "192.168.0.1:443");
	add(&s, "192.168.0.2:443", false, 1);
	pc_run(&s.c, NULL);
	assert_int_equal(n_expected(&s), 0);
	pc_close(&s.c);
}

static void only_the_next_point_is_expected(void **state)
{
	struct scene s;
	struct session_row r;

	(void)state;
	open_scene(&s, 3);
	add_many(&s, 8, "192.168.0.1:443");
	add(&s, "192.168.0.1:443", false, 1);
	pc_run(&s.c, NULL);
	assert_int_equal(n_expected(&s), 1);
	r = pc_session(&s.c, 9);
	assert_int_equal(r.flows[1].point_pos, 2);
	session_row_release(&r);
	pc_close(&s.c);
}

/* SYNs that vanish behind the second of three points: between the first two no
 * TTL is lost, and there is no answer, so only other sessions of the server say
 * on which side it is. */
static void its_server_says_where_a_session_goes(void **state)
{
	const struct seen mid = { .delay = 15 * MS, .clock = SEC };
	struct scene s;

	(void)state;
	open_scene(&s, 3);
	for (unsigned i = 0; i < 9; i++) {
		char client[NET_END_TEXT];
		struct conv v = { .client = client,
				  .server = "192.168.0.1:443",
				  .at = (int64_t)i * 900 * MS,
				  .isn = { pc_mix(i * 2 + 1),
					   pc_mix(i * 2 + 2) },
				  .content = 1000 + i,
				  .tsval = pc_mix(i + 50000),
				  .unanswered = i == 8 };

		snprintf(client, sizeof client, "10.0.0.1:%u", 40000 + i);
		pc_add(&s.c, 0, &v, &near_point);
		pc_add(&s.c, 1, &v, &mid);
		if (i < 8)
			pc_add(&s.c, 2, &v, &far_point);
	}
	pc_run(&s.c, NULL);
	for (int64_t i = 1; i <= store_session_count(s.c.s); i++) {
		struct session_row r = pc_session(&s.c, i);

		assert_int_equal(r.n_flows, 3);
		session_row_release(&r);
	}
	pc_close(&s.c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syn_to_a_seen_service_is_expected),
		cmocka_unit_test(six_are_not_enough),
		cmocka_unit_test(another_port_may_be_filtered),
		cmocka_unit_test(many_ports_show_that_nothing_is_filtered),
		cmocka_unit_test(
			an_answered_session_that_went_elsewhere_speaks_against),
		cmocka_unit_test(
			answers_seen_at_the_near_point_only_are_no_loss),
		cmocka_unit_test(nothing_is_expected_of_another_host),
		cmocka_unit_test(only_the_next_point_is_expected),
		cmocka_unit_test(its_server_says_where_a_session_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
