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

static struct flow datagrams(uint16_t port0, uint16_t port1, uint32_t peer,
			     uint8_t first)
{
	struct flow f = make(port0, port1, peer);

	f.proto = 17;
	f.first_payload = first;
	return f;
}

/* One socket asks many (STUN, peers): it is no server for that. */
static void who_asks_many_is_no_server(void **state)
{
	struct flow f[4];

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		f[i] = datagrams(3478, 53620, i, 1);
	decide(f, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(f[i].role, ROLE_PAYLOAD);
		assert_int_equal(f[i].port[1], 3478);
	}
}

/* Many ask one, and one of these flows was under way before. */
static void who_is_asked_by_many_is_a_server(void **state)
{
	struct flow f[4];

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		f[i] = datagrams(3478, 53620, i, i == 3);
	decide(f, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(f[i].role, ROLE_FANIN);
		assert_int_equal(f[i].port[1], 53620);
	}
}

/* SSH's port and one that hosts take for clients, of which two flows are there. */
static void a_well_known_port_outweighs_two_peers(void **state)
{
	struct flow f[2] = { make(22, 50079, 1), make(22, 50079, 2) };

	(void)state;
	decide(f, 2);
	assert_int_equal(f[0].role, ROLE_PORT);
	assert_int_equal(f[0].port[1], 22);
	/* NFS's clients have ports below 1024 as well */
	f[0] = make(1001, 2049, 1);
	f[1] = make(1002, 2049, 2);
	decide(f, 2);
	assert_int_equal(f[0].role, ROLE_FANIN);
	assert_int_equal(f[0].port[1], 2049);
}

static void an_end_that_accepted_outweighs_its_port(void **state)
{
	struct flow f[2] = { make(20, 40000, 1), make(5000, 40000, 2) };

	(void)state;
	f[1].dir[1].flags = DIR_SYN | DIR_ACCEPTS;
	decide(f, 2);
	assert_int_equal(f[0].role, ROLE_FANIN);
	assert_int_equal(f[0].port[1], 40000);
}

/* The first that was captured of it may be an answer. */
static void in_mid_stream_a_clients_port_tells(void **state)
{
	struct flow f = make(12345, 50999, 1), g = make(32767, 32768, 1);
	struct flow h = make(32768, 50999, 1);

	(void)state;
	f.first_payload = 0;
	decide(&f, 1);
	assert_int_equal(f.role, ROLE_PORT);
	assert_int_equal(f.port[1], 12345);
	g.first_payload = 0;
	decide(&g, 1);
	assert_int_equal(g.port[1], 32767);
	h.first_payload = 1;
	decide(&h, 1);
	assert_int_equal(h.role, ROLE_PAYLOAD);
	assert_int_equal(h.port[1], 32768);
	f = datagrams(12345, 50999, 1, 0); /* these begin where they begin */
	decide(&f, 1);
	assert_int_equal(f.role, ROLE_PAYLOAD);
	assert_int_equal(f.port[1], 50999);
}

static void a_port_of_several_hosts_is_a_services(void **state)
{
	struct flow f[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		f[i] = make(44818, (uint16_t)(52593 + i), i);
		f[i].first_payload = 0;
	}
	decide(f, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(f[i].role, ROLE_PORT);
		assert_int_equal(f[i].port[1], 44818);
	}
	f[0] = make(44818, 52593, 0);
	f[0].first_payload = 0;
	decide(f, 1);
	assert_int_equal(f[0].role, ROLE_PAYLOAD);
}

static void dhcps_ports_are_known(void **state)
{
	struct flow f = datagrams(67, 68, 1, 0);

	(void)state;
	decide(&f, 1);
	assert_int_equal(f.role, ROLE_PORT);
	assert_int_equal(f.port[1], 67);
}

static void trust_follows_what_decided(void **state)
{
	struct flow f = make(40000, 22, 1);

	(void)state;
	f.role = ROLE_SYN;
	assert_int_equal(role_trust(&f), 5);
	f.role = ROLE_PORT;
	assert_int_equal(role_trust(&f), 4);
	f.role = ROLE_FANIN;
	assert_int_equal(role_trust(&f), 3);
	f = make(40000, 8080, 1);
	f.role = ROLE_PORT;
	assert_int_equal(role_trust(&f), 2);
	f.role = ROLE_PAYLOAD;
	assert_int_equal(role_trust(&f), 1);
	f = make(8081, 8080, 1);
	f.role = ROLE_PORT;
	assert_int_equal(role_trust(&f), 0);
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
		cmocka_unit_test(who_asks_many_is_no_server),
		cmocka_unit_test(who_is_asked_by_many_is_a_server),
		cmocka_unit_test(a_well_known_port_outweighs_two_peers),
		cmocka_unit_test(an_end_that_accepted_outweighs_its_port),
		cmocka_unit_test(in_mid_stream_a_clients_port_tells),
		cmocka_unit_test(a_port_of_several_hosts_is_a_services),
		cmocka_unit_test(dhcps_ports_are_known),
		cmocka_unit_test(trust_follows_what_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
