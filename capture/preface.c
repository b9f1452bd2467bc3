/* The PROXY protocol's header, of both versions.
 *
 * Version 1 is a line of text: "PROXY TCP4 SOURCE DESTINATION PORT PORT\r\n",
 * or TCP6, or UNKNOWN and anything.  Version 2 begins with twelve bytes that no
 * text has; then a byte of version and command, one of address family and
 * transport, the length of what follows, the addresses, and values with types
 * and lengths that are of no interest here.  The header is sent before anything
 * else and comes whole in the first segment; a proxy that speaks for itself
 * (command LOCAL: a health check) names no connection.
 *
 * Anything that does not match exactly is content of the stream.
 *
 * Reference: W. Tarreau, "The PROXY protocol, versions 1 & 2" (HAProxy's
 * doc/proxy-protocol.txt), sections 2.1 and 2.2.
 */
#include "capture/preface.h"

#include <string.h>

#include "base/cursor.h"

#define V1_MAX 107 /* bytes of a line, including its end */
#define WORD_MAX 46
#define V2_HEAD 16
#define FAMILY_V4 1
#define FAMILY_V6 2
#define FAMILY_UNIX 3
#define UNIX_BYTES 216

struct line { /* what is left of it */
	const uint8_t *p;
	uint32_t n;
	bool bad;
};

/* Takes the next word, without the space or end of line after it. */
static void take_word(struct line *l, char out[WORD_MAX], bool last)
{
	uint32_t n = 0;

	while (n < l->n && n < WORD_MAX - 1 && l->p[n] != ' ' &&
	       l->p[n] != '\r' && l->p[n])
		n++;
	if (n == 0 || n == l->n || l->p[n] != (last ? '\r' : ' ')) {
		l->bad = true;
		n = 0;
	}
	memcpy(out, l->p, n);
	out[n] = 0;
	if (l->bad)
		return;
	l->p += n + 1;
	l->n -= n + 1;
}

static void take_address(struct line *l, bool v4, struct net_addr *out)
{
	char word[WORD_MAX];

	take_word(l, word, false);
	l->bad = l->bad || net_addr_parse(word, out) ||
		 (v4 && !net_addr_is_v4(out));
}

static uint16_t take_port(struct line *l, bool last)
{
	char word[WORD_MAX];
	uint32_t v = 0;

	take_word(l, word, last);
	if (strlen(word) > 5)
		l->bad = true;
	for (const char *c = word; *c && !l->bad; c++) {
		l->bad = *c < '0' || *c > '9';
		v = v * 10 + (uint32_t)(*c - '0');
	}
	l->bad = l->bad || v > UINT16_MAX;
	return (uint16_t)v;
}

/* Bytes up to and including the line's end; 0: there is none. */
static uint32_t line_len(const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 1; i < n && i < V1_MAX; i++)
		if (p[i] == '\n' && p[i - 1] == '\r')
			return i + 1;
	return 0;
}

static bool begins(const uint8_t *p, uint32_t n, const char *text)
{
	size_t len = strlen(text);

	return n >= len && !memcmp(p, text, len);
}

static bool read_text(const uint8_t *p, uint32_t n, struct preface *out)
{
	struct line l = { .p = p + 11, .n = n - 11 };
	bool v4 = begins(p, n, "PROXY TCP4 ");
	struct preface o = { .len = (uint16_t)n, .named = true };

	if (begins(p, n, "PROXY UNKNOWN")) {
		*out = (struct preface){ .len = (uint16_t)n };
		return true;
	}
	if (!v4 && !begins(p, n, "PROXY TCP6 "))
		return false;
	take_address(&l, v4, &o.ends[0].addr);
	take_address(&l, v4, &o.ends[1].addr);
	o.ends[0].port = take_port(&l, false);
	o.ends[1].port = take_port(&l, true);
	if (l.bad || l.n != 1)
		return false;
	*out = o;
	return true;
}

static struct net_addr take_ip(struct cursor *c, bool v4)
{
	const uint8_t *a = cursor_take(c, v4 ? 4 : 16);

	if (!a)
		return (struct net_addr){ 0 };
	return v4 ? net_addr_v4(a) : net_addr_v6(a);
}

static uint32_t address_bytes(unsigned family)
{
	return family == FAMILY_V4     ? 12
	       : family == FAMILY_V6   ? 36
	       : family == FAMILY_UNIX ? UNIX_BYTES
				       : 0;
}

static bool read_binary(const uint8_t *p, uint32_t cap, uint32_t len,
			struct preface *out)
{
	struct cursor c = cursor_of(p, cap);
	uint8_t command, family;
	uint32_t size;
	struct preface o = { 0 };

	cursor_take(&c, 12);
	command = cursor_u8(&c);
	family = cursor_u8(&c);
	size = cursor_be16(&c);
	if (c.bad || command >> 4 != 2 || (command & 15) > 1 ||
	    family >> 4 > FAMILY_UNIX || (family & 15) > 2 ||
	    size > UINT16_MAX - V2_HEAD || size + V2_HEAD > len)
		return false;
	o.len = (uint16_t)(size + V2_HEAD);
	o.named = (command & 15) == 1 && (family & 15) == 1 &&
		  (family >> 4 == FAMILY_V4 || family >> 4 == FAMILY_V6);
	if ((command & 15) == 1 && size < address_bytes(family >> 4))
		return false;
	for (int e = 0; e < 2 && o.named; e++)
		o.ends[e].addr = take_ip(&c, family >> 4 == FAMILY_V4);
	for (int e = 0; e < 2 && o.named; e++)
		o.ends[e].port = cursor_be16(&c);
	if (c.bad) { /* cut off: its length is known, the addresses are not */
		o.named = false;
		memset(o.ends, 0, sizeof o.ends);
	}
	*out = o;
	return true;
}

bool preface_read(const uint8_t *p, uint32_t cap, uint32_t len,
		  struct preface *out)
{
	static const uint8_t magic[12] = { 13, 10, 13, 10, 0,  13,
					   10, 81, 85, 73, 84, 10 };
	uint32_t n = cap < len ? cap : len;

	if (n < 15)
		return false;
	if (begins(p, n, "PROXY ")) {
		n = line_len(p, n);
		return n >= 15 && read_text(p, n, out);
	}
	return n >= V2_HEAD && !memcmp(p, magic, sizeof magic) &&
	       read_binary(p, n, len, out);
}
