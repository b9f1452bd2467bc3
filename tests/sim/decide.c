/* What the captures of a run allow to know.
 *
 * What reached the far point is the packet or any copy made of it behind the
 * near point.
 *
 * DECIDABLE (only these count for recall, and for `undecided`):
 * - nothing within two captured windows' edges (guard()) and no other packet
 *   that twin_of() cannot tell from it and that fared otherwise;
 * - lost: where the far capture has no gaps, any kind that acknowledgements
 *   tell of, if its receiver sent anything later that was captured, or its sender
 *   sent it again, not too soon (too_soon(); a device that ends a connection leaves
 *   neither); all else,
 *   pure ACKs, RSTs and datagrams too, where absence shows it
 *   (absence_tells()); where the capture has gaps, only data
 *   whose hole a captured SACK shows before a later copy could fill it, and
 *   which was due while the capture was looking: a hole says that the receiver
 *   has not got it, not that a point which was blind then did not see it pass;
 * - unseen: what a later point captured, or data, SYN and FIN whose ACK was
 *   captured before another copy of it was sent;
 * - delivered: always.
 */
#include "tests/sim/decide.h"

#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

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
	const struct truth_pkt *t = unit_pkt(j, id);

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
		if (!unit_pkt(j, c)->at[u->p].pass)
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
	int64_t t = unit_pkt(j, u->id)->at[u->p].t;

	return t < j->first_t[u->q] + g || t > j->last_t[u->q] - g;
}

/* --- twins --- */

/* SACK that a snap length cuts proves nothing. */
static bool sack_kept(const struct judge *j, const struct truth_pkt *a, int p)
{
	uint32_t need = 14 + (j->s->point[p].vlan ? 4u : 0u) +
			(j->s->sess[a->sess]->v6 ? 40u : 20u) + 20 +
			(a->opts & O_TS ? 12u : 0u) + 4 + 8u * a->n_sack;

	return !j->s->point[p].snap || j->s->point[p].snap >= need;
}

static bool overlap(const struct truth_pkt *a, const struct truth_pkt *b)
{
	return (int32_t)(a->seq - seq_end(b)) < 0 &&
	       (int32_t)(b->seq - seq_end(a)) < 0;
}

static bool same_look(const struct judge *j, const struct truth_pkt *a,
		      const struct truth_pkt *b, int p, int q)
{
	bool sack = true;

	if (a->proto != IPPROTO_TCP)
		return a->pay_hash == b->pay_hash && a->len == b->len;
	if ((a->kind == K_ACK) != (b->kind == K_ACK))
		return false;
	if (a->kind != K_ACK)
		return overlap(a, b);
	if (sack_kept(j, a, p) && sack_kept(j, a, q) && sack_kept(j, b, p) &&
	    sack_kept(j, b, q))
		sack = a->n_sack == b->n_sack &&
		       !memcmp(a->sack, b->sack, sizeof a->sack);
	return sack && a->seq == b->seq && a->ack == b->ack && a->win == b->win;
}

bool twin_of(const struct judge *j, uint32_t x, uint32_t y, int p, int q)
{
	const struct truth_pkt *a = unit_pkt(j, x), *b = unit_pkt(j, y);
	bool id_kept = !j->s->sess[a->sess]->v6, ts = true;
	int lo = p < q ? p : q, hi = p < q ? q : p;
	int64_t apart = llabs(b->sent - a->sent);
	int64_t spread = 2 * (j->delay_max[p][q] - j->delay_min[p][q]) + MS +
			 2 * (j->s->point[p].clock.tick +
			      j->s->point[q].clock.tick);

	if (!same_look(j, a, b, p, q))
		return false;
	for (int i = lo + 1; i <= hi; i++) {
		id_kept &= !j->s->box[i].rewrite_id;
		ts &= !j->s->box[i].strip_ts;
	}
	if (ts && a->opts & b->opts & O_TS && a->tsval != b->tsval)
		return false;
	return !(id_kept && a->ip_id != b->ip_id) && apart <= spread;
}

enum expect unit_outcome(const struct judge *j, struct unit *u)
{
	bool passed = false, hidden = false;

	u->seen = 0;
	descend(j, u->id, u, &passed, &hidden);
	u->is = u->seen   ? E_DELIVERED
		: !passed ? E_LOST
		: hidden  ? E_OUTSIDE
			  : E_UNSEEN;
	return u->is;
}

/* Did another copy @c of the packet, made before the near point, fare otherwise? */
static bool copy_differs(const struct judge *j, const struct unit *u,
			 uint32_t c)
{
	struct unit o = { .id = c, .p = u->p, .q = u->q };

	return c != u->id && unit_pkt(j, c)->at[u->p].pass &&
	       unit_outcome(j, &o) != u->is;
}

/* Is there a twin that fared otherwise? */
static bool twin_differs(const struct judge *j, const struct unit *u)
{
	const struct truth_pkt *t = unit_pkt(j, u->id);
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
		     i < n && llabs(unit_pkt(j, at[i])->sent - t->sent) < SEC;
		     i += (size_t)step) {
			struct unit o = { .id = at[i], .p = u->p, .q = u->q };

			if (!twin_of(j, t->root, at[i], u->p, u->q))
				continue;
			if (unit_outcome(j, &o) != u->is || o.seen != u->seen ||
			    !!unit_pkt(j, at[i])->at[u->p].frame !=
				    !!t->at[u->p].frame)
				return true;
		}
	if (copy_differs(j, u, t->root))
		return true;
	for (uint32_t c = j->child[t->root]; c != UINT32_MAX; c = j->sibling[c])
		if (copy_differs(j, u, c))
			return true;
	return false;
}

/* --- proofs that a capture with gaps leaves --- */

/* The next other packet with bytes of @id that its host sent, or none. */
static uint32_t next_copy(const struct judge *j, uint32_t id, bool *earlier)
{
	const struct truth_pkt *t = unit_pkt(j, id);
	const uint32_t *at = j->roots[t->sess * 2 + t->way].at;
	size_t n = j->roots[t->sess * 2 + t->way].n;

	*earlier = false;
	for (size_t i = 0; i < n; i++) {
		const struct truth_pkt *o = unit_pkt(j, at[i]);

		if (at[i] == t->root || o->kind == K_ACK || o->kind == K_RST ||
		    !overlap(o, t))
			continue;
		if (at[i] > t->root)
			return at[i];
		*earlier = true;
	}
	return UINT32_MAX;
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

/* Was the far capture blind when the packet was due there? */
static bool due_in_gap(const struct judge *j, const struct unit *u)
{
	const struct point_cfg *q = &j->s->point[u->q];
	int64_t t = unit_pkt(j, u->id)->at[u->p].t;

	for (int k = 0; k < q->gaps; k++)
		if (t + j->delay_min[u->p][u->q] <= q->gap[k].to &&
		    t + j->delay_max[u->p][u->q] >= q->gap[k].from)
			return true;
	return false;
}

static bool hole_proven(const struct judge *j, const struct unit *u)
{
	const struct truth_pkt *x = unit_pkt(j, u->id);
	uint32_t delta = whole_delta(j, x->sess, x->way);
	bool earlier;
	uint32_t later = next_copy(j, u->id, &earlier);
	size_t n = j->roots[x->sess * 2 + !x->way].n;

	if (later == UINT32_MAX || earlier || x->kind != K_DATA ||
	    !unit_pkt(j, later)->at[u->p].frame || due_in_gap(j, u))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct truth_pkt *a = unit_pkt(
			j, j->roots[x->sess * 2 + !x->way].at[i]);

		if (a->sent > x->at[u->p].t + j->delay_max[u->p][u->q] &&
		    a->sent < unit_pkt(j, later)->sent &&
		    shows_hole(j, a, x, delta) &&
		    ((a->at[u->p].frame && sack_kept(j, a, u->p)) ||
		     (a->at[u->q].frame && sack_kept(j, a, u->q))))
			return true;
	}
	return false;
}

static bool ack_proves(const struct judge *j, const struct unit *u)
{
	const struct truth_pkt *x = unit_pkt(j, u->id);
	uint32_t delta = whole_delta(j, x->sess, x->way);
	bool earlier;
	uint32_t later = next_copy(j, u->id, &earlier);
	size_t n = j->roots[x->sess * 2 + !x->way].n;

	if (x->kind == K_ACK || x->kind == K_RST || x->kind == K_DATAGRAM ||
	    earlier)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct truth_pkt *a = unit_pkt(
			j, j->roots[x->sess * 2 + !x->way].at[i]);

		if (!(a->flags & F_ACK) || a->flags & F_RST ||
		    (int32_t)(a->ack - delta - seq_end(x)) < 0)
			continue;
		if (later == UINT32_MAX) {
			for (int p = 0; p < j->s->n_points; p++)
				if (a->at[p].frame)
					return true;
		} else if (a->at[u->p].frame &&
			   a->at[u->p].t < unit_pkt(j, later)->sent) {
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

		if (unit_outcome(j, &v) == E_DELIVERED)
			return true;
	}
	return false;
}

/* --- absence --- */

/* Nobody tells the tool that a capture has no gaps.  One that missed packets at
 * the rate r at which those are absent of which nothing else tells would have
 * missed none of n proven to pass it with a probability of exp(-n r); a hop
 * that lost at this rate would have lost none of d that acknowledgements tell
 * of with exp(-d r).  The design asks for a posterior of 0.99: odds of 99. */
static bool absence_tells(const struct judge *j, const struct unit *u)
{
	double open = (double)j->shown[u->p][u->q].open;
	double rate = open > 0 ? (double)j->shown[u->p][u->q].absent / open : 1;
	double n = (double)j->proven[u->q];

	if (!j->shown[u->p][u->q].sure_lost)
		n -= (double)j->shown[u->p][u->q].sure;
	return n * rate >= log(99);
}

/* Was @later sent again before an answer to @u's packet had to be back?  A host
 * that sends again so soon may do so needlessly.  Only of use where the near
 * point does not see answers: at the far one it is not known how far away the
 * receiver is, so that what passes there so soon after the packet was due may have
 * left the receiver before it came; but for a hole that a SACK shows. */
static bool too_soon(const struct judge *j, const struct unit *u,
		     const struct truth_pkt *later)
{
	const struct truth_pkt *x = unit_pkt(j, u->id);
	int64_t due = x->at[u->p].t + j->delay_max[u->p][u->q];
	int64_t again = later->at[u->q].frame
				? later->at[u->q].t
				: later->sent + j->delay_min[u->p][u->q];

	return j->s->point[u->p].only_way == x->way && again - due < 100 * MS &&
	       !hole_proven(j, u);
}

/* Did the hosts do anything after it from which its loss may be seen? */
static bool has_effect(const struct judge *j, const struct unit *u)
{
	const struct truth_pkt *x = unit_pkt(j, u->id);
	const uint32_t *at = j->roots[x->sess * 2 + !x->way].at;
	size_t n = j->roots[x->sess * 2 + !x->way].n;
	bool earlier;
	uint32_t later = next_copy(j, u->id, &earlier);

	if (x->kind != K_DATA && x->kind != K_SYN && x->kind != K_FIN)
		return false;
	if (later != UINT32_MAX)
		return !too_soon(j, u, unit_pkt(j, later));
	for (size_t i = 0; i < n; i++) {
		const struct truth_pkt *a = unit_pkt(j, at[i]);

		if (!a->injected && a->sent > x->at[u->p].t &&
		    (a->at[u->p].frame || a->at[u->q].frame))
			return true;
	}
	return false;
}

static bool lost_decidable(const struct judge *j, const struct unit *u)
{
	if (gappy(j, u->q))
		return hole_proven(j, u);
	return has_effect(j, u) || absence_tells(j, u);
}

void unit_expect(const struct judge *j, struct unit *u)
{
	unit_outcome(j, u);
	u->edge = near_edge(j, u);
	u->twin = twin_differs(j, u);
	switch (u->is) {
	case E_DELIVERED:
		u->decidable = !u->twin;
		break;
	case E_LOST:
		u->decidable = !u->twin && !u->edge && lost_decidable(j, u);
		break;
	case E_UNSEEN:
		u->decidable = !u->twin && !u->edge &&
			       (later_point(j, u) || ack_proves(j, u));
		break;
	default:
		u->decidable = false;
	}
}
