/* reply.address of TCP: a SYN is answered from an address other than the one asked.
 *
 * A NAT or balancer sends the SYN on to a server whose answer does not come back by
 * it: the server is in the client's own network (no hairpin), or has another way
 * back.  The client gets a SYN,ACK from somebody it did not ask, and resets it
 * (RFC 9293 3.10.7.3); no connection ever opens.  Neither the server nor the path drops
 * anything.
 *
 * Proof is a number of 32 bits: a SYN,ACK at the same point, to the same address and
 * port of the client, that acknowledges the SYN of a session in which nothing comes
 * back (which is all that it has), in a session whose own SYN that point does not
 * have.  Where it has that, too, it sees both sides of the device, and the answer may
 * be lost inside.
 *
 * One finding for each two addresses, asked and answering: that is one device.
 *
 * Cost: a look-up for each SYN without an answer; a record of each session without
 * data to the same client's port, WITNESS_SAMPLES at most.
 */
#include "report/derive/reply_syn.h"

#include <netinet/in.h>

#include "report/derive/witness.h"

#define EXAMPLES 6  /* sessions with frames */
#define FINDINGS 64 /* devices; more are not told */

/* Does flow @id answer the SYN of @f, which was to another address? */
static bool answers(struct derive *d, const struct flow_view *f, int64_t id,
		    struct reply_syn *x)
{
	struct flow_row row = { 0 };
	struct record syn;
	int64_t file;
	bool does;

	if (!derive_flow(d, id, &row))
		return false;
	does = net_end_cmp(&row.client, &f->row.client) == 0 &&
	       net_end_cmp(&row.server, &f->row.server) != 0 &&
	       derive_record(d, &row, 1, REC_SYN, &x->answer, &x->file) &&
	       x->answer.tcp_flags & REC_ACK &&
	       (uint32_t)x->answer.ack64 == f->dir[0].isn + 1 &&
	       !derive_record(d, &row, 0, REC_SYN, &syn, &file);
	x->by = row.server;
	x->reset = does && derive_record(d, &row, 0, REC_RST, &syn, &file);
	flow_row_release(&row);
	return does;
}

bool reply_syn_find(struct derive *d, const struct session_view *v,
		    struct reply_syn *x)
{
	if (v->row.proto != IPPROTO_TCP || !session_unanswered(v))
		return false;
	for (x->flow = 0; x->flow < v->row.n_flows; x->flow++) {
		const struct flow_view *f = &v->flow[x->flow];
		struct sight s;

		if (!f->dir[0].syn || f->row.bytes[0])
			continue;
		s = witness_openings(derive_witness(d),
				     v->row.flows[x->flow].point_pos,
				     &f->row.client);
		for (size_t i = 0; i < s.n_samples; i++) {
			x->session = s.sample[i].session;
			if (answers(d, f, s.sample[i].flow, x))
				return true;
		}
	}
	return false;
}

/* --- the finding --- */
/* Return: NULL: there are too many. */
static struct astray *astray_of(struct reply_syns *all,
				const struct net_addr *asked,
				const struct net_addr *by)
{
	struct astray *s;

	for (size_t i = 0; i < all->n; i++) {
		s = &all->at[i];
		if (net_addr_cmp(&s->asked, asked) == 0 &&
		    net_addr_cmp(&s->by, by) == 0)
			return s;
	}
	if (all->n == FINDINGS)
		return NULL;
	s = VEC_PUSH(all);
	*s = (struct astray){ .asked = *asked,
			      .by = *by,
			      .servers = json_object() };
	return s;
}

static void open_draft(struct astray *s, struct derive *d,
		       const struct session_view *v, const struct reply_syn *x)
{
	const struct flow_view *f = &v->flow[x->flow];
	int pos = v->row.flows[x->flow].point_pos;
	char asked[NET_END_TEXT], by[NET_END_TEXT];

	s->draft = draft_new(d, "reply.address", SEV_HIGH, 95);
	net_end_text(&f->row.server, asked);
	net_end_text(&x->by, by);
	draft_hop(s->draft, derive_model(d), pos, pos);
	draft_title(s->draft,
		    "%s is asked, but its SYNs are answered by %s, and no "
		    "connection opens",
		    asked, by);
	draft_text(s->draft,
		   "What %s answers at %s acknowledges the very SYNs that "
		   "were sent to %s: they arrive at a server, whose answers "
		   "do not come back the way they went.",
		   by, f->point->name, asked);
	draft_place(s->draft,
		    "the NAT or balancer that sends the SYNs on to %s: its "
		    "answers go round that device (it is in the client's "
		    "own network, or has another way back)",
		    by);
	draft_next(s->draft,
		   "have that device change the client's address, too "
		   "(hairpin NAT, source NAT), or have %s send its answers "
		   "by it",
		   by);
	draft_next(s->draft,
		   "or have such clients ask %s itself (a name that "
		   "their network resolves to it)",
		   by);
}

void reply_syn_add(struct reply_syns *all, struct derive *d,
		   const struct session_view *v)
{
	const struct flow_view *f;
	struct astray *s;
	char by[NET_END_TEXT], to[NET_END_TEXT];
	struct reply_syn x;

	if (v->row.verdict == PAIR_AMBIGUOUS || !reply_syn_find(d, v, &x))
		return;
	f = &v->flow[x.flow];
	s = astray_of(all, &f->row.server.addr, &x.by.addr);
	if (!s)
		return;
	if (!s->draft)
		open_draft(s, d, v, &x);
	s->syns += f->dir[0].syn_count;
	s->resets += x.reset;
	words_count_end(s->servers, &f->row.server);
	draft_session(s->draft, v->row.id);
	draft_session(s->draft, x.session);
	derive_claim_losses(d, v->row.id);
	if (s->sessions++ >= EXAMPLES)
		return;
	draft_evidence(s->draft, f->row.point, f->first_file,
		       f->dir[0].syn_frame, f->dir[0].syn_ns,
		       "first SYN of %u to %s", f->dir[0].syn_count,
		       net_end_text(&f->row.server, to));
	draft_evidence(s->draft, f->row.point, x.file, x.answer.frame,
		       x.answer.time_ns, "its SYN,ACK comes from %s%s",
		       net_end_text(&x.by, by),
		       x.reset ? ", and is reset" : "");
}

static void tell(struct astray *s)
{
	char n[TEXT_UNIT], whom[WORDS];
	struct draft *f = s->draft;

	draft_text(
		f, "%s connection%s %s so, %s.%s", text_count(s->sessions, n),
		plural(s->sessions), s->sessions == 1 ? "fails" : "fail",
		words_servers(s->servers, whom),
		s->resets == s->sessions
			? "  The client knows no such connection and resets it."
			: "");
	draft_frame_filters(f);
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)s->sessions));
	json_object_set_new(f->measure, "packets",
			    json_integer((json_int_t)s->syns));
	json_decref(s->servers);
}

void reply_syn_tell(struct reply_syns *all)
{
	for (size_t i = 0; i < all->n; i++)
		tell(&all->at[i]);
	VEC_FREE(all);
}
