/* Token buckets and what looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "report/derive/policer.h"

#define MS 1000000LL
#define SEGMENT 1448
#define RTT (30 * MS)
#define TRANSIT (15 * MS)

/* A sender that sends trains of growing length, one a round trip, and halves
 * the train where something was lost, as TCP does. */
struct flow {
	struct policer p;
	uint64_t random;
	unsigned train;
	int64_t t_ns;
	bool hurt;
};

static struct flow flow_new(void)
{
	return (struct flow){ .random = 7, .train = 4 };
}

static unsigned draw(struct flow *f, unsigned below)
{
	f->random = f->random * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(f->random >> 33) % below;
}

static void put(struct flow *f, bool lost, int64_t queued_ns)
{
	*VEC_PUSH(&f->p.at) = (struct passage){
		.t_ns = f->t_ns,
		.transit_ns = lost ? INT64_MIN
				   : TRANSIT + queued_ns + draw(f, 200000),
		.bytes = SEGMENT,
		.lost = lost
	};
	f->hurt |= lost;
	f->t_ns += 100000; /* about 116 Mbit/s within a train */
}

static void train_ends(struct flow *f)
{
	f->t_ns += RTT - f->train * 100000LL;
	f->train = f->hurt ? f->train / 2 + 1 : f->train + 1;
	f->hurt = false;
}

static struct policed judged(struct flow *f)
{
	struct policed out;

	policer_end(&f->p, RTT, &out);
	assert_null(f->p.at.at);
	return out;
}

/* 4 Mbit/s, 20 kB */
static void police(struct flow *f, int trains)
{
	double tokens = 20000, rate = 4e6 / 8e9;
	int64_t then = 0;

	for (int i = 0; i < trains; i++) {
		for (unsigned k = 0, n = f->train; k < n; k++) {
			bool lost;

			tokens += rate * (double)(f->t_ns - then);
			then = f->t_ns;
			if (tokens > 20000)
				tokens = 20000;
			lost = tokens < SEGMENT;
			tokens -= lost ? 0 : SEGMENT;
			put(f, lost, 0);
		}
		train_ends(f);
	}
}

static void a_token_bucket_is_found(void **state)
{
	struct flow f = flow_new();
	struct policed out;

	(void)state;
	police(&f, 400);
	out = judged(&f);
	assert_true(out.yes);
	assert_in_range(out.rate_bps, 3400000, 4200000);
	assert_in_range(out.burst, 15000, 30000);
	assert_true(out.judged > 0);
	assert_int_equal(out.inflated, 0);
}

static void losses_by_chance_are_none(void **state)
{
	(void)state;
	for (unsigned percent = 1; percent <= 10; percent++) {
		struct flow f = flow_new();

		for (int i = 0; i < 600; i++) {
			for (unsigned k = 0, n = f.train; k < n; k++)
				put(&f, draw(&f, 100) < percent, 0);
			train_ends(&f);
		}
		assert_false(judged(&f).yes);
	}
}

/* Steady sending is near the rate all the time: tokens tell nothing. */
static void a_steady_flow_with_losses_by_chance_is_none(void **state)
{
	struct flow f = flow_new();

	(void)state;
	for (int i = 0; i < 3000; i++) {
		put(&f, draw(&f, 50) == 0, 0);
		f.t_ns += 2 * MS;
	}
	assert_false(judged(&f).yes);
}

/* The same drops, but what passes waited for what was before it. */
static void a_queue_that_overflows_is_none(void **state)
{
	struct flow f = flow_new();
	struct policed out;
	double queue = 0, rate = 4e6 / 8e9;
	int64_t then = 0;

	(void)state;
	for (int i = 0; i < 400; i++) {
		for (unsigned k = 0, n = f.train; k < n; k++) {
			bool lost;

			queue -= rate * (double)(f.t_ns - then);
			then = f.t_ns;
			if (queue < 0)
				queue = 0;
			lost = queue + SEGMENT > 20000;
			queue += lost ? 0 : SEGMENT;
			put(&f, lost, (int64_t)(queue / rate));
		}
		train_ends(&f);
	}
	out = judged(&f);
	assert_false(out.yes);
	assert_true(out.inflated * 2 > out.judged);
}

static void one_outage_is_none(void **state)
{
	struct flow f = flow_new();

	(void)state;
	for (int i = 0; i < 200; i++) {
		for (unsigned k = 0, n = f.train; k < n; k++)
			put(&f, i == 100 && k < 40, 0);
		train_ends(&f);
	}
	assert_false(judged(&f).yes);
}

/* The line fails five times, each time for the rest of a train. */
static void some_outages_are_none(void **state)
{
	struct flow f = flow_new();

	(void)state;
	for (int i = 0; i < 200; i++) {
		for (unsigned k = 0, n = f.train; k < n; k++)
			put(&f, i % 40 == 39 && k >= 3, 0);
		train_ends(&f);
	}
	assert_false(judged(&f).yes);
}

static void few_losses_say_nothing(void **state)
{
	struct flow f = flow_new();

	(void)state;
	police(&f, 13);
	assert_false(judged(&f).yes);
}

static void nothing_is_nothing(void **state)
{
	struct flow f = flow_new();
	struct policed out = judged(&f);

	(void)state;
	assert_false(out.yes);
	assert_int_equal(out.judged, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_bucket_is_found),
		cmocka_unit_test(losses_by_chance_are_none),
		cmocka_unit_test(a_steady_flow_with_losses_by_chance_is_none),
		cmocka_unit_test(a_queue_that_overflows_is_none),
		cmocka_unit_test(one_outage_is_none),
		cmocka_unit_test(some_outages_are_none),
		cmocka_unit_test(few_losses_say_nothing),
		cmocka_unit_test(nothing_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
