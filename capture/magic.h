/* What a file is by its first bytes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MAGIC_BYTES 512 /* enough to recognise every known format */

enum magic_kind {
	MAGIC_UNKNOWN,
	MAGIC_PCAP,
	MAGIC_PCAPNG,
	MAGIC_NETMON,
	MAGIC_SNOOP,
	MAGIC_OTHER, /* known, but not a capture format read here */
};

struct magic {
	enum magic_kind kind;
	const char *is;   /* MAGIC_OTHER: "an XZ archive" */
	const char *help; /* what to do, without the file's name */
};

struct magic magic_of(const uint8_t *p, size_t n);
