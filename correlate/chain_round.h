/* Points of a chain that some packets bypass.  Inside correlate/ only.
 *
 * reads, writes: links of a chain's hops
 */
#pragma once

#include "correlate/chain.h"

/* Unlinks, on hop @k by such a point, what its far end has from another copy,
 * as the point before shows if IDs survive between the two. */
void round_give_back(struct chain *c, size_t k);
/* For hop @k, over points that packets bypass: links what the hops by way of
 * them left. */
void round_match(struct chain *c, size_t k);
/* What hop @k did not link belongs to another hop: the longest one. */
void round_leave(struct chain *c, size_t k);
/* A packet found nowhere after place @at that went by a point which others
 * bypass, as far as the packets before and after it tell, is missing on that
 * hop. */
void round_settle(struct chain *c, size_t at);
/* Do packets pass both ends of hop @k, which others bypass?  If not, then what
 * was linked only looks alike, as pure ACKs do: few of all, or with different
 * IP IDs, although these survive on the way to the first of the two. */
bool round_is_route(const struct chain *c, size_t k);
