/* stop.host, stop.path: sessions that go nowhere.
 *
 * A session in which nothing ever came from the server:
 *   - every opening packet vanished on one hop        -> stop.path there
 *   - all reached the outermost point, no answer      -> stop.host
 *   - seen up to a point that is not outermost        -> stop.path, low, since
 *     nothing shows that the next point sees such traffic; high if an ICMP error
 *     says why
 * Sessions that lived before: stop_cut.c.
 *
 * Findings are grouped by hop and server.  Losses explained here are claimed,
 * so that loss.path does not count them again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "correlate/clock.h"
#include "report/derive/icmp.h"
#include "report/derive/sources.h"
#include "report/derive/words.h"

#define STOP_KEPT 4096 /* unanswered sessions of a group; counts go on */

enum stop_place {
	STOP_HOST,     /* all arrive: stop.host */
	STOP_PATH,     /* all are lost on a hop: stop.path */
	STOP_UNPROVEN, /* not at the next point, which may not see such traffic
			* at all: stop.path of low severity, one for a hop */
};

struct stop_group { /* unanswered sessions of one server at one place */
	enum stop_place place;
	int from_pos, to_pos;
	struct net_end server; /* as the last point has it */
	uint64_t sessions, opens;
	bool told; /* STOP_UNPROVEN: an ICMP error says why */
	struct draft *draft;
	json_t *sources; /* address at the last point: count; owned */
	int64_t point;   /* of stop.host */
	struct VEC(struct unanswered) kept;
};

struct stop {
	struct VEC(struct stop_group) groups;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct stop));
}

static struct stop_group *group_of(struct stop *s, enum stop_place place,
				   int from, int to,
				   const struct net_end *server)
{
	struct stop_group *g;

	for (size_t i = 0; i < s->groups.n; i++) {
		g = &s->groups.at[i];
		if (g->place == place && g->from_pos == from &&
		    g->to_pos == to &&
		    (place == STOP_UNPROVEN ||
		     net_end_cmp(&g->server, server) == 0))
			return g;
	}
	g = VEC_PUSH(&s->groups);
	*g = (struct stop_group){ .place = place,
				  .from_pos = from,
				  .to_pos = to,
				  .server = *server,
				  .sources = json_object() };
	return g;
}

static void count_source(struct stop_group *g, const struct flow_row *f)
{
	char a[NET_END_TEXT];
	json_t *n;

	net_addr_text(&f->client.addr, a);
	n = json_object_get(g->sources, a);
	json_object_set_new(g->sources, a,
			    json_integer(1 + (n ? json_integer_value(n) : 0)));
}

/* The copies of the opening packet, as evidence. */
static void add_opens(struct stop_group *g, const struct session_view *v,
		      const struct session_facts *facts, int from, int to)
{
	for (size_t i = 0; facts && i < facts->syns.n; i++) {
		const struct fact *k = &facts->syns.at[i];

		if (k->dir != 0 || k->from != from || k->to != to)
			continue;
		words_evidence(g->draft, v, k, "SYN, copy %u%s", k->e.copy,
			       k->e.fate == FATE_LOST ? ", never arrives" : "");
	}
}

static void add_stop_path(struct stop *s, struct derive *d,
			  const struct session_view *v,
			  const struct session_facts *facts,
			  const struct hop_tail *t)
{
	const struct model *m = derive_model(d);
	int from = v->row.flows[t->from].point_pos;
	int to = v->row.flows[t->to].point_pos;
	struct stop_group *g = group_of(s, STOP_PATH, from, to,
					&v->flow[t->from].row.server);

	if (!g->draft) {
		g->draft = draft_new(d, "stop.path", SEV_HIGH, 90);
		draft_hop(g->draft, m, from, to);
		draft_between(g->draft, m, from, to);
		draft_session_filters(g->draft, v);
		icmp_say_cause(g->draft, d, v);
	}
	g->sessions++;
	g->opens += t->lost;
	count_source(g, &v->flow[t->from].row);
	draft_session(g->draft, v->row.id);
	add_opens(g, v, facts, t->from, t->to);
	derive_claim_losses(d, v->row.id);
}

/* Opening packets at the outermost point, from the records of its hop. */
static void add_stop_host(struct stop *s, struct derive *d,
			  const struct session_view *v,
			  const struct session_facts *facts, int last)
{
	const struct model *m = derive_model(d);
	const struct flow_view *f = &v->flow[last];
	int pos = v->row.flows[last].point_pos;
	struct stop_group *g = group_of(s, STOP_HOST, pos, pos, &f->row.server);

	if (!g->draft) {
		g->draft = draft_new(d, "stop.host", SEV_HIGH, 85);
		draft_hop(g->draft, m, pos, pos);
		draft_session_filters(g->draft, v);
		icmp_say_cause(g->draft, d, v);
		draft_place(g->draft,
			    "the server host: a host firewall above the "
			    "capture, a full accept queue, no such service "
			    "behind a silent filter");
		if (strcmp(session_on_host(v, last, 1), "yes") != 0)
			draft_place(g->draft,
				    "the network beyond %s, if %s is not on "
				    "the server itself",
				    f->point->name, f->point->name);
		draft_next(g->draft,
			   "look at the server's firewall and listening "
			   "sockets; if the capture is on the server, say so "
			   "with --on-host %s",
			   f->point->name);
	}
	g->sessions++;
	g->opens += f->row.packets[0];
	count_source(g, &f->row);
	g->point = f->row.point;
	if (g->kept.n < STOP_KEPT)
		*VEC_PUSH(&g->kept) = (struct unanswered){ f->row.id,
							   f->row.client.addr,
							   f->row.first_ns };
	draft_session(g->draft, v->row.id);
	if (v->row.n_flows > 1) {
		int before = v->row.client_end == 1 ? last + 1 : last - 1;

		if (before >= 0 && before < (int)v->row.n_flows)
			add_opens(g, v, facts, before, last);
	} else {
		draft_evidence(g->draft, f->row.point, f->first_file,
			       f->dir[0].syn_frame, f->dir[0].syn_ns,
			       "first SYN of %u", f->dir[0].syn_count);
	}
}

/* Was the capture at path position @pos running when the flow began, as far as
 * the clocks tell? */
static bool was_running(const struct model *m, int pos,
			const struct flow_row *flow)
{
	const struct clock_row *near = model_clock(m, flow->point);
	const struct clock_row *far = model_clock(m, m->points[pos - 1].id);
	int64_t at = flow->first_ns, from, to, low, high;

	if (!near || !far)
		return false;
	clock_to_first(near, flow->first_ns, &at, &low, &high);
	for (size_t i = 0; i < m->n_files; i++) {
		const struct file_row *f = &m->files[i];

		if (f->point != far->point || !f->packets)
			continue;
		clock_to_first(far, f->first_ns, &from, &low, &high);
		clock_to_first(far, f->last_ns, &to, &low, &high);
		if (from <= at && at <= to)
			return true;
	}
	return false;
}

/* SYNs at a point alone that lead nowhere.  Whether they should have come by
 * the next point nobody knows, so this is little, but it must not go unsaid. */
static void add_unproven(struct stop *s, struct derive *d,
			 const struct session_view *v, int last, int to)
{
	const struct model *m = derive_model(d);
	const struct flow_view *f = &v->flow[last];
	int from = v->row.flows[last].point_pos, at;
	bool told = derive_icmp(d, v, &at) != NULL;
	struct stop_group *g;

	if (!was_running(m, to, &f->row))
		return;
	g = group_of(s, STOP_UNPROVEN, from, to, &f->row.server);
	if (!g->draft) {
		g->draft = draft_new(d, "stop.path", SEV_LOW, 50);
		draft_hop(g->draft, m, from, to);
		draft_session_filters(g->draft, v);
		draft_against(
			g->draft,
			"too little else of these hosts was seen at %s to "
			"say that their packets come by there at all",
			model_point_name(m, to));
	}
	if (told && !g->told) {
		g->told = true;
		g->draft->row.severity = SEV_HIGH;
		icmp_say_cause(g->draft, d, v);
	}
	g->sessions++;
	g->opens += f->row.packets[0];
	count_source(g, &f->row);
	draft_session(g->draft, v->row.id);
	draft_evidence(g->draft, f->row.point, f->first_file,
		       f->dir[0].syn_frame, f->dir[0].syn_ns,
		       "first SYN of %u, not at %s", f->dir[0].syn_count,
		       model_point_name(m, to));
}

/* Nothing came back: where did the opening packets get to? */
static void unanswered(struct stop *s, struct derive *d,
		       const struct session_view *v,
		       const struct session_facts *facts)
{
	const struct model *m = derive_model(d);
	int last = session_near_flow(v, 1);
	int pos = v->row.flows[last].point_pos;
	int outermost = v->row.client_end == 1 ? 1 : (int)m->n_points;

	for (size_t i = 0; facts && i < facts->n_tails[0]; i++) {
		const struct hop_tail *t = &facts->tail[0][i];

		if (t->lost > 0 && t->delivered + t->unseen == 0) {
			add_stop_path(s, d, v, facts, t);
			return;
		}
	}
	if (!v->flow[last].row.packets[0])
		return;
	if (pos == outermost)
		add_stop_host(s, d, v, facts, last);
	else
		add_unproven(s, d, v, last,
			     pos < outermost ? pos + 1 : pos - 1);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	if (v->row.verdict != PAIR_AMBIGUOUS && session_unanswered(v))
		unanswered(state, d, v, facts);
}

static void group_title(struct stop_group *g, const struct model *m)
{
	char server[NET_END_TEXT], n[TEXT_UNIT], opens[TEXT_UNIT];
	const char *from = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);
	const char *s = g->sessions == 1 ? "" : "s";

	net_end_text(&g->server, server);
	text_count(g->sessions, n);
	text_count(g->opens, opens);
	if (g->place == STOP_UNPROVEN) {
		draft_title(g->draft,
			    "%s connection%s %s no answer, and the SYNs are at "
			    "%s but not at %s (the first to %s)",
			    n, s, g->sessions == 1 ? "gets" : "get", from, to,
			    server);
		draft_text(g->draft,
			   "%s's capture was running.  Either they were "
			   "dropped between %s and %s, or they go another "
			   "way.",
			   to, from, to);
	} else if (g->place == STOP_PATH) {
		draft_title(g->draft,
			    "Connections to %s die between %s and %s: %s "
			    "SYNs, none arrives",
			    server, from, to, opens);
		draft_text(g->draft,
			   "%s session%s tried; all %s opening packets were "
			   "seen at %s and none at %s.",
			   n, s, opens, from, to);
	} else {
		draft_title(g->draft,
			    "%s does not answer: %s SYNs arrive at %s and "
			    "nothing comes back",
			    server, opens, from);
		draft_text(g->draft,
			   "%s session%s; every one of the %s opening packets "
			   "is in the capture at %s, and no answer to "
			   "them is in any capture.  Where it is: beyond "
			   "%s: network or host.",
			   n, s, opens, from, from);
		draft_text(g->draft, "This is not loss on the path between the "
				     "capture points.");
	}
}

static void finish(void *state, struct derive *d)
{
	struct stop *s = state;
	const struct model *m = derive_model(d);

	for (size_t i = 0; i < s->groups.n; i++) {
		struct stop_group *g = &s->groups.at[i];

		group_title(g, m);
		if (g->kept.n)
			sources_compare(d, g->draft, g->point, &g->server,
					g->kept.at, g->kept.n);
		VEC_FREE(&g->kept);
		json_object_set_new(g->draft->measure, "sessions",
				    json_integer((json_int_t)g->sessions));
		json_object_set_new(g->draft->measure, "packets",
				    json_integer((json_int_t)g->opens));
		json_object_set(g->draft->measure, "by_source", g->sources);
		json_decref(g->sources);
	}
	VEC_FREE(&s->groups);
	free(s);
}

const struct rule_group rules_stop = { "stop", begin, session, finish };
