/* Requests that nobody answers, and hosts that fall silent: when the wait is the
 * server's, and when nothing tells. */
#include "tests/report/derive/wire.h"

#define SEC (1000 * MS)

enum { ARRIVES, LOST };

/* A packet of @dir that leaves its host at @t and acknowledges all that came. */
static void sends(struct wire *w, int dir, int64_t t, int lost, uint64_t seq,
		  uint32_t len, unsigned flags)
{
	struct record r = data(seq, len, w->next[!dir]);

	r.tcp_flags = (uint8_t)flags;
	packet(w, dir, t, 0, lost == LOST, r);
}

static void says(struct wire *w, int dir, int64_t t, uint32_t len,
		 unsigned flags)
{
	sends(w, dir, t, ARRIVES, w->next[dir], len, flags);
	w->next[dir] += len + (flags & (REC_SYN | REC_FIN) ? 1 : 0);
}

#define C 0
#define S 1
#define ACK(w, dir, t) says(w, dir, t, 0, 0)

/* A session that has just been opened. */
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

/* A request of @len at @t, answered at once.  Its acknowledgement is there at t +
 * 3 WAY. */
static void turn(struct wire *w, int64_t t, uint32_t len)
{
	says(w, C, t, len, 0);
	says(w, S, t + WAY, 200, 0);
	ACK(w, C, t + 2 * WAY);
}

/* A request that the server's kernel acknowledges. */
static void asks(struct wire *w, int64_t t, uint32_t len)
{
	says(w, C, t, len, 0);
	ACK(w, S, t + WAY);
}

static void client_closes(struct wire *w, int64_t t)
{
	says(w, C, t, 0, REC_FIN);
	says(w, S, t + WAY, 0, REC_FIN);
	ACK(w, C, t + 2 * WAY);
}

static void look(struct wire *w, size_t points)
{
	walk(w, points);
	sums(w);
}

static const struct unanswered *how_of(const struct wire *w)
{
	return &w->line.unanswered;
}

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
static void nothing_is_said(struct wire *w, size_t points)
{
	look(w, points);
	assert_int_equal(how_of(w)->how, ENDED_NOT);
	assert_int_equal(w->line.silence.packets, 0);
}

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

/* --- silence --- */
static void copies(struct wire *w, int64_t t, int n)
{
	for (int i = 0; i < n; i++)
		sends(w, C, t + ((1 << i) - 1) * 300 * MS, ARRIVES, w->next[C],
		      100, 0);
}

static void copies_that_nobody_acknowledges_are_a_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	copies(w, SEC, 6);
	sends(w, C, 15 * SEC, ARRIVES, w->next[C] + 100, 0, REC_RST);
	look(w, 2);
	assert_int_equal(w->line.silence.packets, 6);
	assert_int_equal(w->line.silence.ns, 14 * SEC);
	assert_int_equal(w->b.part[TIME_SERVER], 14 * SEC);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_int_equal(w->x[2].part[TIME_SERVER], 14 * SEC);
}

/* What was taken for recovery when the FIN came is the silent host's. */
static void a_fin_ends_a_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	copies(w, SEC, 5);
	w->next[C] += 100;
	says(w, C, 11 * SEC, 0, REC_FIN);
	sends(w, C, 15 * SEC, ARRIVES, w->next[C] - 1, 0, REC_FIN);
	look(w, 2);
	assert_int_equal(w->line.silence.packets, 7);
	assert_int_equal(w->b.part[TIME_RECOVERY], 0);
	assert_int_equal(w->b.part[TIME_SERVER], 14 * SEC);
	assert_int_equal(w->b.repairs[REPAIR_TIMEOUT], 0);
}

static void keep_alives(struct wire *w, int n, int lost)
{
	for (int i = 0; i < n; i++)
		sends(w, C, (10 + i) * SEC, lost, w->next[C] - 1, 0, 0);
}

static void keep_alives_that_nobody_answers_are_a_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 9, ARRIVES);
	sends(w, C, 20 * SEC, ARRIVES, w->next[C], 0, REC_RST);
	look(w, 2);
	assert_int_equal(w->line.silence.packets, 9);
	assert_int_equal(w->b.part[TIME_SERVER], 10 * SEC);
	assert_in_range(w->b.part[TIME_CLIENT], 9 * SEC, 10 * SEC);
}

static void they_were_not_idle_but_ended_by_a_fin(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 9, ARRIVES);
	says(w, C, 20 * SEC, 0, REC_FIN);
	look(w, 2);
	assert_int_equal(w->b.part[TIME_SERVER], 10 * SEC);
	assert_in_range(w->b.part[TIME_CLIENT], 9 * SEC, 10 * SEC);
}

/* Of one capture at the client nothing tells that they arrive. */
static void a_silence_is_seen_beside_the_server_only(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 9, ARRIVES);
	nothing_is_said(w, 1);
	w->afar = true;
	w->only = 1;
	look(w, 1);
	assert_int_equal(w->line.silence.packets, 9);
}

static void lost_or_answered_keep_alives_are_no_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 9, LOST);
	nothing_is_said(w, 2);
	ACK(w, S, 20 * SEC);
	nothing_is_said(w, 2);
}

/* The far capture lacks the answers, the client has them. */
static void answers_that_far_lacks_are_answers(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	keep_alives(w, 5, ARRIVES);
	ACK(w, S, 14 * SEC + WAY);
	w->n[1][1]--;
	nothing_is_said(w, 2);
}

/* A burst before the capture's end, or the last acknowledgement of a close. */
/* Packets that want an acknowledgement, of which two are not new, over a second. */
static void how_much_makes_a_silence(void **state)
{
	static const struct {
		int fresh, again;
		int64_t over;
		uint64_t packets;
	} x[] = {
		{ 1, 1, 2000 * MS, 0 }, { 0, 2, 2000 * MS, 0 },
		{ 3, 1, 2000 * MS, 0 }, { 1, 2, 2000 * MS, 3 },
		{ 0, 3, 2000 * MS, 3 }, { 0, 3, 999 * MS, 0 },
		{ 0, 3, 1000 * MS, 3 },
	};

	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		struct wire *w = opened(state);
		int n = x[i].fresh + x[i].again;

		turn(w, 100 * MS, 100);
		for (int k = 0; k < n; k++) {
			int64_t t = 10 * SEC + x[i].over * k / (n - 1);

			if (k < x[i].fresh)
				says(w, C, t, 100, 0);
			else /* like a keep-alive */
				sends(w, C, t, ARRIVES, w->next[C] - 1, 1, 0);
		}
		look(w, 2);
		assert_int_equal(w->line.silence.packets, x[i].packets);
		free(w);
	}
	*state = NULL;
}

static void a_moment_is_no_silence(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	for (unsigned i = 0; i < 10; i++)
		says(w, C, SEC + i * MS, 1000, 0);
	nothing_is_said(w, 2);
}

static void after_the_servers_close_it_may_be_silent(void **state)
{
	struct wire *w = opened(state);

	turn(w, 100 * MS, 100);
	says(w, S, SEC, 0, REC_FIN);
	keep_alives(w, 9, ARRIVES);
	nothing_is_said(w, 2);
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
		CASE(copies_that_nobody_acknowledges_are_a_silence),
		CASE(a_fin_ends_a_silence),
		CASE(keep_alives_that_nobody_answers_are_a_silence),
		CASE(they_were_not_idle_but_ended_by_a_fin),
		CASE(a_silence_is_seen_beside_the_server_only),
		CASE(lost_or_answered_keep_alives_are_no_silence),
		CASE(answers_that_far_lacks_are_answers),
		CASE(a_moment_is_no_silence),
		CASE(how_much_makes_a_silence),
		CASE(after_the_servers_close_it_may_be_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
