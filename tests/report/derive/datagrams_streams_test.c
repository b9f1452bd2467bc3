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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides_with_paces_of_their_own_are_streams),
		cmocka_unit_test(answers_in_turn_are_none),
		cmocka_unit_test(answers_in_pieces_are_none),
		cmocka_unit_test(late_answers_to_all_requests_are_none),
		cmocka_unit_test(polls_of_which_some_were_missed_are_none),
		cmocka_unit_test(fifteen_datagrams_are_no_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
