/* DHCP for IPv4 and IPv6, by clients and relays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/datagrams.h"

#define LEN4 300

/* A message of @op with one option, of @type (0: none). */
static const uint8_t *boot(uint8_t op, uint8_t type)
{
	static uint8_t p[8][LEN4];
	static unsigned turn;
	uint8_t *m = p[turn++ % 8];

	memset(m, 0, LEN4);
	memcpy(m, "\0\1\6\0\0\0\1\2", 8);
	m[0] = op;
	memcpy(m + 28, "\2\0\0\0\0\1", 6);
	memcpy(m + 236, "\x63\x82\x53\x63", 4);
	m[240] = 0; /* a pad */
	memcpy(m + 241, type ? "\x0c\2ab\x35\1" : "\x0c\2ab\xff", 6);
	m[247] = type;
	m[248] = 255;
	return m;
}

#define BOOT(dir, op, type, cap)                                               \
	{                                                                      \
		dir, boot(op, type), LEN4, cap                                 \
	}

static void leases_of_4(void **state)
{
	(void)state;
	DATAGRAMS(67,
		  "> request dhcp id=258 DISCOVER 02:00:00:00:00:01 +300\n"
		  "< response dhcp id=258 OFFER 02:00:00:00:00:01 +300\n"
		  "> request dhcp id=258 REQUEST 02:00:00:00:00:01 +300\n"
		  "< response dhcp id=258 NAK NAK 02:00:00:00:00:01 +300\n"
		  "> notice dhcp id=258 RELEASE 02:00:00:00:00:01 +300\n",
		  BOOT(0, 1, 1, 0), BOOT(1, 2, 2, 0), BOOT(0, 1, 3, 0),
		  BOOT(1, 2, 6, 0), BOOT(0, 1, 7, 0));
	/* BOOTP; cut: it may be a release; a type that nobody knows */
	DATAGRAMS(67,
		  "> request dhcp id=258 BOOTREQUEST 02:00:00:00:00:01 +300\n"
		  "> notice dhcp id=258 BOOTREQUEST 02:00:00:00:00:01 +300\n"
		  "< response dhcp id=258 BOOTREPLY 02:00 +300\n",
		  BOOT(0, 1, 0, 0), BOOT(0, 1, 1, 246), BOOT(1, 2, 2, 30),
		  BOOT(0, 1, 99, 0));
}

static void others_of_4_are_not_taken(void **state)
{
	uint8_t m[LEN4];

	(void)state;
	DATAGRAMS(69, "", BOOT(0, 1, 1, 0));
	DATAGRAMS(67, "", BOOT(0, 3, 1, 0), BOOT(0, 1, 1, 20));
	memcpy(m, boot(1, 1), LEN4);
	m[239] = 0;
	DATAGRAMS(67, "", { 0, m, LEN4, 0 });
	m[239] = 0x63;
	m[2] = 17;
	DATAGRAMS(67, "", { 0, m, LEN4, 0 });
}

#define SOLICIT "\1\0\1\2\0\1\0\2ab"
#define NO_ADDRESS "\7\0\1\2\0\3\0\x12iaidt1..t2..\0\x0d\0\2\0\2"
#define NO_BINDING "\7\0\1\2\0\x0d\0\3\0\3x"
#define RELAY(type, len) type "\0link-address....peer-address....\0\x09\0" len

static void leases_of_6(void **state)
{
	(void)state;
	DATAGRAMS(547,
		  "> request dhcpv6 id=258 SOLICIT +10\n"
		  "< response dhcpv6 id=258 NoAddrsAvail REPLY +26\n"
		  "< response dhcpv6 id=258 NoBinding REPLY +11\n"
		  "< response dhcpv6 id=258 REPLY +26\n"
		  "< notice dhcpv6 id=258 RECONFIGURE +4\n",
		  { 0, BYTES(SOLICIT), 0 }, { 1, BYTES(NO_ADDRESS), 0 },
		  { 1, BYTES(NO_BINDING), 0 }, { 1, BYTES(NO_ADDRESS), 22 },
		  { 1, BYTES("\x0a\0\1\2"), 0 });
}

static void relays_of_6(void **state)
{
	(void)state;
	DATAGRAMS(547,
		  "> request dhcpv6 id=258 SOLICIT +48\n"
		  "> request dhcpv6 id=258 SOLICIT +86\n"
		  "< response dhcpv6 id=258 NoBinding REPLY +49\n"
		  "> request dhcpv6 RELAY-FORW +48\n",
		  { 0, BYTES(RELAY("\x0c", "\x0a") SOLICIT), 0 },
		  { 0,
		    BYTES(RELAY("\x0c", "\x30") RELAY("\x0c", "\x0a") SOLICIT),
		    0 },
		  { 1, BYTES(RELAY("\x0d", "\x0b") NO_BINDING), 0 },
		  { 0, BYTES(RELAY("\x0c", "\x0a") SOLICIT), 30 });
	/* what it carries is no message that is known */
	DATAGRAMS(547, "", { 0, BYTES(RELAY("\x0c", "\4") "\x63\0\1\2"), 0 });
	DATAGRAMS(547, "", { 0, BYTES("\x63\0\1\2"), 0 });
	DATAGRAMS(548, "", { 0, BYTES(SOLICIT), 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leases_of_4),
		cmocka_unit_test(others_of_4_are_not_taken),
		cmocka_unit_test(leases_of_6),
		cmocka_unit_test(relays_of_6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
