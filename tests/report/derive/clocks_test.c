/* clock.step, clock.unknown: what the clocks do not let one say. */
#include "tests/report/derive/desk.h"

#include "base/mem.h"

static void set_clock(struct derive *d, enum clock_status status, size_t n)
{
	struct clock_row *c = mem_zalloc(2, sizeof *c);

	c[0] = (struct clock_row){ .point = 1, .status = CLOCK_REFERENCE };
	c[1] = (struct clock_row){ .point = 2, .status = status, .n = n };
	c[1].piece = mem_zalloc(n ? n : 1, sizeof *c[1].piece);
	for (size_t i = 0; i < n; i++) {
		c[1].piece[i].from_ns = T0 + (int64_t)i * 10 * SEC;
		c[1].piece[i].to_ns = c[1].piece[i].from_ns + 9 * SEC;
		c[1].piece[i].at_ns = c[1].piece[i].from_ns;
		c[1].piece[i].offset_ns = (int64_t)i * 2 * SEC;
		c[1].piece[i].offset_low_ns = (int64_t)i * 2 * SEC;
		c[1].piece[i].offset_high_ns = (int64_t)i * 2 * SEC;
	}
	d->model.clocks = c;
	d->model.n_clocks = 2;
}

static void a_fitted_clock_says_nothing(void **state)
{
	struct derive *d = desk_new(2, &rules_clock);

	(void)state;
	set_clock(d, CLOCK_FITTED, 1);
	desk_finish(d, "");
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

static void a_clock_that_was_set_is_said(void **state)
{
	struct derive *d = desk_new(2, &rules_clock);
	const struct draft *f;

	(void)state;
	set_clock(d, CLOCK_FITTED, 2);
	f = desk_finish(d, "clock.step");
	assert_non_null(f);
	assert_int_equal(draft_number(f, "steps"), 1);
	assert_true(draft_says(f, "jumps by 2 s"));
	desk_free(d);
}

static void a_change_of_pace_is_no_step(void **state)
{
	struct derive *d = desk_new(2, &rules_clock);

	(void)state;
	set_clock(d, CLOCK_FITTED, 2);
	d->model.clocks[1].piece[1].joined = true;
	assert_null(desk_finish(d, "clock.step"));
	desk_free(d);
}

/* Both clocks show that the first one was set by 3 s: packets of both sides are
 * mixed in the order of each other point. */
static void the_first_clock_is_told_once(void **state)
{
	struct derive *d = desk_new(3, &rules_clock);
	struct clock_row *c = mem_zalloc(3, sizeof *c);
	const struct draft *f;

	(void)state;
	c[0] = (struct clock_row){ .point = 1, .status = CLOCK_REFERENCE };
	for (int k = 1; k < 3; k++) {
		c[k] = (struct clock_row){ .point = k + 1,
					   .status = CLOCK_FITTED,
					   .n = 2 };
		c[k].piece = mem_zalloc(2, sizeof *c[k].piece);
		for (int i = 0; i < 2; i++) {
			struct clock_piece *p = &c[k].piece[i];

			p->from_ns = p->at_ns = T0 + i * 10 * SEC;
			p->to_ns = p->from_ns + 10 * SEC;
			p->offset_ns = p->offset_low_ns = p->offset_high_ns =
				-i * 3 * SEC;
			p->place[0] = i ? 490 : 1;
			p->place[1] = i ? 900 : 510;
			p->first_place[0] = i ? 501 : 1;
			p->first_place[1] = i ? 900 : 500;
		}
	}
	d->model.clocks = c;
	d->model.n_clocks = 3;
	d->model.timings = mem_zalloc(1, sizeof *d->model.timings);
	timings_build(d->model.timings, d->model.points, 3, d->model.files, 3,
		      c, 3);
	f = desk_finish(d, "clock.step");
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_true(draft_says(f, "The clock at client was set"));
	assert_true(draft_says(f, "jumps by 3 s"));
	desk_free(d);
}

static void clocks_without_bounds_are_unknown(void **state)
{
	struct derive *d = desk_new(2, &rules_clock);
	struct derive *e = desk_new(2, &rules_clock);

	(void)state;
	set_clock(d, CLOCK_NONE, 0);
	set_clock(e, CLOCK_ONE_WAY, 1);
	assert_true(draft_says(desk_finish(d, "clock.unknown"), "--clock"));
	assert_true(draft_says(desk_finish(e, "clock.unknown"),
			       "packets of one direction"));
	desk_free(d);
	desk_free(e);
}

/* pair.none says that there is nothing in common. */
static void points_apart_are_told_of_once(void **state)
{
	(void)state;
	for (int shares = 0; shares < 2; shares++) {
		struct derive *d = desk_new(2, &rules_clock);

		set_clock(d, CLOCK_NONE, 0);
		d->model.figures.n = 0;
		d->view.row.n_flows = 1 + (size_t)shares;
		desk_show(d);
		assert_int_equal(desk_finish(d, "clock.unknown") != NULL,
				 shares);
		d->view.row.n_flows = 2;
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fitted_clock_says_nothing),
		cmocka_unit_test(a_clock_that_was_set_is_said),
		cmocka_unit_test(a_change_of_pace_is_no_step),
		cmocka_unit_test(the_first_clock_is_told_once),
		cmocka_unit_test(clocks_without_bounds_are_unknown),
		cmocka_unit_test(points_apart_are_told_of_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
