#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void durations_have_three_digits(void **state)
{
	static const struct {
		int64_t in;
		const char *out;
	} cases[] = {
		{ 0, "0 ns" },
		{ 1, "1 ns" },
		{ 999, "999 ns" },
		{ 1000, "1 us" },
		{ 43000, "43 us" },
		{ 1234, "1.23 us" },
		{ 1235, "1.24 us" },
		{ 88200000, "88.2 ms" },
		{ 999499, "999 us" },
		{ 999500, "1 ms" },
		{ 999499999, "999 ms" },
		{ 999500000, "1 s" },
		{ 999999999, "1 s" },
		{ 1500000000, "1.5 s" },
		{ 9994000000, "9.99 s" },
		{ 9996000000, "10 s" },
		{ -88200000, "-88.2 ms" },
		{ 3600000000000, "3600 s" },
		{ INT64_MAX, "9223372037 s" },
		{ INT64_MIN, "-9223372037 s" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char out[TEXT_UNIT];

		assert_string_equal(text_duration(cases[i].in, out),
				    cases[i].out);
	}
}

static void long_spans_are_days_hours_and_minutes(void **state)
{
	static const struct {
		int64_t in_s;
		const char *out;
	} cases[] = {
		{ 0, "0 ns" },           { 119, "119 s" },
		{ 120, "2 min 0 s" },    { -643, "-10 min 43 s" },
		{ 3599, "59 min 59 s" }, { 10921, "3 h 2 min" },
		{ 86400, "1 day 0 h" },  { 123456789, "1428 days 21 h" },
	};
	char out[TEXT_UNIT];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(text_span(cases[i].in_s * 1000000000, out),
				    cases[i].out);
	assert_string_equal(text_span(INT64_MIN, out), "-106751 days 23 h");
}

static void sizes_and_counts_read_well(void **state)
{
	char out[TEXT_UNIT];

	(void)state;
	assert_string_equal(text_bytes(0, out), "0 B");
	assert_string_equal(text_bytes(999, out), "999 B");
	assert_string_equal(text_bytes(2330000, out), "2.33 MB");
	assert_string_equal(text_bytes(999999, out), "1 MB");
	assert_string_equal(text_bytes(UINT64_MAX, out), "18447 PB");
	assert_string_equal(text_count(0, out), "0");
	assert_string_equal(text_count(999, out), "999");
	assert_string_equal(text_count(1234567, out), "1,234,567");
	assert_string_equal(text_count(UINT64_MAX, out),
			    "18,446,744,073,709,551,615");
}

static void times_are_right_for_any_int64(void **state)
{
	static const struct {
		int64_t in;
		const char *out;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000000000Z" },
		{ -1, "1969-12-31T23:59:59.999999999Z" },
		{ 1714979289123456789, "2024-05-06T07:08:09.123456789Z" },
		{ 951782400000000000, "2000-02-29T00:00:00.000000000Z" },
		{ 4107542400000000000, "2100-03-01T00:00:00.000000000Z" },
		{ -2203891200000000000, "1900-03-01T00:00:00.000000000Z" },
		{ INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
		{ INT64_MIN, "1677-09-21T00:12:43.145224192Z" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char out[TEXT_UNIT];

		assert_string_equal(text_time(cases[i].in, out), cases[i].out);
	}
}

static void clean_keeps_text_and_escapes_the_rest(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} cases[] = {
		{ "", 0, "" },
		{ "plain", 5, "plain" },
		{ "a\0b", 3, "a\\x00b" },
		{ "\x1b[31m\n\x7f", 7, "\\x1B[31m\\x0A\\x7F" },
		{ "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80", 15,
		  "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xc3", 1, "\\xC3" },
		{ "\xc3(", 2, "\\xC3(" },
		{ "\xc0\xaf", 2, "\\xC0\\xAF" },          /* overlong */
		{ "\xed\xa0\x80", 3, "\\xED\\xA0\\x80" }, /* surrogate */
		{ "\xf4\x90\x80\x80", 4, "\\xF4\\x90\\x80\\x80" },
		{ "\xc2\x85", 2, "\\xC2\\x85" },          /* C1 control */
		{ "\xe2\x80\xae", 3, "\\xE2\\x80\\xAE" }, /* turns direction */
		{ "\xff\xfe", 2, "\\xFF\\xFE" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *out = text_clean(cases[i].in, cases[i].n);

		assert_string_equal(out, cases[i].out);
		free(out);
	}
}

static void clean_never_reads_past_the_end(void **state)
{
	(void)state;
	for (unsigned lead = 0; lead < 256; lead++) {
		char *one = malloc(1), *out; /* the sanitizer guards its end */

		one[0] = (char)lead;
		out = text_clean(one, 1);
		assert_true(strlen(out) == 1 || strlen(out) == 4);
		free(out);
		free(one);
	}
}

static void text_grows(void **state)
{
	struct text t = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		text_add(&t, "%d,", i % 10);
		text_puts(&t, ";");
	}
	assert_int_equal(t.n, 3000);
	assert_int_equal(strlen(t.at), 3000);
	assert_memory_equal(t.at + 2994, "8,;9,;", 6);
	text_release(&t);
	text_add(&t, "%s", "");
	assert_string_equal(t.at, "");
	text_release(&t);
}

static void decimals_are_the_digits(void **state_)
{
	static const uint64_t some[] = { 0,   9,     10,         255,
					 256, 65535, UINT32_MAX, UINT64_MAX };
	char got[21], want[21];

	(void)state_;
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		snprintf(want, sizeof want, "%llu",
			 (unsigned long long)some[i]);
		assert_ptr_equal(text_decimal(some[i], got),
				 got + strlen(want));
		assert_string_equal(got, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimals_are_the_digits),
		cmocka_unit_test(durations_have_three_digits),
		cmocka_unit_test(long_spans_are_days_hours_and_minutes),
		cmocka_unit_test(sizes_and_counts_read_well),
		cmocka_unit_test(times_are_right_for_any_int64),
		cmocka_unit_test(clean_keeps_text_and_escapes_the_rest),
		cmocka_unit_test(clean_never_reads_past_the_end),
		cmocka_unit_test(text_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
