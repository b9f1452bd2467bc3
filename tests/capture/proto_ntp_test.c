/* NTP: polls, kiss codes, and what wants no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/datagrams.h"

#define ZEROS8 "\0\0\0\0\0\0\0\0"
#define STAMP "\0\0\0\0\0\0\1\2" /* 258 */
#define HEAD(first, stratum, code) first stratum "\6\xec\0\0\0\0\0\0\0\0" code
#define POLL(stamp) HEAD("\x23", "\3", "\0\0\0\0") ZEROS8 ZEROS8 ZEROS8 stamp
#define ANSWER(first, stratum, code)                                           \
	HEAD(first, stratum, code) ZEROS8 STAMP ZEROS8 ZEROS8

static void polls_and_answers(void **state)
{
	(void)state;
	DATAGRAMS(123,
		  "> request ntp id=258 poll +48\n"
		  "< response ntp id=258 poll +48\n",
		  { 0, BYTES(POLL(STAMP)), 0 },
		  { 1, BYTES(ANSWER("\x24", "\2", "\xc0\0\2\1")), 0 });
	/* a client that tells no time, and captures that are cut */
	DATAGRAMS(123,
		  "> request ntp poll +48\n"
		  "> request ntp poll +48\n"
		  "< response ntp RATE poll +48\n",
		  { 0, BYTES(POLL(ZEROS8)), 0 }, { 0, BYTES(POLL(STAMP)), 44 },
		  { 1, BYTES(ANSWER("\x24", "\0", "RATE")), 16 });
}

static void answers_that_tell_no_time(void **state)
{
	(void)state;
	DATAGRAMS(123,
		  "< response ntp id=258 DENY poll +48\n"
		  "< response ntp id=258 clock not set poll +48\n"
		  "< response ntp id=258 poll +48\n",
		  { 1, BYTES(ANSWER("\xe4", "\0", "DENY")), 0 },
		  { 1, BYTES(ANSWER("\xe4", "\x10", "\0\0\0\0")), 0 },
		  /* a reference clock's name is no kiss code */
		  { 1, BYTES(ANSWER("\x24", "\1", "GPS\0")), 0 });
}

static void what_wants_no_answer(void **state)
{
	(void)state;
	DATAGRAMS(123,
		  "> notice ntp peer +48\n"
		  "< notice ntp peer +48\n"
		  "< notice ntp broadcast +48\n",
		  { 0, BYTES(ANSWER("\x21", "\2", "\xc0\0\2\1")), 0 },
		  { 1, BYTES(ANSWER("\x22", "\2", "\xc0\0\2\1")), 0 },
		  { 1, BYTES(ANSWER("\x25", "\2", "\xc0\0\2\1")), 0 },
		  /* ntpq */
		  { 0, BYTES("\x16\2\0\1\0\0\0\0\0\0\0\0"), 0 });
}

static void other_datagrams_are_not_taken(void **state)
{
	(void)state;
	DATAGRAMS(124, "", { 0, BYTES(POLL(STAMP)), 0 });
	DATAGRAMS(123, "", { 0, BYTES(POLL(STAMP) "x"), 0 },
		  { 0, BYTES("\x23\0\0\0"), 0 },
		  /* version 0, then 5; mode 0 */
		  { 0, BYTES(ANSWER("\3", "\0", "\0\0\0\0")), 0 },
		  { 0, BYTES(ANSWER("\x2b", "\0", "\0\0\0\0")), 0 },
		  { 0, BYTES(ANSWER("\x20", "\0", "\0\0\0\0")), 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(polls_and_answers),
		cmocka_unit_test(answers_that_tell_no_time),
		cmocka_unit_test(what_wants_no_answer),
		cmocka_unit_test(other_datagrams_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
