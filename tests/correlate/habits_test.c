/* What sure pairs teach, and which scores it may change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "correlate/keys.h"
#include "correlate/score.h"

static struct flow flow_of(uint32_t client, uint32_t server, uint32_t isn)
{
	struct flow f = { .addr = { client, server },
			  .port = { 40000, 443 },
			  .proto = 6 };

	for (int d = 0; d < 2; d++) {
		f.dir[d].flags = DIR_SYN | DIR_SYN_TS;
		f.dir[d].seq_first = isn;
		f.dir[d].syn_tsval = isn;
	}
	return f;
}

static void a_lesson_says_what_was_kept(void **state)
{
	struct flow l = flow_of(1, 2, 1000), r = flow_of(3, 2, 2000);
	struct lesson x = habits_lesson(&l, &r, false, false);

	(void)state;
	assert_true(x.moved);
	assert_true(x.port_same);
	assert_int_equal(x.isn_pairs, 2);
	assert_int_equal(x.isn_same, 0);
	assert_int_equal(x.ts_pairs, 2);
	assert_int_equal(x.ts_same, 0);
	x = habits_lesson(&l, &l, false, true);
	assert_false(x.moved);
	assert_int_equal(x.isn_same, 2);
	assert_int_equal(x.ts_same, 2);
}

static void values_of_two_pairs_are_a_habit(void **state)
{
	struct flow l = flow_of(1, 2, 1000), r = flow_of(3, 4, 1000);
	struct score_model m = { .log_n = 1 };
	struct habits *h = &m.habits;

	(void)state;
	for (uint32_t n = 0; n <= HABIT; n++) {
		assert_int_equal(habits_has(h, key_end(&l, 1), key_end(&r, 1)),
				 n >= HABIT);
		assert_int_equal(habits_has(h, key_addr(&l, 0),
					    key_addr(&r, 0)),
				 n >= HABIT);
		habits_learn(&m, &l, &r, false, false);
	}
	assert_true(habits_server(h, key_end(&l, 1)) == key_end(&r, 1));
	habits_release(h);
}

static void only_new_habits_are_fresh(void **state)
{
	struct flow l = flow_of(1, 2, 1000), r = flow_of(3, 4, 1000);
	struct flow other = flow_of(5, 6, 1000);
	struct score_model m = { .log_n = 1 };
	struct habits *h = &m.habits;

	(void)state;
	habits_learn(&m, &l, &r, false, false);
	habits_watch(h);
	assert_false(habits_fresh(h, &l, &r));
	habits_learn(&m, &l, &r, false, false);
	assert_true(habits_fresh(h, &l, &r));
	assert_false(habits_fresh(h, &l, &other));
	assert_false(habits_fresh(h, &other, &r));
	habits_watch(h);
	habits_learn(&m, &l, &r, false, false); /* it was one already */
	assert_false(habits_fresh(h, &l, &r));
	habits_release(h);
}

static void either_end_may_be_the_servers(void **state)
{
	struct flow l = flow_of(1, 2, 1000), r = flow_of(3, 4, 1000);
	struct flow turned = { .addr = { r.addr[1], r.addr[0] },
			       .port = { r.port[1], r.port[0] },
			       .proto = 6 };
	struct score_model m = { .log_n = 1 };

	(void)state;
	for (int i = 0; i < HABIT; i++)
		habits_learn(&m, &l, &r, false, false);
	assert_true(habits_fresh(&m.habits, &l, &turned));
	habits_release(&m.habits);
}

static void the_sum_takes_enough_pairs(void **state)
{
	struct flow l = flow_of(1, 2, 1000), r = flow_of(3, 4, 1000);
	struct score_model m = { .log_n = 1 };
	struct habits_sum sum;

	(void)state;
	r.port[0] = 50000;
	for (int i = 0; i < 8; i++) {
		sum = habits_sum(&m.habits);
		assert_int_equal(sum.keep_isn, i >= 4); /* two each */
		assert_int_equal(sum.keep_ts, i >= 4);
		assert_false(sum.change_ports);
		habits_learn(&m, &l, &r, false, false);
	}
	assert_true(habits_sum(&m.habits).change_ports);
	habits_release(&m.habits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lesson_says_what_was_kept),
		cmocka_unit_test(values_of_two_pairs_are_a_habit),
		cmocka_unit_test(only_new_habits_are_fresh),
		cmocka_unit_test(either_end_may_be_the_servers),
		cmocka_unit_test(the_sum_takes_enough_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
