/* The bytes of a capture file, wherever they come from: one buffered stream
 * below all formats.
 *
 * reads:  a file, standard input, memory    writes: nothing
 *
 * The bytes are decompressed (gzip, zstd, lz4, found by magic), counted and
 * digested in the same pass.  A source that ends badly ends early:
 * stream_damage() says how, and what came out before that is good.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct stream;

enum stream_damage {
	STREAM_WHOLE,
	STREAM_CUT,    /* compressed data ends in the middle */
	STREAM_BAD,    /* compressed data is damaged */
	STREAM_LIMIT,  /* expands like a decompression bomb: reading stopped */
	STREAM_TAIL,   /* bytes after the compressed data were ignored */
	STREAM_WINDOW, /* would need more memory than it is allowed */
};

/* Opens @path ("-": standard input).  Return: NULL with @err where there is
 * nothing to read (not found, a directory, empty, a terminal). */
struct stream *stream_open(const char *path, struct err *err);
/* A stream over the caller's @n bytes, which must outlive it. */
struct stream *stream_memory(const void *p, size_t n, struct err *err);
void stream_free(struct stream *s); /* NULL is fine */

/* Expansion by more than @ratio (0: no limit) is taken for a bomb once @floor
 * bytes have come out.  Default: 200 to 1 after 8 GB; the environment variable
 * TRACEPAIR_MAX_RATIO sets the ratio. */
void stream_limit(struct stream *s, uint64_t floor, unsigned ratio);

/* Return: the next @n bytes, contiguous, without moving on; NULL where fewer
 * are left.  Valid until the next call.  Memory grows to @n: the caller bounds
 * it. */
const uint8_t *stream_peek(struct stream *s, size_t n);
/* The same, for what follows the next @taken bytes, which were peeked at. */
const uint8_t *stream_after(struct stream *s, size_t taken, size_t n);
/* Skips up to @n bytes.  Return: how many there were. */
uint64_t stream_skip(struct stream *s, uint64_t n);
/* Copies up to @n bytes out and moves on.  Return: how many; less at the
 * end. */
size_t stream_read(struct stream *s, void *out, size_t n);
/* Bytes that stream_peek() can give without reading. */
size_t stream_ready(const struct stream *s);

/* Position, in decompressed bytes from the start. */
uint64_t stream_offset(const struct stream *s);
/* Reads what is left, so that digest and size are those of the whole. */
void stream_drain(struct stream *s);
uint64_t stream_bytes(const struct stream *s); /* read so far */
/* XXH3-128 of the bytes read so far. */
void stream_digest(const struct stream *s, char hex[static 33]);

enum stream_damage stream_damage(const struct stream *s);
/* errno of a read that failed; 0: none. */
int stream_errno(const struct stream *s);
const char *stream_name(const struct stream *s);
