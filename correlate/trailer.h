/* Trailers: bytes behind a packet that a device counted into its IP length.
 *
 * reads:  struct strand     writes: nothing
 */
#pragma once

#include "correlate/strand.h"

#define TRAILER_MOST 256 /* bytes of one */

/* How many bytes at the end of record @i do not belong to the stream, since
 * what its sender sent next begins before them; 0: none, or not known. */
uint32_t trailer_of(const struct strand *s, uint32_t i);
