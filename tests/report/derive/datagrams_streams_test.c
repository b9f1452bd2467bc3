/* Two streams of datagrams, and questions with their answers. */
#include "report/derive/datagrams_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#define MS 1000000ll
#define MOST 400

struct talk {
	struct record rec[2][MOST];
	struct strand s[2];
	struct tap tap;
};

static void talk_begin(struct talk *t)
{
	memset(t, 0, sizeof *t);
	for (int d = 0; d < 2; d++) {
		t->s[d].get = strand_of_array;
		t->s[d].ctx = t->rec[d];
		t->tap.strand[d] = &t->s[d];
	}
}

static void sends(struct talk *t, int d, int64_t ms)
{
	t->rec[d][t->s[d].n++].time_ns = ms * MS;
}

/* The same sequence of numbers from 0 to 99 each time. */
static int64_t chance(uint32_t *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16 & 0x7fff ? (*seed >> 16) % 100 : 0;
}

static void sides_with_paces_of_their_own_are_streams(void **state)
{
	static struct talk t;
	uint32_t seed = 1;

	(void)state;
	talk_begin(&t);
	for (int64_t ms = 0; ms < 30000; ms += 250 + 5 * chance(&seed))
		sends(&t, 0, ms);
	for (int64_t ms = 0; ms < 33000; ms += 230 + 5 * chance(&seed))
		sends(&t, 1, ms);
	assert_true(datagrams_two_streams(&t.tap));
}

static void answers_in_turn_are_none(void **state)
{
	static struct talk t;
	uint32_t seed = 1;
	int64_t ms = 0;

	(void)state;
	talk_begin(&t);
	for (int i = 0; i < 60; i++) {
		sends(&t, 0, ms);
		if (i % 6) /* some are never answered */
			sends(&t, 1, ms + 60 + chance(&seed));
		ms += 250 + 5 * chance(&seed);
	}
	assert_false(datagrams_two_streams(&t.tap));
}

/* Of several pieces each, which come close together. */
static void answers_in_pieces_are_none(void **state)
{
	static struct talk t;

	(void)state;
	talk_begin(&t);
	for (int i = 0; i < 60; i++) {
		sends(&t, 0, i * 300);
		for (int k = 0; k < 5 && i % 7; k++)
			sends(&t, 1, i * 300 + 100 + k);
	}
	assert_false(datagrams_two_streams(&t.tap));
}

/* Requests go out ahead of answers that take longer: each has one. */
static void late_answers_to_all_requests_are_none(void **state)
{
	static struct talk t;
	uint32_t seed = 1;

	(void)state;
	talk_begin(&t);
	for (int i = 0; i < 60; i++)
		sends(&t, 0, i * 100);
	for (int i = 0; i < 59; i++)
		sends(&t, 1, i * 100 + 250 + chance(&seed));
	assert_false(datagrams_two_streams(&t.tap));
}

/* A capture that misses some of each. */
static void polls_of_which_some_were_missed_are_none(void **state)
{
	static struct talk t;
	uint32_t seed = 1;

	(void)state;
	talk_begin(&t);
	for (int i = 0; i < 200; i++) {
		if (chance(&seed) > 25)
			sends(&t, 0, i * 1000);
		if (chance(&seed) > 20)
			sends(&t, 1, i * 1000 + 700 + chance(&seed));
	}
	assert_true(t.s[1].n - t.s[0].n > 2);
	assert_false(datagrams_two_streams(&t.tap));
}

/* Of two streams, the slower one has @n datagrams. */
static bool streams_of(uint32_t n)
{
	static const int64_t gap[] = { 500, 300, 700 };
	static struct talk t;
	uint32_t seed = 1;
	int64_t ms = 0;

	talk_begin(&t);
	for (uint32_t i = 0; i < n; i++) {
		sends(&t, 0, ms);
		ms += gap[i % 3];
	}
	for (int64_t at = 0; at < ms; at += 150 + 5 * chance(&seed))
		sends(&t, 1, at);
	return datagrams_two_streams(&t.tap);
}

/* They may be questions and answers: what the server takes would be nobody's. */
static void fifteen_datagrams_are_no_stream(void **state)
{
	(void)state;
	assert_false(streams_of(15));
	assert_true(streams_of(16));
}

/* Both sides send every 20 ms, the server @late behind the client; a way of @way ms.
 * The client's datagrams have @asked bytes, the server's 160. */
static bool in_step(int64_t late, int64_t way, uint32_t asked, bool lost)
{
	static struct talk near, far;

	talk_begin(&near);
	talk_begin(&far);
	for (int i = 0; i < 100; i++) {
		near.rec[0][i].pay_len = asked;
		near.rec[1][i].pay_len = 160;
		sends(&near, 0, 20 * i);
		sends(&far, 0, 3600000 + 20 * i + way);
		sends(&near, 1, 20 * i + late + way);
		sends(&far, 1, 3600000 + 20 * i + late);
	}
	far.s[1].n -= lost;
	return datagrams_in_step(&near.tap, &far.tap);
}

static void who_sends_before_an_answer_can_come_waits_for_none(void **state)
{
	(void)state;
	assert_true(in_step(3, 35, 160, false));
	assert_true(in_step(0, 11, 40, false));
	assert_true(in_step(19, 20, 640, false));
	/* a round trip of 18 ms: it may wait */
	assert_false(in_step(3, 9, 160, false));
	/* little is asked for much, several at a time */
	assert_false(in_step(3, 35, 39, false));
	assert_false(in_step(3, 35, 641, false));
	/* which is which is not known */
	assert_false(in_step(3, 35, 160, true));
}

static void nothing_is_not_in_step(void **state)
{
	static struct talk near, far;

	(void)state;
	talk_begin(&near);
	talk_begin(&far);
	assert_false(datagrams_in_step(&near.tap, &far.tap));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides_with_paces_of_their_own_are_streams),
		cmocka_unit_test(answers_in_turn_are_none),
		cmocka_unit_test(answers_in_pieces_are_none),
		cmocka_unit_test(late_answers_to_all_requests_are_none),
		cmocka_unit_test(polls_of_which_some_were_missed_are_none),
		cmocka_unit_test(fifteen_datagrams_are_no_stream),
		cmocka_unit_test(
			who_sends_before_an_answer_can_come_waits_for_none),
		cmocka_unit_test(nothing_is_not_in_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
