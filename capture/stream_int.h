/* Between the stream and its decompressors (stream.c, stream_gzip.c). */
#pragma once

#include "capture/stream.h"

#define STREAM_FIRST 4096 /* raw bytes read to tell the compression, at most */

/* The file's own bytes, before decompression.
 * Return: how many were read into @out; 0 at the end or on an error. */
size_t stream_raw(struct stream *s, void *out, size_t n);

/* One kind of compression.  A further one is another of these and a row in
 * stream.c's table. */
struct stream_codec {
	const uint8_t *magic;
	size_t magic_len;
	/* @p: the first @n raw bytes, already read: up to STREAM_FIRST. */
	void *(*open)(const uint8_t *p, size_t n);
	/* Return: decompressed bytes put into @out, 0 at the end; how it
	 * ended stands in *@damage. */
	size_t (*read)(void *state, struct stream *s, void *out, size_t n,
		       enum stream_damage *damage);
	/* Compressed bytes taken so far. */
	uint64_t (*taken)(const void *state);
	void (*free)(void *state);
};

extern const struct stream_codec stream_gzip;
