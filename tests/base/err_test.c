#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void first_error_wins(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_set(&e, ERR_INPUT, "%s: cut at %d", "a", 7), -1);
	assert_int_equal(err_set(&e, ERR_CASE, "later"), -1);
	assert_int_equal(e.code, ERR_INPUT);
	assert_string_equal(e.text, "a: cut at 7");
}

static void text_is_one_line(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_set(&e, ERR_USAGE, "a\nb\r\x1b[31mc");
	assert_string_equal(e.text, "a b  [31mc");
}

static void long_text_is_cut_between_characters(void **state)
{
	struct err e = { 0 };
	char name[sizeof e.text + 8];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof name; i += 2)
		memcpy(name + i, "\xc3\xa4", 2);
	name[sizeof name - 1] = '\0';
	err_set(&e, ERR_INPUT, "%s", name);
	assert_int_equal(strlen(e.text), sizeof e.text - 2);
	assert_int_equal((unsigned char)e.text[sizeof e.text - 3], 0xa4);
}

static void nobody_needs_to_listen(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, ERR_INPUT, "x"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_error_wins),
		cmocka_unit_test(text_is_one_line),
		cmocka_unit_test(long_text_is_cut_between_characters),
		cmocka_unit_test(nobody_needs_to_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
