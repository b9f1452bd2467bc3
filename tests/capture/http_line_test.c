/* Lines of HTTP/1: what is one, and what only looks so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/http_line.h"

#define L(text) (const uint8_t *)(text), strlen(text)

static void a_line_ends_before_cr_and_lf(void **state)
{
	(void)state;
	assert_int_equal(http_line(L("ab\r\n")), 2);
	assert_int_equal(http_line(L("ab\n")), 2);
	assert_int_equal(http_line(L("ab")), 2); /* cut */
	assert_int_equal(http_line(L("\r\n")), 0);
	assert_int_equal(http_line(L("")), 0);
}

static void status_lines_have_a_version_and_three_digits(void **state)
{
	(void)state;
	assert_true(http_is_status(L("HTTP/1.1 200 OK")));
	assert_true(http_is_status(L("HTTP/1.0 404")));
	assert_false(http_is_status(L("HTTP/1.1 20")));
	assert_false(http_is_status(L("HTTP/1.1 099 no")));
	assert_false(http_is_status(L("HTTP/2.0 200 OK")));
	assert_false(http_is_status(L("HTTP/1.2 200 OK")));
}

static void a_method_is_a_known_word_before_a_space(void **state)
{
	(void)state;
	assert_int_equal(http_method(L("GET / HTTP/1.1")), 3);
	assert_int_equal(http_method(L("RPC_IN_DATA /x")), 11);
	assert_int_equal(http_method(L("GET")), 0);
	assert_int_equal(http_method(L(" GET /")), 0);
	assert_int_equal(http_method(L("get / HTTP/1.1")), 0);
	assert_int_equal(http_method(L("ABCDEFGHIJKLMNOPQRST x")), 20);
	assert_int_equal(http_method(L("ABCDEFGHIJKLMNOPQRSTU x")), 0);
	assert_true(http_method_known(L("PROPFIND")));
	assert_false(http_method_known(L("PROPFINDER")));
	assert_true(http_method_is(L("HEAD"), "HEAD"));
	assert_false(http_method_is(L("HEADER"), "HEAD"));
}

static void fields_are_of_any_case_and_end_with_a_colon(void **state)
{
	(void)state;
	assert_true(http_field_is(L("content-LENGTH: 5"), "Content-Length"));
	assert_true(http_field_is(L("Host:"), "Host"));
	assert_false(http_field_is(L("Host : x"), "Host"));
	assert_false(http_field_is(L("Hostess: x"), "Host"));
	assert_false(http_field_is(L("Host"), "Host"));
}

static void numbers_end_where_they_may(void **state)
{
	uint64_t v;

	(void)state;
	assert_true(http_number(L("120"), 10, &v));
	assert_int_equal(v, 120);
	assert_true(http_number(L("1aF;name=x"), 16, &v));
	assert_int_equal(v, 0x1af);
	assert_true(http_number(L("7, 7"), 10, &v));
	assert_int_equal(v, 7);
	assert_false(http_number(L(""), 10, &v));
	assert_false(http_number(L("-1"), 10, &v));
	assert_false(http_number(L("1a"), 10, &v));
	assert_true(http_number(L("ffffffffffffffff"), 16, &v));
	assert_true(v == UINT64_MAX);
	assert_false(http_number(L("10000000000000000"), 16, &v));
}

static void the_last_coding_counts(void **state)
{
	(void)state;
	assert_true(http_ends_chunked(L("gzip, Chunked \t")));
	assert_false(http_ends_chunked(L("chunked, gzip")));
	assert_false(http_ends_chunked(L("hunked")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_ends_before_cr_and_lf),
		cmocka_unit_test(status_lines_have_a_version_and_three_digits),
		cmocka_unit_test(a_method_is_a_known_word_before_a_space),
		cmocka_unit_test(fields_are_of_any_case_and_end_with_a_colon),
		cmocka_unit_test(numbers_end_where_they_may),
		cmocka_unit_test(the_last_coding_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
