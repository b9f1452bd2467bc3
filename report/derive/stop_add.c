/* Adding a session that goes nowhere to the finding of its kind and server: opening
 * packets are counted, the first few become evidence.
 *
 * The first session of a group begins its draft; title and texts follow once all
 * are known (stop_tell.c).  Losses explained here are claimed, so that loss.path does
 * not count them again.
 */
#include <netinet/in.h>
#include <string.h>

#include "base/mem.h"
#include "report/derive/stop_int.h"

#define STOP_KEPT 4096 /* unanswered sessions of a group; all are counted */

bool stop_is_ping(const struct session_view *v)
{
	return v->row.proto == IPPROTO_ICMP || v->row.proto == IPPROTO_ICMPV6;
}

struct stop_kind stop_kind_of(enum stop_place place, enum severity severity,
			      const struct session_view *v, int from, int to)
{
	bool ping = stop_is_ping(v); /* no program waits for it */

	return (struct stop_kind){ .place = place,
				   .severity = ping && severity == SEV_HIGH
						       ? SEV_MEDIUM
						       : severity,
				   .from_pos = from,
				   .to_pos = to,
				   .datagrams = v->row.proto != IPPROTO_TCP,
				   .pings = ping };
}

static void count_source(struct stop_group *g, const struct flow_row *f)
{
	char a[NET_END_TEXT];
	json_t *n;

	net_addr_text(&f->client.addr, a);
	n = json_object_get(g->sources, a);
	if (!n && json_object_size(g->sources) >= STOP_SOURCES) {
		g->of_others++;
		return;
	}
	json_object_set_new(g->sources, a,
			    json_integer(1 + (n ? json_integer_value(n) : 0)));
}

void stop_keep(struct stop_group *g, const struct flow_row *f)
{
	if (g->kept.n < STOP_KEPT)
		*VEC_PUSH(&g->kept) = (struct unanswered){ f->id,
							   f->client.addr,
							   f->first_ns };
}

/* Is more than one packet of the client's at any point, be it that one arrives? */
static bool sends_again(const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].row.packets[0] > 1)
			return true;
	return false;
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

void stop_add_path(struct stop *s, struct derive *d,
		   const struct session_view *v,
		   const struct session_facts *facts, const struct hop_tail *t)
{
	const struct model *m = derive_model(d);
	int from = v->row.flows[t->from].point_pos;
	int to = v->row.flows[t->to].point_pos;
	struct stop_kind k = stop_kind_of(STOP_PATH, SEV_HIGH, v, from, to);
	struct stop_group *g = stop_group_of(s, &k,
					     &v->flow[t->from].row.server);

	if (!g->draft) {
		g->draft = draft_new(d, "stop.path", k.severity, 90);
		draft_hop(g->draft, m, from, to);
		draft_between(g->draft, m, from, to);
		draft_session_filters(g->draft, v);
	}
	stop_quote(g, d, v);
	stop_quic(s, g, d, &v->flow[t->from].row);
	g->sessions++;
	g->again += sends_again(v);
	g->opens += t->lost;
	stop_keep(g, &v->flow[t->from].row);
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
	g->at_client = strcmp(session_on_host(v, last, 0), "yes") == 0;
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

void stop_add_host(struct stop *s, struct derive *d,
		   const struct session_view *v,
		   const struct session_facts *facts, int last,
		   const struct stop_kind *kind)
{
	const struct flow_view *f = &v->flow[last];
	struct stop_group *g = stop_group_of(s, kind, &f->row.server);

	if (!g->draft)
		open_stop_host(g, d, v, last);
	stop_quote(g, d, v);
	stop_quic(s, g, d, &f->row);
	g->sessions++;
	g->again += sends_again(v);
	g->opens += f->row.packets[0];
	count_source(g, &f->row);
	g->point = f->row.point;
	g->early += kind->beyond &&
		    witness_is_early(derive_model(d), kind->to_pos, &f->row);
	g->extra += f->dir[0].syn && f->dir[0].syn_opts & REC_OPT_OTHER;
	if (g->sessions <= SPOILT_LOOKED && is_spoilt(d, &f->row))
		g->spoilt++;
	if (kind->place == STOP_HOST)
		stop_keep(g, &f->row);
	g->near |= kind->place == STOP_REFUSED && stop_refused_near(d, v, last);
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
void stop_add_missing(struct stop *s, struct derive *d,
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
	struct stop_kind k = stop_kind_of(host ? STOP_MISSING : STOP_UNPROVEN,
					  severity[t->how], v,
					  v->row.flows[last].point_pos,
					  t->to_pos);
	struct stop_group *g;
	char note[WORDS];

	g = stop_group_of(s, &k, &f->row.server);
	if (!g->draft)
		open_missing(g, d, v, t);
	stop_quote(g, d, v);
	stop_quic(s, g, d, &f->row);
	g->sessions++;
	g->again += sends_again(v);
	g->opens += f->row.packets[0];
	spread_add(&g->spread, &f->row);
	count_source(g, &f->row);
	stop_keep(g, &f->row);
	draft_session(g->draft, v->row.id);
	snprintf(note, sizeof note, ", not at %s",
		 model_point_name(derive_model(d), t->to_pos));
	add_first(g, d, f, note);
	if (t->how == WITNESS_SURE)
		derive_claim_losses(d, v->row.id);
}
