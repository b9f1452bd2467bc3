/* The order of points against round trips: three points, of which the hops'
 * figures are made by hand. */
#include "report/path_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define MS 1000000ll

struct scene {
	struct model m;
	struct point_row point[3];
	struct clock_row clock[3];
	struct hop_figures hop[2];
	char name[3][8];
};

static void open_scene(struct scene *t)
{
	memset(t, 0, sizeof *t);
	for (int i = 0; i < 3; i++) {
		t->name[i][0] = (char)('A' + i);
		t->point[i] = (struct point_row){ .id = i + 1,
						  .pos = i + 1,
						  .name = t->name[i] };
		t->clock[i] = (struct clock_row){ .point = i + 1,
						  .resolution_ns = 1000 };
	}
	for (int i = 0; i < 2; i++) {
		t->hop[i].from_pos = i + 1;
		t->hop[i].to_pos = i + 2;
	}
	t->m = (struct model){ .points = t->point,
			       .n_points = 3,
			       .clocks = t->clock,
			       .n_clocks = 3,
			       .figures = { .n = 2, .hop = t->hop } };
}

static void trips(struct hop_figures *h, unsigned n, int64_t ns)
{
	for (unsigned i = 0; i < n; i++)
		hist_add(&h->rtt, ns);
}

static void close_scene(struct scene *t)
{
	for (int i = 0; i < 2; i++)
		hist_release(&t->hop[i].rtt);
}

static void points_exchanged_are_named_in_a_better_order(void **state)
{
	static struct scene t;
	char *text;

	(void)state;
	open_scene(&t);
	trips(&t.hop[0], 20, 30 * MS);
	trips(&t.hop[1], 20, -20 * MS);
	text = path_order_doubt(&t.m);
	assert_non_null(text);
	assert_non_null(strstr(text, "packets meet C before B"));
	assert_non_null(strstr(text, "it is A, C, B"));
	assert_false(path_order_in_doubt(&t.m, 1));
	assert_true(path_order_in_doubt(&t.m, 2));
	assert_true(path_order_in_doubt(&t.m, 3));
	free(text);
	close_scene(&t);
}

/* Another hop, over B, with more jitter than the way from B to C takes. */
static void the_shortest_hops_give_the_order(void **state)
{
	static struct scene t;
	struct hop_figures over[3];
	char *text;

	(void)state;
	open_scene(&t);
	trips(&t.hop[0], 20, 30 * MS);
	trips(&t.hop[1], 20, -1 * MS);
	memset(over, 0, sizeof over);
	over[0].from_pos = 1;
	over[0].to_pos = 3;
	trips(&over[0], 20, 31 * MS);
	over[1] = t.hop[0];
	over[2] = t.hop[1];
	t.m.figures = (struct figures){ .n = 3, .hop = over };
	text = path_order_doubt(&t.m);
	assert_non_null(text);
	assert_non_null(strstr(text, "it is A, C, B"));
	free(text);
	hist_release(&over[0].rtt);
	close_scene(&t);
}

/* What two hops prove in opposite ways is no order. */
static void an_order_that_mends_nothing_is_not_named(void **state)
{
	static struct scene t;
	struct hop_figures back[3];
	char *text;

	(void)state;
	open_scene(&t);
	trips(&t.hop[0], 20, 1 * MS);
	trips(&t.hop[1], 20, 1 * MS);
	memset(back, 0, sizeof back);
	back[0] = t.hop[0];
	back[1] = t.hop[1];
	back[2].from_pos = 1;
	back[2].to_pos = 3;
	trips(&back[2], 20, -20 * MS);
	t.m.figures = (struct figures){ .n = 3, .hop = back };
	text = path_order_doubt(&t.m);
	assert_non_null(text);
	assert_non_null(strstr(text, "packets meet C before A"));
	assert_null(strstr(text, "it is"));
	free(text);
	hist_release(&back[2].rtt);
	close_scene(&t);
}

static void a_point_without_round_trips_has_no_place(void **state)
{
	static struct scene t;
	char *text;

	(void)state;
	open_scene(&t);
	trips(&t.hop[0], 20, -20 * MS);
	trips(&t.hop[1], 7, 20 * MS);
	text = path_order_doubt(&t.m);
	assert_non_null(text);
	assert_non_null(strstr(text, "packets meet B before A"));
	assert_null(strstr(text, "it is"));
	free(text);
	close_scene(&t);
}

static void assert_no_doubt(struct scene *t)
{
	assert_null(path_order_doubt(&t->m));
	for (int pos = 1; pos <= 3; pos++)
		assert_false(path_order_in_doubt(&t->m, pos));
	close_scene(t);
}

/* Both sides of one router: what a stamp may be off by. */
static void short_ones_are_proof_where_ttls_rise(void **state)
{
	static struct scene t;
	char *text;

	(void)state;
	open_scene(&t);
	trips(&t.hop[0], 20, 10 * MS);
	trips(&t.hop[1], 20, -15000);
	t.hop[1].way[0].tx.n[FATE_DELIVERED] = 100;
	text = path_order_doubt(&t.m);
	assert_non_null(text);
	assert_non_null(strstr(text, "packets meet C before B"));
	assert_non_null(strstr(text, "it is A, C, B"));
	free(text);
	close_scene(&t);

	open_scene(&t);
	trips(&t.hop[1], 20, -15000);
	t.hop[1].way[0].tx.n[FATE_DELIVERED] = 100;
	t.hop[1].way[1].ttl_known = true; /* some did not rise */
	assert_no_doubt(&t);
	open_scene(&t);
	trips(&t.hop[1], 20, 15000); /* a device that raises them */
	t.hop[1].way[0].tx.n[FATE_DELIVERED] = 100;
	assert_no_doubt(&t);
}

/* A mirror port that delivers one direction late. */
static void where_ttls_fall_the_stamps_are_wrong(void **state)
{
	static struct scene t;
	char *text;

	(void)state;
	open_scene(&t);
	trips(&t.hop[0], 20, -4 * MS);
	trips(&t.hop[1], 20, 25 * MS);
	for (int way = 0; way < 2; way++) {
		t.hop[0].way[way].ttl_known = true;
		t.hop[0].way[way].ttl_drop_min = 1;
		t.hop[0].way[way].ttl_drop_max = 1;
	}
	text = path_order_doubt(&t.m);
	assert_non_null(text);
	assert_null(strstr(text, "not in the order"));
	assert_non_null(strstr(text, "The capture at A or the one at B has "
				     "its two directions from two clocks"));
	assert_true(path_order_in_doubt(&t.m, 2));
	free(text);
	t.hop[0].way[1].ttl_drop_min = 0; /* some did not fall */
	text = path_order_doubt(&t.m);
	assert_non_null(text);
	assert_non_null(strstr(text, "packets meet B before A"));
	free(text);
	close_scene(&t);
}

static void few_or_some_or_short_ones_are_no_proof(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	trips(&t.hop[0], 7, -20 * MS);
	assert_true(path_order_backwards(&t.m, &t.hop[0])); /* yet asked */
	assert_no_doubt(&t);
	open_scene(&t);
	trips(&t.hop[0], 18, -20 * MS);
	trips(&t.hop[0], 2, 5 * MS);
	assert_no_doubt(&t);
	open_scene(&t);
	trips(&t.hop[1], 20, -15000);
	assert_false(path_order_backwards(&t.m, &t.hop[1]));
	assert_no_doubt(&t);
	/* a clock that ticks 64 times a second */
	open_scene(&t);
	t.clock[2].resolution_ns = 15625000;
	trips(&t.hop[1], 20, -20 * MS);
	assert_no_doubt(&t);
}

/* A point's directions are stamped apart in @n sessions of a hundred. */
static void apart(struct group g[2], struct scene *t, uint64_t n)
{
	static char key[] = "2", all[] = "all";

	g[0] = (struct group){ .kind = GROUP_CASE,
			       .key = all,
			       .sessions = 100 };
	g[1] = (struct group){
		.kind = CAUSE_STAMPS, .key = key, .sessions = n, .errors = n
	};
	hist_add(&g[1].hold, 2500 * MS);
	t->m.groups = g;
	t->m.n_groups = 2;
}

static void data_behind_its_acknowledgement_doubts_the_stamps(void **state)
{
	static struct scene t;
	struct group g[2];
	char *text;

	(void)state;
	open_scene(&t);
	trips(&t.hop[1], 20, -20 * MS);
	apart(g, &t, 10);
	text = path_order_doubt(&t.m);
	assert_non_null(text);
	assert_non_null(
		strstr(text, "The capture at B has its two directions"));
	assert_non_null(strstr(text, "10 of 100 sessions what the server"));
	assert_true(path_order_in_doubt(&t.m, 2));
	assert_false(path_order_in_doubt(&t.m, 1));
	free(text);
	hist_release(&g[1].hold);
	close_scene(&t);
}

static void an_oddity_of_few_sessions_doubts_nothing(void **state)
{
	static struct scene t;
	struct group g[2];

	(void)state;
	open_scene(&t);
	apart(g, &t, 9);
	assert_null(path_order_doubt(&t.m));
	assert_false(path_order_in_doubt(&t.m, 2));
	hist_release(&g[1].hold);
	close_scene(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_exchanged_are_named_in_a_better_order),
		cmocka_unit_test(the_shortest_hops_give_the_order),
		cmocka_unit_test(an_order_that_mends_nothing_is_not_named),
		cmocka_unit_test(a_point_without_round_trips_has_no_place),
		cmocka_unit_test(short_ones_are_proof_where_ttls_rise),
		cmocka_unit_test(where_ttls_fall_the_stamps_are_wrong),
		cmocka_unit_test(few_or_some_or_short_ones_are_no_proof),
		cmocka_unit_test(
			data_behind_its_acknowledgement_doubts_the_stamps),
		cmocka_unit_test(an_oddity_of_few_sessions_doubts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
