/* Snoop captures: Solaris' snoop, Check Point's fw monitor.
 *
 *	header	"snoop" 0 0 0, version 4 (2), datalink 4
 *	record	length on the wire 4, in the file 4, of the record 4, drops so
 *		far 4, seconds 4, microseconds 4; data; padding
 *
 * All big-endian.  Shomiti's versions (3 to 5) have further record headers, and
 * are left to editcap.
 *
 * Cost: about 10 ns a frame.
 *
 * Reference: RFC 1761.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/time.h"
#include "capture/reader_int.h"

#define SNOOP_HEADER 16
#define SNOOP_RECORD 24
#define SECOND_NS 1000000000ll
#define US_NS 1000

struct snoop {
	struct reader *r; /* not owned */
	struct stream *s; /* not owned */
	uint64_t given;   /* taken of the stream with the next frame */
	uint32_t drops;   /* told so far */
};

static uint32_t be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static int linktype_of(uint32_t datalink)
{
	switch (datalink) {
	case 0: /* 802.3 */
	case 4: /* Ethernet */
		return 1;
	case 2:
		return 6; /* token ring */
	case 8:
		return 10; /* FDDI */
	default:
		return 162; /* a private-use number, which no decoder knows */
	}
}

static void snoop_free(void *state)
{
	free(state);
}

static void *snoop_open(struct reader *r, struct err *err)
{
	struct stream *s = reader_stream(r);
	const uint8_t *p = stream_peek(s, SNOOP_HEADER);
	struct reader_port *port;
	struct snoop *x;

	if (!p) {
		err_set(err, ERR_INPUT,
			"%s: is cut off within the file header (%llu bytes): "
			"copy it again",
			stream_name(s), (unsigned long long)stream_bytes(s));
		return NULL;
	}
	if (be(p + 8) != 2) {
		err_set(err, ERR_INPUT,
			"%s: is a snoop capture of version %lu, which is not "
			"known: convert it: editcap -F pcapng IN OUT",
			stream_name(s), (unsigned long)be(p + 8));
		return NULL;
	}
	x = mem_zalloc(1, sizeof *x);
	x->r = r;
	x->s = s;
	x->given = SNOOP_HEADER;
	port = reader_add_port(r);
	port->pub.linktype = linktype_of(be(p + 12));
	port->pub.resolution_ns = US_NS;
	return x;
}

/* @drops: by the capturing host since it began, up to @f.  Before the first
 * packet there is nothing that they could be missing from. */
static void count_drops(struct snoop *x, const struct frame *f, uint32_t drops)
{
	struct reader_port *port = reader_port(x->r, 0);
	bool later = reader_frames(x->r) > 0;

	port->pub.dropped = drops;
	port->pub.dropped_known = true;
	if (later && drops > x->drops && time_fits(f->time_ns))
		reader_trouble_span(x->r, TROUBLE_DROPS, drops - x->drops, 0,
				    port->last_ns ? port->last_ns : f->time_ns,
				    f->time_ns);
	x->drops = drops;
}

static int snoop_next(void *state, struct frame *f)
{
	struct snoop *x = state;
	uint64_t next = reader_frames(x->r) + 1;
	const uint8_t *p;
	uint32_t len;

	stream_skip(x->s, x->given);
	x->given = 0;
	p = stream_peek(x->s, SNOOP_RECORD);
	if (!p) {
		if (stream_ready(x->s))
			reader_trouble(x->r, TROUBLE_CUT_RECORD, 1, next, 0);
		return 0;
	}
	f->wire_len = be(p);
	f->cap_len = be(p + 4);
	len = be(p + 8);
	if (f->cap_len > READER_BLOCK_MAX || f->wire_len > READER_BLOCK_MAX ||
	    len > READER_BLOCK_MAX || len < SNOOP_RECORD + f->cap_len) {
		reader_trouble(x->r, TROUBLE_BAD_RECORD, 1, next, 0);
		return 0;
	}
	p = stream_peek(x->s, len);
	if (!p) {
		reader_trouble(x->r, TROUBLE_CUT_RECORD, 1, next, 0);
		return 0;
	}
	x->given = len;
	f->iface = 0;
	f->data = p + SNOOP_RECORD;
	f->time_ns = be(p + 16) * SECOND_NS + be(p + 20) * (int64_t)US_NS;
	if (f->wire_len < f->cap_len) {
		reader_trouble(x->r, TROUBLE_BAD_LENGTH, 1, next, 0);
		f->wire_len = f->cap_len;
	}
	count_drops(x, f, be(p + 12));
	return 1;
}

const struct reader_format reader_snoop = {
	.open = snoop_open,
	.next = snoop_next,
	.free = snoop_free,
};
