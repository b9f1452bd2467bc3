/* reply.cut of answers of which nothing is there: the server closes first, at once, and
 * has not said a word.
 *
 * So does a program that refuses whom it accepted (TCP wrappers, an access list, a limit),
 * a balancer without a server behind it, one that is asked in a protocol that it does
 * not speak, or one that dies.  A reset instead of the FIN is reset.c's.
 *
 * Required, at the point nearest to the server: both SYNs; the server's FIN has the
 * number behind its SYN,ACK, so nothing went before it, captured or not; no FIN of the
 * client's before it, and no reset of the server's.  It comes within AT_ONCE_NS of the
 * SYN,ACK, or of a request (no more than RESET_REQUEST_MOST bytes: more is an upload,
 * which may want no answer).  A later one ends a connection that rests.
 *
 * Few are low: an empty list over FTP looks the same.
 *
 * Cost: at most three records of each session in which the server closes, and says
 * nothing.
 */
#include "report/derive/reply_mute.h"

#include <netinet/in.h>
#include <string.h>

#include "base/time.h"
#include "report/derive/reset_killed.h"

#define AT_ONCE_NS 1000000000LL
#define MANY 3     /* sessions: no accident */
#define SERVERS 64 /* findings at most */
#define EXAMPLES 4

/* Cheap, and true of all. */
static bool may_be_mute(const struct session_view *v, const struct flow_view *f)
{
	return v->row.proto == IPPROTO_TCP &&
	       v->row.verdict != PAIR_AMBIGUOUS && f->dir[1].fin &&
	       f->dir[0].syn && f->dir[1].syn && !f->row.bytes[1] &&
	       !f->dir[1].rst && f->row.bytes[0] <= RESET_REQUEST_MOST;
}

/* @asked: the request, if the server had one; else its frame is 0.  Return: is it
 * the server's own close, at once? */
static bool is_mute(struct derive *d, const struct flow_view *f,
		    struct record *asked, int64_t *asked_file,
		    struct record *fin, int64_t *file)
{
	struct record bye;
	int64_t bye_file;

	if (!derive_record(d, &f->row, 1, REC_FIN, fin, file) ||
	    (uint32_t)fin->seq64 != f->dir[1].isn + 1 || fin->pay_len ||
	    (derive_record(d, &f->row, 0, REC_FIN | REC_RST, &bye, &bye_file) &&
	     bye.time_ns <= fin->time_ns))
		return false;
	if ((uint32_t)fin->ack64 == f->dir[0].isn + 1 ||
	    !derive_last(d, &f->row, 0, 0, fin->time_ns, asked, asked_file)) {
		asked->frame = 0;
		return time_sub(fin->time_ns, f->dir[1].syn_ns) < AT_ONCE_NS;
	}
	return time_sub(fin->time_ns, asked->time_ns) < AT_ONCE_NS;
}

static struct mute *mute_of(struct mutes *s, const struct net_end *server,
			    bool asked)
{
	struct mute *m;

	for (size_t i = 0; i < s->n; i++) {
		m = &s->at[i];
		if (m->asked == asked && net_end_cmp(&m->server, server) == 0)
			return m;
	}
	if (s->n == SERVERS)
		return NULL;
	m = VEC_PUSH(s);
	*m = (struct mute){ .server = *server, .asked = asked };
	return m;
}

static void open_draft(struct mute *m, struct derive *d,
		       const struct session_view *v, int flow)
{
	const char *at = v->flow[flow].point->name;
	int pos = v->row.flows[flow].point_pos;
	struct draft *f = draft_new(d, "reply.cut", SEV_LOW, 50);

	m->draft = f;
	draft_hop(f, derive_model(d), pos, pos);
	draft_session_filters(f, v);
	draft_text(f, "The server closes first, within a second, and its "
		      "close has the number right behind its SYN,ACK: nothing "
		      "was sent before it, and nothing is lost.");
	draft_place(f,
		    m->asked ? "the program on the server: it refuses the "
			       "request, is asked in a protocol that it does "
			       "not speak (TLS or not), or ended"
			     : "the program on the server: it refuses this "
			       "client (an access list, TCP wrappers), or has "
			       "as many connections as it may have");
	if (strcmp(session_on_host(v, flow, 1), "yes") != 0)
		draft_place(f,
			    "a balancer or proxy beyond %s that has no server "
			    "to pass the connection to, if %s is not on the "
			    "server itself",
			    at, at);
	draft_next(f, "read the server application's log at that time");
}

void reply_mute_add(struct mutes *s, struct derive *d,
		    const struct session_view *v)
{
	int flow = session_near_flow(v, 1);
	const struct flow_view *f = &v->flow[flow];
	struct record fin, asked;
	int64_t file, asked_file;
	struct mute *m;

	if (!may_be_mute(v, f) ||
	    !is_mute(d, f, &asked, &asked_file, &fin, &file))
		return;
	m = mute_of(s, &f->row.server, asked.frame != 0);
	if (!m)
		return;
	if (!m->draft)
		open_draft(m, d, v, flow);
	m->sessions++;
	draft_session(m->draft, v->row.id);
	if (m->sessions > EXAMPLES)
		return;
	if (asked.frame)
		draft_evidence(m->draft, f->row.point, asked_file, asked.frame,
			       asked.time_ns, "what is asked last");
	draft_evidence(m->draft, f->row.point, file, fin.frame, fin.time_ns,
		       "the server closes");
}

void reply_mute_tell(struct mutes *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct mute *m = &s->at[i];
		char server[NET_END_TEXT], n[TEXT_UNIT];
		bool one = m->sessions == 1;

		if (m->sessions >= MANY)
			m->draft->row.severity = SEV_MEDIUM;
		net_end_text(&m->server, server);
		text_count(m->sessions, n);
		if (m->asked)
			draft_title(m->draft,
				    "%s closes %s connection%s without "
				    "answering what is asked",
				    server, n, plural(m->sessions));
		else
			draft_title(m->draft,
				    "%s accepts %s connection%s and closes %s "
				    "at once, before anything is asked",
				    server, n, plural(m->sessions),
				    one ? "it" : "them");
		json_object_set_new(m->draft->measure, "sessions",
				    json_integer((json_int_t)m->sessions));
	}
	VEC_FREE(s);
}
