/* Inside the pcapng reader: a section's state and byte order, and what its blocks say. */
#pragma once

#include <string.h>

#include "base/cursor.h"
#include "base/mem.h"
#include "capture/reader_int.h"

enum pcapng_type {
	PCAPNG_IDB = 1,
	PCAPNG_PB = 2, /* obsolete */
	PCAPNG_SPB = 3,
	PCAPNG_NRB = 4,
	PCAPNG_ISB = 5,
	PCAPNG_EPB = 6,
	PCAPNG_JOURNAL = 9,
	PCAPNG_DSB = 10,
	PCAPNG_CUSTOM = 0xbad,
	PCAPNG_CUSTOM_NO_COPY = 0x40000bad,
	PCAPNG_SHB = 0x0a0d0d0a,
};

#define PCAPNG_BLOCK_MIN 12 /* type, length, length */
#define PCAPNG_EPB_FIXED 20 /* of an enhanced packet's body */

struct pcapng {
	struct reader *r; /* not owned */
	struct stream *s; /* not owned */
	bool swap;        /* the section is of the other byte order */
	bool lost;        /* nothing can be used until the next section */
	/* the reader's index of each of the section's interfaces; others may have
	 * come between (fw_monitor.c); owned */
	struct VEC(uint32_t) iface;
	uint32_t take; /* bytes of the block given out last */
};

struct pcapng_block {
	uint32_t type, len; /* len: all of it */
	const uint8_t *at;
};

/* Without type and lengths. */
static inline struct cursor pcapng_body(const struct pcapng_block *b)
{
	return cursor_of(b->at + 8, b->len - PCAPNG_BLOCK_MIN);
}

static inline uint16_t pcapng_u16(const uint8_t *p, bool swap)
{
	uint16_t v;

	memcpy(&v, p, sizeof v);
	return swap ? __builtin_bswap16(v) : v;
}

static inline uint32_t pcapng_u32(const uint8_t *p, bool swap)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return swap ? __builtin_bswap32(v) : v;
}

static inline uint64_t pcapng_u64(const uint8_t *p, bool swap)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return swap ? __builtin_bswap64(v) : v;
}

/* Time stamps are two halves, the upper first in either byte order. */
static inline uint64_t pcapng_units(const uint8_t *p, bool swap)
{
	return (uint64_t)pcapng_u32(p, swap) << 32 | pcapng_u32(p + 4, swap);
}

struct pcapng_option {
	uint16_t code, len;
	const uint8_t *at; /* len bytes, in the block */
};

/* Return: true and *o, false at the end of the options; c->bad if they are
 * damaged. */
bool pcapng_option(struct cursor *c, bool swap, struct pcapng_option *o);

/* --- pcapng_packet.c --- */
/* The frame of an enhanced packet block, or an obsolete one, which differs only in a
 * short interface number and a drop counter.  Return: false if it has none. */
bool pcapng_packet(struct pcapng *n, const struct pcapng_block *b,
		   struct frame *f);
/* That of a simple packet block: interface 0, no time. */
bool pcapng_simple_packet(struct pcapng *n, const struct pcapng_block *b,
			  struct frame *f);

/* --- pcapng_iface.c --- */
/* Adds the interface that an IDB's body describes.
 * Return: false if there is no room for it. */
bool pcapng_add_iface(struct reader *r, struct cursor body, bool swap);
/* The reader's index of the section's interface @i; one that it does not have: none. */
uint32_t pcapng_iface(const struct pcapng *n, uint32_t i);
/* Takes the counters of an ISB's body. */
void pcapng_statistics(const struct pcapng *n, struct cursor body);
