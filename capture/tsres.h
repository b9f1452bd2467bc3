/* Time stamp resolutions of pcapng (if_tsresol): units of 10^-n or 2^-n seconds
 * to nanoseconds and back, in 128 bits, so that no resolution of the option
 * byte overflows; results are clamped to their range.
 */
#pragma once

#include <stdint.h>

__extension__ typedef unsigned __int128 tsres_u128;
__extension__ typedef __int128 tsres_i128;

#define TSRES_NS 1000000000

/* 10^n, or 0 if it does not fit 64 bits. */
static inline uint64_t tsres_pow10(unsigned n)
{
	uint64_t p = 1;

	if (n > 19)
		return 0;
	while (n--)
		p *= 10;
	return p;
}

/* Nanoseconds in @units, rounded down. */
static inline tsres_u128 tsres_units_ns(uint64_t units, uint8_t tsresol)
{
	unsigned n = tsresol & 0x7f;
	uint64_t factor = tsres_pow10(n < 9 ? 9 - n : n - 9);

	if (tsresol & 0x80)
		return ((tsres_u128)units * TSRES_NS) >> n;
	if (n < 9)
		return (tsres_u128)units * factor;
	return factor ? units / factor : 0;
}

/* Nanoseconds since 1970 of a time stamp with the interface's offset (s). */
static inline int64_t tsres_to_ns(uint64_t units, uint8_t tsresol,
				  int64_t offset_s)
{
	tsres_i128 ns = (tsres_i128)tsres_units_ns(units, tsresol) +
			(tsres_i128)offset_s * TSRES_NS;

	if (ns > INT64_MAX)
		return INT64_MAX;
	return ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

/* Units in @ns since 1970, rounded down; times before 1970 have none: 0. */
static inline uint64_t tsres_from_ns(int64_t ns, uint8_t tsresol)
{
	unsigned n = tsresol & 0x7f;
	uint64_t factor = tsres_pow10(n < 9 ? 9 - n : n - 9);
	tsres_u128 u = ns > 0 ? (tsres_u128)ns : 0;

	if (tsresol & 0x80)
		u = n > 64 ? (u ? UINT64_MAX : 0) : (u << n) / TSRES_NS;
	else if (!factor) /* finer than 64 bits can express */
		u = u ? UINT64_MAX : 0;
	else
		u = n < 9 ? u / factor : u * factor;
	return u > UINT64_MAX ? UINT64_MAX : (uint64_t)u;
}

/* Length of one unit in whole nanoseconds, at least 1. */
static inline int64_t tsres_step_ns(uint8_t tsresol)
{
	int64_t ns = (int64_t)tsres_units_ns(1, tsresol);

	return ns ? ns : 1;
}
