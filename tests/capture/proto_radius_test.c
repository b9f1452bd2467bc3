/* RADIUS: access, accounting, changes of authorisation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/datagrams.h"

#define AUTH "0123456789abcdef"
#define PACKET(code, id, len) code id "\0" len AUTH

static void requests_and_answers(void **state)
{
	(void)state;
	DATAGRAMS(1812,
		  "> request radius id=7 Access-Request alice +27\n"
		  "< response radius id=7 Access-Challenge +20\n"
		  "> request radius id=8 Access-Request +32\n"
		  "< response radius id=8 Access-Reject Access-Reject +20\n"
		  "< response radius id=8 Access-Accept +20\n",
		  { 0, BYTES(PACKET("\1", "\7", "\x1b") "\1\7alice"), 0 },
		  { 1, BYTES(PACKET("\x0b", "\7", "\x14")), 0 },
		  /* the name is cut off */
		  { 0, BYTES(PACKET("\1", "\x08", "\x20") "\4\5abc\1\7alice"),
		    29 },
		  { 1, BYTES(PACKET("\3", "\x08", "\x14")), 0 },
		  { 1, BYTES(PACKET("\2", "\x08", "\x14")), 0 });
	DATAGRAMS(3799,
		  "> request radius id=1 CoA-Request +20\n"
		  "< response radius id=1 CoA-NAK CoA-NAK +20\n",
		  { 0, BYTES(PACKET("\x2b", "\1", "\x14")), 0 },
		  { 1, BYTES(PACKET("\x2d", "\1", "\x14")), 0 });
}

static void without_names_no_user(void **state)
{
	struct stage s;

	(void)state;
	stage_open_nameless(&s, 1813);
	s.udp = true;
	stage_segment(&s, 0, 1, BYTES(PACKET("\4", "\7", "\x1b") "\1\7alice"),
		      27);
	assert_string_equal(stage_end(&s),
			    "> request radius id=7 Accounting-Request +27\n");
	stage_close(&s);
}

static void other_datagrams_are_not_taken(void **state)
{
	(void)state;
	DATAGRAMS(1811, "", { 0, BYTES(PACKET("\1", "\7", "\x14")), 0 });
	/* a LoRa gateway's PUSH_DATA with such a token */
	DATAGRAMS(1700, "",
		  { 0, BYTES(PACKET("\2", "\7", "\x14") "{\"rxpk\":[]}"), 0 });
	DATAGRAMS(1700, "> request radius id=1 Disconnect-Request +20\n",
		  { 0, BYTES(PACKET("\x28", "\1", "\x14")), 0 });
	DATAGRAMS(1812, "", { 0, BYTES(PACKET("\1", "\7", "\x15")), 0 },
		  { 0, BYTES(PACKET("\1", "\7", "\x13")), 0 },
		  { 0, BYTES(PACKET("\x63", "\7", "\x14")), 0 },
		  { 0, BYTES("\1\7\0\x14"), 0 });
	/* an attribute of no length */
	DATAGRAMS(1812, "> request radius id=7 Access-Request +24\n",
		  { 0, BYTES(PACKET("\1", "\7", "\x18") "\4\0\1\2"), 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_and_answers),
		cmocka_unit_test(without_names_no_user),
		cmocka_unit_test(other_datagrams_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
