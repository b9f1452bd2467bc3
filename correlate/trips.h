/* Round trips between the points of one session.
 *
 * reads:  links of both directions     writes: struct figures (rtt)
 */
#pragma once

#include "correlate/chain.h"

/* Adds them to @f, from the links of both directions, whose fates are known. */
void trips_find(struct chain c[2], struct figures *f);
/* The same before fates are known, to @f, which must be empty.  Return: false
 * if it is not certain that they would be the same afterwards; then @f is
 * invalid. */
bool trips_find_early(struct chain c[2], struct figures *f);
/* Moves what trips_find_early() found to the session's figures. */
void trips_put(struct figures *from, struct figures *to);
