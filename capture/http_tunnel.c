/* Where an HTTP connection becomes a tunnel.
 *
 * A 2xx to CONNECT ends with its header, and the request ended with its own, unless a
 * body is announced: that is where the streams begin.  Where headers were cut off
 * (snap length) their ends are not known, but that each waits for the other is: the
 * client for the answer, and in TLS, in which it speaks first, the server for the
 * client.  So all that was sent until then was said to the proxy, or by it.
 *
 * Limits: a client that does not wait, behind a request that was cut, makes its
 * stream begin too late; then nothing is at the same place on the proxy's other
 * side, and the two stay apart.
 *
 * Reference: RFC 9110 9.3.6 (CONNECT), RFC 8446 5.1 and 4.1.2 (ClientHello).
 */
#include "capture/http_tunnel.h"

bool http_is_connect(const struct talk *t, const struct talk_draft *m)
{
	return m->msg_id >= 0 && t->http.connects >> m->msg_id % 64 & 1;
}

void http_tunnel_begins(struct talk *t, unsigned dir, bool last)
{
	const struct talk_side *client = &t->side[!dir];

	if (client->lost && client->m.open && client->m.flags & MESSAGE_CUT)
		t->stream[!dir] = client->next;
	t->leave = t->relook = true;
	t->stream[dir] = t->side[dir].next;
	t->grants = last && t->stream[!dir];
}

/* Is it the beginning of TLS, in which the client speaks first? */
static bool is_hello(const uint8_t *p, size_t n)
{
	return n >= 6 && p[0] == 22 && p[1] == 3 && p[2] <= 4 && p[5] == 1;
}

bool http_tunnel_shows(struct talk *t, unsigned dir, const uint8_t *p, size_t n)
{
	const struct talk_side *s = &t->side[dir], *other = &t->side[!dir];
	const struct talk_draft *m = &other->m;

	if (!is_hello(p, n) || !m->open || m->kind != MESSAGE_RESPONSE ||
	    m->status / 100 != 2 || !http_is_connect(t, m) ||
	    m->msg_id + 1 != t->http.requests || !other->lost)
		return false;
	t->leave = t->relook = t->grants = true;
	t->stream[dir] = s->wanted.off;
	t->stream[!dir] = other->next;
	return true;
}
