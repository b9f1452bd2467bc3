/* Compressed bytes.
 *
 * Format: varint size << 1 | compressed, then that many bytes, or a zstd frame
 * that expands to them.
 *
 * Hostile bytes: the size is bounded by ZIP_MOST before it is used.
 *
 * Cost: compressing at ZIP_LEVEL takes some 3 ns a byte, expanding 1; the
 * contexts, which are large, are kept.
 */
#include "store/zip.h"

#include <stdlib.h>
#include <zstd.h>

#define ZIP_LEVEL 1
#define ZIP_LEAST 64 /* bytes; below that nothing is gained */

struct zip {
	ZSTD_CCtx *pack; /* owned, each; NULL until used */
	ZSTD_DCtx *unpack;
	struct buf raw;
	bool plain;
};

struct zip *zip_new(void)
{
	return mem_zalloc(1, sizeof(struct zip));
}

void zip_free(struct zip *z)
{
	if (!z)
		return;
	ZSTD_freeCCtx(z->pack);
	ZSTD_freeDCtx(z->unpack);
	buf_release(&z->raw);
	free(z);
}

void zip_plain(struct zip *z)
{
	z->plain = true;
}

bool zip_is_plain(const struct zip *z)
{
	return z->plain;
}

/* Appends a frame.  Return: whether that is smaller. */
static bool put_frame(struct zip *z, const void *p, size_t n, struct buf *out)
{
	size_t room = ZSTD_compressBound(n), size;

	if (z->plain || n < ZIP_LEAST)
		return false;
	if (!z->pack)
		z->pack = ZSTD_createCCtx();
	if (!z->pack)
		mem_exhausted();
	size = ZSTD_compressCCtx(z->pack, buf_room(out, room), room, p, n,
				 ZIP_LEVEL);
	if (ZSTD_isError(size) || size >= n)
		return false;
	out->n += size;
	return true;
}

void zip_pack_plain(size_t n, struct buf *out)
{
	buf_varint(out, (uint64_t)n << 1);
}

void zip_pack(struct zip *z, const void *p, size_t n, struct buf *out)
{
	size_t begin = out->n;

	buf_varint(out, (uint64_t)n << 1 | 1);
	if (put_frame(z, p, n, out))
		return;
	out->n = begin;
	zip_pack_plain(n, out);
	if (n)
		buf_bytes(out, p, n);
}

/* Return: the @n bytes of the frame in @in, or NULL. */
static const uint8_t *take_frame(struct zip *z, struct cursor *in, size_t n)
{
	size_t size = cursor_left(in);

	if (!n) /* none is written */
		return NULL;
	z->raw.n = 0;
	buf_room(&z->raw, n);
	if (!z->unpack)
		z->unpack = ZSTD_createDCtx();
	if (!z->unpack)
		mem_exhausted();
	if (ZSTD_decompressDCtx(z->unpack, z->raw.at, n, in->at, size) != n)
		return NULL;
	return z->raw.at;
}

struct cursor zip_unpack(struct zip *z, const uint8_t *p, size_t n)
{
	struct cursor in = cursor_of(p, n);
	uint64_t head = cursor_varint(&in), size = head >> 1;
	const uint8_t *raw;

	if (in.bad || size > ZIP_MOST) {
		in.bad = true;
		return in;
	}
	if (head & 1) {
		raw = take_frame(z, &in, size);
		in = cursor_of(raw, size);
		in.bad = !raw;
	}
	in.bad |= cursor_left(&in) != size;
	return in;
}
