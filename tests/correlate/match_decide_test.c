/* How much evidence makes a pair, and how much more where something speaks against it. */
#include "tests/correlate/flows.h"

#include "correlate/coarse.h"
#include "correlate/match_int.h"

#define SEC 1000000000ll
#define I 7 /* the flow, at both points */

struct scene {
	struct pair_case c;
	struct point point[2];
	struct match w;
	struct score s;
};

/* Two points with the same flows; nothing is known of their clocks. */
static void open_scene(struct scene *t)
{
	memset(t, 0, sizeof *t);
	for (uint32_t p = 0; p < 2; p++) {
		open_point(&t->point[p]);
		t->point[p].base = p * FLOWS;
		for (uint32_t i = 0; i < FLOWS; i++) {
			struct flow *f = &t->point[p].flow[i];

			f->first_ns = i * SEC / 4;
			f->last_ns = f->first_ns + SEC;
			f->dir[0].first_ns = f->dir[1].first_ns = f->first_ns;
		}
	}
	t->c.point = t->point;
	t->c.n = 2;
	t->c.n_flows = 2 * FLOWS;
	sets_init(&t->c);
	t->w = (struct match){ .c = &t->c,
			       .pass = MATCH_KEPT,
			       .m = { .l = &t->point[0], .r = &t->point[1] } };
}

static void close_scene(struct scene *t)
{
	for (int p = 0; p < 2; p++)
		point_release(&t->point[p]);
	coarse_release(&t->w.m.coarse);
	VEC_FREE(&t->w.edge);
	VEC_FREE(&t->c.link);
	free(t->c.parent);
	free(t->c.next);
	free(t->c.turned);
	free(t->c.points_of);
}

static void weigh(struct scene *t)
{
	score_flows(&t->w.m, &t->point[0].flow[I], &t->point[1].flow[I], &t->s);
	assert_false(t->s.veto);
}

/* Does the flow become one with itself if its evidence is worth @over bits more than
 * log2 of the flows? */
static bool joins(struct scene *t, double over)
{
	t->w.edge.n = t->c.link.n = 0;
	*VEC_PUSH(&t->w.edge) = (struct edge){
		.l = I, .r = I, .bits = (float)t->s.bits, .margin = -1
	};
	for (int p = 0; p < 2; p++) {
		uint32_t f = t->point[p].base + I;

		t->c.parent[f] = t->c.next[f] = f;
		t->c.points_of[f] = 1ull << p;
	}
	t->w.m.log_n = t->s.bits - over;
	match_decide(&t->w);
	return t->c.link.n == 1;
}

static void a_pair_takes_four_bits_more_than_the_flows(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	weigh(&t);
	assert_true(t.s.part[EV_AGAINST] == 0 && t.s.part[EV_TIME] == 0);
	assert_false(joins(&t, 3));
	assert_true(joins(&t, 5));
	close_scene(&t);
}

/* Both streams end, at other places: 25 bits, 13 of which count twice. */
static void what_contradicts_by_more_than_twelve_bits_counts_twice(void **state)
{
	static struct scene t;

	(void)state;
	open_scene(&t);
	for (int p = 0; p < 2; p++) {
		struct flow_dir *x = &t.point[p].flow[I].dir[0];

		x->flags |= DIR_FIN;
		x->seq_next += (uint32_t)p;
	}
	weigh(&t);
	assert_true(t.s.part[EV_AGAINST] == -25);
	assert_false(joins(&t, 4 + 12));
	assert_true(joins(&t, 4 + 14));
	close_scene(&t);
}

/* Ten seconds late on clocks that are known to milliseconds. */
static void
times_that_contradict_by_more_than_four_bits_count_twice(void **state)
{
	static struct scene t;
	struct vote v[64];
	struct flow *f;
	double twice;

	(void)state;
	open_scene(&t);
	for (int i = 0; i < 64; i++)
		v[i] = (struct vote){ i * SEC, i % 5 * SEC / 1000, i % 2 };
	coarse_fit(&t.w.m.coarse, v, 64, false, 100e9, 1000);
	assert_true(t.w.m.coarse.known);
	f = &t.point[1].flow[I];
	f->first_ns += 10 * SEC;
	f->last_ns += 10 * SEC;
	f->dir[0].first_ns = f->dir[1].first_ns = f->first_ns;
	weigh(&t);
	assert_true(t.s.part[EV_AGAINST] == 0 && t.s.part[EV_TIME] < -9);
	twice = -(double)t.s.part[EV_TIME] - 4;
	assert_false(joins(&t, 4 + twice - 1));
	assert_true(joins(&t, 4 + twice + 1));
	close_scene(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_takes_four_bits_more_than_the_flows),
		cmocka_unit_test(
			what_contradicts_by_more_than_twelve_bits_counts_twice),
		cmocka_unit_test(
			times_that_contradict_by_more_than_four_bits_count_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
