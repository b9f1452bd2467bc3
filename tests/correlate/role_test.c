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

/* Who scans is nobody's server, however many it tries and whatever its port. */
static void what_is_only_reset_was_asked(void **state)
{
	struct flow f[40];

	(void)state;
	for (uint16_t i = 0; i < 40; i++) {
		f[i] = make(40000, (uint16_t)(39980 + i), 1);
		f[i].addr[1] = 900;
		f[i].dir[0].packets = 1;
		f[i].dir[1].packets = i % 4 ? 1 : 0;
		f[i].dir[1].flags = DIR_RST;
	}
	decide(f, 40);
	for (uint16_t i = 0; i < 40; i++)
		assert_int_equal(f[i].port[0], 40000);
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

/* The same with many clients: who answers for another is a server, though it begins. */
static void who_answers_for_another_is_a_server(void **state)
{
	struct flow f[6];

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		f[i] = make((uint16_t)(4309 + i % 3), 1434, 1);
		f[i].proto = 17;
		f[i].addr[1] = i < 3 ? 900 : 901;
		f[i].dir[i < 3].packets = 0;
		f[i].first_payload = i >= 3;
	}
	decide(f, 6);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(f[i].role, ROLE_FANIN);
		assert_int_equal(f[i].port[1], 1434);
	}
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
static void a_services_port_outweighs_two_peers(void **state)
{
	struct flow f[2] = { make(22, 50079, 1), make(22, 50079, 2) };

	(void)state;
	decide(f, 2);
	assert_int_equal(f[0].role, ROLE_PORT);
	assert_int_equal(f[0].port[1], 22);
}

/* NFS and other RPC: clients take ports from 512 to 1023, too. */
static void a_reserved_port_may_be_a_clients(void **state)
{
	struct flow f[2] = { make(801, 40123, 1), make(802, 40123, 2) };
	struct flow g = make(801, 2049, 1), h = make(993, 40123, 1);
	struct flow low = make(511, 2049, 1);

	(void)state;
	decide(f, 2);
	assert_int_equal(f[0].role, ROLE_FANIN);
	assert_int_equal(f[0].port[1], 40123);
	g.first_payload = 0;
	decide(&g, 1);
	assert_int_equal(g.role, ROLE_PAYLOAD);
	assert_int_equal(g.port[1], 2049);
	h.first_payload = 0; /* IMAP's, alone */
	decide(&h, 1);
	assert_int_equal(h.role, ROLE_PORT);
	assert_int_equal(h.port[1], 993);
	low.first_payload = 0;
	decide(&low, 1);
	assert_int_equal(low.role, ROLE_PORT);
	assert_int_equal(low.port[1], 511);
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
	f = datagrams(12345, 50999, 1, 0);
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
	/* two may have one by chance */
	for (uint32_t i = 0; i < 2; i++) {
		f[i] = make(44818, (uint16_t)(52593 + i), i);
		f[i].first_payload = 0;
	}
	decide(f, 2);
	assert_int_equal(f[0].role, ROLE_PAYLOAD);
	assert_int_equal(f[0].port[0], 44818);
	/* and three, opposite a port that is a server's */
	for (uint32_t i = 0; i < 3; i++)
		f[i] = make(45000, (uint16_t)(31001 + i), i);
	decide(f, 3);
	assert_int_equal(f[0].port[1], 31001);
}

/* RFC 1350, 4: the server speaks first there, from a port of its choice. */
static void who_asked_for_a_file_is_the_client_of_it(void **state)
{
	struct flow f[2] = { make(50000, 69, 1), make(33000, 50000, 900) };

	(void)state;
	f[0].proto = f[1].proto = 17;
	f[0].dir[1].packets = 0;
	f[0].first_payload = 0;
	f[1].addr[1] = 1;
	f[1].first_payload = 0;
	decide(f, 2);
	assert_int_equal(f[1].role, ROLE_FANIN);
	assert_int_equal(f[1].port[0], 50000);
	assert_int_equal(f[1].addr[0], 1);
}

static void dhcps_ports_are_known(void **state)
{
	struct flow f = datagrams(67, 68, 1, 0), g[2];

	(void)state;
	decide(&f, 1);
	assert_int_equal(f.role, ROLE_PORT);
	assert_int_equal(f.port[1], 67);
	for (uint32_t i = 0; i < 2; i++)
		g[i] = datagrams(547, 546, i, 0);
	decide(g, 2);
	assert_int_equal(g[0].port[1], 547);
}

/* Answers alone, or an answer first: the server has a server's port. */
static void who_answers_many_is_a_server(void **state)
{
	struct flow f[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		f[i] = datagrams(1812, (uint16_t)(40000 + i), i, 0);
		f[i].addr[0] = 900;
		f[i].addr[1] = i;
		f[i].dir[1].packets = i == 0 ? 3 : 0;
	}
	decide(f, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(f[i].role, ROLE_FANIN);
		assert_int_equal(f[i].port[1], 1812);
	}
}

/* NTP: a server of three that asks another one, all of them by one port. */
static void with_equal_ports_who_begins_is_the_client(void **state)
{
	struct flow f[4];

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		f[i] = datagrams(123, 123, i, i == 3);
		f[i].addr[1] = 900;
	}
	decide(f, 4);
	assert_int_equal(f[0].addr[1], 900);
	assert_int_equal(f[3].addr[0], 900);
}

/* Of two points the one whose rule comes first decides. */
static void trust_follows_the_rules(void **state)
{
	struct flow syn = make(40000, 22, 1), port = make(40000, 22, 1);
	struct flow accepted[2] = { make(801, 40123, 1), make(5000, 40123, 2) };
	struct flow fan[2] = { make(7001, 9000, 1), make(7002, 9000, 2) };
	struct flow known = make(6000, 80, 1), mid = make(40000, 8080, 1);
	struct flow shared[3], payload = make(6000, 7000, 1);
	struct flow lower = make(6000, 7000, 1), none = make(500, 500, 1);
	const struct flow *order[] = { &syn,    accepted, &port,
				       &fan[0], &known,   &mid,
				       shared,  &payload, &lower };

	(void)state;
	syn.dir[0].flags = DIR_SYN;
	decide(&syn, 1);
	accepted[1].dir[1].flags = DIR_SYN | DIR_ACCEPTS;
	decide(accepted, 2);
	decide(&port, 1);
	decide(fan, 2);
	decide(&known, 1);
	decide(&mid, 1);
	for (uint32_t i = 0; i < 3; i++)
		shared[i] = make((uint16_t)(52593 + i), 44818, i);
	for (uint32_t i = 0; i < 3; i++)
		shared[i].addr[1] = 900 + i;
	decide(shared, 3);
	payload.first_payload = 0;
	decide(&payload, 1);
	decide(&lower, 1);
	decide(&none, 1);
	for (size_t i = 1; i < sizeof order / sizeof *order; i++)
		assert_true(order[i - 1]->trust > order[i]->trust);
	assert_int_equal(none.trust, lower.trust);
	assert_int_equal(none.role, ROLE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syn_decides_whatever_the_ports_say),
		cmocka_unit_test(what_is_only_reset_was_asked),
		cmocka_unit_test(answer_alone_decides),
		cmocka_unit_test(clock_step_does_not_turn_it),
		cmocka_unit_test(many_peers_make_a_server),
		cmocka_unit_test(two_addresses_of_one_service_are_no_fan),
		cmocka_unit_test(who_answers_for_another_is_a_server),
		cmocka_unit_test(known_port_then_first_payload),
		cmocka_unit_test(who_asks_many_is_no_server),
		cmocka_unit_test(who_is_asked_by_many_is_a_server),
		cmocka_unit_test(a_services_port_outweighs_two_peers),
		cmocka_unit_test(an_end_that_accepted_outweighs_its_port),
		cmocka_unit_test(in_mid_stream_a_clients_port_tells),
		cmocka_unit_test(a_port_of_several_hosts_is_a_services),
		cmocka_unit_test(who_asked_for_a_file_is_the_client_of_it),
		cmocka_unit_test(dhcps_ports_are_known),
		cmocka_unit_test(a_reserved_port_may_be_a_clients),
		cmocka_unit_test(who_answers_many_is_a_server),
		cmocka_unit_test(with_equal_ports_who_begins_is_the_client),
		cmocka_unit_test(trust_follows_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
