/* Bounds-checked cursor over untrusted bytes.
 *
 * The error is sticky: a read past the end sets `bad`, yields zeroes and does
 * not move; every later read does the same.  Callers read straight on and check
 * once.  Truncation (missing bytes) is all it detects; whether the contents are
 * malformed is for the caller to judge.
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/zigzag.h"

struct cursor {
	const uint8_t *at, *end; /* not owned */
	bool bad;
};

static inline struct cursor cursor_of(const void *p, size_t n)
{
	const uint8_t *b = p;

	return (struct cursor){ b, b ? b + n : b, false };
}

static inline size_t cursor_left(const struct cursor *c)
{
	return c->bad ? 0 : (size_t)(c->end - c->at);
}

/* Moves past @n bytes.  Return: where they begin, or NULL (and sets `bad`). */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->at;

	if (c->bad || cursor_left(c) < n) {
		c->bad = true;
		return NULL;
	}
	c->at += n;
	return p;
}

static inline void cursor_skip(struct cursor *c, size_t n)
{
	(void)cursor_take(c, n);
}

/* A cursor over the next @n bytes, or over what is left of them. */
static inline struct cursor cursor_sub(struct cursor *c, size_t n)
{
	size_t left = cursor_left(c);
	const uint8_t *p = cursor_take(c, n < left ? n : left);

	return cursor_of(p, p ? (n < left ? n : left) : 0);
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p ? *p : 0;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);

	if (!p)
		return 0;
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t cursor_be32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			       (uint32_t)p[2] << 8 | p[3]
		 : 0;
}

static inline uint32_t cursor_le32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);

	return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
			       (uint32_t)p[1] << 8 | p[0]
		 : 0;
}

static inline uint64_t cursor_le64(struct cursor *c)
{
	uint64_t lo = cursor_le32(c), hi = cursor_le32(c);

	return c->bad ? 0 : hi << 32 | lo;
}

/* Decodes the varint of up to eight bytes at the start of the word @v.  The
 * only branch is on whether it is longer than four bytes, which is rare; the
 * exact length would mostly be unpredictable.  Return: its length in bytes; 0
 * if it is longer than eight. */
static inline unsigned varint_word(uint64_t v, uint64_t *out)
{
	uint32_t stop32 = ~(uint32_t)v & 0x80808080, w;
	uint64_t stop = ~v & 0x8080808080808080;

	if (stop32) {
		w = (uint32_t)v &
		    (stop32 ^ (stop32 - 1)); /* mask up to its last byte */
		w = (w & 0x007f007f) | (w >> 1 & 0x3f803f80);
		*out = (w & 0x3fff) | (w >> 2 & 0x0fffc000);
		return (unsigned)(__builtin_ctz(stop32) + 1) / 8;
	}
	if (!stop)
		return 0;
	v &= stop ^ (stop - 1);
	v &= 0x7f7f7f7f7f7f7f7f;
	v = (v & 0x007f007f007f007f) | (v & 0x7f007f007f007f00) >> 1;
	v = (v & 0x00003fff00003fff) | (v & 0x3fff00003fff0000) >> 2;
	*out = (v & 0x0fffffff) | (v & 0x0fffffff00000000) >> 4;
	return (unsigned)(__builtin_ctzll(stop) + 1) / 8;
}

static inline uint64_t load_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

/* The result of reading a varint of any length for cursor_varint().  Passed by
 * value, so that cursors stay in registers. */
struct varint {
	uint64_t v;
	const uint8_t *at; /* behind it; NULL: no valid varint */
};
struct varint varint_long(const uint8_t *at, const uint8_t *end);

static inline uint64_t cursor_varint_long(struct cursor *c)
{
	struct varint got = varint_long(c->at, c->end);

	if (got.at)
		c->at = got.at;
	else
		c->bad = true;
	return got.v;
}

/* LEB128, at most ten bytes; longer is bad. */
static inline uint64_t cursor_varint(struct cursor *c)
{
	if (c->bad)
		return 0;
	if (c->at < c->end && *c->at < 0x80)
		return *c->at++;
	return cursor_varint_long(c);
}

/* The same, inlined for loops over many varints of mostly more than one
 * byte. */
static inline uint64_t cursor_varint_here(struct cursor *c)
{
	uint64_t word, v;
	unsigned n;

	if (c->bad || c->end - c->at < 8)
		return cursor_varint(c);
	word = load_le64(c->at);
	if (!(word & 0x80)) {
		c->at++;
		return word & 0x7f;
	}
	n = varint_word(word, &v);
	if (!n)
		return cursor_varint_long(c);
	c->at += n;
	return v;
}

static inline int64_t cursor_zigzag(struct cursor *c)
{
	return (int64_t)zagzig(cursor_varint(c));
}
