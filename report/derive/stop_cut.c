/* stop.middlebox: sessions that lived, and of which from some point on nothing
 * more passes one hop in one direction.
 *
 * At least STOP_LOST losses since the last arrival, of two different things (two
 * ranges, or data and ACKs): copies of one segment may fall to their size alone.
 * STOP_COPIES of one do if the hop let larger packets of others through.  It is
 * not said where all that is lost is larger than all that anybody got through (a
 * limit on size: loss.mtu), nor of a session that was reset on the way
 * (reset.path), nor over a relay (relay.c).
 *
 * One finding for a hop and direction: a device that forgets its sessions forgets
 * many.  Losses explained here are claimed, so that loss.path does not count
 * them again.
 */
#include "base/mem.h"
#include "base/text.h"
#include "report/derive/alike.h"
#include "report/derive/loss.h"
#include "report/derive/reset_origin.h"
#include "report/derive/resolve_claims.h"
#include "report/derive/resolve_tell.h"

#define STOP_LOST 3
#define STOP_COPIES 5

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct alikes));
}

/* Two different things were lost, not only copies of one segment. */
static bool different_things(const struct facts *l)
{
	for (size_t i = 1; i < l->n; i++)
		if (l->at[i].e.kind != l->at[0].e.kind ||
		    (uint32_t)l->at[i].near.seq64 !=
			    (uint32_t)l->at[0].near.seq64)
			return true;
	return false;
}

static const struct hop_way *way_at(const struct hop_figures *h, size_t n,
				    int from, int to)
{
	int first = from < to ? from : to, last = from < to ? to : from;

	for (size_t i = 0; i < n; i++)
		if (h[i].from_pos == first && h[i].to_pos == last)
			return &h[i].way[from > to];
	return NULL;
}

/* The least and the largest IP packet of the tail's data; 0: it has none. */
static void tail_sizes(const struct hop_tail *t, uint32_t *least,
		       uint32_t *most)
{
	*least = *most = 0;
	for (size_t i = 0; i < t->after_kept.n; i++) {
		const struct fact *k = &t->after_kept.at[i];
		uint32_t bytes = k->near.hdr_len + k->near.pay_len;

		if (k->e.kind != KIND_DATA || !k->has_near)
			continue;
		if (!*least || bytes < *least)
			*least = bytes;
		if (bytes > *most)
			*most = bytes;
	}
}

/* How large is the data lost since the last arrival beside what passed there of
 * anybody's?  Return: 1: all of it is larger; -1: none is, or some is too small for any
 * limit; 0: some is, or not known. */
static int size_of_lost(const struct model *m, const struct session_view *v,
			const struct hop_tail *t)
{
	int from = v->row.flows[t->from].point_pos;
	int to = v->row.flows[t->to].point_pos;
	const struct hop_way *all = way_at(m->figures.hop, m->figures.n, from,
					   to);
	uint32_t least, most;

	tail_sizes(t, &least, &most);
	if (!all || !least)
		return 0;
	if (!all->max_delivered)
		return loss_of_large_alone(all);
	if (least <= LOSS_MTU_LEAST)
		return -1;
	return least > all->max_delivered   ? 1
	       : most <= all->max_delivered ? -1
					    : 0;
}

static bool only_data(const struct facts *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].e.kind != KIND_DATA)
			return false;
	return true;
}

static bool is_cut(const struct model *m, const struct session_view *v,
		   const struct hop_tail *t)
{
	int size = size_of_lost(m, v, t);

	if (t->after < STOP_LOST || t->delivered + t->unseen == 0 ||
	    (size > 0 && only_data(&t->after_kept)))
		return false;
	return different_things(&t->after_kept) ||
	       (size < 0 && t->after >= STOP_COPIES);
}

static bool was_reset_on_the_way(const struct session_facts *facts)
{
	for (size_t i = 0; i < facts->injected.n; i++)
		if (facts->injected.at[i].e.kind == KIND_RST)
			return true;
	return false;
}

/* ACK numbers beyond what the near point saw sent: why it may be refused. */
static void ack_beyond(struct draft *f, const struct session_view *v,
		       const struct hop_tail *t)
{
	const struct fact *k = &t->first_after;
	uint64_t sent = v->flow[t->from].dir[!k->dir].seq_next;

	if (!k->has_near || !(k->near.tcp_flags & REC_ACK) || sent == 0)
		return;
	int32_t more = (int32_t)((uint32_t)k->near.ack64 - (uint32_t)sent);

	if (more <= 0 || more > 1 << 20)
		return;
	draft_text(f,
		   "Its acknowledgement numbers are %d bytes beyond all that "
		   "%s saw sent to it (ACK %u, sent up to %u): a stateful "
		   "device has reason to refuse them.",
		   more, v->flow[t->from].point->name, (uint32_t)k->near.ack64,
		   (uint32_t)sent);
	json_object_set_new(f->measure, "ack_beyond_bytes", json_integer(more));
}

/* The other direction is at the near point only, or at neither, though the sender
 * acknowledges something. */
static bool is_half_seen(const struct session_view *v, const struct hop_tail *t,
			 int dir)
{
	const struct flow_view *from = &v->flow[t->from];

	return !v->flow[t->to].row.packets[!dir] &&
	       (from->row.packets[!dir] ||
		(t->first_after.has_near &&
		 t->first_after.near.tcp_flags & REC_ACK));
}

/* A firewall that the other direction goes round sees half of each session, and has
 * reason to drop the rest. */
static void half_seen(struct draft *f, const struct session_view *v,
		      const struct hop_tail *t, int dir)
{
	const char *from = v->flow[t->from].point->name;
	const char *to = v->flow[t->to].point->name;
	const char *other = dir ? "client" : "server";
	bool neither = !v->flow[t->from].row.packets[!dir];

	if (!is_half_seen(v, t, dir))
		return;
	if (neither)
		draft_text(f,
			   "Nothing that the %s sends comes by %s or %s, "
			   "although the %s acknowledges it: the two "
			   "directions take different ways.",
			   other, from, to, dir ? "server" : "client");
	else
		draft_text(f,
			   "Nothing that the %s sends comes by %s, although "
			   "it gets to %s: the two directions take different "
			   "ways.",
			   other, to, from);
	draft_text(f, "A firewall or NAT on one of them sees half of each "
		      "connection, and may drop what follows the first "
		      "packets for that.");
	draft_against(f,
		      "if the capture at %s has one direction only (a mirror "
		      "port, a filter), both may come by there",
		      to);
	draft_next(f,
		   "see whether both directions should pass the same firewall: "
		   "routes back from the %s, a second default gateway, a "
		   "balancer that is gone round",
		   other);
	json_object_set_new(f->measure, "half_seen", json_true());
}

static void open_draft(struct alike *g, struct derive *d,
		       const struct session_view *v, const struct hop_tail *t)
{
	const char *from = v->flow[t->from].point->name;
	const char *to = v->flow[t->to].point->name;
	struct draft *f = draft_new(d, "stop.middlebox", SEV_HIGH, 70);
	char what[WORDS];

	g->draft = f;
	draft_text(f,
		   "From frame %llu at %s on (%s), all %llu packets from %s "
		   "are seen at %s and none at %s, although %llu of the "
		   "same session had passed before.",
		   (unsigned long long)t->first_after.near.frame, from,
		   words_packet(v, &t->first_after, what),
		   (unsigned long long)t->after, words_dir(g->dir), from, to,
		   (unsigned long long)(t->delivered + t->unseen));
	ack_beyond(f, v, t);
	icmp_say_cause(f, d, v);
	draft_hop(f, derive_model(d), g->from_pos, g->to_pos);
	draft_place(f, "the device or devices between %s and %s", from, to);
	draft_next(f,
		   "look at the connection table and drop log of the device "
		   "between %s and %s at that time",
		   from, to);
	half_seen(f, v, t, g->dir);
	draft_session_filters(f, v);
}

static void say(struct draft *f, const struct session_view *v,
		const struct fact *k, const char *to)
{
	char what[WORDS];

	words_evidence(f, v, k, "%s, copy %u, does not come out at %s",
		       words_packet(v, k, what), k->e.copy, to);
}

/* What ARP says of that time. */
static void say_neighbours(struct alike *g, struct derive *d,
			   const struct session_view *v,
			   const struct hop_tail *t)
{
	struct resolve_while when = { g->from_pos, t->first_after.near.time_ns,
				      t->first_after.near.time_ns };

	claims_say_moved(g->draft, d, g->from_pos, g->to_pos, &when);
	resolve_session(g->draft, d, v, t->from, t->to, g->dir, when.from_ns,
			v->flow[t->from].row.last_ns);
}

static void add_cut(struct alikes *s, struct derive *d,
		    const struct session_view *v, const struct hop_tail *t,
		    int dir)
{
	struct alike *g = alike_of(s, v, t->from, t->to, dir);
	const char *to = v->flow[t->to].point->name;

	if (!g->draft)
		open_draft(g, d, v, t);
	/* the first session whole, of others where they end */
	for (size_t i = 0; i < t->after_kept.n && !(g->sessions && i); i++)
		say(g->draft, v, &t->after_kept.at[i], to);
	if (!g->sessions)
		say_neighbours(g, d, v, t);
	g->packets += t->after;
	alike_idle(g, rest_before(d, &v->flow[t->from].row,
				  t->first_after.near.time_ns));
	alike_add(g, v, t->from, t->first_after.near.time_ns);
	derive_claim_losses(d, v->row.id);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	if (!facts || v->row.proto != 6 || v->row.verdict == PAIR_AMBIGUOUS ||
	    session_unanswered(v) || was_reset_on_the_way(facts))
		return;
	for (int dir = 0; dir < 2; dir++) {
		for (size_t i = 0; i < facts->n_tails[dir]; i++) {
			const struct hop_tail *t = &facts->tail[dir][i];

			if (session_relayed(&v->row, t->from, t->to))
				continue; /* relay.c */
			if (is_cut(derive_model(d), v, t))
				add_cut(state, d, v, t, dir);
		}
	}
}

static void finish_cut(struct alike *g, const struct model *m)
{
	const char *from = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);
	char packets[TEXT_UNIT], who[WORDS];

	draft_title(g->draft,
		    "Nothing more of %s gets from %s to %s: %s packet%s lost",
		    alike_who(g, who), from, to,
		    text_count(g->packets, packets), plural(g->packets));
	json_object_set_new(g->draft->measure, "lost",
			    json_integer((json_int_t)g->packets));
	reset_tell_rest(g->draft, g->idle_ns, g->sessions);
	alike_tell(g, "end so", from);
}

static void finish(void *state, struct derive *d)
{
	alikes_finish(state, derive_model(d), finish_cut);
}

const struct rule_group rules_cut = { "cut", begin, session, finish };
