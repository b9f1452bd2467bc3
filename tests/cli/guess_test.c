/* What a misspelt word may have meant. */
#include "cli/guess.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *meant(const char *word)
{
	static const char *const name[] = { "index",     "pair",   "report",
					    "sessions",  "show",   "export",
					    "exchanges", "merge",  "sql",
					    "around",    "packets" };
	struct guess g = { .word = word };

	for (size_t i = 0; i < sizeof name / sizeof *name; i++)
		guess_try(&g, name[i]);
	return g.best;
}

static void a_typo_or_two_are_understood(void **state)
{
	(void)state;
	assert_string_equal(meant("reprot"), "report"); /* exchanged */
	assert_string_equal(meant("shwo"), "show");
	assert_string_equal(meant("session"), "sessions"); /* left out */
	assert_string_equal(meant("exportt"), "export");   /* added */
	assert_string_equal(meant("merqe"), "merge");
	assert_string_equal(meant("sq"), "sql");
	assert_string_equal(meant("exch"), "exchanges"); /* begins so */
}

static void what_is_like_nothing_is_not_guessed(void **state)
{
	char longest[200];

	(void)state;
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_null(meant("client"));
	assert_null(meant("x"));
	assert_null(meant(""));
	assert_null(meant(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_typo_or_two_are_understood),
		cmocka_unit_test(what_is_like_nothing_is_not_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
