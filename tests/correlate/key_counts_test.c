/* How common values are, in the table and with each flow. */
#include "tests/correlate/flows.h"

static void each_flow_knows_how_common_its_values_are(void **state)
{
	struct point p;

	(void)state;
	open_point(&p);
	for (size_t i = 0; i < p.n; i++) {
		const struct flow *f = &p.flow[i];

		assert_int_equal(f->seen.tuple, point_seen(&p, key_tuple(f)));
		for (int k = 0; k < 2; k++)
			assert_int_equal(f->seen.turns[k],
					 point_seen(&p, key_turns(f, k)));
		for (int d = 0; d < 2; d++) {
			const struct flow_dir *x = &f->dir[d];
			const struct seen_dir *s = &f->seen.dir[d];

			assert_int_equal(s->addr,
					 point_seen(&p, key_addr(f, d)));
			assert_int_equal(s->port,
					 point_seen(&p, key_port(f, d)));
			assert_int_equal(s->end, point_seen(&p, key_end(f, d)));
			assert_int_equal(s->isn, point_seen(&p, key_isn(x)));
			assert_int_equal(s->ip_id,
					 point_seen(&p, key_ip_id(x)));
			assert_int_equal(s->head, point_seen(&p, key_head(x)));
			for (int mss = 0; mss < 2; mss++)
				assert_int_equal(
					s->print[mss],
					point_seen(&p, key_syn_print(x, mss)));
		}
	}
	point_release(&p);
}

/* Each of a few flows is the only one with its numbers. */
static void few_flows_do_not_share_places(void **state)
{
	struct point p;

	(void)state;
	open_point(&p);
	free(p.seen);
	p.n = 50;
	point_count_keys(&p);
	for (size_t i = 0; i < p.n; i++) {
		assert_int_equal(p.flow[i].seen.tuple, 1);
		assert_int_equal(p.flow[i].seen.dir[0].isn, 1);
		assert_int_equal(p.flow[i].seen.dir[1].isn, 1);
	}
	point_release(&p);
}

static void counts_end_at_255(void **state)
{
	struct point p;

	(void)state;
	open_point(&p);
	assert_int_equal(p.flow[0].seen.turns[0], 255);
	assert_int_equal(p.flow[0].seen.dir[1].end, 255);
	assert_in_range(point_seen(&p, key_sample(&p.sample.at[0])), 3, 254);
	point_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_flow_knows_how_common_its_values_are),
		cmocka_unit_test(few_flows_do_not_share_places),
		cmocka_unit_test(counts_end_at_255),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
