/* What opening packets that get no answer show themselves.
 *
 * A host throws away without a word what arrives damaged.  In the capture of who
 * sends it the card has yet to write the checksum.
 *
 * The same a host does with a signature that it cannot check: TCP's MD5 and AO
 * (RFC 2385, RFC 5925), as BGP and LDP use them.  A record knows of these only that
 * the SYN has an option beyond the usual ones.
 */
#include "report/derive/stop_int.h"

bool stop_all_spoilt(const struct stop_group *g)
{
	return g->spoilt >= g->sessions;
}

bool stop_all_extra(const struct stop_group *g)
{
	return g->extra >= g->sessions;
}

void stop_tell_spoilt(struct stop_group *g, const char *at)
{
	draft_text(g->draft,
		   "The checksum of %s first packet is wrong at %s.  Unless %s "
		   "is on the client itself, or captures all checksums so, "
		   "that is why: a host throws away what arrives damaged.",
		   g->sessions == 1 ? "its" : "each one's", at, at);
}

void stop_tell_extra(struct stop_group *g)
{
	draft_text(g->draft,
		   "%s SYN carries a TCP option beyond the usual ones.  If it "
		   "is a signature (MD5 or AO, as BGP and LDP have them), a "
		   "host with another key for that peer, or none, throws it "
		   "away without a word.",
		   g->sessions == 1 ? "Its" : "Each one's");
	draft_next(g->draft, "if it is a signature: compare the keys of both "
			     "sides (Linux counts in nstat -az 'TcpExtTCPMD5*' "
			     "what it threw away)");
}
