/* reset.endpoint, reset.path: who sent the RST.
 *
 * A RST that the capture nearest to its sender has as well is the sender's own
 * (or came from beyond that point); one that appears on a hop with evidence
 * that it did not come from the near side (fate injected) was made between.
 * Such are one finding for a hop and direction: who resets one session so resets
 * many.
 * A reset is worth a finding where it ended something: the server's, before
 * the server answered; or one that answers data of a session that neither side
 * has closed with the number that the data acknowledges and no ACK of its own
 * (RFC 9293 3.10.7.1): its host does not know the session, as after a restart
 * (half open).  After FINs, or sent by a client that had its answer, it is how
 * many programs close.  So do servers that took a stream and never answer: after
 * more than a first request the reset is said, as something low.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/seq.h"
#include "base/text.h"
#include "report/derive/alike.h"

#define REQUEST_MOST 65536 /* bytes: more is a stream */

enum reset_how {
	RESET_REFUSED,   /* answers a SYN */
	RESET_REQUEST,   /* answers the first request */
	RESET_TAKEN,     /* ends a stream that it took, without an answer */
	RESET_FORGOTTEN, /* answers data of a session that it had answered */
};

struct reset_group {           /* resets of one server, alike */
	struct net_end server; /* at the point nearest to the sender */
	enum reset_how how;
	uint64_t sessions;
	struct draft *draft;
	char name[64];
};

struct reset {
	struct VEC(struct reset_group) groups;
	struct alikes made; /* on the way, as if from one side */
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct reset));
}

static void open_made(struct alike *g, struct derive *d,
		      const struct session_view *v, const struct fact *k)
{
	const char *from = fact_from(v, k)->name, *to = fact_to(v, k)->name;
	const char *side = k->dir ? "server" : "client";
	struct draft *f = draft_new(d, "reset.path", SEV_HIGH, 75);

	g->draft = f;
	draft_text(f,
		   "The RST (%s) is in the capture at %s, frame %llu, and not "
		   "at %s; its time to live, IP identification or time stamps "
		   "do not fit the %s's other packets, or the %s went on as if "
		   "it had sent none.",
		   words_dir(k->dir), to, (unsigned long long)k->far.frame,
		   from, side, side);
	draft_against(f,
		      "%s may not see all interfaces of the %s: then the RST "
		      "could have left by another one.",
		      from, side);
	draft_hop(f, derive_model(d), g->from_pos, g->to_pos);
	draft_place(f,
		    "a firewall, intrusion prevention system or balancer "
		    "between %s and %s",
		    from, to);
	draft_next(f,
		   "look for policies that reset sessions on the devices "
		   "between %s and %s",
		   from, to);
	draft_session_filters(f, v);
}

static void add_made(struct reset *s, struct derive *d,
		     const struct session_view *v, const struct fact *k)
{
	struct alike *g = alike_of(&s->made, v, k->from, k->to, k->dir);

	if (!g->draft)
		open_made(g, d, v, k);
	words_evidence(g->draft, v, k, "RST, %s", words_dir(k->dir));
	alike_add(g, v, k->to, k->far.time_ns);
}

static void finish_made(struct alike *g, const struct model *m)
{
	const char *from = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);
	const char *side = g->dir ? "server" : "client";
	char n[TEXT_UNIT];

	if (g->sessions == 1)
		draft_title(g->draft,
			    "A reset of %s was made between %s and %s, not by "
			    "the %s",
			    g->who, from, to, side);
	else
		draft_title(g->draft,
			    "Resets of %s sessions were made between %s and "
			    "%s, not by the %ss",
			    text_count(g->sessions, n), from, to, side);
	alike_tell(g, "are reset so", to);
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
};

/* @k: the server's reset.  Neither side had closed, the server had answered
 * before, and did not acknowledge the last that the client sent. */
static bool is_forgotten(const struct flow_view *f, const struct fact *k)
{
	return f->dir[1].data_packets > 0 && !f->dir[1].fin &&
	       !(k->near.tcp_flags & REC_ACK) &&
	       seq_diff((uint32_t)f->dir[0].seq_next,
			(uint32_t)f->dir[1].ack_max) > 0 &&
	       (uint32_t)k->near.seq64 == (uint32_t)f->dir[0].ack_max;
}

static void server_reset(struct reset *s, struct derive *d,
			 const struct session_view *v, const struct fact *k,
			 enum reset_how how)
{
	const struct model *m = derive_model(d);
	const struct flow_view *f = &v->flow[k->from];
	bool refused = how == RESET_REFUSED;
	struct reset_group *g = group_of(s, &f->row.server, how);
	int64_t after = k->near.time_ns -
			(refused ? f->dir[0].syn_ns : f->dir[0].last_ns);
	char span[TEXT_UNIT], server[NET_END_TEXT];

	if (!g->draft) {
		g->draft = draft_new(d, "reset.endpoint",
				     how == RESET_TAKEN ? SEV_LOW : SEV_HIGH,
				     65);
		snprintf(g->name, sizeof g->name, "%s", f->point->name);
		net_end_text(&f->row.server, server);
		draft_text(g->draft,
			   "The reset is real: the capture nearest to the "
			   "server, %s, shows it leaving (frame %llu), %s%s.",
			   f->point->name, (unsigned long long)k->near.frame,
			   after < 0 ? "while the client was still sending"
				     : text_duration(after, span),
			   after < 0 ? "" : " after the client's last packet");
		draft_place(g->draft,
			    "the server host: its stack or the application on "
			    "%s",
			    server);
		if (strcmp(session_on_host(v, k->from, 1), "yes") != 0)
			draft_place(g->draft,
				    "a device beyond %s that answers for the "
				    "server, if %s is not on the server itself",
				    f->point->name, f->point->name);
		draft_next(g->draft, "%s", next_step[how]);
		draft_hop(g->draft, m, v->row.flows[k->from].point_pos,
			  v->row.flows[k->from].point_pos);
		draft_session_filters(g->draft, v);
	}
	g->sessions++;
	draft_session(g->draft, v->row.id);
	words_evidence(g->draft, v, k, "RST from the server");
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	const struct flow_view *f;
	const struct fact *k;

	if (!facts || v->row.proto != 6 || v->row.verdict == PAIR_AMBIGUOUS)
		return;
	for (size_t i = 0; i < facts->injected.n; i++) {
		if (facts->injected.at[i].e.kind == KIND_RST) {
			add_made(state, d, v, &facts->injected.at[i]);
			/* what either end still sends is refused, too */
			derive_claim_losses(d, v->row.id);
			return;
		}
	}
	k = first_reset(facts, v, 1);
	/* a lossy session that was given up is another matter: the reset is not
	 * the cause */
	if (!k || facts->n_lost > 0 || v->flow[k->from].dir[0].fin ||
	    derive_losses_claimed(d, v->row.id))
		return;
	f = &v->flow[k->from];
	if (is_forgotten(f, k))
		server_reset(state, d, v, k, RESET_FORGOTTEN);
	else if (f->dir[1].bytes == 0)
		server_reset(state, d, v, k,
			     f->dir[0].bytes >= REQUEST_MOST ? RESET_TAKEN
			     : f->dir[0].bytes               ? RESET_REQUEST
							     : RESET_REFUSED);
}

static void finish(void *state, struct derive *d)
{
	struct reset *s = state;

	for (size_t i = 0; i < s->groups.n; i++) {
		struct reset_group *g = &s->groups.at[i];
		char server[NET_END_TEXT], n[TEXT_UNIT];

		net_end_text(&g->server, server);
		text_count(g->sessions, n);
		if (g->how == RESET_FORGOTTEN)
			draft_title(g->draft,
				    "%s does not know %s living session%s: it "
				    "resets at the client's next data",
				    server, n, g->sessions == 1 ? "" : "s");
		else if (g->how == RESET_TAKEN)
			draft_title(g->draft,
				    "%s ends %s upload%s by a reset, without a "
				    "byte of answer",
				    server, n, g->sessions == 1 ? "" : "s");
		else if (g->how == RESET_REFUSED)
			draft_title(g->draft,
				    "%s refuses connections: it resets %s "
				    "session%s at the SYN",
				    server, n, g->sessions == 1 ? "" : "s");
		else
			draft_title(g->draft,
				    "%s itself closes: it resets %s session%s "
				    "without an answer to the first request",
				    server, n, g->sessions == 1 ? "" : "s");
		json_object_set_new(g->draft->measure, "sessions",
				    json_integer((json_int_t)g->sessions));
	}
	for (size_t i = 0; i < s->made.n; i++)
		finish_made(&s->made.at[i], derive_model(d));
	VEC_FREE(&s->groups);
	VEC_FREE(&s->made);
	free(s);
}

const struct rule_group rules_reset = { "reset", begin, session, finish };
