/* Questions in vain for a hardware address, in words: see the header. */
#include "report/derive/resolve_tell.h"

#include "base/text.h"
#include "base/time.h"
#include "report/derive/resolve_there.h"
#include "report/derive/words.h"

/* It is claimed elsewhere. */
static void say_claim(struct draft *f, const struct model *m,
		      const struct unresolved *x)
{
	const struct lookup *q = x->claim;
	const char *p = model_point_name(m, x->claim_pos);
	char about[NET_END_TEXT];

	net_addr_text(&q->about, about);
	draft_against(f,
		      "at %s, %s%s%s%s shows itself meanwhile (frame %llu): it "
		      "is there, so its answers do not come to %s, or another "
		      "network has that address, too",
		      p, about, q->mac[0] ? " (" : "", q->mac,
		      q->mac[0] ? ")" : "", (unsigned long long)q->first_frame,
		      model_point_name(m, x->pos));
	draft_evidence(f, m->points[x->claim_pos - 1].id, q->file,
		       q->first_frame, q->first_ns, "%s is claimed here",
		       about);
}

void resolve_say(struct draft *f, const struct model *m,
		 const struct unresolved *x)
{
	const struct lookup *q = x->q;
	const struct point_row *p = &m->points[x->pos - 1];
	char about[NET_END_TEXT], from[NET_END_TEXT], n[TEXT_UNIT],
		t[TEXT_UNIT];
	bool late = q->status == MESSAGE_NEIGHBOUR_LATE;
	bool shown = q->status == MESSAGE_NEIGHBOUR_SHOWN;

	net_addr_text(&q->about, about);
	net_addr_text(&q->from, from);
	text_count(x->n, n);
	text_duration(time_sub(q->last_ns, q->first_ns), t);
	draft_text(
		f,
		"At %s, %s%s%s%s asks for the hardware address of %s (%s) %s "
		"times in %s, and %s: what it has for that "
		"address stays where it is.",
		p->name, from, q->mac[0] ? " (" : "", q->mac,
		q->mac[0] ? ")" : "", about, resolve_means(q), n, t,
		late       ? "nobody answers but the question after these"
		: shown    ? "nobody answers; it shows itself only later"
		: x->claim ? "no answer is there"
			   : "nobody answers");
	draft_evidence(f, p->id, q->file, q->first_frame, q->first_ns,
		       "%s asks who has %s", from, about);
	draft_evidence(
		f, p->id, q->file, q->last_frame, q->last_ns,
		late    ? "asks again, for the first time with an answer "
			  "behind it; %s had none"
		: shown ? "asks again, for the first time before that "
			  "address shows itself; %s had no answer"
			: "asks again, %s times in all, without an answer",
		n);
	if (q->v6)
		draft_filter(f, p->id, q->file,
			     "icmpv6.nd.ns.target_address == %s || "
			     "icmpv6.nd.na.target_address == %s",
			     about, about);
	else
		draft_filter(f, p->id, q->file,
			     "arp.dst.proto_ipv4 == %s || "
			     "arp.src.proto_ipv4 == %s",
			     about, about);
	if (!x->answered)
		draft_against(f,
			      "nothing shows that the capture at %s would have "
			      "an answer to %s: it may not see those of other "
			      "hosts, as they go to who asks alone",
			      p->name, from);
	if (x->claim)
		say_claim(f, m, x);
	if (!x->clocks)
		draft_against(f,
			      "the clock of %s cannot be compared: that these "
			      "questions are of that time is by its own stamps",
			      p->name);
}

void resolve_place(struct draft *f, const struct model *m,
		   const struct unresolved *x)
{
	char about[NET_END_TEXT], from[NET_END_TEXT];

	net_addr_text(&x->q->about, about);
	net_addr_text(&x->q->from, from);
	if (x->claim) {
		draft_place(
			f,
			"the network between %s, where %s is, and %s, where "
			"%s asks for it (VLANs, filters of ARP): answers do "
			"not come through",
			model_point_name(m, x->claim_pos), about,
			model_point_name(m, x->pos), from);
		return;
	}
	if (x->q->status != MESSAGE_NEIGHBOUR_VAIN) {
		draft_place(f,
			    "%s or its link to the network at %s, where for a "
			    "while nobody answers %s for it",
			    about, model_point_name(m, x->pos),
			    resolve_means(x->q));
		draft_next(f,
			   "see what %s, its card and its switch port did at "
			   "that time",
			   about);
		return;
	}
	draft_place(f,
		    "%s or its link to the network at %s, where nobody answers "
		    "%s for it: it is down, in another VLAN, or has another "
		    "address or mask",
		    about, model_point_name(m, x->pos), resolve_means(x->q));
	draft_next(f,
		   "see whether %s is up, and its port in the VLAN where %s "
		   "asks; and whether the mask of %s is right",
		   about, from, from);
}

bool resolve_session(struct draft *f, const struct derive *d,
		     const struct session_view *v, int from, int to, int dir,
		     int64_t from_ns, int64_t to_ns)
{
	const struct model *m = derive_model(d);
	const int at[] = { to, from };
	struct resolve_while when = { v->row.flows[from].point_pos, from_ns,
				      to_ns };

	for (int i = 0; i < (to == from ? 1 : 2); i++) {
		const struct flow_row *w = &v->flow[at[i]].row;
		struct unresolved x = resolve_find(
			derive_resolve(d), m, v->row.flows[at[i]].point_pos,
			dir ? &w->client.addr : &w->server.addr, NULL, &when);

		if (!x.q ||
		    resolve_is_there(d, &x, &v->flow[from].row,
				     v->row.flows[from].point_pos, from_ns))
			continue;
		resolve_say(f, m, &x);
		resolve_place(f, m, &x);
		return true;
	}
	return false;
}
