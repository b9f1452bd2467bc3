/* Over how many spans spreads what a point lacks? */
#include <netinet/in.h>

#include "report/derive/missed.h"
#include "tests/report/derive/desk.h"

static struct flow_row flow_of(uint8_t proto, int64_t from_s, int64_t to_s,
			       uint64_t packets)
{
	return (struct flow_row){ .proto = proto,
				  .first_ns = T0 + from_s * SEC,
				  .last_ns = T0 + to_s * SEC,
				  .packets = { packets, 0 } };
}

static uint64_t spread_of(uint8_t proto, int64_t from_s, int64_t to_s,
			  uint64_t packets)
{
	struct flow_row f = flow_of(proto, from_s, to_s, packets);
	struct spread s = { 0 };

	spread_add(&s, &f);
	return s.n;
}

static void syns_count_first_and_last(void **state)
{
	(void)state;
	assert_int_equal(spread_of(IPPROTO_TCP, 0, 0, 1), 1);
	assert_int_equal(spread_of(IPPROTO_TCP, 0, 7, 4), 1);
	assert_int_equal(spread_of(IPPROTO_TCP, 0, 15, 5), 2);
	assert_int_equal(spread_of(IPPROTO_TCP, 0, 63, 7), 2);
}

static void pings_count_by_their_time(void **state)
{
	(void)state;
	assert_int_equal(spread_of(IPPROTO_ICMP, 0, 9, 10), 1);
	assert_int_equal(spread_of(IPPROTO_ICMP, 0, 99, 100), 10);
	assert_int_equal(spread_of(IPPROTO_UDP, 0, 99, 2), 2);
}

static void sessions_of_one_moment_are_one(void **state)
{
	struct spread s = { 0 };
	struct flow_row f;

	(void)state;
	for (int i = 0; i < 25; i++) {
		f = flow_of(IPPROTO_TCP, i, i + 3, 3);
		spread_add(&s, &f);
	}
	assert_int_equal(s.n, 3);
}

static void chance_falls_with_each_span(void **state)
{
	struct derive *d = desk_new(3, &rules_missing);
	struct spread s = { .n = 1 };

	(void)state;
	assert_true(missed_by_chance(&d->model, 2, &s) == 0);
	d->model.figures.hop[1].way[1].tx = (struct counts){
		.n = { [FATE_DELIVERED] = 90, [FATE_UNSEEN] = 10 }
	};
	assert_true(missed_share(&d->model, 1) == 0);
	assert_true(missed_share(&d->model, 2) == 0.1);
	assert_true(missed_by_chance(&d->model, 3, &s) > 0.09);
	s.n = 2;
	assert_true(missed_by_chance(&d->model, 3, &s) < 0.02);
	s.n = UINT64_MAX; /* it ends */
	assert_true(missed_by_chance(&d->model, 3, &s) <= MISSED_CHANCE);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syns_count_first_and_last),
		cmocka_unit_test(pings_count_by_their_time),
		cmocka_unit_test(sessions_of_one_moment_are_one),
		cmocka_unit_test(chance_falls_with_each_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
