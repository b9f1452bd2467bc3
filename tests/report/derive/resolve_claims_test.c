/* Addresses of two cards: in turn, or one after the other. */
#include "report/derive/resolve_claims.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SEC 1000000000LL
#define A "02:00:00:00:00:0a"
#define B "02:00:00:00:00:0b"
#define VRRP "00:00:5e:00:01:07"

static struct point_row points[] = { { .id = 1, .pos = 1 } };
static struct file_row files[] = { { .id = 257, .point = 1 } };
static const struct model model = {
	.points = points, .n_points = 1, .files = files, .n_files = 1
};

static void claim(struct resolve *r, const char *about, const char *mac,
		  int64_t at, int64_t vlan, bool announced)
{
	char name[80];
	struct message_row m = {
		.file = 257,
		.m = { .proto = MESSAGE_ARP,
		       .kind = MESSAGE_RESPONSE,
		       .len = 1,
		       .status = announced ? MESSAGE_NEIGHBOUR_UNASKED : 0,
		       .first_ns = at * SEC,
		       .last_ns = at * SEC,
		       .msg_id = vlan },
		.name = name,
	};

	snprintf(name, sizeof name, "is-at %s %s", about, mac);
	resolve_add(r, &m);
}

static uint64_t turns(struct resolve *r, bool *for_others)
{
	struct net_addr a;
	struct shared x;

	assert_int_equal(net_addr_parse("10.0.0.5", &a), 0);
	resolve_sort(r);
	x = claims_shared(r, &model, 1, &a);
	*for_others = x.for_others;
	if (x.turns) {
		assert_string_equal(x.a->mac, A);
		assert_string_equal(x.b->mac, B);
	}
	return x.turns;
}

static void cards_in_turn_are_two_hosts(void **state)
{
	struct resolve r = { .at = { 0 } };
	bool others;
	char about[32];

	(void)state;
	for (int i = 0; i < 4; i++)
		claim(&r, "10.0.0.5", i % 2 ? B : A, i, -1, false);
	assert_int_equal(turns(&r, &others), 3);
	assert_false(others);
	for (int i = 0; i < 4; i++) {
		snprintf(about, sizeof about, "10.0.0.%d", 20 + i);
		claim(&r, about, B, i, -1, false);
	}
	resolve_sort(&r);
	assert_int_equal(turns(&r, &others), 3);
	assert_true(others);
	resolve_close(&r);
}

static void what_is_normal_is_not_told(void **state)
{
	static const struct {
		const char *mac[4];
		int64_t vlan[4];
	} cases[] = {
		{ { A, B, A, A }, { 0 } },          /* over, and back */
		{ { A, B, A, B }, { 1, 2, 1, 2 } }, /* two networks */
		{ { A, VRRP, A, VRRP }, { 0 } },    /* a router's */
		/* one host after another is given it */
		{ { A, B, "02:00:00:00:00:0c", "02:00:00:00:00:0d" }, { 0 } },
	};
	bool others;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct resolve r = { .at = { 0 } };

		for (int k = 0; k < 4; k++)
			claim(&r, "10.0.0.5", cases[i].mac[k], k,
			      cases[i].vlan[k], true);
		assert_int_equal(turns(&r, &others), 0);
		resolve_close(&r);
	}
}

static void moves_are_of_their_time(void **state)
{
	struct resolve r = { .at = { 0 } };
	struct resolve_while when = { 1, 100 * SEC, 100 * SEC };
	const struct lookup *had, *q;

	(void)state;
	claim(&r, "10.0.0.5", A, 10, -1, true); /* its first: no move */
	claim(&r, "10.0.0.5", B, 99, -1, true);
	claim(&r, "10.0.0.6", A, 98, -1, true);
	claim(&r, "10.0.0.7", A, 97, -1, false);
	claim(&r, "10.0.0.7", B, 98, -1, false); /* not announced */
	resolve_sort(&r);
	q = claims_moved(&r, &model, 1, &when, &had);
	assert_non_null(q);
	assert_string_equal(q->mac, B);
	assert_string_equal(had->mac, A);
	when.from_ns = when.to_ns = 90 * SEC;
	assert_null(claims_moved(&r, &model, 1, &when, &had));
	when.from_ns = when.to_ns = 110 * SEC;
	assert_null(claims_moved(&r, &model, 1, &when, &had));
	assert_null(claims_moved(NULL, &model, 1, &when, &had));
	resolve_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cards_in_turn_are_two_hosts),
		cmocka_unit_test(what_is_normal_is_not_told),
		cmocka_unit_test(moves_are_of_their_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
