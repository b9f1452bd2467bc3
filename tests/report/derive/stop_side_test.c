/* Which side of a point the client of an unanswered session is on. */
#include "tests/report/derive/desk.h"

static struct net_end end_of(uint8_t net, uint8_t last, uint16_t port)
{
	uint8_t b[4] = { 10, net, 0, last };

	return (struct net_end){ net_addr_v4(b), port };
}

/* A session that the last point alone has, opened on its own side. */
static struct derive *from_the_far_end(void)
{
	struct derive *d = desk_alone();
	struct flow_view *f = &d->view.flow[0];

	d->view.row.flows[0].point_pos = 2;
	f->row.point = 2;
	f->point = &d->model.points[1];
	f->row.client = end_of(9, 1, 20);
	f->row.server = end_of(0, 1, 45000);
	d->view.row.client_end = -1;
	return d;
}

static void what_leaves_at_the_last_point_did_not_arrive_there(void **state)
{
	struct derive *d = from_the_far_end();
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 8; i++)
		desk_witness(d, 3, end_of(0, 50, 50000), end_of(9, 50, 80),
			     T0 + (i + 1) * 5 * SEC);
	desk_show(d);
	f = desk_finish(d, "stop.path");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "are at server but not at client"));
	desk_free(d);
}

static void an_initial_ttl_says_that_it_left_there(void **state)
{
	struct derive *d = from_the_far_end();
	struct hop_way *w = &d->model.figures.hop[0].way[0];

	(void)state;
	w->ttl_known = true;
	w->ttl_drop_min = w->ttl_drop_max = 3;
	d->view.flow[0].dir[0].ttl_max = 64;
	desk_show(d);
	assert_non_null(desk_finish(d, "stop.path"));
	desk_free(d);
}

static void where_nothing_tells_both_are_said(void **state)
{
	struct derive *d = from_the_far_end();
	const struct draft *f;

	(void)state;
	desk_show(d);
	f = desk_finish(d, "stop.host");
	assert_non_null(f);
	assert_int_equal(f->row.severity, SEV_MEDIUM);
	assert_true(draft_says(f, "Nothing shows which side"));
	assert_false(draft_says(f, "This is not loss"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_leaves_at_the_last_point_did_not_arrive_there),
		cmocka_unit_test(an_initial_ttl_says_that_it_left_there),
		cmocka_unit_test(where_nothing_tells_both_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
