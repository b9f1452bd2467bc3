/* SOCKS: requests, answers, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/stage.h"

#define BYTES(dir, text)                                                       \
	{                                                                      \
		dir, text, sizeof(text) - 1, 0                                 \
	}

#define NAMED                                                                  \
	"\5\1\0\3\x0b"                                                         \
	"example.org"                                                          \
	"\1\xbb"

static void a_name_is_asked_for(void **state)
{
	(void)state;
	STAGE_ASSERT(1080, 3,
		     "> request socks CONNECT example.org:443 +18\n"
		     "< response socks +10\n",
		     BYTES(0, "\5\1\0"), BYTES(1, "\5\0"), BYTES(0, NAMED),
		     BYTES(1, "\5\0\0\1\x0a\0\0\1\x80\0"));
}

static void a_password_comes_before_it(void **state)
{
	(void)state;
	STAGE_ASSERT(1080, 4,
		     "> request socks CONNECT 192.0.2.7:22 +10\n"
		     "< response socks connection refused +22\n",
		     BYTES(0, "\5\2\0\2"), BYTES(1, "\5\2"),
		     BYTES(0, "\1\3joe\6secret"), BYTES(1, "\1\0"),
		     BYTES(0, "\5\1\0\1\xc0\0\2\7\0\x16"),
		     BYTES(1, "\5\5\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
}

static void an_address_may_be_of_ipv6(void **state)
{
	(void)state;
	STAGE_ASSERT(1080, 3,
		     "> request socks BIND [2001:db8::1]:8080 +22\n"
		     "< response socks command not supported +10\n",
		     BYTES(0, "\5\1\0"), BYTES(1, "\5\0"),
		     BYTES(0, "\5\2\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
			      "\x1f\x90"),
		     BYTES(1, "\5\7\0\1\0\0\0\0\0\0"));
}

static void version_4_has_one_request(void **state)
{
	(void)state;
	STAGE_ASSERT(1080, 12,
		     "> request socks CONNECT 192.0.2.7:22 +12\n"
		     "< response socks +8\n",
		     BYTES(0, "\4\1\0\x16\xc0\0\2\7joe\0"),
		     BYTES(1, "\0\x5a\0\0\0\0\0\0"));
	STAGE_ASSERT(1080, 21,
		     "> request socks CONNECT example.org:443 +21\n"
		     "< response socks rejected or failed +8\n",
		     BYTES(0, "\4\1\1\xbb\0\0\0\1\0example.org\0"),
		     BYTES(1, "\0\x5b\0\0\0\0\0\0"));
}

/* Nothing is told, and nothing is complained of. */
static void what_goes_on_otherwise_is_none(void **state)
{
	static const struct line other[][3] = {
		{ BYTES(0, "\5\1\0"), BYTES(1, "\6\0"), BYTES(0, "abc") },
		{ BYTES(0, "\5\1\0"), BYTES(1, "\5\0"), BYTES(0, "\5\1\0\2a") },
		{ BYTES(0, "\5\1\0"), BYTES(1, "\5\1"), BYTES(0, NAMED) },
		{ BYTES(0, "\5\1\0"), BYTES(1, "\5\xff"), BYTES(0, "bye!") },
		{ BYTES(0, "\5\1\x20"), BYTES(1, "\5\0"), BYTES(0, "\5\1\0") },
		{ BYTES(0, "\4\1\0\x16\0\0\0\0joe\0"), BYTES(1, "\0\x5a"),
		  BYTES(0, "more") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		struct stage s;
		struct talk_trouble trouble;

		stage_open(&s, 1080);
		for (int k = 0; k < 3; k++)
			stage_say(&s, other[i][k].dir, other[i][k].bytes,
				  other[i][k].n);
		if (i != 2) /* GSS-API seals what follows */
			assert_string_equal(stage_end(&s), "");
		for (unsigned k = 0; talks_trouble(s.all, k, &trouble); k++)
			if (trouble.text)
				fail_msg("%zu: %s", i, trouble.text);
		stage_close(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_asked_for),
		cmocka_unit_test(a_password_comes_before_it),
		cmocka_unit_test(an_address_may_be_of_ipv6),
		cmocka_unit_test(version_4_has_one_request),
		cmocka_unit_test(what_goes_on_otherwise_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
