/* Classic pcap, by libpcap over the stream, or without it where that is plain.
 *
 *   stream ---------------------------------------------> held back or out
 *        `-> FILE (fopencookie, 1 MiB of stdio) -> libpcap -'
 *
 * libpcap knows all the variants (both byte orders, nanoseconds, modified
 * headers, swapped lengths of old versions).  Nearly all files are of one of
 * them: this machine's byte order, version 2.4, a link type that is decoded
 * here.  Their records are taken where they lie in the stream's buffer
 * (plain_take()), which saves two calls and a copy a packet; the header has
 * been through libpcap all the same, and what it would refuse is refused.
 *
 * What libpcap gets wrong for damaged files is done here:
 * - It returns a zero-filled tail as empty packets of 1970.  So all-zero
 *   records are counted and held back (`held`), and come out only if a record
 *   of something else follows; at the end they are the tail.
 * - It cuts records longer than the header's snap length.  It is told that
 *   there is no limit (classic_header()); the interface keeps the header's
 *   value.
 * - It takes 32-bit seconds for signed: 2038 to 2106 are corrected.
 * - Its errors are only text.  Whether the file just ended is known from stdio.
 *
 * Cost: about 30 ns a packet on top of copying its bytes once; 5 where plain.
 *
 * Reference: draft-ietf-opsawg-pcap.
 */
#include "capture/reader_int.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "capture/decode.h"

#define CLASSIC_HEADER 24
#define CLASSIC_RECORD 16
#define CLASSIC_MOST 262144 /* bytes of a packet; more is damage */
#define CLASSIC_STDIO (1024 * 1024)

struct classic_record {
	int64_t s, ns; /* as recorded, plausible or not */
	uint32_t cap_len, wire_len;
	const uint8_t *data; /* until the next one is taken */
};

enum classic_got { GOT_RECORD, GOT_END, GOT_CUT, GOT_NONSENSE };

struct classic {
	struct reader *r;               /* not owned */
	struct stream *s;               /* not owned */
	pcap_t *pcap;                   /* owned, with its FILE */
	char *stdio;                    /* owned: the FILE's buffer */
	uint8_t header[CLASSIC_HEADER]; /* as shown to libpcap */
	size_t header_given;            /* of it */
	uint64_t held;                  /* all-zero records still to give out */
	bool pending;                   /* a record waits behind them: rec */
	struct classic_record rec;
	bool plain;        /* records are taken without libpcap */
	const uint8_t *at; /* the next record, in the stream's buffer */
	size_t left;       /* bytes available from `at` on */
	size_t taken;      /* bytes before it that the stream still holds */
	uint32_t frac_ns;  /* unit of a time stamp's fraction */
};

static ssize_t cookie_read(void *cookie, char *out, size_t n)
{
	struct classic *c = cookie;
	size_t left = sizeof c->header - c->header_given;

	if (left) {
		n = n < left ? n : left;
		memcpy(out, c->header + c->header_given, n);
		c->header_given += n;
		return (ssize_t)n;
	}
	return (ssize_t)stream_read(c->s, out, n);
}

static uint32_t field(const uint8_t *p, bool big)
{
	return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			       (uint32_t)p[2] << 8 | p[3]
		   : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
			       (uint32_t)p[1] << 8 | p[0];
}

static uint32_t native32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* This machine's byte order, version 2.4, and no flags beside the link type. */
static bool is_plain(const uint8_t header[static CLASSIC_HEADER])
{
	uint32_t magic = native32(header);
	uint16_t version[2];

	memcpy(version, header + 4, sizeof version);
	return (magic == 0xa1b2c3d4 || magic == 0xa1b23c4d) &&
	       version[0] == 2 && version[1] == 4 &&
	       native32(header + 20) <= 0xffff;
}

/* Reads the file header: the interface, and the header for libpcap. */
static int classic_header(struct classic *c, struct err *err)
{
	struct reader_port *port = reader_add_port(c->r);
	bool big;

	if (stream_read(c->s, c->header, CLASSIC_HEADER) != CLASSIC_HEADER)
		return err_set(err, ERR_INPUT,
			       "%s: is cut off within the file header (%llu "
			       "bytes): copy it again",
			       stream_name(c->s),
			       (unsigned long long)stream_bytes(c->s));
	big = c->header[0] == 0xa1;
	port->pub.snaplen = field(c->header + 16, big);
	/* The upper bits describe frame check sequences. */
	port->pub.linktype = (int)(field(c->header + 20, big) & 0xffff);
	port->pub.resolution_ns = c->header[big ? 2 : 1] == 0x3c ? 1 : 1000;
	c->plain = is_plain(c->header) && decode_knows(port->pub.linktype);
	c->frac_ns = (uint32_t)port->pub.resolution_ns;
	memset(c->header + 16, 0, 4); /* no limit */
	return 0;
}

static FILE *classic_file(struct classic *c)
{
	cookie_io_functions_t io = { .read = cookie_read };
	FILE *f = fopencookie(c, "r", io);

	if (!f)
		mem_exhausted();
	c->stdio = mem_alloc(CLASSIC_STDIO);
	/* mem_exhausted() does not return */
	// cppcheck-suppress nullPointerRedundantCheck
	setvbuf(f, c->stdio, _IOFBF, CLASSIC_STDIO);
	/* only one thread reads: spares the lock of two reads a packet */
	__fsetlocking(f, FSETLOCKING_BYCALLER);
	return f;
}

static void classic_free(void *state)
{
	struct classic *c = state;

	if (c->pcap)
		pcap_close(c->pcap);
	free(c->stdio);
	free(c);
}

static void *classic_open(struct reader *r, struct err *err)
{
	struct classic *c = mem_zalloc(1, sizeof *c);
	char why[PCAP_ERRBUF_SIZE] = "";
	FILE *f;

	c->r = r;
	c->s = reader_stream(r);
	if (classic_header(c, err))
		goto fail;
	f = classic_file(c);
	c->pcap = pcap_fopen_offline_with_tstamp_precision(
		f, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!c->pcap) {
		fclose(f);
		err_set(err, ERR_INPUT,
			"%s: is a pcap file that cannot be "
			"used: %s",
			stream_name(c->s), why);
		goto fail;
	}
	return c;
fail:
	classic_free(c);
	return NULL;
}

/* ---- records ---- */

static __attribute__((noinline)) const uint8_t *plain_refill(struct classic *c,
							     size_t n)
{
	c->at = stream_after(c->s, c->taken, n);
	c->taken = 0;
	c->left = c->at ? stream_ready(c->s) : 0;
	return c->at;
}

/* The next @n bytes, without moving on; NULL where fewer are left.  Calls the
 * stream only when its buffer is used up. */
static const uint8_t *plain_peek(struct classic *c, size_t n)
{
	return c->left >= n ? c->at : plain_refill(c, n);
}

static void plain_skip(struct classic *c, size_t n)
{
	c->at += n;
	c->left -= n;
	c->taken += n;
}

static enum classic_got plain_take(struct classic *c)
{
	struct classic_record *rec = &c->rec;
	const uint8_t *p = plain_peek(c, CLASSIC_RECORD);
	size_t n;

	if (!p)
		return stream_ready(c->s) ? GOT_CUT : GOT_END;
	rec->cap_len = native32(p + 8);
	if (rec->cap_len > CLASSIC_MOST)
		return GOT_NONSENSE;
	n = CLASSIC_RECORD + rec->cap_len;
	p = plain_peek(c, n);
	if (!p)
		return GOT_CUT;
	rec->s = (int32_t)native32(p);
	rec->ns = (int64_t)(int32_t)native32(p + 4) * c->frac_ns;
	rec->wire_len = native32(p + 12);
	rec->data = p + CLASSIC_RECORD;
	plain_skip(c, n);
	return GOT_RECORD;
}

static __attribute__((noinline)) enum classic_got pcap_take(struct classic *c)
{
	struct classic_record *rec = &c->rec;
	struct pcap_pkthdr *h;
	int got = pcap_next_ex(c->pcap, &h, &rec->data);

	if (got != 1) {
		if (got != PCAP_ERROR)
			return GOT_END;
		return feof(pcap_file(c->pcap)) ? GOT_CUT : GOT_NONSENSE;
	}
	rec->s = h->ts.tv_sec;
	rec->ns = h->ts.tv_usec;
	rec->cap_len = h->caplen;
	rec->wire_len = h->len;
	return GOT_RECORD;
}

/* The file ended, well or not. */
static __attribute__((noinline)) int classic_end(struct classic *c,
						 enum classic_got why)
{
	uint64_t next = reader_frames(c->r) + 1;

	if (c->held)
		reader_trouble(c->r, TROUBLE_ZERO_TAIL, 1, next, 0);
	else if (why == GOT_CUT)
		reader_trouble(c->r, TROUBLE_CUT_RECORD, 1, next, 0);
	if (why == GOT_NONSENSE && !stream_errno(c->s))
		reader_trouble(c->r, TROUBLE_BAD_RECORD, 1, next + c->held, 0);
	c->held = 0;
	return 0;
}

static bool all_zero(const struct classic_record *r)
{
	return !r->s && !r->ns && !r->cap_len && !r->wire_len;
}

static void give(struct classic *c, struct frame *f)
{
	const struct classic_record *rec = &c->rec;
	uint64_t frame = reader_frames(c->r) + 1;

	f->time_ns = (int64_t)(uint32_t)rec->s * 1000000000 + rec->ns;
	f->iface = 0;
	f->cap_len = rec->cap_len;
	f->wire_len = rec->wire_len;
	f->data = rec->data;
	if (rec->ns < 0 || rec->ns >= 1000000000)
		reader_trouble(c->r, TROUBLE_BAD_TIME, 1, frame, 0);
	if (f->wire_len >= f->cap_len)
		return;
	reader_trouble(c->r, TROUBLE_BAD_LENGTH, 1, frame, 0);
	f->wire_len = f->cap_len;
}

static int classic_next(void *state, struct frame *f)
{
	struct classic *c = state;
	enum classic_got got;

	while (!c->pending) {
		got = c->plain ? plain_take(c) : pcap_take(c);
		if (got != GOT_RECORD)
			return classic_end(c, got);
		if (all_zero(&c->rec))
			c->held++;
		else
			c->pending = true;
	}
	if (c->held) {
		c->held--;
		*f = (struct frame){ .data = c->rec.data };
		return 1;
	}
	c->pending = false;
	give(c, f);
	return 1;
}

const struct reader_format reader_classic = {
	.open = classic_open,
	.next = classic_next,
	.free = classic_free,
};
