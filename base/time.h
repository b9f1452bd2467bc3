/* Times of captures and cases, in ns since 1970.  They are untrusted.
 *
 * Limits: every time stamp lies in [TIME_LEAST, TIME_MOST]; capture/reader.c
 * sees to that, and time_held() does for one converted to another clock.  So no
 * two are further apart than 2^62 - 1, and a difference, the sum of two
 * differences, and a time plus a difference cannot overflow.  All times of
 * classic pcap, which end in 2106, are within.  Longer sums, and sums with
 * bounds, which may be INT64_MIN and INT64_MAX, saturate: time_add(),
 * time_sub().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TIME_LEAST (-(1ll << 57))                  /* in 1965 */
#define TIME_MOST (TIME_LEAST + ((1ll << 62) - 1)) /* in 2111 */

static inline bool time_fits(int64_t t)
{
	return t >= TIME_LEAST && t <= TIME_MOST;
}

/* @t, limited to [TIME_LEAST, TIME_MOST]. */
static inline int64_t time_held(int64_t t)
{
	if (t < TIME_LEAST)
		return TIME_LEAST;
	return t > TIME_MOST ? TIME_MOST : t;
}

static inline int64_t time_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b < 0 ? INT64_MIN : INT64_MAX;
}

static inline int64_t time_sub(int64_t a, int64_t b)
{
	int64_t diff;

	if (!__builtin_sub_overflow(a, b, &diff))
		return diff;
	return b < 0 ? INT64_MAX : INT64_MIN;
}

/* Of two times the earlier or later, of two durations the shorter or longer. */
static inline int64_t time_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t time_max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* How far apart. */
static inline uint64_t time_apart(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}
