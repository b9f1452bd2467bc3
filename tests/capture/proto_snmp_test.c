/* SNMP, its three versions; public is the community. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/datagrams.h"

#define GET                                                                    \
	"\060\046\002\001\001\004\006\160\165\142\154\151\143\240\031\002"     \
	"\001\007\002\001\000\002\001\000\060\016\060\014\006\010\053\006"     \
	"\001\002\001\001\003\000\005\000"
#define ANSWER                                                                 \
	"\060\046\002\001\001\004\006\160\165\142\154\151\143\242\031\002"     \
	"\001\007\002\001\000\002\001\000\060\016\060\014\006\010\053\006"     \
	"\001\002\001\001\003\000\005\000"
#define NEXT                                                                   \
	"\060\051\002\001\001\004\006\160\165\142\154\151\143\241\034\002"     \
	"\004\377\377\377\376\002\001\000\002\001\000\060\016\060\014\006"     \
	"\010\053\006\001\002\001\001\003\000\005\000"
#define NO_SUCH                                                                \
	"\060\051\002\001\000\004\006\160\165\142\154\151\143\242\034\002"     \
	"\004\377\377\377\376\002\001\002\002\001\000\060\016\060\014\006"     \
	"\010\053\006\001\002\001\001\003\000\005\000"
#define GEN_ERR                                                                \
	"\060\046\002\001\001\004\006\160\165\142\154\151\143\242\031\002"     \
	"\001\007\002\001\005\002\001\000\060\016\060\014\006\010\053\006"     \
	"\001\002\001\001\003\000\005\000"
#define BULK                                                                   \
	"\060\046\002\001\001\004\006\160\165\142\154\151\143\245\031\002"     \
	"\002\001\000\002\001\001\002\001\000\060\015\060\013\006\007\053"     \
	"\006\001\004\001\202\067\005\000"
#define TRAP_1                                                                 \
	"\060\020\002\001\000\004\006\160\165\142\154\151\143\244\003\006"     \
	"\001\053"
#define TRAP_2                                                                 \
	"\060\046\002\001\001\004\006\160\165\142\154\151\143\247\031\002"     \
	"\001\007\002\001\000\002\001\000\060\016\060\014\006\010\053\006"     \
	"\001\002\001\001\003\000\005\000"
#define INFORM                                                                 \
	"\060\046\002\001\001\004\006\160\165\142\154\151\143\246\031\002"     \
	"\001\007\002\001\000\002\001\000\060\016\060\014\006\010\053\006"     \
	"\001\002\001\001\003\000\005\000"
#define V3_GET                                                                 \
	"\060\102\002\001\003\060\017\002\002\022\064\002\003\000\377\343"     \
	"\004\001\004\002\001\003\004\005\060\003\165\163\155\060\045\004"     \
	"\006\145\156\147\151\156\145\004\000\240\031\002\001\001\002\001"     \
	"\000\002\001\000\060\016\060\014\006\010\053\006\001\002\001\001"     \
	"\003\000\005\000"
#define V3_REPORT                                                              \
	"\060\104\002\001\003\060\017\002\002\022\064\002\003\000\377\343"     \
	"\004\001\000\002\001\003\004\005\060\003\165\163\155\060\047\004"     \
	"\006\145\156\147\151\156\145\004\000\250\033\002\001\000\002\001"     \
	"\000\002\001\000\060\020\060\016\006\012\053\006\001\006\003\017"     \
	"\001\001\004\000\005\000"
#define V3_WRONG                                                               \
	"\060\104\002\001\003\060\017\002\002\022\064\002\003\000\377\343"     \
	"\004\001\000\002\001\003\004\005\060\003\165\163\155\060\047\004"     \
	"\006\145\156\147\151\156\145\004\000\250\033\002\001\000\002\001"     \
	"\000\002\001\000\060\020\060\016\006\012\053\006\001\006\003\017"     \
	"\001\001\003\000\005\000"
#define V3_SEALED                                                              \
	"\060\043\002\001\003\060\017\002\002\022\065\002\003\000\377\343"     \
	"\004\001\007\002\001\003\004\005\060\003\165\163\155\004\006\163"     \
	"\145\141\154\145\144"
#define V3_SEALED_ANSWER                                                       \
	"\060\047\002\001\003\060\017\002\002\022\065\002\003\000\377\343"     \
	"\004\001\003\002\001\003\004\005\060\003\165\163\155\004\012\163"     \
	"\145\141\154\145\144\040\164\157\157"

static void requests_and_answers(void **state)
{
	(void)state;
	DATAGRAMS(
		161,
		"> request snmp id=7 get 1.3.6.1.2.1.1.3.0 +40\n"
		"< response snmp id=7 response 1.3.6.1.2.1.1.3.0 +40\n"
		"> request snmp id=4294967294 get-next 1.3.6.1.2.1.1.3.0 +43\n"
		"< response snmp id=4294967294 noSuchName response "
		"1.3.6.1.2.1.1.3.0 +43\n"
		"< response snmp id=7 genErr response 1.3.6.1.2.1.1.3.0 +40\n"
		"> request snmp id=256 get-bulk 1.3.6.1.4.1.311 +40\n",
		{ 0, BYTES(GET), 0 }, { 1, BYTES(ANSWER), 0 },
		{ 0, BYTES(NEXT), 0 }, { 1, BYTES(NO_SUCH), 0 },
		{ 1, BYTES(GEN_ERR), 0 }, { 0, BYTES(BULK), 0 });
	/* names cut off, half and wholly; then the number, too */
	DATAGRAMS(50161,
		  "> request snmp id=7 get 1.3.6.1.2 +40\n"
		  "> request snmp id=7 get +40\n"
		  "> request snmp get +40\n",
		  { 0, BYTES(GET), sizeof GET - 1 - 6 },
		  { 0, BYTES(GET), sizeof GET - 1 - 10 },
		  { 0, BYTES(GET), 16 });
}

static void traps_want_nothing(void **state)
{
	(void)state;
	DATAGRAMS(162,
		  "> notice snmp trap +18\n"
		  "> notice snmp id=7 trap 1.3.6.1.2.1.1.3.0 +40\n"
		  "> request snmp id=7 inform 1.3.6.1.2.1.1.3.0 +40\n",
		  { 0, BYTES(TRAP_1), 0 }, { 0, BYTES(TRAP_2), 0 },
		  { 0, BYTES(INFORM), 0 });
}

static void version_3(void **state)
{
	(void)state;
	DATAGRAMS(161,
		  "> request snmp id=4660 get 1.3.6.1.2.1.1.3.0 +68\n"
		  "< response snmp id=4660 unknownEngineIDs report "
		  "1.3.6.1.6.3.15.1.1.4.0 +70\n"
		  "< response snmp id=4660 unknownUserNames report "
		  "1.3.6.1.6.3.15.1.1.3.0 +70\n"
		  "> request snmp id=4661 encrypted +37\n"
		  "< response snmp id=4661 encrypted +41\n"
		  "> request snmp id=4660 cut +68\n",
		  { 0, BYTES(V3_GET), 0 }, { 1, BYTES(V3_REPORT), 0 },
		  { 1, BYTES(V3_WRONG), 0 }, { 0, BYTES(V3_SEALED), 0 },
		  { 1, BYTES(V3_SEALED_ANSWER), 0 },
		  /* cut behind the header */
		  { 0, BYTES(V3_GET), 31 });
	assert_false(message_status_is_error(MESSAGE_SNMP, 2));
	assert_true(message_status_is_error(MESSAGE_SNMP, 5));
	assert_false(
		message_status_is_error(MESSAGE_SNMP, MESSAGE_SNMP_REPORT | 4));
	assert_true(
		message_status_is_error(MESSAGE_SNMP, MESSAGE_SNMP_REPORT | 3));
}

static void other_datagrams_are_not_taken(void **state)
{
	(void)state;
	DATAGRAMS(161, "", { 0, BYTES(GET "x"), 0 },
		  /* LDAP over UDP; a version that there is none of; no PDU */
		  { 0, BYTES("\x30\x0c\2\1\1\x63\7\4\0\x0a\1\0\x0a\1"), 0 },
		  { 0, BYTES("\x30\x0b\2\1\7\4\2ab\xa0\2\2\0"), 0 },
		  { 0, BYTES("\x30\x0b\2\1\1\4\2ab\x63\2\2\0"), 0 },
		  { 0, BYTES("\x30\x84"), 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_and_answers),
		cmocka_unit_test(traps_want_nothing),
		cmocka_unit_test(version_3),
		cmocka_unit_test(other_datagrams_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
