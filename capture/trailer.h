/* What a load balancer appends to packets that it captures itself: F5's
 * Ethernet trailer, which names the connection on its other side.
 *
 * reads:  bytes behind the IP packet    writes: two ends
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/net.h"

#define TRAILER_LEAST 42 /* bytes; shorter ones name no connection */

/* Do the @n bytes after a packet of @proto name a peer connection of the same
 * protocol?  If so, returns its ends. */
bool trailer_read(const uint8_t *p, uint32_t n, uint8_t proto,
		  struct net_end ends[2]);
