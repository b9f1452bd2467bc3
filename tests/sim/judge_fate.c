/* Fates: for every packet that a point captured and every hop that the tool
 * gives it, what was said against what happened.
 *
 * The unit is the physical packet: a super-segment is judged once for each
 * packet it stands for, by the narrowest line that covers it.
 * decide.c says what happened and what is decidable; only that counts for
 * recall, and for `undecided`.
 *
 * A claim of `lost` or `unseen` that is not true is wrong whether decidable or
 * not, unless it merely names the wrong one of packets that are twins.
 */
#include "tests/sim/decide.h"

#include <stdlib.h>
#include <string.h>

/* --- claims --- */

static void say(struct judge *j, const struct unit *u, const struct line *l,
		const char *what)
{
	static const char *const was[] = { "delivered", "lost", "unseen",
					   "outside" };
	static const char *const claim[] = { "delivered", "lost",
					     "unseen",    "outside",
					     "undecided", "injected" };
	const struct truth_pkt *t = unit_pkt(j, u->id);

	judge_complain(j,
		       "%s: %s %s->%s frame %u (far %u, said %u) is %s, said"
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
	int kind = unit_pkt(j, u->id)->kind;
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
	uint32_t root = unit_pkt(j, u->id)->root;
	int n;
	const struct frame_pkt *f = index_frame(j, u->q, l->far_frame, &n);

	for (int i = 0; i < n; i++) {
		uint32_t r = unit_pkt(j, f[i].pkt)->root;

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
		j, u->p, unit_pkt(j, u->id)->at[u->p].frame, &n);

	for (int i = 0; i < n; i++) {
		struct unit o = { .id = f[i].pkt, .p = u->p, .q = u->q };

		if (far_right(j, &o, l))
			return true;
	}
	return false;
}

/* Do copies that the network made of a pure ACK look like another one that its
 * host sent beside it?  Where a box writes IP IDs anew they have different ones. */
static bool copies_differ(const struct judge *j, const struct unit *u)
{
	const struct truth_pkt *t = unit_pkt(j, u->id);
	int lo = u->p < u->q ? u->p : u->q, hi = u->p < u->q ? u->q : u->p;

	for (int i = lo + 1; i <= hi; i++)
		if (j->s->box[i].rewrite_id && t->kind == K_ACK &&
		    !j->s->sess[t->sess]->v6)
			return true;
	return false;
}

/* Was a copy that the far point has made before the near one, whose capture missed
 * it?  Then nobody can tell on which side of it. */
static bool copy_missed(const struct judge *j, const struct unit *u)
{
	uint32_t root = unit_pkt(j, u->id)->root, c;

	for (c = root; c != UINT32_MAX;
	     c = c == root ? j->child[root] : j->sibling[c]) {
		const struct truth_pkt *o = unit_pkt(j, c);

		if (c != u->id && o->at[u->q].frame &&
		    o->at[u->p].pass == PASS_DROPPED)
			return true;
	}
	return false;
}

/* Copies: of a frame as a whole, as its mark is.  @u is any of its packets,
 * @dup and @twin are over all of them. */
static void judge_copies(struct judge *j, const struct unit *u,
			 const struct line *l, bool dup, bool twin)
{
	struct rate *d = &j->t->fate[R_DUP][unit_pkt(j, u->id)->kind];

	if (dup && l->duplicated) {
		d->right++;
		d->sure += !twin;
	} else if (dup && !twin && !l->duplicated) {
		d->missed++;
		say(j, u, l, "missed duplicate");
	} else if (!dup && l->duplicated && !twin && l->claim == C_DELIVERED) {
		d->wrong++;
		say(j, u, l, "false duplicate");
	}
}

static void judge_unit(struct judge *j, struct unit *u, const struct line *l)
{
	const struct truth_pkt *t = unit_pkt(j, u->id);

	unit_expect(j, u);
	if (t->kind == K_DATA && u->decidable) {
		j->t->decidable_data++;
		if (l->claim == C_UNDECIDED) {
			j->t->undecided_data++;
			say(j, u, l, "undecided");
		}
	}
	judge_claim(j, u, l, R_LOST, C_LOST, E_LOST);
	judge_claim(j, u, l, R_UNSEEN, C_UNSEEN, E_UNSEEN);
	if (l->claim != C_DELIVERED)
		return;
	if (far_of_frame(j, u, l)) {
		j->t->matched++;
	} else {
		j->t->mismatched++;
		j->mismatched++;
		say(j, u, l, "wrong counterpart");
	}
}

/* Where in the near frame's payload does @l's range begin?  Lines without a
 * relative number are taken one after another, in the order said. */
static uint32_t line_start(const struct judge *j, const struct line *l,
			   const struct truth_pkt *first, uint32_t so_far)
{
	uint32_t iss = j->s->sess[first->sess]->iss[session_from(
		j->s->sess[first->sess], first->way)];

	if (!l->rel_known)
		return so_far;
	return (uint32_t)l->rel_seq - (first->seq - iss);
}

static bool is_over_relay(const struct judge *j, const struct line *l)
{
	int n;
	const struct frame_pkt *f = index_frame(j, l->from, l->frame, &n);

	return n && relay_between(j->s->sess[unit_pkt(j, f->pkt)->sess],
				  l->from, l->to);
}

/* All lines [l,l+n) say the fate of one frame on one hop. */
static void judge_frame(struct judge *j, const struct line *l, size_t n)
{
	int m;
	const struct frame_pkt *f = index_frame(j, l->from, l->frame, &m);
	const struct truth_pkt *first = m ? unit_pkt(j, f->pkt) : NULL;
	bool dup = false, twin = false;
	struct unit u;

	if (is_over_relay(j, l)) {
		judge_relayed(j, l, n);
		return;
	}
	if (!m) {
		judge_complain(j, "no frame %u at %s", l->frame,
			       j->s->point[l->from].name);
		j->t->shape++;
		return;
	}
	for (int i = 0; i < m; i++) {
		uint32_t off = unit_pkt(j, f[i].pkt)->seq - first->seq, sum = 0;
		const struct line *best = n == 1 || m == 1 ? l : NULL;

		if (unit_pkt(j, f[i].pkt)->way != l->way) {
			judge_complain(j, "frame %u at %s: wrong way", l->frame,
				       j->s->point[l->from].name);
			j->t->wrong_way++;
			return;
		}
		for (size_t k = 0; k < n && m > 1; k++) {
			uint32_t at = line_start(j, &l[k], first, sum);

			sum += l[k].len;
			if (off - at < l[k].len &&
			    (!best || l[k].len < best->len || n == 1))
				best = &l[k];
		}
		u = (struct unit){ .id = f[i].pkt, .p = l->from, .q = l->to };
		if (best)
			judge_unit(j, &u, best);
		dup |= u.seen > 1;
		twin |= u.twin || copies_differ(j, &u) || copy_missed(j, &u);
	}
	for (size_t k = 1; k < n && !l->duplicated; k++)
		if (l[k].duplicated)
			l += k;
	judge_copies(j, &u, l, dup, twin);
}

/* Seen at the far end only. */
static void judge_orphan(struct judge *j, const struct line *l)
{
	int n;
	const struct frame_pkt *f = index_frame(j, l->to, l->far_frame, &n);
	const struct truth_pkt *t = n ? unit_pkt(j, f->pkt) : NULL;

	if (!t)
		return;
	if (l->claim == C_INJECTED && !t->injected) {
		j->t->false_injected++;
		judge_complain(j,
			       "false injected: %s %s->%s far frame %u, "
			       "session %lld, packet %u",
			       kind_name(t->kind), j->s->point[l->from].name,
			       j->s->point[l->to].name, l->far_frame,
			       (long long)l->session, f->pkt);
	} else if (t->at[l->from].frame && n == 1 && l->claim != C_INJECTED) {
		struct unit u = { .id = f->pkt, .p = l->from, .q = l->to };

		unit_expect(j, &u);
		if (u.twin || u.seen > 1)
			return;
		j->t->unmatched_far++;
		judge_complain(j,
			       "far frame %u at %s has its counterpart %u at"
			       " %s, not found; %s, session %lld",
			       l->far_frame, j->s->point[l->to].name,
			       t->at[l->from].frame, j->s->point[l->from].name,
			       kind_name(t->kind), (long long)l->session);
	}
}

/* Every captured packet of a flow that has a hop must have its line; over a
 * relay (said 2) only bytes have. */
static void check_missing(struct judge *j, const uint8_t *said, int p)
{
	bool *hop = mem_zalloc(2 * j->s->n_sess + 1, sizeof *hop);

	for (size_t i = 0; i < j->s->frames[p].n; i++) {
		const struct frame_pkt *f = &j->s->frames[p].at[i];
		const struct truth_pkt *t = unit_pkt(j, f->pkt);

		hop[t->sess * 2 + t->way] |= said[f->frame] == 1;
	}
	for (size_t i = 0; i < j->s->frames[p].n; i++) {
		const struct frame_pkt *f = &j->s->frames[p].at[i];
		const struct truth_pkt *t = unit_pkt(j, f->pkt);

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
			said[l[i].from][l[i].frame] = is_over_relay(j, &l[i])
							      ? 2
							      : 1;
		judge_frame(j, &l[i], n);
	}
	for (int p = 0; p < j->s->n_points; p++) {
		check_missing(j, said[p], p);
		free(said[p]);
	}
	judge_relay_silence(j);
}
