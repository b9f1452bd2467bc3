/* Sessions and packets as text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/render/text.h"

#define RELATIONS_SHOWN 4

static uint64_t lost_of(const struct session_view *v)
{
	uint64_t n = 0;

	for (size_t i = 0; i < v->figures.n; i++)
		for (int w = 0; w < 2; w++)
			n += v->figures.hop[i].way[w].tx.n[FATE_LOST];
	return n;
}

/* "10.0.0.1:1 -> 10.0.0.2:2", with each rewritten form after a '=' */
static void put_flows(struct text *t, const struct session_view *v)
{
	char a[NET_END_TEXT], b[NET_END_TEXT],
		before[2 * NET_END_TEXT + 8] = "";

	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct flow_row *f = &v->flow[i].row;
		char now[2 * NET_END_TEXT + 8];

		if (!session_has_packets(v, i))
			continue;
		snprintf(now, sizeof now, "%s -> %s",
			 net_side_text(f->proto, &f->client, &f->server, false,
				       a),
			 net_side_text(f->proto, &f->client, &f->server, true,
				       b));
		if (strcmp(now, before) != 0)
			text_add(t, "%s%s", *before ? "  =  " : "", now);
		memcpy(before, now, sizeof now);
	}
}

static const char *relation_verb(const struct relay_row *r, bool back)
{
	if (r->form)
		return back ? "; probably continues"
			    : "; probably continues as";
	return back ? "; continues" : "; continues as";
}

/* "; continues as session 7 (8 requests), ..." or, if judged by the form of
 * turns alone, "; probably continues as session 7 (8 turns agree), ..." */
static void put_relations(struct text *t, const struct model *m,
			  const struct session_view *v)
{
	const struct relay_row *r;
	int shown[2] = { 0, 0 };
	char n[TEXT_UNIT];

	for (size_t k = 0; (r = model_relation(m, v->row.id, k)); k++) {
		bool back = r->front != v->row.id;

		if (shown[back]++ > RELATIONS_SHOWN)
			continue;
		if (shown[back] > RELATIONS_SHOWN) {
			text_puts(t, ", ...");
			continue;
		}
		text_add(t, "%s session %lld (%s %s%s)",
			 shown[back] > 1 ? "," : relation_verb(r, back),
			 (long long)(back ? r->front : r->back),
			 text_count(r->exchanges, n),
			 r->form ? "turn" : "request",
			 r->exchanges == 1 ? r->form ? " agrees" : ""
			 : r->form         ? "s agree"
					   : "s");
	}
}

static void put_session(const struct page *p, const struct model *m,
			const struct session_view *v)
{
	struct text t = { 0 };
	char head[32], proto[16], n[TEXT_UNIT], span[TEXT_UNIT];
	size_t at = session_first_flow(v);
	const struct flow_row *first = &v->flow[at].row;
	uint64_t packets = first->packets[0] + first->packets[1];

	snprintf(head, sizeof head, "%6lld  ", (long long)v->row.id);
	put_flows(&t, v);
	text_add(&t, "  %s, %s packet%s", proto_name(v->row.proto, proto),
		 text_count(packets, n), packets == 1 ? "" : "s");
	if (packets > 1) /* a single one takes no time */
		text_add(&t, ", %s",
			 text_duration(first->last_ns - first->first_ns, span));
	if (lost_of(v))
		text_add(&t, ", %s lost", text_count(lost_of(v), n));
	if (v->row.verdict == PAIR_ALONE)
		text_add(&t, "; only at %s", v->flow[at].point->name);
	else if (v->row.verdict == PAIR_AMBIGUOUS)
		text_add(&t, "; ambiguous, %zu rivals", v->row.n_rivals);
	else if (v->row.margin < 1e8)
		text_add(&t, "; paired by %.0f bits, %.0f over the next",
			 v->row.bits, v->row.margin);
	else
		text_add(&t, "; paired by %.0f bits, no rival", v->row.bits);
	put_relations(&t, m, v);
	page_wrap(p, 8, head, t.at);
	text_release(&t);
}

void text_session_table(const struct page *p, const struct model *m,
			int64_t limit)
{
	char n[TEXT_UNIT];
	int64_t shown = 0;
	bool bits = false;

	for (int64_t id = 1; id <= m->n_sessions; id++) {
		struct session_view v;

		if (limit && shown == limit) {
			fprintf(p->out,
				"        and %s more: 'tracepair sessions "
				"CASE' lists all\n",
				text_count((uint64_t)(m->n_sessions - shown),
					   n));
			break;
		}
		if (!session_view_load(&v, m, id))
			continue;
		put_session(p, m, &v);
		bits |= v.row.verdict == PAIR_PAIRED;
		session_view_release(&v);
		shown++;
	}
	if (bits)
		page_wrap(p, 2, "",
			  "Bits measure the evidence for a pairing: each one "
			  "halves the odds of a chance match.");
}

static void put_evidence(const struct page *p, const struct session_view *v)
{
	if (v->row.evidence && *v->row.evidence)
		page_wrap(p, 10, "", v->row.evidence);
}

int text_each_session(const struct model *m, const struct render_options *o,
		      FILE *out, text_session_fn *fn, struct err *err)
{
	struct page p = { out, o->colour, o->columns };
	int64_t first = o->session ? o->session : 1;
	int64_t last = o->session ? o->session : m->n_sessions;

	for (int64_t id = first; id <= last; id++) {
		struct session_view v;

		if (!session_view_load(&v, m, id)) {
			if (o->session)
				return err_set(err, ERR_USAGE,
					       "no session %lld; 'tracepair "
					       "sessions CASE' lists them",
					       (long long)id);
			continue;
		}
		fn(&p, m, o, &v);
		session_view_release(&v);
	}
	return 0;
}

static void session_and_evidence(const struct page *p, const struct model *m,
				 const struct render_options *o,
				 const struct session_view *v)
{
	(void)o;
	put_session(p, m, v);
	put_evidence(p, v);
}

int text_sessions(const struct model *m, const struct render_options *o,
		  FILE *out, struct err *err)
{
	return text_each_session(m, o, out, session_and_evidence, err);
}

static void side(const struct record *r, char out[static 64])
{
	char time[TEXT_UNIT];

	if (r)
		snprintf(out, 64, "#%-8llu %s", (unsigned long long)r->frame,
			 text_time(r->time_ns, time) + 11);
	else
		snprintf(out, 64, "-");
}

static void put_packet(const struct page *p, const struct session_view *v,
		       const struct fate_row *r, const struct fate_proof *why)
{
	char near[64], far[64];
	const char *basis = fate_basis_name((enum fate_basis)r->e.basis);

	side(r->near, near);
	side(r->far, far);
	fprintf(p->out, "%7lld %s %-8s %7u %5u  %-10s %-29s %-10s %-29s %s",
		(long long)v->row.id, r->dir ? "s2c" : "c2s",
		fate_kind_name((enum fate_kind)r->e.kind), r->e.len, r->e.copy,
		v->flow[r->from].point->name, near, v->flow[r->to].point->name,
		far, fate_name((enum fate)r->e.fate));
	if (basis && why->ack)
		fprintf(p->out, " (%s: %s #%llu)", basis,
			v->flow[why->flow].point->name,
			(unsigned long long)why->ack->frame);
	else if (basis)
		fprintf(p->out, " (%s)", basis);
	fputc('\n', p->out);
}

static void packets_of(const struct page *p, const struct model *m,
		       const struct render_options *o,
		       const struct session_view *v)
{
	struct fate_cursor *c = fate_cursor_open(m->store, v->row.id);
	struct fate_proof why;
	struct fate_row r;

	while (fate_cursor_next(c, &r) && fate_cursor_proof(c, &r, &why))
		if (!o->fates || (o->fates & 1u << r.e.fate))
			put_packet(p, v, &r, &why);
	fate_cursor_close(c);
}

int text_packets(const struct model *m, const struct render_options *o,
		 FILE *out, struct err *err)
{
	if (o->session <= m->n_sessions)
		fprintf(out,
			"%7s %-3s %-8s %7s %5s  %-10s %-29s %-10s %-29s %s\n",
			"session", "dir", "kind", "bytes", "copy", "from",
			"frame, on its clock", "to", "frame, on its clock",
			"fate");
	return text_each_session(m, o, out, packets_of, err);
}
