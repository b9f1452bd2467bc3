/* SIP: requests, provisional and final answers, transactions, and keep-alives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/datagrams.h"

#define VIA "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
#define FIELDS(cseq) VIA "Call-ID: a1@192.0.2.7\r\nCSeq: " cseq "\r\n\r\n"
#define INVITE "INVITE sip:bob@example.org;user=phone SIP/2.0\r\n"

/* The id that one datagram got, as text. */
static void id_of(const char *bytes, size_t n, size_t cap, char out[32])
{
	struct stage s;
	const char *at;

	stage_open(&s, 5060);
	s.udp = true;
	stage_segment(&s, 0, 0, bytes, n, cap);
	at = strstr(stage_end(&s), "id=");
	snprintf(out, 32, "%.*s", at ? (int)strcspn(at, " ") : 0, at ? at : "");
	stage_close(&s);
}

#define SAME(a, b) assert_string_equal(a, b)
#define ID(out, text) id_of(text, sizeof(text) - 1, sizeof(text) - 1, out)

static void a_transaction_has_one_id(void **state)
{
	char a[32], b[32], other[32], next[32], cut[32];

	(void)state;
	ID(a, INVITE FIELDS("1 INVITE"));
	assert_true(strlen(a) > 3);
	ID(b, "SIP/2.0 200 OK\r\n" FIELDS("1 INVITE"));
	SAME(a, b);
	/* compact names, spaces, other parameters, and Vias behind */
	ID(b, "SIP/2.0 200 OK\r\nv:  SIP/2.0/UDP 192.0.2.7;rport=5060; "
	      "Branch=z9hG4bK1 , SIP/2.0/UDP 192.0.2.1;branch=z9\r\n"
	      "i: a1@192.0.2.7\r\ncseq:1 INVITE\r\n\r\n");
	SAME(a, b);
	ID(next, INVITE FIELDS("2 INVITE"));
	assert_string_not_equal(a, next);
	ID(other, "SIP/2.0 200 OK\r\n" FIELDS("1 CANCEL"));
	assert_string_not_equal(a, other);
	id_of(INVITE FIELDS("1 INVITE"), sizeof(INVITE FIELDS("1 INVITE")) - 1,
	      100, cut);
	SAME(cut, "");
}

static void requests_and_answers(void **state)
{
	(void)state;
	/* without CSeq there is no id */
	DATAGRAMS(5060,
		  "> request sip INVITE sip:bob@example.org +70\n"
		  "< interim sip status=100 +66\n",
		  { 0, BYTES(INVITE "i: a1\r\nTo: bob\r\n\r\nv=0\r\n"), 0 },
		  { 1, BYTES("SIP/2.0 100 Trying\r\n" VIA "\r\n"), 0 });
}

static void other_datagrams_are_not_taken(void **state)
{
	(void)state;
	DATAGRAMS(5060, "", { 0, BYTES("INVITE sip:a@b HTTP/1.1\r\n\r\n"), 0 },
		  { 0, BYTES("\r\n\r\n"), 0 },
		  { 0, BYTES("NOTIFY * HTTP/1.1\r\nHOST: x\r\n\r\n"), 0 },
		  { 0, BYTES("SIP/2.1 200 OK\r\n\r\n"), 0 },
		  { 0, BYTES("INVITES sip:a@b SIP/2.0\r\n\r\n"), 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_has_one_id),
		cmocka_unit_test(requests_and_answers),
		cmocka_unit_test(other_datagrams_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
