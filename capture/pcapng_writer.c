/* pcapng writer.
 *
 * What: one section, little-endian whatever the machine (so that samples and
 * expected outputs are the same bytes everywhere), its section length unknown
 * (-1), interfaces described where the caller names them, packets as Enhanced
 * Packet Blocks.
 *
 * Invariants: a block is built whole in `block` and handed to stdio at once;
 * its total length, which stands at both ends, is filled in by block_end(), so
 * it is always right; data and options are padded to 32 bits with zeroes.
 *
 * Errors are sticky: the first failed write is remembered and reported by
 * pcapng_writer_close(), which also sees errors that only flushing shows.
 *
 * Cost: one copy of the packet into the block, one into stdio's 256 KiB.
 *
 * Reference: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3 and 4.6.
 */
#include "capture/pcapng_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "capture/tsres.h"

#define WRITER_STDIO (256 * 1024)

enum {
	BLOCK_IDB = 1,
	BLOCK_ISB = 5,
	BLOCK_EPB = 6,
	BLOCK_SHB = 0x0a0d0d0a,
	OPT_END = 0,
	OPT_COMMENT = 1,
	OPT_IF_NAME = 2,
	OPT_IF_TSRESOL = 9,
	OPT_ISB_IFRECV = 4,
	OPT_ISB_IFDROP = 5,
};

struct pcapng_writer {
	FILE *file;       /* owned */
	char *path;       /* owned; for messages */
	int failed;       /* errno of the first failed write; 0: none */
	struct buf block; /* the block being built */
	char *comment;    /* of the next interface, or NULL; owned */
	struct VEC(uint8_t) tsresol; /* per interface */
};

static void put_u16(struct buf *b, uint16_t v)
{
	uint8_t le[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	buf_bytes(b, le, sizeof le);
}

static void put_padded(struct buf *b, const void *p, size_t n)
{
	static const uint8_t zero[4];

	if (n)
		buf_bytes(b, p, n);
	buf_bytes(b, zero, -n & 3);
}

static void put_option(struct buf *b, uint16_t code, const void *p, size_t n)
{
	if (n > UINT16_MAX)
		n = UINT16_MAX;
	put_u16(b, code);
	put_u16(b, (uint16_t)n);
	put_padded(b, p, n);
}

static void put_option_u64(struct buf *b, uint16_t code, uint64_t v)
{
	put_u16(b, code);
	put_u16(b, 8);
	buf_u64le(b, v);
}

static void put_time(struct buf *b, uint64_t units)
{
	buf_u32le(b, (uint32_t)(units >> 32));
	buf_u32le(b, (uint32_t)units);
}

static struct buf *block_begin(struct pcapng_writer *w, uint32_t type)
{
	w->block.n = 0;
	buf_u32le(&w->block, type);
	buf_u32le(&w->block, 0); /* the length: block_end() */
	return &w->block;
}

static void block_end(struct pcapng_writer *w)
{
	struct buf *b = &w->block;
	size_t len = b->n + 4;

	buf_u32le(b, (uint32_t)len);
	memcpy(b->at + 4, b->at + len - 4, 4);
	if (!w->failed && fwrite(b->at, 1, b->n, w->file) != b->n)
		w->failed = errno ? errno : EIO;
}

static void write_section(struct pcapng_writer *w)
{
	struct buf *b = block_begin(w, BLOCK_SHB);

	buf_u32le(b, 0x1a2b3c4d);
	put_u16(b, 1);
	put_u16(b, 0);
	buf_u64le(b, UINT64_MAX); /* section length: not known */
	block_end(w);
}

struct pcapng_writer *pcapng_writer_open(const char *path, struct err *err)
{
	FILE *file = fopen(path, "wbe");
	struct pcapng_writer *w;

	if (!file) {
		err_set(err, ERR_CASE,
			"%s: cannot be written: %s; choose another place "
			"with -o",
			path, strerror(errno));
		return NULL;
	}
	setvbuf(file, NULL, _IOFBF, WRITER_STDIO);
	w = mem_zalloc(1, sizeof *w);
	w->file = file;
	w->path = mem_strdup(path);
	write_section(w);
	return w;
}

void pcapng_writer_iface_comment(struct pcapng_writer *w, const char *text)
{
	free(w->comment);
	w->comment = mem_strdup(text);
}

uint32_t pcapng_writer_iface(struct pcapng_writer *w, int linktype,
			     uint32_t snaplen, uint8_t tsresol,
			     const char *name)
{
	struct buf *b = block_begin(w, BLOCK_IDB);

	put_u16(b, (uint16_t)linktype);
	put_u16(b, 0);
	buf_u32le(b, snaplen);
	if (name)
		put_option(b, OPT_IF_NAME, name, strlen(name));
	if (w->comment)
		put_option(b, OPT_COMMENT, w->comment, strlen(w->comment));
	free(w->comment);
	w->comment = NULL;
	put_option(b, OPT_IF_TSRESOL, &tsresol, 1);
	put_option(b, OPT_END, NULL, 0);
	block_end(w);
	*VEC_PUSH(&w->tsresol) = tsresol;
	return (uint32_t)(w->tsresol.n - 1);
}

/* Units of @iface's clock; microseconds (the format's default) if there is no
 * such interface. */
static uint64_t time_units(const struct pcapng_writer *w, uint32_t iface,
			   int64_t time_ns)
{
	uint8_t res = iface < w->tsresol.n ? w->tsresol.at[iface] : 6;

	return tsres_from_ns(time_ns, res);
}

void pcapng_writer_packet(struct pcapng_writer *w, uint32_t iface,
			  int64_t time_ns, const void *data, uint32_t cap_len,
			  uint32_t wire_len, const char *comment)
{
	struct buf *b = block_begin(w, BLOCK_EPB);

	buf_u32le(b, iface);
	put_time(b, time_units(w, iface, time_ns));
	buf_u32le(b, cap_len);
	buf_u32le(b, wire_len);
	put_padded(b, data, cap_len);
	if (comment) {
		put_option(b, OPT_COMMENT, comment, strlen(comment));
		put_option(b, OPT_END, NULL, 0);
	}
	block_end(w);
}

void pcapng_writer_stats(struct pcapng_writer *w, uint32_t iface,
			 int64_t time_ns, uint64_t received, uint64_t dropped)
{
	struct buf *b = block_begin(w, BLOCK_ISB);

	buf_u32le(b, iface);
	put_time(b, time_units(w, iface, time_ns));
	put_option_u64(b, OPT_ISB_IFRECV, received);
	put_option_u64(b, OPT_ISB_IFDROP, dropped);
	put_option(b, OPT_END, NULL, 0);
	block_end(w);
}

int pcapng_writer_close(struct pcapng_writer *w, struct err *err)
{
	int ret = 0;

	if (fclose(w->file) && !w->failed)
		w->failed = errno ? errno : EIO;
	if (w->failed)
		ret = err_set(err, ERR_CASE, "%s: could not be written: %s",
			      w->path, strerror(w->failed));
	VEC_FREE(&w->tsresol);
	buf_release(&w->block);
	free(w->path);
	free(w->comment);
	free(w);
	return ret;
}
