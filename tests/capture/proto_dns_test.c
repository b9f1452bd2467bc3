/* DNS over UDP and TCP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/datagrams.h"

#define NAME "\3www\7example\3com"
#define QUESTION NAME "\0\0\1\0\1"
#define ANSWER "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc6\x33\x64\7"

#define QUERY "\x12\x34\1\0\0\1\0\0\0\0\0\0" QUESTION
#define REPLY "\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION ANSWER
#define NXDOMAIN "\x12\x34\x81\x83\0\1\0\0\0\0\0\0" QUESTION
#define OPT(high) "\0\0\x29\x10\0" high "\0\0\0\0\0"
#define SRV_QUERY "\0\7\1\0\0\1\0\0\0\0\0\0\5_ldap\4_tcp\0\0\x21\0\1"

static void queries_and_answers(void **state)
{
	(void)state;
	DATAGRAMS(53,
		  "> request dns id=4660 A www.example.com +33\n"
		  "< response dns id=4660 A www.example.com +49\n"
		  "< response dns id=4660 NXDOMAIN A www.example.com +33\n",
		  { 0, BYTES(QUERY), 0 }, { 1, BYTES(REPLY), 0 },
		  { 1, BYTES(NXDOMAIN), 0 });
	DATAGRAMS(5300, "> request dns id=4660 A www.example.com +33\n",
		  { 0, BYTES(QUERY), 0 });
}

/* RFC 6891 6.1.3: the OPT record has the upper bits, 23 = 1 << 4 | 7 and
 * 16 = 1 << 4.  It may stand behind other records, or be cut off. */
static void codes_that_need_an_opt_record(void **state)
{
	(void)state;
	DATAGRAMS(
		53,
		"> request dns id=4660 A www.example.com +33\n"
		"< response dns id=4660 BADCOOKIE A www.example.com +44\n"
		"< response dns id=4660 BADVERS A www.example.com +60\n"
		"< response dns id=4660 YXRRSET A www.example.com +44\n"
		"< response dns id=4660 YXRRSET A www.example.com +44\n",
		{ 0, BYTES(QUERY), 0 },
		{ 1,
		  BYTES("\x12\x34\x81\x87\0\1\0\0\0\0\0\1" QUESTION OPT("\1")),
		  0 },
		{ 1,
		  BYTES("\x12\x34\x81\x80\0\1\0\0\0\1\0\1" QUESTION ANSWER OPT(
			  "\1")),
		  0 },
		{ 1,
		  BYTES("\x12\x34\x81\x87\0\1\0\0\0\0\0\1" QUESTION OPT("\0")),
		  0 },
		{ 1,
		  BYTES("\x12\x34\x81\x87\0\1\0\0\0\0\0\1" QUESTION OPT("\1")),
		  36 });
}

/* The same bit of a query means nothing. */
static void what_did_not_fit_is_marked(void **state)
{
	(void)state;
	DATAGRAMS(53,
		  "> request dns id=4660 A www.example.com +33\n"
		  "< response dns id=4660 A www.example.com +33 TRUNCATED\n",
		  { 0, BYTES("\x12\x34\3\0\0\1\0\0\0\0\0\0" QUESTION), 0 },
		  { 1, BYTES("\x12\x34\x83\x80\0\1\0\0\0\0\0\0" QUESTION), 0 });
}

static void names_cut_off_by_the_snap_length(void **state)
{
	(void)state;
	DATAGRAMS(53,
		  "> request dns id=4660 QUERY www +33\n"
		  "< response dns id=4660 QUERY +49\n",
		  { 0, BYTES(QUERY), 20 }, { 1, BYTES(REPLY), 12 });
	DATAGRAMS(53, "> request dns id=4660 A www.example.com +33\n",
		  { 0, BYTES(QUERY), 33 });
}

static void updates_and_odd_types(void **state)
{
	(void)state;
	DATAGRAMS(53,
		  "> request dns id=1 UPDATE example +25\n"
		  "> request dns id=1 TYPE777 example +25\n"
		  "> request dns id=1 NOTIFY example +25\n"
		  "< response dns id=1 FORMERR +12\n",
		  { 0, BYTES("\0\1\x28\0\0\1\0\0\0\0\0\0\7example\0\0\6\0\1"),
		    0 },
		  { 0, BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\7example\0\3\x09\0\1"),
		    0 },
		  { 0, BYTES("\0\1\x20\0\0\1\0\0\0\0\0\0\7example\0\0\6\0\1"),
		    0 },
		  { 1, BYTES("\0\1\x80\1\0\0\0\0\0\0\0\0"), 0 });
}

static void other_datagrams_are_not_taken(void **state)
{
	static const char odd[][40] = {
		"\x12\x34\1\0\0\2\0\0\0\0\0\0" NAME, /* two questions */
		"\x12\x34\1\0\0\1\0\5\0\0\0\0" NAME, /* query with answers */
		"\x12\x34\1\0\0\1\0\0\0\0\0\0\x7f" NAME,
		"\x12\x34\1\x40\0\1\0\0\0\0\0\0" NAME, /* Z */
	};
	struct stage s;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		DATAGRAMS(5300, "", { 0, odd[i], 33, 33 });
	DATAGRAMS(5353, "", { 0, BYTES(QUERY), 0 });
	DATAGRAMS(137, "", { 0, BYTES(QUERY), 0 });
	/* what nobody knows is soon not looked at */
	stage_open(&s, 4000);
	s.udp = true;
	for (int i = 0; i < 20; i++)
		stage_segment(&s, 0, 0, "ping ping ping", 14, 14);
	assert_true(talk_deaf(&s.ref));
	stage_close(&s);
}

static void damaged_ones_are_counted(void **state)
{
	struct talk_trouble t;
	uint64_t n = 0;
	struct stage s;

	(void)state;
	stage_open(&s, 53);
	s.udp = true;
	stage_segment(&s, 0, 1, BYTES(QUERY), sizeof QUERY - 1);
	stage_segment(&s, 0, 2, "xx", 2, 2);
	stage_segment(&s, 0, 3, "", 0, 0);
	stage_end(&s);
	assert_int_equal(s.messages, 1);
	for (unsigned i = 0; talks_trouble(s.all, i, &t); i++) {
		n += t.count;
		if (t.count)
			assert_int_equal(t.first_frame, 2);
		free(t.text);
	}
	assert_int_equal(n, 2);
	stage_close(&s);
}

static void without_names_the_type_stays(void **state)
{
	struct stage s;

	(void)state;
	stage_open_nameless(&s, 53);
	s.udp = true;
	stage_segment(&s, 0, 1, BYTES(QUERY), sizeof QUERY - 1);
	assert_string_equal(stage_end(&s), "> request dns id=4660 A +33\n");
	stage_close(&s);
}

static void over_tcp(void **state)
{
	(void)state;
	STAGE_ASSERT(53, 14,
		     "> request dns id=4660 A www.example.com +35\n"
		     "> request dns id=7 SRV _ldap._tcp +30\n"
		     "< response dns id=4660 A www.example.com +51\n"
		     "< response dns id=4660 NXDOMAIN A www.example.com +35\n",
		     { 0, BYTES("\0\x21" QUERY "\0\x1c" SRV_QUERY), 0 },
		     { 1, BYTES("\0\x31" REPLY), 0 },
		     { 1, BYTES("\0\x21" NXDOMAIN), 0 });
}

static void every_datagram_cut_and_damaged(void **state)
{
	static const struct line v[] = {
		{ 0, BYTES(QUERY), 0 },
		{ 1, BYTES(REPLY), 0 },
	};
	uint8_t bytes[64];
	struct stage s;

	(void)state;
	for (int i = 0; i < 2; i++)
		for (size_t n = 0; n <= v[i].n; n++)
			for (int bit = 0; bit < 8; bit++) {
				stage_open(&s, 53);
				s.udp = true;
				stage_say(&s, 0, BYTES(QUERY));
				memcpy(bytes, v[i].bytes, v[i].n);
				if (n)
					bytes[n - 1] ^= (uint8_t)(1 << bit);
				stage_segment(&s, i, 2, bytes, v[i].n, n);
				stage_end(&s);
				stage_close(&s);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries_and_answers),
		cmocka_unit_test(codes_that_need_an_opt_record),
		cmocka_unit_test(what_did_not_fit_is_marked),
		cmocka_unit_test(names_cut_off_by_the_snap_length),
		cmocka_unit_test(updates_and_odd_types),
		cmocka_unit_test(other_datagrams_are_not_taken),
		cmocka_unit_test(damaged_ones_are_counted),
		cmocka_unit_test(without_names_the_type_stays),
		cmocka_unit_test(over_tcp),
		cmocka_unit_test(every_datagram_cut_and_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
