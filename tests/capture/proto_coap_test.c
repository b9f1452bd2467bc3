/* CoAP: tokens, paths, empty messages, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/datagrams.h"

static void requests_and_answers(void **state)
{
	(void)state;
	/* a token of one byte, 7: its length is in the id's upper bits */
	DATAGRAMS(5683,
		  "> request coap id=72057594037927943 GET /a/temp +12\n"
		  "< response coap id=72057594037927943 +7\n"
		  "> request coap id=72057594037927943 GET /a/temp +12\n"
		  "< interim coap +4\n"
		  "< response coap id=72057594037927943 Not Found +5\n"
		  "> interim coap +4\n"
		  "> notice coap +4\n",
		  { 0,
		    BYTES("\x41\1\0\1\7\xb1"
			  "a\4temp"),
		    0 },
		  { 1,
		    BYTES("\x61\x45\0\1\7\xff"
			  "2"),
		    0 },
		  { 0,
		    BYTES("\x41\1\0\2\7\xb1"
			  "a\4temp"),
		    0 },
		  { 1, BYTES("\x60\0\0\2"), 0 },
		  { 1, BYTES("\x41\x84\0\x11\7"), 0 },
		  { 0, BYTES("\x60\0\0\x11"), 0 },
		  { 0, BYTES("\x70\0\0\x12"), 0 });
}

static void other_options_and_cut_ones(void **state)
{
	(void)state;
	DATAGRAMS(5683,
		  /* Uri-Host before the path, Accept behind it */
		  "> request coap PUT /x +12\n"
		  /* an option that says more than there is */
		  "> request coap DELETE +6\n"
		  "> request coap DELETE +6\n",
		  { 0,
		    BYTES("\x50\3\0\1\x32hi\x81x\x60\xff"
			  "1"),
		    0 },
		  { 0, BYTES("\x40\4\0\1\xbd\x20"), 0 },
		  { 0, BYTES("\x40\4\0\1\xf1x"), 0 });
}

static void other_datagrams_are_not_taken(void **state)
{
	(void)state;
	DATAGRAMS(5684, "", { 0, BYTES("\x41\1\0\1\7"), 0 });
	DATAGRAMS(5683, "", { 0, BYTES("\x81\1\0\1\7"), 0 },
		  { 0, BYTES("\x49\1\0\1\7"), 0 },
		  { 0, BYTES("\x48\1\0\1\7"), 0 },
		  { 0, BYTES("\x40\x21\0\1"), 0 },
		  { 0, BYTES("\x60\0\0\1\7"), 0 }, { 0, BYTES("\x40\1\0"), 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_and_answers),
		cmocka_unit_test(other_options_and_cut_ones),
		cmocka_unit_test(other_datagrams_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
