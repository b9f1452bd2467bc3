/* Datagrams by which hosts look for services that may not be there.
 *
 * A gateway is asked to open ports (NAT-PMP, PCP), hosts for names or services (NetBIOS,
 * LLMNR, mDNS, SSDP, WS-Discovery), an access point for its state (AirPort).  Most
 * networks have none of these, clients expect that, and nobody waits for them: it is of
 * low severity that they are refused, or not answered.
 */
#include "report/derive/stop_int.h"

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
