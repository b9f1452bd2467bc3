/* QUIC that gets no answer: does the client go on over TCP?
 *
 * Browsers try QUIC and TCP, and take what answers (RFC 9308 2): where UDP is blocked,
 * nobody sees more than a delay.  That it is so is shown by a session of TCP between
 * the same hosts, to the same port, that has data of the server's and that is alive when
 * the one of QUIC begins, or begins within AFTER_NS.
 *
 * Cost: FLOWS rows each way, of LOOKED sessions.
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
	*found |= here && f.proto == IPPROTO_TCP && f.bytes[1] &&
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

void stop_quic(struct stop *s, struct stop_group *g, const struct derive *d,
	       const struct flow_row *f)
{
	bool goes;

	if (f->proto != IPPROTO_UDP || s->quic_looked == LOOKED)
		return;
	if (!derive_speaks(d, f, 1U << MESSAGE_QUIC)) {
		g->goes_on_not++;
		return;
	}
	s->quic_looked++;
	g->quic_looked++;
	goes = goes_on(d, f);
	g->over_tcp += goes;
	g->goes_on_not += !goes;
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
			   "No connection of TCP to the same port is seen "
			   "beside %s in which the server says something.",
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
	if (!g->goes_on_not && g->draft->row.severity > SEV_MEDIUM)
		g->draft->row.severity = SEV_MEDIUM;
}
