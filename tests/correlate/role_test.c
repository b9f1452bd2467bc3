/* Who is the client. */
#include "tests/correlate/pair_case.h"

static struct flow make(uint16_t port0, uint16_t port1, uint32_t peer)
{
	struct flow f = { .proto = 6,
			  .n_parts = 1,
			  .first_payload = 2,
			  .addr = { peer, 900 },
			  .port = { port0, port1 } };

	f.dir[0].packets = f.dir[1].packets = 3;
	f.dir[0].first_ns = 1;
	f.dir[1].first_ns = 2;
	return f;
}

static void decide(struct flow *f, size_t n)
{
	struct point p = { .flow = f, .n = n };
	struct sample none[1] = { { 0 } };

	p.sample.at = none; /* no flow has samples */
	point_roles(&p);
}

static void syn_decides_whatever_the_ports_say(void **state)
{
	struct flow f = make(80, 40000, 1);

	(void)state;
	f.dir[0].flags = DIR_SYN;
	f.dir[1].flags = DIR_SYN | DIR_ACCEPTS;
	decide(&f, 1);
	assert_int_equal(f.role, ROLE_SYN);
	assert_int_equal(f.port[0], 80);
}

static void answer_alone_decides(void **state)
{
	struct flow f = make(5000, 6000, 1);

	(void)state;
	f.dir[1].flags = DIR_SYN | DIR_ACCEPTS;
	f.dir[0].packets = 0;
	decide(&f, 1);
	assert_int_equal(f.role, ROLE_SYN);
	assert_int_equal(f.port[1], 6000);
}

static void clock_step_does_not_turn_it(void **state)
{
	struct flow f = make(5000, 6000, 1);

	(void)state;
	f.dir[0].flags = DIR_SYN;
	f.dir[1].flags = DIR_SYN | DIR_ACCEPTS;
	f.dir[0].first_ns = 5 * SEC;
	decide(&f, 1);
	assert_int_equal(f.port[0], 5000);
}

static void many_peers_make_a_server(void **state)
{
	struct flow f[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		f[i] = make((uint16_t)(1434 + i), 9000, i);
		flow_swap(&(struct point){ .sample = { 0 } }, &f[i]);
	}
	decide(f, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(f[i].role, ROLE_FANIN);
		assert_int_equal(f[i].port[1], 9000);
	}
}

/* Asked one address, answered by another one of the same host. */
static void two_addresses_of_one_service_are_no_fan(void **state)
{
	struct flow f[2] = { make(40000, 53, 1), make(40000, 53, 1) };

	(void)state;
	f[1].addr[1] = 901;
	for (int i = 0; i < 2; i++) {
		f[i].proto = 17;
		f[i].dir[!i].packets = 0;
		f[i].first_payload = (uint8_t)i;
	}
	f[1].port[1] = 1053; /* a NAT's */
	decide(f, 2);
	assert_int_equal(f[0].role, ROLE_PORT);
	assert_int_equal(f[0].port[1], 53);
	assert_int_equal(f[1].role, ROLE_PAYLOAD);
}

static void known_port_then_first_payload(void **state)
{
	struct flow f = make(443, 50000, 1), g = make(7000, 6000, 1);

	(void)state;
	decide(&f, 1);
	assert_int_equal(f.role, ROLE_PORT);
	assert_int_equal(f.port[1], 443);
	g.first_payload = 1;
	decide(&g, 1);
	assert_int_equal(g.role, ROLE_PAYLOAD);
	assert_int_equal(g.port[0], 6000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syn_decides_whatever_the_ports_say),
		cmocka_unit_test(answer_alone_decides),
		cmocka_unit_test(clock_step_does_not_turn_it),
		cmocka_unit_test(many_peers_make_a_server),
		cmocka_unit_test(two_addresses_of_one_service_are_no_fan),
		cmocka_unit_test(known_port_then_first_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
