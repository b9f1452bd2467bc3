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
 * SYN,ACK, or of the first request (no more than RESET_REQUEST_MOST bytes: more is an
 * upload, which may want no answer).  A later one ends a connection that rests, or takes
 * what needs no answer, as logs do.
 *
 * Few are low, and those of PORTS ports of a host or more are one finding: an empty list
 * over FTP, which takes a port for each, looks the same.
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
#define MANY 3  /* sessions: no accident */
#define PORTS 3 /* of a host: one finding */
#define SERVERS 256
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
	if (!f->row.bytes[0] || (uint32_t)fin->ack64 == f->dir[0].isn + 1) {
		asked->frame = 0;
		return time_sub(fin->time_ns, f->dir[1].syn_ns) < AT_ONCE_NS;
	}
	return derive_after(d, &f->row, 0, f->dir[0].syn_ns, fin->time_ns,
			    asked, asked_file) &&
	       (uint32_t)asked->seq64 == f->dir[0].isn + 1 &&
	       time_sub(fin->time_ns, asked->time_ns) < AT_ONCE_NS;
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
	*m = (struct mute){ .server = *server, .asked = asked, .ports = 1 };
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
			    "to pass the connection to, if %s was not "
			    "captured on the server itself",
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
			       asked.time_ns, "what is asked first");
	draft_evidence(m->draft, f->row.point, file, fin.frame, fin.time_ns,
		       "the server closes");
}

/* Are both of one host, and few? */
static bool alike(const struct mute *a, const struct mute *b)
{
	return a->ports && b->ports && a->asked == b->asked &&
	       a->sessions < MANY && b->sessions < MANY &&
	       net_addr_cmp(&a->server.addr, &b->server.addr) == 0;
}

/* Joins with @to, the first of them, what is alike behind it. */
static void join_ports(struct mutes *s, struct mute *to)
{
	uint64_t sessions = to->sessions, ports = 1;
	size_t next = (size_t)(to - s->at) + 1;

	for (size_t i = next; i < s->n; i++) {
		ports += alike(to, &s->at[i]);
		sessions += alike(to, &s->at[i]) ? s->at[i].sessions : 0;
	}
	if (ports < PORTS)
		return;
	for (size_t i = next; i < s->n; i++)
		if (alike(to, &s->at[i])) {
			draft_join(to->draft, s->at[i].draft);
			s->at[i].ports = 0;
		}
	to->sessions = sessions;
	to->ports = ports;
}

static void tell(struct mute *m)
{
	char server[NET_END_TEXT], n[TEXT_UNIT], to[WORDS] = "";
	bool one = m->sessions == 1;

	if (m->ports == 1 && m->sessions >= MANY)
		m->draft->row.severity = SEV_MEDIUM;
	net_end_text(&m->server, server);
	if (m->ports > 1) {
		net_addr_text(&m->server.addr, server);
		snprintf(to, sizeof to, " to %s ports",
			 text_count(m->ports, n));
	}
	text_count(m->sessions, n);
	if (m->asked)
		draft_title(m->draft,
			    "%s closes %s connection%s%s without answering "
			    "what is asked",
			    server, n, plural(m->sessions), to);
	else
		draft_title(m->draft,
			    "%s accepts %s connection%s%s and closes %s at "
			    "once, before anything is asked",
			    server, n, plural(m->sessions), to,
			    one ? "it" : "them");
	json_object_set_new(m->draft->measure, "sessions",
			    json_integer((json_int_t)m->sessions));
}

void reply_mute_tell(struct mutes *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!s->at[i].ports)
			continue;
		join_ports(s, &s->at[i]);
		tell(&s->at[i]);
	}
	VEC_FREE(s);
}
