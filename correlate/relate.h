/* Relations: sessions on the two sides of a relay that shares connections, or
 * changes what it forwards.
 *
 * reads:  struct pair_case, messages, block     writes: relay
 */
#pragma once

#include "correlate/sets.h"

struct relation {
	uint32_t front, back; /* flows, numbered over all points */
	struct relay_row row; /* without the session numbers */
};

struct relations VEC(struct relation);

/* To be called after all points were matched, except for MATCH_RELAYED. */
void relate_points(struct pair_case *c, struct relations *out);
/* To be called after MATCH_RELAYED: relates what is left by the form of
 * conversations alone.  Nothing else may be concluded from that. */
void relate_forms(struct pair_case *c, struct relations *out);
/* Is the relay between the servers' ends of these flows, of the points @l and
 * @r, known to change what it forwards, or to share connections? */
bool relate_knows(const struct pair_case *c, const struct flow *l,
		  const struct flow *r);
/* @session_of: the session's number, by root. */
void relate_put(struct pair_case *c, const struct relations *r,
		const int64_t *session_of);
