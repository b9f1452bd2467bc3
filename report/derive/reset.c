/* reset.endpoint, reset.path: who sent the RST.
 *
 * A RST that the capture nearest to its sender has as well is the sender's own,
 * or came from beyond that point, as its time to live may show; one that appears
 * on a hop with evidence that it did not come from the near side (fate injected)
 * was made between (reset_made.c).
 * A reset is worth a finding where it ended something: the server's, before the
 * server answered; or one that answers data of a session that neither side has
 * closed with the number that the data acknowledges and no ACK of its own (RFC
 * 9293 3.10.7.1): its host does not know the session, as after a restart (half
 * open); or one that meets the middle of a connection that opened nowhere, as a
 * NAT makes it that forgot a session (reset_stray.c); or one that comes instead
 * of an answer to a request, within INSTEAD_NS of it or as the first packet that
 * acknowledges it; or behind an answer that left while the client was still
 * sending, as a close with data unread does (RFC 1122 4.2.2.13).  If the server
 * had closed the session by a FIN before the
 * request arrived, after a pause of IDLE_NS, the two crossed: a client that uses
 * an idle connection again always runs that risk, which is of low severity.  What
 * is shorter than LEAST is a farewell, and so is a short piece of TLS (an alert).
 * After FINs, or sent by a client that had its answer, it is how many programs
 * close.  So do servers that took a stream and never answer: after more than a
 * first request the reset is said, as something low.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/seq.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/reset_made.h"
#include "report/derive/reset_stray.h"
#include "report/derive/words.h"

#define REQUEST_MOST 65536 /* bytes: more is a stream */
#define LEAST 16           /* bytes of a request */
#define LEAST_TLS 64       /* an alert has less */
#define INSTEAD_NS 1000000000LL
#define IDLE_NS 1000000000LL
#define SEGMENTS 64 /* of REQUEST_MOST, looked at */

enum reset_how {
	RESET_REFUSED,   /* answers a SYN */
	RESET_REQUEST,   /* answers the first request */
	RESET_TAKEN,     /* ends a stream that it took, without an answer */
	RESET_FORGOTTEN, /* answers data of a session that it had answered */
	RESET_INSTEAD, /* comes instead of an answer; it had answered before */
	RESET_UNREAD,  /* follows an answer that left amid the client's data */
	RESET_CROSSED, /* as instead, but the server's FIN crossed the request */
	RESET_STRAY,   /* answers what opens no connection (reset_stray.c) */
	RESET_NOT      /* is not worth mentioning */
};

struct reset_group {           /* resets of one server, of one kind */
	struct net_end server; /* at the point nearest to the sender */
	enum reset_how how;
	uint64_t sessions;
	struct draft *draft;
	char name[64];
	int64_t idle_ns; /* least pause before */
};

struct reset {
	struct VEC(struct reset_group) groups;
	struct made_resets made;
	struct strays strays;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct reset));
}

/* The first RST of the direction at the point nearest to its sender. */
static const struct fact *first_reset(const struct session_facts *facts,
				      const struct session_view *v, int dir)
{
	int near = session_near_flow(v, dir);

	for (size_t i = 0; i < facts->resets.n; i++) {
		const struct fact *k = &facts->resets.at[i];

		if (k->dir == dir && k->from == near && k->has_near &&
		    k->e.fate != FATE_INJECTED)
			return k;
	}
	return NULL;
}

/* That of a session that one point has alone: there is no hop to tell of it. */
static const struct fact *reset_alone(const struct derive *d,
				      const struct session_view *v,
				      struct fact *k)
{
	*k = (struct fact){ .dir = 1, .has_near = true };
	return v->flow[0].dir[1].rst &&
			       derive_record(d, &v->flow[0].row, 1, REC_RST,
					     &k->near, &k->near_file)
		       ? k
		       : NULL;
}

static struct reset_group *
group_of(struct reset *s, const struct net_end *server, enum reset_how how)
{
	struct reset_group *g;

	for (size_t i = 0; i < s->groups.n; i++) {
		g = &s->groups.at[i];
		if (g->how == how && net_end_cmp(&g->server, server) == 0)
			return g;
	}
	g = VEC_PUSH(&s->groups);
	*g = (struct reset_group){ .server = *server, .how = how };
	return g;
}

static const char *const next_step[] = {
	[RESET_REFUSED] = "see whether the service listens on that port",
	[RESET_REQUEST] = "read the server application's log at that time: it "
			  "(or its host) refused what the client sent",
	[RESET_TAKEN] = "if the upload was not complete, read the server "
			"application's log at that time",
	[RESET_FORGOTTEN] = "see whether the server, or a balancer or firewall "
			    "that answers for it, was restarted or dropped "
			    "idle sessions before that time; keep-alives more "
			    "often than its timeout would help",
	[RESET_INSTEAD] = "read the server application's log at that time: "
			  "its process ended, or it or its host refused the "
			  "request",
	[RESET_UNREAD] =
		"read the server application's log at that time: it "
		"answered without reading the rest (too large a body, "
		"a missing login), or ended with a request unanswered "
		"that the client had sent ahead; if the client shows another error, "
		"the reset destroyed the answer before it was read",
	[RESET_CROSSED] =
		"have the client give up idle connections sooner than "
		"the server does, or send such a request again on a "
		"new one",
};

/* @k: the server's reset.  True if neither side had closed, and the server had
 * answered before, and did not acknowledge the client's last data. */
static bool is_forgotten(const struct flow_view *f, const struct fact *k)
{
	return f->dir[1].data_packets > 0 && !f->dir[1].fin &&
	       !(k->near.tcp_flags & REC_ACK) &&
	       seq_diff((uint32_t)f->dir[0].seq_next,
			(uint32_t)f->dir[1].ack_max) > 0 &&
	       (uint32_t)k->near.seq64 == (uint32_t)f->dir[0].ack_max;
}

static bool is_outermost(const struct model *m, const struct session_view *v,
			 int flow)
{
	return v->row.flows[flow].point_pos ==
	       (v->row.client_end == 1 ? 1 : (int)m->n_points);
}

/* Was the client still sending when the answer @told left?  Then what follows it is
 * no new request: it was not acknowledged there, or does not acknowledge it. */
static bool sends_on(const struct derive *d, const struct flow_view *f,
		     const struct record *told, const struct record *asked)
{
	uint32_t end = (uint32_t)told->seq64 + told->pay_len;
	struct record first = *asked, r;

	for (int n = 0; n < SEGMENTS; n++) {
		if (!derive_last(d, &f->row, 0, 0, first.time_ns - 1, &r) ||
		    r.time_ns <= told->time_ns)
			break;
		first = r;
	}
	if (seq_diff((uint32_t)first.ack64, end) < 0)
		return true;
	return derive_last(d, &f->row, 0, 0, told->time_ns, &r) &&
	       seq_diff((uint32_t)r.seq64 + r.pay_len, (uint32_t)told->ack64) >
		       0;
}

/* Is the reset the first to acknowledge what came after @told, the packet before it?
 * Then it is the answer to that, however late. */
static bool has_read(const struct fact *k, const struct record *told)
{
	uint32_t end = (uint32_t)(told->seq64 + rec_seq_len(told));

	return k->near.tcp_flags & REC_ACK && (uint32_t)k->near.seq64 == end &&
	       seq_diff((uint32_t)k->near.ack64, (uint32_t)told->ack64) > 0;
}

/* What the server's reset @k, after earlier answers, did to the client's last
 * data. */
static enum reset_how killed(const struct derive *d, const struct flow_view *f,
			     const struct fact *k)
{
	int64_t at = k->near.time_ns;
	struct record asked, told, fin;
	int64_t bytes;

	if (!derive_last(d, &f->row, 0, 0, at, &asked) ||
	    !derive_last(d, &f->row, 1, 0, at, &told) ||
	    asked.time_ns <= told.time_ns ||
	    (time_sub(at, asked.time_ns) > INSTEAD_NS && !has_read(k, &told)))
		return RESET_NOT;
	/* what had not arrived when the server last answered */
	bytes = seq_diff((uint32_t)(asked.seq64 + asked.pay_len),
			 (uint32_t)told.ack64);
	if (bytes < LEAST || bytes > REQUEST_MOST)
		return RESET_NOT;
	if (bytes < LEAST_TLS && derive_speaks(d, &f->row, 1U << MESSAGE_TLS))
		return RESET_NOT;
	if (!derive_last(d, &f->row, 1, REC_FIN, at, &fin))
		return sends_on(d, f, &told, &asked) ? RESET_UNREAD
						     : RESET_INSTEAD;
	return fin.time_ns - told.time_ns >= IDLE_NS &&
			       fin.time_ns < asked.time_ns
		       ? RESET_CROSSED
		       : RESET_NOT;
}

static enum severity severity_of(enum reset_how how)
{
	if (how == RESET_UNREAD)
		return SEV_MEDIUM;
	return how == RESET_TAKEN || how == RESET_CROSSED ? SEV_LOW : SEV_HIGH;
}

/* What the reset is the answer to. */
static void asked_frames(struct draft *f, const struct derive *d,
			 const struct flow_view *w, const struct fact *k,
			 enum reset_how how)
{
	int64_t at = k->near.time_ns;
	struct record told, asked;

	if (how != RESET_INSTEAD && how != RESET_CROSSED && how != RESET_UNREAD)
		return;
	if (how == RESET_UNREAD && derive_last(d, &w->row, 1, 0, at, &told))
		draft_evidence(f, w->row.point, k->near_file, told.frame,
			       told.time_ns,
			       "an answer, while the client still sends");
	if (derive_last(d, &w->row, 0, 0, at, &asked))
		draft_evidence(f, w->row.point, k->near_file, asked.frame,
			       asked.time_ns, "%s",
			       how == RESET_UNREAD
				       ? "more from the client, not answered"
				       : "the request arrives, and nothing of "
					 "an answer leaves");
}

static void server_reset(struct reset *s, struct derive *d,
			 const struct session_view *v, const struct fact *k,
			 enum reset_how how)
{
	const struct model *m = derive_model(d);
	const struct flow_view *f = &v->flow[k->from];
	bool refused = how == RESET_REFUSED;
	struct reset_group *g = group_of(s, &f->row.server, how);
	int64_t rest, after = k->near.time_ns -
			      (refused ? f->dir[0].syn_ns : f->dir[0].last_ns);
	char span[TEXT_UNIT], server[NET_END_TEXT];

	if (!g->draft) {
		g->draft = draft_new(d, "reset.endpoint", severity_of(how), 65);
		snprintf(g->name, sizeof g->name, "%s", f->point->name);
		net_end_text(&f->row.server, server);
		draft_text(g->draft, "%s, %s, shows it%s (frame %llu), %s%s.",
			   v->row.n_flows == 1
				   ? "The one capture that has the session"
			   : is_outermost(m, v, k->from)
				   ? "The reset is real: the capture nearest "
				     "to the server"
				   : "The reset is real: the capture nearest "
				     "to the server of those that have the "
				     "session",
			   f->point->name,
			   v->row.n_flows == 1 ? "" : " leaving",
			   (unsigned long long)k->near.frame,
			   after < 0 ? "while the client was still sending"
				     : text_duration(after, span),
			   after < 0 ? "" : " after the client's last packet");
		if (how != RESET_STRAY)
			draft_place(g->draft,
				    "the server host: its stack or the "
				    "application on %s",
				    server);
		if (how != RESET_STRAY &&
		    strcmp(session_on_host(v, k->from, 1), "yes") != 0)
			draft_place(g->draft,
				    "a device beyond %s that answers for the "
				    "server, if %s is not on the server itself",
				    f->point->name, f->point->name);
		if (how != RESET_STRAY)
			draft_next(g->draft, "%s", next_step[how]);
		draft_hop(g->draft, m, v->row.flows[k->from].point_pos,
			  v->row.flows[k->from].point_pos);
		draft_session_filters(g->draft, v);
	}
	rest = reset_rest(d, &f->row, k->near.time_ns);
	if (!g->sessions++ || rest < g->idle_ns)
		g->idle_ns = rest;
	draft_session(g->draft, v->row.id);
	asked_frames(g->draft, d, f, k, how);
	words_evidence(g->draft, v, k, "RST from the server");
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	enum reset_how how = RESET_NOT;
	struct reset *s = state;
	const struct flow_view *f;
	const struct fact *k;
	struct fact alone;

	if (v->row.proto != 6 || v->row.verdict == PAIR_AMBIGUOUS ||
	    (!facts && v->row.n_flows > 1))
		return;
	for (size_t i = 0; facts && i < facts->injected.n; i++) {
		if (facts->injected.at[i].e.kind == KIND_RST) {
			made_between(&s->made, d, v, &facts->injected.at[i]);
			/* what either end still sends is refused, too */
			derive_claim_losses(d, v->row.id);
			return;
		}
	}
	stray_heard(&s->strays, d, v);
	k = facts && v->row.n_flows > 1 ? first_reset(facts, v, 1)
					: reset_alone(d, v, &alone);
	/* a lossy session that was given up is another matter: the reset is not
	 * the cause */
	if (!k || (facts && facts->n_lost > 0) || v->flow[k->from].dir[0].fin ||
	    derive_losses_claimed(d, v->row.id))
		return;
	f = &v->flow[k->from];
	if (is_forgotten(f, k))
		how = RESET_FORGOTTEN;
	else if (f->dir[1].bytes > 0)
		how = killed(d, f, k);
	else if (stray_is(d, v, k))
		how = RESET_STRAY;
	else
		how = f->dir[0].bytes >= REQUEST_MOST ? RESET_TAKEN
		      : f->dir[0].bytes               ? RESET_REQUEST
						      : RESET_REFUSED;
	if (made_beyond(&s->made, d, v, k, how == RESET_NOT))
		return;
	if (how == RESET_STRAY)
		stray_add(&s->strays, v, k);
	if (how != RESET_NOT)
		server_reset(s, d, v, k, how);
}

/* "SERVER does N whats how" */
static const struct {
	const char *does, *what, *how;
} title[] = {
	[RESET_REFUSED] = { "refuses connections: it resets", "session",
			    " at the SYN" },
	[RESET_REQUEST] = { "itself resets", "session",
			    " without answering the first request" },
	[RESET_TAKEN] = { "ends", "upload",
			  " by a reset, without a byte of answer" },
	[RESET_FORGOTTEN] = { "does not know", "open session",
			      ": it answers the client's next data with a reset" },
	[RESET_INSTEAD] = { "resets", "session",
			    " instead of answering a request" },
	[RESET_UNREAD] = { "resets", "session",
			   " after an answer, with data unread: the client may "
			   "never see that answer" },
	[RESET_CROSSED] = { "closes", "idle session",
			    " just as the client asks again: the request is "
			    "reset" },
};

static void finish(void *state, struct derive *d)
{
	struct reset *s = state;

	for (size_t i = 0; i < s->groups.n; i++) {
		struct reset_group *g = &s->groups.at[i];
		char server[NET_END_TEXT], n[TEXT_UNIT];

		net_end_text(&g->server, server);
		text_count(g->sessions, n);
		if (g->how == RESET_STRAY)
			stray_tell(&s->strays, derive_model(d), g->draft,
				   server, g->name);
		else
			draft_title(g->draft, "%s %s %s %s%s%s", server,
				    title[g->how].does, n, title[g->how].what,
				    plural(g->sessions), title[g->how].how);
		json_object_set_new(g->draft->measure, "sessions",
				    json_integer((json_int_t)g->sessions));
		if (g->how == RESET_FORGOTTEN && g->idle_ns >= IDLE_NS)
			draft_place(g->draft,
				    "a NAT or balancer on the way that forgot "
				    "the idle session, so that the server gets "
				    "it as a connection that it never had");
		if (g->how == RESET_FORGOTTEN || g->how == RESET_INSTEAD)
			reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	}
	stray_free(&s->strays);
	made_finish(&s->made, derive_model(d));
	VEC_FREE(&s->groups);
	free(s);
}

const struct rule_group rules_reset = { "reset", begin, session, finish };
