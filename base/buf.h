/* Growable byte buffer with the encodings of the case file: LEB128 varints,
 * zigzag for signed.  base/cursor.h reads them.
 */
#pragma once

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/zigzag.h"

struct buf {
	uint8_t *at; /* owned */
	size_t n, cap;
};

static inline uint8_t *buf_room(struct buf *b, size_t more)
{
	if (b->cap - b->n < more)
		b->at = mem_grow(b->at, &b->cap, b->n + more, 1);
	return b->at + b->n;
}

static inline void buf_u8(struct buf *b, uint8_t v)
{
	*buf_room(b, 1) = v;
	b->n++;
}

#define VARINT_MOST 10 /* bytes */

/* Return: the end of @v at @p, which has VARINT_MOST bytes. */
static inline uint8_t *varint_put(uint8_t *p, uint64_t v)
{
	while (v >= 0x80) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	return p;
}

static inline void buf_varint(struct buf *b, uint64_t v)
{
	uint8_t *p = varint_put(buf_room(b, VARINT_MOST), v);

	b->n = (size_t)(p - b->at);
}

static inline void buf_zigzag(struct buf *b, int64_t v)
{
	buf_varint(b, zigzag((uint64_t)v));
}

static inline void buf_bytes(struct buf *b, const void *p, size_t n)
{
	if (!n)
		return;
	memcpy(buf_room(b, n), p, n);
	b->n += n;
}

static inline void buf_u32le(struct buf *b, uint32_t v)
{
	v = htole32(v);
	memcpy(buf_room(b, 4), &v, 4);
	b->n += 4;
}

void buf_u64le(struct buf *b, uint64_t v);
void buf_release(struct buf *b); /* frees; reusable */
