/* The timeline within answers: holes, windows, and what a blind far
 * point leaves open. */
#include "tests/report/derive/wire.h"

static void here(struct wire *w, int dir, int64_t t, struct record r)
{
	r.tcp_flags |= REC_ACK;
	r.window = 60000;
	seen(w, 0, dir, t, &r);
}

/* One capture, beside the server: a segment was lost before it. */
static void a_request_with_a_hole_is_not_complete(void **state)
{
	struct wire *w = wire(state);

	w->beside = true;
	here(w, 0, 0, data(1, 100, 1));
	here(w, 1, 7 * MS, data(1, 100, 101));
	here(w, 0, 40 * MS, data(101, 100, 101));
	here(w, 0, 41 * MS, data(301, 100, 101)); /* 201..301 is not there */
	here(w, 0, 3000 * MS, data(201, 100, 101));
	here(w, 1, 3010 * MS, data(101, 100, 401));
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 2959 * MS);
	assert_true(w->b.part[TIME_SERVER] <= 17 * MS);
	assert_int_equal(w->x[1].bytes[0], 300);
}

/* Sooner than timers a hole is filled because acknowledgements asked for it. */
static void a_hole_that_is_filled_fast_is_no_timeout(void **state)
{
	for (int64_t ns = 200 * MS - 1; ns <= 200 * MS; ns++) {
		struct wire *w = wire(state);

		w->beside = true;
		here(w, 0, 0, data(1, 100, 1));
		here(w, 1, 7 * MS, data(1, 100, 101));
		here(w, 0, 40 * MS, data(101, 100, 101));
		here(w, 0, 41 * MS, data(301, 100, 101));
		here(w, 0, 41 * MS + ns, data(201, 100, 101));
		here(w, 1, 50 * MS + ns, data(101, 100, 401));
		walk(w, 1);
		sums(w);
		assert_int_equal(w->b.repair_ns[REPAIR_FAST],
				 ns < 200 * MS ? ns : 0);
		assert_int_equal(w->b.repair_ns[REPAIR_TIMEOUT],
				 ns < 200 * MS ? 0 : ns);
		free(w);
	}
	*state = NULL;
}

/* The client thinks after an answer that took a timeout: that is not the
 * timeout's, and neither is what the server does after one of its own. */
static void thinking_after_a_recovery_is_thinking(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, true, data(c, 100, s));
	t += 250 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	t += WAY + 7 * MS;
	packet(w, 1, t, 0, true, data(s, 200, c + 100));
	t += 300 * MS;
	packet(w, 1, t, 0, false, data(s, 200, c + 100));
	t += WAY;
	packet(w, 0, t, 0, false, data(c + 100, 0, s + 200));
	t += 35 * MS;
	packet(w, 0, t, 0, false, data(c + 100, 100, s + 200));
	t += WAY + 25 * MS;
	packet(w, 1, t, 0, false, data(s + 200, 200, c + 200));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_RECOVERY], 550 * MS);
	assert_int_equal(w->b.part[TIME_CLIENT], 12 * MS + 35 * MS);
	assert_int_equal(w->b.part[TIME_SERVER], 28 * MS + 25 * MS);
}

/* A packet of the server's that far's capture does not have. */
static void unseen(struct wire *w, int64_t t, struct record r)
{
	r.tcp_flags |= REC_ACK;
	r.window = 60000;
	seen(w, 0, 1, t + WAY, &r);
}

/* An answer of five segments, the second of which is lost and sent again 150 ms
 * later; far has captured the first only if @first, and then the small last one.
 * Return: when that leaves. */
static int64_t half_seen(struct wire *w, bool first)
{
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	c += 100;
	t += WAY + 7 * MS;
	if (first)
		packet(w, 1, t, 0, false, data(s, 1460, c));
	else
		unseen(w, t, data(s, 1460, c));
	for (int i = 2; i < 4; i++) {
		unseen(w, t + i * 1000, data(s + 1460u * (unsigned)i, 1460, c));
		packet(w, 0, t + WAY + i * 1000, 0, false,
		       data(c, 0, s + 1460));
	}
	unseen(w, t + 150 * MS, data(s + 1460, 1460, c));
	packet(w, 0, t + 150 * MS + WAY, 0, false, data(c, 0, s + 5840));
	t += 150 * MS + 2 * WAY;
	packet(w, 1, t, 0, false, data(s + 5840, 100, c));
	return t;
}

/* What the receiver's capture shows of a loss is no queue because the sender's
 * capture lacks it. */
static void a_hole_where_far_is_blind_is_recovery(void **state)
{
	struct wire *w = wire(state);

	half_seen(w, true);
	walk(w, 2);
	sums(w);
	assert_in_range(w->b.part[TIME_RECOVERY], 149 * MS, 151 * MS);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
	assert_in_range(w->b.part[TIME_SERVER], 28 * MS, 28 * MS + 2 * WAY);
	free(w);
	w = wire(state);
	half_seen(w, false);
	walk(w, 2);
	sums(w);
	assert_in_range(w->b.part[TIME_RECOVERY], 149 * MS, 151 * MS);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
	assert_in_range(w->b.part[TIME_SERVER], 28 * MS, 28 * MS + 2 * WAY);
	assert_int_equal(w->x[4].far[1], EXCHANGE_NONE);
}

/* It is not known why far sent so late what it did not capture. */
static void a_gap_where_far_is_blind_is_nobodys(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	c += 100;
	t += WAY + 7 * MS;
	packet(w, 1, t, 0, false, data(s, 1460, c));
	unseen(w, t + 100 * MS, data(s + 1460, 1460, c));
	packet(w, 1, t + 100 * MS + 1000, 0, false, data(s + 2920, 100, c));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_UNATTRIBUTED], 100 * MS);
	assert_int_equal(w->b.part[TIME_QUEUE], 0);
}

/* But one that waited on the way, and was captured at both, did. */
static void a_queue_is_seen_where_far_is_blind_else(void **state)
{
	struct wire *w = wire(state);
	int64_t t = half_seen(w, true);

	packet(w, 1, t + 1000, 80 * MS, false, data(11541, 100, 1401));
	walk(w, 2);
	sums(w);
	assert_in_range(w->b.part[TIME_QUEUE], 79 * MS, 81 * MS);
	assert_in_range(w->b.part[TIME_RECOVERY], 149 * MS, 151 * MS);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, done)
	const struct CMUnitTest tests[] = {
		CASE(a_request_with_a_hole_is_not_complete),
		CASE(a_hole_that_is_filled_fast_is_no_timeout),
		CASE(thinking_after_a_recovery_is_thinking),
		CASE(a_hole_where_far_is_blind_is_recovery),
		CASE(a_gap_where_far_is_blind_is_nobodys),
		CASE(a_queue_is_seen_where_far_is_blind_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
