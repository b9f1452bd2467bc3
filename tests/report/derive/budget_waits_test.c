/* report/derive/budget_waits.c: what counts as an answer that begins late, as a server
 * that greets late, as a handshake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/message.h"
#include "report/derive/budget_int.h"

#define MS 1000000ll
#define SEC (1000 * MS)
#define TOLD 4

/* One point: a request, and what the server says. */
struct waited {
	struct record ask, told[TOLD];
	struct strand strand[2];
	struct tap tap[1];
	struct making m;
	struct exchange x;
};

/* The server begins after @wait_ns; all of that is its own. */
static void waits(struct waited *w, int64_t wait_ns)
{
	*w = (struct waited){ .ask = { .seq64 = 1000, .pay_len = 50 } };
	w->told[0] = (struct record){
		.time_ns = wait_ns, .seq64 = 5000, .ack64 = 1050, .pay_len = 80
	};
	w->strand[0] = (struct strand){ .get = strand_of_array,
					.ctx = &w->ask,
					.n = 1 };
	w->strand[1] = (struct strand){ .get = strand_of_array,
					.ctx = w->told,
					.n = TOLD };
	w->tap[0].strand[0] = &w->strand[0];
	w->tap[0].strand[1] = &w->strand[1];
	w->m = (struct making){ .tap = w->tap, .line = { .n_taps = 1 } };
	w->x = (struct exchange){ .far = { EXCHANGE_NONE, EXCHANGE_NONE },
				  .bytes = { 150, 80 } };
	w->x.part[TIME_SERVER] = wait_ns;
}

static struct worst *told(struct waited *w)
{
	budget_add_waits(&w->m, &w->x);
	return &w->m.worst;
}

static void an_answer_is_late_after_a_second(void **state)
{
	struct waited w;

	(void)state;
	waits(&w, SEC - 1);
	assert_int_equal(told(&w)->late.of, 0);
	waits(&w, SEC);
	w.m.count = 3;
	assert_int_equal(told(&w)->late.of, 1);
	assert_int_equal(w.m.worst.late.ns, SEC);
	assert_int_equal(w.m.worst.late.most_ns, SEC);
	assert_int_equal(w.m.worst.late.n, 3);
	assert_int_equal(w.m.worst.replies.of, 0);
	/* the longest is named, the first of equal ones */
	for (int i = 1; i < 3; i++) {
		w.ask.time_ns = 10 * i * SEC;
		w.told[0].time_ns = w.ask.time_ns + SEC + 5;
		w.x.part[TIME_SERVER] = SEC + 5;
		w.m.count++;
		told(&w);
	}
	assert_int_equal(w.m.worst.late.n, 4);
	assert_int_equal(w.m.worst.late.of, 3);
	assert_int_equal(w.m.worst.late.ns, 3 * SEC + 10);
	assert_int_equal(w.m.worst.late.behind, 0);
}

/* Two requests wait for the same moments: one of them is late. */
static void what_waits_at_the_same_time_waits_once(void **state)
{
	struct waited w;

	(void)state;
	waits(&w, 5 * SEC);
	told(&w);
	w.told[0].time_ns += SEC / 2; /* asked at the same time */
	w.x.part[TIME_SERVER] += SEC / 2;
	assert_int_equal(told(&w)->late.of, 1);
	assert_int_equal(w.m.worst.late.behind, 1);
	assert_int_equal(w.m.worst.late.ns, 5 * SEC + SEC / 2);
	assert_int_equal(w.m.worst.late.most_ns, 5 * SEC);
	/* one that waits a second more than that is late itself */
	w.told[0].time_ns += SEC;
	w.x.part[TIME_SERVER] += SEC;
	assert_int_equal(told(&w)->late.of, 2);
	assert_int_equal(w.m.worst.late.ns, 6 * SEC + SEC / 2);
}

/* It begins late if its first piece comes late; a stream may go on for hours. */
static void a_long_answer_is_not_a_late_one(void **state)
{
	struct waited w;

	(void)state;
	waits(&w, SEC / 2);
	w.x.part[TIME_SERVER] = 100 * SEC;
	assert_int_equal(told(&w)->late.of, 0);
	/* nor is it later than all of the server's time */
	waits(&w, 9 * SEC);
	w.x.part[TIME_SERVER] = 2 * SEC;
	assert_int_equal(told(&w)->late.ns, 2 * SEC);
}

static void what_is_no_answer_is_not_late(void **state)
{
	struct waited w;

	(void)state;
	waits(&w, 5 * SEC);
	w.x.near[2] = EXCHANGE_NONE;
	assert_int_equal(told(&w)->late.of, 0);
	waits(&w, 5 * SEC);
	w.x.opening = SET_UP_OPENING;
	assert_int_equal(told(&w)->late.of, 0);
	/* what a shell's client says may want none */
	waits(&w, 5 * SEC);
	w.m.line.own_accord = true;
	w.x.bytes[0] = 99;
	assert_int_equal(told(&w)->late.of, 0);
	w.x.bytes[0] = 100;
	assert_int_equal(told(&w)->late.of, 1);
	assert_int_equal(w.m.worst.late.news, 1);
}

static void what_follows_a_reply_to_news_is_told_apart(void **state)
{
	struct waited w;

	(void)state;
	waits(&w, 5 * SEC);
	w.m.line.reply.late = true;
	assert_int_equal(told(&w)->late.of, 0);
	assert_int_equal(w.m.worst.replies.of, 1);
	assert_int_equal(w.m.worst.replies.ns, 5 * SEC);
}

/* Little each way, of an unknown protocol. */
static void a_late_answer_may_be_a_heartbeat(void **state)
{
	struct waited w;

	(void)state;
	waits(&w, 5 * SEC);
	assert_int_equal(told(&w)->late.beats, 0);
	waits(&w, 5 * SEC);
	w.x.bytes[0] = 99;
	assert_int_equal(told(&w)->late.beats, 1);
	waits(&w, 5 * SEC);
	w.x.bytes[0] = 99;
	w.x.bytes[1] = 100;
	assert_int_equal(told(&w)->late.beats, 0);
	waits(&w, 5 * SEC);
	w.x.bytes[0] = 99;
	w.x.proto = MESSAGE_HTTP + 1;
	assert_int_equal(told(&w)->late.beats, 0);
	assert_int_equal(w.m.worst.late.news, 0);
}

static void a_close_without_a_byte_is_mute(void **state)
{
	struct waited w;

	(void)state;
	waits(&w, 5 * SEC);
	assert_int_equal(told(&w)->mute, 0);
	waits(&w, 5 * SEC);
	w.x.bytes[1] = 0;
	assert_int_equal(told(&w)->mute, 1);
	assert_int_equal(w.m.worst.late.mute, 1);
	w.m.line.datagrams = true;
	assert_int_equal(told(&w)->mute, 1);
}

/* An opening whose SYN,ACK comes at once; the greeting follows in pieces after
 * @first_ns, @second_ns and @third_ns, and acknowledges up to @ack. */
static int64_t greeting(int64_t first_ns, int64_t second_ns, int64_t third_ns,
			uint64_t ack)
{
	const int64_t at[TOLD] = { 0, first_ns, second_ns, third_ns };
	struct waited w;

	waits(&w, 0);
	w.ask = (struct record){ .seq64 = 1000, .tcp_flags = REC_SYN };
	for (int i = 0; i < TOLD; i++)
		w.told[i] = (struct record){ .time_ns = at[i],
					     .seq64 = 5000,
					     .ack64 = ack,
					     .pay_len = i ? 10 : 0 };
	w.x.opening = SET_UP_OPENING;
	w.x.near[3] = TOLD - 1;
	w.x.part[TIME_SERVER] = third_ns;
	w.x.part[TIME_PATH] = 30 * MS;
	told(&w);
	assert_int_equal(w.m.worst.set_up.trips, 1);
	assert_int_equal(w.m.worst.set_up.ns, 30 * MS);
	return w.m.worst.set_up.greeting_ns;
}

static void a_server_that_speaks_first_may_do_so_late(void **state)
{
	(void)state;
	assert_int_equal(greeting(2 * SEC, 2 * SEC + 1, 2 * SEC + 2, 1001),
			 2 * SEC);
	assert_int_equal(greeting(SEC - 3, SEC - 2, SEC - 1, 1001), 0);
	/* with one stop it has not said all */
	assert_int_equal(greeting(2 * SEC, 5 * SEC, 5 * SEC + 1, 1001),
			 5 * SEC);
	/* again and again it has news */
	assert_int_equal(greeting(2 * SEC, 5 * SEC, 8 * SEC, 1001), 2 * SEC);
	/* it answers what the capture lacks */
	assert_int_equal(greeting(2 * SEC, 2 * SEC + 1, 2 * SEC + 2, 1002), 0);
}

static void a_handshake_is_no_request(void **state)
{
	static char hello[] = "ClientHello www.example.org",
		    key[] = "ClientKeyExchange", alert[] = "Alert";
	struct waited w;

	(void)state;
	waits(&w, 5 * MS);
	w.x.proto = MESSAGE_TLS + 1;
	w.x.part[TIME_PATH] = 30 * MS;
	w.x.name = hello;
	told(&w);
	w.x.name = key;
	assert_int_equal(told(&w)->set_up.trips, 2);
	assert_int_equal(w.m.worst.set_up.ns, 60 * MS);
	assert_int_equal(w.m.worst.set_up.requests, 0);
	w.x.name = alert;
	assert_int_equal(told(&w)->set_up.requests, 1);
	w.x.name = hello;
	w.x.proto = MESSAGE_HTTP + 1;
	assert_int_equal(told(&w)->set_up.requests, 2);
	assert_int_equal(w.m.worst.set_up.trips, 2);
}

static void a_close_that_waits_is_the_servers(void **state)
{
	struct waited w;

	(void)state;
	waits(&w, 5 * SEC);
	w.x.opening = SET_UP_CLOSING;
	w.x.bytes[1] = 0;
	assert_int_equal(told(&w)->closing_ns, 5 * SEC);
	assert_int_equal(w.m.worst.set_up.requests, 0);
	w.x.bytes[1] = 1;
	assert_int_equal(told(&w)->closing_ns, 5 * SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_late_after_a_second),
		cmocka_unit_test(what_waits_at_the_same_time_waits_once),
		cmocka_unit_test(a_long_answer_is_not_a_late_one),
		cmocka_unit_test(what_is_no_answer_is_not_late),
		cmocka_unit_test(what_follows_a_reply_to_news_is_told_apart),
		cmocka_unit_test(a_late_answer_may_be_a_heartbeat),
		cmocka_unit_test(a_close_without_a_byte_is_mute),
		cmocka_unit_test(a_server_that_speaks_first_may_do_so_late),
		cmocka_unit_test(a_handshake_is_no_request),
		cmocka_unit_test(a_close_that_waits_is_the_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
