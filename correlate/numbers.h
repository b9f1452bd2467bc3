/* By how much sequence numbers differ between two points of one session.
 *
 * reads:  strands of both directions     writes: struct numbers
 */
#pragma once

#include "correlate/strand.h"

/* All by session direction.  @known: found by pairing, if at all. */
struct numbers {
	struct strand *p[2],
		*q[2];     /* at the two points; not owned; n 0: none */
	uint32_t delta[2]; /* raw at q minus raw at p, modulo 2^32 */
	bool known[2];
	bool certain[2]; /* confirmed beyond pairing: see numbers_tell() */
};

/* Do SYNs at both points, or numbers that overlap as they are, or of which both
 * show the same stretch being acknowledged, or FINs, tell the difference of @d's?
 * @p, @q: strands of both directions at the two points. */
bool numbers_tell(struct strand *const p[2], struct strand *const q[2], int d,
		  uint32_t *delta);

/* Fills in unknown differences and corrects those that acknowledgements
 * contradict. If known[d] is false afterwards, nothing tells, or two answers
 * fit equally well. */
void numbers_settle(struct numbers *n);
