/* Findings that a hop changes marks (ECN, classes of service), or that its route
 * changed, against the truth.
 *
 * Marks: for each two points, way and sort the truth counts packets that both
 * captured and that changed between them.  No more may be said: `most` counts
 * all, with those in frames of several packets, which the tool may count once or
 * not at all; `least` those that are alone in their frames at both, and of
 * sessions that the tool paired.  At neighbouring points only, for a span's
 * packets have several hops to be counted on; those of reversed time (a copy
 * for another) are none.
 *
 * Sessions that lose while others do not: judge_split().
 *
 * Routes: what is said must be so: on a hop where a route really moved within
 * what both captured.  By TTLs alone nothing else may be said; by the floor of
 * the round trip a queue that fills looks alike, so where there is one nothing
 * is held against it.  What must be said: a session that went on all the time on
 * both sides of a move of routers, or of so much delay that no jitter hides it.
 */
#include "tests/sim/decide.h"

#include <stdlib.h>

#include "base/time.h"

#define EDGE (2 * SEC)
#define HELD 20  /* packets on each side of a move of routers */
#define PIECES 8 /* of time on each side of a move of delay */
#define DENSE 24 /* packets each way in every piece */
#define FELT (5 * MS)

/* --- marks --- */

struct truth_marks {
	uint64_t least[MARKS], most[MARKS];
};

static bool is_alone(const struct judge *j, const struct truth_pkt *t, int p)
{
	int n;

	index_frame(j, p, t->at[p].frame, &n);
	return n == 1;
}

static unsigned changes_of(uint8_t was, uint8_t is)
{
	unsigned out = 0;

	if ((was ^ is) & ~3)
		out |= 1u << M_DSCP;
	if ((was ^ is) & 3)
		out |= (is & 3) == 3 && was & 3 ? 1u << M_CE : 1u << M_ECN;
	return out;
}

/* The one that @p captured: itself, or, of a copy made behind @p, its original. */
static const struct truth_pkt *seen_as(const struct judge *j,
				       const struct truth_pkt *t, int p)
{
	return t->at[p].pass ? t : &j->s->truth.at[t->root];
}

static void count_marks(const struct judge *j, int p, int q,
			struct truth_marks *m)
{
	*m = (struct truth_marks){ 0 };
	for (size_t i = 0; i < j->s->truth.n; i++) {
		const struct truth_pkt *t = &j->s->truth.at[i];
		const struct truth_pkt *near = seen_as(j, t, p);
		unsigned what;
		bool alone;

		if ((p > q) != t->way || !near->at[p].frame || !t->at[q].frame)
			continue;
		what = changes_of(near->at[p].tos, t->at[q].tos);
		if (!what)
			continue;
		alone = near == t && j->sure[t->sess] && is_alone(j, t, p) &&
			is_alone(j, t, q);
		for (int k = 0; k < MARKS; k++) {
			m->most[k] += what >> k & 1;
			m->least[k] += (what >> k & 1) && alone;
		}
	}
}

static int64_t said(const struct judge *j, int p, int q, int k)
{
	int64_t n = 0;

	for (size_t i = 0; i < j->a.change.n; i++) {
		const struct got_change *c = &j->a.change.at[i];

		if (!c->route && c->from == p && c->to == q)
			n += c->n[k];
	}
	return n;
}

static void judge_marks(struct judge *j, int p, int q)
{
	static const char *const name[MARKS] = { "DSCP", "CE", "ECN" };
	struct truth_marks m;

	count_marks(j, p, q, &m);
	for (int k = 0; k < MARKS; k++) {
		int64_t n = said(j, p, q, k);
		/* a wrong counterpart is counted as that alone */
		int64_t more = n - (int64_t)(m.most[k] + j->mismatched);
		int64_t fewer = (int64_t)m.least[k] - n;

		j->t->marks += m.most[k];
		if (more > 0)
			j->t->marks_more += (uint64_t)more;
		if (fewer > 0)
			j->t->marks_fewer += (uint64_t)fewer;
		if (more > 0 || fewer > (int64_t)m.least[k] / 20 + 1)
			judge_complain(j,
				       "%s changed %s->%s on %lld packets, "
				       "said %lld",
				       name[k], j->s->point[p].name,
				       j->s->point[q].name,
				       (long long)m.most[k], (long long)n);
	}
}

/* --- routes --- */

/* Moves of @way between points @p < @q, in routers and delay; the time of the
 * first. */
struct move {
	int64_t at, by;
	int hops;
	bool queue;   /* something else could look like it */
	bool returns; /* to the route of before: no floor that stays */
};

static void add_move(const struct judge *j, const struct way_cfg *c, int p,
		     int q, struct move *m)
{
	int64_t at = c->moved > 0 ? c->moved : c->back;

	m->queue |= c->rate != 0;
	if (!c->moved_by && !c->moved_hops)
		return;
	if (at < j->first_t[p] || at < j->first_t[q] || at > j->last_t[p] ||
	    at > j->last_t[q])
		return;
	m->at = at;
	m->by = c->moved_by;
	m->hops = c->moved_hops;
	m->returns = c->moved > 0 && c->back != NEVER;
}

static struct move move_of(const struct judge *j, int p, int q, int way)
{
	struct move m = { 0 };

	for (int i = p + 1; i <= q; i++)
		add_move(j, &j->s->way[i][way], p, q, &m);
	return m;
}

static void judge_said(struct judge *j, const struct got_change *c)
{
	struct move m[2] = { move_of(j, c->from, c->to, 0),
			     move_of(j, c->from, c->to, 1) };
	bool hops = m[0].hops || m[1].hops, by = m[0].by || m[1].by;
	int64_t moved = m[0].by + m[1].by;
	int64_t off = llabs(llabs(c->after - c->before) - moved);
	const char *wrong = NULL;

	if (c->by_ttl && !hops)
		wrong = "no number of routers changed";
	else if (c->by_floor && !by && !m[0].queue && !m[1].queue)
		wrong = "no delay changed";
	else if (c->by_floor && by && !m[0].queue && !m[1].queue &&
		 off > MS + moved / 5)
		wrong = "the delay changed by something else";
	if (!wrong)
		return;
	j->t->moves_false++;
	judge_complain(j,
		       "change.route %s-%s: %s: by TTL %lld, by floor %lld, "
		       "%lld to %lld us, truly %lld us and %d, %d routers",
		       j->s->point[c->from].name, j->s->point[c->to].name,
		       wrong, (long long)c->by_ttl, (long long)c->by_floor,
		       (long long)c->before / 1000, (long long)c->after / 1000,
		       (long long)moved / 1000, m[0].hops, m[1].hops);
}

/* Packets of session @e that both captured, around time @at: of each way before
 * and after, and in pieces of the time on each side. */
struct around {
	uint32_t n[2][2];
	uint32_t piece[2][2 * PIECES];
};

static void look_around(const struct judge *j, const struct session *e, int p,
			int q, int64_t at, struct around *a)
{
	int64_t lo = j->first_t[p], hi = j->last_t[p];

	*a = (struct around){ 0 };
	for (int way = 0; way < 2; way++)
		for (size_t i = 0; i < j->roots[e->id * 2 + (uint32_t)way].n;
		     i++) {
			const struct truth_pkt *t = unit_pkt(
				j, j->roots[e->id * 2 + (uint32_t)way].at[i]);
			int64_t when = t->at[p].t;
			bool after = when >= at;

			if (!t->at[p].frame || !t->at[q].frame ||
			    !is_alone(j, t, p) || !is_alone(j, t, q))
				continue;
			a->n[way][after]++;
			a->piece[way][after ? PIECES + (when - at) * PIECES /
							       (hi - at + 1)
					    : (when - lo) * PIECES /
						      (at - lo + 1)]++;
		}
}

static bool is_dense(const struct around *a)
{
	for (int k = 0; k < 2 * PIECES; k++)
		if (a->piece[0][k] < DENSE || a->piece[1][k] < DENSE)
			return false;
	return true;
}

/* Must it be seen in session @e? */
static bool shows(const struct judge *j, const struct session *e, int p, int q,
		  const struct move m[2])
{
	struct around a;
	int64_t by = m[0].by + m[1].by;
	int64_t trip = time_add(j->delay_min[p][q], j->delay_min[q][p]);

	for (int w = 0; w < 2; w++) {
		if (!m[w].at)
			continue;
		look_around(j, e, p, q, m[w].at, &a);
		if (m[w].hops && a.n[w][0] >= HELD && a.n[w][1] >= HELD)
			return true;
		if (!m[w].returns && by >= FELT && by > trip / 5 &&
		    is_dense(&a))
			return true;
	}
	return false;
}

static void judge_move(struct judge *j, int p, int q)
{
	struct move m[2] = { move_of(j, p, q, 0), move_of(j, p, q, 1) };
	bool must = false, is = false;

	for (int w = 0; w < 2; w++) /* to and fro, or at the edge: no duty */
		if (m[w].queue || (m[w].at && (m[w].at < j->first_t[p] + EDGE ||
					       m[w].at > j->last_t[p] - EDGE)))
			return;
	for (size_t i = 0; i < j->s->n_sess && !must; i++)
		must = shows(j, j->s->sess[i], p, q, m);
	if (!must)
		return;
	for (size_t i = 0; i < j->a.change.n; i++) {
		const struct got_change *c = &j->a.change.at[i];

		is |= c->route && c->from == p && c->to == q;
	}
	j->t->moves++;
	if (is)
		return;
	j->t->moves_missed++;
	judge_complain(j,
		       "change of route %s-%s at %.3f s not said: %lld us, %d, "
		       "%d routers",
		       j->s->point[p].name, j->s->point[q].name,
		       (double)(m[0].at ? m[0].at : m[1].at) / 1e9,
		       (long long)(m[0].by + m[1].by) / 1000, m[0].hops,
		       m[1].hops);
}

/* That sessions differ in what they lose on the way between two points is so only where
 * the way is a bundle, of which a link is bad. */
static bool has_bundle(const struct judge *j, int p, int q)
{
	int lo = p < q ? p : q, hi = p < q ? q : p;

	for (int seg = lo + 1; seg <= hi; seg++)
		if (j->s->way[seg][p > q].members)
			return true;
	return false;
}

static void judge_split(struct judge *j)
{
	bool any = false, said = false;

	for (int p = 0; p + 1 < j->s->n_points; p++)
		any |= has_bundle(j, p, p + 1) || has_bundle(j, p + 1, p);
	for (size_t i = 0; i < j->a.change.n; i++) {
		const struct got_change *c = &j->a.change.at[i];

		if (!c->split)
			continue;
		j->t->splits++;
		said = true;
		if (has_bundle(j, c->from, c->to))
			continue;
		j->t->splits_false++;
		judge_complain(j, "%s-%s: no bundle, said that sessions differ",
			       j->s->point[c->from].name,
			       j->s->point[c->to].name);
	}
	j->t->bundles += any;
	j->t->bundles_said += any && said;
}

void judge_changes(struct judge *j)
{
	for (int p = 0; p + 1 < j->s->n_points; p++) {
		judge_marks(j, p, p + 1);
		judge_marks(j, p + 1, p);
		judge_move(j, p, p + 1);
	}
	judge_split(j);
	for (size_t i = 0; i < j->a.change.n; i++)
		if (j->a.change.at[i].route)
			judge_said(j, &j->a.change.at[i]);
}
