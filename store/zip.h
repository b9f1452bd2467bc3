/* Bytes of a row, compressed where that makes them fewer.
 *
 * reads, writes: bytes
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/cursor.h"

#define ZIP_MOST (16u << 20) /* bytes, as they were */

/* What compressing and its way back keep between calls; one for a thread. */
struct zip;
struct zip *zip_new(void);
void zip_free(struct zip *z);
/* From now on zip_pack() leaves bytes as they are: for a case that nobody
 * keeps, where compressing costs more than what it saves. */
void zip_plain(struct zip *z);
bool zip_is_plain(const struct zip *z);

/* The same for one whose @n bytes, as they are, follow. */
void zip_pack_plain(size_t n, struct buf *out);
/* Appends to @out. */
void zip_pack(struct zip *z, const void *p, size_t n, struct buf *out);
/* A cursor over the bytes as they were, which lie in @p or are @z's until its
 * next use.  Bad bytes: one that is bad. */
struct cursor zip_unpack(struct zip *z, const uint8_t *p, size_t n);
