/* Flows into sessions: unions with orientation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "correlate/sets.h"

#define POINTS 4
#define EACH 3

struct scene {
	struct pair_case c;
	struct point point[POINTS];
	struct flow flow[POINTS][EACH];
};

static void open_scene(struct scene *t)
{
	memset(t, 0, sizeof *t);
	for (uint32_t p = 0; p < POINTS; p++) {
		t->point[p].base = p * EACH;
		t->point[p].n = EACH;
		t->point[p].flow = t->flow[p];
	}
	t->c.point = t->point;
	t->c.n = POINTS;
	t->c.n_flows = POINTS * EACH;
	sets_init(&t->c);
}

static void close_scene(struct scene *t)
{
	free(t->c.parent);
	free(t->c.turned);
	free(t->c.points_of);
	VEC_FREE(&t->c.link);
	VEC_FREE(&t->c.rival);
}

static bool join(struct scene *t, uint32_t a, uint32_t b, bool swap)
{
	struct link l = { .a = a, .b = b, .swap = swap };

	return sets_join(&t->c, &l);
}

static void a_session_has_one_flow_of_a_point(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	assert_true(join(&t, 0, 3, false));
	assert_true(join(&t, 6, 9, false));
	assert_false(join(&t, 1, 3, false)); /* both of the first point */
	assert_true(join(&t, 3, 6, false));
	assert_false(join(&t, 0, 9, false)); /* they are joined already */
	assert_int_equal(t.c.link.n, 3);
	assert_int_equal(sets_root(&t.c, 9, NULL), sets_root(&t.c, 0, NULL));
	assert_int_equal(t.c.points_of[sets_root(&t.c, 9, NULL)], 15);
	assert_int_equal(sets_root(&t.c, 1, NULL), 1);
	close_scene(&t);
}

static bool turned(struct scene *t, uint32_t flow)
{
	bool is;

	sets_root(&t->c, flow, &is);
	return is;
}

/* 0 - 3 the same way, 3 x 6 exchanged, 6 x 9 exchanged again. */
static void orientations_add_up_along_the_path(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	assert_true(join(&t, 6, 9, true));
	assert_true(join(&t, 0, 3, false));
	assert_true(join(&t, 3, 6, true));
	for (int again = 0; again < 3; again++) { /* halving changes nothing */
		assert_int_equal(turned(&t, 3), turned(&t, 0));
		assert_int_not_equal(turned(&t, 6), turned(&t, 3));
		assert_int_equal(turned(&t, 9), turned(&t, 0));
	}
	close_scene(&t);
}

static void a_flow_is_found_by_its_number(void **state)
{
	static struct scene t;
	size_t point;

	(void)state;
	open_scene(&t);
	assert_ptr_equal(case_flow(&t.c, 0, &point), &t.flow[0][0]);
	assert_int_equal(point, 0);
	assert_ptr_equal(case_flow(&t.c, 8, &point), &t.flow[2][2]);
	assert_int_equal(point, 2);
	assert_ptr_equal(case_flow(&t.c, 11, NULL), &t.flow[3][2]);
	close_scene(&t);
}

static void rivals_are_found_by_their_flow(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	assert_int_equal(rivals_of(&t.c, 4), 0);
	*VEC_PUSH(&t.c.rival) = (struct rival){ .flow = 2 };
	*VEC_PUSH(&t.c.rival) = (struct rival){ .flow = 4 };
	*VEC_PUSH(&t.c.rival) = (struct rival){ .flow = 4 };
	assert_int_equal(rivals_of(&t.c, 2), 0);
	assert_int_equal(rivals_of(&t.c, 4), 1);
	assert_int_equal(rivals_of(&t.c, 5), 3);
	close_scene(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_has_one_flow_of_a_point),
		cmocka_unit_test(orientations_add_up_along_the_path),
		cmocka_unit_test(a_flow_is_found_by_its_number),
		cmocka_unit_test(rivals_are_found_by_their_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
