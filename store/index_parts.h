/* Parts that have ended, on their way to shelves.  See store/index_parts.c. */
#pragma once

#include "store/index_int.h"

struct part_rack;
/* Called with a shelf of one lane's parts; @first is its lowest number; @data
 * may be taken over (then emptied); @kept: it is already where it stays. */
typedef void part_rack_out(void *ctx, uint8_t lane, uint32_t first,
			   struct buf *data, bool kept);

struct part_rack *part_rack_new(part_rack_out *out, void *ctx);
/* For a temporary case: shelves are not compressed, and stay at @p while there
 * is room. */
void part_rack_keep(struct part_rack *r, struct kept_place *p);
void part_rack_free(struct part_rack *r); /* drops what was not flushed */
void part_rack_add(struct part_rack *r, uint8_t lane, const struct part *p);
void part_rack_flush(struct part_rack *r);
