/* Fates: for every packet that a point captured and every hop that the tool
 * gives it, what was said against what happened.
 *
 * The unit is the physical packet: a super-segment is judged once for each
 * packet it stands for, by the narrowest line that covers it.  What reached
 * the far point is the packet or any copy made of it behind the near point.
 *
 * DECIDABLE (only these count for recall, and for `undecided`):
 * - nothing within two captured windows' edges (guard()) and no other packet
 *   that twin_of() cannot tell from it and that fared otherwise;
 * - lost: any kind where the far capture has no gaps; where it has, only data
 *   whose hole a captured SACK shows before a later copy could fill it;
 * - unseen: what a later point captured, or data, SYN and FIN whose ACK was
 *   captured before another copy of it was sent;
 * - delivered: always.
 * A claim of `lost` or `unseen` that is not true is wrong whether decidable or
 * not, unless it merely names the wrong one of packets that are twins.
 */
#include "tests/sim/judge.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum expect { E_DELIVERED, E_LOST, E_UNSEEN, E_OUTSIDE };

struct unit {               /* a packet on the way from p to q */
	uint32_t id;
	int p, q;
	enum expect is;
	bool decidable, twin, edge;
	int seen;                   /* copies captured at q */
	uint32_t far[8];            /* their frames, the first ones */
};

static const struct truth_pkt *pkt(const struct judge *j, uint32_t id)
{
	return &j->s->truth.at[id];
}

static bool gappy(const struct judge *j, int p)
{
	return j->s->point[p].drop_ppm || j->s->point[p].gaps;
}

/* Sum of what boxes add to sequence numbers of @way. */
static uint32_t whole_delta(const struct judge *j, uint32_t sess, int way)
{
	uint32_t d = 0;

	for (int i = 0; i < j->s->n_segs; i++)
		d += j->s->sess[sess]->dseq[i][way];
	return d;
}

static uint32_t seq_end(const struct truth_pkt *t)
{
	return t->seq + t->len + !!(t->flags & (F_SYN | F_FIN));
}

/* --- what happened --- */

static void descend(const struct judge *j, uint32_t id, struct unit *u,
		    bool *passed, bool *hidden)
{
	const struct truth_pkt *t = pkt(j, id);

	if (t->at[u->q].pass) {
		*passed = true;
		*hidden |= t->at[u->q].pass == PASS_WINDOW ||
			   t->at[u->q].pass == PASS_ONEWAY;
	}
	if (t->at[u->q].frame) {
		if (u->seen < 8)
			u->far[u->seen] = t->at[u->q].frame;
		u->seen++;
	}
	for (uint32_t c = j->child[id]; c != UINT32_MAX; c = j->sibling[c])
		if (!pkt(j, c)->at[u->p].pass)
			descend(j, c, u, passed, hidden);
}

static int64_t guard(const struct judge *j, int p, int q)
{
	return 100 * MS + 2 * (j->delay_max[p][q] + j->delay_max[q][p]) +
	       2 * (j->s->point[p].clock.tick + j->s->point[q].clock.tick);
}

static bool near_edge(const struct judge *j, const struct unit *u)
{
	int64_t g = guard(j, u->p, u->q);
	int64_t t = pkt(j, u->id)->at[u->p].t;

	return t < j->first_t[u->q] + g || t > j->last_t[u->q] - g;
}

/* --- twins --- */

static bool overlap(const struct truth_pkt *a, const struct truth_pkt *b)
{
	return (int32_t)(a->seq - seq_end(b)) < 0 &&
	       (int32_t)(b->seq - seq_end(a)) < 0;
}

static bool same_look(const struct truth_pkt *a, const struct truth_pkt *b)
{
	if (a->proto != IPPROTO_TCP)
		return a->pay_hash == b->pay_hash && a->len == b->len;
	if ((a->kind == K_ACK) != (b->kind == K_ACK))
		return false;
	if (a->kind != K_ACK)
		return overlap(a, b);
	return a->seq == b->seq && a->ack == b->ack && a->win == b->win &&
	       a->n_sack == b->n_sack &&
	       !memcmp(a->sack, b->sack, sizeof a->sack);
}

bool twin_of(const struct judge *j, uint32_t x, uint32_t y, int p, int q)
{
	const struct truth_pkt *a = pkt(j, x), *b = pkt(j, y);
	bool id_kept = !j->s->sess[a->sess]->v6, ts = true;
	int lo = p < q ? p : q, hi = p < q ? q : p;
	int64_t apart = llabs(b->sent - a->sent);
	int64_t spread = 2 * (j->delay_max[p][q] - j->delay_min[p][q]) + MS +
			 2 * (j->s->point[p].clock.tick +
			      j->s->point[q].clock.tick);

	if (!same_look(a, b))
		return false;
	for (int i = lo + 1; i <= hi; i++) {
		id_kept &= !j->s->box[i].rewrite_id;
		ts &= !j->s->box[i].strip_ts;
	}
	if (ts && a->opts & b->opts & O_TS && a->tsval != b->tsval)
		return false;
	return !(id_kept && a->ip_id != b->ip_id) && apart <= spread;
}

static enum expect outcome(const struct judge *j, struct unit *u)
{
	bool passed = false, hidden = false;

	u->seen = 0;
	descend(j, u->id, u, &passed, &hidden);
	return u->seen ? E_DELIVERED : !passed ? E_LOST :
	       hidden	? E_OUTSIDE : E_UNSEEN;
}

/* Is there a twin that fared otherwise? */
static bool twin_differs(const struct judge *j, const struct unit *u)
{
	const struct truth_pkt *t = pkt(j, u->id);
	size_t n = j->roots[t->sess * 2 + t->way].n, i;
	const uint32_t *at = j->roots[t->sess * 2 + t->way].at;
	size_t lo = 0, hi = n;

	while (lo < hi) { /* first root not before this one's */
		size_t mid = (lo + hi) / 2;

		if (at[mid] < t->root)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (int step = -1; step <= 1; step += 2)
		for (i = lo + (step > 0 ? 1 : 0) - (step < 0 ? 1 : 0);
		     i < n && llabs(pkt(j, at[i])->sent - t->sent) < SEC;
		     i += (size_t)step) {
			struct unit o = { .id = at[i], .p = u->p, .q = u->q };

			if (!twin_of(j, t->root, at[i], u->p, u->q))
				continue;
			if (outcome(j, &o) != u->is ||
			    o.seen != u->seen ||
			    !!pkt(j, at[i])->at[u->p].frame !=
				    !!t->at[u->p].frame)
				return true;
		}
	/* copies of the same packet made before the near point */
	if (t->root != u->id || j->child[u->id] != UINT32_MAX)
		for (uint32_t c = j->child[t->root]; c != UINT32_MAX;
		     c = j->sibling[c]) {
			struct unit o = { .id = c, .p = u->p, .q = u->q };

			if (c != u->id && pkt(j, c)->at[u->p].pass &&
			    outcome(j, &o) != u->is)
				return true;
		}
	return false;
}

/* --- proofs that a capture with gaps leaves --- */

/* The next other packet with bytes of @id that its host sent, or none. */
static uint32_t next_copy(const struct judge *j, uint32_t id, bool *earlier)
{
	const struct truth_pkt *t = pkt(j, id);
	const uint32_t *at = j->roots[t->sess * 2 + t->way].at;
	size_t n = j->roots[t->sess * 2 + t->way].n;

	*earlier = false;
	for (size_t i = 0; i < n; i++) {
		const struct truth_pkt *o = pkt(j, at[i]);

		if (at[i] == t->root || o->kind == K_ACK || o->kind == K_RST ||
		    !overlap(o, t))
			continue;
		if (at[i] > t->root)
			return at[i];
		*earlier = true;
	}
	return UINT32_MAX;
}

/* SACK that a snap length cuts proves nothing. */
static bool sack_kept(const struct judge *j, const struct truth_pkt *a, int p)
{
	uint32_t need = 14 + (j->s->point[p].vlan ? 4u : 0u) +
			(j->s->sess[a->sess]->v6 ? 40u : 20u) + 20 +
			(a->opts & O_TS ? 12u : 0u) + 4 + 8u * a->n_sack;

	return !j->s->point[p].snap || j->s->point[p].snap >= need;
}

static bool shows_hole(const struct judge *j, const struct truth_pkt *a,
		       const struct truth_pkt *x, uint32_t delta)
{
	if ((int32_t)(a->ack - delta - x->seq) > 0)
		return false;
	for (int i = 0; i < a->n_sack; i++)
		if ((int32_t)(a->sack[i][0] - delta - seq_end(x)) >= 0)
			return true;
	(void)j;
	return false;
}

static bool hole_proven(const struct judge *j, const struct unit *u)
{
	const struct truth_pkt *x = pkt(j, u->id);
	uint32_t delta = whole_delta(j, x->sess, x->way);
	bool earlier;
	uint32_t later = next_copy(j, u->id, &earlier);
	size_t n = j->roots[x->sess * 2 + !x->way].n;

	if (later == UINT32_MAX || earlier || x->kind != K_DATA ||
	    !pkt(j, later)->at[u->p].frame)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct truth_pkt *a =
			pkt(j, j->roots[x->sess * 2 + !x->way].at[i]);

		if (a->sent > x->at[u->p].t + j->delay_max[u->p][u->q] &&
		    a->sent < pkt(j, later)->sent && shows_hole(j, a, x, delta) &&
		    ((a->at[u->p].frame && sack_kept(j, a, u->p)) ||
		     (a->at[u->q].frame && sack_kept(j, a, u->q))))
			return true;
	}
	return false;
}

static bool ack_proves(const struct judge *j, const struct unit *u)
{
	const struct truth_pkt *x = pkt(j, u->id);
	uint32_t delta = whole_delta(j, x->sess, x->way);
	bool earlier;
	uint32_t later = next_copy(j, u->id, &earlier);
	size_t n = j->roots[x->sess * 2 + !x->way].n;

	if (x->kind == K_ACK || x->kind == K_RST || x->kind == K_DATAGRAM ||
	    earlier)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct truth_pkt *a =
			pkt(j, j->roots[x->sess * 2 + !x->way].at[i]);

		if (!(a->flags & F_ACK) || a->flags & F_RST ||
		    (int32_t)(a->ack - delta - seq_end(x)) < 0)
			continue;
		if (later == UINT32_MAX) {
			for (int p = 0; p < j->s->n_points; p++)
				if (a->at[p].frame)
					return true;
		} else if (a->at[u->p].frame &&
			   a->at[u->p].t < pkt(j, later)->sent) {
			return true;
		}
	}
	return false;
}

static bool later_point(const struct judge *j, const struct unit *u)
{
	int step = u->q > u->p ? 1 : -1;

	for (int r = u->q + step; r >= 0 && r < j->s->n_points; r += step) {
		struct unit v = { .id = u->id, .p = u->p, .q = r };

		if (outcome(j, &v) == E_DELIVERED)
			return true;
	}
	return false;
}

static void expect(const struct judge *j, struct unit *u)
{
	u->is = outcome(j, u);
	u->edge = near_edge(j, u);
	u->twin = twin_differs(j, u);
	switch (u->is) {
	case E_DELIVERED:
		u->decidable = !u->twin;
		break;
	case E_LOST:
		u->decidable = !u->twin && !u->edge &&
			       (!gappy(j, u->q) || hole_proven(j, u));
		break;
	case E_UNSEEN:
		u->decidable = !u->twin && !u->edge &&
			       (later_point(j, u) || ack_proves(j, u));
		break;
	default:
		u->decidable = false;
	}
}

/* --- claims --- */

static void say(struct judge *j, const struct unit *u, const struct line *l,
		const char *what)
{
	static const char *const was[] = { "delivered", "lost", "unseen",
					   "outside" };
	static const char *const claim[] = { "delivered", "lost", "unseen",
					     "outside", "undecided",
					     "injected" };
	const struct truth_pkt *t = pkt(j, u->id);

	judge_complain(j, "%s: %s %s->%s frame %u (far %u, said %u) is %s, said"
			  " %s (%s); session %lld, packet %u%s%s",
		       what, kind_name(t->kind), j->s->point[u->p].name,
		       j->s->point[u->q].name, t->at[u->p].frame,
		       u->seen ? u->far[0] : 0, l->far_frame, was[u->is],
		       claim[l->claim], l->reason, (long long)l->session, u->id,
		       u->decidable ? "" : ", not decidable",
		       u->twin ? ", twin" : "");
}

static void judge_claim(struct judge *j, const struct unit *u,
			const struct line *l, int rate, int claim,
			enum expect truth)
{
	int kind = pkt(j, u->id)->kind;
	struct rate *r = &j->t->fate[rate][kind];
	bool said = l->claim == claim, is = u->is == truth;

	if (said && is) {
		r->right++;
		r->sure += u->decidable;
	} else if (said && !(u->twin && u->is != E_OUTSIDE) &&
		   !(rate == R_UNSEEN && u->is == E_OUTSIDE)) {
		r->wrong++;
		say(j, u, l, rate == R_LOST ? "false lost" : "false unseen");
	} else if (is && !said && u->decidable) {
		r->missed++;
		say(j, u, l, rate == R_LOST ? "missed lost" : "missed unseen");
	}
	if (rate == R_LOST && said && !j->s->lossy && !is) {
		j->t->false_lost++;
	}
}

static bool far_right(const struct judge *j, const struct unit *u,
		      const struct line *l)
{
	uint32_t root = pkt(j, u->id)->root;
	int n;
	const struct frame_pkt *f = index_frame(j, u->q, l->far_frame, &n);

	for (int i = 0; i < n; i++) {
		uint32_t r = pkt(j, f[i].pkt)->root;

		if (r == root || twin_of(j, r, root, u->p, u->q))
			return true;
	}
	return false;
}

/* The far frame of a resegmented line is the one that completes it: right
 * where it carries any packet of the near frame. */
static bool far_of_frame(struct judge *j, const struct unit *u,
			 const struct line *l)
{
	int n;
	const struct frame_pkt *f = index_frame(
		j, u->p, pkt(j, u->id)->at[u->p].frame, &n);

	for (int i = 0; i < n; i++) {
		struct unit o = { .id = f[i].pkt, .p = u->p, .q = u->q };

		if (far_right(j, &o, l))
			return true;
	}
	return false;
}

static void judge_unit(struct judge *j, struct unit *u, const struct line *l)
{
	const struct truth_pkt *t = pkt(j, u->id);
	struct rate *d = &j->t->fate[R_DUP][t->kind];
	bool dup;

	expect(j, u);
	dup = u->seen > 1;
	if (t->kind == K_DATA && u->decidable) {
		j->t->decidable_data++;
		if (l->claim == C_UNDECIDED) {
			j->t->undecided_data++;
			say(j, u, l, "undecided");
		}
	}
	judge_claim(j, u, l, R_LOST, C_LOST, E_LOST);
	judge_claim(j, u, l, R_UNSEEN, C_UNSEEN, E_UNSEEN);
	if (dup && l->duplicated) {
		d->right++;
		d->sure += !u->twin;
	} else if (dup && !u->twin && !l->duplicated) {
		d->missed++;
		say(j, u, l, "missed duplicate");
	} else if (!dup && l->duplicated && !u->twin &&
		   l->claim == C_DELIVERED) {
		d->wrong++;
		say(j, u, l, "false duplicate");
	}
	if (l->claim != C_DELIVERED)
		return;
	if (far_of_frame(j, u, l)) {
		j->t->matched++;
	} else {
		j->t->mismatched++;
		say(j, u, l, "wrong counterpart");
	}
}

/* Where in the near frame's payload does @l's range begin?  Lines without a
 * relative number are taken one after another, in the order said. */
static uint32_t line_start(const struct judge *j, const struct line *l,
			   const struct truth_pkt *first, uint32_t so_far)
{
	uint32_t iss = j->s->sess[first->sess]
			       ->iss[session_from(j->s->sess[first->sess],
						  first->way)];

	if (!l->rel_known)
		return so_far;
	return (uint32_t)l->rel_seq - (first->seq - iss);
}

/* All lines [l,l+n) say the fate of one frame on one hop. */
static void judge_frame(struct judge *j, const struct line *l, size_t n)
{
	int m;
	const struct frame_pkt *f = index_frame(j, l->from, l->frame, &m);
	const struct truth_pkt *first = m ? pkt(j, f->pkt) : NULL;

	if (!m) {
		judge_complain(j, "no frame %u at %s", l->frame,
			       j->s->point[l->from].name);
		j->t->shape++;
		return;
	}
	for (int i = 0; i < m; i++) {
		struct unit u = { .id = f[i].pkt, .p = l->from, .q = l->to };
		uint32_t off = pkt(j, f[i].pkt)->seq - first->seq, sum = 0;
		const struct line *best = n == 1 || m == 1 ? l : NULL;

		if (pkt(j, f[i].pkt)->way != l->way) {
			judge_complain(j, "frame %u at %s: wrong way", l->frame,
				       j->s->point[l->from].name);
			j->t->shape++;
			return;
		}
		for (size_t k = 0; k < n && m > 1; k++) {
			uint32_t at = line_start(j, &l[k], first, sum);

			sum += l[k].len;
			if (off - at < l[k].len &&
			    (!best || l[k].len < best->len || n == 1))
				best = &l[k];
		}
		if (best)
			judge_unit(j, &u, best);
	}
}

/* Seen at the far end only. */
static void judge_orphan(struct judge *j, const struct line *l)
{
	int n;
	const struct frame_pkt *f = index_frame(j, l->to, l->far_frame, &n);
	const struct truth_pkt *t = n ? pkt(j, f->pkt) : NULL;

	if (!t)
		return;
	if (l->claim == C_INJECTED && !t->injected) {
		j->t->false_injected++;
		judge_complain(j, "false injected: %s %s->%s far frame %u, "
				  "session %lld, packet %u",
			       kind_name(t->kind), j->s->point[l->from].name,
			       j->s->point[l->to].name, l->far_frame,
			       (long long)l->session, f->pkt);
	} else if (t->at[l->from].frame && n == 1 && l->claim != C_INJECTED) {
		struct unit u = { .id = f->pkt, .p = l->from, .q = l->to };

		expect(j, &u);
		if (u.twin || u.seen > 1)
			return;
		j->t->unmatched_far++;
		judge_complain(j, "far frame %u at %s has its counterpart %u at"
				  " %s, not found; %s, session %lld",
			       l->far_frame, j->s->point[l->to].name,
			       t->at[l->from].frame, j->s->point[l->from].name,
			       kind_name(t->kind), (long long)l->session);
	}
}

/* Every captured packet of a flow that has a hop must have its line. */
static void check_missing(struct judge *j, const uint8_t *said, int p)
{
	bool *hop = mem_zalloc(2 * j->s->n_sess + 1, sizeof *hop);

	for (size_t i = 0; i < j->s->frames[p].n; i++) {
		const struct frame_pkt *f = &j->s->frames[p].at[i];
		const struct truth_pkt *t = pkt(j, f->pkt);

		hop[t->sess * 2 + t->way] |= said[f->frame];
	}
	for (size_t i = 0; i < j->s->frames[p].n; i++) {
		const struct frame_pkt *f = &j->s->frames[p].at[i];
		const struct truth_pkt *t = pkt(j, f->pkt);

		if (said[f->frame] || !hop[t->sess * 2 + t->way])
			continue;
		j->t->no_line++;
		judge_complain(j, "no line for frame %u at %s (%s)", f->frame,
			       j->s->point[p].name, kind_name(t->kind));
	}
	free(hop);
}

void judge_fates(struct judge *j)
{
	uint8_t *said[SIM_POINTS];
	const struct line *l = j->a.line.at;

	for (int p = 0; p < j->s->n_points; p++)
		said[p] = mem_zalloc(j->n_frames[p] + 2, 1);
	for (size_t i = 0, n; i < j->a.line.n; i += n) {
		for (n = 1; i + n < j->a.line.n && l[i].frame &&
			    l[i + n].from == l[i].from &&
			    l[i + n].frame == l[i].frame &&
			    l[i + n].to == l[i].to;)
			n++;
		if (!l[i].frame) {
			judge_orphan(j, &l[i]);
			continue;
		}
		if (l[i].frame <= j->n_frames[l[i].from])
			said[l[i].from][l[i].frame] = 1;
		judge_frame(j, &l[i], n);
	}
	for (int p = 0; p < j->s->n_points; p++) {
		check_missing(j, said[p], p);
		free(said[p]);
	}
}
