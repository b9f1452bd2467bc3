/* Inside the pcapng reader: a section's byte order, and the blocks that
 * describe interfaces (pcapng_iface.c). */
#pragma once

#include <string.h>

#include "base/cursor.h"
#include "capture/reader_int.h"

enum pcapng_block {
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

/* Adds the interface that an IDB's body describes.
 * Return: false if there is no room for it. */
bool pcapng_add_iface(struct reader *r, struct cursor body, bool swap);
/* Takes the counters of an ISB's body; its interface n is @base + n. */
void pcapng_statistics(struct reader *r, struct cursor body, bool swap,
		       uint32_t base);
