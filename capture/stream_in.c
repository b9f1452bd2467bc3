/* Compressed bytes below a decompressor: a window over the raw file.
 *
 * buf[at, at + left) are the bytes read and not yet taken.  A decompressor
 * takes from the front and moves `at` and `left` itself, or asks for more:
 * stream_in_ready() moves what is left to the front and reads on.
 *
 * What may stand between and after compressed frames is the same for all kinds:
 * another frame, zeroes (padding of tapes and block devices), or something that
 * does not belong there, which is ignored and reported.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "capture/stream_int.h"

void stream_in_init(struct stream_in *in, const uint8_t *p, size_t n)
{
	in->buf = mem_alloc(STREAM_IN);
	memcpy(in->buf, p, n);
	in->at = in->buf;
	in->left = n;
	in->read = n;
}

void stream_in_release(struct stream_in *in)
{
	free(in->buf);
}

bool stream_in_ready(struct stream_in *in, struct stream *s, size_t n)
{
	size_t got;

	if (in->left >= n)
		return true;
	memmove(in->buf, in->at, in->left);
	in->at = in->buf;
	while (in->left < n) {
		got = stream_raw(s, in->buf + in->left, STREAM_IN - in->left);
		if (!got)
			return false;
		in->left += got;
		in->read += got;
	}
	return true;
}

void stream_in_take(struct stream_in *in, size_t n)
{
	in->at += n;
	in->left -= n;
}

bool stream_in_zeroes(struct stream_in *in, struct stream *s)
{
	while (stream_in_ready(in, s, 1)) {
		if (*in->at)
			return false;
		stream_in_take(in, 1);
	}
	return true;
}

/* --- skippable frames, which zstd and lz4 share --- */

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[1] << 8 | p[0];
}

static bool is_skippable(const uint8_t *p)
{
	return (le32(p) & 0xfffffff0) == 0x184d2a50;
}

bool stream_frame_is(const uint8_t *p, size_t n, uint32_t magic)
{
	return n >= 4 && (le32(p) == magic || is_skippable(p));
}

bool stream_begins(const uint8_t *p, size_t n, uint32_t magic)
{
	while (n >= 8 && is_skippable(p)) {
		size_t len = 8 + (size_t)le32(p + 4);

		if (len > n)
			return false;
		p += len;
		n -= len;
	}
	return n >= 4 && le32(p) == magic;
}
