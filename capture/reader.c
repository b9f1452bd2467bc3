/* The reader: what all formats share.
 *
 *   stream -> magic -> classic.c, pcapng.c, netmon.c, snoop.c
 *          -> number, place (fw_monitor.c), check -> frame
 *
 * Steps: reader_open() recognises the format by its first bytes, or says what
 * else the file is; reader_next() numbers frames, watches the time stamps of
 * each interface, and at the end drains the stream (so that the digest covers
 * the whole file even where a damaged record ended the packets early) and words
 * what was wrong.
 *
 * Only a failed read(2) is fatal: damage is skipped or ends the packets, and is
 * counted under an identifier (reader_words.c).  Counts are kept per
 * identifier and interface; each stretch of drops has an entry of its own, up
 * to SPANS_MAX (then the interface's last one grows).  Counting is O(1).
 *
 * Time: a stamp more than BACK_NS before the latest of its interface means a
 * clock set back, or damage (time-back); less is reordering in capture queues
 * (time-order), which later stages sort out.  Zero means no time, and stamps
 * beyond the limit of base/time.h become zero, so that no later difference
 * overflows.
 */
#include "capture/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "capture/decode.h"
#include "capture/fw_monitor.h"
#include "capture/magic.h"
#include "capture/reader_int.h"

#define ETHERNET 1 /* LINKTYPE_ETHERNET */
#define BACK_NS 1000000000u
#define SPANS_MAX 256

struct reader {
	struct stream *stream; /* owned */
	const struct reader_format *format;
	void *state;               /* owned by the format */
	struct reader_port **port; /* owned, each too */
	size_t n_ports;
	uint64_t frames;
	bool ended;
	char digest[33];
	struct VEC(struct quality) quality; /* text: set at the end */
	size_t spans;                       /* of these, with a time */
	struct reader_troubles troubles;    /* before any interface is known */
};

struct stream *reader_stream(struct reader *r)
{
	return r->stream;
}

uint64_t reader_frames(const struct reader *r)
{
	return r->frames;
}

void reader_skip_frame(struct reader *r)
{
	r->frames++;
}

struct reader_port *reader_add_port(struct reader *r)
{
	size_t cap = r->n_ports;

	if (r->n_ports == READER_IFACES_MAX) {
		reader_trouble(r, TROUBLE_MANY_IFACES, 1, 0, 0);
		return NULL;
	}
	r->port = mem_resize(r->port, cap + 1, sizeof(*r->port));
	r->port[cap] = mem_zalloc(1, sizeof **r->port);
	return r->port[r->n_ports++];
}

struct reader_port *reader_port(struct reader *r, size_t i)
{
	return i < r->n_ports ? r->port[i] : NULL;
}

static struct reader_troubles *troubles_of(struct reader *r, uint32_t iface)
{
	return iface < r->n_ports ? &r->port[iface]->troubles : &r->troubles;
}

static uint32_t add_quality(struct reader *r, struct quality q)
{
	*VEC_PUSH(&r->quality) = q;
	return (uint32_t)r->quality.n;
}

void reader_trouble(struct reader *r, enum trouble t, uint64_t n,
		    uint64_t frame, uint32_t iface)
{
	uint32_t *at = &troubles_of(r, iface)->at[t];

	if (*at)
		r->quality.at[*at - 1].count += n;
	else
		*at = add_quality(r, (struct quality){
					     .what = trouble_word(t),
					     .count = n,
					     .first_frame = frame,
					     .iface = iface,
				     });
}

void reader_trouble_span(struct reader *r, enum trouble t, uint64_t n,
			 uint32_t iface, int64_t from_ns, int64_t to_ns)
{
	uint32_t *at = &troubles_of(r, iface)->span;

	if (r->spans < SPANS_MAX) {
		r->spans++;
		*at = add_quality(r, (struct quality){
					     .what = trouble_word(t),
					     .count = n,
					     .iface = iface,
					     .from_ns = time_held(from_ns),
					     .to_ns = time_held(to_ns),
				     });
	} else if (*at) {
		struct quality *q = &r->quality.at[*at - 1];

		q->count += n;
		to_ns = time_held(to_ns);
		q->to_ns = to_ns > q->to_ns ? to_ns : q->to_ns;
	} else {
		reader_trouble(r, t, n, 0, iface);
	}
}

/* Names the link types that cannot be decoded, for their sentence. */
static void check_linktypes(struct reader *r)
{
	for (size_t i = 0; i < r->n_ports; i++)
		if (r->port[i]->seen && !decode_knows(r->port[i]->pub.linktype))
			reader_trouble(r, TROUBLE_UNKNOWN_LINKTYPE, 1, 0,
				       (uint32_t)i);
}

static void name_linktype(const struct reader *r, struct quality *q)
{
	char name[64];
	struct text t = { 0 };

	if (strcmp(q->what, trouble_word(TROUBLE_UNKNOWN_LINKTYPE)))
		return;
	linktype_name(r->port[q->iface]->pub.linktype, name);
	text_add(&t, "%s: %s", q->text, name);
	free(q->text);
	q->text = t.at;
}

static void check_stream(struct reader *r)
{
	static const enum trouble of[] = {
		[STREAM_CUT] = TROUBLE_CUT_STREAM,
		[STREAM_BAD] = TROUBLE_BAD_STREAM,
		[STREAM_LIMIT] = TROUBLE_STREAM_LIMIT,
		[STREAM_TAIL] = TROUBLE_STREAM_TAIL,
		[STREAM_WINDOW] = TROUBLE_STREAM_WINDOW,
	};
	enum stream_damage d = stream_damage(r->stream);

	if (d != STREAM_WHOLE)
		reader_trouble(r, of[d], 1, r->frames, 0);
}

static void finish(struct reader *r)
{
	r->ended = true;
	stream_drain(r->stream);
	stream_digest(r->stream, r->digest);
	if (!r->frames)
		reader_trouble(r, TROUBLE_NO_PACKETS, 1, 0, 0);
	check_stream(r);
	check_linktypes(r);
	for (size_t i = 0; i < r->quality.n; i++) {
		r->quality.at[i].text = trouble_text(&r->quality.at[i]);
		name_linktype(r, &r->quality.at[i]);
	}
}

/* The interface's first frame, or its time is none, or earlier than the last. */
static __attribute__((noinline)) void
check_odd_time(struct reader *r, struct reader_port *p, struct frame *f)
{
	if (!time_fits(f->time_ns)) {
		reader_trouble(r, TROUBLE_BAD_TIME, 1, f->number, f->iface);
		f->time_ns = 0;
	}
	if (!p->seen)
		p->first_ns = p->last_ns = f->time_ns;
	p->seen = true;
	if (!f->time_ns) {
		reader_trouble(r, TROUBLE_TIME_ZERO, 1, f->number, f->iface);
		return;
	}
	if (f->time_ns >= p->last_ns) {
		p->last_ns = f->time_ns;
		return;
	}
	if ((uint64_t)p->last_ns - (uint64_t)f->time_ns <= BACK_NS) {
		reader_trouble(r, TROUBLE_TIME_ORDER, 1, f->number, f->iface);
		return;
	}
	reader_trouble(r, TROUBLE_TIME_BACK, 1, f->number, f->iface);
	p->last_ns = f->time_ns; /* the new time is the reference from here
				  * on */
}

static void check_time(struct reader *r, struct frame *f)
{
	struct reader_port *p = r->port[f->iface];

	if (p->seen && f->time_ns && f->time_ns >= p->last_ns &&
	    time_fits(f->time_ns))
		p->last_ns = f->time_ns;
	else
		check_odd_time(r, p, f);
}

/* A frame to a group's hardware address: or is it fw monitor's header? */
static __attribute__((noinline)) void check_place(struct reader *r,
						  struct frame *f)
{
	char name[FW_MONITOR_NAME];

	if (r->port[f->iface]->pub.linktype == ETHERNET &&
	    fw_monitor_place(f, name))
		f->iface = reader_port_named(r, f->iface, name);
}

static __attribute__((noinline)) int end(struct reader *r, struct err *err)
{
	finish(r);
	if (stream_errno(r->stream))
		return err_set(err, ERR_INPUT,
			       "%s: reading failed at byte %llu: %s",
			       stream_name(r->stream),
			       (unsigned long long)stream_bytes(r->stream),
			       strerror(stream_errno(r->stream)));
	return 0;
}

int reader_next(struct reader *r, struct frame *f, struct err *err)
{
	if (r->ended)
		return 0;
	if (!r->format->next(r->state, f))
		return end(r, err);
	f->number = ++r->frames;
	if (f->cap_len && (f->data[0] & 0x41) == 0x41)
		check_place(r, f);
	check_time(r, f);
	return 1;
}

size_t reader_ifaces(const struct reader *r)
{
	return r->n_ports;
}

const struct reader_iface *reader_iface(const struct reader *r, size_t i)
{
	return i < r->n_ports ? &r->port[i]->pub : NULL;
}

const char *reader_digest(const struct reader *r)
{
	return r->digest;
}

uint64_t reader_bytes(const struct reader *r)
{
	return stream_bytes(r->stream);
}

const struct quality *reader_quality(const struct reader *r, size_t *n)
{
	*n = r->ended ? r->quality.n : 0;
	return r->quality.at;
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	if (r->state)
		r->format->free(r->state);
	for (size_t i = 0; i < r->n_ports; i++) {
		free(r->port[i]->pub.name);
		free(r->port[i]->pub.filter);
		free(r->port[i]);
	}
	free(r->port);
	for (size_t i = 0; i < r->quality.n; i++)
		free(r->quality.at[i].text);
	VEC_FREE(&r->quality);
	stream_free(r->stream);
	free(r);
}

/* Reports what the file is instead of a capture. */
static int no_capture(struct stream *s, const struct magic *m, struct err *err)
{
	const char *name = stream_name(s);
	const uint8_t *p = stream_peek(s, 4);

	if (m->kind == MAGIC_OTHER)
		return err_set(err, ERR_INPUT, "%s: is %s: %s", name, m->is,
			       m->help);
	if (stream_errno(s))
		return err_set(err, ERR_INPUT, "%s: cannot be read: %s", name,
			       strerror(stream_errno(s)));
	if (stream_damage(s) == STREAM_WINDOW && !p)
		return err_set(err, ERR_INPUT,
			       "%s: its compressed data needs a window of more "
			       "than 128 MB: decompress it first: "
			       "zstd -d --long=31 IN",
			       name);
	if (stream_damage(s) != STREAM_WHOLE && !p)
		return err_set(err, ERR_INPUT,
			       "%s: its compressed data is cut off or damaged "
			       "from the start: copy it again",
			       name);
	if (!p)
		return err_set(err, ERR_INPUT,
			       "%s: is too short for a capture (%llu bytes): "
			       "copy it again",
			       name, (unsigned long long)stream_bytes(s));
	return err_set(err, ERR_INPUT,
		       "%s: is no capture that is known here (begins with "
		       "%02x%02x%02x%02x): if Wireshark opens it, convert it: "
		       "editcap -F pcapng IN OUT",
		       name, p[0], p[1], p[2], p[3]);
}

static const struct reader_format *format_of(struct stream *s, struct err *err)
{
	size_t n = stream_peek(s, MAGIC_BYTES) ? MAGIC_BYTES : stream_ready(s);
	const uint8_t *p = stream_peek(s, n);
	struct magic m = magic_of(p, n);

	if (m.kind == MAGIC_PCAPNG)
		return &reader_pcapng;
	if (m.kind == MAGIC_PCAP)
		return &reader_classic;
	if (m.kind == MAGIC_NETMON)
		return &reader_netmon;
	if (m.kind == MAGIC_SNOOP)
		return &reader_snoop;
	no_capture(s, &m, err);
	return NULL;
}

static struct reader *reader_start(struct stream *s, struct err *err)
{
	const struct reader_format *format = s ? format_of(s, err) : NULL;
	struct reader *r;

	if (!format) {
		stream_free(s);
		return NULL;
	}
	r = mem_zalloc(1, sizeof *r);
	r->stream = s;
	r->format = format;
	r->state = format->open(r, err);
	if (!r->state) {
		reader_close(r);
		return NULL;
	}
	return r;
}

struct reader *reader_open(const char *path, struct err *err)
{
	return reader_start(stream_open(path, err), err);
}

struct reader *reader_memory(const void *p, size_t n, struct err *err)
{
	return reader_start(stream_memory(p, n, err), err);
}
