/* Reads frames from a capture file of any kind.
 *
 * reads:  a file, or standard input    writes: struct frame, one after another
 *
 * One buffered stream (capture/stream.h) finds compression by magic, counts
 * offsets and digests the bytes; above it classic pcap is read by libpcap,
 * pcapng by capture/pcapng.c, Network Monitor's by capture/netmon.c, snoop's by
 * capture/snoop.c.  Bad input is never fatal where something could be read:
 * what was cut or damaged is listed in `quality` at the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct frame {
	int64_t time_ns; /* since 1970 */
	uint64_t number; /* 1-based over all interfaces of the file */
	uint32_t iface;  /* index into reader_iface(); 0 for classic pcap */
	uint32_t cap_len, wire_len;
	const uint8_t *data; /* cap_len bytes; valid until the next call */
};

struct reader_iface {
	int linktype;          /* LINKTYPE_ value */
	uint32_t snaplen;      /* 0: no limit */
	int64_t resolution_ns; /* of its time stamps; at least 1 */
	char *name;            /* if_name, clean UTF-8, or NULL; owned */
	uint64_t dropped;      /* from the last statistics block */
	bool dropped_known;
	char *filter; /* capture filter, if recorded, or NULL; owned */
};

/* What was wrong with a file; @what is a stable identifier, see the table in
 * capture/reader.c: cut-record, zero-tail, bad-block, unknown-linktype,
 * time-zero, time-back, drops, cut-stream, ... */
struct quality {
	const char *what;
	char *text;             /* a sentence for people; owned */
	uint64_t count;         /* how often; at least 1 */
	uint64_t first_frame;   /* 0: none */
	int64_t from_ns, to_ns; /* stretch of time it concerns; 0,0: none */
	uint32_t iface;
};

struct reader;

/* Opens @path ("-": standard input).  Return: the reader, or NULL with @err
 * saying what the file is instead and what to do. */
struct reader *reader_open(const char *path, struct err *err);
/* The same over the caller's @n bytes, which must outlive the reader. */
struct reader *reader_memory(const void *p, size_t n, struct err *err);

/* Return: 1 and *f, 0 at the end (damaged ends included), -1 with @err on an
 * I/O error of the system. */
int reader_next(struct reader *r, struct frame *f, struct err *err);

size_t reader_ifaces(const struct reader *r); /* so far */
const struct reader_iface *reader_iface(const struct reader *r, size_t i);

/* After the end: digest of all bytes (decompressed; 32 hex digits) and their
 * number; and what was wrong. */
const char *reader_digest(const struct reader *r);
uint64_t reader_bytes(const struct reader *r);
const struct quality *reader_quality(const struct reader *r, size_t *n);

void reader_close(struct reader *r); /* NULL is fine */

/* --- BPF filters, by libpcap --- */
struct filter;
struct filter *filter_compile(const char *bpf, int linktype, struct err *err);
bool filter_match(const struct filter *f, const struct frame *frame);
void filter_free(struct filter *f);
/* "EN10MB (Ethernet)"-like name of a link type for messages. Return: @out. */
char *linktype_name(int linktype, char out[static 64]);
