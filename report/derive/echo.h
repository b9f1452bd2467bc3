/* What a ping is.
 *
 * reads:  struct record
 */
#pragma once

#include <stdbool.h>

#include "capture/record.h"

/* Is @r an ICMP or ICMPv6 echo, a request? */
static inline bool is_ping_request(const struct record *r)
{
	return r->icmp_type == 8 || r->icmp_type == 128;
}
