/* loss.path, loss.mtu, loss.policer, loss.burst, loss.ack: what is lost on a
 * hop, per way.  One of them for each: the most specific.
 *
 * Counts come from every session's figures, frames from the sessions that were
 * swept.  Losses that a stop.* finding explains are left out.
 *
 * loss.mtu requires: nothing above a size delivered, at least MTU_LOST losses
 * above it of at least two different ranges, at least MTU_BELOW deliveries
 * below it; or a router's error that names a limit between what passed and what
 * did not.  With one range only, loss.path mentions the size as something that
 * fits but is not proven.
 *
 * loss.policer requires that most losses are from sessions that lose like a
 * token bucket (policer.c), loss.burst that losses come in runs (runs.c).
 *
 * If some sessions lose and others, at the same time, do not, that is said
 * (split.c).
 *
 * If nothing at all got through for a while, that is said with what was lost in
 * it (outage.c).
 *
 * Fragmented datagrams are counted separately, since one lost fragment loses
 * the whole.
 *
 * What is lost on a hop or behind it, since the far capture may have missed it, is
 * a sentence of these, or a loss.path of its own (loss_astray.c).
 *
 * A lost reset leaves who should get it with a connection that is gone: where it goes
 * on with that a second later or more, that is said.
 *
 * Severity: what breaks or visibly slows sessions is high: a range that never
 * arrived, resets of three sessions that go on unaware, lost SYNs, a percent of data or more, or less if recovery takes
 * much of the sessions' time; from 0.1 % medium.  One packet is no share: it is
 * medium, unless making it good takes longer than a first timeout.  So is one SYN:
 * one that is lost for good is stop.path.
 */
#include "report/derive/loss.h"

#include <stdlib.h>
#include <string.h>

#define BROKEN_NAMED 5

#define INSISTS 3 /* copies in a size that was refused before */

#define UNAWARE_NS 1000000000ll

#define LOOKED 5000
#define LOSSY_MOST 100000 /* sessions that lose on a way, kept by number */

struct loss {
	unsigned looked; /* sessions of which a SYN was read */
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

/* Adds the figures of one hop and session direction to its way. */
static void add_figures(struct loss *l, int64_t session,
			const struct hop_figures *h, int dir, bool backwards)
{
	const struct hop_way *in = &h->way[dir];
	struct lost_way *w = way_of(l, backwards ? h->to_pos : h->from_pos,
				    backwards ? h->from_pos : h->to_pos);

	for (int k = 0; k < KINDS; k++)
		for (int f = 0; f < FATES; f++)
			w->by_kind[k][f] += in->by_kind[k][f];
	if (in->segments.n[FATE_LOST] > in->tx.n[FATE_LOST])
		w->joined_lost += in->segments.n[FATE_LOST] -
				  in->tx.n[FATE_LOST];
	w->sessions += in->tx.n[FATE_LOST] > 0;
	if (in->tx.n[FATE_LOST] && w->lossy.n < LOSSY_MOST)
		*VEC_PUSH(&w->lossy) = (struct split_lossy){
			.session = session, .lost = in->tx.n[FATE_LOST]
		};
	w->astray += in->astray;
	if (loss_is_one_way(h->way, dir)) {
		w->one_way++;
		w->one_way_lost += in->by_kind[KIND_DATAGRAM][FATE_LOST];
	}
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

/* Makes room for @k by the last one that is shown less well.  Return: false if
 * there is none. */
static bool drop_weaker(struct lost_way *w, const struct fact *k)
{
	size_t i = w->kept.n;

	while (i-- > 0)
		if (w->kept.at[i].fact.e.basis > k->e.basis)
			break;
	if (i == SIZE_MAX)
		return false;
	memmove(&w->kept.at[i], &w->kept.at[i + 1],
		(w->kept.n - i - 1) * sizeof *w->kept.at);
	w->kept.n--;
	return true;
}

static void keep_loss(struct lost_way *w, const struct session_view *v,
		      const struct fact *k)
{
	bool first_of_range = true;

	for (size_t i = w->kept.n; i-- > 0;) {
		if (w->kept.at[i].session != v->row.id)
			break;
		if (same_range(&w->kept.at[i].fact, k)) {
			first_of_range = false;
			w->kept.at[i].copies++;
		}
	}
	w->ranges += first_of_range && k->e.kind == KIND_DATA;
	if (k->e.kind == KIND_DATA && k->e.copy >= INSISTS && k->has_near &&
	    (uint32_t)(k->near.hdr_len + k->near.pay_len) > w->insisted)
		w->insisted = k->near.hdr_len + k->near.pay_len;
	if (w->kept.n < DRAFT_EVIDENCE || drop_weaker(w, k))
		*VEC_PUSH(&w->kept) = loss_kept(v, k);
}

/* Whoever does not get a reset holds a connection that is gone, and goes on with it
 * much later, as the point that has the reset shows. */
static void add_unaware(struct lost_way *w, const struct session_view *v,
			const struct fact *k)
{
	const struct part_dir *other = &v->flow[k->from].dir[!k->dir];
	int64_t ns;

	if (k->e.kind != KIND_RST || !k->has_near || !other->packets ||
	    w->unaware_last == v->row.id)
		return;
	ns = time_sub(other->last_ns, k->near.time_ns);
	if (ns < UNAWARE_NS)
		return;
	w->unaware++;
	w->unaware_last = v->row.id;
	w->unaware_ns = ns > w->unaware_ns ? ns : w->unaware_ns;
}

static void add_fragments(struct lost_way *w, const struct fragments *f)
{
	w->datagrams += f->datagrams;
	w->datagrams_lost += f->lost;
	w->pieces_lost += f->pieces_lost;
	w->rest_lost += f->rest_lost;
	w->rests += f->rests;
	w->overlapping += f->overlapping;
	for (size_t i = 0; i < f->kept.n && w->broken.n < BROKEN_NAMED; i++)
		*VEC_PUSH(&w->broken) = f->kept.at[i];
}

/* Was the sender told that its packets are too big? */
static void add_told(struct lost_way *w, const struct derive *d,
		     const struct session_view *v, int dir)
{
	int near = session_near_flow(v, dir);

	w->told_sessions += icmp_too_big(d, v, near, dir) != NULL;
	for (int i = 0; i < (int)v->row.n_flows; i++) {
		const struct message_row *m = icmp_too_big(d, v, i, dir);

		if (!m || (w->told && i != near))
			continue;
		w->told = m;
		w->told_at = v->flow[i].point;
		w->told_near |= i == near;
	}
}

static void add_policed(struct lost_way *w, const struct hop_tail *t)
{
	const struct policed *p = &t->policed;

	w->swept_lost += t->lost;
	w->judged += p->judged;
	w->inflated += p->inflated;
	if (!p->yes)
		return;
	w->policed++;
	w->policed_lost += t->lost;
	w->policed_judged += p->judged;
	w->policed_inflated += p->inflated;
	w->rate_bps += p->rate_bps;
	if (p->burst > w->burst)
		w->burst = p->burst;
}

/* Adds a hop and direction on which the session lost something. */
static void add_tail(struct loss *l, const struct derive *d,
		     const struct session_view *v, int dir,
		     const struct hop_tail *t, bool brief)
{
	struct lost_way *w = way_of(l, v->row.flows[t->from].point_pos,
				    v->row.flows[t->to].point_pos);

	for (int b = 0; b < 4; b++)
		w->by_basis[b] += t->by_basis[b];
	w->quoted += t->quoted;
	w->injured += t->after && t->first_after.e.kind == KIND_DATA;
	add_told(w, d, v, dir);
	if (t->fragments.pieces_lost)
		add_fragments(w, &t->fragments);
	if (!brief)
		add_policed(w, t);
	runs_tried(&w->losses,
		   t->delivered + t->lost + t->unseen + t->undecided, t->lost);
}

/* Gets the session's SYN as the point at @pos has it first. */
static bool syn_at(const struct derive *d, const struct session_view *v,
		   int pos, struct record *r)
{
	int64_t file;

	for (size_t k = 0; k < v->row.n_flows; k++)
		if (v->row.flows[k].point_pos == pos && v->flow[k].dir[0].syn &&
		    derive_record(d, &v->flow[k].row, 0, REC_SYN, r, &file))
			return true;
	return false;
}

/* Sessions that nobody swept have SYNs that passed: of LOOKED a record is read, if
 * their flows are there (SHOWN_LOSS has figures only). */
static void add_passed(struct loss *l, const struct derive *d,
		       const struct session_view *v)
{
	bool last = v->row.client_end == 1;
	struct record r;

	if (!v->flow || v->row.proto != 6 || l->looked == LOOKED)
		return;
	l->looked++;
	for (size_t i = 0; i < v->figures.n; i++) {
		const struct hop_figures *h = &v->figures.hop[i];
		int from = last ? h->to_pos : h->from_pos;
		int to = last ? h->from_pos : h->to_pos;

		if (syn_at(d, v, to, &r) && syn_at(d, v, from, &r))
			loss_syn_add(way_of(l, from, to), &r, false);
	}
}

static void add_syns(struct loss *l, const struct session_view *v,
		     const struct session_facts *facts)
{
	for (size_t i = 0; i < facts->syns.n; i++) {
		const struct fact *k = &facts->syns.at[i];

		if (k->has_near &&
		    (k->e.fate == FATE_LOST || k->e.fate == FATE_DELIVERED))
			loss_syn_add(way_of(l, v->row.flows[k->from].point_pos,
					    v->row.flows[k->to].point_pos),
				     &k->near, k->e.fate == FATE_LOST);
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
			if (v->figures.hop[i].way[dir].tx.n[FATE_LOST] ||
			    v->figures.hop[i].way[dir].astray)
				add_figures(l, v->row.id, &v->figures.hop[i],
					    dir, (dir == 1) != last);
	if (facts)
		add_syns(l, v, facts);
	else
		add_passed(l, d, v);
	for (size_t i = 0; facts && i < facts->lost.n; i++) {
		const struct fact *k = &facts->lost.at[i];

		struct lost_way *w = way_of(l, v->row.flows[k->from].point_pos,
					    v->row.flows[k->to].point_pos);

		keep_loss(w, v, k);
		add_unaware(w, v, k);
		runs_add(&w->losses, v->row.id, k);
		outage_add(&w->gone, v->row.id, k);
	}
	for (size_t i = 0; facts && i < facts->astray.n; i++) {
		const struct fact *k = &facts->astray.at[i];
		struct lost_way *w = way_of(l, v->row.flows[k->from].point_pos,
					    v->row.flows[k->to].point_pos);

		if (w->strays.n < DRAFT_EVIDENCE)
			*VEC_PUSH(&w->strays) = loss_kept(v, k);
	}
	for (int dir = 0; facts && dir < 2; dir++)
		for (size_t i = 0; i < facts->n_tails[dir]; i++)
			if (facts->tail[dir][i].lost)
				add_tail(l, d, v, dir, &facts->tail[dir][i],
					 facts->brief);
}

static void finish(void *state, struct derive *d)
{
	struct loss *l = state;

	for (size_t i = 0; i < l->ways.n; i++) {
		struct lost_way *w = &l->ways.at[i];
		const struct hop_way *all = loss_all_of(derive_model(d), w);

		/* sizes delivered in sessions without loss count, too */
		if (all && all->max_delivered > w->max_delivered)
			w->max_delivered = all->max_delivered;
		if (!loss_joined(derive_model(d), w))
			w->joined_lost = 0;
		loss_syn_turns(w);
		loss_frames_sort(w);
		loss_find_outage(derive_model(d), w);
		loss_find_split(derive_model(d), w);
		runs_judge(&w->losses, w->max_delivered, &w->runs);
		if (!loss_all(w))
			loss_write_astray(d, w);
		else if (loss_is_mtu(derive_model(d), w))
			loss_write_mtu(d, w);
		else
			loss_write(d, w);
		runs_release(&w->losses);
		outage_release(&w->outage);
		split_release(&w->split);
		VEC_FREE(&w->lossy);
		VEC_FREE(&w->gone.at);
		VEC_FREE(&w->kept);
		VEC_FREE(&w->strays);
		VEC_FREE(&w->broken);
		VEC_FREE(&w->syns);
	}
	VEC_FREE(&l->ways);
	free(l);
}

const struct rule_group rules_loss = { "loss", begin, session, finish };
