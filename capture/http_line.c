/* Lines of HTTP/1: see the header.
 *
 * Reference: RFC 9112 3 (request line), 4 (status line), 5 (fields).
 */
#include "capture/http_line.h"

#include <string.h>
#include <strings.h>

bool http_method_is(const uint8_t *p, size_t n, const char *name)
{
	return n == strlen(name) && !memcmp(p, name, n);
}

bool http_is_status(const uint8_t *p, size_t n)
{
	return n >= 12 && !memcmp(p, "HTTP/1.", 7) &&
	       (p[7] == '0' || p[7] == '1') && p[8] == ' ' && p[9] >= '1' &&
	       p[9] <= '9' && p[10] >= '0' && p[10] <= '9' && p[11] >= '0' &&
	       p[11] <= '9';
}

size_t http_method(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n && i <= HTTP_METHOD_MAX &&
	       ((p[i] >= 'A' && p[i] <= 'Z') || p[i] == '_' || p[i] == '-'))
		i++;
	return i && i < n && i <= HTTP_METHOD_MAX && p[i] == ' ' ? i : 0;
}

size_t http_line(const uint8_t *p, size_t n)
{
	if (n && p[n - 1] == '\n')
		n--;
	if (n && p[n - 1] == '\r')
		n--;
	return n;
}

bool http_method_known(const uint8_t *p, size_t n)
{
	static const char *const names[] = {
		"GET",       "POST",        "HEAD",         "PUT",
		"DELETE",    "OPTIONS",     "CONNECT",      "TRACE",
		"PATCH",     "PROPFIND",    "PROPPATCH",    "MKCOL",
		"COPY",      "MOVE",        "LOCK",         "UNLOCK",
		"REPORT",    "SEARCH",      "SUBSCRIBE",    "NOTIFY",
		"CCM_POST",  "MERGE",       "MKACTIVITY",   "CHECKOUT",
		"BITS_POST", "RPC_IN_DATA", "RPC_OUT_DATA", "PURGE",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (http_method_is(p, n, names[i]))
			return true;
	return false;
}

bool http_field_is(const uint8_t *p, size_t n, const char *name)
{
	size_t k = strlen(name);

	return n > k && p[k] == ':' && !strncasecmp((const char *)p, name, k);
}

bool http_number(const uint8_t *p, size_t n, unsigned base, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < n && i < 16; i++) {
		int c = p[i] >= '0' && p[i] <= '9' ? p[i] - '0'
			: base == 16 && (p[i] | 32) >= 'a' && (p[i] | 32) <= 'f'
				? (p[i] | 32) - 'a' + 10
				: -1;

		if (c < 0)
			break;
		v = v * base + (unsigned)c;
	}
	*out = v;
	return i && (i == n || p[i] == ' ' || p[i] == '\t' || p[i] == ';' ||
		     p[i] == ',');
}

bool http_ends_chunked(const uint8_t *p, size_t n)
{
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	return n >= 7 && !strncasecmp((const char *)p + n - 7, "chunked", 7);
}
