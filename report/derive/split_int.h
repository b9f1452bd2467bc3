/* Inside the judgement of sessions that lose and others that do not.
 *
 * reads:  struct split     writes: its sides
 */
#pragma once

#include "report/derive/split.h"

/* Sets each session's side, and counts them.  Return: may these be two sides? */
bool split_part(struct split *s);
/* At both points: what one address stands for at one is told apart at the other, as the
 * clients of a NAT and the servers of a load balancer are. */
bool split_same_hosts(const struct split_session *a,
		      const struct split_session *b);
/* A host, as either point has it, of all lossy sessions, and of no clean one. */
bool split_own_host(const struct split *s, struct net_addr *out);
/* Is it two addresses together that tell the sides apart, and none alone? */
bool split_by_addresses(const struct split *s);
