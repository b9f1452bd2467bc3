/* report/derive/delay_stalls.c: Nagle's algorithm, queues and shaping. */
#include "tests/report/derive/cause.h"

static void one_nagle_stall_may_be_chance(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 2, TIME_NAGLE, 200 * MS, 208 * MS);
	m.b.nagles = 1;
	assert_null(finding(&m, "delay.nagle", &d));
	desk_free(d);
	m.b.nagles = 2;
	assert_non_null(finding(&m, "delay.nagle", &d));
	desk_free(d);
}

static void pieces_held_back_alike_are_shaping(void **state)
{
	const struct draft *f;
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 10, TIME_QUEUE, 4060 * MS, 5 * SEC);
	m.b.holds = 10;
	m.s.queue_most_ns = 410 * MS;
	m.worst.hold.min_ns = 400 * MS;
	m.worst.hold.max_ns = 410 * MS;
	f = finding(&m, "delay.shaping", &d);
	assert_non_null(f);
	assert_true(draft_says(f, "10 of 10 answers"));
	/* one cause, said once */
	assert_null(desk_finish(d, "delay.queue"));
	desk_free(d);
	m.worst.hold.min_ns = 60 * MS; /* a queue is not so regular */
	assert_null(finding(&m, "delay.shaping", &d));
	desk_free(d);
}

static void a_queue_longer_than_the_way_is_named(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 10, TIME_QUEUE, 4 * SEC, 5 * SEC);
	m.s.queue_most_ns = 400 * MS;
	assert_int_equal(finding(&m, "delay.queue", &d)->row.severity,
			 SEV_HIGH);
	desk_free(d);
}

/* Sessions in a queue, the first of which transfer much. */
struct queued {
	int n, bulk;
};

static void add_queued(struct grouping *g, void *ctx)
{
	const struct queued *q = ctx;

	for (int i = 0; i < q->n; i++) {
		struct made m;

		made(&m, 2, TIME_QUEUE, 4 * SEC, 10 * SEC);
		m.s.queue_most_ns = 400 * MS;
		m.s.bytes = i < q->bulk ? 3000000 : 2000;
		causes_add(g, &m.s);
	}
}

/* Who fills a link is no faster without its queue. */
static void a_transfer_is_promised_nothing(void **state)
{
	static const struct {
		struct queued q;
		const char *says;
	} is[] = {
		{ { 1, 0 }, "Without the queue the session would take" },
		{ { 1, 1 },
		  "The session carries much data and may fill the queue by "
		  "itself: without the queue it would be no faster, as the "
		  "slowest link sets its rate.  What else uses the link waits "
		  "in the queue." },
		{ { 3, 1 },
		  "1 of the sessions carries much data and may fill the queue "
		  "by itself: without the queue it would be no faster, as the "
		  "slowest link sets its rate." },
		{ { 3, 2 },
		  "2 of the sessions carry much data and may fill the queue by "
		  "themselves: without the queue they would be no faster, as "
		  "the slowest link sets their rate." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
		struct queued q = is[i].q;
		struct derive *d = desk_with(add_queued, &q);
		const struct draft *f = desk_finish(d, "delay.queue");

		assert_true(draft_says(f, is[i].says));
		assert_int_equal(draft_says(f, "would take"), !q.bulk);
		desk_free(d);
	}
}

/* So much TCP puts into any path's buffer. */
static void a_queue_of_a_round_trip_is_none(void **state)
{
	struct derive *d;
	struct made m;

	(void)state;
	made(&m, 10, TIME_QUEUE, 4 * SEC, 5 * SEC);
	m.s.queue_most_ns = 80 * MS;
	assert_null(finding(&m, "delay.queue", &d));
	desk_free(d);
	m.b.base_ns = 5 * MS;
	m.s.queue_most_ns = 20 * MS;
	assert_null(finding(&m, "delay.queue", &d));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_nagle_stall_may_be_chance),
		cmocka_unit_test(pieces_held_back_alike_are_shaping),
		cmocka_unit_test(a_queue_longer_than_the_way_is_named),
		cmocka_unit_test(a_transfer_is_promised_nothing),
		cmocka_unit_test(a_queue_of_a_round_trip_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
