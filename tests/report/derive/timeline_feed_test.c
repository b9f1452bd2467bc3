/* The server between the pieces of an answer: paces, stops, news, and replies to such. */
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

/* After full segments a pause of a second is a wait for the rest, a shorter one a pace;
 * the third such stop makes all of them a pace. */
static void a_stop_lasts_a_second(void **state)
{
	static const struct {
		int stops;
		int64_t ns, feed;
	} is[] = { { 1, 1000 * MS, 0 },
		   { 1, 1000 * MS - 1, 1000 * MS - 1 },
		   { 2, 1000 * MS, 0 },
		   { 3, 1000 * MS, 3000 * MS } };

	for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
		struct wire *w = wire(state);
		int64_t t = turns(w, 3, 0) + WAY;
		uint64_t s = 5601;

		packet(w, 0, t - WAY, 0, false, data(1301, 100, s));
		for (int k = 0; k <= is[i].stops; k++) {
			packet(w, 1, t, 0, false, data(s, 1460, 1401));
			packet(w, 1, t, 0, false, data(s + 1460, 1460, 1401));
			s += 2920;
			t += is[i].ns;
		}
		walk(w, 2);
		sums(w);
		assert_int_equal(w->line.feed_ns, is[i].feed);
		assert_int_equal(w->line.unasked_ns, 0);
		free(w);
	}
	*state = NULL;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, done)
	const struct CMUnitTest tests[] = {
		CASE(a_pace_within_an_answer_is_no_thinking),
		CASE(a_stop_within_an_answer_is_waited_for),
		CASE(replies_to_news_wait_for_nothing),
		CASE(a_last_reply_is_owed_nothing),
		CASE(stops_again_and_again_are_a_pace),
		CASE(a_stop_lasts_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
