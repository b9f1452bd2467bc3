/* What a hop changes in single packets' headers: a sweep's count of them.
 *
 * reads:  struct fate_row    writes: struct headers
 */
#pragma once

#include <stdint.h>

#include "store/match.h"

enum header_change {
	HEADER_DSCP, /* the class was remarked */
	HEADER_CE,   /* marked "congestion experienced": a queue's, RFC 3168 */
	HEADER_ECN,  /* ECN changed otherwise: cleared, or made up */
	HEADER_SACK, /* edges of SACK kept their numbers, ACK did not */
	HEADERS
};

struct header_first { /* the first packet of a change */
	int64_t near_file, far_file;
	struct record near, far;
};

/* Of one direction and hop. */
struct headers {
	uint64_t compared, with_sack;
	uint64_t n[HEADERS];
	struct header_first first[HEADERS]; /* valid where n is not 0 */
};

void headers_add(struct headers *h, const struct fate_row *r);
