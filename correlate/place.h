/* Places: where a packet is in the capture order of its point.
 *
 * reads:  file      writes: nothing
 *
 * Frame numbers ascend whatever a clock does, so a packet's place tells whether
 * it is before or after a step of the clock, even if its time stamp does not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* Places from here on are not frames but times: the point's files overlap in
 * time, so nothing else orders their packets. */
#define PLACE_TIME (1ull << 63)

/* The place of a frame (from 1) in the file of that rank.  Never 0. */
static inline uint64_t place_of(uint64_t rank, uint64_t frame)
{
	return rank << 40 | (frame & ((1ull << 40) - 1));
}

/* Widens the range [range[0], range[1]], 0 and 0 if empty, to @place; ignores
 * places that are times. */
static inline void place_widen(uint64_t range[2], uint64_t place)
{
	if (!place || place >= PLACE_TIME)
		return;
	if (!range[0] || place < range[0])
		range[0] = place;
	if (place > range[1])
		range[1] = place;
}

/* Ranks of the files among those of their points, by their first packet. */
void place_ranks(const struct file_row *f, size_t n, uint64_t *rank);
/* Do files of @point overlap in time? */
bool place_overlap(const struct file_row *f, size_t n, int64_t point);
