/* zstd below the stream, by libzstd.
 *
 * Frames may follow one another (`cat a.zst b.zst`), skippable ones among them
 * (pzstd puts one before each).  A frame that ends early or whose check fails
 * yields all that came out before it was noticed.
 *
 * A frame says how far back it refers; that much is kept in memory.  The
 * library's own limit of 128 MB stands, as it does for the zstd program: data
 * compressed with --long=28 or more is refused and reported (STREAM_WINDOW),
 * since a few hostile bytes could ask for 2 GB.
 *
 * Cost: about 0.4 ns a byte; memory: STREAM_IN and the frame's window.
 *
 * Reference: RFC 8878.
 */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"
#include "capture/stream_int.h"

#define ZSTD_FRAME 0xfd2fb528u

struct zstd {
	struct stream_in in;
	ZSTD_DStream *z; /* owned */
	bool between;    /* no frame is open */
	bool done;       /* at the end; *damage has been set */
};

static bool zstd_is(const uint8_t *p, size_t n)
{
	return stream_begins(p, n, ZSTD_FRAME);
}

static void *zstd_open(const uint8_t *p, size_t n)
{
	struct zstd *d = mem_zalloc(1, sizeof *d);

	stream_in_init(&d->in, p, n);
	d->z = ZSTD_createDStream();
	if (!d->z)
		mem_exhausted();
	return d;
}

static void zstd_free(void *state)
{
	struct zstd *d = state;

	ZSTD_freeDStream(d->z);
	stream_in_release(&d->in);
	free(d);
}

static uint64_t zstd_taken(const void *state)
{
	const struct zstd *d = state;

	return stream_in_taken(&d->in);
}

/* After a frame: does another follow? */
static bool zstd_more(struct zstd *d, struct stream *s,
		      enum stream_damage *damage)
{
	stream_in_ready(&d->in, s, 4);
	if (stream_frame_is(d->in.at, d->in.left, ZSTD_FRAME)) {
		d->between = false;
		return true;
	}
	if (!stream_in_zeroes(&d->in, s))
		*damage = STREAM_TAIL;
	return false;
}

/* One call of the library.  Return: false once nothing more comes. */
static bool zstd_step(struct zstd *d, struct stream *s, ZSTD_outBuffer *out,
		      enum stream_damage *damage)
{
	ZSTD_inBuffer in;
	size_t got, was = out->pos;
	bool ready;

	if (d->between && !zstd_more(d, s, damage))
		return false;
	ready = stream_in_ready(&d->in, s, 1);
	in = (ZSTD_inBuffer){ .src = d->in.at, .size = d->in.left };
	got = ZSTD_decompressStream(d->z, out, &in);
	stream_in_take(&d->in, in.pos);
	if (ZSTD_isError(got)) {
		*damage =
			ZSTD_getErrorCode(got) ==
					ZSTD_error_frameParameter_windowTooLarge
				? STREAM_WINDOW
				: STREAM_BAD;
		return false;
	}
	d->between = !got;
	/* The library may hold output back while it has no input left. */
	if (!ready && got && out->pos == was) {
		*damage = STREAM_CUT;
		return false;
	}
	return true;
}

static size_t zstd_read(void *state, struct stream *s, void *out, size_t n,
			enum stream_damage *damage)
{
	struct zstd *d = state;
	ZSTD_outBuffer to = { .dst = out,
			      .size = n < STREAM_IN ? n : STREAM_IN };

	while (!d->done && !to.pos)
		d->done = !zstd_step(d, s, &to, damage);
	return to.pos;
}

const struct stream_codec stream_zstd = {
	.is = zstd_is,
	.open = zstd_open,
	.read = zstd_read,
	.taken = zstd_taken,
	.free = zstd_free,
};
