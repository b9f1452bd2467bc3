/* Points of a chain that some packets go round.  Inside correlate/ only.
 *
 * reads, writes: links of a chain's hops
 */
#pragma once

#include "correlate/chain.h"

/* Unlinks, on hop @k by such a point, what its far end has of another copy: as
 * the point before shows, where IDs survive between the two. */
void round_give_back(struct chain *c, size_t k);
/* Hop @k, over points that packets go round: links what the hops by them left. */
void round_match(struct chain *c, size_t k);
/* What hop @k has no link of is another hop's: of the longest one. */
void round_leave(struct chain *c, size_t k);
/* What was found nowhere behind place @at, and went by a point that others go
 * round, as far as what left before and after it tells, is missing on that hop. */
void round_settle(struct chain *c, size_t at);
/* Do packets come by both ends of hop @k, which others go round?  If not, then
 * what was linked only looks alike, as pure ACKs do: few of all, or with other
 * IP IDs, though these survive on the way to the first of the two. */
bool round_is_route(const struct chain *c, size_t k);
