/* TCP sequence numbers: serial arithmetic (RFC 1982, RFC 9293 3.4) and the
 * project's 64-bit form: raw + 2^32 at first, later values nearest the last
 * accepted one, so that the low 32 bits are always the raw number.
 */
#pragma once

#include <stdint.h>

/* Signed distance b - a modulo 2^32. */
static inline int32_t seq_diff(uint32_t b, uint32_t a)
{
	return (int32_t)(b - a);
}

/* The 64-bit value with low bits @raw that is nearest to @ref. */
static inline uint64_t seq_unwrap(uint64_t ref, uint32_t raw)
{
	return ref + (uint64_t)(int64_t)seq_diff(raw, (uint32_t)ref);
}

static inline uint64_t seq_first(uint32_t raw)
{
	return (uint64_t)raw + (1ull << 32);
}
