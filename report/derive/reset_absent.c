/* reset.path: resets of which the point nearer to the server has nothing, nor of what
 * they answer: then something before it made them.
 *
 * Refused before it: that point has the client's SYNs and none of the server's packets
 * of that session, but both directions of others.  Then the server did not refuse
 * there, or its answer has another way; medium.
 * Taken before it: where what the client sent last is not at that point, and a reset
 * that continues what the client has acknowledged comes back within ANSWER_NS, and is
 * not there either, then that was not lost: something else got it, and answered.  That
 * the capture missed both takes two coincidences.  Where it is not sure that the data was
 * there at all, medium, and nothing if that capture misses anything of that way.
 *
 * One finding for a hop, as in reset_made.c.
 *
 * Cost: the facts that are kept of a hop, for each reset.
 */
#include "report/derive/reset_absent.h"

#include "base/text.h"
#include "base/time.h"
#include "report/derive/witness.h"

#define ANSWER_NS 1000000000LL

/* --- refused before it --- */
static void open_refused(struct alike *g, struct derive *d,
			 const struct session_view *v)
{
	struct draft *f = alike_open(g, d, v, "reset.path", SEV_MEDIUM, 60);

	draft_text(f,
		   "The SYNs are at %s, and nothing that answers them, though "
		   "it has both directions of other sessions.  The reset is at "
		   "%s.",
		   g->from, g->to);
	draft_against(f,
		      "what the server sends in such sessions may go by "
		      "another way than %s",
		      g->from);
	draft_place(f,
		    "a firewall, balancer or proxy between %s and %s that "
		    "resets in the server's name",
		    g->from, g->to);
	draft_next(f,
		   "see why the server leaves these SYNs without an answer at "
		   "%s, and what resets them between %s and %s",
		   g->from, g->from, g->to);
}

void absent_refused(struct absent_resets *s, struct derive *d,
		    const struct session_view *v, const struct fact *k)
{
	int near = session_near_flow(v, 1);
	const struct flow_view *f = &v->flow[k->from], *w = &v->flow[near];
	struct alike *g;

	if (f->dir[1].bytes || f->dir[1].syn || f->dir[0].bytes ||
	    !w->dir[0].syn ||
	    !witness_both_ways(derive_witness(d), v->row.flows[near].point_pos))
		return;
	g = alike_of(&s->refused, v, near, k->from, 1);
	if (!g->draft)
		open_refused(g, d, v);
	draft_evidence(g->draft, w->row.point, w->first_file,
		       w->dir[0].syn_frame, w->dir[0].syn_ns,
		       "first SYN of %u, without an answer here",
		       w->dir[0].syn_count);
	draft_evidence(g->draft, f->row.point, k->near_file, k->near.frame,
		       k->near.time_ns, "RST from the server");
	alike_add(g, v, k->from, k->near.time_ns);
}

static void tell_refused(struct alike *g, const struct model *m)
{
	char who[WORDS];

	(void)m;
	draft_title(g->draft,
		    "%s %s reset at %s, and nothing of that is at %s, nearer "
		    "to the server",
		    alike_who(g, who), g->sessions == 1 ? "is" : "are", g->to,
		    g->from);
	alike_tell(g, "are reset so", g->to);
}

/* --- taken before it --- */
static void open_taken(struct alike *g, struct derive *d,
		       const struct session_view *v)
{
	struct draft *f = alike_open(g, d, v, "reset.path", SEV_MEDIUM, 75);

	draft_text(f,
		   "What the client sent last is at %s and not at %s, and nor "
		   "is the RST that answers it: it was not lost, but something "
		   "else got it, and resets.",
		   g->from, g->to);
	draft_against(f,
		      "the capture at %s may have missed both, one after the "
		      "other",
		      g->to);
	draft_place(f,
		    "a firewall, intrusion prevention system or balancer "
		    "between %s and %s that drops what it does not like or "
		    "know, and resets",
		    g->from, g->to);
	draft_place(f, "a second host with the server's address, or another "
		       "server behind it: it got what belongs to a connection "
		       "that it does not have");
	draft_next(
		f,
		"look for policies and session tables of the devices "
		"between %s and %s; on the server's network, see whether one "
		"hardware address alone answers ARP (or neighbour discovery) "
		"for the server's address",
		g->from, g->to);
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

bool absent_taken(struct absent_resets *s, struct derive *d,
		  const struct session_view *v,
		  const struct session_facts *facts)
{
	for (size_t i = 0; i < facts->resets.n; i++) {
		const struct fact *k = &facts->resets.at[i], *x;
		struct alike *g;

		if (k->dir != 1 || k->has_near || !k->has_far)
			continue;
		x = answered_by(facts, k);
		if (!x || (x->e.fate != FATE_LOST &&
			   misses(derive_model(d), v, k->to, k->from)))
			continue;
		g = alike_of(&s->taken, v, k->to, k->from, 1);
		if (!g->draft)
			open_taken(g, d, v);
		if (x->e.fate == FATE_LOST)
			g->draft->row.severity = SEV_HIGH;
		words_evidence(g->draft, v, x, "what the client sent last");
		words_evidence(g->draft, v, k, "RST");
		alike_idle(g,
			   reset_rest(d, &v->flow[k->to].row, k->far.time_ns));
		alike_add(g, v, k->to, k->far.time_ns);
		if (s->taken_seqs.n < STRAYS_LOOKED)
			*VEC_PUSH(&s->taken_seqs) = (uint32_t)k->far.seq64;
		derive_claim_losses(d, v->row.id);
		return true;
	}
	return false;
}

static void tell_taken(struct alike *g, const struct model *m)
{
	char who[WORDS];

	(void)m;
	draft_title(g->draft,
		    "%s %s reset by other than who answered before: neither "
		    "the reset at %s nor what it answers is at %s",
		    alike_who(g, who), g->sessions == 1 ? "is" : "are", g->from,
		    g->to);
	reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	alike_tell(g, "are reset so", g->from);
}

/* Where the server itself made one of them, for a connection that it does not know,
 * that is told (reset_stray.c), and nothing else got it. */
static void drop_strays(struct absent_resets *s, const struct strays *strays)
{
	bool made = false;

	for (size_t i = 0; i < s->taken_seqs.n && !made; i++)
		made = stray_made(strays, s->taken_seqs.at[i]);
	for (size_t i = 0; made && i < s->taken.n; i++)
		s->taken.at[i].draft->dropped = true;
	VEC_FREE(&s->taken_seqs);
}

void absent_finish(struct absent_resets *s, const struct model *m,
		   const struct strays *strays)
{
	drop_strays(s, strays);
	alikes_tell(&s->refused, m, tell_refused);
	alikes_tell(&s->taken, m, tell_taken);
}
