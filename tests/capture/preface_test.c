/* The PROXY protocol's header: what is one, and what is only like one. */
#include "capture/preface.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define V2_MAGIC "\r\n\r\n\0\r\nQUIT\n"

static bool reads(const char *text, uint32_t n, struct preface *x)
{
	/* in a block of its own, so that reading behind it is found */
	uint8_t *p = malloc(n);
	bool is;

	assert_non_null(p);
	memcpy(p, text, n);
	*x = (struct preface){ 0 };
	is = preface_read(p, n, n, x);
	free(p);
	return is;
}

static void expect_ends(const struct preface *x, const char *from,
			const char *to)
{
	char text[NET_END_TEXT];

	assert_true(x->named);
	assert_string_equal(net_end_text(&x->ends[0], text), from);
	assert_string_equal(net_end_text(&x->ends[1], text), to);
}

static void a_line_names_both_ends(void **state)
{
	static const char v4[] =
		"PROXY TCP4 192.168.0.1 10.2.3.4 56324 443\r\n";
	static const char v6[] =
		"PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"
		"GET / HTTP/1.1\r\n";
	struct preface x;

	(void)state;
	assert_true(reads(v4, sizeof v4 - 1, &x));
	assert_int_equal(x.len, sizeof v4 - 1);
	expect_ends(&x, "192.168.0.1:56324", "10.2.3.4:443");
	assert_true(reads(v6, sizeof v6 - 1, &x));
	assert_int_equal(x.len, sizeof v6 - 1 - 16);
	expect_ends(&x, "[2001:db8::1]:1", "[2001:db8::2]:65535");
}

static void an_unknown_one_has_a_length_alone(void **state)
{
	struct preface x;

	(void)state;
	assert_true(reads("PROXY UNKNOWN\r\nhello", 20, &x));
	assert_int_equal(x.len, 15);
	assert_false(x.named);
}

static void text_that_is_not_exactly_so_is_content(void **state)
{
	static const char *const texts[] = {
		"PROXY TCP4 192.168.0.1 10.2.3.4 56324 443\n--------",
		"PROXY TCP4 192.168.0.1 10.2.3.4 56324\r\n",
		"PROXY TCP4 192.168.0.1 10.2.3.4 56324 65536\r\n",
		"PROXY TCP4 192.168.0.1 10.2.3.4 56324 4x3\r\n",
		"PROXY TCP4 192.168.0.1 10.2.3.4 56324 443 \r\n",
		"PROXY TCP4 192.168.0.1 10.2.3.4  56324 443\r\n",
		"PROXY TCP4 192.168.0.256 10.2.3.4 56324 443\r\n",
		"PROXY TCP4 2001:db8::1 10.2.3.4 56324 443\r\n",
		"PROXY TCP5 192.168.0.1 10.2.3.4 56324 443\r\n",
		"PROXY  TCP4 192.168.0.1 10.2.3.4 56324 443\r\n",
		"proxy TCP4 192.168.0.1 10.2.3.4 56324 443\r\n",
		"PROXY TCP4\r\nPROXY TCP4\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n",
	};
	struct preface x;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (reads(texts[i], (uint32_t)strlen(texts[i]), &x))
			fail_msg("taken: %s", texts[i]);
}

/* Where its end was not captured, nobody knows where the stream begins. */
static void a_line_that_was_cut_is_none(void **state)
{
	static const char v4[] =
		"PROXY TCP4 192.168.0.1 10.2.3.4 56324 443\r\n";
	struct preface x;

	(void)state;
	for (uint32_t n = 1; n < sizeof v4 - 1; n++)
		assert_false(reads(v4, n, &x));
}

static const char v2_v4[] = V2_MAGIC "\x21\x11\0\x0f"
				     "\xc0\xa8\0\1\x0a\2\3\4\xdc\4\1\xbb"
				     "\4\0\0" /* a value of no bytes */
				     "content";

static void bytes_name_both_ends(void **state)
{
	struct preface x;

	(void)state;
	assert_true(reads(v2_v4, sizeof v2_v4 - 1, &x));
	assert_int_equal(x.len, 16 + 15);
	expect_ends(&x, "192.168.0.1:56324", "10.2.3.4:443");
}

/* Its length stands before its names. */
static void bytes_that_were_cut_have_a_length(void **state)
{
	struct preface x;
	uint8_t p[sizeof v2_v4];

	(void)state;
	memcpy(p, v2_v4, sizeof p);
	for (uint32_t n = 1; n < 16 + 12; n++) {
		assert_int_equal(preface_read(p, n, 100, &x), n >= 16);
		if (n >= 16) {
			assert_int_equal(x.len, 31);
			assert_false(x.named);
		}
	}
	/* more than the first segment has: it is none */
	assert_false(preface_read(p, 30, 30, &x));
}

static void a_proxy_that_speaks_for_itself_names_nobody(void **state)
{
	static const char local[] = V2_MAGIC "\x20\0\0\0";
	struct preface x;

	(void)state;
	assert_true(reads(local, sizeof local - 1, &x));
	assert_int_equal(x.len, 16);
	assert_false(x.named);
}

static void bytes_that_are_not_so_are_content(void **state)
{
	static const char version[] = V2_MAGIC "\x11\x11\0\0";
	static const char command[] = V2_MAGIC "\x22\x11\0\0";
	static const char family[] = V2_MAGIC "\x21\x41\0\0";
	static const char short_of[] = V2_MAGIC "\x21\x11\0\x0b"
						"01234567890";
	struct preface x;

	(void)state;
	assert_false(reads(version, sizeof version - 1, &x));
	assert_false(reads(command, sizeof command - 1, &x));
	assert_false(reads(family, sizeof family - 1, &x));
	assert_false(reads(short_of, sizeof short_of - 1, &x));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_names_both_ends),
		cmocka_unit_test(an_unknown_one_has_a_length_alone),
		cmocka_unit_test(text_that_is_not_exactly_so_is_content),
		cmocka_unit_test(a_line_that_was_cut_is_none),
		cmocka_unit_test(bytes_name_both_ends),
		cmocka_unit_test(bytes_that_were_cut_have_a_length),
		cmocka_unit_test(a_proxy_that_speaks_for_itself_names_nobody),
		cmocka_unit_test(bytes_that_are_not_so_are_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
