/* Classic pcap, by libpcap over the stream.
 *
 *   stream -> FILE (fopencookie, 1 MiB of stdio) -> libpcap -> held back or out
 *
 * libpcap knows all the variants (both byte orders, nanoseconds, modified
 * headers, swapped lengths of old versions).  What it gets wrong for damaged
 * files is done here:
 * - It hands out a zero-filled tail as empty packets at 1970.  So records of
 *   all zeroes are counted and held back (`held`), and come out only if a
 *   record of something else follows; at the end they are the tail.
 * - Record longer than the header's snap length are cut by it.  It is told
 *   that there is no limit (classic_header()); the interface keeps the
 *   header's own word.
 * - It takes 32-bit seconds for signed: 2038 to 2106 are put right.
 * - Its errors are texts.  Whether the file just ended is asked of stdio.
 *
 * Cost: about 30 ns a packet on top of copying its bytes once.
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

#define CLASSIC_HEADER 24
#define CLASSIC_STDIO (1024 * 1024)

struct classic {
	struct reader *r;               /* not owned */
	struct stream *s;               /* not owned */
	pcap_t *pcap;                   /* owned, with its FILE */
	char *stdio;                    /* owned: the FILE's buffer */
	uint8_t header[CLASSIC_HEADER]; /* as libpcap is to see it */
	size_t header_given;            /* of it */
	uint64_t held;                  /* all-zero records still to give out */
	bool pending; /* a record waits behind them: hdr, data */
	struct pcap_pkthdr *hdr;
	const u_char *data;
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
	/* The upper bits tell of check sequences. */
	port->pub.linktype = (int)(field(c->header + 20, big) & 0xffff);
	port->pub.resolution_ns = c->header[big ? 2 : 1] == 0x3c ? 1 : 1000;
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
	/* one thread reads it: no lock for each of two reads a packet */
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

/* The file ended, well or not. */
static int classic_end(struct classic *c, int why)
{
	uint64_t next = reader_frames(c->r) + 1;
	FILE *f = pcap_file(c->pcap);

	if (c->held)
		reader_trouble(c->r, TROUBLE_ZERO_TAIL, 1, next, 0);
	else if (why == PCAP_ERROR && feof(f))
		reader_trouble(c->r, TROUBLE_CUT_RECORD, 1, next, 0);
	if (why == PCAP_ERROR && !feof(f) && !stream_errno(c->s))
		reader_trouble(c->r, TROUBLE_BAD_RECORD, 1, next + c->held, 0);
	c->held = 0;
	return 0;
}

static bool all_zero(const struct pcap_pkthdr *h)
{
	return !h->ts.tv_sec && !h->ts.tv_usec && !h->caplen && !h->len;
}

static void give(struct classic *c, struct frame *f)
{
	const struct pcap_pkthdr *h = c->hdr;
	uint64_t frame = reader_frames(c->r) + 1;

	f->time_ns = (int64_t)(uint32_t)h->ts.tv_sec * 1000000000 +
		     h->ts.tv_usec;
	f->iface = 0;
	f->cap_len = h->caplen;
	f->wire_len = h->len;
	f->data = c->data;
	if (h->ts.tv_usec < 0 || h->ts.tv_usec >= 1000000000)
		reader_trouble(c->r, TROUBLE_BAD_TIME, 1, frame, 0);
	if (f->wire_len >= f->cap_len)
		return;
	reader_trouble(c->r, TROUBLE_BAD_LENGTH, 1, frame, 0);
	f->wire_len = f->cap_len;
}

static int classic_next(void *state, struct frame *f)
{
	struct classic *c = state;
	int got;

	while (!c->pending) {
		got = pcap_next_ex(c->pcap, &c->hdr, &c->data);
		if (got != 1)
			return classic_end(c, got);
		if (all_zero(c->hdr))
			c->held++;
		else
			c->pending = true;
	}
	if (c->held) {
		c->held--;
		*f = (struct frame){ .data = c->data };
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
