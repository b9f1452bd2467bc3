/* Microsoft Network Monitor captures (.cap), versions 1 and 2.
 *
 *	header	signature 4 (RTSS: version 1, GMBU: version 2), minor version
 *		1, major version 1, media type 2, SYSTEMTIME 16 (year, month,
 *		weekday, day, hour, minute, second, milliseconds; 2 each),
 *		frame table offset 4, its length 4, ...; 128 bytes
 *	frame	version 1: ms since the start 4, length on the wire 2, in the
 *		file 2; version 2: us since the start 8, lengths 4, 4
 *		data
 *		from 2.1 on: media type 2; 2.2: process 4; 2.3: UTC as FILETIME
 *		(100 ns since 1601) 8, time zone 1
 *	frame table	the frames' offsets, 4 each
 *
 * All little-endian.  The table comes after the frames, which are contiguous;
 * so they are read as a stream, and their offsets are compared with the table
 * once it is reached, as two running sums, which need no memory.
 *
 * The start is the capturing machine's local time, without a zone: taken for
 * UTC, it is off by whole hours.  Version 2.3 has UTC with each frame.
 *
 * Each media type becomes an interface.  What the monitor wrote about itself
 * (process names, filters, events) has a frame number and no packet.
 *
 * Cost: about 20 ns a frame.
 *
 * Reference: Netmon Capture File Format (Microsoft, with Network Monitor 3);
 * Win32 documentation: CAPTUREFILE_HEADER_VALUES.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "capture/reader_int.h"

#define NETMON_HEADER 128
#define NETMON_FIELDS 32 /* bytes of the header that are read */
#define FRAME_1 8
#define FRAME_2 16
#define SECOND_NS 1000000000ll
#define EPOCH_1601_S 11644473600ll /* from 1601 to 1970 */

enum media {
	MEDIA_NONE, /* old files: Ethernet */
	MEDIA_ETHERNET,
	MEDIA_TOKEN_RING,
	MEDIA_FDDI,
	MEDIA_ATM,
	MEDIA_1394,
	MEDIA_WIFI,
	MEDIA_TUNNEL,
	MEDIA_WWAN,
	MEDIA_RAW_IP,
	MEDIA_PCAP = 0xe000, /* and the link type of pcap */
	MEDIA_OWN = 0xf000,  /* from here on: not packets */
};

struct netmon {
	struct reader *r; /* not owned */
	struct stream *s; /* not owned */
	int64_t start_ns;
	unsigned version; /* major << 8 | minor */
	uint16_t media;   /* of frames that have none of their own */
	uint64_t table_at, table_len;
	uint64_t given;    /* taken of the stream with the next frame */
	uint64_t frames;   /* records read */
	uint32_t check;    /* over their offsets */
	uint16_t ports[8]; /* media types of the interfaces so far */
	unsigned n_ports;
};

static uint32_t le(const uint8_t *p, int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static int64_t le64(const uint8_t *p)
{
	return (int64_t)((uint64_t)le(p + 4, 4) << 32 | le(p, 4));
}

/* Days from 1970 to a date of the Gregorian calendar. */
static int64_t days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
	       719469;
}

static int64_t system_time(const uint8_t *p)
{
	int64_t s = days(le(p, 2), le(p + 2, 2), le(p + 6, 2)) * 86400 +
		    le(p + 8, 2) * 3600 + le(p + 10, 2) * 60 + le(p + 12, 2);

	/* Whatever the fields hold, 16-bit years cannot overflow. */
	if (s < 0 || s > INT64_MAX / SECOND_NS - 1)
		return 0;
	return s * SECOND_NS + le(p + 14, 2) * 1000000ll;
}

static int linktype_of(uint16_t media)
{
	switch (media) {
	case MEDIA_NONE:
	case MEDIA_ETHERNET:
		return 1;
	case MEDIA_TOKEN_RING:
		return 6;
	case MEDIA_FDDI:
		return 10;
	case MEDIA_WIFI:
		return 105;
	case MEDIA_TUNNEL:
	case MEDIA_WWAN:
	case MEDIA_RAW_IP:
		return 101;
	default:
		/* others: a private-use number, which no decoder knows */
		return media >= MEDIA_PCAP ? media - MEDIA_PCAP : 162;
	}
}

/* The interface of frames of @media, added if new.  The last one takes all
 * media beyond the limit. */
static uint32_t port_of(struct netmon *m, uint16_t media)
{
	const unsigned max = sizeof m->ports / sizeof *m->ports;
	struct reader_port *port;
	unsigned i;

	for (i = 0; i < m->n_ports; i++)
		if (m->ports[i] == media)
			return i;
	if (m->n_ports == max)
		return max - 1;
	port = reader_add_port(m->r);
	port->pub.linktype = linktype_of(media);
	port->pub.resolution_ns = m->version >= 0x203   ? 100
				  : m->version >= 0x200 ? 1000
							: 1000000;
	m->ports[m->n_ports] = media;
	return m->n_ports++;
}

static void netmon_free(void *state)
{
	free(state);
}

static void *netmon_open(struct reader *r, struct err *err)
{
	struct netmon *m = mem_zalloc(1, sizeof *m);
	const uint8_t *p;

	m->r = r;
	m->s = reader_stream(r);
	p = stream_peek(m->s, NETMON_HEADER);
	if (!p) {
		err_set(err, ERR_INPUT,
			"%s: is cut off within the file header (%llu bytes): "
			"copy it again",
			stream_name(m->s),
			(unsigned long long)stream_bytes(m->s));
		goto fail;
	}
	m->version = (unsigned)p[5] << 8 | p[4];
	m->media = (uint16_t)le(p + 6, 2);
	m->start_ns = system_time(p + 8);
	m->table_at = le(p + 24, 4);
	m->table_len = le(p + 28, 4);
	if (m->version >> 8 != (p[0] == 'R' ? 1 : 2)) {
		err_set(err, ERR_INPUT,
			"%s: is a Network Monitor capture of version %u.%u, "
			"which is not known: convert it: editcap -F pcapng IN "
			"OUT",
			stream_name(m->s), m->version >> 8, m->version & 255);
		goto fail;
	}
	/* The table was never written: the capture was cut off.  Then frames go
	 * to the end. */
	if (m->table_at < NETMON_HEADER)
		m->table_at = UINT64_MAX;
	m->given = NETMON_HEADER;
	port_of(m, m->media);
	return m;
fail:
	netmon_free(m);
	return NULL;
}

static unsigned trailer_len(const struct netmon *m)
{
	return m->version < 0x201    ? 0
	       : m->version == 0x201 ? 2
	       : m->version == 0x202 ? 6
				     : 15;
}

static uint32_t add_check(uint32_t check, uint32_t offset)
{
	return check * 0x9e3779b1u + offset;
}

/* After the last frame: does the table list the same frames? */
static int netmon_end(struct netmon *m)
{
	uint64_t n = 0, want = m->table_len / 4;
	uint32_t check = 0;

	if (stream_offset(m->s) != m->table_at)
		return 0;
	for (const uint8_t *p; n < want && (p = stream_peek(m->s, 4)); n++) {
		check = add_check(check, le(p, 4));
		stream_skip(m->s, 4);
	}
	if (n != want)
		reader_trouble(m->r, TROUBLE_CUT_RECORD, 1, m->frames, 0);
	else if (n != m->frames || check != m->check)
		reader_trouble(m->r, TROUBLE_FRAME_TABLE, 1, 0, 0);
	return 0;
}

static void set_time(const struct netmon *m, const uint8_t *p,
		     const uint8_t *trailer, struct frame *f)
{
	int64_t unit = m->version >= 0x200 ? 1000 : 1000000;
	int64_t since = m->version >= 0x200 ? le64(p) : le(p, 4);

	if (m->version >= 0x203 && le64(trailer + 6) > 0) {
		int64_t utc = le64(trailer + 6);
		int64_t s = utc / 10000000 - EPOCH_1601_S;

		if (s >= 0 && s < INT64_MAX / SECOND_NS - 1) {
			f->time_ns = s * SECOND_NS + utc % 10000000 * 100;
			return;
		}
	}
	if (__builtin_mul_overflow(since, unit, &f->time_ns) ||
	    __builtin_add_overflow(f->time_ns, m->start_ns, &f->time_ns) ||
	    f->time_ns < 0)
		f->time_ns = 0;
}

/* The monitor's own header of 802.11 frames: version 1, length 2, ... */
static void skip_wifi_header(struct frame *f)
{
	uint32_t len = f->cap_len >= 3 ? le(f->data + 1, 2) : 0;

	if (len < 3 || len > f->cap_len)
		return;
	f->data += len;
	f->cap_len -= len;
	f->wire_len -= len;
}

/* One record.  Return: 1 and *f, 0 at the end, -1 if it holds no packet. */
static int netmon_record(struct netmon *m, struct frame *f)
{
	bool v1 = m->version < 0x200;
	size_t hdr = v1 ? FRAME_1 : FRAME_2;
	uint64_t next = reader_frames(m->r) + 1, at;
	const uint8_t *p, *trailer;
	uint16_t media = m->media;

	stream_skip(m->s, m->given);
	m->given = 0;
	at = stream_offset(m->s);
	if (at >= m->table_at)
		return netmon_end(m);
	p = stream_peek(m->s, hdr);
	if (!p) {
		if (stream_ready(m->s) || m->table_at != UINT64_MAX)
			reader_trouble(m->r, TROUBLE_CUT_RECORD, 1, next, 0);
		return 0;
	}
	f->wire_len = le(p + (v1 ? 4 : 8), v1 ? 2 : 4);
	f->cap_len = le(p + (v1 ? 6 : 12), v1 ? 2 : 4);
	if (f->cap_len > READER_BLOCK_MAX || f->wire_len > READER_BLOCK_MAX) {
		reader_trouble(m->r, TROUBLE_BAD_RECORD, 1, next, 0);
		return 0;
	}
	m->given = hdr + f->cap_len + trailer_len(m);
	p = stream_peek(m->s, m->given);
	if (!p) {
		m->given = 0;
		reader_trouble(m->r, TROUBLE_CUT_RECORD, 1, next, 0);
		return 0;
	}
	m->frames++;
	m->check = add_check(m->check, (uint32_t)at);
	f->data = p + hdr;
	trailer = f->data + f->cap_len;
	if (m->version >= 0x201)
		media = (uint16_t)le(trailer, 2);
	if (media >= MEDIA_OWN)
		return -1;
	f->iface = port_of(m, media);
	set_time(m, p, trailer, f);
	if (f->wire_len < f->cap_len) {
		reader_trouble(m->r, TROUBLE_BAD_LENGTH, 1, next, f->iface);
		f->wire_len = f->cap_len;
	}
	if (media == MEDIA_WIFI)
		skip_wifi_header(f);
	return 1;
}

static int netmon_next(void *state, struct frame *f)
{
	struct netmon *m = state;
	int got;

	while ((got = netmon_record(m, f)) < 0)
		reader_skip_frame(m->r);
	return got;
}

const struct reader_format reader_netmon = {
	.open = netmon_open,
	.next = netmon_next,
	.free = netmon_free,
};
