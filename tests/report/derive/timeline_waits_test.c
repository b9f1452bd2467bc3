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

static void a_stop_within_an_answer_is_waited_for(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);

	packet(w, 0, t, 0, false, data(1301, 100, 5601));
	packet(w, 1, t + WAY, 0, false, data(5601, 100, 1401));
	packet(w, 1, t + WAY + 1500 * MS, 0, false, data(5701, 100, 1401));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->line.feed_ns, 0);
	assert_true(w->b.part[TIME_SERVER] >= 1500 * MS);
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

/* A SYN,ACK without a window (of a proxy that opens the other side first):
 * the client has to wait for the update, whatever its program has. */
static void a_window_that_opens_after_the_opening(void **state)
{
	struct wire *w = wire(state);
	struct record syn = { .seq64 = 1000, .tcp_flags = REC_SYN };

	packet(w, 0, 0, 0, false, syn);
	syn = (struct record){ .seq64 = 5000,
			       .ack64 = 1001,
			       .tcp_flags = REC_SYN };
	packet(w, 1, WAY, 0, false, syn);
	w->rec[0][1][0].window = w->rec[1][1][0].window = 0;
	packet(w, 0, 2 * WAY, 0, false, data(1001, 0, 5001));
	packet(w, 1, 5 * WAY, 0, false, data(5001, 0, 1001));
	packet(w, 0, 6 * WAY + MS, 0, false, data(1001, 100, 5001));
	packet(w, 1, 7 * WAY + 5 * MS, 0, false, data(5001, 100, 1101));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 4 * WAY + MS);
	assert_int_equal(w->b.part[TIME_CLIENT], 0);
}

/* A packet whose sender is ready to take @window. */
static void allows(struct wire *w, int dir, int64_t t, uint16_t window,
		   struct record r)
{
	packet(w, dir, t, 0, false, r);
	for (int p = 0; p < 2; p++)
		w->rec[p][dir][w->n[p][dir] - 1].window = window;
}

/* The client reads its answer slowly: five times its window is closed for a
 * second, in which the server asks for it if @probes.  Its data follows the update by
 * @late.  Return: for how long the server was kept, at it. */
static int64_t slow_reader(struct wire *w, bool probes, int64_t late)
{
	int64_t t = turns(w, 3, 0), closed = 0;
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 100, s));
	c += 100;
	t += WAY + 7 * MS;
	for (int i = 0; i < 3; i++) {
		packet(w, 1, t, 0, false, data(s, 1400, c));
		s += 1400;
		allows(w, 0, t + WAY, 0, data(c, 0, s));
		for (int k = 0; probes && k < 2; k++) {
			packet(w, 1, t + (300 + k * 300) * MS, 0, false,
			       data(s - 1, 0, c));
			allows(w, 0, t + WAY + (300 + k * 300) * MS, 0,
			       data(c, 0, s));
		}
		allows(w, 0, t + 1000 * MS, 60000, data(c, 0, s));
		closed += 1000 * MS + WAY;
		t += 1000 * MS + WAY + late;
	}
	packet(w, 1, t, 0, false, data(s, 200, c));
	return closed;
}

/* The receiver's own point has its word for it: what follows a round trip after
 * the update had waited for it. */
static void a_receivers_own_window_is_its_own(void **state)
{
	struct wire *w = wire(state);

	slow_reader(w, false, 0);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 3 * (1000 * MS - WAY));
	assert_int_equal(w->b.part[TIME_SERVER], 28 * MS);
	assert_int_equal(w->b.windows, 3);
}

/* No probe, and nothing follows it soon: perhaps there was nothing to send. */
static void a_window_that_nobody_asked_for_kept_nobody(void **state)
{
	struct wire *w = wire(state);

	slow_reader(w, false, 300 * MS);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 0);
	free(w);
	w = wire(state);
	slow_reader(w, false, 300 * MS);
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 0);
}

/* Probes say that the sender wanted to go on, however late it does then. */
static void who_probes_waits_for_the_window(void **state)
{
	struct wire *w = wire(state);
	int64_t closed = slow_reader(w, true, 50 * MS);

	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], closed);
	assert_int_equal(w->b.windows, 3);
	free(w);
	w = wire(state);
	slow_reader(w, true, 50 * MS);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 3 * (1000 * MS - WAY));
	assert_int_equal(w->b.windows, 3);
}

/* The server's window is closed for @long_ns once, the client's four times for
 * 75 ms. */
static void both_close(struct wire *w, int64_t long_ns)
{
	int64_t t = turns(w, 3, 0) + 3 * MS;
	uint64_t c = 1301, s = 5601;

	packet(w, 0, t, 0, false, data(c, 1400, s));
	c += 1400;
	allows(w, 1, t + WAY, 0, data(s, 0, c));
	allows(w, 1, t + WAY + long_ns, 60000, data(s, 0, c));
	t += 2 * WAY + long_ns;
	packet(w, 0, t, 0, false, data(c, 100, s));
	c += 100;
	t += WAY + 7 * MS;
	for (int i = 0; i < 4; i++) {
		packet(w, 1, t, 0, false, data(s, 1400, c));
		s += 1400;
		allows(w, 0, t + WAY, 0, data(c, 0, s));
		allows(w, 0, t + WAY + 75 * MS, 60000, data(c, 0, s));
		t += 2 * WAY + 75 * MS;
	}
	packet(w, 1, t, 0, false, data(s, 100, c));
}

/* Whose window it is goes by time, from either point and from both: four short
 * stalls are not more than a long one. */
static void the_window_is_his_who_takes_the_time(void **state)
{
	static const struct {
		int64_t long_ns;
		enum reader who;
		uint64_t times;
	} is[] = {
		{ 5980 * MS, READER_SERVER, 1 },
		{ 380 * MS, READER_EITHER, 5 },
		{ 20 * MS, READER_CLIENT, 4 },
	};

	for (size_t i = 0; i < 3 * sizeof is / sizeof *is; i++) {
		struct wire *w = wire(state);

		both_close(w, is[i / 3].long_ns);
		w->only = i % 3 == 1;
		w->afar = i % 3 == 1;
		walk(w, i % 3 ? 1 : 2);
		sums(w);
		assert_int_equal(w->b.windows, 5);
		assert_int_equal(w->line.window.who, is[i / 3].who);
		assert_int_equal(w->line.window.times, is[i / 3].times);
		assert_int_equal(w->line.window.zeros, is[i / 3].times);
		assert_int_equal(w->b.zero_windows, 5);
		free(w);
	}
	wire(state);
}

/* Only the side that is named has its zeros counted: a small window is none. */
static void a_zero_of_the_other_side_is_not_his(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0) + 3 * MS;
	uint64_t c = 1301, s = 5601;

	packet(w, 0, t, 0, false, data(c, 1400, s));
	c += 1400;
	/* the server's: zero, and nothing waits for it */
	allows(w, 1, t + WAY, 0, data(s, 0, c));
	allows(w, 1, t + WAY + MS, 60000, data(s, 0, c));
	t += WAY + 7 * MS;
	for (int i = 0; i < 3; i++) {
		packet(w, 1, t, 0, false, data(s, 1400, c));
		s += 1400;
		allows(w, 0, t + WAY, 100, data(c, 0, s));
		allows(w, 0, t + WAY + 400 * MS, 1500, data(c, 0, s));
		t += 2 * WAY + 400 * MS;
	}
	packet(w, 1, t, 0, false, data(s, 1400, c));
	for (int p = 0; p < 2; p++)
		for (uint32_t i = 0; i < w->n[p][0]; i++)
			if (w->rec[p][0][i].window > 1500)
				w->rec[p][0][i].window = 1500;
	walk(w, 2);
	sums(w);
	assert_int_equal(w->line.window.who, READER_CLIENT);
	assert_int_equal(w->line.window.times, 3);
	assert_int_equal(w->line.window.zeros, 0);
	assert_int_equal(w->b.zero_windows, 1);
}

/* The update is lost: at the server's own point, a probe long after it tells. */
static void a_probe_after_the_update_has_not_got_it(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	t += 3 * MS;
	packet(w, 0, t, 0, false, data(c, 1400, s));
	c += 1400;
	allows(w, 1, t + WAY, 0, data(s, 0, c));
	packet(w, 1, t + 500 * MS, 0, true, data(s, 0, c));
	packet(w, 0, t + 4800 * MS, 0, false, data(c - 1, 0, s));
	packet(w, 1, t + 4800 * MS + WAY, 0, false, data(s, 0, c));
	packet(w, 0, t + 4800 * MS + 2 * WAY, 0, false, data(c, 100, s));
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 4800 * MS + 2 * WAY);
	/* the server's point alone */
	memcpy(w->rec[0], w->rec[1], sizeof w->rec[0]);
	memcpy(w->n[0], w->n[1], sizeof w->n[0]);
	w->afar = true;
	walk(w, 1);
	assert_int_equal(w->b.part[TIME_WINDOW], 4800 * MS);
	assert_int_equal(w->b.windows, 1);
}

/* It never opens. */
static void a_window_that_stays_closed_is_the_rest(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	packet(w, 0, t, 0, false, data(c, 1400, s));
	c += 1400;
	allows(w, 1, t + WAY, 0, data(s, 0, c));
	for (int i = 1; i < 5; i++) {
		packet(w, 0, t + i * 1000 * MS, 0, false, data(c - 1, 0, s));
		allows(w, 1, t + i * 1000 * MS + WAY, 0, data(s, 0, c));
	}
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 4000 * MS + 2 * WAY);
	assert_int_equal(w->b.part[TIME_SERVER], 21 * MS);
	assert_false(w->line.unanswered.how);
}

/* Both stay closed, and both sides ask: neither is the one that does not read. */
static void windows_that_both_stay_closed_are_no_ones(void **state)
{
	struct wire *w = wire(state);
	int64_t t = turns(w, 3, 0);
	uint64_t c = 1301, s = 5601;

	packet(w, 0, t, 0, false, data(c, 1400, s));
	c += 1400;
	packet(w, 1, t + 2 * WAY, 0, false, data(s, 1400, c));
	s += 1400;
	for (int i = 1; i < 5; i++)
		for (int dir = 0; dir < 2; dir++)
			allows(w, dir, t + i * 1000 * MS + dir * 100 * MS, 0,
			       dir ? data(s - (i > 1), 0, c)
				   : data(c - (i > 1), 0, s));
	walk(w, 2);
	sums(w);
	assert_true(w->b.part[TIME_WINDOW] >= 3000 * MS);
	assert_int_equal(w->b.zero_windows, 2);
	assert_int_equal(w->line.window.who, READER_EITHER);
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
		CASE(a_pace_within_an_answer_is_no_thinking),
		CASE(a_stop_within_an_answer_is_waited_for),
		CASE(thinking_after_a_recovery_is_thinking),
		CASE(a_window_that_opens_after_the_opening),
		CASE(a_receivers_own_window_is_its_own),
		CASE(a_window_that_nobody_asked_for_kept_nobody),
		CASE(who_probes_waits_for_the_window),
		CASE(a_probe_after_the_update_has_not_got_it),
		CASE(the_window_is_his_who_takes_the_time),
		CASE(a_zero_of_the_other_side_is_not_his),
		CASE(a_window_that_stays_closed_is_the_rest),
		CASE(windows_that_both_stay_closed_are_no_ones),
		CASE(a_hole_where_far_is_blind_is_recovery),
		CASE(a_gap_where_far_is_blind_is_nobodys),
		CASE(a_queue_is_seen_where_far_is_blind_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
