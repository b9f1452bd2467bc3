/* capture/sides.c: both sides of a router in one capture. */
#include "capture/sides.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define US 1000ll

enum mac { CLIENT = 1, IN = 2, OUT = 3, SERVER = 4, STRANGER = 9 };

struct scene {
	struct sides *s;
	uint8_t bytes[64];
	int64_t now;
	unsigned vlan[2]; /* on each side; 0: none */
	bool renumbers;   /* the router gives TCP other numbers */
	uint8_t hops;     /* that it takes */
};

static void scene_open(struct scene *x)
{
	memset(x, 0, sizeof *x);
	x->s = sides_new();
	x->hops = 1;
}

/* A frame from one hardware address to another. */
static struct frame frame_of(struct scene *x, enum mac from, enum mac to,
			     unsigned vlan)
{
	memset(x->bytes, 0, sizeof x->bytes);
	x->bytes[5] = (uint8_t)to;
	x->bytes[11] = (uint8_t)from;
	x->bytes[12] = vlan ? 0x81 : 0x08;
	x->bytes[15] = (uint8_t)vlan;
	return (struct frame){ .data = x->bytes,
			       .cap_len = sizeof x->bytes,
			       .time_ns = x->now };
}

static void see(struct scene *x, enum mac from, enum mac to, unsigned vlan,
		const struct packet *p)
{
	struct frame f = frame_of(x, from, to, vlan);

	sides_learn(x->s, &f, 1, p);
}

/* A packet of the client's, or of the server's, through the router. */
static void pass(struct scene *x, uint32_t n, bool back)
{
	struct packet p = { 0 };
	bool one_port = x->vlan[0] != x->vlan[1];

	p.key.proto = 6;
	p.rec.seq64 = n * 100;
	p.rec.ip_id = (uint16_t)(n + 1);
	p.rec.pay_len = 100;
	p.rec.ttl = 64;
	p.rec.time_ns = x->now;
	p.rec.tcp_flags = n ? REC_ACK : REC_SYN;
	see(x, back ? SERVER : CLIENT, back && !one_port ? OUT : IN,
	    x->vlan[back], &p);
	p.rec.ttl = (uint8_t)(p.rec.ttl - x->hops);
	p.rec.time_ns += 20 * US;
	p.rec.seq64 += x->renumbers ? 5555 : 0;
	see(x, back || one_port ? IN : OUT, back ? CLIENT : SERVER,
	    x->vlan[!back], &p);
	x->now += 500 * US;
}

static void pass_many(struct scene *x)
{
	for (uint32_t n = 0; n < 40; n++)
		pass(x, n, n % 3 == 2);
}

static enum side side_of(struct scene *x, enum mac from, enum mac to,
			 unsigned vlan)
{
	struct frame f = frame_of(x, from, to, vlan);

	return sides_of(x->s, &f);
}

static void the_routers_ports_tell_the_sides(void **state)
{
	struct scene x;

	(void)state;
	scene_open(&x);
	pass_many(&x);
	assert_true(sides_found(x.s));
	assert_int_equal(side_of(&x, CLIENT, IN, 0), SIDE_IN);
	assert_int_equal(side_of(&x, IN, CLIENT, 0), SIDE_IN);
	assert_int_equal(side_of(&x, OUT, SERVER, 0), SIDE_OUT);
	assert_int_equal(side_of(&x, SERVER, OUT, 0), SIDE_OUT);
	/* what the router has no part in is where its host was seen */
	assert_int_equal(side_of(&x, SERVER, STRANGER, 0), SIDE_OUT);
	assert_int_equal(side_of(&x, CLIENT, STRANGER, 0), SIDE_IN);
	sides_free(x.s);
}

static void one_port_with_two_vlans_has_two_sides(void **state)
{
	struct scene x;

	(void)state;
	scene_open(&x);
	x.vlan[0] = 10;
	x.vlan[1] = 20;
	pass_many(&x);
	assert_true(sides_found(x.s));
	assert_int_equal(side_of(&x, CLIENT, IN, 10), SIDE_IN);
	assert_int_equal(side_of(&x, IN, SERVER, 20), SIDE_OUT);
	sides_free(x.s);
}

/* Flights of acknowledgements, equal but for their IDs, each of which is there as a
 * whole before its first one is forwarded. */
static void a_flight_of_equal_ones_is_told_by_ids(void **state)
{
	struct scene x;

	(void)state;
	scene_open(&x);
	for (uint32_t n = 0; n < 80; n++)
		for (int k = 0; k < 16; k++) {
			bool first = k < 8;
			struct packet p = { 0 };

			p.key.proto = 6;
			p.rec.seq64 = n * 100;
			p.rec.ip_id = (uint16_t)(n * 8 + (unsigned)k % 8 + 1);
			p.rec.ttl = first ? 64 : 63;
			p.rec.time_ns = x.now += US;
			p.rec.tcp_flags = REC_ACK;
			see(&x, first ? CLIENT : OUT, first ? IN : SERVER, 0,
			    &p);
		}
	assert_true(sides_found(x.s));
	sides_free(x.s);
}

/* A mirror that doubles, or two captures of other numbers, is none. */
static void no_router_no_sides(void **state)
{
	struct scene x;

	(void)state;
	scene_open(&x);
	x.hops = 0;
	pass_many(&x);
	assert_false(sides_found(x.s));
	sides_free(x.s);
	scene_open(&x);
	x.renumbers = true;
	pass_many(&x);
	assert_false(sides_found(x.s));
	sides_free(x.s);
}

/* Few of many packets come by again: a detour, not what the capture is. */
static void a_few_routed_packets_are_no_habit(void **state)
{
	struct scene x;

	(void)state;
	scene_open(&x);
	for (uint32_t n = 0; n < 200; n++) {
		struct packet p = { .rec = { .ip_id = (uint16_t)(n + 500),
					     .seq64 = n,
					     .ttl = 60,
					     .time_ns = x.now } };

		see(&x, CLIENT, IN, 0, &p);
		if (n % 10 == 0)
			pass(&x, n, false);
	}
	assert_false(sides_found(x.s));
	sides_free(x.s);
}

static void short_frames_and_other_links_are_passed_over(void **state)
{
	struct scene x;
	struct frame f;
	struct packet p = { .rec = { .ip_id = 1, .ttl = 60 } };

	(void)state;
	scene_open(&x);
	f = frame_of(&x, CLIENT, IN, 0);
	f.cap_len = 17;
	for (int i = 0; i < 20; i++) {
		p.rec.ttl--;
		sides_learn(x.s, &f, 1, &p);
		sides_learn(x.s, &f, 101, &p);
	}
	assert_false(sides_found(x.s));
	assert_int_equal(sides_of(x.s, &f), SIDE_IN);
	sides_free(x.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_routers_ports_tell_the_sides),
		cmocka_unit_test(one_port_with_two_vlans_has_two_sides),
		cmocka_unit_test(a_flight_of_equal_ones_is_told_by_ids),
		cmocka_unit_test(no_router_no_sides),
		cmocka_unit_test(a_few_routed_packets_are_no_habit),
		cmocka_unit_test(short_frames_and_other_links_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
