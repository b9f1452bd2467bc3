/* Groups by key: how many are kept, and that the rest is joined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "report/derive/grouping.h"

#define CLIENTS 350

static void add(struct grouping *g, enum group_kind kind, unsigned i)
{
	char key[32];
	struct group *x;

	snprintf(key, sizeof key, "10.0.%u.%u", i / 256, i % 256);
	x = grouping_of(g, kind, key);
	x->sessions++;
	x->part[TIME_PATH] += 1000 + i;
}

static void those_past_the_heaviest_are_joined(void **state)
{
	struct grouping *g = grouping_new();
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	uint64_t sessions[GROUP_KINDS] = { 0 };
	size_t n, kept[GROUP_KINDS] = { 0 };
	struct group *all;

	(void)state;
	assert_non_null(s);
	for (unsigned i = 0; i < CLIENTS; i++) {
		add(g, GROUP_CLIENT, i);
		add(g, GROUP_SERVER, i % (GROUPS_KEPT - 1));
	}
	store_begin(s);
	grouping_store(g, s);
	assert_int_equal(store_commit(s, &err), 0);
	all = store_groups(s, &n);
	for (size_t i = 0; i < n; i++) {
		kept[all[i].kind]++;
		sessions[all[i].kind] += all[i].sessions;
		/* the heaviest stands first, the rest last */
		if (all[i].kind == GROUP_CLIENT &&
		    kept[GROUP_CLIENT] <= GROUPS_KEPT)
			assert_int_equal(all[i].part[TIME_PATH],
					 1000 + CLIENTS - kept[GROUP_CLIENT]);
	}
	assert_int_equal(kept[GROUP_CLIENT], GROUPS_KEPT + 1);
	assert_string_equal(all[n - 1].key, "");
	assert_int_equal(kept[GROUP_SERVER], GROUPS_KEPT - 1);
	assert_int_equal(sessions[GROUP_CLIENT], CLIENTS);
	assert_int_equal(sessions[GROUP_SERVER], CLIENTS);
	groups_free(all, n);
	grouping_free(g);
	store_close(s);
}

static struct group *find_in_steps(struct grouping *g, const char *key)
{
	struct group_key k = grouping_key(g, GROUP_CLIENT, key);

	grouping_expect(g, &k);
	grouping_fetch(g, &k);
	return grouping_find(g, &k);
}

static void steps_lead_to_the_same_group(void **state)
{
	struct grouping *g = grouping_new();
	struct group *one = find_in_steps(g, "one"); /* a new one */
	struct group *server = grouping_of(g, GROUP_SERVER, "one"), *two;
	struct group_key k;

	(void)state;
	assert_string_equal(one->key, "one");
	assert_ptr_not_equal(one, server);
	two = grouping_of(g, GROUP_CLIENT, "two");
	assert_ptr_equal(find_in_steps(g, "one"), one);
	assert_ptr_equal(find_in_steps(g, "two"), two);
	k = grouping_key(g, GROUP_CLIENT, "one"); /* with none between */
	assert_ptr_equal(grouping_find(g, &k), one);
	assert_ptr_equal(grouping_of(g, GROUP_CLIENT, "one"), one);
	grouping_free(g);
}

static void merging_moves_all(void **state)
{
	struct grouping *a = grouping_new(), *b = grouping_new();

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		add(i % 2 ? a : b, GROUP_CLIENT, i / 4);
	grouping_merge(a, b);
	assert_int_equal(grouping_of(a, GROUP_CLIENT, "10.0.0.0")->sessions, 4);
	assert_int_equal(grouping_of(a, GROUP_CLIENT, "10.0.0.2")->sessions, 2);
	assert_int_equal(grouping_of(b, GROUP_CLIENT, "10.0.0.0")->sessions, 0);
	grouping_free(a);
	grouping_free(b);
}

/* What two workers have, with a group of more values than lie in it. */
static void fill(struct grouping *a, struct grouping *b)
{
	for (unsigned i = 0; i < 4 * CLIENTS; i++) {
		struct grouping *g = i % 3 ? a : b;
		char key[16];
		struct group *x;

		snprintf(key, sizeof key, "%u", i * 37 % (2 * CLIENTS));
		x = grouping_of(g, GROUP_CLIENT, key);
		x->part[TIME_PATH] += i * 31 % 1009;
		x->exchanges++;
		hist_add(&x->total, i * 1000);
		group_top_add(x, &(struct group_top){ i * 7 % 512, i, 0 });
		add(g, GROUP_SERVER, i % 5);
		hist_add(&grouping_of(g, GROUP_SERVER, "10.0.0.1")->total, i);
	}
}

static struct group *stored(bool apart, size_t *n)
{
	struct grouping *a = grouping_new(), *b = grouping_new();
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct group *all;

	fill(a, apart ? b : a);
	grouping_merge(a, b);
	store_begin(s);
	grouping_store(a, s);
	assert_int_equal(store_commit(s, &err), 0);
	all = store_groups(s, n);
	grouping_free(a);
	grouping_free(b);
	store_close(s);
	return all;
}

static void who_saw_which_makes_no_difference(void **state)
{
	size_t n, n_apart;
	struct group *all = stored(false, &n), *apart = stored(true, &n_apart);
	struct buf x = { 0 }, y = { 0 };

	(void)state;
	assert_int_equal(n, n_apart);
	assert_int_equal(n, GROUPS_KEPT + 1 + 5);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(all[i].key, apart[i].key);
		group_pack(&all[i], &x);
		group_pack(&apart[i], &y);
	}
	assert_int_equal(x.n, y.n);
	assert_memory_equal(x.at, y.at, x.n);
	buf_release(&x);
	buf_release(&y);
	groups_free(all, n);
	groups_free(apart, n_apart);
}

static void groups_stay_where_they_are(void **state)
{
	static struct group *at[3000];
	struct grouping *g = grouping_new();
	char key[32];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < 3000; i++) {
			struct group *x;

			snprintf(key, sizeof key, "%u", i / 2);
			x = grouping_of(g, i % 2 ? GROUP_CLIENT : GROUP_SERVER,
					key);
			if (!round)
				at[i] = x;
			assert_ptr_equal(x, at[i]);
			assert_string_equal(x->key, key);
		}
	for (unsigned i = 1; i < 3000; i++)
		assert_ptr_not_equal(at[i], at[i - 1]);
	grouping_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_past_the_heaviest_are_joined),
		cmocka_unit_test(steps_lead_to_the_same_group),
		cmocka_unit_test(merging_moves_all),
		cmocka_unit_test(who_saw_which_makes_no_difference),
		cmocka_unit_test(groups_stay_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
