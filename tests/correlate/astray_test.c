/* What proven losses may be behind a capture that misses packets: sums of three
 * points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "correlate/astray.h"
#include "correlate/evidence.h"

#define SEC 1000000000ll
#define POINTS 3u

struct scene {
	struct watch w[POINTS];
	struct evidence e;
};

static void open_scene(struct scene *s)
{
	*s = (struct scene){ 0 };
	for (size_t p = 0; p < POINTS; p++) {
		watch_add(&s->w[p], 0, 10 * SEC);
		s->w[p].packets = 16000;
	}
	evidence_init(&s->e, POINTS, s->w);
}

static void close_scene(struct scene *s)
{
	evidence_release(&s->e);
	for (size_t p = 0; p < POINTS; p++)
		watch_release(&s->w[p]);
}

/* Of 2000 that passed @p it missed @missed, single ones. */
static void passed(struct scene *s, size_t p, int missed)
{
	for (int k = 0; k < 2000; k++) {
		bool miss = k % 60 == 0 && k / 60 < missed;

		s->e.trust[p].passed++;
		s->e.trust[p].missed += miss;
		bins_note(&s->e.bins[p], k * SEC / 200, miss);
	}
}

/* Of 2000 on a hop. */
static void lost(struct scene *s, size_t from, size_t to, unsigned n,
		 unsigned syn)
{
	s->e.absence[from * POINTS + to] = (struct absences){ .decided = 2000,
							      .lost = n + syn,
							      .lost_syn = syn };
}

static bool may(const struct scene *s, size_t from, size_t to, bool syn)
{
	uint8_t loss[POINTS * POINTS], gaps[POINTS * POINTS];

	evidence_answer(&s->e, loss, gaps);
	return loss[from * POINTS + to] & answer_astray(syn);
}

static void a_capture_without_gaps_is_trusted(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	passed(&s, 1, 0);
	lost(&s, 0, 1, 1, 0);
	lost(&s, 1, 2, 500, 0);
	assert_false(may(&s, 0, 1, false));
	close_scene(&s);
}

static void one_that_misses_is_not_where_much_is_lost_behind_it(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	passed(&s, 1, 20);
	lost(&s, 0, 1, 1, 0);
	assert_false(may(&s, 0, 1, false)); /* nothing is lost behind it */
	lost(&s, 1, 2, 100, 0);
	assert_true(may(&s, 0, 1, false));
	lost(&s, 0, 1, 90, 0); /* one of them should be */
	assert_true(may(&s, 0, 1, false));
	lost(&s, 0, 1, 200, 0);
	assert_false(may(&s, 0, 1, false));
	close_scene(&s);
}

static void a_single_loss_takes_more(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	passed(&s, 1, 1);
	lost(&s, 1, 2, 10, 0); /* so 1 in 200 should be behind */
	lost(&s, 0, 1, 1, 0);
	assert_true(may(&s, 0, 1, false));
	lost(&s, 0, 1, 3, 0);
	assert_false(may(&s, 0, 1, false));
	close_scene(&s);
}

static void syns_are_counted_apart(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	passed(&s, 1, 20);
	lost(&s, 0, 1, 2, 2);
	lost(&s, 1, 2, 0, 300); /* a port that is closed behind it */
	assert_false(may(&s, 0, 1, false));
	assert_true(may(&s, 0, 1, true));
	close_scene(&s);
}

/* What is lost behind the last point would have been at that. */
static void a_capture_behind_that_has_all_bounds_it(void **state)
{
	struct scene s;

	(void)state;
	for (int missed = 0; missed <= 20; missed += 20) {
		open_scene(&s);
		passed(&s, 1, 20);
		passed(&s, 2, missed);
		lost(&s, 0, 1, 2, 0);
		lost(&s, 1, 2, 0, 0);
		s.e.beyond[2 * 2] = (struct beyond){ 400, 0 };
		assert_int_equal(may(&s, 0, 1, false), missed > 0);
		close_scene(&s);
	}
}

static void each_way_has_its_own_losses(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	passed(&s, 1, 20);
	lost(&s, 2, 1, 1, 0);
	lost(&s, 1, 2, 100, 0);
	s.e.beyond[0] = (struct beyond){ 400, 0 }; /* behind the last, out */
	assert_false(may(&s, 2, 1, false));
	lost(&s, 1, 0, 100, 0);
	assert_true(may(&s, 2, 1, false));
	close_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_without_gaps_is_trusted),
		cmocka_unit_test(
			one_that_misses_is_not_where_much_is_lost_behind_it),
		cmocka_unit_test(a_single_loss_takes_more),
		cmocka_unit_test(syns_are_counted_apart),
		cmocka_unit_test(a_capture_behind_that_has_all_bounds_it),
		cmocka_unit_test(each_way_has_its_own_losses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
