/* Lines of HTTP/1, as bytes: what a line is, and what it says.
 *
 * @p: @n bytes, as much of the line as was captured.  Only http_line() takes one with
 * its line end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_METHOD_MAX 20

/* Return: @n without CR and LF at the end. */
size_t http_line(const uint8_t *p, size_t n);
bool http_is_status(const uint8_t *p, size_t n); /* "HTTP/1.1 200 ..." */
/* Length of the method before a space; 0: the line does not begin with one. */
size_t http_method(const uint8_t *p, size_t n);
bool http_method_is(const uint8_t *p, size_t n, const char *name);
/* Is it a registered method, or one of WebDAV, SSDP and the like?  A bare word before a
 * space proves nothing. */
bool http_method_known(const uint8_t *p, size_t n);
/* Is it the header field @name (of any case)? */
bool http_field_is(const uint8_t *p, size_t n, const char *name);
/* A number of base 10 or 16, up to 16 digits, at the start.  Return: false if there is
 * none, or it is too large. */
bool http_number(const uint8_t *p, size_t n, unsigned base, uint64_t *out);
/* Does a Transfer-Encoding end with "chunked"?  The last coding is the one that counts
 * (RFC 9112 6.1). */
bool http_ends_chunked(const uint8_t *p, size_t n);
