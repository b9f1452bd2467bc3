/* pair.none, pair.ambiguous: what could not be joined.
 *
 * pair.none: two neighbouring points share no packet, nor are their sessions
 * related by a relay (related.c).  Mostly they share no session either: the
 * finding says what each sees instead (its busiest conversations).  If a point
 * sees hardly anything but an encrypted tunnel the finding says so: what the
 * other one sees may be inside.  If they do share sessions, each has the
 * opposite direction; if sessions are ambiguous, it is not known that they
 * share none.
 *
 * Where an ICMP error tells of every session that it got no further, nothing is
 * wrong with the captures: that finding leads, and this one is low.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/words.h"

#define EXAMPLES 5
#define OPAQUE_SHARE 0.9 /* share of a point's packets: hardly anything else */
#define PORT_ESP 4500    /* RFC 3948 */
#define PORT_WIREGUARD 51820

struct point_sight { /* what a point sees in sessions of its own */
	uint64_t alone, packets;
	uint64_t unsure; /* sessions that are ambiguous */
	uint64_t joined; /* sessions that the next point has, too */
	struct busy {
		uint64_t packets;
		char who[WORDS];
	} top[EXAMPLES];
	uint64_t opaque; /* packets of encrypted tunnels */
	uint64_t opaque_most;
	char tunnel[WORDS]; /* the busiest: its kind and hosts */
};

struct pairing {
	struct point_sight *at; /* by pos - 1 */
	uint64_t sessions;
	uint64_t refused; /* of them, those that an ICMP error ended at once */
	uint64_t ambiguous;
	struct draft *ambiguity;
};

static void *begin(struct derive *d)
{
	struct pairing *s = mem_zalloc(1, sizeof *s);

	s->at = mem_zalloc(derive_model(d)->n_points, sizeof *s->at);
	return s;
}

static void sight_add(struct point_sight *p, const struct session_view *v)
{
	size_t at = session_first_flow(v);
	uint64_t n = v->flow[at].row.packets[0] + v->flow[at].row.packets[1];
	size_t i = EXAMPLES;

	p->alone++;
	p->packets += n;
	if (n <= p->top[EXAMPLES - 1].packets)
		return;
	while (i > 0 && p->top[i - 1].packets < n)
		i--;
	memmove(&p->top[i + 1], &p->top[i],
		(EXAMPLES - 1 - i) * sizeof *p->top);
	p->top[i].packets = n;
	words_session(v, at, p->top[i].who);
}

/* What kind of encrypted tunnel a session is, or NULL. */
static const char *opaque_kind(const struct flow_row *f)
{
	if (f->proto == IPPROTO_ESP)
		return "ESP (IPsec)";
	if (f->proto != IPPROTO_UDP)
		return NULL;
	if (f->client.port == PORT_ESP || f->server.port == PORT_ESP)
		return "ESP in UDP (IPsec, by its port)";
	if (f->client.port == PORT_WIREGUARD ||
	    f->server.port == PORT_WIREGUARD)
		return "WireGuard (by its port)";
	return NULL;
}

/* For every session that a point has, shared with others or not. */
static void opaque_add(struct pairing *s, const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct flow_row *f = &v->flow[i].row;
		const char *kind = opaque_kind(f);
		struct point_sight *p = &s->at[v->row.flows[i].point_pos - 1];
		uint64_t n = f->packets[0] + f->packets[1];
		char a[NET_END_TEXT], b[NET_END_TEXT];

		if (!kind)
			continue;
		p->opaque += n;
		if (n <= p->opaque_most)
			continue;
		p->opaque_most = n;
		snprintf(p->tunnel, sizeof p->tunnel, "%s between %s and %s",
			 kind, net_addr_text(&f->client.addr, a),
			 net_addr_text(&f->server.addr, b));
	}
}

static void joined_add(struct pairing *s, const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		for (size_t k = 0; k < v->row.n_flows; k++) {
			int pos = v->row.flows[i].point_pos;

			s->at[pos - 1].joined += v->row.flows[k].point_pos ==
						 pos + 1;
		}
}

static void add_ambiguous(struct pairing *s, struct derive *d,
			  const struct session_view *v)
{
	const struct flow_view *f = &v->flow[0];
	char who[WORDS];

	for (size_t i = 0; i < v->row.n_flows; i++)
		s->at[v->row.flows[i].point_pos - 1].unsure++;
	if (!s->ambiguity)
		s->ambiguity = draft_new(d, "pair.ambiguous", SEV_INFO, 7);
	s->ambiguous++;
	draft_session(s->ambiguity, v->row.id);
	draft_evidence(s->ambiguity, f->row.point, f->first_file,
		       f->dir[0].syn_frame, f->row.first_ns,
		       "%s fits %zu others equally well",
		       words_session(v, 0, who), v->row.n_rivals);
}

/* Did nothing but ICMP errors come back? */
static bool is_refused(const struct derive *d, const struct session_view *v)
{
	int at;

	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].row.packets[1])
			return false;
	return derive_icmp(d, v, &at) != NULL;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct pairing *s = state;

	(void)facts;
	s->sessions++;
	s->refused += is_refused(d, v);
	opaque_add(s, v);
	joined_add(s, v);
	if (v->row.verdict == PAIR_ALONE)
		sight_add(&s->at[v->row.flows[session_first_flow(v)].point_pos -
				 1],
			  v);
	if (v->row.verdict == PAIR_AMBIGUOUS)
		add_ambiguous(s, d, v);
}

static bool hop_known(const struct model *m, int from, int to)
{
	for (size_t i = 0; i < m->figures.n; i++)
		if (m->figures.hop[i].from_pos <= from &&
		    m->figures.hop[i].to_pos >= to)
			return true;
	return false;
}

/* Do sessions of one continue as sessions of the other?  @form: judged by the
 * form of conversations alone. */
static bool is_related(const struct model *m, int a, int b, bool form)
{
	for (size_t i = 0; i < m->n_relays; i++) {
		const struct relay_end *e = m->relays[i].end;

		if (m->relays[i].form != form)
			continue;
		if ((e[0].point_pos == a && e[1].point_pos == b) ||
		    (e[0].point_pos == b && e[1].point_pos == a))
			return true;
	}
	return false;
}

/* The time that a point's complete files span, by its own clock. */
struct point_span {
	uint64_t packets, kept;
	int64_t first_ns, last_ns;
	bool filtered; /* the user excluded some packets */
};

static struct point_span span_of(const struct model *m, int pos)
{
	struct point_span s = { 0, 0, INT64_MAX, INT64_MIN, false };

	for (size_t i = 0; i < m->n_files; i++) {
		const struct file_row *f = &m->files[i];

		if (f->point != m->points[pos - 1].id || f->packets == 0)
			continue;
		s.packets += f->packets;
		s.kept += f->kept;
		s.filtered |= f->filtered;
		if (f->first_ns < s.first_ns)
			s.first_ns = f->first_ns;
		if (f->last_ns > s.last_ns)
			s.last_ns = f->last_ns;
	}
	return s;
}

/* Did they run at different times, each by its own clock? */
static bool ran_apart(const struct point_span *a, const struct point_span *b)
{
	return a->packets && b->packets &&
	       (a->last_ns < b->first_ns || b->last_ns < a->first_ns);
}

/* No content could align the two clocks, so only the clocks themselves tell
 * whether the captures ran at the same time. */
static void say_times(struct draft *f, const struct model *m, int from, int to)
{
	struct point_span a = span_of(m, from), b = span_of(m, to);
	char start_a[TEXT_UNIT], end_a[TEXT_UNIT], start_b[TEXT_UNIT],
		end_b[TEXT_UNIT], gap[TEXT_UNIT];
	int64_t apart;

	if (!ran_apart(&a, &b))
		return;
	apart = a.last_ns < b.first_ns ? b.first_ns - a.last_ns
				       : a.first_ns - b.last_ns;
	draft_text(f,
		   "Their times do not overlap: %s ran from %s to %s and %s "
		   "from %s to %s, each by its own clock, %s apart.  A clock "
		   "that is wrong would not hide sessions that are in both: "
		   "these are found by their contents.",
		   model_point_name(m, from), words_time(a.first_ns, start_a),
		   words_time(a.last_ns, end_a), model_point_name(m, to),
		   words_time(b.first_ns, start_b),
		   words_time(b.last_ns, end_b), text_span(apart, gap));
}

static void say_sight(struct draft *f, const struct model *m, int pos,
		      const struct point_sight *p)
{
	struct point_span span = span_of(m, pos);
	struct text t = { 0 };
	char n[TEXT_UNIT];

	if (span.packets == 0) {
		draft_text(f, "%s has no packet at all.",
			   model_point_name(m, pos));
		return;
	}
	if (span.kept == 0) {
		draft_text(f, "%s has no packet that can be used, of %s: %s.",
			   model_point_name(m, pos),
			   text_count(span.packets, n),
			   span.filtered
				   ? "--filter, --host, --from or --to leaves "
				     "out the others"
				   : "none can be read as IP with its "
				     "addresses and ports");
		return;
	}
	for (size_t i = 0; i < EXAMPLES && p->top[i].packets; i++)
		text_add(&t, "%s%s (%llu packets)", i ? "; " : "",
			 p->top[i].who, (unsigned long long)p->top[i].packets);
	draft_text(f, "%s sees %s session%s that no other point has%s%s.",
		   model_point_name(m, pos), text_count(p->alone, n),
		   p->alone == 1 ? "" : "s", t.n ? ": " : "", t.n ? t.at : "");
	text_release(&t);
}

static bool mostly_opaque(const struct model *m, int pos,
			  const struct point_sight *p)
{
	return p->opaque > 0 &&
	       (double)p->opaque >= OPAQUE_SHARE * (double)span_of(m, pos).kept;
}

static void say_opaque(struct draft *f, const struct model *m, int pos,
		       int other, const struct point_sight *p)
{
	char n[TEXT_UNIT];

	if (!mostly_opaque(m, pos, p))
		return;
	draft_text(f,
		   "%s sees %s %s (%s packets).  What %s sees may be inside "
		   "it, encrypted: nobody can pair the two.",
		   model_point_name(m, pos),
		   p->opaque == span_of(m, pos).kept ? "only" : "hardly but",
		   p->tunnel, text_count(p->opaque, n),
		   model_point_name(m, other));
	draft_next(f, "capture on the inner sides of the tunnel's two ends, "
		      "or at its outer sides both times");
}

static void none_is_there(struct draft *f, const struct model *m, int from,
			  int to)
{
	bool all = !span_of(m, from).packets && !span_of(m, to).packets;

	draft_title(f, "Neither %s nor %s has a packet%s",
		    model_point_name(m, from), model_point_name(m, to),
		    all ? "" : " that can be used");
	draft_next(f, "look at how both were captured: their interfaces, their "
		      "capture filters and when they ran; and at the options "
		      "that leave packets out here");
}

/* Sessions would tell whether the captures belong together, but one has
 * none. */
static void none_is_empty(struct draft *f, const struct model *m, int empty,
			  int other)
{
	draft_title(f, "%s has no packet to compare with %s",
		    model_point_name(m, empty), model_point_name(m, other));
	draft_next(f,
		   "look at how %s was captured: its interface, its capture "
		   "filter and when it ran; and at the options that leave "
		   "packets out here",
		   model_point_name(m, empty));
}

static void none_is_shared(struct draft *f, const struct model *m, int from,
			   int to)
{
	struct point_span a = span_of(m, from), b = span_of(m, to);
	bool apart = ran_apart(&a, &b);

	draft_title(f, "%s and %s have no session in common%s",
		    model_point_name(m, from), model_point_name(m, to),
		    apart ? ": by their clocks they ran at different times"
			  : "");
	draft_against(f, "A tunnel, an encrypting gateway or a proxy between "
			 "them would make the same sessions look like others.");
	if (apart)
		draft_next(f, "capture at both points at the same time: start "
			      "both before the fault is shown, and stop both "
			      "after it");
	else
		draft_next(
			f,
			"check that both captures ran at the same time, on the "
			"path of the same traffic, with filters that keep it");
}

/* For points that share sessions but no packet. */
static void none_is_of_both(struct draft *f, const struct model *m, int from,
			    int to, const struct point_sight *p)
{
	char n[TEXT_UNIT];

	draft_title(f, "%s and %s share %s session%s, but not one packet",
		    model_point_name(m, from), model_point_name(m, to),
		    text_count(p->joined, n), plural(p->joined));
	draft_text(f, "What one of them shows of these the other does not, as "
		      "where each captures one direction: nothing tells what "
		      "was lost between them, nor how long it took.");
	draft_next(f, "capture both directions at each point: mirror what the "
		      "port receives and what it sends");
}

static void none_is_sure(struct draft *f, const struct model *m, int from,
			 int to, const struct point_sight *at)
{
	char a[TEXT_UNIT], b[TEXT_UNIT];

	draft_title(f, "No session of %s could be told among those of %s",
		    model_point_name(m, from), model_point_name(m, to));
	draft_text(f,
		   "%s of %s and %s of %s could be paired in more than one way "
		   "(pair.ambiguous), so that nothing is said of what lies "
		   "between.",
		   text_count(at[from - 1].unsure, a),
		   model_point_name(m, from), text_count(at[to - 1].unsure, b),
		   model_point_name(m, to));
	draft_next(f, "a capture that shows the same sessions twice (two "
		      "interfaces, plain and within a tunnel) should show them "
		      "once: --filter leaves one of the two out");
}

static void write_none(struct pairing *s, struct derive *d, int from, int to)
{
	const struct model *m = derive_model(d);
	bool form = is_related(m, from, to, true);
	const struct point_sight *a = &s->at[from - 1], *b = &s->at[to - 1];
	bool refused = s->sessions && s->refused == s->sessions;
	bool low = form || refused; /* after pair.relay, stop.* */
	struct draft *f = draft_new(d, "pair.none", low ? SEV_LOW : SEV_HIGH,
				    low ? 1 : 100);

	draft_hop(f, m, from, to);
	if (a->joined) {
		none_is_of_both(f, m, from, to, a);
		return;
	}
	if (!(a->unsure && b->unsure) || a->alone + b->alone) {
		say_sight(f, m, from, a);
		say_sight(f, m, to, b);
	}
	say_opaque(f, m, from, to, a);
	say_opaque(f, m, to, from, b);
	say_times(f, m, from, to);
	if (refused)
		draft_text(f, "ICMP errors tell of each session that it got no "
			      "further: if they come from before this point, "
			      "it has nothing to show.");
	if (form)
		draft_text(f, "By the form of their conversations sessions of "
			      "the one probably continue as sessions of the "
			      "other, over a relay (pair.relay).");
	if (a->unsure && b->unsure)
		none_is_sure(f, m, from, to, s->at);
	else if (!span_of(m, from).kept && !span_of(m, to).kept)
		none_is_there(f, m, from, to);
	else if (!span_of(m, from).kept)
		none_is_empty(f, m, from, to);
	else if (!span_of(m, to).kept)
		none_is_empty(f, m, to, from);
	else
		none_is_shared(f, m, from, to);
}

static void finish(void *state, struct derive *d)
{
	struct pairing *s = state;
	const struct model *m = derive_model(d);
	char n[TEXT_UNIT];

	for (int pos = 1; pos < (int)m->n_points; pos++)
		if (!hop_known(m, pos, pos + 1) &&
		    !is_related(m, pos, pos + 1, false))
			write_none(s, d, pos, pos + 1);
	if (s->ambiguity) {
		draft_title(s->ambiguity,
			    "%s session%s could be paired in more than one way",
			    text_count(s->ambiguous, n), plural(s->ambiguous));
		draft_text(s->ambiguity,
			   "Nothing that the captures keep tells them apart "
			   "from their rivals, so nothing is said of their "
			   "packets.");
	}
	free(s->at);
	free(s);
}

const struct rule_group rules_pairing = { "pairing", begin, session, finish };
