/* Polls of NTP that nobody answers.
 *
 * A client polls again by itself, some time later, and mostly asks several servers; a
 * server may be silent on purpose, where a client asks too often (RFC 5905 7.4).  So
 * one or two polls without an answer are nobody's trouble yet.  From POLLS on, of one
 * session or of several (many clients take another port for each poll, RFC 9109), they
 * count as the requests of other protocols do; but not where the server answers more of
 * the same clients than it leaves unanswered: their clocks lack nothing then.
 */
#include "report/derive/stop_int.h"

#define PORT 123
#define POLLS 3

bool stop_is_polls(const struct stop_group *g)
{
	return g->kind.datagrams && g->server.port == PORT && !g->mixed;
}

void stop_poll_weigh(struct stop_group *g)
{
	if (!stop_is_polls(g) || g->opens >= POLLS)
		return;
	g->draft->row.severity = SEV_LOW;
	draft_text(g->draft,
		   "A client of NTP asks again by itself, and mostly "
		   "others, too: %s not known to be a stop.",
		   g->opens == 1 ? "one poll is" : "two polls are");
}
