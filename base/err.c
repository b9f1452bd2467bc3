/* Errors.
 *
 * Invariant: the first error wins.  The place that meets a cause knows most
 * about it; whoever unwinds after it may fail again without hiding that cause.
 * The text is one line whatever a file name or a library put into it, since
 * scripts read stderr by lines.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message cut in the middle of a UTF-8 sequence would be no text at all:
 * drop the incomplete tail. */
static void trim_utf8_tail(char *s)
{
	size_t n = strlen(s), i = n;

	while (i > 0 && n - i < 3 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i > 0 && (unsigned char)s[i - 1] >= 0xc0)
		s[i - 1] = '\0';
}

int err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!err || err->code != ERR_NONE)
		return -1;
	err->code = code;
	va_start(ap, fmt);
	n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	if (n < 0)
		err->text[0] = '\0';
	if (n >= (int)sizeof err->text)
		trim_utf8_tail(err->text);
	for (char *c = err->text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	return -1;
}
