/* TLS: flights, turns, alerts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/stage.h"

#define BYTES(dir, text)                                                       \
	{                                                                      \
		dir, text, sizeof(text) - 1, 0                                 \
	}
#define X16 "0123456789abcdef"
#define X32 X16 X16
#define DATA32 "\x17\3\3\0\x20" X32
#define FINISHED "\x16\3\3\0\x20" X32
#define CHANGE "\x14\3\3\0\1\1"

/* version, random, no session id, one cipher suite, no compression,
 * extensions: supported groups (skipped), server name */
#define HELLO_BODY                                                             \
	"\3\3" X32 "\0\0\2\x13\1\1\0\0\x1c\0\x0a\0\4\0\2\0\x1d\0\0\0\x10\0"    \
	"\x0e\0\0\x0bwww.example"
#define CLIENT_HELLO "\x16\3\1\0\x4b\1\0\0\x47" HELLO_BODY
#define SERVER_HELLO_12 "\x16\3\3\0\x2a\2\0\0\x26\3\3" X32 "\0\xc0\x2f\0"
/* with supported_versions 1.3 */
#define SERVER_HELLO_13                                                        \
	"\x16\3\3\0\x32\2\0\0\x2e\3\3" X32 "\0\x13\1\0\0\6\0\x2b\0\2\3\4"
#define CERTIFICATE "\x16\3\3\0\x14\x0b\0\0\x10" X16
#define DONE "\x16\3\3\0\4\x0e\0\0\0"
#define KEY_EXCHANGE "\x16\3\3\0\x14\x10\0\0\x10" X16

static void handshake_of_12_and_turns(void **state)
{
	(void)state;
	STAGE_ASSERT(443, 12,
		     "> handshake tls ClientHello www.example +80\n"
		     "< handshake tls ServerHello +81\n"
		     "> handshake tls ClientKeyExchange +68\n"
		     "< handshake tls ChangeCipherSpec +43\n"
		     "> data tls +37\n"
		     "< data tls +74\n", /* and no more */
		     BYTES(0, CLIENT_HELLO),
		     BYTES(1, SERVER_HELLO_12 CERTIFICATE DONE),
		     BYTES(0, KEY_EXCHANGE CHANGE FINISHED),
		     BYTES(1, CHANGE FINISHED), BYTES(0, DATA32),
		     BYTES(1, DATA32 DATA32), BYTES(0, DATA32));
}

static void handshake_of_13(void **state)
{
	(void)state;
	STAGE_ASSERT(8443, 12,
		     "> handshake tls ClientHello www.example +80\n"
		     "< handshake tls ServerHello +135\n"
		     "> handshake tls ChangeCipherSpec +43\n"
		     "> data tls +37\n"
		     "< data tls +37\n",
		     BYTES(0, CLIENT_HELLO),
		     BYTES(1, SERVER_HELLO_13 CHANGE DATA32 DATA32),
		     BYTES(0, CHANGE DATA32), BYTES(0, DATA32),
		     BYTES(1, DATA32));
}

/* The extension that tells is beyond the snap length. */
static void version_13_by_what_follows(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 443);
	stage_segment(&s, 0, s.next[0], CLIENT_HELLO, sizeof CLIENT_HELLO - 1,
		      40);
	stage_segment(&s, 1, s.next[1], SERVER_HELLO_13,
		      sizeof SERVER_HELLO_13 - 1, 30);
	stage_say(&s, 1, CHANGE DATA32, sizeof CHANGE DATA32 - 1);
	stage_say(&s, 0, CHANGE DATA32, sizeof CHANGE DATA32 - 1);
	stage_say(&s, 0, DATA32, sizeof DATA32 - 1);
	stage_say(&s, 1, DATA32, sizeof DATA32 - 1);
	assert_string_equal(stage_end(&s),
			    "> handshake tls ClientHello +80\n"
			    "< handshake tls ServerHello +98\n"
			    "> handshake tls ChangeCipherSpec +43\n"
			    "> data tls +37\n"
			    "< data tls +37\n");
	stage_close(&s);
}

static void alerts(void **state)
{
	(void)state;
	STAGE_ASSERT(443, 12,
		     "> handshake tls ClientHello www.example +80\n"
		     "< notice tls handshake_failure Alert +7\n",
		     BYTES(0, CLIENT_HELLO), BYTES(1, "\x15\3\3\0\2\2\x28"));
	STAGE_ASSERT(443, 12,
		     "> data tls +37\n"
		     "< data tls +37\n"
		     "< notice tls status=-1 Alert +37\n",
		     BYTES(0, DATA32), BYTES(1, DATA32),
		     BYTES(1, "\x15\3\3\0\x20" X32));
}

/* Encrypted, and so short that it can be nothing else. */
static void the_client_alerts_instead_of_finishing(void **state)
{
	(void)state;
	STAGE_ASSERT(443, 12,
		     "> handshake tls ClientHello www.example +80\n"
		     "< handshake tls ServerHello +135\n"
		     "> handshake tls ChangeCipherSpec +6\n"
		     "> notice tls status=-1 Alert, no Finished +24\n",
		     BYTES(0, CLIENT_HELLO),
		     BYTES(1, SERVER_HELLO_13 CHANGE DATA32 DATA32),
		     BYTES(0, CHANGE), BYTES(0, "\x17\3\3\0\x13" X16 "xyz"));
}

/* That it is 1.3 the record itself tells, where ServerHello was not captured. */
static void so_it_does_where_no_version_was_told(void **state)
{
	(void)state;
	STAGE_ASSERT(443, 12,
		     "> handshake tls ClientHello www.example +86\n"
		     "> notice tls status=-1 Alert, no Finished +24\n",
		     BYTES(0, CLIENT_HELLO), BYTES(0, CHANGE),
		     BYTES(0, "\x17\3\3\0\x13" X16 "xyz"));
}

static void hello_retry(void **state)
{
	(void)state;
	STAGE_ASSERT(443, 12,
		     "> handshake tls ClientHello www.example +80\n"
		     "< handshake tls HelloRetryRequest +55\n"
		     "> handshake tls ClientHello www.example +80\n",
		     BYTES(0, CLIENT_HELLO),
		     BYTES(1, "\x16\3\3\0\x32\2\0\0\x2e\3\3\xcf\x21\xad\x74"
			      "56789abcdef" X16 "h\0\x13\1\0\0\6\0\x2b\0\2\3"
			      "\4"),
		     BYTES(0, CLIENT_HELLO));
}

static void data_that_was_cut_goes_on_as_turns(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 443);
	stage_say(&s, 0, DATA32, sizeof DATA32 - 1);
	/* two records, the second one's head behind the snap length */
	stage_segment(&s, 1, s.next[1], DATA32 DATA32, 74, 20);
	stage_segment(&s, 1, s.next[1], X32, 1448, 32);
	stage_segment(&s, 1, s.next[1], X32, 700, 32);
	stage_say(&s, 0, DATA32, sizeof DATA32 - 1);
	stage_say(&s, 1, DATA32, sizeof DATA32 - 1);
	assert_string_equal(stage_end(&s), "> data tls +37\n"
					   "< data tls +2222\n");
	assert_true(talk_deaf(&s.ref));
	stage_close(&s);
}

static void both_at_once(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 443);
	stage_say(&s, 0, DATA32, sizeof DATA32 - 1);
	stage_say(&s, 1, DATA32, 20);
	stage_say(&s, 0, DATA32, sizeof DATA32 - 1);
	stage_say(&s, 1, &DATA32[20], sizeof DATA32 - 21);
	stage_say(&s, 0, DATA32, sizeof DATA32 - 1);
	assert_string_equal(stage_end(&s), "> data tls +37\n"
					   "< data tls +37\n"
					   "> data tls +74\n");
	stage_close(&s);
}

static void what_is_no_tls_is_not_taken(void **state)
{
	static const char odd[][24] = {
		"\x16\3\1\0\x49\x63\0\0", /* no such message */
		"\x17\3\3\0\3" X16,       /* too short to be sealed */
		"\x17\3\3\xff\xff" X16,   /* too long */
		"\x16\2\1\0\x49\1\0\0",   /* version 2 */
		"\x80\x2e\1\0\2\0\x15\0",
	};
	struct stage s;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		stage_open(&s, 443);
		for (int k = 0; k < 8; k++)
			stage_say(&s, 0, odd[i], sizeof odd[i]);
		assert_true(talk_deaf(&s.ref));
		assert_string_equal(stage_end(&s), "");
		stage_close(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake_of_12_and_turns),
		cmocka_unit_test(handshake_of_13),
		cmocka_unit_test(version_13_by_what_follows),
		cmocka_unit_test(alerts),
		cmocka_unit_test(the_client_alerts_instead_of_finishing),
		cmocka_unit_test(so_it_does_where_no_version_was_told),
		cmocka_unit_test(hello_retry),
		cmocka_unit_test(data_that_was_cut_goes_on_as_turns),
		cmocka_unit_test(both_at_once),
		cmocka_unit_test(what_is_no_tls_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
