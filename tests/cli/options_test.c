/* Options: conversions to exact nanoseconds, and the table-driven parser. */
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEC 1000000000LL

static void durations_are_exact(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "0", 0 },
		{ "1", SEC },
		{ "1ns", 1 },
		{ "250us", 250000 },
		{ "5ms", 5000000 },
		{ "1.5s", 1500000000 },
		{ "0.000000001", 1 },
		{ ".5", 500000000 },
		{ "2m", 120 * SEC },
		{ "1.5min", 90 * SEC },
		{ "3h", 10800 * SEC },
	};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(parse_duration(good[i].text, &ns), 0);
		assert_true(ns == good[i].ns);
	}
}

static void bad_durations_are_refused(void **state)
{
	static const char *const bad[] = {
		"",       "s",
		"soon",   "-1",
		"1x",     "1 s",
		"1.2.3s", ".",
		"1e3",    "99999999999h",
		"5S",     "9223372036854775808ns",
	};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse_duration(bad[i], &ns), -1);
}

static void times_are_exact(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "0", 0 },
		{ "1700000000.123456789", 1700000000123456789 },
		{ "1970-01-01T00:00:01Z", SEC },
		{ "2023-11-14T22:13:20.5Z", 1700000000500000000 },
		{ "2023-11-14 22:13:20", 1700000000 * SEC },
		{ "2023-11-15T00:13:20+02:00", 1700000000 * SEC },
		{ "2023-11-14T20:43:20-01:30", 1700000000 * SEC },
		{ "2023-11-14T22:13:20.123456789987", 1700000000123456789 },
		{ "1969-12-31T23:59:59Z", -SEC },
	};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(parse_time(good[i].text, &ns), 0);
		assert_true(ns == good[i].ns);
	}
}

static void bad_times_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"now",
		"2023-11-14",
		"2023-13-14T22:13:20",
		"2023-11-14T22:13:20 CET",
		"2023-11-14T22:13:20+99:00",
		"9999-11-14T22:13:20Z",
		"1700000000x",
	};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse_time(bad[i], &ns), -1);
}

/* --- the parser --- */

struct got {
	bool flag;
	const char *text;
	struct option_list list, words;
	int64_t duration, time, number;
};

static int parse(struct got *g, struct err *err, int argc, const char **argv)
{
	const struct option_row rows[] = {
		{ "flag", 'f', OPTION_FLAG, NULL, "", &g->flag },
		{ "text", 't', OPTION_TEXT, "WORD", "", &g->text },
		{ "list", 0, OPTION_LIST, "WORD", "", &g->list },
		{ "duration", 0, OPTION_DURATION, "T", "", &g->duration },
		{ "time", 0, OPTION_TIME, "T", "", &g->time },
		{ "number", 0, OPTION_NUMBER, "N", "", &g->number },
	};
	char *copy[32];
	int ret;

	*g = (struct got){ 0 };
	*err = (struct err){ 0 };
	for (int i = 0; i < argc; i++)
		copy[i] = strdup(argv[i]);
	copy[argc] = NULL;
	ret = options_parse(argc, copy, rows, sizeof rows / sizeof *rows,
			    &g->words, err);
	for (size_t i = 0; i < g->words.n; i++) /* outlives the copies */
		for (int k = 0; k < argc; k++)
			if (strcmp(g->words.at[i], argv[k]) == 0)
				g->words.at[i] = argv[k];
	for (int k = 0; g->text && k < argc; k++)
		if (strcmp(g->text, argv[k]) == 0) {
			g->text = argv[k];
			break;
		}
	for (int i = 0; i < argc; i++)
		free(copy[i]);
	return ret;
}

#define PARSE(g, err, ...)                                                     \
	parse(g, err,                                                          \
	      (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)), \
	      (const char *[]){ __VA_ARGS__ })

static void release(struct got *g)
{
	free(g->words.at);
	free(g->list.at);
}

static void options_go_to_their_targets(void **state)
{
	struct got g;
	struct err err;

	(void)state;
	assert_int_equal(PARSE(&g, &err, "x", "one", "-f", "-t", "word", "two",
			       "--list", "a", "--list", "b", "--duration",
			       "5ms", "--time", "2", "--number", "7", "three"),
			 0);
	assert_true(g.flag);
	assert_string_equal(g.text, "word");
	assert_int_equal(g.list.n, 2);
	assert_true(g.duration == 5000000);
	assert_true(g.time == 2 * SEC);
	assert_true(g.number == 7);
	assert_int_equal(g.words.n, 3);
	assert_string_equal(g.words.at[0], "one");
	assert_string_equal(g.words.at[2], "three");
	release(&g);
}

static void behind_two_dashes_all_are_words(void **state)
{
	struct got g;
	struct err err;

	(void)state;
	assert_int_equal(PARSE(&g, &err, "x", "--", "-f", "-"), 0);
	assert_false(g.flag);
	assert_int_equal(g.words.n, 2);
	release(&g);
}

static void help_is_asked(void **state)
{
	struct got g;
	struct err err;

	(void)state;
	assert_int_equal(PARSE(&g, &err, "x", "--help"), 1);
	release(&g);
	assert_int_equal(PARSE(&g, &err, "x", "-h"), 1);
	release(&g);
}

static void wrong_use_names_the_word(void **state)
{
	static const struct {
		const char *option, *value, *says;
	} bad[] = {
		{ "--nonsense", "1", "--nonsense" },
		{ "-q", "1", "-q" },
		{ "--duration", "soon", "soon" },
		{ "--time", "then", "then" },
		{ "--number", "-4", "-4" },
		{ "--number", "seven", "seven" },
		{ "--flag=yes", "1", "--flag" },
	};
	struct got g;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(
			PARSE(&g, &err, "x", bad[i].option, bad[i].value), -1);
		assert_int_equal(err.code, ERR_USAGE);
		assert_non_null(strstr(err.text, bad[i].says));
		release(&g);
	}
	assert_int_equal(PARSE(&g, &err, "x", "--text"), -1);
	assert_non_null(strstr(err.text, "needs a value"));
	release(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_exact),
		cmocka_unit_test(bad_durations_are_refused),
		cmocka_unit_test(times_are_exact),
		cmocka_unit_test(bad_times_are_refused),
		cmocka_unit_test(options_go_to_their_targets),
		cmocka_unit_test(behind_two_dashes_all_are_words),
		cmocka_unit_test(help_is_asked),
		cmocka_unit_test(wrong_use_names_the_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
