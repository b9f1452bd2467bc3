/* The timeline of a session of datagrams.
 *
 * reads:  struct tap (records only), struct timeline     writes: struct budget
 */
#pragma once

#include "report/derive/timeline.h"

/* Walks the whole session. */
void timeline_datagrams(struct timeline *t);
/* The same of QUIC. */
void timeline_quic(struct timeline *t);
