/* reset.path: resets that something on the way made in a host's name.
 *
 * Between two points: the far one has it and the near one has not (fate injected).
 * Beyond the point nearest to the server: its time to live tells another distance
 * than that of the server's other packets there (reset_origin.c); that point must
 * not be on the server.  After a FIN of either side a reset that nothing waited for
 * is of no account.
 * At a point beyond one that has the client's SYNs and none of the server's packets of
 * that session, but both directions of others: then the server did not refuse there, or
 * its answer has another way; medium.
 * Where what the client sent last is not at the far point, and a reset that continues
 * what the client has acknowledged comes back within ANSWER_NS, and is not there
 * either, then that was not lost: something else got it, and answered.  That the
 * capture missed both takes two coincidences.  Where it is not sure that the data was
 * there at all, medium, and nothing if that capture misses anything of that way.
 *
 * Such are one finding for a hop and direction: who resets one session so resets
 * many.
 */
#include "report/derive/reset_made.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "correlate/clock.h"
#include "report/derive/witness.h"

#define ANSWER_NS 1000000000LL

/* --- between two points --- */
static void open_between(struct alike *g, struct derive *d,
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
	draft_against(
		f,
		"the capture at %s may not see all interfaces of the %s: then "
		"the RST could have left by another one",
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

/* Shows that the host whose name the reset @k bears still sends data, where that is
 * later by the clocks. */
static void show_went_on(struct draft *f, const struct derive *d,
			 const struct session_view *v, const struct fact *k)
{
	const struct model *m = derive_model(d);
	const struct flow_view *w = &v->flow[k->from];
	const struct clock_row *near = model_clock(m, w->row.point);
	const struct clock_row *far = model_clock(m, v->flow[k->to].row.point);
	int64_t mid, rst_high, low, high;
	char later[TEXT_UNIT];
	struct record r;

	if (w->row.n_parts != 1 || !near || !far ||
	    !derive_last(d, &w->row, k->dir, 0, INT64_MAX, &r, NULL) ||
	    !clock_to_first(far, k->far.time_ns, &mid, &low, &rst_high) ||
	    !clock_to_first(near, r.time_ns, &mid, &low, &high) ||
	    rst_high == INT64_MAX || low == INT64_MIN || low <= rst_high)
		return;
	draft_evidence(f, w->row.point, w->first_file, r.frame, r.time_ns,
		       "the %s still sends data, at least %s after that",
		       k->dir ? "server" : "client",
		       text_duration(time_sub(low, rst_high), later));
}

void made_between(struct made_resets *s, struct derive *d,
		  const struct session_view *v, const struct fact *k)
{
	struct alike *g = alike_of(&s->between, v, k->from, k->to, k->dir);

	if (!g->draft)
		open_between(g, d, v, k);
	if (k->dir)
		reset_show_asked(g->draft, d, &v->flow[k->to], k->far.time_ns);
	words_evidence(g->draft, v, k, "RST, %s", words_dir(k->dir));
	show_went_on(g->draft, d, v, k);
	if (k->dir)
		alike_idle(g,
			   reset_rest(d, &v->flow[k->to].row, k->far.time_ns));
	alike_add(g, v, k->to, k->far.time_ns);
}

static void finish_between(struct alike *g, const struct model *m)
{
	const char *from = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);
	const char *side = g->dir ? "server" : "client";
	char n[TEXT_UNIT];

	if (g->sessions == 1)
		draft_title(g->draft,
			    "A reset of %s was injected between %s and %s, not "
			    "sent by the %s",
			    g->who, from, to, side);
	else
		draft_title(
			g->draft,
			"Resets of %s sessions were injected between %s and "
			"%s, not sent by the %ss",
			text_count(g->sessions, n), from, to, side);
	reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	alike_tell(g, "are reset so", to);
}

/* --- beyond a point --- */
static void open_beyond(struct alike *g, struct derive *d,
			const struct session_view *v, const struct fact *k,
			const char *ttls)
{
	const char *at = v->flow[k->from].point->name;
	struct draft *f = draft_new(d, "reset.path", SEV_HIGH, 75);

	g->draft = f;
	draft_text(f,
		   "The RST (frame %llu at %s) has a time to live of %s: it "
		   "came from another distance.",
		   (unsigned long long)k->near.frame, at, ttls);
	draft_against(f, "a server behind a balancer may send with more than "
			 "one time to live");
	draft_hop(f, derive_model(d), g->from_pos, g->from_pos);
	draft_place(f,
		    "a firewall, intrusion prevention system, NAT or balancer "
		    "beyond %s, before the server",
		    at);
	draft_next(f,
		   "look for policies and session tables of the devices "
		   "beyond %s; a capture behind each of them tells which",
		   at);
	draft_session_filters(f, v);
}

bool made_beyond(struct made_resets *s, struct derive *d,
		 const struct session_view *v, const struct fact *k, bool idle)
{
	const struct flow_view *f = &v->flow[k->from];
	char ttls[WORDS];
	struct alike *g;

	if ((idle && (f->dir[0].fin || f->dir[1].fin)) ||
	    strcmp(session_on_host(v, k->from, 1), "yes") == 0 ||
	    !reset_from_elsewhere(d, &f->row, &k->near, ttls))
		return false;
	g = alike_of(&s->beyond, v, k->from, k->from, 1);
	if (!g->draft)
		open_beyond(g, d, v, k, ttls);
	reset_show_asked(g->draft, d, f, k->near.time_ns);
	draft_evidence(g->draft, f->row.point, k->near_file, k->near.frame,
		       k->near.time_ns, "RST, TTL %u", k->near.ttl);
	alike_idle(g, reset_rest(d, &f->row, k->near.time_ns));
	alike_add(g, v, k->from, k->near.time_ns);
	return true;
}

static void finish_beyond(struct alike *g, const struct model *m)
{
	const char *at = model_point_name(m, g->from_pos);
	char n[TEXT_UNIT];

	if (g->sessions == 1)
		draft_title(
			g->draft,
			"A reset of %s came from beyond %s, and by its TTL not "
			"from the server",
			g->who, at);
	else
		draft_title(g->draft,
			    "Resets of %s sessions came from beyond %s, and by "
			    "their TTL not from the servers",
			    text_count(g->sessions, n), at);
	reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	alike_tell(g, "are reset so", at);
}

/* --- not at the point nearest to the server --- */
static void open_unseen(struct alike *g, struct derive *d,
			const struct session_view *v)
{
	const struct model *m = derive_model(d);
	const char *from = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);
	struct draft *f = draft_new(d, "reset.path", SEV_MEDIUM, 60);

	g->draft = f;
	draft_text(f,
		   "The SYNs are at %s, and nothing that answers them, though "
		   "it has both directions of other sessions.  The reset is at "
		   "%s.",
		   from, to);
	draft_against(f,
		      "what the server sends in such sessions may go by "
		      "another way than %s",
		      from);
	draft_hop(f, m, g->from_pos, g->to_pos);
	draft_place(f,
		    "a firewall, balancer or proxy between %s and %s that "
		    "resets in the server's name",
		    from, to);
	draft_next(f,
		   "see why the server leaves these SYNs without an answer at "
		   "%s, and what resets them between %s and %s",
		   from, from, to);
	draft_session_filters(f, v);
}

void made_unseen(struct made_resets *s, struct derive *d,
		 const struct session_view *v, const struct fact *k)
{
	int near = session_near_flow(v, 1);
	const struct flow_view *f = &v->flow[k->from], *w = &v->flow[near];
	struct alike *g;

	if (f->dir[1].bytes || f->dir[1].syn || f->dir[0].bytes ||
	    !w->dir[0].syn ||
	    !witness_both_ways(derive_witness(d), v->row.flows[near].point_pos))
		return;
	g = alike_of(&s->unseen, v, near, k->from, 1);
	if (!g->draft)
		open_unseen(g, d, v);
	draft_evidence(g->draft, w->row.point, w->first_file,
		       w->dir[0].syn_frame, w->dir[0].syn_ns,
		       "first SYN of %u, without an answer here",
		       w->dir[0].syn_count);
	draft_evidence(g->draft, f->row.point, k->near_file, k->near.frame,
		       k->near.time_ns, "RST from the server");
	alike_add(g, v, k->from, k->near.time_ns);
}

static void tell_unseen(struct alike *g, const struct model *m)
{
	const char *from = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);
	char n[TEXT_UNIT], some[TEXT_UNIT * 2];

	snprintf(some, sizeof some, "%s sessions", text_count(g->sessions, n));
	draft_title(g->draft,
		    "%s %s reset at %s, and nothing of that is at %s, nearer "
		    "to the server",
		    g->sessions == 1 ? g->who : some,
		    g->sessions == 1 ? "is" : "are", to, from);
	alike_tell(g, "are reset so", to);
}

/* --- neither it nor what it answers --- */
static void open_taken(struct alike *g, struct derive *d,
		       const struct session_view *v)
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
	draft_session_filters(f, v);
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

bool made_taken(struct made_resets *s, struct derive *d,
		const struct session_view *v, const struct session_facts *facts)
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
	const char *at = model_point_name(m, g->from_pos);
	const char *far = model_point_name(m, g->to_pos);
	char n[TEXT_UNIT], some[TEXT_UNIT * 2];

	snprintf(some, sizeof some, "%s sessions", text_count(g->sessions, n));
	draft_title(g->draft,
		    "%s %s reset by other than who answered before: neither "
		    "the reset at %s nor what it answers is at %s",
		    g->sessions == 1 ? g->who : some,
		    g->sessions == 1 ? "is" : "are", at, far);
	reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	alike_tell(g, "are reset so", at);
}

/* Where the server itself made one of them, for a connection that it does not know,
 * that is told (reset_stray.c), and nothing else got it. */
static void drop_strays(struct made_resets *s, const struct strays *strays)
{
	bool made = false;

	for (size_t i = 0; i < s->taken_seqs.n && !made; i++)
		made = stray_made(strays, s->taken_seqs.at[i]);
	for (size_t i = 0; made && i < s->taken.n; i++)
		s->taken.at[i].draft->dropped = true;
	VEC_FREE(&s->taken_seqs);
}

void made_finish(struct made_resets *s, const struct model *m,
		 const struct strays *strays)
{
	drop_strays(s, strays);
	for (size_t i = 0; i < s->between.n; i++)
		finish_between(&s->between.at[i], m);
	for (size_t i = 0; i < s->beyond.n; i++)
		finish_beyond(&s->beyond.at[i], m);
	alikes_tell(&s->unseen, m, tell_unseen);
	alikes_tell(&s->taken, m, tell_taken);
	VEC_FREE(&s->between);
	VEC_FREE(&s->beyond);
}
