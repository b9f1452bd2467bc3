/* The window: records in capture order into blocks of runs.
 *
 * reads:  struct record     writes: struct block_row and block bytes
 *
 * Collects up to `size` records, then sorts them by lane, part and direction,
 * capture order within, packs the runs and calls @out for each block.  A block
 * never holds two lanes.
 */
#pragma once

#include "capture/decode.h"
#include "store/kept.h"
#include "store/pack.h"
#include "store/store.h"

struct window;

/* What is to be done with a block; @row->file is 0, @bytes may be taken
 * over (then emptied); @kept: they are where they stay, see window_keep(). */
typedef void window_out(void *ctx, uint8_t lane, const struct block_row *row,
			struct buf *bytes, bool kept);

struct window *window_new(size_t size, window_out *out, void *ctx);
/* For a temporary case: blocks are not compressed, and stay at @p while there is
 * room. */
void window_keep(struct window *w, struct kept_place *p);
/* Adds the records of @n packets, each of its lane. */
void window_add(struct window *w, const struct packet *p, const uint8_t *lane,
		size_t n);
void window_flush(struct window *w);
void window_free(struct window *w); /* what was not flushed is dropped */
