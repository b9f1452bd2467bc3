/* Thinning: of many rows alike three stay, the first and those of the least and the
 * largest delay.
 *
 * reads:  rows    writes: rows, to a sink
 */
#pragma once

#include "report/render/html_rows.h"

struct html_bucket {
	uint64_t size; /* rows to a full bucket */
	uint64_t n;
	struct html_row first, least, most; /* by delay */
};

struct html_thin {
	const struct html_sink *sink;
	struct html_bucket plain, special;
	uint64_t given, limit; /* rows; above the limit buckets grow */
};

/* @all, @special: the rows expected. */
void html_thin_begin(struct html_thin *t, const struct html_sink *sink,
		     uint64_t all, uint64_t special);
void html_thin_add(struct html_thin *t, const struct html_row *r, bool special);
/* What has not been given yet. */
void html_thin_flush(struct html_thin *t);
