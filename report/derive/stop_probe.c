/* Datagrams by which hosts look for services that may not be there.
 *
 * A gateway is asked to open ports (NAT-PMP, PCP), hosts for names or services (NetBIOS,
 * LLMNR, mDNS, SSDP, WS-Discovery), an access point for its state (AirPort).  Most
 * networks have none of these, clients expect that, and nobody waits for them: it is of
 * low severity that they are refused, or not answered.
 *
 * One source that tries SCAN_LEAST ports or hosts with hardly more than a SYN each
 * may be a scan, which is of low severity: nobody misses the answer.
 *
 * More than STOP_SOURCES sources of which hardly any sends its SYN again may be a flood with
 * forged addresses: a host that waits asks again.  Medium, as some of them may wait.
 */
#include "report/derive/stop_int.h"

#include <stdlib.h>

#include "base/mem.h"

static bool is_probed(unsigned port)
{
	static const unsigned ports[] = {
		137, 192, 1900, 3702, 5351, 5353, 5355
	};

	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		if (ports[i] == port)
			return true;
	return false;
}

void stop_probe_weigh(struct stop_group *g)
{
	if (!g->kind.datagrams || g->kind.pings || g->mixed || g->ports > 1 ||
	    !is_probed(g->server.port))
		return;
	g->draft->row.severity = SEV_LOW;
	draft_text(g->draft, "By that port clients look for a service that may "
			     "not be there, and expect that it is not.");
}

void stop_tell_flood(struct stop_group *g)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (g->kind.datagrams || !g->of_others || g->again * 20 > g->sessions)
		return;
	draft_text(g->draft,
		   "More than %s source addresses, and of %s sessions %s sends "
		   "the SYN again, as a host does that waits: it looks like a "
		   "flood with forged addresses.",
		   text_count(STOP_SOURCES, n), text_count(g->sessions, of),
		   g->again ? "hardly any" : "none");
	if (g->draft->row.severity == SEV_HIGH)
		g->draft->row.severity = SEV_MEDIUM;
}

static bool maybe_scan(const struct stop_group *g)
{
	return json_object_size(g->sources) == 1 && g->sessions >= SCAN_LEAST &&
	       g->ports >= SCAN_LEAST && g->opens < 2 * g->sessions;
}

void stop_tell_scan(struct stop_group *g)
{
	const char *who = json_object_iter_key(json_object_iter(g->sources));
	char n[TEXT_UNIT], *title;

	if (!maybe_scan(g))
		return;
	draft_text(g->draft,
		   "One source, %s, tries %s services, hardly more than once "
		   "each: a scan does so.",
		   who ? who : "?", text_count(g->ports, n));
	if (!g->error || g->kind.place == STOP_REFUSED)
		g->draft->row.severity = SEV_LOW;
	if (g->kind.place != STOP_REFUSED || !who)
		return;
	title = mem_strdup(g->draft->row.title);
	draft_title(g->draft, "%s; it looks like a scan by %s", title, who);
	free(title);
}
