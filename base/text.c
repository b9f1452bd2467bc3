/* Text for people and machines.
 *
 * Nothing here depends on the locale or the time zone: the same case gives the
 * same bytes everywhere.  Numbers are rounded to three significant digits, half
 * away from zero; a value that rounds up to the next unit is shown in it
 * ("1.00 s", never "1000 ms").
 * Dates are the proleptic Gregorian calendar by era arithmetic (400 years =
 * 146097 days), valid for every int64: 1677-09-21 to 2262-04-11.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	if (!t->at)
		text_puts(t, "");
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(t->at + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= t->cap - t->n) {
		t->at = mem_grow(t->at, &t->cap, t->n + (size_t)n + 1, 1);
		vsnprintf(t->at + t->n, t->cap - t->n, fmt, again);
	}
	va_end(again);
	if (n > 0)
		t->n += (size_t)n;
	t->at[t->n] = '\0';
}

void text_puts(struct text *t, const char *s)
{
	size_t n = strlen(s);

	t->at = mem_grow(t->at, &t->cap, t->n + n + 1, 1);
	memcpy(t->at + t->n, s, n + 1);
	t->n += n;
}

void text_release(struct text *t)
{
	free(t->at);
	*t = (struct text){ 0 };
}

struct unit {
	uint64_t size;
	const char *name;
};

static uint64_t round_div(uint64_t v, uint64_t by)
{
	return v / by + (v % by >= by - by / 2);
}

/* @v in the first unit of @u (largest first) that it reaches after rounding,
 * with three significant digits and no trailing zeroes. */
static void three_digits(uint64_t v, const struct unit *u, const char *sign,
			 char *out)
{
	uint64_t scaled, scale = 100;
	int digits = 2;

	while (u->size > 1 && v < u->size - u->size / 2000)
		u++;
	if (u->size == 1) {
		scale = 1;
		digits = 0;
	}
	scaled = round_div(v, u->size / scale);
	while (digits && (scaled >= 1000 || scaled % 10 == 0)) {
		scale /= 10;
		digits--;
		scaled = round_div(v, u->size / scale);
	}
	snprintf(out, TEXT_UNIT, "%s%llu", sign,
		 (unsigned long long)(scaled / scale));
	if (digits)
		snprintf(out + strlen(out), TEXT_UNIT - strlen(out), ".%0*llu",
			 digits, (unsigned long long)(scaled % scale));
	snprintf(out + strlen(out), TEXT_UNIT - strlen(out), " %s", u->name);
}

char *text_duration(int64_t ns, char out[static TEXT_UNIT])
{
	static const struct unit units[] = { { 1000000000, "s" },
					     { 1000000, "ms" },
					     { 1000, "us" },
					     { 1, "ns" } };
	uint64_t m = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	three_digits(m, units, ns < 0 ? "-" : "", out);
	return out;
}

char *text_span(int64_t ns, char out[static TEXT_UNIT])
{
	uint64_t m = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	unsigned long long s = (m + 500000000) / 1000000000;
	const char *sign = ns < 0 ? "-" : "";

	if (s < 120)
		return text_duration(ns, out);
	if (s < 3600)
		snprintf(out, TEXT_UNIT, "%s%llu min %llu s", sign, s / 60,
			 s % 60);
	else if (s < 86400)
		snprintf(out, TEXT_UNIT, "%s%llu h %llu min", sign, s / 3600,
			 s / 60 % 60);
	else
		snprintf(out, TEXT_UNIT, "%s%llu day%s %llu h", sign, s / 86400,
			 s / 86400 == 1 ? "" : "s", s / 3600 % 24);
	return out;
}

char *text_bytes(uint64_t bytes, char out[static TEXT_UNIT])
{
	static const struct unit units[] = { { 1000000000000000, "PB" },
					     { 1000000000000, "TB" },
					     { 1000000000, "GB" },
					     { 1000000, "MB" },
					     { 1000, "kB" },
					     { 1, "B" } };

	three_digits(bytes, units, "", out);
	return out;
}

/* Most numbers, of addresses and points, are below 1000. */
static char *small_decimal(unsigned v, char *out)
{
	if (v >= 100)
		*out++ = (char)('0' + v / 100);
	if (v >= 10)
		*out++ = (char)('0' + v / 10 % 10);
	*out++ = (char)('0' + v % 10);
	*out = '\0';
	return out;
}

static char *any_decimal(uint64_t v, char *out)
{
	char digits[20] NOT_ZEROED;
	size_t n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*out++ = digits[--n];
	*out = '\0';
	return out;
}

char *text_decimal(uint64_t v, char *out)
{
	return v < 1000 ? small_decimal((unsigned)v, out) : any_decimal(v, out);
}

char *text_count(uint64_t n, char out[static TEXT_UNIT])
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%llu",
			   (unsigned long long)n);
	char *o = out;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*o++ = ',';
		*o++ = digits[i];
	}
	*o = '\0';
	return out;
}

/* Calendar date of a day number (0 is 1970-01-01), years counted from March so
 * that the leap day comes last. */
static void civil(int64_t day, int *year, unsigned *month, unsigned *dom)
{
	int64_t era, y;
	unsigned doe, yoe, doy, m;

	day += 719468; /* from 0000-03-01 */
	era = (day >= 0 ? day : day - 146096) / 146097;
	doe = (unsigned)(day - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	m = (5 * doy + 2) / 153;
	y = (int64_t)yoe + era * 400 + (m >= 10);
	*year = (int)y;
	*month = m < 10 ? m + 3 : m - 9;
	*dom = doy - (153 * m + 2) / 5 + 1;
}

char *text_time(int64_t ns, char out[static TEXT_UNIT])
{
	int64_t s = ns / 1000000000, rest = ns % 1000000000, day, sod;
	unsigned month, dom;
	int year;

	if (rest < 0) {
		rest += 1000000000;
		s--;
	}
	day = s / 86400;
	sod = s % 86400;
	if (sod < 0) {
		sod += 86400;
		day--;
	}
	civil(day, &year, &month, &dom);
	snprintf(out, TEXT_UNIT, "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ", year,
		 month, dom, (int)(sod / 3600), (int)(sod / 60 % 60),
		 (int)(sod % 60), (long long)rest);
	return out;
}

/* Length of the valid UTF-8 sequence at @s (Unicode table 3-7: no overlong
 * forms, no surrogates), 0 if there is none.  The code point goes to @cp. */
static size_t utf8_len(const unsigned char *s, size_t n, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80   ? 1
		     : s[0] < 0xc0 ? 0
		     : s[0] < 0xe0 ? 2
		     : s[0] < 0xf0 ? 3
		     : s[0] < 0xf8 ? 4
				   : 0;

	if (!len || len > n)
		return 0;
	*cp = len == 1 ? s[0] : s[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (*cp < least[len] || *cp > 0x10ffff ||
	    (*cp >= 0xd800 && *cp < 0xe000))
		return 0;
	return len;
}

/* What a terminal or a browser could take for more than a character: C0 and C1
 * controls, line separators, marks that change the writing direction or hide
 * text. */
static bool harmful(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad ||
	       cp == 0x061c || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
	       (cp >= 0xfff9 && cp <= 0xfffb) || (cp & 0xfffe) == 0xfffe ||
	       cp >= 0xe0000;
}

char *text_clean(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	struct text t = { 0 };
	size_t i = 0;

	text_puts(&t, "");
	while (i < n) {
		uint32_t cp = 0;
		size_t len = utf8_len(p + i, n - i, &cp);

		if (len && !harmful(cp)) {
			text_add(&t, "%.*s", (int)len, s + i);
			i += len;
			continue;
		}
		for (size_t end = i + (len ? len : 1); i < end; i++)
			text_add(&t, "\\x%02X", p[i]);
	}
	return t.at;
}
