/* pair.none, pair.ambiguous: what could not be joined.
 *
 * pair.none: two neighbouring points share no packet, nor are their sessions
 * related by a relay (related.c); what the finding says is in pairing_tell.c.
 * Gathered for it, at each point: sessions that no other point has, the busiest of
 * them, those that the next point has too, ambiguous ones, and the packets of
 * encrypted tunnels.  Of two that do share some, connections of equal ends that each
 * has alone are told (pairing_ends.c).  One capture without a session may have ARP.
 *
 * pair.ambiguous: sessions with rivals that fit equally well; one finding for all.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/pairing_int.h"
#include "report/derive/resolve.h"

#define PORT_ESP 4500 /* RFC 3948 */
#define PORT_WIREGUARD 51820
#define SAME_LEAST 3 /* of equal ends: fewer may be ports used twice */

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
	size_t i = PAIRING_EXAMPLES;

	p->alone++;
	pairing_ends_add(p, v);
	if (n <= p->top[PAIRING_EXAMPLES - 1].packets)
		return;
	while (i > 0 && p->top[i - 1].packets < n)
		i--;
	memmove(&p->top[i + 1], &p->top[i],
		(PAIRING_EXAMPLES - 1 - i) * sizeof *p->top);
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

/* Did nothing come back, while somebody asked in vain for the server's hardware address
 * at some point, whose capture would have the answer?  Points that share nothing have no
 * clock in common: that it was then is by their stamps. */
static bool is_unresolved(const struct derive *d, const struct session_view *v)
{
	const struct model *m = derive_model(d);
	size_t first = session_first_flow(v);
	const struct flow_row *f = &v->flow[first].row;
	struct resolve_while when = { v->row.flows[first].point_pos,
				      f->first_ns, f->last_ns };
	struct unresolved x;

	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].row.packets[1])
			return false;
	for (int pos = 1; pos <= (int)m->n_points; pos++) {
		x = resolve_find(derive_resolve(d), m, pos, &f->server.addr,
				 NULL, &when);
		if (x.q && x.answered)
			return true;
	}
	return false;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct pairing *s = state;

	(void)facts;
	s->sessions++;
	if (is_refused(d, v))
		s->refused++;
	else if (is_unresolved(d, v))
		s->unresolved++;
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

bool pairing_is_related(const struct model *m, int a, int b, bool form)
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

static void tell_hop(struct pairing *s, struct derive *d, int from, int to)
{
	const struct model *m = derive_model(d);
	struct draft *f;

	if (pairing_is_related(m, from, to, false))
		return;
	if (!hop_known(m, from, to)) {
		pairing_tell_none(s, d, from, to);
	} else if (pairing_ends_same(m, &s->at[from - 1], &s->at[to - 1],
				     NULL) >= SAME_LEAST) {
		f = draft_new(d, "pair.none", SEV_LOW, 30);
		draft_hop(f, m, from, to);
		pairing_tell_same(f, m, from, to, s->at);
	}
}

static void finish(void *state, struct derive *d)
{
	struct pairing *s = state;
	const struct model *m = derive_model(d);
	char n[TEXT_UNIT];

	for (int pos = 1; pos < (int)m->n_points; pos++)
		tell_hop(s, d, pos, pos + 1);
	if (!s->sessions && m->n_points == 1)
		pairing_tell_asked(d, 1);
	if (s->ambiguity) {
		draft_title(s->ambiguity,
			    "%s session%s could be paired in more than one way",
			    text_count(s->ambiguous, n), plural(s->ambiguous));
		draft_text(s->ambiguity,
			   "Nothing that the captures keep tells them apart "
			   "from their rivals, so nothing is said of their "
			   "packets.");
	}
	for (size_t i = 0; i < m->n_points; i++)
		VEC_FREE(&s->at[i].ends);
	free(s->at);
	free(s);
}

const struct rule_group rules_pairing = { "pairing", begin, session, finish };
