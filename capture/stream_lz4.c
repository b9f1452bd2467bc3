/* lz4 below the stream, by liblz4's frame interface.
 *
 * Frames may follow one another, skippable ones among them.  A frame that ends
 * early or whose check fails yields all that came out before it was noticed.
 * The frames of lz4 before 2014 ("legacy", another magic) are not known to the
 * library; capture/magic.c names them.
 *
 * Cost: about 0.3 ns a byte and the frame's check; memory: STREAM_IN and up to
 * two blocks of 4 MB.
 *
 * Reference: LZ4 Frame Format Description, 1.6.
 */
#include <lz4frame.h>
#include <stdlib.h>

#include "base/mem.h"
#include "capture/stream_int.h"

#define LZ4_FRAME 0x184d2204u

struct lz4 {
	struct stream_in in;
	LZ4F_dctx *z; /* owned */
	bool between; /* no frame is open */
	bool done;    /* at the end; *damage has been set */
};

static bool lz4_is(const uint8_t *p, size_t n)
{
	return stream_begins(p, n, LZ4_FRAME);
}

static void *lz4_open(const uint8_t *p, size_t n)
{
	struct lz4 *d = mem_zalloc(1, sizeof *d);

	stream_in_init(&d->in, p, n);
	if (LZ4F_isError(LZ4F_createDecompressionContext(&d->z, LZ4F_VERSION)))
		mem_exhausted();
	return d;
}

static void lz4_free(void *state)
{
	struct lz4 *d = state;

	LZ4F_freeDecompressionContext(d->z);
	stream_in_release(&d->in);
	free(d);
}

static uint64_t lz4_taken(const void *state)
{
	const struct lz4 *d = state;

	return stream_in_taken(&d->in);
}

/* After a frame: does another follow? */
static bool lz4_more(struct lz4 *d, struct stream *s,
		     enum stream_damage *damage)
{
	stream_in_ready(&d->in, s, 4);
	if (stream_frame_is(d->in.at, d->in.left, LZ4_FRAME)) {
		d->between = false;
		return true;
	}
	if (!stream_in_zeroes(&d->in, s))
		*damage = STREAM_TAIL;
	return false;
}

/* One call of the library: *@n is the room in @out, then the number of bytes
 * written to it.
 * Return: false once nothing more comes. */
static bool lz4_step(struct lz4 *d, struct stream *s, void *out, size_t *n,
		     enum stream_damage *damage)
{
	size_t took, got, room = *n;
	bool ready;

	*n = 0;
	if (d->between && !lz4_more(d, s, damage))
		return false;
	ready = stream_in_ready(&d->in, s, 1);
	took = d->in.left;
	*n = room;
	got = LZ4F_decompress(d->z, out, n, d->in.at, &took, NULL);
	if (LZ4F_isError(got)) {
		*n = 0;
		*damage = STREAM_BAD;
		return false;
	}
	stream_in_take(&d->in, took);
	d->between = !got;
	if (!ready && got && !*n) {
		*damage = STREAM_CUT;
		return false;
	}
	return true;
}

static size_t lz4_read(void *state, struct stream *s, void *out, size_t n,
		       enum stream_damage *damage)
{
	struct lz4 *d = state;
	size_t got = 0;

	while (!d->done && !got) {
		got = n < STREAM_IN ? n : STREAM_IN;
		d->done = !lz4_step(d, s, out, &got, damage);
	}
	return got;
}

const struct stream_codec stream_lz4 = {
	.is = lz4_is,
	.open = lz4_open,
	.read = lz4_read,
	.taken = lz4_taken,
	.free = lz4_free,
};
