/* Packing of what waits in the window, without making records of it.
 *
 * reads:  struct brief      writes: block bytes
 */
#pragma once

#include "store/brief.h"
#include "store/pack_guess.h"

/* Packs a chunk of @n lines, CHUNK at most, where they are as they mostly are:
 * the same bytes as their records' (store/pack.c).  Return: false: they are not,
 * and nothing was done. */
bool pack_briefs(struct guess *g, const struct brief *const *b, size_t n,
		 uint64_t first_frame, unsigned unit, struct buf *out);
