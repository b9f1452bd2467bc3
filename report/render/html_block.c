/* Bytes go through deflate into a buffer of a multiple of three bytes, and that
 * through base64 to the stream.  Memory is constant; the caller checks for
 * errors of the stream (ferror).
 */
#define ZLIB_CONST /* next_in is const */
#include "report/render/html_block.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "report/render/objects.h"

#define ROOM (3u << 13)
#define GZIP_WINDOW (15 + 16) /* asks zlib for a gzip header */

struct html_block {
	FILE *out;
	z_stream z;
	size_t kept;    /* bytes of raw that wait to become a group of three */
	size_t written; /* bytes of base64 */
	unsigned char raw[ROOM];
	char text[ROOM / 3 * 4];
};

struct html_block *html_block_open(FILE *out, const char *id)
{
	struct html_block *b = mem_zalloc(1, sizeof *b);

	b->out = out;
	if (deflateInit2(&b->z, 6, Z_DEFLATED, GZIP_WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		mem_exhausted(); /* the only possible cause with these
				  * arguments */
	fprintf(out, "<script type=\"application/octet-stream\" id=\"%s\">",
		id);
	return b;
}

static size_t base64(char *to, const unsigned char *p, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *begin = to;

	for (; n >= 3; p += 3, n -= 3) {
		*to++ = digit[p[0] >> 2];
		*to++ = digit[(p[0] & 3) << 4 | p[1] >> 4];
		*to++ = digit[(p[1] & 15) << 2 | p[2] >> 6];
		*to++ = digit[p[2] & 63];
	}
	if (n > 0) {
		unsigned char second = n > 1 ? p[1] : 0;

		*to++ = digit[p[0] >> 2];
		*to++ = digit[(p[0] & 3) << 4 | second >> 4];
		*to++ = n > 1 ? digit[(second & 15) << 2] : '=';
		*to++ = '=';
	}
	return (size_t)(to - begin);
}

/* Encodes what is in raw, only whole groups of three unless @end. */
static void drain(struct html_block *b, size_t n, bool end)
{
	size_t whole = end ? n : n - n % 3;
	size_t len = base64(b->text, b->raw, whole);

	fwrite(b->text, 1, len, b->out);
	b->written += len;
	memmove(b->raw, b->raw + whole, n - whole);
	b->kept = n - whole;
}

static void press(struct html_block *b, const void *p, size_t n, bool end)
{
	bool more = true;

	b->z.next_in = p;
	b->z.avail_in = (uInt)n;
	while (more) {
		b->z.next_out = b->raw + b->kept;
		b->z.avail_out = (uInt)(ROOM - b->kept);
		more = deflate(&b->z, end ? Z_FINISH : Z_NO_FLUSH) == Z_OK &&
		       b->z.avail_out == 0;
		drain(b, ROOM - b->z.avail_out, end && !more);
	}
}

void html_block_put(struct html_block *b, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		size_t now = n < 1u << 30 ? n : 1u << 30;

		press(b, at, now, false);
		at += now;
		n -= now;
	}
}

static int put_json(const char *p, size_t n, void *block)
{
	html_block_put(block, p, n);
	return 0;
}

void html_block_json(struct html_block *b, json_t *o)
{
	json_dump_callback(o, put_json, b, OBJECT_DUMP | JSON_ENCODE_ANY);
	json_decref(o);
}

size_t html_block_close(struct html_block *b)
{
	size_t written;

	press(b, "", 0, true);
	deflateEnd(&b->z);
	fputs("</script>\n", b->out);
	written = b->written;
	free(b);
	return written;
}

/* '<' occurs only in strings, where \u003c means the same. */
static int put_escaped(const char *p, size_t n, void *stream)
{
	FILE *out = stream;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '<')
			fputs("\\u003c", out);
		else
			fputc(p[i], out);
	}
	return 0;
}

void html_json(FILE *out, const char *id, json_t *o)
{
	fprintf(out, "<script type=\"application/json\" id=\"%s\">", id);
	json_dump_callback(o, put_escaped, out, OBJECT_DUMP | JSON_ENCODE_ANY);
	json_decref(o);
	fputs("</script>\n", out);
}
