/* Spans in which nothing got through, and those that only look so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/derive/outage.h"

#define MS 1000000LL

static void got_through(struct outage *o, int64_t ms)
{
	outage_passed(o, 500 * MS,
		      &(struct outage_mark){ .known = true,
					     .has_far = true,
					     .t_ns = ms * MS,
					     .far_ns = (ms + 10) * MS });
}

static void sent(struct outage *o, int64_t ms, enum fate fate)
{
	*VEC_PUSH(&o->sent) = (struct outage_packet){ .session = 1 + ms % 2,
						      .t_ns = ms * MS,
						      .fate = fate,
						      .basis = BASIS_PROOF };
}

/* Losses every 101 ms from 100 ms on, and what got through around them. */
static struct outage dark(int losses)
{
	struct outage o = { 0 };

	for (int i = 0; i < losses; i++)
		sent(&o, 100 + 101 * i, FATE_LOST);
	got_through(&o, 20);
	got_through(&o, 90);
	got_through(&o, 3000);
	got_through(&o, 2000);
	return o;
}

static bool holds(struct outage *o, uint64_t lost, uint64_t entered)
{
	bool yes;

	outage_settle(o);
	yes = outage_holds(o, lost, entered);
	outage_release(o);
	return yes;
}

static void a_span_without_arrivals_is_an_outage(void **state)
{
	struct outage o = dark(10);

	(void)state;
	sent(&o, 50, FATE_LOST); /* before the last that got through */
	outage_settle(&o);
	assert_true(outage_holds(&o, 11, 300));
	assert_int_equal(o.before.t_ns, 90 * MS);
	assert_int_equal(o.after.t_ns, 2000 * MS);
	assert_int_equal(o.lost, 10);
	assert_int_equal(o.sent.n, 10);
	assert_int_equal(o.sessions, 2);
	assert_int_equal(o.first_ns, 100 * MS);
	assert_int_equal(o.last_ns, 1009 * MS);
	outage_release(&o);
}

static void an_arrival_in_it_ends_it(void **state)
{
	struct outage o = dark(10);

	(void)state;
	got_through(&o, 450);
	got_through(&o, 550);
	assert_false(holds(&o, 10, 300));
}

static void few_or_brief_losses_are_none(void **state)
{
	struct outage o = dark(4);

	(void)state;
	assert_false(holds(&o, 4, 300));
	o = dark(10);
	got_through(&o, 501 + 97); /* five losses take 404 ms */
	assert_false(holds(&o, 10, 300));
}

/* Losses every 40 ms: a burst, or one timeout, may be as long. */
static void what_takes_less_than_200_ms_is_none(void **state)
{
	(void)state;
	for (int n = 5; n <= 6; n++) {
		struct outage o = { 0 };

		for (int i = 0; i < n; i++)
			sent(&o, 100 + 40 * i, FATE_LOST);
		got_through(&o, 90);
		got_through(&o, 2000);
		assert_int_equal(holds(&o, (uint64_t)n, 3000), n == 6);
	}
}

static void most_losses_elsewhere_make_none(void **state)
{
	struct outage o = dark(10);

	(void)state;
	assert_false(holds(&o, 20, 3000));
	o = dark(10);
	assert_true(holds(&o, 13, 3000));
}

/* Where nearly all is lost such runs come by chance. */
static void a_run_by_chance_is_none(void **state)
{
	struct outage o = dark(6);

	(void)state;
	assert_false(holds(&o, 7, 10));
	o = dark(6);
	assert_false(holds(&o, 7, 14)); /* one in five captures has one */
	o = dark(6);
	assert_true(holds(&o, 7, 100));
}

static void what_may_have_got_through_speaks_against(void **state)
{
	struct outage o = dark(10);

	(void)state;
	for (int i = 0; i < 4; i++)
		sent(&o, 110 + i, FATE_UNDECIDED);
	assert_false(holds(&o, 10, 300));
	o = dark(10);
	sent(&o, 110, FATE_OUTSIDE);
	assert_false(holds(&o, 10, 300));
}

static void what_the_far_point_alone_has_refutes_it(void **state)
{
	struct outage o = dark(10);

	(void)state;
	*VEC_PUSH(&o.strays) = 500 * MS;
	assert_false(holds(&o, 10, 300));
	o = dark(10);
	*VEC_PUSH(&o.strays) = 2500 * MS;
	assert_true(holds(&o, 10, 300));
}

static void without_an_end_it_is_none(void **state)
{
	struct outage o = dark(10);

	(void)state;
	o.after.known = false;
	assert_false(holds(&o, 10, 300));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_without_arrivals_is_an_outage),
		cmocka_unit_test(an_arrival_in_it_ends_it),
		cmocka_unit_test(few_or_brief_losses_are_none),
		cmocka_unit_test(most_losses_elsewhere_make_none),
		cmocka_unit_test(a_run_by_chance_is_none),
		cmocka_unit_test(what_may_have_got_through_speaks_against),
		cmocka_unit_test(what_the_far_point_alone_has_refutes_it),
		cmocka_unit_test(without_an_end_it_is_none),
		cmocka_unit_test(what_takes_less_than_200_ms_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
