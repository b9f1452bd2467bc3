/* Inside the judgement of sessions that lose and others that do not.
 *
 * reads:  struct split     writes: its sides
 */
#pragma once

#include "report/derive/split.h"

/* Sets each session's side, and counts them.  Return: may these be two sides? */
bool split_part(struct split *s);
bool split_same_hosts(const struct split_session *a,
		      const struct split_session *b);
/* Is host @a that of all lossy sessions, and of no clean one? */
bool split_is_own(const struct split *s, const struct net_addr *a);
/* Is it two addresses together that tell the sides apart, and none alone? */
bool split_by_addresses(const struct split *s);
