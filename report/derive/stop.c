/* stop.host, stop.path: sessions that get no answer at all.
 *
 * A session in which nothing ever came from the server:
 *   - every opening packet vanished on one hop        -> stop.path there
 *   - all reached the outermost point, no answer      -> stop.host
 *   - the same, and no point beyond has anything of that time
 *                                                     -> stop.host, which says that
 *   - seen up to a point that is not outermost        -> stop.path: high if other
 *     sessions of that server (witness.c) make it sure that the next point would
 *     have them; medium if only a few do, or those of its subnet; low otherwise;
 *     or by an ICMP error
 *  Sessions that were answered before: stop_cut.c.
 *
 * A session that only one point has does not show on which side the client is.  At
 * an outermost point that decides whether the packets arrived there, or left there
 * and vanished on the path.  Other sessions of the two hosts or of their subnets
 * show it; so does an initial TTL, if what crosses the hop loses some.  Otherwise
 * both are reported.
 *
 * TCP: SYNs.  ICMP: pings.  Datagrams: requests, as derive_asks() defines them.  Streams need no
 * answer; they are only reported as lost if other sessions of that host show that
 * the next point should have them.  No other address may answer instead (reply.c),
 * and the capture must have the answers' direction.  For TCP and datagrams the
 * capture must continue for DUE_NS.  "Port unreachable" from the server's own
 * address is a refusal: reset.endpoint.
 *
 * Findings are grouped by hop and server (stop_tell.c).  Losses explained here are
 * claimed, so that loss.path does not count them again.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/stop_int.h"

#define STOP_KEPT 4096 /* unanswered sessions of a group; all are counted */
#define LOOKED 10000   /* sessions of datagrams; 30 us each */
#define DUE_NS 1000000000LL

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct stop));
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

/* Only echoes make sessions of ICMP. */
static bool is_ping(const struct session_view *v)
{
	return v->row.proto == IPPROTO_ICMP || v->row.proto == IPPROTO_ICMPV6;
}

static struct stop_kind kind_of(enum stop_place place, enum severity severity,
				const struct session_view *v, int from, int to)
{
	bool ping = is_ping(v); /* no program waits for it */

	return (struct stop_kind){ .place = place,
				   .severity = ping && severity == SEV_HIGH
						       ? SEV_MEDIUM
						       : severity,
				   .from_pos = from,
				   .to_pos = to,
				   .datagrams = v->row.proto != IPPROTO_TCP,
				   .pings = ping };
}

static void add_stop_path(struct stop *s, struct derive *d,
			  const struct session_view *v,
			  const struct session_facts *facts,
			  const struct hop_tail *t)
{
	const struct model *m = derive_model(d);
	int from = v->row.flows[t->from].point_pos;
	int to = v->row.flows[t->to].point_pos;
	struct stop_kind k = kind_of(STOP_PATH, SEV_HIGH, v, from, to);
	struct stop_group *g = stop_group_of(s, &k,
					     &v->flow[t->from].row.server);

	if (!g->draft) {
		g->draft = draft_new(d, "stop.path", k.severity, 90);
		draft_hop(g->draft, m, from, to);
		draft_between(g->draft, m, from, to);
		draft_session_filters(g->draft, v);
	}
	stop_quote(g, d, v);
	g->sessions++;
	g->opens += t->lost;
	count_source(g, &v->flow[t->from].row);
	draft_session(g->draft, v->row.id);
	add_opens(g, v, facts, t->from, t->to);
	derive_claim_losses(d, v->row.id);
}

/* The first opening packet, as evidence. */
static void add_first(struct stop_group *g, struct derive *d,
		      const struct flow_view *f, const char *note)
{
	struct record r;
	int64_t file;

	if (!g->kind.datagrams)
		draft_evidence(g->draft, f->row.point, f->first_file,
			       f->dir[0].syn_frame, f->dir[0].syn_ns,
			       "first SYN of %u%s", f->dir[0].syn_count, note);
	else if (g->draft->row.n_evidence < DRAFT_EVIDENCE &&
		 derive_record(d, &f->row, 0, 0, &r, &file))
		draft_evidence(g->draft, f->row.point, file, r.frame, r.time_ns,
			       "first %s of %llu%s",
			       g->kind.pings ? "ping" : "datagram",
			       (unsigned long long)f->row.packets[0], note);
}

static void open_stop_host(struct stop_group *g, struct derive *d,
			   const struct session_view *v, int last)
{
	bool refused = g->kind.place == STOP_REFUSED;

	g->draft = draft_new(d, refused ? "reset.endpoint" : "stop.host",
			     g->kind.severity, refused ? 65 : 85);
	draft_hop(g->draft, derive_model(d), g->kind.from_pos,
		  g->kind.from_pos);
	draft_session_filters(g->draft, v);
	g->on_host = strcmp(session_on_host(v, last, 1), "yes") == 0;
	if (refused)
		draft_next(
			g->draft,
			g->kind.pings
				? "look at that host's firewall, if it is to "
				  "answer pings"
				: "see whether the service listens on that "
				  "port");
}

static bool is_spoilt(struct derive *d, const struct flow_row *f)
{
	struct record r;
	int64_t file;

	return derive_record(d, f, 0, 0, &r, &file) && r.csum == REC_CSUM_BAD;
}

/* Opening packets at the outermost point, from the records of its hop. */
static void add_stop_host(struct stop *s, struct derive *d,
			  const struct session_view *v,
			  const struct session_facts *facts, int last,
			  const struct stop_kind *kind)
{
	const struct flow_view *f = &v->flow[last];
	struct stop_group *g = stop_group_of(s, kind, &f->row.server);

	if (!g->draft)
		open_stop_host(g, d, v, last);
	stop_quote(g, d, v);
	g->sessions++;
	g->opens += f->row.packets[0];
	count_source(g, &f->row);
	g->point = f->row.point;
	if (g->sessions <= SPOILT_LOOKED && is_spoilt(d, &f->row))
		g->spoilt++;
	if (g->kept.n < STOP_KEPT && kind->place == STOP_HOST)
		*VEC_PUSH(&g->kept) = (struct unanswered){ f->row.id,
							   f->row.client.addr,
							   f->row.first_ns };
	draft_session(g->draft, v->row.id);
	if (v->row.n_flows > 1 && !kind->datagrams) {
		int before = v->row.client_end == 1 ? last + 1 : last - 1;

		if (before >= 0 && before < (int)v->row.n_flows)
			add_opens(g, v, facts, before, last);
	} else {
		add_first(g, d, f, "");
	}
}

static void open_missing(struct stop_group *g, struct derive *d,
			 const struct session_view *v, const struct sight *t)
{
	const struct model *m = derive_model(d);
	const char *to = model_point_name(m, t->to_pos);
	bool sure = g->kind.severity == SEV_HIGH;

	g->draft = draft_new(d, "stop.path", g->kind.severity, sure ? 90 : 50);
	g->beside = t->sessions;
	draft_hop(g->draft, m, g->kind.from_pos, g->kind.to_pos);
	draft_session_filters(g->draft, v);
	if (g->kind.place == STOP_UNPROVEN)
		draft_against(
			g->draft,
			"too little else of these hosts was seen at %s to "
			"say that their packets come by there at all%s",
			to,
			t->how == WITNESS_NET
				? "; those of others of the subnet do"
				: "");
	else
		draft_against(g->draft,
			      "the capture at %s may leave such packets out (a "
			      "filter by port or protocol), or they may have "
			      "another way than the server's others",
			      to);
	if (sure)
		draft_between(g->draft, m, g->kind.from_pos, g->kind.to_pos);
}

/* Opening packets that the next point, which ran, does not have. */
static void add_missing(struct stop *s, struct derive *d,
			const struct session_view *v, int last,
			const struct sight *t)
{
	const struct flow_view *f = &v->flow[last];
	static const enum severity severity[] = { [WITNESS_NONE] = SEV_LOW,
						  [WITNESS_WAY] = SEV_LOW,
						  [WITNESS_NET] = SEV_MEDIUM,
						  [WITNESS_HOST] = SEV_MEDIUM,
						  [WITNESS_SURE] = SEV_HIGH };
	bool host = t->how >= WITNESS_HOST;
	struct stop_kind k = kind_of(host ? STOP_MISSING : STOP_UNPROVEN,
				     severity[t->how], v,
				     v->row.flows[last].point_pos, t->to_pos);
	struct stop_group *g;
	char note[WORDS];

	g = stop_group_of(s, &k, &f->row.server);
	if (!g->draft)
		open_missing(g, d, v, t);
	stop_quote(g, d, v);
	g->sessions++;
	g->opens += f->row.packets[0];
	count_source(g, &f->row);
	draft_session(g->draft, v->row.id);
	snprintf(note, sizeof note, ", not at %s",
		 model_point_name(derive_model(d), t->to_pos));
	add_first(g, d, f, note);
	if (t->how == WITNESS_SURE)
		derive_claim_losses(d, v->row.id);
}

/* --- what kind of stop it is --- */
static bool all_lost(const struct hop_tail *t)
{
	return t->lost > 0 && t->delivered + t->unseen == 0;
}

/* Would an answer that takes DUE_NS still be in the capture?  Or was there an ICMP
 * error instead? */
static bool is_due(const struct derive *d, const struct session_view *v, int i)
{
	const struct model *m = derive_model(d);
	const struct flow_row *f = &v->flow[i].row;
	int at;

	for (size_t k = 0; k < m->n_files; k++)
		if (m->files[k].point == f->point && m->files[k].packets &&
		    m->files[k].last_ns >= f->first_ns + DUE_NS)
			return true;
	return derive_icmp(d, v, &at) != NULL;
}

/* Nothing came back: how far did the opening packets get? */
static void unanswered(struct stop *s, struct derive *d,
		       const struct session_view *v,
		       const struct session_facts *facts, enum asks asks)
{
	const struct model *m = derive_model(d);
	bool udp = v->row.proto == IPPROTO_UDP;
	int last = session_near_flow(v, 1);
	int pos = v->row.flows[last].point_pos, side = v->row.client_end == 1;
	struct stop_kind k = kind_of(STOP_HOST, SEV_HIGH, v, pos, pos);
	struct sight t;
	int at;

	if (!v->flow[last].row.packets[0] || !is_due(d, v, last))
		return;
	if (v->row.n_flows == 1) {
		int known = stop_client_side(d, v, last);

		k.either_way = known < 0;
		side = known < 0 ? side : known;
	}
	if (pos != (side ? 1 : (int)m->n_points)) {
		t = witness_judge(derive_witness(d), v, last, 1, !side);
		if (t.to_pos && (asks || t.how >= WITNESS_HOST))
			add_missing(s, d, v, last, &t);
		if (t.to_pos)
			return;
		k.beyond = true;
		k.to_pos = side ? pos - 1 : pos + 1;
	}
	k.one_way = !udp && witness_one_way(derive_witness(d), pos);
	if (k.either_way || k.one_way || k.pings)
		k.severity = SEV_MEDIUM;
	if (udp && asks == ASKS_AGAIN && !derive_icmp(d, v, &at)) {
		k.asked_again = true;
		k.severity = SEV_LOW;
	}
	if (asks)
		add_stop_host(s, d, v, facts, last, &k);
}

/* --- datagrams --- */
static bool is_refused(const struct derive *d, const struct session_view *v,
		       int i)
{
	const struct message_row *x[2] = {
		derive_icmp_at(d, v, i, MESSAGE_ICMP_STATUS(3, 3), 0),
		derive_icmp_at(d, v, i, MESSAGE_ICMP_STATUS(1, 4), 0)
	};
	char server[NET_END_TEXT];

	net_addr_text(&v->flow[i].row.server.addr, server);
	for (int k = 0; k < 2; k++)
		if (x[k] && x[k]->name && strcmp(x[k]->name, server) == 0 &&
		    (x[k]->m.proto == MESSAGE_ICMPV6) == (k == 1))
			return true;
	return false;
}

/* Does an ICMP error show that the session did not get there?  Then what comes back
 * to the point is in its capture. */
static bool is_unreachable(const struct derive *d, const struct session_view *v)
{
	int at;
	const struct message_row *x = derive_icmp(d, v, &at);

	return x && MESSAGE_ICMP_TYPE(x->m.status) ==
			    (x->m.proto == MESSAGE_ICMPV6 ? 1 : 3);
}

static bool silent_datagrams(const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].row.packets[1] > 0)
			return false;
	return v->row.proto == IPPROTO_UDP || is_ping(v);
}

static void datagrams(struct stop *s, struct derive *d,
		      const struct session_view *v,
		      const struct session_facts *facts)
{
	int i = session_near_flow(v, 1);
	const struct flow_view *f = &v->flow[session_first_flow(v)];
	enum asks asks;
	int pos = v->row.flows[i].point_pos;
	struct stop_kind k = kind_of(STOP_REFUSED, SEV_HIGH, v, pos, pos);

	if (stop_group_address(&f->row.server.addr))
		return;
	if (v->flow[i].row.packets[0] && is_refused(d, v, i)) {
		add_stop_host(s, d, v, facts, i, &k);
		return;
	}
	for (size_t t = 0; facts && t < facts->n_tails[0]; t++)
		if (facts->tail[0][t].lost)
			return;
	if (is_ping(v)) {
		unanswered(s, d, v, facts, ASKS_REQUEST);
		return;
	}
	if (witness_other_answers(derive_witness(d), v) ||
	    !(is_unreachable(d, v) ||
	      witness_both_ways(derive_witness(d), (int)f->point->pos)))
		return;
	/* the rest of a flood is not counted */
	asks = s->looked < LOOKED ? derive_asks(d, &f->row) : ASKS_NOTHING;
	s->looked += s->looked < LOOKED;
	if (asks == ASKS_AGAIN && stop_from_service(v))
		asks = ASKS_NOTHING;
	unanswered(s, d, v, facts, asks);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	if (v->row.verdict == PAIR_AMBIGUOUS)
		return;
	if (silent_datagrams(v)) {
		datagrams(state, d, v, facts);
		return;
	}
	if (!session_unanswered(v))
		return;
	for (size_t i = 0; facts && i < facts->n_tails[0]; i++) {
		if (all_lost(&facts->tail[0][i])) {
			add_stop_path(state, d, v, facts, &facts->tail[0][i]);
			return;
		}
	}
	unanswered(state, d, v, facts, ASKS_REQUEST);
}

static void finish(void *state, struct derive *d)
{
	stop_tell(state, d);
	free(state);
}

const struct rule_group rules_stop = { "stop", begin, session, finish };
