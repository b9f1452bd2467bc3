/* Requests that nobody answers: when the wait is the server's, and when nothing tells. */
#include "tests/report/derive/talks.h"

/* --- requests --- */
static void who_gives_up_with_a_fin_waited_for_the_server(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	asks(w, SEC, 100);
	client_closes(w, 11 * SEC);
	look(w, 2);
	assert_int_equal(how_of(w)->how, ENDED_CLIENT);
	assert_int_equal(how_of(w)->wait_ns, 10 * SEC);
	assert_int_equal(how_of(w)->server_ns, 10 * SEC);
	assert_int_equal(w->b.part[TIME_SERVER], 10 * SEC);
	assert_true(w->b.part[TIME_CLIENT] < SEC);
	assert_int_equal(w->n_x, 3);
	assert_int_equal(w->x[2].near[2], EXCHANGE_NONE);
	assert_int_equal(w->x[2].part[TIME_SERVER], 10 * SEC);
	assert_int_not_equal(w->x[2].far[0], EXCHANGE_NONE);
}

static void one_point_tells_by_the_acknowledgement(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	asks(w, SEC, 100);
	client_closes(w, 11 * SEC);
	look(w, 1);
	assert_int_equal(how_of(w)->how, ENDED_CLIENT);
	assert_true(w->b.part[TIME_SERVER] >= 9900 * MS);
}

static void a_reset_ends_the_wait_too(void **state)
{
	struct wire *w = opened(state);

	asks(w, SEC, 100); /* the first, even */
	says(w, C, 11 * SEC, 0, REC_RST);
	look(w, 2);
	assert_int_equal(how_of(w)->how, ENDED_CLIENT);
	assert_int_equal(how_of(w)->wait_ns, 10 * SEC);
	assert_int_equal(w->x[1].part[TIME_SERVER], w->b.part[TIME_SERVER]);
}

static void a_server_that_closes_instead_did_not_answer(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	asks(w, SEC, 100);
	says(w, S, 11 * SEC, 0, REC_FIN);
	says(w, C, 11 * SEC + WAY, 0, REC_FIN);
	ACK(w, S, 11 * SEC + 2 * WAY);
	look(w, 2);
	assert_int_equal(how_of(w)->how, ENDED_SERVER);
	assert_in_range(how_of(w)->server_ns, 9900 * MS, 10 * SEC);
	assert_int_equal(w->x[2].near[2], EXCHANGE_NONE);
	assert_int_equal(w->x[3].opening, SET_UP_CLOSING);
}

/* The time is behind the session's last record: it is said, and no part of it. */
static void what_waits_when_the_capture_ends_is_said(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	asks(w, SEC, 100);
	w->until_ns = 30 * SEC;
	look(w, 2);
	assert_int_equal(how_of(w)->how, ENDED_CAPTURE);
	assert_int_equal(how_of(w)->wait_ns, 29 * SEC);
	assert_true(w->b.part[TIME_SERVER] < SEC);
}

/* A copy that arrives is answered by nobody but the kernel. */
static void a_request_that_was_sent_again_arrived(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	sends(w, C, SEC, LOST, w->next[C], 100, 0);
	asks(w, 1300 * MS, 100);
	client_closes(w, 12 * SEC);
	look(w, 2);
	assert_int_equal(how_of(w)->how, ENDED_CLIENT);
	assert_true(w->b.part[TIME_RECOVERY] >= 300 * MS);
	assert_true(w->b.part[TIME_SERVER] >= 10 * SEC);
}

/* --- what is no such request --- */
/* A file by "nc", a log line: acknowledgements are all that ever comes. */
static void who_only_sends_waits_for_nobody(void **state)
{
	struct wire *w = opened(state);

	asks(w, SEC, 1000);
	client_closes(w, 11 * SEC);
	nothing_is_said(w, 2);
	assert_true(w->b.part[TIME_CLIENT] >= 10 * SEC);
}

/* Nothing came back when the capture ended, or the server closed it as idle. */
static void who_only_sends_is_not_answered_by_a_close(void **state)
{
	struct wire *w = opened(state);

	asks(w, SEC, 1000);
	says(w, S, 61 * SEC, 0, REC_FIN);
	w->until_ns = 90 * SEC;
	nothing_is_said(w, 2);
}

/* A log over a session that began with an answer: it rests as long as ever. */
static void who_goes_on_of_itself_waits_for_nobody(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	asks(w, SEC, 100);
	asks(w, 9 * SEC, 100);
	client_closes(w, 16 * SEC);
	nothing_is_said(w, 2);
}

/* A long poll that is given up sooner than the last one was answered. */
static void a_wait_as_long_as_others_does_not_stand_out(void **state)
{
	struct wire *w = opened(state);

	says(w, C, SEC, 100, 0);
	says(w, S, 9 * SEC, 200, 0);
	ACK(w, C, 9 * SEC + WAY);
	asks(w, 10 * SEC, 100);
	client_closes(w, 20 * SEC);
	nothing_is_said(w, 2);
}

/* "QUIT", and the close right behind it. */
static void a_farewell_wants_no_answer(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	says(w, C, 30 * SEC, 6, 0);
	client_closes(w, 30 * SEC + MS);
	nothing_is_said(w, 2);
}

/* HTTP/2's window update over TLS, then rest and a close. */
static void few_bytes_of_tls_want_no_answer(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 300);
	asks(w, SEC, 35);
	client_closes(w, 61 * SEC);
	w->own_accord = true;
	nothing_is_said(w, 2);
}

/* The FIN is the end of the request, as of finger, and the answer follows. */
static void a_fin_may_end_the_request(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	asks(w, SEC, 100);
	says(w, C, 11 * SEC, 0, REC_FIN);
	says(w, S, 11 * SEC + WAY, 500, 0);
	says(w, S, 11 * SEC + WAY + MS, 0, REC_FIN);
	ACK(w, C, 11 * SEC + 2 * WAY + MS);
	nothing_is_said(w, 2);
	assert_true(w->b.part[TIME_CLIENT] >= 10 * SEC);
	assert_int_equal(w->x[2].bytes[1], 500);
}

/* Its client has closed for good, and says so: the wait was for the server. */
static void an_answer_after_the_fin_may_be_late(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	asks(w, SEC, 100);
	says(w, C, 11 * SEC, 0, REC_FIN);
	says(w, S, 13 * SEC, 500, 0);
	says(w, C, 13 * SEC + WAY, 0, REC_RST);
	look(w, 2);
	assert_int_equal(how_of(w)->how, ENDED_NOT);
	assert_true(w->b.part[TIME_CLIENT] < SEC);
	assert_in_range(w->b.part[TIME_SERVER], 11900 * MS, 12 * SEC);
	assert_int_equal(w->x[2].bytes[1], 500);
}

/* The near capture ends, or has a gap: another has the answer, or the client
 * acknowledges it. */
static void an_answer_that_near_lacks_is_one(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	asks(w, SEC, 100);
	says(w, S, 1100 * MS, 500, 0);
	w->n[0][1]--;
	w->until_ns = 30 * SEC;
	nothing_is_said(w, 2);
	client_closes(w, 11 * SEC);
	nothing_is_said(w, 2);
	nothing_is_said(w, 1);
}

/* The server pushes; the client's close is its own affair. */
static void who_was_answered_last_waits_for_nobody(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	client_closes(w, 61 * SEC);
	nothing_is_said(w, 2);
	assert_true(w->b.part[TIME_CLIENT] >= 60 * SEC);
}

/* That it came to the server nothing tells. */
static void a_request_that_is_lost_is_not_the_servers(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	for (int i = 0; i < 4; i++)
		sends(w, C, SEC + ((1 << i) - 1) * 300 * MS, LOST, w->next[C],
		      100, 0);
	says(w, C, 11 * SEC, 0, REC_RST);
	nothing_is_said(w, 2);
}

/* Up to a second it may still be on its way, or its client have rested. */
static void a_wait_of_less_than_a_second_is_not_the_servers(void **state)
{
	for (int64_t ns = SEC - 1; ns <= SEC; ns++) {
		struct wire *w = opened(state);

		turn(w, 100 * MS, 100);
		asks(w, SEC, 100);
		client_closes(w, SEC + ns);
		look(w, 2);
		assert_int_equal(how_of(w)->how,
				 ns < SEC ? ENDED_NOT : ENDED_CLIENT);
		free(w);
	}
	*state = NULL;
}

/* A hundred bytes within TLS may be a request that nobody answered. */
static void less_than_a_hundred_bytes_of_tls_want_no_answer(void **state)
{
	for (uint32_t len = 99; len <= 100; len++) {
		struct wire *w = opened(state);

		turn(w, 100 * MS, 300);
		asks(w, SEC, len);
		client_closes(w, 61 * SEC);
		w->own_accord = true;
		look(w, 2);
		assert_int_equal(how_of(w)->how,
				 len < 100 ? ENDED_NOT : ENDED_CLIENT);
		free(w);
	}
	*state = NULL;
}

/* The answer left the server, and near does not have it when its client gives up, a round
 * trip and @late_ns after it asked: in less than a fifth of a second nothing is lost. */
static void an_answer_that_may_be_under_way_is_not_lost(void **state)
{
	for (int64_t late_ns = 200 * MS - 1; late_ns <= 200 * MS; late_ns++) {
		struct wire *w = opened(state);

		turn(w, 100 * MS, 100);
		asks(w, SEC, 100);
		sends(w, S, SEC + WAY, LOST, w->next[S], 200, 0);
		client_closes(w, SEC + 2 * WAY + late_ns);
		look(w, 2);
		assert_int_equal(w->b.part[TIME_RECOVERY],
				 late_ns < 200 * MS ? 0 : late_ns);
		free(w);
	}
	*state = NULL;
}

#define CASE(name) cmocka_unit_test_teardown(name, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_gives_up_with_a_fin_waited_for_the_server),
		CASE(one_point_tells_by_the_acknowledgement),
		CASE(a_reset_ends_the_wait_too),
		CASE(a_server_that_closes_instead_did_not_answer),
		CASE(what_waits_when_the_capture_ends_is_said),
		CASE(a_request_that_was_sent_again_arrived),
		CASE(who_only_sends_waits_for_nobody),
		CASE(who_only_sends_is_not_answered_by_a_close),
		CASE(who_goes_on_of_itself_waits_for_nobody),
		CASE(a_wait_as_long_as_others_does_not_stand_out),
		CASE(a_farewell_wants_no_answer),
		CASE(few_bytes_of_tls_want_no_answer),
		CASE(a_fin_may_end_the_request),
		CASE(an_answer_after_the_fin_may_be_late),
		CASE(an_answer_that_near_lacks_is_one),
		CASE(who_was_answered_last_waits_for_nobody),
		CASE(a_request_that_is_lost_is_not_the_servers),
		CASE(a_wait_of_less_than_a_second_is_not_the_servers),
		CASE(less_than_a_hundred_bytes_of_tls_want_no_answer),
		CASE(an_answer_that_may_be_under_way_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
