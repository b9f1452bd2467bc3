/* A window that is small but open, seen from the receiver's side alone. */
#include "tests/report/derive/wire.h"

#define PIECE 1000u

/* A packet whose sender is ready to take @window. */
static void takes(struct wire *w, int dir, int64_t t, uint16_t window,
		  struct record r)
{
	r.tcp_flags |= REC_ACK;
	r.window = window;
	seen(w, dir, dir, t, &r);
	seen(w, !dir, dir, t + WAY, &r);
}

static int64_t opened(struct wire *w, uint16_t window)
{
	takes(w, 0, 0, window,
	      (struct record){ .seq64 = 1000, .tcp_flags = REC_SYN });
	takes(w, 1, WAY, window,
	      (struct record){
		      .seq64 = 5000, .ack64 = 1001, .tcp_flags = REC_SYN });
	takes(w, 0, 2 * WAY, window, data(1001, 0, 5001));
	w->next[0] = 1001;
	w->next[1] = 5001;
	return 2 * WAY + MS;
}

/* @dir sends @rounds times two pieces, each @wait after the acknowledgement of
 * those before arrived; the other side takes @window. */
static int64_t flights(struct wire *w, int dir, int64_t t, int rounds,
		       uint16_t window, int64_t wait)
{
	uint64_t *own = &w->next[dir], *other = &w->next[!dir];

	for (int i = 0; i < rounds; i++) {
		takes(w, dir, t, 60000, data(*own, PIECE, *other));
		takes(w, dir, t, 60000, data(*own + PIECE, PIECE, *other));
		*own += 2 * PIECE;
		t += WAY;
		takes(w, !dir, t, window, data(*other, 0, *own));
		t += WAY + wait;
	}
	return t;
}

/* The client asks, and takes @window of the answer at a time. */
static void download(struct wire *w, uint16_t window, int64_t wait)
{
	int64_t t = opened(w, window);

	takes(w, 0, t, window, data(1001, 100, 5001));
	w->next[0] += 100;
	flights(w, 1, t + WAY, 6, window, wait);
}

static void a_small_window_at_its_receiver(void **state)
{
	struct wire *w = wire(state);

	download(w, 2 * PIECE, 0);
	w->scaled = true;
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 5 * 2 * WAY);
	assert_int_equal(w->b.part[TIME_SERVER], 0);
	assert_int_equal(w->line.window.who, READER_CLIENT);
	assert_int_equal(w->line.full[1], 5);
	assert_int_equal(w->b.windows, 5);
}

static void the_same_of_an_upload(void **state)
{
	struct wire *w = wire(state);
	int64_t t = opened(w, 2 * PIECE);

	t = flights(w, 0, t, 6, 2 * PIECE, 0);
	takes(w, 1, t + WAY, 2 * PIECE, data(w->next[1], 100, w->next[0]));
	w->only = 1;
	w->afar = true;
	w->scaled = true;
	walk(w, 1);
	sums(w);
	/* of the second flight it is not known: no round trip was before the
	 * first window */
	assert_int_equal(w->b.part[TIME_WINDOW], 4 * 2 * WAY);
	assert_int_equal(w->line.window.who, READER_SERVER);
	assert_int_equal(w->line.full[0], 4);
}

/* Nothing is known to have waited for the client's window. */
static void no_window(struct wire *w)
{
	w->scaled = true;
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 0);
	assert_int_equal(w->line.full[1], 0);
}

/* The client acknowledges each flight and takes four of them at a time; the capture
 * has one of five acknowledgements. */
static void where_acknowledgements_are_missing_nothing_is_known(void **state)
{
	struct wire *w = wire(state);
	int64_t t = opened(w, 8 * PIECE);

	takes(w, 0, t, 8 * PIECE, data(1001, 100, 5001));
	w->next[0] += 100;
	t += WAY;
	for (int i = 0; i < 20; i++) {
		takes(w, 1, t, 60000, data(w->next[1], PIECE, w->next[0]));
		takes(w, 1, t, 60000,
		      data(w->next[1] + PIECE, PIECE, w->next[0]));
		w->next[1] += 2 * PIECE;
		if (i % 5 == 4)
			takes(w, 0, t + WAY, 8 * PIECE,
			      data(w->next[0], 0, w->next[1]));
		t += 2 * WAY;
	}
	no_window(w);
}

/* The receiver's card joins twenty segments to one; there was room for more of
 * them, but not for as many. */
static void joined_segments_are_not_one(void **state)
{
	struct wire *w = wire(state);
	int64_t t = opened(w, 32000);

	takes(w, 0, t, 32000, data(1001, 100, 5001));
	w->next[0] += 100;
	t += WAY;
	for (int i = 0; i < 6; i++) {
		takes(w, 1, t, 60000, data(w->next[1], 20000, w->next[0]));
		w->next[1] += 20000;
		takes(w, 0, t + WAY, 32000, data(w->next[0], 0, w->next[1]));
		t += 2 * WAY;
	}
	no_window(w);
}

/* More was allowed: a congestion window, or the program, held it back. */
static void who_was_allowed_more_is_not_kept(void **state)
{
	struct wire *w = wire(state);

	download(w, 8 * PIECE, 0);
	no_window(w);
}

/* It knew of the window for an eighth of a round trip and more. */
static void who_sends_later_is_not_kept(void **state)
{
	struct wire *w = wire(state);

	download(w, 2 * PIECE, 5 * MS);
	w->scaled = true;
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 0);
}

/* Without the SYN windows may be larger than their numbers. */
static void without_the_scale_nothing_is_known(void **state)
{
	struct wire *w = wire(state);

	download(w, 2 * PIECE, 0);
	walk(w, 1);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 0);
}

/* Next to the sender it is seen, as before, and counted once. */
static void at_the_sender_it_is_seen(void **state)
{
	struct wire *w = wire(state);

	download(w, 2 * PIECE, 0);
	w->scaled = true;
	walk(w, 2);
	sums(w);
	assert_int_equal(w->b.part[TIME_WINDOW], 5 * 2 * WAY);
	assert_int_equal(w->line.full[1], 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, done)
	const struct CMUnitTest tests[] = {
		CASE(a_small_window_at_its_receiver),
		CASE(the_same_of_an_upload),
		CASE(where_acknowledgements_are_missing_nothing_is_known),
		CASE(joined_segments_are_not_one),
		CASE(who_was_allowed_more_is_not_kept),
		CASE(who_sends_later_is_not_kept),
		CASE(without_the_scale_nothing_is_known),
		CASE(at_the_sender_it_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
