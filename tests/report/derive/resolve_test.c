/* Questions for hardware addresses: which of them say that nobody answers. */
#include "report/derive/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SEC 1000000000LL

static struct point_row points[] = { { .id = 1, .pos = 1 },
				     { .id = 2, .pos = 2 } };
static char paths[][8] = { "a.pcap", "b.pcap", "c.pcap" };
static struct file_row files[] = {
	{ .id = 257, .point = 1, .path = paths[0] },
	{ .id = 513, .point = 2, .path = paths[1] },
	{ .id = 769, .point = 2, .path = paths[2] },
};
static const struct model model = {
	.points = points, .n_points = 2, .files = files, .n_files = 3
};

static void add(struct resolve *r, int64_t file, const char *name,
		int64_t status, uint64_t n, int64_t from, int64_t to)
{
	struct message_row m = {
		.file = file,
		.m = { .proto = MESSAGE_ARP,
		       .kind = name[0] == 'i' ? MESSAGE_RESPONSE
					      : MESSAGE_REQUEST,
		       .len = n,
		       .status = status,
		       .first_ns = from * SEC,
		       .last_ns = to * SEC,
		       .msg_id = -1 },
		.name = (char *)(uintptr_t)name,
	};

	resolve_add(r, &m);
}

#define WHO "who-has 10.0.0.5 10.0.0.1 02:00:00:00:00:01"

static struct net_addr addr(const char *text)
{
	struct net_addr a;

	assert_int_equal(net_addr_parse(text, &a), 0);
	return a;
}

static uint64_t asked(struct resolve *r, int pos, const char *about,
		      int64_t from, int64_t to)
{
	struct resolve_while when = { 2, from * SEC, to * SEC };
	struct net_addr a = addr(about);
	struct unresolved x;

	resolve_sort(r);
	x = resolve_find(r, &model, pos, &a, NULL, &when);
	assert_int_equal(x.q != NULL, x.n > 0);
	return x.n;
}

static void questions_of_that_time_and_place_count(void **state)
{
	struct resolve r = { .at = { 0 } };

	(void)state;
	add(&r, 513, WHO, MESSAGE_NEIGHBOUR_VAIN, 5, 100, 110);
	assert_int_equal(asked(&r, 2, "10.0.0.5", 101, 104), 5);
	assert_int_equal(asked(&r, 2, "10.0.0.5", 98, 98), 5); /* asked then */
	assert_int_equal(asked(&r, 2, "10.0.0.5", 90, 95), 0);
	assert_int_equal(asked(&r, 2, "10.0.0.5", 115, 120), 0);
	assert_int_equal(asked(&r, 1, "10.0.0.5", 101, 104), 0);
	assert_int_equal(asked(&r, 2, "10.0.0.6", 101, 104), 0);
	resolve_close(&r);
}

static void few_or_answered_ones_do_not(void **state)
{
	static const struct {
		int64_t status;
		uint64_t n, in_vain;
		int64_t to;
	} cases[] = {
		{ MESSAGE_NEIGHBOUR_VAIN, 3, 3, 110 },
		{ MESSAGE_NEIGHBOUR_VAIN, 2, 0, 101 },
		{ MESSAGE_NEIGHBOUR_LATE, 4, 3, 110 },
		{ MESSAGE_NEIGHBOUR_LATE, 3, 0, 110 },
		{ MESSAGE_NEIGHBOUR_SHOWN, 4, 3, 110 },
		{ 0, 50, 0, 110 },
		/* once in half a minute */
		{ MESSAGE_NEIGHBOUR_VAIN, 4, 0, 200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct resolve r = { .at = { 0 } };

		add(&r, 513, WHO, cases[i].status, cases[i].n, 100,
		    cases[i].to);
		assert_int_equal(asked(&r, 2, "10.0.0.5", 100, 104),
				 cases[i].in_vain);
		resolve_close(&r);
	}
}

static void it_is_sure_with_answers_to_others(void **state)
{
	struct resolve r = { .at = { 0 } };
	struct resolve_while when = { 2, 100 * SEC, 104 * SEC };
	struct net_addr a = addr("10.0.0.5"), from = addr("10.0.0.1");
	struct unresolved x;

	(void)state;
	add(&r, 513, WHO, MESSAGE_NEIGHBOUR_VAIN, 5, 100, 110);
	add(&r, 257, "who-has 10.0.0.9 10.0.0.1", 0, 1, 100, 110);
	resolve_sort(&r);
	x = resolve_find(&r, &model, 2, &a, NULL, &when);
	assert_false(resolve_is_sure(&x)); /* at another point */
	resolve_close(&r);

	add(&r, 513, WHO, MESSAGE_NEIGHBOUR_VAIN, 5, 100, 110);
	add(&r, 513, "who-has 10.0.0.9 10.0.0.1", 0, 1, 100, 110);
	add(&r, 513, "is-at 10.0.0.9 02:00:00:00:00:09", 0, 1, 100, 110);
	add(&r, 513, "who-has 10.0.0.8 10.0.0.1", 0, 1, 100, 110);
	add(&r, 513, "is-at 10.0.0.8 02:00:00:00:00:08", 0, 1, 100, 110);
	resolve_sort(&r);
	x = resolve_find(&r, &model, 2, &a, NULL, &when);
	assert_true(resolve_is_sure(&x));
	/* times of two points that cannot be compared */
	when.pos = 1;
	x = resolve_find(&r, &model, 2, &a, NULL, &when);
	assert_int_equal(x.n, 5);
	assert_false(resolve_is_sure(&x));
	/* by who asks */
	x = resolve_find(&r, &model, 2, NULL, &from, &when);
	assert_int_equal(x.n, 5);
	x = resolve_find(&r, &model, 2, NULL, &a, &when);
	assert_null(x.q);
	resolve_close(&r);
}

/* A host that is captured itself has its own answers only. */
static void answers_are_of_two_cards_or_of_that_address(void **state)
{
	static const struct {
		const char *asked, *card;
		int64_t status, vlan;
		bool sure;
	} cases[] = {
		{ "who-has 10.0.0.8 10.0.0.1",
		  "is-at 10.0.0.8 02:00:00:00:00:09", 0, -1, false },
		{ "who-has 10.0.0.8 10.0.0.1", "", 0, -1, false },
		{ "who-has 10.0.0.8 10.0.0.1",
		  "is-at 10.0.0.8 02:00:00:00:00:08", 0, 7, false },
		{ "who-has 10.0.0.8 10.0.0.1",
		  "is-at 10.0.0.8 02:00:00:00:00:08", MESSAGE_NEIGHBOUR_SHOWN,
		  -1, false },
		{ "who-has 10.0.0.8 10.0.0.1",
		  "is-at 10.0.0.8 02:00:00:00:00:08", 0, -1, true },
		{ "who-has 10.0.0.5 10.0.0.1", "", 0, -1, true },
	};
	struct resolve_while when = { 2, 100 * SEC, 104 * SEC };
	struct net_addr a = addr("10.0.0.5");

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct resolve r = { .at = { 0 } };
		struct unresolved x;

		add(&r, 513, WHO, MESSAGE_NEIGHBOUR_VAIN, 5, 100, 110);
		add(&r, 513, "who-has 10.0.0.9 10.0.0.1", 0, 1, 100, 110);
		add(&r, 513, "is-at 10.0.0.9 02:00:00:00:00:09", 0, 1, 99, 110);
		add(&r, 513, cases[i].asked, cases[i].status, 1, 50, 51);
		r.at.at[r.at.n - 1].vlan = cases[i].vlan;
		add(&r, 513, cases[i].card, 0, 1, 50, 51);
		r.at.at[r.at.n - 1].vlan = cases[i].vlan;
		resolve_sort(&r);
		x = resolve_find(&r, &model, 2, &a, NULL, &when);
		assert_int_equal(x.n, 5);
		assert_int_equal(resolve_is_sure(&x), cases[i].sure);
		resolve_close(&r);
	}
}

/* Each direction may have a file, or a tag, of its own. */
static void answers_elsewhere_are_answers(void **state)
{
	static const struct {
		int64_t file, vlan, from, to;
		uint64_t n;
		bool claim;
	} cases[] = {
		{ 769, -1, 100, 110, 0, false }, /* the other direction */
		{ 513, 7, 100, 110, 0, false },
		{ 769, -1, 50, 60, 5, false }, /* before */
		{ 769, -1, 112, 120, 5, false },
		{ 769, -1, 111, 120, 0, false },
		{ 257, -1, 100, 110, 5, true }, /* at another point */
		{ 257, -1, 50, 60, 5, false },
	};
	struct resolve_while when = { 2, 100 * SEC, 104 * SEC };
	struct net_addr a = addr("10.0.0.5");

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct resolve r = { .at = { 0 } };
		struct unresolved x;

		add(&r, 513, WHO, MESSAGE_NEIGHBOUR_LATE, 6, 100, 110);
		add(&r, cases[i].file, "is-at 10.0.0.5 02:00:00:00:00:05", 0, 1,
		    cases[i].from, cases[i].to);
		r.at.at[r.at.n - 1].vlan = cases[i].vlan;
		resolve_sort(&r);
		x = resolve_find(&r, &model, 2, &a, NULL, &when);
		assert_int_equal(x.n, cases[i].n);
		assert_int_equal(x.claim != NULL, cases[i].claim);
		assert_int_equal(resolve_is_sure(&x), x.n && !x.claim);
		x = resolve_most(&r, &model, 2);
		assert_int_equal(x.n, cases[i].n);
		resolve_close(&r);
	}
}

/* A case is untrusted. */
static void what_is_no_address_is_left_out(void **state)
{
	static const char *const names[] = { "",
					     "who-has",
					     "who-has 10.0.0.5",
					     "who-has x 10.0.0.1",
					     "who-has 10.0.0.5 10.0.0.999",
					     "is-at",
					     "is-at  10.0.0.5" };
	struct resolve r = { .at = { 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add(&r, 513, names[i], MESSAGE_NEIGHBOUR_VAIN, 5, 100, 110);
	assert_int_equal(r.at.n, 0);
	assert_int_equal(asked(&r, 2, "10.0.0.5", 101, 104), 0);
	resolve_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_of_that_time_and_place_count),
		cmocka_unit_test(few_or_answered_ones_do_not),
		cmocka_unit_test(it_is_sure_with_answers_to_others),
		cmocka_unit_test(answers_are_of_two_cards_or_of_that_address),
		cmocka_unit_test(answers_elsewhere_are_answers),
		cmocka_unit_test(what_is_no_address_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
