/* pcapng output, for exports, samples and tests (draft-ietf-opsawg-pcapng).
 *
 * reads:  nothing    writes: a file of one section, nanosecond time stamps
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

struct pcapng_writer;

struct pcapng_writer *pcapng_writer_open(const char *path, struct err *err);
/* Return: the interface's index.  @tsresol as the option byte (9: ns, 6: us,
 * 0x86: 2^-6 s).  @name may be NULL. */
uint32_t pcapng_writer_iface(struct pcapng_writer *w, int linktype,
			     uint32_t snaplen, uint8_t tsresol,
			     const char *name);
/* A comment for the next interface. */
void pcapng_writer_iface_comment(struct pcapng_writer *w, const char *text);
/* @time_ns is rounded down to the interface's resolution; @comment may be
 * NULL. */
void pcapng_writer_packet(struct pcapng_writer *w, uint32_t iface,
			  int64_t time_ns, const void *data, uint32_t cap_len,
			  uint32_t wire_len, const char *comment);
/* Interface statistics block with received and dropped counters. */
void pcapng_writer_stats(struct pcapng_writer *w, uint32_t iface,
			 int64_t time_ns, uint64_t received, uint64_t dropped);
/* Write errors are kept until here.  Return: 0 or -1 with @err. */
int pcapng_writer_close(struct pcapng_writer *w, struct err *err);
