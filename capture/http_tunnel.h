/* Where an HTTP connection becomes a tunnel (CONNECT).
 *
 * reads:  struct talk       writes: where the streams begin, in it
 */
#pragma once

#include "capture/talk_int.h"

/* Does the message ask for a tunnel, or answer such a request? */
bool http_is_connect(const struct talk *t, const struct talk_draft *m);
/* A 2xx to CONNECT is over, of direction @dir: what follows is passed on.  @last: it
 * answers the last request. */
void http_tunnel_begins(struct talk *t, unsigned dir, bool last);
/* The wanted bytes, @n of them at @p: does the client begin TLS, where a 2xx to its
 * CONNECT, cut off, is all that it has?  Then it leaves as well. */
bool http_tunnel_shows(struct talk *t, unsigned dir, const uint8_t *p,
		       size_t n);
