/* Windows that close: who kept whom waiting, and for how long. */
#include "tests/report/derive/wire.h"

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

int main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, done)
	const struct CMUnitTest tests[] = {
		CASE(a_window_that_opens_after_the_opening),
		CASE(a_receivers_own_window_is_its_own),
		CASE(a_window_that_nobody_asked_for_kept_nobody),
		CASE(who_probes_waits_for_the_window),
		CASE(a_probe_after_the_update_has_not_got_it),
		CASE(the_window_is_his_who_takes_the_time),
		CASE(a_zero_of_the_other_side_is_not_his),
		CASE(a_window_that_stays_closed_is_the_rest),
		CASE(windows_that_both_stay_closed_are_no_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
