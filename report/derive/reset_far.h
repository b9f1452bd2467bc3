/* How far a point is from who may have sent a reset.
 *
 * reads:  a session, its reset     writes: sentences of a draft
 */
#pragma once

#include "report/rules.h"

/* Is there room for a device between flow @at's point and the server, which may have
 * sent the reset @rst in its name? */
bool reset_far(const struct derive *d, const struct session_view *v, int at,
	       const struct record *rst);
/* Says that of @n of the @of resets of a finding who sent them cannot be told at
 * @point; @same: their time to live is that of what else came from the server, or 0.
 * Of all: of medium severity at most. */
void reset_tell_far(struct draft *f, const char *point, uint64_t n, uint64_t of,
		    unsigned same);
