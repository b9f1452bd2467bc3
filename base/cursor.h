/* Bounds-checked cursor over bytes that nobody vouches for.
 *
 * The error is sticky: a read past the end sets `bad`, yields zeroes and moves
 * nothing; every later read does the same.  Callers read straight on and look
 * once.  Truncation (bytes missing) is all that it knows; what is malformed is
 * the caller's judgement.
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

/* Return: @n bytes and moves past them, or NULL and bad. */
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

/* A varint of up to eight bytes where eight are there, without a branch on its
 * length, which in most places is anyone's guess.  Return: false where it is not
 * such a one; nothing has moved. */
static inline bool cursor_varint_word(struct cursor *c, uint64_t *out)
{
	uint64_t v, stop;

	if (c->bad || c->end - c->at < 8)
		return false;
	memcpy(&v, c->at, sizeof v);
	v = le64toh(v);
	stop = ~v & 0x8080808080808080;
	if (!stop)
		return false;
	c->at += (__builtin_ctzll(stop) + 1) / 8;
	v &= stop ^ (stop - 1); /* up to the end of its last byte */
	v &= 0x7f7f7f7f7f7f7f7f;
	v = (v & 0x007f007f007f007f) | (v & 0x7f007f007f007f00) >> 1;
	v = (v & 0x00003fff00003fff) | (v & 0x3fff00003fff0000) >> 2;
	*out = (v & 0x0fffffff) | (v & 0x0fffffff00000000) >> 4;
	return true;
}

/* The same as cursor_varint(), called where one byte is not all. */
uint64_t cursor_varint_long(struct cursor *c);

/* LEB128, at most ten bytes; longer is bad. */
static inline uint64_t cursor_varint(struct cursor *c)
{
	if (c->at < c->end && *c->at < 0x80 && !c->bad)
		return *c->at++;
	return cursor_varint_long(c);
}

/* The same for loops over many of which most have more than a byte. */
static inline uint64_t cursor_varint_here(struct cursor *c)
{
	uint64_t v;

	if (c->at < c->end && *c->at < 0x80 && !c->bad)
		return *c->at++;
	return cursor_varint_word(c, &v) ? v : cursor_varint_long(c);
}

static inline int64_t cursor_zigzag(struct cursor *c)
{
	return (int64_t)zagzig(cursor_varint(c));
}
