/* Round trips between the points of one session.
 *
 * reads:  links of both directions     writes: struct figures (rtt)
 */
#pragma once

#include "correlate/chain.h"

/* Adds them to @f, from the links of both directions; their fates are found. */
void trips_find(struct chain c[2], struct figures *f);
/* The same before that, to @f, which has nothing.  Return: false where it is
 * not sure that they would be the very same after that; then @f is of no
 * use. */
bool trips_find_early(struct chain c[2], struct figures *f);
/* What trips_find_early() found goes to the session's figures. */
void trips_put(struct figures *from, struct figures *to);
