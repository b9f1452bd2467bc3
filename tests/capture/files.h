/* Capture files for tests, field by field in either byte order, and reading
 * them whole.
 */
#pragma once

#include "base/buf.h"
#include "capture/reader.h"

struct files_buf {
	struct buf b;
	bool big;     /* byte order of what is put */
	size_t block; /* where the open block begins */
};

void files_put(struct files_buf *f, uint64_t v, int bytes);
void files_bytes(struct files_buf *f, const void *p, size_t n);
void files_release(struct files_buf *f);

void files_classic(struct files_buf *f, uint32_t magic, uint32_t snaplen,
		   uint32_t linktype);
void files_record(struct files_buf *f, uint32_t sec, uint32_t frac,
		  uint32_t cap_len, uint32_t wire_len);

/* pcapng: a block is begun, filled, ended. */
void files_begin(struct files_buf *f, uint32_t type);
void files_end(struct files_buf *f);
void files_option(struct files_buf *f, unsigned code, const void *p, size_t n);
void files_option_u64(struct files_buf *f, unsigned code, uint64_t v);
void files_time(struct files_buf *f, uint64_t units);
void files_section(struct files_buf *f);
void files_iface(struct files_buf *f, unsigned linktype, uint32_t snaplen);
/* An enhanced packet of @cap_len bytes of 0x5a. */
void files_packet(struct files_buf *f, uint32_t iface, uint64_t units,
		  uint32_t cap_len, uint32_t wire_len);
/* A section, an Ethernet interface and a packet of 60 bytes at @units. */
void files_start(struct files_buf *f, uint64_t units);

/* Everything that came out of a file. */
struct files_read {
	struct reader *r; /* at its end; NULL where it could not be opened */
	struct err err;
	size_t n;
	struct frame at[64]; /* data: not valid any more */
	uint8_t first[64];   /* first byte of each, 0 where none */
};

void files_read(struct files_read *out, const void *p, size_t n);
void files_read_path(struct files_read *out, const char *path);
void files_read_release(struct files_read *out);
/* The entry of that word (the @nth, from 0), or NULL. */
const struct quality *files_quality(const struct files_read *f,
				    const char *what, size_t nth);
size_t files_qualities(const struct files_read *f); /* how many */

/* Writes a temporary file.  Return: its name, in a static buffer. */
const char *files_save(const void *p, size_t n);
