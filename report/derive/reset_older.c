/* reset.endpoint, low: the client resets an older connection that the server still
 * had, or had closed a moment ago, and opens anew.
 *
 * A host that was restarted, or lost a connection without a word, may use its port
 * again while the server has the old one.  The server answers the SYN with an
 * acknowledgement of that (RFC 9293 3.10.7.4, RFC 5961 4; Linux in TIME-WAIT, too), the
 * client resets what it does not know, and its next SYN, some timer later, opens.  So it
 * should be: nothing was lost, and the server did not take that long.  Where no SYN,ACK
 * ever comes although the client tries again it is stop_held.c's.
 *
 * Required at the point nearest to the server: the first answer is a pure
 * acknowledgement of another number; what the client sends next, but for SYNs, is a reset
 * of that number (RFC 9293 3.10.7.3); and then it opens, or it had but that SYN (its next
 * has another number, and is a session of its own).
 *
 * Cost: at most three records of sessions with a reset of the client's.
 */
#include "report/derive/reset_older.h"

#include <netinet/in.h>

#include "base/time.h"

#define EXAMPLES 4

bool older_answers(struct derive *d, const struct flow_view *f,
		   struct record *r, int64_t *file)
{
	return derive_record(d, &f->row, 1, 0, r, file) &&
	       (r->tcp_flags & (REC_ACK | REC_SYN | REC_RST | REC_FIN)) ==
		       REC_ACK &&
	       !r->pay_len && (uint32_t)r->ack64 - f->dir[0].isn > 1;
}

/* Is the first that the client sends, but for SYNs, a reset of what @ack acknowledges? */
static bool is_reset(struct derive *d, const struct flow_view *f,
		     const struct record *ack, struct record *rst,
		     int64_t *file)
{
	return derive_record(d, &f->row, 0, REC_ACK | REC_RST | REC_FIN, rst,
			     file) &&
	       (rst->tcp_flags & REC_RST) && rst->time_ns >= ack->time_ns &&
	       (uint32_t)rst->seq64 == (uint32_t)ack->ack64;
}

static bool is_older(const struct flow_view *f)
{
	if (!f->dir[0].syn || !f->dir[0].rst)
		return false;
	return f->dir[1].syn ? f->dir[0].syn_count > 1
			     : f->dir[0].syn_count == 1 && !f->row.bytes[0] &&
				       !f->row.bytes[1];
}

static void open_draft(struct older *o, struct derive *d,
		       const struct session_view *v, int flow)
{
	int pos = v->row.flows[flow].point_pos;

	o->servers = json_object();
	o->draft = draft_new(d, "reset.endpoint", SEV_LOW, 30);
	draft_hop(o->draft, derive_model(d), pos, pos);
	draft_session_filters(o->draft, v);
	draft_place(o->draft, "the client, or a NAT before the server, which "
			      "uses a port again whose old connection it gave "
			      "up without a word (a restart, a time limit)");
	draft_next(o->draft, "nothing, unless it is often: then keep-alives "
			     "and time limits on the server that end such "
			     "connections sooner, or ports that rest longer");
}

void older_add(struct older *o, struct derive *d, const struct session_view *v)
{
	int flow = session_near_flow(v, 1);
	const struct flow_view *f = &v->flow[flow];
	struct record ack, rst, open;
	int64_t file, rst_file, wait;

	if (v->row.proto != IPPROTO_TCP || v->row.verdict == PAIR_AMBIGUOUS ||
	    !is_older(f) || !older_answers(d, f, &ack, &file) ||
	    !is_reset(d, f, &ack, &rst, &rst_file))
		return;
	if (!o->draft)
		open_draft(o, d, v, flow);
	o->sessions++;
	words_count_end(o->servers, &f->row.server);
	draft_session(o->draft, v->row.id);
	if (o->sessions <= EXAMPLES) {
		draft_evidence(o->draft, f->row.point, f->first_file,
			       f->dir[0].syn_frame, f->dir[0].syn_ns, "a SYN");
		draft_evidence(o->draft, f->row.point, file, ack.frame,
			       ack.time_ns,
			       "its answer acknowledges %u, not the SYN's %u",
			       (uint32_t)ack.ack64, f->dir[0].isn + 1);
		draft_evidence(o->draft, f->row.point, rst_file, rst.frame,
			       rst.time_ns, "the client resets that");
	}
	if (!derive_record(d, &f->row, 1, REC_SYN, &open, &file))
		return;
	wait = time_sub(open.time_ns, f->dir[0].syn_ns);
	o->wait_ns = wait > o->wait_ns ? wait : o->wait_ns;
	o->opened++;
	if (o->sessions <= EXAMPLES)
		draft_evidence(o->draft, f->row.point, file, open.frame,
			       open.time_ns, "and this opens");
}

void older_tell(struct older *o)
{
	char n[TEXT_UNIT], whom[WORDS], wait[TEXT_UNIT];
	bool one = o->sessions == 1;
	struct draft *f = o->draft;

	if (!f)
		return;
	draft_title(f,
		    "The server still has %s older connection%s of the same "
		    "addresses and ports: the client resets %s",
		    one ? "an" : text_count(o->sessions, n), one ? "" : "s",
		    one ? "it" : "them");
	draft_text(f,
		   "A SYN, %s, is answered with an acknowledgement of another "
		   "number: the server has a connection of the same addresses "
		   "and ports, or has closed it less than a minute or so ago.  "
		   "The client does not know that, and resets it.",
		   words_servers(o->servers, whom));
	if (o->opened)
		draft_text(f,
			   "Its next SYN opens a connection%s%s.  That time is "
			   "neither the server's nor the path's.",
			   one ? ", after " : ", after at most ",
			   text_duration(o->wait_ns, wait));
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)o->sessions));
	json_object_set_new(f->measure, "waited_max_ns",
			    json_integer(o->wait_ns));
	json_decref(o->servers);
}
