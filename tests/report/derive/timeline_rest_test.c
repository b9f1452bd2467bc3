/* Servers that close a session which rests: nobody waits for them. */
#include "tests/report/derive/wire.h"

#define SEC (1000 * MS)
#define C 0
#define S 1

static void says(struct wire *w, int dir, int64_t t, uint32_t len,
		 unsigned flags)
{
	struct record r = data(w->next[dir], len, w->next[!dir]);

	r.tcp_flags = (uint8_t)flags;
	packet(w, dir, t, 0, false, r);
	w->next[dir] += len + (flags & (REC_SYN | REC_FIN) ? 1 : 0);
}

#define ACK(w, dir, t) says(w, dir, t, 0, 0)

static struct wire *opened(void **state)
{
	struct wire *w = wire(state);

	w->next[C] = 1000;
	w->next[S] = 5000;
	says(w, C, 0, 0, REC_SYN);
	says(w, S, WAY, 0, REC_SYN);
	ACK(w, C, 2 * WAY);
	return w;
}

static void turn(struct wire *w, int64_t t)
{
	says(w, C, t, 100, 0);
	says(w, S, t + WAY, 200, 0);
	ACK(w, C, t + 2 * WAY);
}

static void server_closes(struct wire *w, int64_t t)
{
	says(w, S, t, 0, REC_FIN);
	says(w, C, t + WAY, 0, REC_FIN);
	ACK(w, S, t + 2 * WAY);
}

/* With both points, and with either alone: @server of it is the server's, at least
 * and at most. */
static void server_has(struct wire *w, int64_t least, int64_t most)
{
	for (int view = 0; view < 3; view++) {
		w->only = view == 2;
		w->afar = view == 2;
		walk(w, view ? 1 : 2);
		sums(w);
		assert_in_range(w->b.part[TIME_SERVER], least, most);
		assert_int_equal(w->line.unanswered.how, ENDED_NOT);
	}
}

static void nobody_waits_for_the_close_of_a_session_that_rests(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS);
	server_closes(w, 60 * SEC);
	server_has(w, 0, 20 * MS);
	walk(w, 2);
	assert_true(w->b.part[TIME_CLIENT] >= 59 * SEC);
	assert_true(w->line.rest_ns >= 59 * SEC);
	assert_true(w->b.part[TIME_CLIENT] - w->line.rest_ns < SEC);
	/* nor is the rest part of what was asked */
	assert_int_equal(w->x[1].bytes[1], 200);
	assert_true(w->x[1].part[TIME_CLIENT] < SEC);
}

static void nor_of_one_in_which_nothing_was_asked(void **state)
{
	struct wire *w = opened(state);

	server_closes(w, 60 * SEC);
	server_has(w, 0, 20 * MS);
}

static void a_request_may_still_cross_it(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS);
	says(w, S, 60 * SEC, 0, REC_FIN);
	ACK(w, C, 60 * SEC + WAY);
	says(w, C, 80 * SEC, 100, 0);
	says(w, S, 80 * SEC + WAY, 0, REC_RST);
	server_has(w, 0, 20 * MS);
}

static void a_close_that_comes_soon_ends_the_answer(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS);
	server_closes(w, 700 * MS);
	server_has(w, 550 * MS, 620 * MS);
}

/* Pieces come every four seconds, the close as late. */
static void an_answer_with_pauses_may_end_so(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS);
	for (int i = 1; i < 5; i++) {
		says(w, S, i * 4 * SEC, 300, 0);
		ACK(w, C, i * 4 * SEC + WAY);
	}
	server_closes(w, 20 * SEC);
	server_has(w, 19 * SEC, 20 * SEC);
}

/* @n turns, a rest of a minute, and a last piece of @len. */
static struct wire *farewell(void **state, int n, uint32_t len)
{
	struct wire *w = opened(state);

	for (int i = 0; i < n; i++)
		turn(w, (i + 1) * 100 * MS);
	says(w, S, 60 * SEC, len, 0);
	return w;
}

static void a_goodbye_belongs_to_the_close(void **state)
{
	struct wire *w = farewell(state, 3, 40);

	server_closes(w, 60 * SEC + MS);
	server_has(w, 0, 40 * MS);
}

static void so_does_the_alert_of_tls(void **state)
{
	struct wire *w = farewell(state, 2, 31);

	w->own_accord = true;
	server_closes(w, 60 * SEC + MS);
	server_has(w, 0, 40 * MS);
}

static void a_login_may_take_too_long(void **state)
{
	struct wire *w = opened(state);

	says(w, S, 100 * MS, 60, 0);
	ACK(w, C, 100 * MS + WAY);
	says(w, S, 60 * SEC, 40, 0);
	server_closes(w, 60 * SEC + MS);
	server_has(w, 0, 100 * MS);
}

static void what_is_no_goodbye_was_waited_for(void **state)
{
	struct wire *w = farewell(state, 3, 400); /* too long for one */

	server_closes(w, 60 * SEC + MS);
	server_has(w, 59 * SEC, 60 * SEC);
	done(state);
	w = farewell(state, 1, 40); /* it may be what was asked for */
	server_closes(w, 60 * SEC + MS);
	server_has(w, 59 * SEC, 60 * SEC);
	done(state);
	w = farewell(state, 3, 40); /* nobody closes */
	ACK(w, C, 60 * SEC + WAY);
	server_closes(w, 61 * SEC);
	server_has(w, 59 * SEC, 61 * SEC);
}

/* Log lines, and the server's limit for idle sessions. */
static void who_only_sends_waits_for_no_close(void **state)
{
	struct wire *w = opened(state);

	for (int i = 1; i < 6; i++) {
		says(w, C, i * SEC, 100, 0);
		ACK(w, S, i * SEC + WAY);
	}
	server_closes(w, 60 * SEC);
	server_has(w, 0, 20 * MS);
}

/* It may be a request in pieces. */
static void who_sends_twice_may_wait(void **state)
{
	struct wire *w = opened(state);

	for (int i = 1; i < 3; i++) {
		says(w, C, i * SEC, 200, 0);
		ACK(w, S, i * SEC + WAY);
	}
	server_closes(w, 60 * SEC);
	server_has(w, 57 * SEC, 58 * SEC);
}

/* In TLS 1.3 they come in any case, and are no answer. */
static void tickets_answer_nothing(void **state)
{
	struct wire *w = opened(state);

	w->own_accord = true;
	turn(w, 100 * MS);
	server_closes(w, 60 * SEC);
	server_has(w, 59 * SEC, 60 * SEC);
	done(state);
	w = opened(state); /* with the Finished nothing was asked */
	w->own_accord = true;
	says(w, C, 100 * MS, 64, 0);
	says(w, S, 100 * MS + WAY, 510, 0);
	server_closes(w, 60 * SEC);
	server_has(w, 0, 20 * MS);
	done(state);
	w = opened(state); /* something came behind them */
	w->own_accord = true;
	turn(w, 100 * MS);
	says(w, S, 150 * MS, 120, 0);
	ACK(w, C, 150 * MS + WAY);
	server_closes(w, 60 * SEC);
	server_has(w, 0, 60 * MS);
	done(state);
	w = opened(state); /* a second request was answered */
	w->own_accord = true;
	turn(w, 100 * MS);
	turn(w, 200 * MS);
	server_closes(w, 60 * SEC);
	server_has(w, 0, 40 * MS);
}

static void a_short_late_answer_is_no_goodbye(void **state)
{
	struct wire *w = farewell(state, 2, 80);

	w->own_accord = true; /* no alert is so long */
	server_closes(w, 60 * SEC + MS);
	server_has(w, 59 * SEC, 60 * SEC);
	done(state);
	w = opened(state); /* "accepted", and "done" in the end */
	turn(w, 100 * MS);
	turn(w, 200 * MS);
	says(w, C, 300 * MS, 100, 0);
	says(w, S, 300 * MS + WAY, 30, 0);
	ACK(w, C, 300 * MS + 2 * WAY);
	says(w, S, 20 * SEC, 40, 0);
	server_closes(w, 20 * SEC + MS);
	server_has(w, 19 * SEC, 20 * SEC);
}

/* A mail server's "250 OK", and "421" in the end. */
static void who_greets_says_goodbye(void **state)
{
	struct wire *w = opened(state);

	says(w, S, 50 * MS, 60, 0);
	ACK(w, C, 50 * MS + WAY);
	for (int i = 1; i < 3; i++) {
		says(w, C, i * 100 * MS, 20, 0);
		says(w, S, i * 100 * MS + WAY, 40, 0);
		ACK(w, C, i * 100 * MS + 2 * WAY);
	}
	says(w, S, 60 * SEC, 40, 0);
	server_closes(w, 60 * SEC + MS);
	server_has(w, 0, 100 * MS);
}

static void after_full_segments_more_was_to_come(void **state)
{
	struct wire *w = opened(state);

	says(w, C, 100 * MS, 100, 0);
	says(w, S, 100 * MS + WAY, 1460, 0);
	says(w, S, 100 * MS + WAY, 1460, 0);
	ACK(w, C, 100 * MS + 2 * WAY);
	server_closes(w, 60 * SEC);
	server_has(w, 59 * SEC, 60 * SEC);
	done(state);
	w = opened(state);
	says(w, C, 100 * MS, 100, 0);
	says(w, S, 100 * MS + WAY, 1460, 0);
	says(w, S, 100 * MS + WAY, 1200, 0);
	ACK(w, C, 100 * MS + 2 * WAY);
	server_closes(w, 60 * SEC);
	server_has(w, 0, 20 * MS);
}

#define CASE(name) cmocka_unit_test_teardown(name, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nobody_waits_for_the_close_of_a_session_that_rests),
		CASE(nor_of_one_in_which_nothing_was_asked),
		CASE(a_request_may_still_cross_it),
		CASE(a_close_that_comes_soon_ends_the_answer),
		CASE(an_answer_with_pauses_may_end_so),
		CASE(a_goodbye_belongs_to_the_close),
		CASE(so_does_the_alert_of_tls),
		CASE(a_login_may_take_too_long),
		CASE(what_is_no_goodbye_was_waited_for),
		CASE(who_only_sends_waits_for_no_close),
		CASE(who_sends_twice_may_wait),
		CASE(tickets_answer_nothing),
		CASE(a_short_late_answer_is_no_goodbye),
		CASE(who_greets_says_goodbye),
		CASE(after_full_segments_more_was_to_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
