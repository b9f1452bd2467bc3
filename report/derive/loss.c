/* loss.path, loss.mtu, loss.ack: what vanishes on a hop, per way.
 *
 * Counts come from every session's figures, frames from the sessions that were
 * swept.  Losses that a stop.* finding explains are left out.
 *
 * loss.mtu (algorithms.md D.3) wants: nothing above a size delivered, at least
 * MTU_LOST losses above it of at least two different ranges, at least
 * MTU_BELOW deliveries below it; or a router's word, of a limit that lies
 * between what passed and what did not.  With one range only, the size is said in
 * loss.path as something that fits but is not proven.
 *
 * Datagrams that travelled in fragments are counted beside them, since one lost
 * fragment loses the whole.
 *
 * Severity: what breaks or visibly slows sessions is high: a range that never
 * arrived, a lost SYN, or a percent and more of data; from 0.1 % medium.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/icmp.h"

#define MTU_LOST 3
#define MTU_BELOW 5
#define HIGH_SHARE 0.01
#define MEDIUM_SHARE 0.001
#define BROKEN_NAMED 5

struct kept_loss { /* a frame to show */
	struct fact fact;
	int64_t session, from_point;
	uint32_t copies; /* lost of this range */
	char what[WORDS], who[WORDS];
};

struct lost_way {             /* one hop and way */
	int from_pos, to_pos; /* in the direction of travel */
	uint64_t by_kind[KINDS][FATES];
	uint64_t by_basis[4];
	uint64_t sessions, injured; /* with loss; with a range never seen */
	uint32_t max_delivered, min_lost, max_lost; /* IP total length, data */
	struct VEC(struct kept_loss) kept;
	uint64_t ranges; /* different data ranges lost */
	/* of datagrams in fragments (fragments.h), in the sessions swept */
	uint64_t datagrams, datagrams_lost, pieces_lost, overlapping;
	struct VEC(struct lost_datagram) broken;
	/* "fragmentation needed" that was captured; NULL: none */
	const struct message_row *told;
	const struct point_row *told_at;
	bool told_near; /* the point nearest to the sender has it */
};

struct loss {
	struct VEC(struct lost_way) ways;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct loss));
}

static struct lost_way *way_of(struct loss *l, int from, int to)
{
	struct lost_way *w;

	for (size_t i = 0; i < l->ways.n; i++)
		if (l->ways.at[i].from_pos == from &&
		    l->ways.at[i].to_pos == to)
			return &l->ways.at[i];
	w = VEC_PUSH(&l->ways);
	*w = (struct lost_way){ .from_pos = from,
				.to_pos = to,
				.min_lost = UINT32_MAX };
	return w;
}

/* Figures of one hop and session direction onto its way. */
static void add_figures(struct loss *l, const struct hop_figures *h,
			const struct hop_way *in, bool backwards)
{
	struct lost_way *w = way_of(l, backwards ? h->to_pos : h->from_pos,
				    backwards ? h->from_pos : h->to_pos);

	for (int k = 0; k < KINDS; k++)
		for (int f = 0; f < FATES; f++)
			w->by_kind[k][f] += in->by_kind[k][f];
	w->sessions += in->tx.n[FATE_LOST] > 0;
	if (in->max_delivered > w->max_delivered)
		w->max_delivered = in->max_delivered;
	if (in->min_lost && in->min_lost < w->min_lost)
		w->min_lost = in->min_lost;
	if (in->max_lost > w->max_lost)
		w->max_lost = in->max_lost;
}

static bool same_range(const struct fact *a, const struct fact *b)
{
	return a->dir == b->dir && a->from == b->from && a->to == b->to &&
	       a->e.kind == b->e.kind &&
	       a->near.seq64 + a->e.off == b->near.seq64 + b->e.off;
}

static void keep_loss(struct lost_way *w, const struct session_view *v,
		      const struct fact *k)
{
	struct kept_loss *x;
	bool first_of_range = true;

	w->by_basis[k->e.basis & 3]++;
	for (size_t i = w->kept.n; i-- > 0;) {
		if (w->kept.at[i].session != v->row.id)
			break;
		if (same_range(&w->kept.at[i].fact, k)) {
			first_of_range = false;
			w->kept.at[i].copies++;
		}
	}
	w->ranges += first_of_range && k->e.kind == KIND_DATA;
	if (w->kept.n >= DRAFT_EVIDENCE)
		return;
	x = VEC_PUSH(&w->kept);
	*x = (struct kept_loss){ .fact = *k,
				 .session = v->row.id,
				 .copies = 1,
				 .from_point = fact_from(v, k)->id };
	words_packet(v, k, x->what);
	words_session(v, (size_t)k->from, x->who);
}

static void add_fragments(struct lost_way *w, const struct fragments *f)
{
	w->datagrams += f->datagrams;
	w->datagrams_lost += f->lost;
	w->pieces_lost += f->pieces_lost;
	w->overlapping += f->overlapping;
	for (size_t i = 0; i < f->kept.n && w->broken.n < BROKEN_NAMED; i++)
		*VEC_PUSH(&w->broken) = f->kept.at[i];
}

/* Was the sender told that its packets are too big? */
static void add_told(struct lost_way *w, const struct derive *d,
		     const struct session_view *v, int dir)
{
	int near = session_near_flow(v, dir);

	for (int i = 0; i < (int)v->row.n_flows; i++) {
		const struct message_row *m = icmp_too_big(d, v, i);

		if (!m || (w->told && i != near))
			continue;
		w->told = m;
		w->told_at = v->flow[i].point;
		w->told_near |= i == near;
	}
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct loss *l = state;
	bool last = v->row.client_end == 1;

	if (v->row.verdict == PAIR_AMBIGUOUS ||
	    derive_losses_claimed(d, v->row.id))
		return;
	for (size_t i = 0; i < v->figures.n; i++)
		for (int dir = 0; dir < 2; dir++)
			if (v->figures.hop[i].way[dir].tx.n[FATE_LOST])
				add_figures(l, &v->figures.hop[i],
					    &v->figures.hop[i].way[dir],
					    (dir == 1) != last);
	for (size_t i = 0; facts && i < facts->lost.n; i++) {
		const struct fact *k = &facts->lost.at[i];

		keep_loss(way_of(l, v->row.flows[k->from].point_pos,
				 v->row.flows[k->to].point_pos),
			  v, k);
	}
	for (int dir = 0; facts && dir < 2; dir++) {
		for (size_t i = 0; i < facts->n_tails[dir]; i++) {
			const struct hop_tail *t = &facts->tail[dir][i];

			if (t->after && t->first_after.e.kind == KIND_DATA)
				way_of(l, v->row.flows[t->from].point_pos,
				       v->row.flows[t->to].point_pos)
					->injured++;
			if (t->lost)
				add_told(way_of(l,
						v->row.flows[t->from].point_pos,
						v->row.flows[t->to].point_pos),
					 d, v, dir);
			if (t->fragments.pieces_lost)
				add_fragments(
					way_of(l,
					       v->row.flows[t->from].point_pos,
					       v->row.flows[t->to].point_pos),
					&t->fragments);
		}
	}
}

/* The case's figures of the way: those of all sessions. */
static const struct hop_way *all_of(const struct model *m,
				    const struct lost_way *w)
{
	int first = w->from_pos < w->to_pos ? w->from_pos : w->to_pos;
	int last = w->from_pos < w->to_pos ? w->to_pos : w->from_pos;

	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];

		if (h->from_pos == first && h->to_pos == last)
			return &h->way[w->from_pos > w->to_pos];
	}
	return NULL;
}

/* All that entered: the share needs all sessions. */
static uint64_t entered(const struct model *m, const struct lost_way *w,
			enum fate_kind kind)
{
	const struct hop_way *x = all_of(m, w);
	uint64_t n = 0;

	for (int f = FATE_DELIVERED; x && f <= FATE_UNDECIDED; f++)
		n += x->by_kind[kind][f];
	return n;
}

static uint64_t lost(const struct lost_way *w, enum fate_kind k)
{
	return w->by_kind[k][FATE_LOST];
}

static bool looks_like_mtu(const struct lost_way *w)
{
	return lost(w, KIND_DATA) >= MTU_LOST &&
	       w->max_delivered < w->min_lost && w->min_lost != UINT32_MAX &&
	       w->max_delivered > 0;
}

/* A router said so, and its limit lies between what passed and what did not. */
static bool told_mtu(const struct lost_way *w)
{
	int64_t mtu = w->told ? w->told->m.msg_id : 0;

	return w->told && lost(w, KIND_DATA) && w->max_delivered &&
	       w->max_delivered < w->min_lost && w->min_lost != UINT32_MAX &&
	       (!mtu || (mtu >= w->max_delivered && mtu < w->min_lost));
}

static bool proven_mtu(const struct model *m, const struct lost_way *w)
{
	uint64_t below = entered(m, w, KIND_DATA) - lost(w, KIND_DATA);

	return told_mtu(w) ||
	       (looks_like_mtu(w) && w->ranges >= 2 && below >= MTU_BELOW);
}

static enum severity severity_of(const struct model *m,
				 const struct lost_way *w)
{
	uint64_t data = lost(w, KIND_DATA) + lost(w, KIND_DATAGRAM);
	uint64_t all = entered(m, w, KIND_DATA) + entered(m, w, KIND_DATAGRAM);
	double share = all ? (double)data / (double)all : 0;

	if (w->injured || lost(w, KIND_SYN) || share >= HIGH_SHARE)
		return SEV_HIGH;
	return share >= MEDIUM_SHARE ? SEV_MEDIUM : SEV_LOW;
}

static void kinds_text(struct draft *f, const struct model *m,
		       const struct lost_way *w)
{
	static const char *const plural[KINDS] = {
		"data segments", "pure ACKs", "SYNs",
		"FINs",          "RSTs",      "datagrams"
	};
	struct text t = { 0 };
	char share[WORDS];
	json_t *kinds = json_object();

	for (int k = 0; k < KINDS; k++) {
		if (!lost(w, (enum fate_kind)k))
			continue;
		text_add(&t, "%s%s: %s", t.n ? "; " : "", plural[k],
			 words_share(lost(w, (enum fate_kind)k),
				     entered(m, w, (enum fate_kind)k), share));
		json_object_set_new(
			kinds, fate_kind_name((enum fate_kind)k),
			json_integer((json_int_t)lost(w, (enum fate_kind)k)));
	}
	draft_text(f, "Lost of what entered: %s.", t.at ? t.at : "nothing");
	json_object_set_new(f->measure, "lost_by_kind", kinds);
	text_release(&t);
}

static void basis_text(struct draft *f, const struct lost_way *w)
{
	uint64_t proven = w->by_basis[BASIS_PROOF] + w->by_basis[BASIS_EFFECT];
	uint64_t all = 0;
	char n[TEXT_UNIT];

	for (int k = 0; k < KINDS; k++)
		all += lost(w, (enum fate_kind)k);
	if (proven)
		draft_text(f,
			   "%s of them %s proven: the receiver's "
			   "acknowledgements show the hole, or later copies "
			   "do.",
			   proven == all ? "All" : text_count(proven, n),
			   proven == 1 && all > 1 ? "is" : "are");
	if (w->by_basis[BASIS_ABSENCE])
		draft_against(f,
			      "%llu rest on absence alone: the far capture was "
			      "running, sees this direction and shows no gap, "
			      "but a receiving driver could have dropped them "
			      "below the capture.",
			      (unsigned long long)w->by_basis[BASIS_ABSENCE]);
}

static void add_frames(struct draft *f, const struct lost_way *w,
		       const struct model *m)
{
	const char *to = model_point_name(m, w->to_pos);

	for (size_t i = 0; i < w->kept.n; i++) {
		const struct kept_loss *x = &w->kept.at[i];

		draft_session(f, x->session);
		draft_evidence(f, x->from_point, x->fact.near_file,
			       x->fact.has_near ? x->fact.near.frame : 0,
			       x->fact.near.time_ns,
			       "%s of %s, copy %u: no counterpart at %s",
			       x->what, x->who, x->fact.e.copy, to);
	}
}

/* frame.number in {..} for each file that evidence lies in. */
static void add_frame_filters(struct draft *f)
{
	for (size_t i = 0; i < f->row.n_evidence; i++) {
		const struct evidence_row *e = &f->row.evidence[i];
		struct text t = { 0 };
		bool seen = false;

		for (size_t k = 0; k < i; k++)
			seen |= f->row.evidence[k].file == e->file;
		for (size_t k = i; !seen && k < f->row.n_evidence; k++) {
			const struct evidence_row *o = &f->row.evidence[k];

			if (o->file == e->file && o->frame)
				text_add(&t, "%s%llu", t.n ? ", " : "",
					 (unsigned long long)o->frame);
		}
		if (t.n)
			draft_filter(f, e->point, e->file,
				     "frame.number in {%s}", t.at);
		text_release(&t);
	}
}

static void title(struct draft *f, const struct model *m,
		  const struct lost_way *w)
{
	uint64_t data = lost(w, KIND_DATA), dgram = lost(w, KIND_DATAGRAM);
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	uint64_t all = 0, in = 0;
	char share[WORDS];

	for (int k = 0; k < KINDS; k++) {
		all += lost(w, (enum fate_kind)k);
		in += entered(m, w, (enum fate_kind)k);
	}
	if (w->ranges == 1 && data > 1 && data == all)
		draft_title(f,
			    "One segment never gets from %s to %s: all %llu "
			    "copies vanish",
			    from, to, (unsigned long long)data);
	else if (dgram && dgram == all && dgram == w->pieces_lost &&
		 w->datagrams_lost)
		draft_title(f,
			    "%s datagrams in fragments are lost between %s "
			    "and %s",
			    words_share(w->datagrams_lost, w->datagrams, share),
			    from, to);
	else if (dgram && dgram == all)
		draft_title(f, "%s datagrams vanish between %s and %s",
			    words_share(dgram, entered(m, w, KIND_DATAGRAM),
					share),
			    from, to);
	else
		draft_title(f, "%s packets vanish between %s and %s",
			    words_share(all, in, share), from, to);
}

static void size_text(struct draft *f, const struct lost_way *w)
{
	if (!looks_like_mtu(w))
		return;
	draft_text(f,
		   "Every lost data segment made an IP packet of %u bytes or "
		   "more, and every one that arrived made one of at most %u: a "
		   "limit on packet size (an MTU black hole) fits, but %s.",
		   w->min_lost, w->max_delivered,
		   w->ranges < 2 ? "one segment does not prove it"
				 : "too few arrived to prove it");
	json_object_set_new(f->measure, "min_lost_ip_bytes",
			    json_integer(w->min_lost));
	json_object_set_new(f->measure, "max_delivered_ip_bytes",
			    json_integer(w->max_delivered));
}

static void broken_text(struct text *t, const struct lost_datagram *x)
{
	text_puts(t, t->n ? "; " : "");
	if (x->missing == x->fragments)
		text_add(t, "all %u fragments of datagram %u", x->fragments,
			 x->id);
	else if (!x->number)
		text_add(t, "%u fragments of datagram %u", x->missing, x->id);
	else if (x->missing == 1)
		text_add(t, "fragment %u of %u of datagram %u (bytes %u to %u)",
			 x->number, x->fragments, x->id, x->from, x->to - 1);
	else
		text_add(t,
			 "%u of %u fragments of datagram %u, the first is "
			 "number %u",
			 x->missing, x->fragments, x->id, x->number);
}

/* Datagrams are what a program sent: one lost fragment loses the whole. */
static void fragments_text(struct draft *f, const struct lost_way *w)
{
	struct text t = { 0 };
	char share[WORDS];

	if (!w->pieces_lost)
		return;
	for (size_t i = 0; i < w->broken.n; i++)
		broken_text(&t, &w->broken.at[i]);
	draft_text(f,
		   "Of datagrams sent in fragments, %s are lost, by %llu "
		   "missing fragments: one loses the whole, and half a minute "
		   "later the receiver drops the rest.  Missing%s: %s.",
		   words_share(w->datagrams_lost, w->datagrams, share),
		   (unsigned long long)w->pieces_lost,
		   w->broken.n < w->datagrams_lost ? "Among them" : "They are",
		   t.at ? t.at : "");
	if (w->overlapping)
		draft_text(f,
			   "%llu datagrams have overlapping fragments, which "
			   "many receivers drop.",
			   (unsigned long long)w->overlapping);
	json_object_set_new(f->measure, "datagrams_in_fragments",
			    json_pack("{s:I, s:I, s:I}", "entered",
				      (json_int_t)w->datagrams, "lost",
				      (json_int_t)w->datagrams_lost,
				      "fragments_lost",
				      (json_int_t)w->pieces_lost));
	text_release(&t);
}

static void say_told(struct draft *f, const struct lost_way *w)
{
	char words[WORDS];

	if (!w->told)
		return;
	draft_text(
		f, "%s said so: %s, frame %llu at %s.  %s",
		w->told->name ? w->told->name : "A router",
		icmp_words(w->told, words),
		(unsigned long long)w->told->m.first_frame, w->told_at->name,
		w->told_near
			? "It came by the point nearest to the sender, which "
			  "does not heed it, or a filter behind that point "
			  "drops it."
			: "It never came by the point nearest to the sender: "
			  "something on the way back drops it.");
	draft_evidence(f, w->told_at->id, w->told->file, w->told->m.first_frame,
		       w->told->m.first_ns, "the ICMP error");
}

static void write_mtu(struct derive *d, const struct lost_way *w)
{
	const struct model *m = derive_model(d);
	struct draft *f = draft_new(d, "loss.mtu", SEV_HIGH, 80);
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);

	draft_title(f, "Packets over %u bytes never get from %s to %s",
		    w->max_delivered, from, to);
	draft_text(f,
		   "All %llu data segments that made IP packets of %u to %u "
		   "bytes were lost, every copy; everything up to %u bytes "
		   "arrived.  The path's MTU lies from %u to %u bytes%s",
		   (unsigned long long)lost(w, KIND_DATA), w->min_lost,
		   w->max_lost, w->max_delivered, w->max_delivered,
		   w->min_lost - 1,
		   w->told ? "."
			   : ", and no ICMP error that says so was seen.");
	say_told(f, w);
	kinds_text(f, m, w);
	basis_text(f, w);
	draft_hop(f, m, w->from_pos, w->to_pos);
	draft_between(f, m, w->from_pos, w->to_pos);
	draft_next(f, "let ICMP 'fragmentation needed' through, or clamp the "
		      "MSS on the way, or lower the MTU of the sender");
	add_frames(f, w, m);
	add_frame_filters(f);
}

static void write_loss(struct derive *d, const struct lost_way *w)
{
	const struct model *m = derive_model(d);
	bool acks_only = lost(w, KIND_ACK) > 0;
	struct draft *f;

	for (int k = 0; k < KINDS; k++)
		acks_only &= k == KIND_ACK || !lost(w, (enum fate_kind)k);
	f = draft_new(d, acks_only ? "loss.ack" : "loss.path",
		      acks_only ? SEV_LOW : severity_of(m, w),
		      acks_only ? 20 : 60 + (double)w->injured);
	title(f, m, w);
	kinds_text(f, m, w);
	size_text(f, w);
	fragments_text(f, w);
	basis_text(f, w);
	draft_hop(f, m, w->from_pos, w->to_pos);
	draft_between(f, m, w->from_pos, w->to_pos);
	draft_next(f,
		   "a capture at a place between %s and %s would halve the "
		   "stretch; error and drop counters of the devices there come "
		   "first",
		   model_point_name(m, w->from_pos),
		   model_point_name(m, w->to_pos));
	add_frames(f, w, m);
	add_frame_filters(f);
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)w->sessions));
}

static void finish(void *state, struct derive *d)
{
	struct loss *l = state;

	for (size_t i = 0; i < l->ways.n; i++) {
		struct lost_way *w = &l->ways.at[i];
		const struct hop_way *all = all_of(derive_model(d), w);

		/* what sessions without loss got through has passed, too */
		if (all && all->max_delivered > w->max_delivered)
			w->max_delivered = all->max_delivered;
		if (proven_mtu(derive_model(d), w))
			write_mtu(d, w);
		else
			write_loss(d, w);
		VEC_FREE(&w->kept);
		VEC_FREE(&w->broken);
	}
	VEC_FREE(&l->ways);
	free(l);
}

const struct rule_group rules_loss = { "loss", begin, session, finish };
