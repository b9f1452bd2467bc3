/* Zigzag encoding, so that numbers slightly below 0 are small: 0, -1, 1, -2
 * become 0, 1, 2, 3.  All are unsigned: differences wrap, and decode correctly.
 */
#pragma once

#include <stdint.h>

static inline uint64_t zigzag(uint64_t v)
{
	return v << 1 ^ -(v >> 63);
}

static inline uint64_t zagzig(uint64_t v)
{
	return v >> 1 ^ -(v & 1);
}

static inline uint64_t zigzag32(uint32_t v)
{
	return (uint32_t)(v << 1) ^ -(v >> 31);
}

static inline uint32_t zagzig32(uint64_t v)
{
	return (uint32_t)zagzig(v);
}
