/* What a hop changes in the headers of single packets: counts from a sweep.
 *
 * reads:  struct fate_row    writes: struct headers
 */
#pragma once

#include <stdint.h>

#include "store/match.h"

enum header_change {
	HEADER_DSCP, /* the class was remarked */
	HEADER_CE,   /* "congestion experienced", set by a queue (RFC 3168) */
	HEADER_ECN,  /* ECN changed otherwise: cleared, or invented */
	HEADER_SACK, /* SACK edges were not rewritten, ACK was */
	HEADERS
};

struct header_first { /* the first packet with a change */
	int64_t near_file, far_file;
	struct record near, far;
};

/* Counts of one direction and hop. */
struct headers {
	uint64_t compared, with_sack;
	uint64_t n[HEADERS];
	struct header_first first[HEADERS]; /* valid where n is not 0 */
};

void headers_add(struct headers *h, const struct fate_row *r);
