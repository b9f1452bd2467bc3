/* Conflict groups of rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "correlate/assign_groups.h"

static void rows_that_share_columns_are_a_group(void **state)
{
	/* 0 and 3 by way of 2; 1 alone; 4 without edges */
	struct assign_edge e[] = {
		{ .row = 3, .col = 4 }, { .row = 0, .col = 1 },
		{ .row = 1, .col = 2 }, { .row = 2, .col = 4 },
		{ .row = 2, .col = 1 },
	};
	static const uint32_t rows[] = { 0, 2, 3, 1 };
	struct assign_groups g;

	(void)state;
	assign_groups_find(&g, e, sizeof e / sizeof *e, 5, 6);
	assert_int_equal(g.n, 2);
	assert_int_equal(g.start[0], 0);
	assert_int_equal(g.start[1], 3);
	assert_int_equal(g.start[2], 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(g.row[i], rows[i]);
	for (size_t i = 1; i < sizeof e / sizeof *e; i++)
		assert_true(
			e[i - 1].row < e[i].row ||
			(e[i - 1].row == e[i].row && e[i - 1].col < e[i].col));
	assign_groups_free(&g);
}

static void columns_of_a_row_are_put_in_order(void **state)
{
	struct assign_edge e[] = {
		{ .row = 0, .col = 7 },
		{ .row = 0, .col = 3 },
		{ .row = 1, .col = 5 },
	};
	struct assign_groups g;

	(void)state;
	assign_groups_find(&g, e, 3, 2, 8);
	assert_int_equal(e[0].col, 3);
	assert_int_equal(e[1].col, 7);
	assert_int_equal(g.n, 2);
	assign_groups_free(&g);
}

static void nothing_has_no_groups(void **state)
{
	struct assign_groups g;

	(void)state;
	assign_groups_find(&g, NULL, 0, 0, 0);
	assert_int_equal(g.n, 0);
	assign_groups_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_share_columns_are_a_group),
		cmocka_unit_test(columns_of_a_row_are_put_in_order),
		cmocka_unit_test(nothing_has_no_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
