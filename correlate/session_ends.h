/* At which end of the path the clients of sessions are.
 *
 * reads:  struct pair_case      writes: nothing
 */
#pragma once

#include "correlate/sets.h"

struct tally {
	uint32_t end[2];
};

struct end_votes { /* at which end an address was seen */
	struct htab by_addr;
	struct VEC(struct tally) count;
	struct tally all;
};

struct ends {
	struct pair_case *c;
	const struct groups *members, *links; /* by root */
	const uint8_t *flipped; /* by flow: reversed against what links say */
	int8_t *end;            /* by root: client_end, -1 unknown; owned */
	uint8_t *gap;           /* by root: what the gap says, plus 1; owned */
	struct end_votes votes;
};

void ends_init(struct ends *e, struct pair_case *c,
	       const struct groups *members, const struct groups *links,
	       const uint8_t *flipped);
void ends_release(struct ends *e);
/* What a session of several flows says itself, once it is oriented.  By any
 * thread, each with @votes of its own. */
void ends_decide(struct ends *e, uint32_t root, struct end_votes *votes);
/* Counts @votes, and frees them. */
void ends_count(struct ends *e, struct end_votes *votes);
/* By any thread: for a session that says nothing itself, after all that do.
 * @hosts: only from other sessions of the same addresses. */
void ends_borrow(struct ends *e, uint32_t root, bool hosts);
