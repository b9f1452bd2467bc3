/* What is ruled out before evidence is weighed. */
#include "tests/correlate/flows.h"

#include "correlate/score.h"

static void the_hopeless_are_vetoed_and_no_others(void **state)
{
	struct point p;
	struct score_model m = { .l = &p, .r = &p };
	struct score whole, s;

	(void)state;
	open_point(&p);
	m.log_n = 8;
	for (size_t i = 0; i < 40; i++) {
		double least = score_threshold(&m);

		score_flows(&m, &p.flow[0], &p.flow[i], &whole);
		score_candidate(&m, &p.flow[0], &p.flow[i], least, &s);
		assert_true(!whole.veto && whole.possible >= least
				    ? !s.veto && s.bits == whole.bits &&
					      s.possible == whole.possible
				    : s.veto || s.possible < least);
	}
	/* first bytes are the same: it may be a relay's */
	score_flows(&m, &p.flow[0], &p.flow[1], &whole);
	score_candidate(&m, &p.flow[0], &p.flow[1], 1e3, &s);
	assert_true(s.veto == whole.veto && s.possible == whole.possible);
	p.flow[1].dir[0].head = 1;
	score_candidate(&m, &p.flow[0], &p.flow[1], 1e3, &s);
	assert_true(s.veto);
	assert_true(s.part[EV_SERVER] == 0); /* it was not looked at */
	assert_false(s.rests & RESTS_HABITS);
	score_flows(&m, &p.flow[0], &p.flow[1], &whole);
	assert_true(whole.rests & RESTS_HABITS);
	point_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hopeless_are_vetoed_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
