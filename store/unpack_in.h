/* The bytes of a packed run, read varint by varint.
 *
 * What: the ends of varints in the next 64 bytes are found at once, as bits. So
 * a varint does not wait for the length of the one before, and costs no branch
 * on its length.
 *
 * Bounds: nothing is read at or beyond @lim, the block's end; a run may read
 * beyond its own @end, which in_ok() detects afterwards.  So its last bytes
 * need no special treatment.  Like a cursor's, the error is sticky, and callers
 * look once.
 */
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/cursor.h"
#include "base/gather.h"

/* Only used in ALWAYS_INLINE functions, as a call would force it into
 * memory. */
struct packed_in {
	const uint8_t *at;
	uint64_t ends; /* bit i: at[i] ends a varint; 0: not determined yet */
	const uint8_t *end, *lim;
	bool bad;
};

#define IN_WORD 8 /* bytes */

static inline struct packed_in packed_in_of(const uint8_t *p, size_t size,
					    size_t behind)
{
	return (struct packed_in){ .at = p,
				   .end = p + size,
				   .lim = p + size + behind };
}

/* A working copy, whose fields can stay in registers. */
static ALWAYS_INLINE struct packed_in in_begin(const struct packed_in *from)
{
	return (struct packed_in){ .at = from->at,
				   .ends = from->ends,
				   .end = from->end,
				   .lim = from->lim,
				   .bad = from->bad };
}

static ALWAYS_INLINE void in_end(struct packed_in *to,
				 const struct packed_in *in)
{
	to->at = in->at;
	to->ends = in->ends;
	to->bad = in->bad;
}

/* May @n bytes be read at once? */
static ALWAYS_INLINE bool in_has(const struct packed_in *in, size_t n)
{
	return (size_t)(in->lim - in->at) >= n;
}

/* Is everything right so far, with no byte read beyond the run? */
static inline bool in_ok(const struct packed_in *in)
{
	return !in->bad && in->at <= in->end;
}

static inline bool in_at_end(const struct packed_in *in)
{
	return !in->bad && in->at == in->end;
}

/* Skips @n available bytes, at most a word. */
static ALWAYS_INLINE void in_skip(struct packed_in *in, size_t n)
{
	in->at += n;
	in->ends >>= n;
}

/* Bits of the bytes of a word that end a varint. */
static inline uint64_t in_look_word(const uint8_t *at)
{
	uint64_t word = ~load_le64(at) >> 7 & 0x0101010101010101;

	return word * 0x0102040810204080 >> 56;
}

#define IN_LOOK 64 /* bytes, a bit each */

/* The same for IN_LOOK available bytes. */
static ALWAYS_INLINE uint64_t in_look_all(const uint8_t *at)
{
	uint64_t ends = 0;

#ifdef __SSE2__ /* a third of the instructions */
	for (unsigned i = 0; i < IN_LOOK; i += 16) {
		__m128i v = _mm_loadu_si128((const void *)(at + i));

		ends |= (uint64_t)(uint16_t)~_mm_movemask_epi8(v) << i;
	}
#else
	for (unsigned i = 0; i < IN_LOOK; i += IN_WORD)
		ends |= in_look_word(at + i) << i;
#endif
	return ends;
}

/* The same for the bytes from @at on that are followed by a whole word. */
static inline uint64_t in_look(const uint8_t *at, const uint8_t *lim)
{
	size_t n = (size_t)(lim - at);
	uint64_t ends = 0;

	if (n >= IN_LOOK + IN_WORD)
		return in_look_all(at);
	for (size_t i = 0; i + 2 * IN_WORD <= n; i += IN_WORD)
		ends |= in_look_word(at + i) << i;
	return ends;
}

/* A varint longer than a word, or near the end of the block. */
static inline uint64_t in_varint_long(struct packed_in *in)
{
	struct varint got = varint_long(in->at, in->lim);

	in->ends = 0;
	if (got.at)
		in->at = got.at;
	else
		in->bad = true;
	return got.v;
}

/* Joins the seven-bit groups of the varint @v. */
static ALWAYS_INLINE uint64_t in_join(uint64_t v)
{
	if (v >> 32) {
		v = (v & 0x007f007f007f007f) | (v & 0x7f007f007f007f00) >> 1;
		v = (v & 0x00003fff00003fff) | (v & 0x3fff00003fff0000) >> 2;
		return (v & 0x0fffffff) | (v & 0x0fffffff00000000) >> 4;
	}
	v = (v & 0x007f007f) | (v >> 1 & 0x3f803f80);
	return (v & 0x3fff) | (v >> 2 & 0x0fffc000);
}

/* @gathers: a constant; true only where gather_fits(). */
static ALWAYS_INLINE uint64_t in_varint_as(struct packed_in *in, bool gathers)
{
	static const uint64_t bytes[IN_WORD] = { 0x7f,
						 0x7f7f,
						 0x7f7f7f,
						 0x7f7f7f7f,
						 0x7f7f7f7f7f,
						 0x7f7f7f7f7f7f,
						 0x7f7f7f7f7f7f7f,
						 0x7f7f7f7f7f7f7f7f };
	unsigned last;
	uint64_t v;

	if (!(in->ends & 0xff)) {
		if (!in->ends)
			in->ends = in_look(in->at, in->lim);
		if (!(in->ends & 0xff))
			return in_varint_long(in);
	}
	last = (unsigned)__builtin_ctzll(in->ends);
	v = load_le64(in->at);
	in_skip(in, last + 1);
	return gathers ? gather_bits(v, bytes[last]) : in_join(v & bytes[last]);
}

static ALWAYS_INLINE uint64_t in_varint(struct packed_in *in)
{
	return in_varint_as(in, false);
}

/* Return: the next @n bytes, at most a word, the first one the lowest. */
static ALWAYS_INLINE uint64_t in_bytes(struct packed_in *in, size_t n)
{
	const uint8_t *at = in->at;
	uint64_t v = 0;

	if (in_has(in, IN_WORD)) {
		v = load_le64(at);
		if (n < IN_WORD)
			v &= ((uint64_t)1 << 8 * n) - 1;
	} else if (in_has(in, n)) {
		for (size_t i = 0; i < n; i++)
			v |= (uint64_t)at[i] << 8 * i;
	} else {
		in->bad = true;
		return 0;
	}
	in_skip(in, n);
	return v;
}
