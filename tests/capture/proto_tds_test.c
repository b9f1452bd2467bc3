/* TDS: requests, answers, errors, and what TLS makes of it. */
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

/* Header: type, EOM, length, SPID, packet, window. */
#define PRELOGIN                                                               \
	"\x12\1\0\x1a\0\0\1\0"                                                 \
	"\0\0\x0b\0\6\1\0\x11\0\1\xff\x0b\0\0\0\0\0\0"
#define PRELOGIN_REPLY                                                         \
	"\4\1\0\x1a\0\0\1\0"                                                   \
	"\0\0\x0b\0\6\1\0\x11\0\1\xff\x0b\0\0\0\0\0\0"
#define BATCH "\1\1\0\x14\0\0\1\0s\0e\0l\0e\0c\0t\0"
#define DONE_OK "\xfd\0\0\xc1\0\1\0\0\0\0\0\0\0"
#define DONE_ERROR "\xfd\2\0\xc1\0\1\0\0\0\0\0\0\0"
#define ROWS "0123456789abcdef0123"

static void prelogin_batch_and_answers(void **state)
{
	(void)state;
	STAGE_ASSERT(1433, 26,
		     "> request tds PRELOGIN +26\n"
		     "< response tds TABULAR +26\n"
		     "> request tds SQL_BATCH +20\n"
		     "< response tds TABULAR +62\n"
		     "> request tds SQL_BATCH +20\n"
		     "< response tds status=-1 TABULAR +41\n"
		     "> request tds SQL_BATCH +20\n"
		     "< response tds status=208 TABULAR +37\n"
		     "> notice tds ATTENTION +8\n"
		     "< response tds TABULAR +21\n",
		     BYTES(0, PRELOGIN), BYTES(1, PRELOGIN_REPLY),
		     BYTES(0, BATCH),
		     /* two packets */
		     BYTES(1, "\4\0\0\x1c\0\x33\1\0" ROWS "\4\1\0\x22\0\x33\2\0"
			      "\xd1\0\0\0\0\0\0\0\0\0\0\0\0" DONE_OK),
		     BYTES(0, BATCH),
		     BYTES(1, "\4\1\0\x29\0\x33\1\0" ROWS DONE_ERROR),
		     BYTES(0, BATCH),
		     BYTES(1, "\4\1\0\x25\0\x33\1\0\xaa\x0c\0\xd0\0\0\0\1\x10"
			      "msg...." DONE_ERROR),
		     BYTES(0, "\6\1\0\x08\0\0\1\0"),
		     BYTES(1, "\4\1\0\x15\0\x33\1\0" DONE_OK));
}

static void procedures(void **state)
{
	(void)state;
	STAGE_ASSERT(1433, 42,
		     "> request tds RPC sp_executesql +42\n"
		     "> request tds RPC my_p +46\n"
		     "> request tds RPC +12\n",
		     BYTES(0, "\3\1\0\x2a\0\0\1\0\x16\0\0\0\x12\0\0\0\2\0\0\0"
			      "\0\0\0\0\0\0\1\0\0\0\xff\xff\x0a\0........"),
		     BYTES(0, "\3\1\0\x2e\0\0\1\0\x16\0\0\0\x12\0\0\0\2\0\0\0"
			      "\0\0\0\0\0\0\1\0\0\0\4\0m\0y\0_\0p\0......"),
		     BYTES(0, "\3\1\0\x0c\0\0\1\0\xff\xff\xff\xff"));
}

static void inside_of_tls_it_is_turns(void **state)
{
	(void)state;
	STAGE_ASSERT(1433, 26,
		     "> request tds PRELOGIN +26\n"
		     "< response tds TABULAR +26\n"
		     "> request tds PRELOGIN +13\n"
		     "< response tds PRELOGIN +13\n"
		     "> data tds +26\n"
		     "< data tds +25\n",
		     BYTES(0, PRELOGIN), BYTES(1, PRELOGIN_REPLY),
		     BYTES(0, "\x12\1\0\x0d\0\0\0\0"
			      "\x16\3\1\0\0"),
		     BYTES(1, "\x12\1\0\x0d\0\0\0\0"
			      "\x16\3\1\0\0"),
		     BYTES(0, "\x17\3\3\0\x08"
			      "12345678"
			      "\x17\3\3\0\x08"
			      "12345678"),
		     BYTES(1, "\x17\3\3\0\x14" ROWS),
		     BYTES(0, "\x17\3\3\0\x08"
			      "12345678"));
}

static void on_other_ports_only_by_prelogin(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, 50123);
	stage_say(&s, 0, PRELOGIN, sizeof PRELOGIN - 1);
	assert_string_equal(stage_end(&s), "> request tds PRELOGIN +26\n");
	stage_close(&s);
	stage_open(&s, 50123);
	for (int i = 0; i < 8; i++)
		stage_say(&s, 0, BATCH, sizeof BATCH - 1);
	assert_string_equal(stage_end(&s), "");
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prelogin_batch_and_answers),
		cmocka_unit_test(procedures),
		cmocka_unit_test(inside_of_tls_it_is_turns),
		cmocka_unit_test(on_other_ports_only_by_prelogin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
