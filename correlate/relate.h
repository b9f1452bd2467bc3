/* Relations: sessions of the two sides of a relay that shares connections, or
 * changes what it passes on.
 *
 * reads:  struct pair_case, messages, block     writes: relay
 */
#pragma once

#include "correlate/sets.h"

struct relation {
	uint32_t front, back; /* flows, numbered over all points */
	struct relay_row row; /* but for the sessions */
};

struct relations VEC(struct relation);

/* After all points were matched, but for MATCH_RELAYED. */
void relate_points(struct pair_case *c, struct relations *out);
/* After MATCH_RELAYED: what is left, by the form of conversations alone.  Nothing
 * else may be concluded from it. */
void relate_forms(struct pair_case *c, struct relations *out);
/* Is a relay between the servers' ends of these flows, of the points @l and @r, known
 * to change what it passes on, or to share connections? */
bool relate_knows(const struct pair_case *c, const struct flow *l,
		  const struct flow *r);
/* @session_of: by root, the number of its session. */
void relate_put(struct pair_case *c, const struct relations *r,
		const int64_t *session_of);
