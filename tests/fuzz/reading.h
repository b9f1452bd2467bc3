/* What every reader target does with its bytes: reads all frames, touches what
 * they point to, and holds the reader to its contract. */
#pragma once

#include <stdlib.h>

#include "capture/reader.h"

static inline void reading_frame(const struct reader *r, const struct frame *f,
				 uint64_t last)
{
	volatile uint8_t touched = 0;

	if (f->number <= last || f->iface >= reader_ifaces(r) ||
	    f->cap_len > f->wire_len ||
	    reader_iface(r, f->iface)->resolution_ns < 1)
		abort();
	for (uint32_t i = 0; i < f->cap_len; i++)
		touched ^= f->data[i];
	(void)touched;
}

static inline void reading_quality(const struct reader *r)
{
	size_t n;
	const struct quality *q = reader_quality(r, &n);

	for (size_t i = 0; i < n; i++)
		if (!q[i].what || !q[i].text || !q[i].count)
			abort();
}

static inline int reading_all(const uint8_t *data, size_t size)
{
	struct err err = { 0 };
	struct reader *r = reader_memory(data, size, &err);
	struct frame f;
	uint64_t last = 0;

	if (!r) {
		if (err.code != ERR_INPUT || !err.text[0])
			abort();
		return 0;
	}
	for (; reader_next(r, &f, &err) == 1; last = f.number)
		reading_frame(r, &f, last);
	reading_quality(r);
	if (reader_next(r, &f, &err) != 0)
		abort();
	reader_close(r);
	return 0;
}
