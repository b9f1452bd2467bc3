/* Exchanges of a point by the direction of data alone: who spoke, and when.
 *
 * reads:  block, messages   writes: struct asks
 */
#pragma once

#include "correlate/asks.h"

/* Those of the TCP flows in @wants (by flow: not 0), TURNS_MAX at most; by
 * time. */
#define TURNS_MAX (1u << 16)
void turns_read(struct pair_case *c, size_t point, const uint8_t *wants,
		struct asks *out);
