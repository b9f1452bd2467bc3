/* QUIC by size and time: two points, 10 ms apart each way, of which far's clock is 5 s
 * ahead.  Each threshold from both sides. */
#include "tests/report/derive/wire.h"

#define SEC (1000 * MS)
#define LARGE 300
#define ACK 30
#define TRIP (2 * WAY) /* the least that was seen */
/* what keeps a sender waiting: a round trip, and an acknowledgement's delay */
#define TURN (TRIP + 25 * MS)

static void seen_at(struct wire *w, int point, int dir, int64_t t, uint32_t len,
		    uint32_t digest)
{
	struct record r = { .pay_len = len, .head_digest = digest };

	seen(w, point, dir, t, &r);
}

/* No two datagrams are the same. */
static uint32_t digest(struct wire *w)
{
	return (uint32_t)++w->next[0];
}

/* A datagram leaves its host at @t. */
static void says(struct wire *w, int dir, int64_t t, uint32_t len)
{
	uint32_t id = digest(w);

	seen_at(w, dir, dir, t, len, id);
	seen_at(w, !dir, dir, t + WAY, len, id);
}

static void loses(struct wire *w, int dir, int64_t t, uint32_t len)
{
	seen_at(w, dir, dir, t, len, digest(w));
}

/* The client asks at @t; the answer leaves @own after that has come. */
static void turn(struct wire *w, int64_t t, uint32_t len, int64_t own)
{
	says(w, 0, t, len);
	says(w, 1, t + WAY + own, LARGE);
}

/* A handshake that begins at 0, and an acknowledgement, the shortest. */
static struct wire *shaken(void **state)
{
	struct wire *w = wire(state);

	w->datagrams = w->quic = true;
	w->remote_server = true;
	turn(w, 0, 1200, 5 * MS);
	says(w, 0, TRIP + 6 * MS, ACK);
	return w;
}

/* The client acknowledges for as long as anything comes. */
static void look(struct wire *w, int64_t until)
{
	says(w, 0, until, ACK);
	walk(w, 2);
	sums(w);
}

static int64_t part(const struct wire *w, enum time_part p)
{
	return w->b.part[p];
}

static struct wire *anew(void **state)
{
	free(*state);
	return shaken(state);
}

static void a_request_has_more_than_100_bytes(void **state)
{
	struct wire *w;

	for (uint32_t len = 100; len <= 101; len++) {
		w = anew(state);
		turn(w, 1 * SEC, len, 50 * MS);
		look(w, 1 * SEC + 80 * MS);
		assert_int_equal(w->n_x, len > 100 ? 2 : 1);
		if (len > 100)
			assert_int_equal(part(w, TIME_SERVER), 55 * MS);
	}
}

static void an_answer_has_more_than_100_bytes(void **state)
{
	struct wire *w;

	for (uint32_t len = 100; len <= 101; len++) {
		w = anew(state);
		says(w, 0, 1 * SEC, LARGE);
		says(w, 1, 1 * SEC + WAY + 30 * MS, len);
		says(w, 1, 1 * SEC + WAY + 40 * MS, LARGE);
		look(w, 1 * SEC + 80 * MS);
		assert_int_equal(w->n_x, 2);
		assert_int_equal(part(w, TIME_SERVER),
				 5 * MS + (len > 100 ? 30 : 40) * MS);
	}
}

/* What comes alone, at @t, with @len bytes; the answer is at near @after that.  Return:
 * was it a request? */
static bool asks(struct wire *w, int64_t t, uint32_t len, int64_t after)
{
	says(w, 0, t, len);
	says(w, 1, t + after - WAY, LARGE);
	look(w, t + after + 1 * MS);
	return w->n_x == 2;
}

#define HEARD (TRIP + 5 * MS) /* the handshake's answer, at near */

static void a_small_request_comes_100_ms_after_anything(void **state)
{
	int64_t at = HEARD + 100 * MS;

	assert_true(asks(anew(state), at, 60, 30 * MS));
	assert_false(asks(anew(state), at - 1, 60, 30 * MS));
}

static void a_small_request_has_8_bytes_more(void **state)
{
	assert_true(asks(anew(state), 1 * SEC, ACK + 9, 30 * MS));
	assert_false(asks(anew(state), 1 * SEC, ACK + 8, 30 * MS));
}

static void a_small_request_is_answered_at_once(void **state)
{
	struct wire *w = anew(state);

	assert_true(asks(w, 1 * SEC, 60, TURN));
	w = anew(state);
	assert_false(asks(w, 1 * SEC, 60, TURN + 1));
	/* it may have asked, though: nobody's pace is seen */
	assert_int_equal(part(w, TIME_SERVER), 5 * MS);
}

/* A second piece leaves the server @gap after the first, which left at @t. */
static void pieces(struct wire *w, int64_t gap)
{
	int64_t t = 1 * SEC + WAY;

	turn(w, 1 * SEC, LARGE, 0);
	says(w, 0, t + WAY + 1 * MS, ACK);
	says(w, 1, t + gap, LARGE);
	look(w, t + gap + WAY + 1 * MS);
}

static void a_round_trip_and_25_ms_between_pieces_are_transfer(void **state)
{
	struct wire *w = anew(state);

	pieces(w, TURN);
	assert_int_equal(part(w, TIME_TRANSFER), TURN);
	assert_int_equal(part(w, TIME_UNATTRIBUTED), 0);
	w = anew(state);
	pieces(w, TURN + 1);
	assert_int_equal(part(w, TIME_TRANSFER), 0);
	assert_int_equal(part(w, TIME_UNATTRIBUTED), TURN + 1);
}

static void a_pause_of_four_round_trips_is_the_servers(void **state)
{
	struct wire *w = anew(state);

	pieces(w, 4 * TURN);
	assert_int_equal(part(w, TIME_SERVER), 5 * MS + 4 * TURN);
	assert_int_equal(part(w, TIME_UNATTRIBUTED), 0);
	w = anew(state);
	pieces(w, 4 * TURN - 1);
	assert_int_equal(part(w, TIME_SERVER), 5 * MS);
	assert_int_equal(part(w, TIME_UNATTRIBUTED), 4 * TURN - 1);
}

/* Far's order does not say that nothing was lost: a second, and eight round trips. */
static void a_pause_seen_from_one_side_takes_a_second(void **state)
{
	for (int short_of = 0; short_of <= 1; short_of++) {
		struct wire *w = anew(state);
		int64_t gap = 1 * SEC - short_of, t = 1 * SEC + WAY;

		turn(w, 1 * SEC, LARGE, 0);
		says(w, 1, t + gap, LARGE);
		says(w, 0, t + gap + WAY + 1 * MS, ACK);
		walk(w, 1);
		sums(w);
		assert_int_equal(part(w, TIME_UNATTRIBUTED),
				 short_of ? gap : 0);
	}
}

/* The server goes on more and more slowly, to a client that is gone. */
static void what_nobody_hears_is_nobodys_pace(void **state)
{
	struct wire *w = anew(state);
	int64_t t = 1 * SEC;

	turn(w, t, LARGE, 0);
	says(w, 0, t + TRIP + 1 * MS, ACK);
	for (int64_t gap = 200 * MS; gap < 2 * SEC; gap *= 2) {
		t += gap;
		says(w, 1, t + WAY, LARGE);
	}
	walk(w, 2);
	sums(w);
	assert_int_equal(part(w, TIME_SERVER), 5 * MS);
	assert_int_equal(part(w, TIME_RECOVERY), 0);
}

/* Recovery is said only of what was lost. */
static void a_lost_piece_is_recovered_from(void **state)
{
	struct wire *w = anew(state);
	int64_t t = 1 * SEC + WAY;

	turn(w, 1 * SEC, LARGE, 0);
	says(w, 0, t + WAY + 1 * MS, ACK);
	loses(w, 1, t + 2 * MS, LARGE);
	says(w, 1, t + 100 * MS, LARGE);
	look(w, t + 200 * MS);
	assert_int_equal(part(w, TIME_RECOVERY), 100 * MS);
	assert_int_equal(w->b.repairs[REPAIR_TIMEOUT], 1);
}

static void a_lost_beginning_of_an_answer_is_recovered_from(void **state)
{
	struct wire *w = anew(state);
	int64_t t = 1 * SEC + WAY;

	says(w, 0, 1 * SEC, LARGE);
	loses(w, 1, t + 30 * MS, LARGE);
	says(w, 1, t + 130 * MS, LARGE);
	look(w, t + 200 * MS);
	assert_int_equal(part(w, TIME_SERVER), 35 * MS);
	assert_int_equal(part(w, TIME_RECOVERY), 100 * MS);
}

/* A lost acknowledgement is no lost piece. */
static void small_losses_are_not_recovered_from(void **state)
{
	struct wire *w = anew(state);
	int64_t t = 1 * SEC + WAY;

	turn(w, 1 * SEC, LARGE, 0);
	loses(w, 0, t + WAY + 1 * MS, ACK);
	loses(w, 1, t + 2 * MS, 100);
	says(w, 1, t + 100 * MS, LARGE);
	look(w, t + 200 * MS);
	assert_int_equal(part(w, TIME_RECOVERY), 0);
	assert_int_equal(part(w, TIME_UNATTRIBUTED), 100 * MS);
}

/* Either side finds out what the path carries: larger than ever, from 1200 on. */
static void probes_of_the_path_take_no_turn(void **state)
{
	static const struct {
		uint32_t len;
		size_t turns;
	} v[] = { { 1200, 2 }, { 1201, 1 }, { 1400, 1 } };

	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		struct wire *w = anew(state);

		says(w, 0, 1 * SEC, v[i].len);
		says(w, 1, 1 * SEC + WAY + 1 * MS, ACK);
		look(w, 1 * SEC + 30 * MS);
		assert_int_equal(w->n_x, v[i].turns);
	}
}

/* One that comes first when the server speaks again does not hide its silence, nor that
 * something was lost. */
static void a_probe_hides_no_pause(void **state)
{
	for (int lost = 0; lost <= 1; lost++) {
		struct wire *w = anew(state);
		int64_t t = 1 * SEC + WAY, gap = 500 * MS;

		says(w, 0, 1 * SEC, LARGE);
		says(w, 1, t, 1200);
		if (lost)
			loses(w, 1, t + 1 * MS, 1200);
		says(w, 1, t + gap - 1 * MS, 1300);
		says(w, 1, t + gap, 1200);
		look(w, t + gap + WAY + 1 * MS);
		assert_int_equal(part(w, TIME_SERVER),
				 5 * MS + (lost ? 0 : gap));
		assert_int_equal(part(w, TIME_RECOVERY), lost ? gap : 0);
		assert_int_equal(part(w, TIME_UNATTRIBUTED), 0);
	}
}

/* The same without far's order: of eight round trips a second is the least. */
static void a_long_way_takes_longer_pauses(void **state)
{
	for (int short_of = 0; short_of <= 1; short_of++) {
		struct wire *w = anew(state);
		/* near's round trips are of 150 ms: two thirds are the host's */
		int64_t gap = 1200 * MS - short_of * 8, t = 3 * SEC;

		free(w);
		*state = w = wire(state);
		w->datagrams = w->quic = w->remote_server = true;
		for (int i = 0; i < 3; i++)
			turn(w, i * SEC, i ? LARGE : 1200, 130 * MS);
		says(w, 0, 2 * SEC + 200 * MS, ACK);
		turn(w, t, LARGE, 130 * MS);
		says(w, 1, t + WAY + 130 * MS + gap, LARGE);
		says(w, 0, t + 3 * SEC, ACK);
		walk(w, 1);
		sums(w);
		assert_int_equal(part(w, TIME_UNATTRIBUTED),
				 short_of ? gap : 0);
	}
}

/* The server's first datagrams grow, too, below that. */
static void an_answer_that_grows_is_one(void **state)
{
	struct wire *w = anew(state);

	says(w, 0, 1 * SEC, LARGE);
	says(w, 1, 1 * SEC + WAY + 20 * MS, LARGE + 1);
	look(w, 1 * SEC + 60 * MS);
	assert_int_equal(w->n_x, 2);
	assert_int_equal(part(w, TIME_SERVER), 25 * MS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, done)
	const struct CMUnitTest tests[] = {
		TEST(a_request_has_more_than_100_bytes),
		TEST(an_answer_has_more_than_100_bytes),
		TEST(a_small_request_comes_100_ms_after_anything),
		TEST(a_small_request_has_8_bytes_more),
		TEST(a_small_request_is_answered_at_once),
		TEST(a_round_trip_and_25_ms_between_pieces_are_transfer),
		TEST(a_pause_of_four_round_trips_is_the_servers),
		TEST(a_pause_seen_from_one_side_takes_a_second),
		TEST(what_nobody_hears_is_nobodys_pace),
		TEST(a_lost_piece_is_recovered_from),
		TEST(a_lost_beginning_of_an_answer_is_recovered_from),
		TEST(small_losses_are_not_recovered_from),
		TEST(probes_of_the_path_take_no_turn),
		TEST(a_probe_hides_no_pause),
		TEST(a_long_way_takes_longer_pauses),
		TEST(an_answer_that_grows_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
