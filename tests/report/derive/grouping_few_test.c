/* Groups of few sessions: what is stored is the same as if each session had been
 * added to a whole group at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "report/derive/grouping.h"

#define SESSIONS 3000
#define KEYS 900 /* most have a few sessions, and some have many */

static uint64_t state;

static uint64_t draw(uint64_t below)
{
	state = state * 6364136223846793005 + 1442695040888963407;
	return (state >> 33) % below;
}

/* Mostly a small value; some are as large as can be. */
static int64_t draw_part(void)
{
	switch (draw(40)) {
	case 0:
		return TIME_PART_MAX;
	case 1:
		return TIME_PART_MAX / 3;
	case 2:
		return 0;
	default:
		return (int64_t)draw(5000000000);
	}
}

static void draw_hist(struct hist *h, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hist_add(h, (int64_t)draw(100000000) - 1000);
}

/* What session @id adds. */
static struct group draw_share(int64_t id)
{
	struct group g = { .sessions = 1 };
	size_t n = draw(30) ? draw(HIST_FEW + 1) : 5 * HIST_FEW;

	g.exchanges = n;
	g.errors = draw(3) ? 0 : draw(10);
	g.holds = draw(3) ? 0 : UINT64_MAX;
	for (int r = 0; r < REPAIRS; r++)
		g.repairs[r] = draw(2) ? 0 : draw(300);
	g.nagles = draw(3);
	g.windows = draw(4);
	g.in_flight_sum = draw(100);
	g.bytes = draw(1u << 31);
	g.explained_ns = draw_part();
	for (int p = 0; p < TIME_PARTS; p++)
		g.part[p] = draw(2) ? 0 : draw_part();
	draw_hist(&g.total, n);
	draw_hist(&g.server, n);
	draw_hist(&g.hold, draw(3));
	for (uint32_t i = 0; i < n; i++)
		group_top_add(&g,
			      &(struct group_top){ (int64_t)draw(100000), id,
						   draw(9) ? i : UINT32_MAX });
	return g;
}

enum how { WHOLE, SLIPS, MIXED };

static void add(struct grouping *g, enum how how, enum group_kind kind,
		const char *key, const struct group *share)
{
	struct group_key k;

	if (how == WHOLE || (how == MIXED && share->bytes % 4 == 0)) {
		group_merge(grouping_of(g, kind, key), share);
		return;
	}
	k = grouping_key(g, kind, key);
	grouping_expect(g, &k);
	grouping_fetch(g, &k);
	grouping_add(g, &k, share);
}

static void add_session(struct grouping *g, enum how how, int64_t id)
{
	struct group share = draw_share(id);
	char key[16];

	/* the lower the key, the more sessions it has */
	snprintf(key, sizeof key, "%u",
		 (unsigned)(draw(KEYS) * (draw(8) + 1) / 8));
	add(g, how, GROUP_CLIENT, key, &share);
	add(g, how, CAUSE_CONNECT, key, &share);
	add(g, how, GROUP_COMMAND, key + strlen(key) - 1, &share);
	group_release(&share);
}

/* The rows that @workers write, packed. */
static struct buf rows(enum how how, size_t workers)
{
	struct grouping *g[4];
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct buf out = { 0 };
	struct group *all;
	size_t n;

	assert_non_null(s);
	state = 7;
	for (size_t i = 0; i < workers; i++)
		g[i] = grouping_new();
	for (int64_t id = 1; id <= SESSIONS; id++)
		add_session(g[(size_t)id * 7 % workers], how, id);
	for (size_t i = 1; i < workers; i++)
		grouping_merge(g[0], g[i]);
	store_begin(s);
	grouping_store(g[0], s);
	assert_int_equal(store_commit(s, &err), 0);
	all = store_groups(s, &n);
	assert_int_equal(n, 2 * (GROUPS_KEPT + 1) + 10);
	for (size_t i = 0; i < n; i++) {
		buf_u8(&out, all[i].kind);
		buf_bytes(&out, all[i].key, strlen(all[i].key) + 1);
		group_pack(&all[i], &out);
	}
	groups_free(all, n);
	for (size_t i = 0; i < workers; i++)
		grouping_free(g[i]);
	store_close(s);
	return out;
}

static void slips_add_up_to_the_same_groups(void **ctx)
{
	struct buf whole = rows(WHOLE, 1);

	(void)ctx;
	for (size_t workers = 1; workers <= 4; workers++)
		for (enum how how = SLIPS; how <= MIXED; how++) {
			struct buf x = rows(how, workers);

			assert_int_equal(x.n, whole.n);
			assert_memory_equal(x.at, whole.at, x.n);
			buf_release(&x);
		}
	buf_release(&whole);
}

/* A group that somebody asks for is whole, and stays where it is. */
static void a_few_becomes_a_group_when_it_is_asked_for(void **ctx)
{
	struct grouping *g = grouping_new();
	struct group share = { .sessions = 1, .part[TIME_PATH] = 5 };
	struct group *x;

	(void)ctx;
	add(g, SLIPS, GROUP_CLIENT, "one", &share);
	add(g, SLIPS, GROUP_CLIENT, "one", &share);
	add(g, SLIPS, GROUP_SERVER, "one", &share);
	x = grouping_of(g, GROUP_CLIENT, "one");
	assert_string_equal(x->key, "one");
	assert_int_equal(x->sessions, 2);
	add(g, SLIPS, GROUP_CLIENT, "one", &share);
	assert_ptr_equal(grouping_of(g, GROUP_CLIENT, "one"), x);
	assert_int_equal(x->sessions, 3);
	assert_int_equal(x->part[TIME_PATH], 15);
	assert_int_equal(grouping_of(g, GROUP_SERVER, "one")->sessions, 1);
	grouping_free(g);
}

/* Past the most keys of a worker sessions of new ones count to the rest. */
static void past_the_most_keys_sessions_are_of_the_rest(void **ctx)
{
	struct grouping *g = grouping_new(), *more = grouping_new();
	struct group share = { .sessions = 1 };
	char key[16];

	(void)ctx;
	for (unsigned i = 0; i < GROUPINGS_MOST + 5; i++) {
		snprintf(key, sizeof key, "%u", i);
		add(g, SLIPS, GROUP_CLIENT, key, &share);
	}
	assert_int_equal(grouping_of(g, GROUP_CLIENT, "")->sessions, 5);
	add(more, SLIPS, GROUP_CLIENT, "0", &share);
	add(more, SLIPS, GROUP_CLIENT, "new", &share);
	grouping_merge(g, more);
	assert_int_equal(grouping_of(g, GROUP_CLIENT, "")->sessions, 6);
	assert_int_equal(grouping_of(g, GROUP_CLIENT, "0")->sessions, 2);
	grouping_free(g);
	grouping_free(more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slips_add_up_to_the_same_groups),
		cmocka_unit_test(a_few_becomes_a_group_when_it_is_asked_for),
		cmocka_unit_test(past_the_most_keys_sessions_are_of_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
