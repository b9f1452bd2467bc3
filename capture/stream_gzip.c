/* gzip below the stream, by zlib.
 *
 * Members may follow one another (RFC 1952, 2.2): `cat a.gz b.gz`, bgzip and
 * pigz write such files.  Zeroes after the last member are padding; anything
 * else there is ignored and reported (STREAM_TAIL).  A member that ends early
 * or whose check fails yields all that came out before it was noticed.
 *
 * Cost: zlib's, about 4 ns a byte; memory: STREAM_IN and zlib's 40 KiB.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "capture/stream_int.h"

struct gzip {
	struct stream_in in;
	z_stream z;
	bool between; /* no member is open */
	bool done;    /* at the end; *damage has been set */
};

static const uint8_t gzip_magic[] = { 0x1f, 0x8b, 8 };

static bool gzip_is(const uint8_t *p, size_t n)
{
	return n >= sizeof gzip_magic &&
	       !memcmp(p, gzip_magic, sizeof gzip_magic);
}

static void *gzip_open(const uint8_t *p, size_t n)
{
	struct gzip *g = mem_zalloc(1, sizeof *g);

	stream_in_init(&g->in, p, n);
	if (inflateInit2(&g->z, 15 + 16) != Z_OK)
		mem_exhausted();
	return g;
}

static void gzip_free(void *state)
{
	struct gzip *g = state;

	inflateEnd(&g->z);
	stream_in_release(&g->in);
	free(g);
}

static uint64_t gzip_taken(const void *state)
{
	const struct gzip *g = state;

	return stream_in_taken(&g->in);
}

/* After a member: opens the next.  Return: false where there is none. */
static bool gzip_member(struct gzip *g, struct stream *s,
			enum stream_damage *damage)
{
	stream_in_ready(&g->in, s, sizeof gzip_magic);
	if (gzip_is(g->in.at, g->in.left)) {
		g->between = false;
		return inflateReset(&g->z) == Z_OK;
	}
	if (!stream_in_zeroes(&g->in, s))
		*damage = STREAM_TAIL;
	return false;
}

/* One call of inflate().  Return: false once nothing more comes. */
static bool gzip_step(struct gzip *g, struct stream *s,
		      enum stream_damage *damage)
{
	int got;

	if (g->between && !gzip_member(g, s, damage))
		return false;
	if (!stream_in_ready(&g->in, s, 1)) {
		*damage = STREAM_CUT;
		return false;
	}
	g->z.next_in = g->in.at;
	g->z.avail_in = (uInt)g->in.left;
	got = inflate(&g->z, Z_NO_FLUSH);
	stream_in_take(&g->in, g->in.left - g->z.avail_in);
	switch (got) {
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
	uInt room = n > STREAM_IN ? STREAM_IN : (uInt)n;

	g->z.next_out = out;
	g->z.avail_out = room;
	while (!g->done && g->z.avail_out == room)
		g->done = !gzip_step(g, s, damage);
	return room - g->z.avail_out;
}

const struct stream_codec stream_gzip = {
	.is = gzip_is,
	.open = gzip_open,
	.read = gzip_read,
	.taken = gzip_taken,
	.free = gzip_free,
};
