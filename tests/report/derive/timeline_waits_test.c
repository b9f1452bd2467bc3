/* The timeline within answers: paces, stops, holes, windows, and what a blind far
 * point leaves open. */
#include "tests/report/derive/wire.h"

/* An answer in pieces, as a program sends it that keeps to a rate. */
static void a_pace_within_an_answer_is_no_thinking(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);

	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	for (int i = 0; i < 10; i++)
		packet(w, 1, t + WAY + i * 60 * MS, 0, false,
		       data(5601 + 100u * (unsigned)i, 100, 1401));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->line.feed_ns, 540 * MS);
	/* the three turns' */
	assert_int_equal(w->b.part[TIME_SERVER] - w->line.feed_ns, 21 * MS);
}

/* Full segments: more was to come.  What was less may have been all of the answer, and
 * what comes then, news. */
static void a_stop_within_an_answer_is_waited_for(void **state)
{
	for (unsigned full = 0; full < 2; full++) {
		struct wire *w = wire(state);
		int64_t t = turns(w, 3, 0);
		unsigned len = 1460 - !full;

		packet(w, 0, t, 0, false, data(1301, 100, 5601));
		packet(w, 1, t + WAY, 0, false, data(5601, 1460, 1401));
		packet(w, 1, t + WAY, 0, false, data(7061, len, 1401));
		packet(w, 1, t + WAY + 1500 * MS, 0, false,
		       data(7061 + len, 100, 1401));
		walk(w, 2);
		sums(w);
		assert_int_equal(w->line.feed_ns, full ? 0 : 1500 * MS);
		assert_int_equal(w->line.unasked_ns, full ? 0 : 1500 * MS);
		assert_true(w->b.part[TIME_SERVER] >= 1500 * MS);
		free(w);
	}
	*state = NULL;
}

/* The server asks every 2 s, and the client replies at once.  What is answered soon, is
 * larger, does not follow at once, or was asked before without news is a request;
 * and so is a single one that is not as long as what it replies to. */
static void replies_to_news_wait_for_nothing(void **state)
{
	static const struct {
		unsigned len, told, times, first;
		int64_t think, wait;
		bool reply;
	} is[] = {
		{ 5, 5, 3, 100, 2 * MS, 1900 * MS, true },
		{ 5, 70, 3, 100, 2 * MS, 1900 * MS, true },
		{ 60, 60, 3, 100, 2 * MS, 1900 * MS, true },
		{ 5, 5, 1, 100, 2 * MS, 1900 * MS, true },
		{ 5, 6, 1, 100, 2 * MS, 1900 * MS, false },
		{ 60, 70, 3, 100, 2 * MS, 1900 * MS, false },
		{ 100, 100, 3, 50, 2 * MS, 1900 * MS, false },
		{ 5, 5, 3, 100, 150 * MS, 1900 * MS, false },
		{ 5, 5, 3, 100, 2 * MS, 900 * MS, false },
		{ 5, 5, 3, 5, 2 * MS, 1900 * MS, false },
	};

	for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
		struct wire *w = wire(state);
		int64_t t = turns(w, 3, 0);
		uint64_t c = 1301, s = 5601;

		packet(w, 0, t, 0, false, data(c, is[i].first, s));
		c += is[i].first;
		packet(w, 1, t + WAY, 0, false, data(s, 200, c));
		s += 200;
		/* news */
		t += 2000 * MS;
		packet(w, 1, t, 0, false, data(s, is[i].told, c));
		s += is[i].told;
		for (unsigned k = 0; k < is[i].times; k++) {
			t += WAY + is[i].think;
			packet(w, 0, t, 0, false, data(c, is[i].len, s));
			t += WAY + is[i].wait;
			c += is[i].len;
			packet(w, 1, t, 0, false, data(s, is[i].told, c));
			s += is[i].told;
		}
		walk(w, 2);
		sums(w);
		assert_int_equal(w->b.exchanges, 4 + is[i].times);
		assert_true(timeline_only_replies(&w->line) == is[i].reply);
		/* no wait behind a request is a pause within an answer */
		assert_true(w->line.unasked_ns < 2100 * MS);
		assert_true(w->line.feed_ns < 2100 * MS);
		free(w);
	}
	*state = NULL;
}

/* At the end nobody waits for what answers a reply; a request that looks like one, but
 * for its length, is owed its answer. */
static void a_last_reply_is_owed_nothing(void **state)
{
	for (unsigned len = 5; len < 7; len++) {
		struct wire *w = wire(state);
		int64_t t = turns(w, 3, 0);

		packet(w, 1, t + 2000 * MS, 0, false, data(5601, 5, 1301));
		t += 2000 * MS + WAY + 2 * MS;
		packet(w, 0, t, 0, false, data(1301, len, 5606));
		packet(w, 1, t + WAY, 0, false, data(5606, 0, 1301 + len));
		packet(w, 0, t + 9000 * MS, 0, false,
		       (struct record){ .seq64 = 1301 + len,
					.tcp_flags = REC_FIN,
					.ack64 = 5606 });
		walk(w, 2);
		sums(w);
		assert_int_equal(w->line.unanswered.how,
				 len == 5 ? ENDED_NOT : ENDED_CLIENT);
		free(w);
	}
	*state = NULL;
}

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

/* Messages that a server pushes, one every other second: nobody waits for them. */
static void stops_again_and_again_are_a_pace(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);

	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	for (int i = 0; i < 6; i++)
		packet(w, 1, t + WAY + i * 2000 * MS, 0, false,
		       data(5601 + 100u * (unsigned)i, 100, 1401));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->line.feed_ns, 10000 * MS);
	assert_int_equal(w->b.part[TIME_SERVER] - w->line.feed_ns, 21 * MS);
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
		CASE(stops_again_and_again_are_a_pace),
		CASE(replies_to_news_wait_for_nothing),
		CASE(a_last_reply_is_owed_nothing),
		CASE(a_pace_within_an_answer_is_no_thinking),
		CASE(a_stop_within_an_answer_is_waited_for),
		CASE(thinking_after_a_recovery_is_thinking),
		CASE(a_hole_where_far_is_blind_is_recovery),
		CASE(a_gap_where_far_is_blind_is_nobodys),
		CASE(a_queue_is_seen_where_far_is_blind_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
