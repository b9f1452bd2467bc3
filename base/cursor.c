/* Cursor: what is too long to stand in each place that reads.
 *
 * Near the end of the bytes, and where a varint is long, it is read byte by byte,
 * each bounds-checked.
 */
#include "base/cursor.h"

static uint64_t varint_bytes(struct cursor *c)
{
	uint64_t v = 0;
	unsigned shift = 0;

	for (;;) {
		if (c->bad || c->at >= c->end || shift > 63) {
			c->bad = true;
			return 0;
		}
		/* at < end, so not NULL */
		uint8_t b = *c->at++; // NOLINT(clang-analyzer-core.*)

		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
		shift += 7;
	}
}

uint64_t cursor_varint_long(struct cursor *c)
{
	uint64_t v;

	return cursor_varint_word(c, &v) ? v : varint_bytes(c);
}
