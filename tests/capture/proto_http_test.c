/* HTTP/1.x. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/stage.h"

#define SAY(dir, text)                                                         \
	{                                                                      \
		dir, text, sizeof(text) - 1, 0                                 \
	}
#define GET "GET /a/b?secret=1 HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
#define OK5 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static void a_request_and_its_response(void **state)
{
	(void)state;
	STAGE_ASSERT(80, 24,
		     "> request http id=0 GET www.example.com/a/b +53\n"
		     "< response http id=0 OK +43\n",
		     SAY(0, GET), SAY(1, OK5));
}

static void bodies_of_requests_and_pipelining(void **state)
{
	(void)state;
	STAGE_ASSERT(
		8080, 24,
		"> request http id=0 POST h/x +55\n"
		"> request http id=1 GET www.example.com/a/b +53\n"
		"> request http id=2 HEAD /c +20\n"
		"< response http id=0 Not Found +44\n"
		"< response http id=1 OK +43\n"
		"< response http id=2 OK +39\n"
		"> request http id=3 GET /d +19\n"
		"< response http id=3 No Content +27\n",
		SAY(0,
		    "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n"
		    "1234567" GET "HEAD /c HTTP/1.1\r\n\r\n\r\n"),
		SAY(1, "HTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n" OK5
		       "HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\n"),
		SAY(0, "GET /d HTTP/1.1\r\n\r\n"),
		SAY(1, "HTTP/1.1 204 No Content\r\n\r\n"));
}

static void chunks_and_trailers(void **state)
{
	(void)state;
	STAGE_ASSERT(80, 24,
		     "> request http id=0 GET www.example.com/a/b +53\n"
		     "< response http id=0 OK +84\n"
		     "> request http id=1 GET www.example.com/a/b +53\n"
		     "< response http id=1 OK +43\n",
		     SAY(0, GET),
		     SAY(1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, "
			    "chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\nx\r\n0\r\n"
			    "A: b\r\n\r\n"),
		     SAY(0, GET), SAY(1, OK5));
}

static void interim_responses(void **state)
{
	(void)state;
	STAGE_ASSERT(80, 24,
		     "> request http id=0 PUT /f +41\n"
		     "< interim http id=0 Continue +25\n"
		     "< response http id=0 Created +43\n",
		     SAY(0, "PUT /f HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
		     SAY(1,
			 "HTTP/1.1 100 Continue\r\n\r\n"
			 "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"));
}

static void a_body_until_the_end(void **state)
{
	(void)state;
	STAGE_ASSERT(80, 24,
		     "> request http id=0 GET www.example.com/a/b +53\n"
		     "< response http id=0 OK +31 CLOSE\n",
		     SAY(0, GET), SAY(1, "HTTP/1.0 200 OK\r\n\r\n"),
		     SAY(1, "hello, world"));
}

static void after_an_upgrade_nobody_listens(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 80);
	stage_say(&s, 0, GET, sizeof GET - 1);
	stage_say(&s, 1, "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05",
		  38);
	for (int i = 0; i < 30; i++)
		stage_say(&s, i & 1, "\x82\x7e\x01\x00...", 7);
	assert_true(talk_deaf(&s.ref));
	assert_string_equal(stage_end(&s),
			    "> request http id=0 GET www.example.com/a/b +53\n"
			    "< response http id=0 Switching Protocols +36\n");
	stage_close(&s);
}

#define CONNECT                                                                \
	"CONNECT www.example.com:443 HTTP/1.1\r\n"                             \
	"Host: www.example.com:443\r\n\r\n"
#define RECORD                                                                 \
	"\x17\3\3\0\x20"                                                       \
	"0123456789abcdef0123456789abcdef"

/* What CONNECT opens goes on where the answer ends: nothing is missing before, and
 * what is sent again of the request is no other one.  @again: bytes of it that come
 * once more, with what follows; or behind the beginning of TLS. */
static void tunnel(size_t again, bool behind)
{
	static const char ok[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	static const char both[] = CONNECT RECORD;
	size_t n = sizeof CONNECT - 1;
	struct talk_trouble t;
	struct stage s;
	uint64_t from;

	stage_open(&s, 3128);
	stage_say(&s, 0, CONNECT, n);
	stage_say(&s, 1, ok, sizeof ok - 1);
	from = s.next[0];
	if (again && !behind)
		stage_segment(&s, 0, from - again, both + n - again, again,
			      again);
	stage_say(&s, 0, RECORD, 37);
	if (again && behind)
		stage_segment(&s, 0, from - again, both + n - again, again + 37,
			      again + 37);
	stage_say(&s, 1, RECORD, 37);
	assert_string_equal(
		stage_end(&s),
		"> request http id=0 CONNECT www.example.com:443 +67\n"
		"< response http id=0 OK +39\n"
		"> data tls +37\n"
		"< data tls +37\n");
	for (unsigned i = 0; talks_trouble(s.all, i, &t); i++) {
		free(t.text);
		assert_int_equal(t.count, 0);
	}
	stage_close(&s);
}

static void a_tunnel_is_looked_at_anew(void **state)
{
	(void)state;
	tunnel(0, false);
	tunnel(sizeof CONNECT - 1, false);
	tunnel(10, false);
	tunnel(10, true);
}

/* The server's first bytes came with its answer: the rest is known as TLS, if not
 * from where. */
static void a_tunnel_may_begin_with_the_answer(void **state)
{
	static const char ok[] =
		"HTTP/1.1 200 Connection established\r\n\r\n" RECORD;
	struct stage s;

	(void)state;
	stage_open(&s, 3128);
	stage_say(&s, 0, CONNECT, sizeof CONNECT - 1);
	stage_say(&s, 1, ok, sizeof ok - 1);
	stage_say(&s, 0, RECORD, 37);
	stage_say(&s, 1, RECORD, 37);
	assert_string_equal(
		stage_end(&s),
		"> request http id=0 CONNECT www.example.com:443 +67\n"
		"< response http id=0 OK +39\n"
		"> data tls +37\n"
		"< data tls +37\n");
	stage_close(&s);
}

/* What nobody knows before a protocol is no hole in front of it. */
static void a_tunnel_may_begin_with_what_nobody_knows(void **state)
{
	static const char ok[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct talk_trouble t;
	struct stage s;

	(void)state;
	stage_open(&s, 3128);
	stage_say(&s, 0, CONNECT, sizeof CONNECT - 1);
	stage_say(&s, 1, ok, sizeof ok - 1);
	stage_say(&s, 0, "\1\2\3\4\5\6", 6);
	stage_say(&s, 1, "\1\2\3\4\5\6", 6);
	stage_say(&s, 0, RECORD, 37);
	stage_say(&s, 1, RECORD, 37);
	assert_string_equal(
		stage_end(&s),
		"> request http id=0 CONNECT www.example.com:443 +67\n"
		"< response http id=0 OK +39\n"
		"> data tls +37\n"
		"< data tls +37\n");
	for (unsigned i = 0; talks_trouble(s.all, i, &t); i++) {
		free(t.text);
		assert_int_equal(t.count, 0);
	}
	stage_close(&s);
}

static void names_in_all_forms(void **state)
{
	(void)state;
	STAGE_ASSERT(80, 24,
		     "> request http id=0 GET other.example/x +63\n"
		     "> request http id=1 GET h/:// +32\n"
		     "> request http id=2 OPTIONS * +31\n"
		     "> request http id=3 CCM_POST h.example/y +49\n",
		     SAY(0,
			 "GET http://other.example/x#frag HTTP/1.1\r\n"
			 "Host: www.example\r\n\r\n\r\n"
			 "GET /://?x HTTP/1.1\r\nHost: h\r\n\r\n"
			 "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"
			 "CCM_POST /y HTTP/1.1\r\nHost: h.example\r\nA: bcd\r\n"
			 "\r\n"));
}

static void snapped_messages_end_with_the_next(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 80);
	for (int i = 0; i < 2; i++) {
		stage_segment(&s, 0, s.next[0],
			      "GET /item/17 HTTP/1.1\r\nHost: sh", 400, 31);
		stage_segment(&s, 1, s.next[1], "HTTP/1.1 200 OK\r\nCont", 1448,
			      21);
		stage_segment(&s, 1, s.next[1], "bodybodybodybody", 600, 16);
	}
	assert_string_equal(stage_end(&s),
			    "> request http id=0 GET /item/17 +400 CUT BLIND\n"
			    "< response http id=0 OK +2048 CUT BLIND\n"
			    "> request http id=1 GET /item/17 +400 CUT BLIND\n"
			    "< response http id=1 OK +2048 CUT BLIND\n");
	stage_close(&s);
}

static void a_hole_in_a_body_is_passed_over(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 80);
	stage_say(&s, 0, GET, sizeof GET - 1);
	stage_say(&s, 1,
		  "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n0123456789",
		  49);
	s.acked[1] = s.next[1] + 20;
	stage_segment(&s, 1, s.next[1] + 10, "0123456789", 10, 10);
	stage_say(&s, 0, GET, sizeof GET - 1);
	stage_say(&s, 1, OK5, sizeof OK5 - 1);
	assert_string_equal(stage_end(&s),
			    "> request http id=0 GET www.example.com/a/b +53\n"
			    "< response http id=0 OK +69 HOLE\n"
			    "> request http id=1 GET www.example.com/a/b +53\n"
			    "< response http id=1 OK +43\n");
	stage_close(&s);
}

static void responses_are_not_given_to_the_wrong_request(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 80);
	stage_say(&s, 0, GET GET GET, 3 * (sizeof GET - 1));
	/* the first response is missing, and who knows what else */
	s.next[1] += 100;
	stage_ack(&s, 1);
	stage_segment(&s, 1, s.next[1], OK5, sizeof OK5 - 1, sizeof OK5 - 1);
	stage_say(&s, 1, OK5, sizeof OK5 - 1);
	stage_say(&s, 0, GET, sizeof GET - 1);
	stage_say(&s, 1, OK5, sizeof OK5 - 1);
	assert_string_equal(stage_end(&s),
			    "> request http id=0 GET www.example.com/a/b +53\n"
			    "> request http id=1 GET www.example.com/a/b +53\n"
			    "> request http id=2 GET www.example.com/a/b +53\n"
			    "< response http OK +43\n"
			    "< response http OK +43\n"
			    "> request http id=3 GET www.example.com/a/b +53\n"
			    "< response http id=3 OK +43\n");
	stage_close(&s);
}

static void what_is_no_http_is_not_taken(void **state)
{
	static const char *const odd[] = {
		"GETTING /x HTTP/1.1\r\n\r\n",    "get /x HTTP/1.1\r\n\r\n",
		"GET me HTTP/1.1\r\n\r\n",        "HTTP/2.0 200 OK\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n",   "220 mail ESMTP ready\r\n",
		"CONNECT {\"verbose\":true}\r\n", /* NATS */
	};
	struct stage s;

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		stage_open(&s, 80);
		for (int k = 0; k < 8; k++)
			stage_say(&s, 0, odd[i], strlen(odd[i]));
		assert_true(talk_deaf(&s.ref));
		assert_string_equal(stage_end(&s), "");
		stage_close(&s);
	}
}

static void a_long_name_is_cut(void **state)
{
	char text[1000] = "GET /", most[MESSAGE_NAME + 1] = "";
	struct stage s;

	(void)state;
	memset(text + 5, 'y', 700);
	memset(most, 'y', MESSAGE_NAME);
	snprintf(text + 705, sizeof text - 705,
		 " HTTP/1.1\r\nHost: long.example\r\n\r\n");
	stage_open(&s, 80);
	stage_say(&s, 0, text, strlen(text));
	stage_end(&s);
	assert_int_equal(s.messages, 1);
	assert_non_null(strstr(s.heard.at, "GET long.example/yyy"));
	assert_null(strstr(s.heard.at, most));
	stage_close(&s);
	stage_open_nameless(&s, 80);
	stage_say(&s, 0, text, strlen(text));
	assert_string_equal(stage_end(&s), "> request http id=0 GET +738\n");
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_and_its_response),
		cmocka_unit_test(bodies_of_requests_and_pipelining),
		cmocka_unit_test(chunks_and_trailers),
		cmocka_unit_test(interim_responses),
		cmocka_unit_test(a_body_until_the_end),
		cmocka_unit_test(after_an_upgrade_nobody_listens),
		cmocka_unit_test(a_tunnel_is_looked_at_anew),
		cmocka_unit_test(a_tunnel_may_begin_with_the_answer),
		cmocka_unit_test(a_tunnel_may_begin_with_what_nobody_knows),
		cmocka_unit_test(names_in_all_forms),
		cmocka_unit_test(snapped_messages_end_with_the_next),
		cmocka_unit_test(a_hole_in_a_body_is_passed_over),
		cmocka_unit_test(responses_are_not_given_to_the_wrong_request),
		cmocka_unit_test(what_is_no_http_is_not_taken),
		cmocka_unit_test(a_long_name_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
