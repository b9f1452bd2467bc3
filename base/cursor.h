/* Bounds-checked cursor over bytes that nobody vouches for.
 *
 * The error is sticky: a read past the end sets `bad`, yields zeroes and moves
 * nothing; every later read does the same.  Callers read straight on and look
 * once.  Truncation (bytes missing) is all that it knows; what is malformed is
 * the caller's judgement.
 */
#pragma once

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

/* LEB128, at most ten bytes; longer is bad. */
static inline uint64_t cursor_varint(struct cursor *c)
{
	uint64_t v = 0;
	unsigned shift = 0;

	for (;;) {
		if (c->bad || c->at >= c->end || shift > 63) {
			c->bad = true;
			return 0;
		}
		/* at < end, so not NULL */
		uint8_t b = *c->at++; // NOLINT(clang-analyzer-core.*)

		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
		shift += 7;
	}
}

static inline int64_t cursor_zigzag(struct cursor *c)
{
	return (int64_t)zagzig(cursor_varint(c));
}
