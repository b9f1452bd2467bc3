/* Growable byte buffer: the rarer encodings (the hot ones are inline).
 *
 * Integers of fixed width are little-endian whatever the machine, so that a
 * case can be read anywhere.  Growth doubles: O(1) per byte.
 */
#include "base/buf.h"

#include <stdlib.h>

void buf_u64le(struct buf *b, uint64_t v)
{
	uint8_t *p = buf_room(b, 8);

	for (unsigned i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> 8 * i);
	b->n += 8;
}

void buf_release(struct buf *b)
{
	free(b->at);
	*b = (struct buf){ 0 };
}
