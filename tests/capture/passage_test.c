/* capture/passage.c: in which order packets pass interfaces. */
#include "capture/passage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define US 1000ll
#define CLIENT_PORT 40000
#define SERVER_PORT 443

enum lane { OUTER = 2, BRIDGE = 3, INNER = 4, OTHER = 5 };

struct scene {
	struct passage *g;
	int64_t now;
	uint32_t n;      /* packets so far */
	bool nat;        /* the outer side has other ports */
	bool no_opening; /* the capture began later */
	bool bridged;    /* nobody takes a hop off */
	bool unsorted;   /* the file has the last interface's packets first */
};

static void see(struct scene *x, struct packet *p, enum lane lane, uint8_t ttl)
{
	struct packet q = *p;
	bool back = q.key.sport == SERVER_PORT;

	q.key.lane = lane;
	q.rec.ttl = ttl;
	if (x->nat && lane == OUTER)
		*(back ? &q.key.dport : &q.key.sport) += 777;
	p->rec.time_ns += 10 * US;
	passage_learn(x->g, &q);
}

/* From @from over the bridge to @to, whose host is the server; or back. */
static void pass_over(struct scene *x, enum lane from, enum lane to, bool back)
{
	struct packet p = { 0 };
	uint32_t n = x->n++;

	p.key.proto = 6;
	p.key.sport = back ? SERVER_PORT : CLIENT_PORT;
	p.key.dport = back ? CLIENT_PORT : SERVER_PORT;
	p.key.src.b[0] = (uint8_t)(back ? to : from); /* a host on each side */
	p.key.dst.b[0] = (uint8_t)(back ? from : to);
	p.rec.seq64 = n * 100;
	p.rec.ip_id = (uint16_t)(n + 1);
	p.rec.pay_len = 100;
	p.rec.time_ns = x->now += 500 * US;
	p.rec.tcp_flags = n || x->no_opening ? REC_ACK : REC_SYN;
	if (x->unsorted) {
		p.rec.time_ns += 40 * US;
		see(x, &p, back ? from : to, 64 - !x->bridged);
		p.rec.time_ns -= 50 * US;
	}
	see(x, &p, back ? to : from, 64);
	see(x, &p, BRIDGE, back && !x->bridged ? 63 : 64);
	if (!x->unsorted)
		see(x, &p, back ? from : to, 64 - !x->bridged);
}

/* From a container, over its bridge, out; or back. */
static void pass(struct scene *x, bool back)
{
	pass_over(x, INNER, OUTER, back);
}

static void expect(const struct scene *x, enum lane a, enum lane b, enum lane c)
{
	uint32_t lane[] = { OUTER, BRIDGE, INNER };

	passage_sort(x->g, lane, 3);
	assert_int_equal(lane[0], a);
	assert_int_equal(lane[1], b);
	assert_int_equal(lane[2], c);
}

static void clients_side_comes_first(void **state)
{
	(void)state;
	for (int nat = 0; nat < 2; nat++)
		for (int late = 0; late < 2; late++) {
			struct scene x = { .g = passage_new(),
					   .nat = nat,
					   .no_opening = late };

			expect(&x, OUTER, BRIDGE, INNER); /* not known yet */
			for (int k = 0; k < 12; k++)
				pass(&x, k % 3 != 0);
			expect(&x, INNER, BRIDGE, OUTER);
			passage_free(x.g);
		}
}

static void order_in_the_file_does_not_matter(void **state)
{
	(void)state;
	for (int bridged = 0; bridged < 2; bridged++) {
		struct scene x = { .g = passage_new(),
				   .bridged = bridged,
				   .unsorted = true };

		for (int k = 0; k < 12; k++)
			pass(&x, k % 3 != 0);
		expect(&x, INNER, BRIDGE, OUTER);
		passage_free(x.g);
	}
}

/* Answers alone say it, too, by their ports. */
static void one_way_is_enough(void **state)
{
	struct scene x = { .g = passage_new(), .n = 1 };

	(void)state;
	for (int k = 0; k < 12; k++)
		pass(&x, true);
	expect(&x, INNER, BRIDGE, OUTER);
	passage_free(x.g);
}

/* Stamps of two queues may be the wrong way round; hop counts are not. */
static void hops_go_before_stamps(void **state)
{
	struct scene x = { .g = passage_new() };
	uint32_t lane[] = { OUTER, INNER };

	(void)state;
	for (uint32_t n = 0; n < 12; n++) {
		struct packet p = { 0 };

		p.key.proto = 17;
		p.key.sport = CLIENT_PORT;
		p.key.dport = SERVER_PORT;
		p.rec.ip_id = (uint16_t)(n + 1);
		see(&x, &p, OUTER, 63);
		see(&x, &p, INNER, 64);
	}
	passage_sort(x.g, lane, 2);
	assert_int_equal(lane[0], INNER);
	passage_free(x.g);
}

/* What is seen on one alone says nothing, and stays where it was. */
static void others_keep_their_places(void **state)
{
	struct scene x = { .g = passage_new() };
	uint32_t lane[] = { OTHER, OUTER, 7, INNER };

	(void)state;
	for (int k = 0; k < 12; k++) {
		struct packet p = { .key.lane = OTHER, .rec.pay_len = 10 };

		p.rec.ip_id = (uint16_t)(k + 1000);
		passage_learn(x.g, &p);
		pass(&x, k & 1);
	}
	passage_sort(x.g, lane, 4);
	assert_int_equal(lane[0], OTHER);
	assert_int_equal(lane[1], 7);
	assert_int_equal(lane[2], INNER);
	assert_int_equal(lane[3], OUTER);
	passage_free(x.g);
}

static size_t place_of(const uint32_t *lane, size_t n, uint32_t what)
{
	size_t i = 0;

	while (i < n && lane[i] != what)
		i++;
	return i;
}

/* Clients outside ask a container, another container asks outside: whoever asks,
 * the bridge is between. */
static void a_bridge_is_between_whoever_asks(void **state)
{
	static const uint32_t orders[][4] = {
		{ OUTER, BRIDGE, INNER, OTHER },
		{ OTHER, INNER, BRIDGE, OUTER },
		{ INNER, OUTER, OTHER, BRIDGE },
		{ BRIDGE, OTHER, OUTER, INNER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		struct scene x = { .g = passage_new(), .no_opening = true };
		uint32_t lane[4];
		size_t outer, bridge;

		memcpy(lane, orders[i], sizeof lane);
		for (int k = 0; k < 12; k++) {
			pass_over(&x, OUTER, INNER, k & 1);
			pass_over(&x, OTHER, OUTER, k & 1);
		}
		passage_sort(x.g, lane, 4);
		outer = place_of(lane, 4, OUTER);
		bridge = place_of(lane, 4, BRIDGE);
		assert_true(outer == 0 || outer == 3);
		assert_int_equal(bridge, outer ? 2 : 1);
		passage_free(x.g);
	}
}

static void many_interfaces_are_no_trouble(void **state)
{
	struct scene x = { .g = passage_new() };
	uint32_t lane[40];

	(void)state;
	for (uint32_t k = 0; k < 40; k++) {
		struct packet p = { .key.lane = lane[k] = k,
				    .rec = { .ip_id = 7, .ttl = 64 } };

		passage_learn(x.g, &p);
	}
	passage_sort(x.g, lane, 40);
	for (uint32_t k = 0; k < 40; k++)
		assert_int_equal(lane[k], k);
	passage_free(x.g);
	passage_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_side_comes_first),
		cmocka_unit_test(order_in_the_file_does_not_matter),
		cmocka_unit_test(one_way_is_enough),
		cmocka_unit_test(hops_go_before_stamps),
		cmocka_unit_test(others_keep_their_places),
		cmocka_unit_test(a_bridge_is_between_whoever_asks),
		cmocka_unit_test(many_interfaces_are_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
