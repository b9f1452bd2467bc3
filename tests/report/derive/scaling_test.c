/* Where a window scale is lost, and whose window that makes too small. */
#include "tests/report/derive/desk.h"

#include "report/derive/scaling.h"

/* The session of three points, with these shifts of the SYN, and of the SYN,ACK. */
static struct derive *scaled(const int8_t shift[2][DESK_POINTS])
{
	struct derive *d = desk_new(DESK_POINTS, &rules_delay);

	for (int i = 0; i < DESK_POINTS; i++)
		for (int dir = 0; dir < 2; dir++)
			d->view.flow[i].dir[dir].wscale = shift[dir][i];
	return d;
}

static struct scale_cut cut(struct derive *d, enum reader who)
{
	return scaling_cut(&d->view, who);
}

static void a_syn_without_it_bounds_both_windows(void **state)
{
	static const int8_t shift[2][DESK_POINTS] = { { 7, 7, -1 },
						      { -1, -1, -1 } };
	struct derive *d = scaled(shift);

	(void)state;
	for (int who = READER_EITHER; who <= READER_SERVER; who++) {
		struct scale_cut c = cut(d, (enum reader)who);

		assert_true(c.found && scaling_is_off(&c));
		assert_int_equal(c.from, 1);
		assert_int_equal(c.to, 2);
	}
	desk_free(d);
}

/* The client scales by nothing itself, but asks the server to scale. */
static void a_scale_of_nothing_is_the_servers_loss(void **state)
{
	static const int8_t shift[2][DESK_POINTS] = { { 0, -1, -1 },
						      { -1, -1, -1 } };
	struct derive *d = scaled(shift);

	(void)state;
	assert_false(cut(d, READER_CLIENT).found);
	assert_true(cut(d, READER_SERVER).found);
	desk_free(d);
}

static void an_answer_without_it_shrinks_the_servers_window(void **state)
{
	static const int8_t shift[2][DESK_POINTS] = { { 7, 7, 7 },
						      { -1, 8, 8 } };
	struct derive *d = scaled(shift);
	struct scale_cut c;

	(void)state;
	assert_false(cut(d, READER_CLIENT).found);
	assert_false(cut(d, READER_EITHER).found);
	c = cut(d, READER_SERVER);
	assert_true(c.found && !scaling_is_off(&c));
	assert_int_equal(c.from, 1);
	assert_int_equal(c.to, 0);
	assert_int_equal(c.left, 8);
	desk_free(d);
}

static void a_smaller_scale_shrinks_its_senders_window(void **state)
{
	static const int8_t shift[2][DESK_POINTS] = { { 7, 2, 2 },
						      { 8, 8, 8 } };
	struct derive *d = scaled(shift);

	(void)state;
	assert_true(cut(d, READER_CLIENT).found);
	assert_false(cut(d, READER_SERVER).found);
	desk_free(d);
}

static void a_larger_scale_keeps_nobody_waiting(void **state)
{
	static const int8_t shift[2][DESK_POINTS] = { { 2, 7, 7 },
						      { -1, -1, 8 } };
	struct derive *d = scaled(shift);

	(void)state;
	d->view.flow[2].dir[1].wscale = -1;
	for (int who = READER_EITHER; who <= READER_SERVER; who++)
		assert_false(cut(d, (enum reader)who).found);
	desk_free(d);
}

/* A session that is opened from the last point: its SYN travels the other way. */
static void the_path_is_walked_as_the_syn_does(void **state)
{
	static const int8_t shift[2][DESK_POINTS] = { { -1, 7, 7 },
						      { -1, -1, -1 } };
	struct derive *d = scaled(shift);
	struct scale_cut c;

	(void)state;
	assert_false(cut(d, READER_CLIENT).found);
	d->view.row.client_end = 1;
	c = cut(d, READER_CLIENT);
	assert_true(c.found);
	assert_int_equal(c.from, 1);
	assert_int_equal(c.to, 0);
	desk_free(d);
}

static void what_is_not_known_is_no_cut(void **state)
{
	static const int8_t shift[2][DESK_POINTS] = { { 7, 7, -1 },
						      { -1, -1, -1 } };
	struct derive *d = scaled(shift);

	(void)state;
	d->view.flow[2].dir[0].syn_cut = true;
	assert_false(cut(d, READER_CLIENT).found);
	d->view.flow[2].dir[0].syn_cut = false;
	d->view.flow[2].dir[0].syn = false;
	assert_false(cut(d, READER_CLIENT).found);
	d->view.flow[2].dir[0].syn = true;
	d->view.row.flows[2].relayed = true;
	assert_false(cut(d, READER_CLIENT).found);
	d->view.row.flows[2].relayed = false;
	assert_true(cut(d, READER_CLIENT).found);
	desk_free(d);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_without_it_bounds_both_windows),
		cmocka_unit_test(a_scale_of_nothing_is_the_servers_loss),
		cmocka_unit_test(
			an_answer_without_it_shrinks_the_servers_window),
		cmocka_unit_test(a_smaller_scale_shrinks_its_senders_window),
		cmocka_unit_test(a_larger_scale_keeps_nobody_waiting),
		cmocka_unit_test(the_path_is_walked_as_the_syn_does),
		cmocka_unit_test(what_is_not_known_is_no_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
