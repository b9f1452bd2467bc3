/* Bytes of a row, compressed if that makes them smaller.
 *
 * reads, writes: bytes
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/cursor.h"

#define ZIP_MOST (16u << 20) /* bytes, uncompressed */

/* State kept between calls; one per thread. */
struct zip;
struct zip *zip_new(void);
void zip_free(struct zip *z);
/* From now on zip_pack() does not compress: for a temporary case, where
 * compression costs more than it saves. */
void zip_plain(struct zip *z);
bool zip_is_plain(const struct zip *z);

/* Writes the header for @n uncompressed bytes that will follow. */
void zip_pack_plain(size_t n, struct buf *out);
/* Appends to @out. */
void zip_pack(struct zip *z, const void *p, size_t n, struct buf *out);
/* A cursor over the original bytes, which are in @p, or belong to @z until its
 * next use.  Bad bytes give a bad cursor. */
struct cursor zip_unpack(struct zip *z, const uint8_t *p, size_t n);
