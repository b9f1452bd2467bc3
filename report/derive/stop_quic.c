/* QUIC that gets no answer: does the client go on over TCP?
 *
 * Browsers try QUIC and TCP, and take what answers (RFC 9308 2): where UDP is blocked,
 * nobody sees more than a delay.  That it is so is shown by a session of TCP between
 * the same hosts, to the same port, that the server answers and that is alive when the
 * one of QUIC begins, or begins within AFTER_NS.
 *
 * Cost: FLOWS rows each way, of LOOKED sessions a group.
 */
#include <netinet/in.h>

#include "base/text.h"
#include "base/time.h"
#include "capture/message.h"
#include "report/derive/stop_int.h"

#define LOOKED 64
#define FLOWS 1000
#define AFTER_NS 10000000000LL

/* Return: is flow @id of the same point? */
static bool look(const struct derive *d, int64_t id,
		 const struct flow_row *quic, bool *found)
{
	struct flow_row f;
	bool here;

	if (!derive_flow(d, id, &f))
		return false;
	here = f.point == quic->point;
	*found |= here && f.proto == IPPROTO_TCP && f.packets[1] &&
		  net_end_cmp(&f.server, &quic->server) == 0 &&
		  net_addr_cmp(&f.client.addr, &quic->client.addr) == 0 &&
		  f.last_ns >= quic->first_ns &&
		  f.first_ns <= time_add(quic->first_ns, AFTER_NS);
	flow_row_release(&f);
	return here;
}

static bool goes_on(const struct derive *d, const struct flow_row *quic)
{
	bool found = false;

	for (int64_t k = 1; k < FLOWS && !found && quic->id > k; k++)
		if (!look(d, quic->id - k, quic, &found))
			break;
	for (int64_t k = 1; k < FLOWS && !found; k++)
		if (!look(d, quic->id + k, quic, &found))
			break;
	return found;
}

void stop_quic(struct stop_group *g, const struct derive *d,
	       const struct flow_row *f)
{
	if (f->proto != IPPROTO_UDP || g->quic_looked == LOOKED ||
	    !derive_speaks(d, f, 1U << MESSAGE_QUIC))
		return;
	g->quic_looked++;
	g->over_tcp += goes_on(d, f);
}

void stop_quic_say(struct stop_group *g)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (!g->quic_looked)
		return;
	if (g->quic_looked < g->sessions)
		draft_text(g->draft, "%s of them, at least, try QUIC.",
			   text_count(g->quic_looked, n));
	else
		draft_text(g->draft, "%s QUIC, and %s beyond the Initial.",
			   g->sessions == 1 ? "It tries" : "They try",
			   g->sessions == 1 ? "does not get" : "do not get");
	json_object_set_new(g->draft->measure, "quic",
			    json_integer((json_int_t)g->quic_looked));
	json_object_set_new(g->draft->measure, "over_tcp",
			    json_integer((json_int_t)g->over_tcp));
	if (!g->over_tcp) {
		draft_text(g->draft,
			   "No connection of TCP to the same port is "
			   "seen beside %s.",
			   g->sessions == 1 ? "it" : "them");
		return;
	}
	draft_text(g->draft,
		   "Beside %s of %s the same client has a connection of TCP to "
		   "the same port that is answered: it goes on without QUIC, "
		   "and loses no more than the time until then.",
		   text_count(g->over_tcp, n), text_count(g->quic_looked, of));
	draft_place(g->draft, "a filter that lets TCP through and drops UDP to "
			      "this port");
}
