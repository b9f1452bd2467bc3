/* gzip below the stream, by zlib.
 *
 * Members may follow one another (RFC 1952, 2.2): `cat a.gz b.gz`, bgzip and
 * pigz write such files.  Zeroes after the last member are padding; anything
 * else there is ignored and said (STREAM_TAIL).  A member that ends early or
 * whose check fails yields all that came out before it was noticed.
 *
 * Cost: zlib's, about 4 ns a byte; memory: GZIP_IN and zlib's 40 KiB.
 */
#include "capture/stream_int.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"

#define GZIP_IN (512u * 1024)

struct gzip {
	z_stream z;
	uint64_t taken; /* raw bytes handed to zlib */
	bool between;   /* no member is open */
	bool done;      /* nothing more comes; *damage has been set */
	uint8_t in[GZIP_IN];
};

static_assert(GZIP_IN >= STREAM_FIRST, "the first bytes fit");

static const uint8_t gzip_magic[] = { 0x1f, 0x8b, 8 };

static void *gzip_open(const uint8_t *p, size_t n)
{
	struct gzip *g = mem_zalloc(1, sizeof *g);

	memcpy(g->in, p, n);
	g->z.next_in = g->in;
	g->z.avail_in = (uInt)n;
	g->taken = n;
	if (inflateInit2(&g->z, 15 + 16) != Z_OK)
		mem_exhausted();
	return g;
}

static void gzip_free(void *state)
{
	struct gzip *g = state;

	inflateEnd(&g->z);
	free(g);
}

static uint64_t gzip_taken(const void *state)
{
	const struct gzip *g = state;

	return g->taken - g->z.avail_in;
}

/* Has at least @n raw bytes ready, if the file has them. */
static bool gzip_ready(struct gzip *g, struct stream *s, size_t n)
{
	size_t got;

	if (g->z.avail_in >= n)
		return true;
	memmove(g->in, g->z.next_in, g->z.avail_in);
	g->z.next_in = g->in;
	while (g->z.avail_in < n) {
		got = stream_raw(s, g->in + g->z.avail_in,
				 sizeof g->in - g->z.avail_in);
		if (!got)
			return false;
		g->z.avail_in += (uInt)got;
		g->taken += got;
	}
	return true;
}

/* What is left of the file holds only zeroes. */
static bool only_zeroes(struct gzip *g, struct stream *s)
{
	while (gzip_ready(g, s, 1)) {
		if (*g->z.next_in)
			return false;
		g->z.next_in++;
		g->z.avail_in--;
	}
	return true;
}

/* After a member: opens the next.  Return: false where there is none. */
static bool gzip_member(struct gzip *g, struct stream *s,
			enum stream_damage *damage)
{
	if (gzip_ready(g, s, sizeof gzip_magic) &&
	    !memcmp(g->z.next_in, gzip_magic, sizeof gzip_magic)) {
		g->between = false;
		return inflateReset(&g->z) == Z_OK;
	}
	if (!only_zeroes(g, s))
		*damage = STREAM_TAIL;
	return false;
}

/* One call of inflate().  Return: false once nothing more comes. */
static bool gzip_step(struct gzip *g, struct stream *s,
		      enum stream_damage *damage)
{
	if (g->between && !gzip_member(g, s, damage))
		return false;
	if (!gzip_ready(g, s, 1)) {
		*damage = STREAM_CUT;
		return false;
	}
	switch (inflate(&g->z, Z_NO_FLUSH)) {
	case Z_OK:
	case Z_BUF_ERROR:
		return true;
	case Z_STREAM_END:
		g->between = true;
		return true;
	default:
		*damage = STREAM_BAD;
		return false;
	}
}

static size_t gzip_read(void *state, struct stream *s, void *out, size_t n,
			enum stream_damage *damage)
{
	struct gzip *g = state;
	uInt room = n > GZIP_IN ? GZIP_IN : (uInt)n;

	g->z.next_out = out;
	g->z.avail_out = room;
	while (!g->done && g->z.avail_out == room)
		g->done = !gzip_step(g, s, damage);
	return room - g->z.avail_out;
}

const struct stream_codec stream_gzip = {
	.magic = gzip_magic,
	.magic_len = sizeof gzip_magic,
	.open = gzip_open,
	.read = gzip_read,
	.taken = gzip_taken,
	.free = gzip_free,
};
