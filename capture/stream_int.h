/* Between the stream and its decompressors (stream.c, stream_in.c,
 * stream_gzip.c, stream_zstd.c, stream_lz4.c). */
#pragma once

#include <stdbool.h>

#include "capture/stream.h"

#define STREAM_FIRST 4096 /* raw bytes read to recognise the kind, at most */
#define STREAM_IN (512u * 1024) /* compressed bytes held at once */

/* The file's own bytes, before decompression.
 * Return: how many were read into @out; 0 at the end or on an error. */
size_t stream_raw(struct stream *s, void *out, size_t n);

/* One kind of compression.  To add one, write another of these and a row in
 * stream.c's table. */
struct stream_codec {
	/* @p: the first @n raw bytes, already read: up to STREAM_FIRST. */
	bool (*is)(const uint8_t *p, size_t n);
	void *(*open)(const uint8_t *p, size_t n);
	/* Return: decompressed bytes put into @out, 0 at the end; *@damage says
	 * how it ended. */
	size_t (*read)(void *state, struct stream *s, void *out, size_t n,
		       enum stream_damage *damage);
	/* Compressed bytes taken so far. */
	uint64_t (*taken)(const void *state);
	void (*free)(void *state);
};

extern const struct stream_codec stream_gzip, stream_zstd, stream_lz4;

/* --- stream_in.c: raw bytes for a decompressor --- */
struct stream_in {
	uint8_t *buf; /* owned, STREAM_IN bytes */
	uint8_t *at;  /* within it */
	size_t left;  /* bytes from there */
	uint64_t read;
};

/* Starts with the @n bytes at @p. */
void stream_in_init(struct stream_in *in, const uint8_t *p, size_t n);
void stream_in_release(struct stream_in *in);
/* Reads if necessary.  Return: whether @n bytes (at most STREAM_IN) are
 * left. */
bool stream_in_ready(struct stream_in *in, struct stream *s, size_t n);
void stream_in_take(struct stream_in *in, size_t n);
/* Skips zeroes.  Return: whether nothing follows them. */
bool stream_in_zeroes(struct stream_in *in, struct stream *s);

static inline uint64_t stream_in_taken(const struct stream_in *in)
{
	return in->read - in->left;
}

/* Do these bytes begin a frame of @magic, or a skippable one? */
bool stream_frame_is(const uint8_t *p, size_t n, uint32_t magic);
/* Is the first frame that cannot be skipped one of @magic? */
bool stream_begins(const uint8_t *p, size_t n, uint32_t magic);
