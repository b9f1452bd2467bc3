/* Lines of evidence of all sessions, each packed once.
 *
 * reads:  struct link       writes: phrases
 */
#pragma once

#include "base/buf.h"
#include "correlate/radix.h"
#include "correlate/sets.h"

struct lines {
	struct buf bytes;
	struct line {           /* by code */
		uint32_t at, n; /* n 0: not packed, as no session uses it */
	} * line;               /* owned */
};

/* Numbers the lines of the @n sessions of @order in order of first use.
 * @links: by root. */
void lines_find(struct lines *x, const struct pair_case *c,
		const struct groups *links, const struct radix *order,
		size_t n);
/* Appends the lines of the session of @root, which is one of those. */
void lines_pack(const struct lines *x, const struct pair_case *c,
		const struct groups *links, uint32_t root, struct buf *out);
void lines_release(struct lines *x);
