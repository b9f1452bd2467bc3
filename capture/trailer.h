/* What a load balancer wrote behind a packet that it captured itself: F5's
 * Ethernet trailer, which names the connection on its other side.
 *
 * reads:  bytes behind the IP packet    writes: two ends
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/net.h"

#define TRAILER_LEAST 42 /* bytes; shorter ones name nobody */

/* Do the @n bytes behind a packet of @proto name a peer connection of the same
 * protocol?  Then its ends. */
bool trailer_read(const uint8_t *p, uint32_t n, uint8_t proto,
		  struct net_end ends[2]);
