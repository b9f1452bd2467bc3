/* Groups that workers share: each worker adds to the same ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/parallel.h"
#include "report/derive/grouping.h"

#define CLIENTS 700
#define ROUNDS 8

static void add(struct grouping_shared *s, unsigned client)
{
	char key[32];
	struct group_key k;

	snprintf(key, sizeof key, "10.0.%u.%u", client / 256, client % 256);
	k = group_key_of(GROUP_CLIENT, key);
	grouping_shared_expect(s, &k);
	grouping_find(grouping_enter(s, &k), &k)->sessions += client;
	grouping_leave(s, &k);
}

static void add_all(void *ctx, unsigned worker, size_t turn)
{
	(void)worker;
	for (unsigned i = 0; i < CLIENTS; i++)
		add(ctx, (i * 37 + (unsigned)turn) % CLIENTS);
}

static void workers_add_to_the_same_groups(void **state)
{
	struct grouping_shared *s = grouping_shared_new();
	struct grouping *all = grouping_new();
	char key[32];

	(void)state;
	parallel_run(ROUNDS, add_all, s);
	grouping_of(all, GROUP_CLIENT, "10.0.1.1")->sessions = 1;
	grouping_take_shared(all, s);
	for (unsigned i = 0; i < CLIENTS; i++) {
		snprintf(key, sizeof key, "10.0.%u.%u", i / 256, i % 256);
		assert_int_equal(grouping_of(all, GROUP_CLIENT, key)->sessions,
				 ROUNDS * i + (i == 257));
	}
	grouping_shared_free(s);
	grouping_free(all);
}

static void those_past_the_most_are_joined(void **state)
{
	struct grouping_shared *s = grouping_shared_new();
	struct grouping *all = grouping_new();
	uint64_t sum = 0;
	struct group *rest;

	(void)state;
	for (unsigned i = 1; i <= GROUPINGS_MOST * 5 / 4; i++) {
		add(s, i);
		sum += i;
	}
	grouping_take_shared(all, s);
	rest = grouping_of(all, GROUP_CLIENT, "");
	assert_in_range(rest->sessions, sum / 8, sum - 1);
	grouping_shared_free(s);
	grouping_free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_add_to_the_same_groups),
		cmocka_unit_test(those_past_the_most_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
