/* Parts that have ended, on their way to shelves.  See store/index_parts.c. */
#pragma once

#include "store/index_int.h"

struct part_rack;
/* Gets a shelf of parts of one lane; @first is its lowest number; @data may be
 * taken over (then emptied). */
typedef void part_rack_out(void *ctx, uint8_t lane, uint32_t first,
			   struct buf *data);

struct part_rack *part_rack_new(part_rack_out *out, void *ctx);
void part_rack_plain(struct part_rack *r); /* see zip_plain() */
void part_rack_free(struct part_rack *r);  /* what was not flushed is dropped */
void part_rack_add(struct part_rack *r, uint8_t lane, const struct part *p);
void part_rack_flush(struct part_rack *r);
