/* Cursor: the parts that are too long to inline in every reader.
 *
 * Near the end of the bytes, and where a varint is long, it is read byte by
 * byte, each bounds-checked.
 */
#include "base/cursor.h"

static struct varint varint_bytes(const uint8_t *at, const uint8_t *end)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift <= 63 && at < end; shift += 7) {
		uint8_t b = *at++;

		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return (struct varint){ v, at };
	}
	return (struct varint){ 0, NULL };
}

struct varint varint_long(const uint8_t *at, const uint8_t *end)
{
	uint64_t v;
	unsigned n = end - at < 8 ? 0 : varint_word(load_le64(at), &v);

	return n ? (struct varint){ v, at + n } : varint_bytes(at, end);
}
