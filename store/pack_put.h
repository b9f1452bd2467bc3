/* Numbers on their way into a block, into room that is there. */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/gather.h"

static inline uint8_t *put_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
	return p + 4;
}

#define VARINT_MAX 10 /* bytes */

/* Up to 28 bits without a branch on how many there are, which nobody could
 * predict. */
static inline uint8_t *put_varint(uint8_t *p, uint64_t v)
{
	unsigned more;
	uint32_t w;

	while (v >> 28) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	w = (uint32_t)v;
	/* by 7, of up to 27 */
	more = (31u - (unsigned)__builtin_clz(w | 1)) * 37 >> 8;
	w = (w & 0x7f) | (w << 1 & 0x7f00) | (w << 2 & 0x7f0000) |
	    (w << 3 & 0x7f000000);
	put_le32(p, w | 0x808080u >> 8 * (3 - more));
	return p + more + 1;
}

/* The same where there is room for VARINT_ROOM bytes; @v has 56 bits at most.
 * @gathers: a constant; true only where gather_fits(). */
#define VARINT_ROOM 8

static inline uint8_t *put_varint_as(uint8_t *p, uint64_t v, bool gathers)
{
	const uint64_t each = 0x0101010101010101;
	unsigned more;
	uint64_t w;

	if (!gathers)
		return put_varint(p, v);
	/* by 7, of up to 55 */
	more = (63u - (unsigned)__builtin_clzll(v | 1)) * 37 >> 8;
	w = scatter_bits(v, 0x7f * each);
	w |= 0x80 * each & (((uint64_t)1 << 8 * more) - 1);
	w = htole64(w);
	memcpy(p, &w, sizeof w);
	return p + more + 1;
}

/* One of up to 14 bits, which most are. */
static inline uint8_t *put_short(uint8_t *p, uint64_t v)
{
	unsigned more = v >= 0x80;

	p[0] = (uint8_t)(v | more << 7);
	p[1] = (uint8_t)(v >> 7);
	return p + 1 + more;
}
