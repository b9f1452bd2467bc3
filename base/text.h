/* Text for people and machines: a growable string, units, escapes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct text {
	char *at; /* owned, always NUL-terminated once written to */
	size_t n, cap;
};

void text_add(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_puts(struct text *t, const char *s);
void text_release(struct text *t);

#define TEXT_UNIT 48
/* "88.2 ms", "1.5 s", "43 us": three significant digits.  Return: @out. */
char *text_duration(int64_t ns, char out[static TEXT_UNIT]);
/* The same; from two minutes on "10 min 43 s", "3 h 2 min", "1428 days 21 h". */
char *text_span(int64_t ns, char out[static TEXT_UNIT]);
/* "2.33 MB" (powers of 1000). */
char *text_bytes(uint64_t bytes, char out[static TEXT_UNIT]);
/* Writes the digits of @v, at most 20, and a NUL.  Return: where the NUL is.
 * Takes a twentieth of snprintf()'s time, for output written once per
 * session. */
char *text_decimal(uint64_t v, char *out);
/* "1,234,567". */
char *text_count(uint64_t n, char out[static TEXT_UNIT]);
/* "2024-05-06T07:08:09.123456789Z" from ns since 1970 (any int64). */
char *text_time(int64_t ns, char out[static TEXT_UNIT]);

/* Copies bytes that came from a capture or a file name as printable UTF-8:
 * control characters and invalid sequences become \xHH.  Caller frees. */
char *text_clean(const char *s, size_t n);
