/* Where a path takes longer from one packet to the next, and what only looks so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

/* A path without jitter, and nothing but time to tell copies. */
static struct hop steady_hop(struct side *a, struct side *b)
{
	struct hop h = hop_over(a, b, 0);

	h.dev = MS / 100;
	h.pace = 20 * MS;
	return h;
}

static void send(struct side *a, int64_t ms, uint32_t k)
{
	add(a, ms, 1000 + 100 * k, 100, 0)->opts = 0;
}

/* Packet @lost is lost, just where the route changes, or none.  A second later it
 * changes back. */
static void follow(int64_t by, uint32_t lost)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	uint32_t j = 0;
	struct hop h;

	for (uint32_t k = 0; k < 60; k++) {
		int64_t t = 10 * k + (k < 40 ? 0 : 1000);

		send(&a, t, k);
		if (k != lost)
			send(&b, t + 20 + (k >= 20 && k < 40 ? by : 0), k);
	}
	h = steady_hop(&a, &b);
	hop_match(&h);
	for (uint32_t k = 0; k < 60; k++) {
		assert_int_equal(h.far_of[k], k == lost ? LINK_NONE : j);
		j += k != lost;
	}
	hop_release(&h);
}

static void another_route_is_followed(void **state)
{
	(void)state;
	follow(35, 60);
	follow(150, 60);
	follow(700, 60);
}

static void another_route_is_followed_amid_loss(void **state)
{
	(void)state;
	follow(150, 20);
	follow(150, 22);
}

/* All of a flight is lost, and sent again in the same order and at the same pace;
 * @between others pass before. */
static void resend(uint32_t between)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	uint32_t k;
	struct hop h;

	for (k = 0; k < 20; k++) {
		send(&a, 10 * k, k);
		send(&b, 10 * k + 20, k);
	}
	for (k = 20; k < 30; k++)
		send(&a, 200 + k, k);
	for (k = 0; k < between; k++) {
		add(&a, 240 + k, 1000, 0, 0)->ack64 = seq_first(2 + k);
		add(&b, 260 + k, 1000, 0, 0)->ack64 = seq_first(2 + k);
	}
	for (k = 20; k < 30; k++) {
		send(&a, 600 + k, k);
		send(&b, 620 + k, k);
	}
	h = steady_hop(&a, &b);
	hop_match(&h);
	for (k = 0; k < 10; k++) {
		assert_int_equal(h.far_of[20 + k], LINK_NONE);
		assert_int_equal(h.far_of[30 + between + k], 20 + between + k);
	}
	hop_release(&h);
}

static void a_flight_sent_again_is_no_other_route(void **state)
{
	(void)state;
	resend(0);
	resend(40);
}

/* Equal ones that stand one place further on say nothing of time. */
static void equal_acks_are_no_other_route(void **state)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 40; k++) {
		add(&a, 10 * k, 1000, 0, 0)->opts = 0;
		if (k > 9)
			add(&b, 10 * k + 20, 1000, 0, 0)->opts = 0;
	}
	h = steady_hop(&a, &b);
	hop_match(&h);
	for (uint32_t k = 10; k < 40; k++)
		assert_int_equal(h.far_of[k], k - 10);
	hop_release(&h);
}

/* All takes another way by 130 ms, and the first @doubled come the usual way as
 * well: no run that has one of them is looked at for long. */
static bool moved(uint32_t doubled)
{
	struct side a = { .s = { .n = 0 } }, b = { .s = { .n = 0 } };
	struct hop h;
	bool found;

	for (uint32_t k = 0; k < 14; k++)
		send(&a, k, k);
	for (uint32_t k = 0; k < doubled; k++)
		send(&b, 20 + k, k);
	for (uint32_t k = 0; k < 14; k++)
		send(&b, 150 + k, k);
	h = steady_hop(&a, &b);
	found = link_moved(&h, 0, doubled);
	assert_int_equal(h.pace, found ? 150 * MS : 20 * MS);
	hop_release(&h);
	return found;
}

static void four_runs_that_came_before_end_the_search(void **state)
{
	(void)state;
	assert_true(moved(0));
	assert_true(moved(3));
	assert_false(moved(4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_route_is_followed),
		cmocka_unit_test(another_route_is_followed_amid_loss),
		cmocka_unit_test(a_flight_sent_again_is_no_other_route),
		cmocka_unit_test(equal_acks_are_no_other_route),
		cmocka_unit_test(four_runs_that_came_before_end_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
