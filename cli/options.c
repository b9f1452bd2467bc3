/* Options: getopt_long driven by a table.
 *
 * Each row gives the long name, letter, kind and target; the parser converts
 * by kind, so a subcommand never touches getopt.  Conversions are exact in
 * nanoseconds (no doubles).
 */
#include "cli/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/guess.h"

__extension__ typedef __int128 wide; /* products beyond 64 bits */

#define NS_PER_S 1000000000LL
#define LETTER_BASE 256 /* getopt's values for rows: above all characters */

/* Digits with an optional fraction, as a count of 1/@unit; only nine digits of
 * the fraction count.  Return: what follows, or NULL if there is no number or
 * it overflows. */
static const char *scan_decimal(const char *p, int64_t unit, int64_t *out)
{
	wide whole = 0, part = 0, scale = 1;
	bool any = false;

	for (; isdigit((unsigned char)*p); p++, any = true) {
		whole = whole * 10 + (*p - '0');
		if (whole > INT64_MAX)
			return NULL;
	}
	if (*p == '.') {
		for (p++; isdigit((unsigned char)*p); p++, any = true) {
			if (scale >= NS_PER_S)
				continue;
			part = part * 10 + (*p - '0');
			scale *= 10;
		}
	}
	whole = whole * unit + part * unit / scale;
	if (!any || whole > INT64_MAX)
		return NULL;
	*out = (int64_t)whole;
	return p;
}

int parse_duration(const char *text, int64_t *ns)
{
	static const struct {
		const char *name;
		int64_t ns;
	} unit[] = {
		{ "ns", 1 },
		{ "us", 1000 },
		{ "ms", 1000000 },
		{ "s", NS_PER_S },
		{ "", NS_PER_S },
		{ "m", 60 * NS_PER_S },
		{ "min", 60 * NS_PER_S },
		{ "h", 3600 * NS_PER_S },
	};
	size_t digits = strspn(text, "0123456789.");

	for (size_t i = 0; i < sizeof unit / sizeof *unit; i++) {
		if (strcmp(text + digits, unit[i].name) != 0)
			continue;
		const char *end = scan_decimal(text, unit[i].ns, ns);

		return end && end == text + digits ? 0 : -1;
	}
	return -1;
}

/* ",.fffffffff" after the seconds.  Return: what follows. */
static const char *scan_fraction(const char *p, int64_t *ns)
{
	int64_t unit = NS_PER_S / 10;

	*ns = 0;
	if (*p != '.')
		return p;
	for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
		*ns += (*p - '0') * unit;
	return p;
}

/* "Z", "", "+02:00": seconds to subtract.  Return: 0 or -1. */
static int scan_zone(const char *p, int64_t *seconds)
{
	int h, m, used = 0;
	char sign;

	*seconds = 0;
	if (!*p || strcmp(p, "Z") == 0)
		return 0;
	if (sscanf(p, "%c%2d:%2d%n", &sign, &h, &m, &used) != 3 || p[used] ||
	    (sign != '+' && sign != '-') || h > 14 || m > 59)
		return -1;
	*seconds = (sign == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return 0;
}

int parse_time(const char *text, int64_t *ns)
{
	struct tm tm = { 0 };
	int64_t fraction, zone;
	const char *p = scan_decimal(text, NS_PER_S, ns);

	if (p && !*p)
		return 0;
	p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!p)
		p = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
	if (!p)
		return -1;
	p = scan_fraction(p, &fraction);
	if (scan_zone(p, &zone) != 0)
		return -1;
	wide t = ((wide)timegm(&tm) - zone) * NS_PER_S + fraction;

	if (t > INT64_MAX || t < INT64_MIN)
		return -1;
	*ns = (int64_t)t;
	return 0;
}

static int parse_number(const char *text, int64_t *out)
{
	const char *end = scan_decimal(text, 1, out);

	return end && !*end && !strchr(text, '.') ? 0 : -1;
}

static void list_add(struct option_list *l, const char *word)
{
	l->at = mem_resize(l->at, l->n + 1, sizeof *l->at);
	l->at[l->n++] = word;
}

static int row_set(const struct option_row *row, const char *value,
		   struct err *err)
{
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)row->target = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)row->target = value;
		return 0;
	case OPTION_LIST:
		list_add(row->target, value);
		return 0;
	case OPTION_DURATION:
		if (parse_duration(value, row->target) == 0)
			return 0;
		return err_set(err, ERR_USAGE,
			       "--%s %s: not a duration; write a number with "
			       "ns, us, ms, s, m or h, as in 250ms",
			       row->name, value);
	case OPTION_TIME:
		if (parse_time(value, row->target) == 0)
			return 0;
		return err_set(err, ERR_USAGE,
			       "--%s %s: not a time; write "
			       "2024-05-06T07:08:09.5Z or seconds since 1970",
			       row->name, value);
	case OPTION_NUMBER:
		if (parse_number(value, row->target) == 0)
			return 0;
		return err_set(err, ERR_USAGE,
			       "--%s %s: not a whole number of 0 or more",
			       row->name, value);
	case OPTION_ID:
		if (parse_number(value, row->target) == 0 &&
		    *(int64_t *)row->target > 0)
			return 0;
		return err_set(err, ERR_USAGE,
			       "--%s %s: not a number of 1 or more; 'tracepair "
			       "sessions CASE' has the numbers",
			       row->name, value);
	}
	return 0;
}

static void build_getopt(const struct option_row *rows, size_t n,
			 struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* makes getopt return ':' for a missing value */
	*shorts++ = 'h';
	for (size_t i = 0; i < n; i++) {
		bool value = rows[i].kind != OPTION_FLAG;

		longs[i] = (struct option){ rows[i].name,
					    value ? required_argument
						  : no_argument,
					    NULL, LETTER_BASE + (int)i };
		if (!rows[i].letter)
			continue;
		*shorts++ = rows[i].letter;
		if (value)
			*shorts++ = ':';
	}
	longs[n] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[n + 1] = (struct option){ 0 };
	*shorts = '\0';
}

static const struct option_row *row_of(const struct option_row *rows, size_t n,
				       int c)
{
	if (c >= LETTER_BASE && (size_t)(c - LETTER_BASE) < n)
		return &rows[c - LETTER_BASE];
	for (size_t i = 0; i < n; i++)
		if (rows[i].letter && rows[i].letter == c)
			return &rows[i];
	return NULL;
}

/* Return: -1, with @err. */
static int no_option(const char *word, const struct option_row *rows, size_t n,
		     struct err *err)
{
	struct guess g = { .word = word + strspn(word, "-") };

	for (size_t i = 0; i < n; i++)
		guess_try(&g, rows[i].name);
	if (g.best)
		return err_set(err, ERR_USAGE,
			       "%s: no such option; did you mean --%s? See "
			       "--help",
			       word, g.best);
	return err_set(err, ERR_USAGE, "%s: no such option; see --help", word);
}

int options_parse(int argc, char **argv, const struct option_row *rows,
		  size_t n, struct option_list *words, struct err *err)
{
	struct option *longs = mem_zalloc(n + 2, sizeof *longs);
	char *shorts = mem_alloc(2 * n + 4);
	int c, ret = 0;

	build_getopt(rows, n, longs, shorts);
	opterr = 0;
	optind = 0; /* resets glibc's getopt */
	while (ret == 0 &&
	       (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row = row_of(rows, n, c);

		if (c == 'h')
			ret = 1;
		else if (row)
			ret = row_set(row, optarg, err);
		else if (c == ':')
			ret = err_set(err, ERR_USAGE,
				      "%s needs a value; see --help",
				      argv[optind - 1]);
		else
			ret = no_option(argv[optind - 1], rows, n, err);
	}
	for (int i = optind; ret == 0 && i < argc; i++)
		list_add(words, argv[i]);
	free(longs);
	free(shorts);
	return ret;
}

static void help(const struct option_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char left[64];

		snprintf(left, sizeof left, "%s%c%s --%s %s",
			 rows[i].letter ? "-" : " ",
			 rows[i].letter ? rows[i].letter : ' ',
			 rows[i].letter ? "," : " ", rows[i].name,
			 rows[i].arg ? rows[i].arg : "");
		printf("  %-27s %s\n", left, rows[i].help);
	}
	printf("  %-27s %s\n", "-h, --help", "this text");
}

bool options_begin(int argc, char **argv, const char *usage,
		   const struct option_row *rows, size_t n,
		   struct option_list *words, int *ret, struct err *err)
{
	*ret = options_parse(argc, argv, rows, n, words, err);
	if (*ret == 1) {
		printf("%s [options]\n\n", usage);
		help(rows, n);
		*ret = EXIT_DONE;
		return false;
	}
	return *ret == 0;
}
