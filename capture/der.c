/* Tags and lengths: see the header.
 *
 * References: X.690 8.1 (tags and lengths), 8.3 (integers).
 */
#include "capture/der.h"

uint64_t der_length(struct cursor *in)
{
	uint8_t n = cursor_u8(in);
	uint64_t v = 0;

	if (n < 0x80)
		return n;
	n &= 0x7f;
	if (!n || n > 4) {
		in->bad = true;
		return 0;
	}
	while (n--)
		v = v << 8 | cursor_u8(in);
	return v;
}

uint64_t der_enter(struct cursor *in, uint8_t tag)
{
	if (cursor_u8(in) != tag)
		in->bad = true;
	return der_length(in);
}

bool der_next(struct cursor *in, uint8_t *tag, struct cursor *value)
{
	uint64_t n;

	if (!cursor_left(in))
		return false;
	*tag = cursor_u8(in);
	n = der_length(in);
	if (in->bad)
		return false;
	*value = cursor_sub(in, n < SIZE_MAX ? (size_t)n : SIZE_MAX);
	return true;
}

int64_t der_integer(struct cursor in)
{
	uint64_t n = der_enter(&in, DER_INTEGER), v = 0;

	if (!n || n > 4)
		return 0;
	if (cursor_left(&in) && *in.at & 0x80)
		v = UINT64_MAX; /* a negative one */
	while (n-- && !in.bad)
		v = v << 8 | cursor_u8(&in);
	return in.bad ? 0 : (int64_t)v;
}
