/* Copies that only points behind the far one show: three points, 10 ms apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/correlate/side.h"

#include "correlate/decide_int.h"

#define POINTS 3
#define LOST 5u /* the segment that only the first point has */

struct scene {
	struct side at[POINTS];
	struct strand *strand[POINTS];
	struct hop hop[POINTS];
	struct leg leg[POINTS];
	struct passed *passed[POINTS];
	size_t n_passed[POINTS];
	struct recopy copies[POINTS];
	struct chain c;
};

#define MERGED                                                                 \
	8 /* the last point has both in one record, when they are due there */

/* Twelve segments, 2 ms apart.  The lost one comes 300 ms later at those points that
 * @again has a bit of.  Or the second point alone lacks it and the next (MERGED). */
static void open_scene(struct scene *t, uint8_t again)
{
	memset(t, 0, sizeof *t);
	for (uint32_t p = 0; p < POINTS; p++) {
		for (uint32_t k = 0; k < 12; k++)
			if (p == 0 ||
			    (k != LOST && (k != LOST + 1 || !(again & MERGED))))
				add(&t->at[p], k * 2 + p * 10, 1000 + k * 100,
				    100, 10 + k);
			else if (k == LOST && p == 2 && (again & MERGED))
				add(&t->at[p], k * 2 + p * 10, 1000 + k * 100,
				    200, 10 + k);
		if (again >> p & 1)
			add(&t->at[p], 300 + p * 10, 1000 + LOST * 100, 100,
			    310);
		t->strand[p] = &t->at[p].s;
	}
	for (size_t k = 0; k + 1 < POINTS; k++) {
		t->hop[k] = (struct hop){ .use_ts = true,
					  .tick = 1,
					  .f_low = INT64_MIN,
					  .f_high = INT64_MAX,
					  .max_transit = 30000 * MS };
		t->leg[k] = (struct leg){ k, k + 1, true, true };
		hop_init(&t->hop[k], t->strand[k], t->strand[k + 1], true);
		hop_match(&t->hop[k]);
	}
	t->c = (struct chain){ .n = POINTS,
			       .strand = t->strand,
			       .n_hops = POINTS - 1,
			       .hop = t->hop,
			       .leg = t->leg,
			       .passed = t->passed,
			       .n_passed = t->n_passed,
			       .copies = t->copies };
	chain_join(&t->c);
}

static void close_scene(struct scene *t)
{
	for (size_t k = 0; k < POINTS; k++)
		recopy_release(&t->copies[k]);
	for (size_t k = 0; k + 1 < POINTS; k++) {
		hop_release(&t->hop[k]);
		free(t->passed[k]);
	}
}

/* Return: when such a copy passed the second point; -1: there is none. */
static int64_t shown(uint8_t again, int64_t after_ms)
{
	static struct scene t;
	uint64_t s;
	int64_t at;
	bool is;

	open_scene(&t, again);
	s = t.at[0].rec[LOST].seq64;
	is = decide_shown_beyond(&t.c, 0, s, s + 100, after_ms * MS, &at);
	close_scene(&t);
	return is ? at / MS : -1;
}

static void what_both_points_missed_shows_behind_them(void **state)
{
	(void)state;
	assert_int_equal(shown(4, 20), 310);
	assert_int_equal(shown(4, 400), -1);
}

static void what_a_point_before_has_is_no_such_copy(void **state)
{
	(void)state;
	assert_int_equal(shown(0, 20), -1);
	assert_int_equal(shown(1 | 4, 20), -1);
	assert_int_equal(shown(2 | 4, 20), -1);
	assert_int_equal(shown(1 | 2 | 4, 20), -1);
}

/* Where it is merged with others it is linked to nothing, but it is no copy. */
static void the_packet_itself_is_no_copy(void **state)
{
	(void)state;
	assert_int_equal(shown(MERGED, 19), -1);
	assert_int_equal(shown(MERGED | 4, 19), 310);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_both_points_missed_shows_behind_them),
		cmocka_unit_test(what_a_point_before_has_is_no_such_copy),
		cmocka_unit_test(the_packet_itself_is_no_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
