/* What a proxy puts before the stream that it forwards: the PROXY protocol's
 * header, which names the original connection; or what a client and a proxy say
 * to one another before the stream, so that the proxy opens its connection
 * (CONNECT; found by capture/talk.h).
 *
 * reads:  first bytes of a TCP stream    writes: struct preface
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/net.h"

struct preface {
	uint16_t len;           /* bytes before the stream proper; 0: none */
	bool opening;           /* they ask for the stream, or grant it */
	bool named;             /* ends holds the original connection */
	struct net_end ends[2]; /* its source and its destination */
};

/* Does a stream begin with a complete header?  Its first segment has @len
 * bytes, of which @cap were captured.  Return: false, and nothing written,
 * where it does not, or where too little of it was captured to know where it
 * ends. */
bool preface_read(const uint8_t *p, uint32_t cap, uint32_t len,
		  struct preface *out);
