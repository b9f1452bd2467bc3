/* Whom and what unanswered packets ask, in the words of stop_tell.c.
 */
#include "base/text.h"
#include "report/derive/stop_int.h"

const char *stop_packets(const struct stop_group *g, uint64_t n)
{
	bool one = n == 1;

	if (g->kind.pings)
		return one ? "ping" : "pings";
	if (g->kind.datagrams)
		return one ? "datagram" : "datagrams";
	return one ? "SYN" : "SYNs";
}

const char *stop_opening(const struct stop_group *g, uint64_t n)
{
	if (g->kind.datagrams)
		return stop_packets(g, n);
	return n == 1 ? "opening packet" : "opening packets";
}

const char *stop_server_text(const struct stop_group *g,
			     char out[static NET_END_TEXT])
{
	return g->kind.pings ? net_addr_text(&g->server.addr, out)
			     : net_end_text(&g->server, out);
}

char *stop_whom(const struct stop_group *g, char out[static WORDS])
{
	char s[NET_END_TEXT], n[TEXT_UNIT];

	if (g->servers > 1)
		snprintf(out, WORDS, "%s services", text_count(g->ports, n));
	else if (g->ports > 1)
		snprintf(out, WORDS, "%s (%s ports)",
			 net_addr_text(&g->server.addr, s),
			 text_count(g->ports, n));
	else
		snprintf(out, WORDS, "%s", stop_server_text(g, s));
	return out;
}

bool stop_alone(const struct stop_group *g, const struct model *m)
{
	return m->n_points == 1 && !m->points[0].on_host && !g->on_host;
}

char *stop_nobody(const struct stop_group *g, bool alone,
		  char out[static 2 * WORDS])
{
	char who[WORDS];

	stop_whom(g, who);
	if (alone)
		snprintf(out, 2 * WORDS, "No answer from %s", who);
	else
		snprintf(out, 2 * WORDS, "%s do%s not answer", who,
			 g->servers > 1 ? "" : "es");
	return out;
}
