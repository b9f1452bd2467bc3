/* Frames into packet records.
 *
 * A struct decode_run goes through the layers: its cursor over the captured
 * bytes, and beside it how many bytes there were on the wire.  Each layer takes
 * its header off both, narrows both to what its own length field says (so that
 * padding never becomes payload), fills in what it knows, and calls the next.
 * Nothing is allocated; nothing of the frame is kept except fragments' ports
 * and 802.11 frame hashes. Most frames are of one kind, which decode_common()
 * reads in one go, with the same results.
 *
 * Three kinds of failure are told apart: cut (the capture has no more bytes),
 * malformed (the packet itself has no more, or contradicts itself) and unknown
 * (not for this decoder).
 *
 * Cost: about 30 ns a packet plus digests and sums of captured payload.
 */
#include "capture/decode.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "capture/decode_common.h"
#include "capture/decode_int.h"

#define LINK_ETHERNET 1

struct decoder *decoder_new(void)
{
	return mem_zalloc(1, sizeof(struct decoder));
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	frag_free(d->frags);
	retry_free(d->retries);
	free(d);
}

static inline void begin(struct packet *out, const struct frame *f)
{
	memset(out, 0, offsetof(struct packet, quote));
	out->rec.time_ns = f->time_ns;
	out->rec.frame = f->number;
	out->rec.wire_len = f->wire_len;
	out->rec.cap_len = f->cap_len;
	out->wscale = -1;
	out->key.lane = DECODE_LANE(f->iface, 0);
}

static __attribute__((noinline)) enum decode_result
by_layers(struct decoder *d, const struct frame *f, int linktype,
	  struct packet *out)
{
	struct decode_run r = {
		.d = d,
		.f = f,
		.out = out,
		.c = cursor_of(f->data, f->cap_len),
		.left = f->wire_len > f->cap_len ? f->wire_len : f->cap_len,
	};

	return decode_link(&r, linktype);
}

enum decode_result decode_frame(struct decoder *d, const struct frame *f,
				int linktype, struct packet *out)
{
	d->more = false;
	begin(out, f);
	if (linktype == LINK_ETHERNET && decode_common(f, out))
		return DECODE_OK;
	return by_layers(d, f, linktype, out);
}

bool decode_more(const struct decoder *d)
{
	return d->more;
}

enum decode_result decode_next(struct decoder *d, const struct frame *f,
			       struct packet *out)
{
	struct decode_run r = d->rest;

	d->more = false;
	r.f = f;
	r.out = out;
	begin(out, f);
	return decode_rest(&r);
}
