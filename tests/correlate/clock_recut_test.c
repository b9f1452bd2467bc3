/* A step is placed in the order of the point whose clock was set. */
#include "correlate/clock_cloud.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/correlate/cloud.h"

/* The far clock is set forward by 1.3 s in the middle of 4 s. */
static struct cloud stepped(struct world *w)
{
	struct cloud c = { 0 };

	*w = (struct world){ .r = { 7 },
			     .span = 4 * SEC,
			     .step_at = 2 * SEC,
			     .step_by = 1.3 * SEC,
			     .up = 60 * MS,
			     .down = 65 * MS,
			     .queue = 0.1 * MS };
	for (int i = 0; i < 2000; i++) {
		bool back = i % 2;
		struct passing g = world_packet(w, rng_range(&w->r, 0, w->span),
						back);

		c.at = mem_grow(c.at, &c.cap, c.n + 1, sizeof *c.at);
		c.at[c.n++] = (struct cloud_point){
			.x = g.far,
			.y = g.far - g.near,
			.back = back,
			.near_order = (uint64_t)g.near_t,
			.far_order = (uint64_t)g.far_t,
		};
	}
	cloud_loosen(&c);
	return c;
}

/* Points as cut at the step, in one order, and then in the far point's. */
static void cut(struct cloud *c, const struct world *w, bool by_near,
		struct segment seg[2])
{
	size_t at = 0;

	cloud_order(c, 0, c->n, by_near);
	while ((double)(by_near ? c->at[at].near_order : c->at[at].far_order) <
	       w->step_at)
		at++;
	seg[0] = (struct segment){ .to = at, .limit = CLOCK_DRIFT_LIMIT };
	seg[1] = (struct segment){ .from = at,
				   .to = c->n,
				   .limit = CLOCK_DRIFT_LIMIT,
				   .by_near = by_near };
	cloud_order(c, 0, at, false);
	cloud_order(c, at, c->n, false);
}

static void assert_parted(const struct cloud *c, const struct world *w,
			  const struct segment seg[2])
{
	assert_false(seg[1].by_near);
	assert_int_equal(seg[0].to, seg[1].from);
	for (size_t i = 0; i < c->n; i++)
		assert_int_equal(i >= seg[1].from,
				 (double)c->at[i].far_order >= w->step_at);
}

/* What was under way when the far clock was set is in order only there. */
static void a_step_in_the_wrong_order_is_placed_anew(void **state)
{
	struct segment seg[2];
	struct world w;
	struct cloud c = stepped(&w);

	(void)state;
	cut(&c, &w, true, seg);
	assert_true(cloud_recut(&c, &seg[0], &seg[1]));
	assert_parted(&c, &w, seg);
	free(c.at);
}

static void a_step_in_the_right_order_stays(void **state)
{
	struct segment seg[2];
	struct world w;
	struct cloud c = stepped(&w);

	(void)state;
	cut(&c, &w, false, seg);
	assert_false(cloud_recut(&c, &seg[0], &seg[1]));
	assert_parted(&c, &w, seg);
	free(c.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_in_the_wrong_order_is_placed_anew),
		cmocka_unit_test(a_step_in_the_right_order_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
