/* reset.path: what something else than the server got, and reset.
 *
 * Where what the client sent last is not at the far point, and a reset that continues
 * what the client has acknowledged comes back within ANSWER_NS, and is not there
 * either, then that was not lost: something else got it, and answered.  That the
 * capture missed both takes two coincidences.  Where it is not sure that the data was
 * not there, or that capture had ended when the reset came, medium; nothing if no more
 * than absence shows it and that capture misses anything of that way.
 *
 * Where the server itself made such a reset, for a connection that it does not know
 * (reset_stray.c), that is told there, and nothing else got it.  Which are such is known
 * at the end only: what is left of a hop is then told anew, medium at most, as these may
 * be of the same kind.
 *
 * Cost: some 350 bytes a session, up to STRAYS_LOOKED.
 */
#include "report/derive/reset_taken.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/reset_cover.h"
#include "report/derive/resolve_claims.h"

#define ANSWER_NS 1000000000LL

struct seen_frame {
	int64_t point, file, time_ns;
	uint64_t frame;
};

struct taken {
	uint32_t seq; /* of the reset */
	int64_t session, idle_ns;
	int from_pos, to_pos;
	struct seen_frame asked, rst;
	struct net_end server;
	bool sure; /* lost, and that capture had not ended */
	char who[WORDS];
};

static void open_taken(struct alike *g, struct derive *d)
{
	const struct model *m = derive_model(d);
	const char *at = model_point_name(m, g->from_pos);
	const char *far = model_point_name(m, g->to_pos);
	struct draft *f = draft_new(d, "reset.path", SEV_MEDIUM, 75);

	g->draft = f;
	draft_text(f,
		   "What the client sent last is at %s and not at %s, and nor "
		   "is the RST that answers it: it was not lost, but something "
		   "else got it, and resets.",
		   at, far);
	draft_against(f,
		      "the capture at %s may have missed both, one after the "
		      "other",
		      far);
	draft_hop(f, m, g->from_pos, g->to_pos);
	draft_place(f,
		    "a firewall, intrusion prevention system or balancer "
		    "between %s and %s that drops what it does not like or "
		    "know, and resets",
		    at, far);
	draft_place(f, "a second host with the server's address, or another "
		       "server behind it: it got what belongs to a connection "
		       "that it does not have");
	draft_next(
		f,
		"look for policies and session tables of the devices "
		"between %s and %s; on the server's network, see whether one "
		"hardware address alone answers ARP (or neighbour discovery) "
		"for the server's address",
		at, far);
}

/* Is @x data that reset @k answers? */
static bool answers(const struct fact *x, const struct fact *k)
{
	int64_t after = time_sub(k->far.time_ns, x->near.time_ns);

	return x->has_near && x->e.kind == KIND_DATA && after >= 0 &&
	       after < ANSWER_NS &&
	       (uint32_t)x->near.ack64 == (uint32_t)k->far.seq64;
}

/* Does the capture at the far end of a hop from @v's flow @from miss what passed? */
static bool misses(const struct model *m, const struct session_view *v,
		   int from, int to)
{
	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];

		if (h->from_pos == v->row.flows[from].point_pos &&
		    h->to_pos == v->row.flows[to].point_pos &&
		    h->way[0].tx.n[FATE_UNSEEN])
			return true;
	}
	return false;
}

/* The client's last data that reset @k answers, after which nothing of its passed that
 * hop. */
static const struct fact *answered_by(const struct session_facts *facts,
				      const struct fact *k)
{
	for (size_t i = 0; i < facts->n_tails[0]; i++) {
		const struct hop_tail *t = &facts->tail[0][i];

		if (t->from != k->to || t->to != k->from)
			continue;
		for (size_t n = t->after_kept.n; n-- > 0;)
			if (answers(&t->after_kept.at[n], k))
				return &t->after_kept.at[n];
		if (t->open && answers(&t->newest_open, k))
			return &t->newest_open;
	}
	return NULL;
}

static struct taken taken_of(struct derive *d, const struct session_view *v,
			     const struct fact *x, const struct fact *k)
{
	const struct flow_view *f = &v->flow[k->to];
	struct taken t = {
		.seq = (uint32_t)k->far.seq64,
		.session = v->row.id,
		.idle_ns = reset_rest(d, &f->row, k->far.time_ns),
		.from_pos = v->row.flows[k->to].point_pos,
		.to_pos = v->row.flows[k->from].point_pos,
		.asked = { fact_from(v, x)->id, x->near_file, x->near.time_ns,
			   x->near.frame },
		.rst = { fact_to(v, k)->id, k->far_file, k->far.time_ns,
			 k->far.frame },
		.server = f->row.server,
		.sure = x->e.fate == FATE_LOST &&
			!reset_uncovered(d, v, k->to, k->far.time_ns),
	};

	words_session(v, (size_t)k->to, t.who);
	return t;
}

static void show_frame(struct draft *f, const struct seen_frame *x,
		       const char *what)
{
	draft_evidence(f, x->point, x->file, x->frame, x->time_ns, "%s", what);
}

static void add(struct alike *g, const struct taken *t)
{
	show_frame(g->draft, &t->asked, "what the client sent last");
	show_frame(g->draft, &t->rst, "RST");
	alike_idle(g, t->idle_ns);
	alike_count(g, t->session, t->who, &t->server, t->rst.time_ns);
}

static void add_with_claims(struct alike *g, struct derive *d,
			    const struct taken *t)
{
	add(g, t);
	if (g->sessions == 1)
		claims_say_shared(g->draft, d, &t->server.addr);
}

/* Does more than its absence show that @x did not get there? */
static bool is_proven(const struct fact *x)
{
	return x->e.fate == FATE_LOST && x->e.basis != BASIS_ABSENCE;
}

/* Adds it if reset @k is such. */
static bool add_if(struct taken_resets *s, struct derive *d,
		   const struct session_view *v,
		   const struct session_facts *facts, const struct fact *k)
{
	const struct fact *x = answered_by(facts, k);
	struct taken t;
	struct alike *g;

	if (!x || (!is_proven(x) && misses(derive_model(d), v, k->to, k->from)))
		return false;
	t = taken_of(d, v, x, k);
	g = alike_of(&s->groups, v, k->to, k->from, 1);
	if (!g->draft) {
		open_taken(g, d);
		draft_session_filters(g->draft, v);
	}
	if (t.sure)
		g->draft->row.severity = SEV_HIGH;
	add_with_claims(g, d, &t);
	if (s->n < STRAYS_LOOKED)
		*VEC_PUSH(s) = t;
	derive_claim_losses(d, v->row.id);
	return true;
}

/* A reset at the client that no other point has, as those captures had ended by then:
 * it has no fate.  Sets *@k.  Return: is there one? */
static bool last_of_all(const struct derive *d, const struct session_view *v,
			struct fact *k)
{
	int near = session_near_flow(v, 0);
	const struct flow_view *f = &v->flow[near];

	for (int i = 0; i < (int)v->row.n_flows; i++)
		if (i != near && v->flow[i].dir[1].rst)
			return false;
	*k = (struct fact){ .dir = 1, .to = near, .has_far = true };
	return f->dir[1].rst &&
	       derive_record(d, &f->row, 1, REC_RST, &k->far, &k->far_file);
}

bool taken_add(struct taken_resets *s, struct derive *d,
	       const struct session_view *v, const struct session_facts *facts)
{
	struct fact last;

	for (size_t i = 0; i < facts->resets.n; i++) {
		const struct fact *k = &facts->resets.at[i];

		if (k->dir == 1 && !k->has_near && k->has_far &&
		    add_if(s, d, v, facts, k))
			return true;
	}
	if (facts->resets.n || !last_of_all(d, v, &last))
		return false;
	for (size_t i = 0; i < facts->n_tails[0]; i++) {
		last.from = facts->tail[0][i].to;
		if (facts->tail[0][i].from == last.to &&
		    add_if(s, d, v, facts, &last))
			return true;
	}
	return false;
}

static bool is_of(const struct taken *t, const struct alike *g)
{
	return t->from_pos == g->from_pos && t->to_pos == g->to_pos;
}

/* Leaves out of @g what the server itself made, if there is any. */
static void leave_strays(struct taken_resets *s, struct alike *g,
			 struct derive *d, const struct strays *strays)
{
	const struct model *m = derive_model(d);
	size_t left = 0, all = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct taken *t = &s->at[i];

		if (!is_of(t, g))
			continue;
		all++;
		if (stray_made(strays, m, t->seq, t->rst.point, t->rst.time_ns))
			t->session = 0;
		else
			left++;
	}
	if (left == all)
		return;
	g->draft->dropped = true;
	g->draft = NULL;
	json_decref(g->servers);
	*g = (struct alike){ .from_pos = g->from_pos,
			     .to_pos = g->to_pos,
			     .dir = 1,
			     .first_ns = INT64_MAX,
			     .last_ns = INT64_MIN,
			     .servers = json_object() };
	if (!left)
		return;
	open_taken(g, d);
	draft_place(g->draft, "what made others of this hop connections that "
			      "the server does not know (reset.endpoint), if "
			      "the capture there missed these");
	for (size_t i = 0; i < s->n; i++)
		if (is_of(&s->at[i], g) && s->at[i].session)
			add_with_claims(g, d, &s->at[i]);
	draft_frame_filters(g->draft);
}

static void tell(struct alike *g, const struct model *m)
{
	const char *at = model_point_name(m, g->from_pos);
	const char *far = model_point_name(m, g->to_pos);
	char who[WORDS];

	if (!g->draft) {
		json_decref(g->servers);
		return;
	}
	draft_title(g->draft,
		    "%s %s reset by something other than what answered "
		    "before: neither the reset at %s nor what it answers is "
		    "at %s",
		    alike_who(g, who), g->sessions == 1 ? "is" : "are", at,
		    far);
	reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	alike_tell(g, "are reset so", at);
}

void taken_finish(struct taken_resets *s, struct derive *d,
		  const struct strays *strays)
{
	for (size_t i = 0; i < s->groups.n; i++)
		leave_strays(s, &s->groups.at[i], d, strays);
	alikes_tell(&s->groups, derive_model(d), tell);
	VEC_FREE(s);
}
