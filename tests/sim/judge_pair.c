/* Pairings: every flow that the tool names is mapped to the true session that
 * it is, by the frames of its packets, else by its ends and first time.
 *
 * A session counts as pairable over two points where both captured one and the
 * same packet of it that is no bare ACK.  `ambiguous` and `alone` are fair only
 * where indistinct() finds another session that no kept field tells apart.
 */
#include "tests/sim/judge.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define NO_SESSION UINT32_MAX

struct placed {                  /* a tool session's flow at each point */
	uint32_t is[SIM_POINTS]; /* true session */
	bool has[SIM_POINTS];
};

struct pairing {
	struct judge *j;
	struct placed *of;          /* by index in a.session */
	uint32_t (*at)[SIM_POINTS]; /* by true session: tool session index */
	uint32_t *first;            /* [sess * SIM_POINTS + p]: first frame */
	size_t max_id;
	uint32_t *by_id; /* tool id to index */
};

static void vote(struct pairing *w, int64_t id, int point, uint32_t frame)
{
	struct judge *j = w->j;
	struct placed *g;
	int n;
	const struct frame_pkt *f = index_frame(j, point, frame, &n);

	if (!n || id < 1 || (size_t)id > w->max_id ||
	    w->by_id[id] == NO_SESSION)
		return;
	g = &w->of[w->by_id[id]];
	uint32_t is = j->s->truth.at[f->pkt].sess;

	if (g->is[point] == NO_SESSION) {
		g->is[point] = is;
	} else if (g->is[point] != is) {
		judge_complain(j,
			       "session %lld at %s holds frames of true "
			       "sessions %u and %u (frame %u)",
			       (long long)id, j->s->point[point].name,
			       g->is[point], is, frame);
		j->t->wrong_pair++;
		g->is[point] = is;
	}
}

static bool ends_are(const struct session *e, int zone,
		     const struct got_flow *f)
{
	const struct net_end *a = &e->left[zone], *b = &e->right[zone];

	return (!net_end_cmp(a, &f->client) && !net_end_cmp(b, &f->server)) ||
	       (!net_end_cmp(b, &f->client) && !net_end_cmp(a, &f->server));
}

/* By ends; where a port was used again, by the time of the first frame. */
static uint32_t by_ends(struct pairing *w, const struct got_session *g,
			const struct got_flow *f)
{
	struct judge *j = w->j;
	uint32_t best = NO_SESSION;
	int64_t near = NEVER;

	for (uint32_t i = 0; i < j->s->n_sess; i++) {
		const struct session *e = j->s->sess[i];
		uint32_t frame = w->first[i * SIM_POINTS + (uint32_t)f->point];
		int n;

		if (!frame || e->proto != g->proto ||
		    !ends_are(e, f->point + 1, f))
			continue;
		const struct frame_pkt *k = index_frame(j, f->point, frame, &n);
		int64_t t = tap_clock(j->s, f->point,
				      j->s->truth.at[k->pkt].at[f->point].t);
		int64_t d = g->first_point == f->point ? llabs(t - g->first_ns)
						       : 0;

		if (best == NO_SESSION || d < near) {
			best = i;
			near = d;
		}
	}
	return best;
}

static void place_all(struct pairing *w)
{
	struct judge *j = w->j;

	for (size_t i = 0; i < j->a.line.n; i++) {
		const struct line *l = &j->a.line.at[i];

		vote(w, l->session, l->from, l->frame);
		vote(w, l->session, l->to, l->far_frame);
	}
	for (size_t i = 0; i < j->a.session.n; i++) {
		const struct got_session *g = &j->a.session.at[i];

		for (size_t k = 0; k < g->flow.n; k++) {
			int p = g->flow.at[k].point;

			w->of[i].has[p] = true;
			if (w->of[i].is[p] == NO_SESSION)
				w->of[i].is[p] = by_ends(w, g, &g->flow.at[k]);
			if (w->of[i].is[p] != NO_SESSION)
				w->at[w->of[i].is[p]][p] = (uint32_t)i;
		}
	}
}

/* Wrong: flows of different sessions said to be one. */
static void check_wrong(struct pairing *w, size_t i)
{
	struct judge *j = w->j;
	const struct got_session *g = &j->a.session.at[i];
	uint32_t is = NO_SESSION;
	bool relayed = false;

	for (int p = 0; p < j->s->n_points; p++) {
		uint32_t x = w->of[i].has[p] ? w->of[i].is[p] : NO_SESSION;

		if (x == NO_SESSION)
			continue;
		if (is != NO_SESSION && x != is && g->relayed &&
		    (j->s->sess[x]->other == j->s->sess[is] ||
		     j->s->sess[x]->own == j->s->sess[is])) {
			is = x;
			relayed = true;
			continue;
		}
		if (is != NO_SESSION && x != is && g->verdict == 0) {
			judge_complain(j,
				       "wrong pairing: session %lld joins "
				       "true sessions %u and %u",
				       (long long)g->id, is, x);
			j->t->wrong_pair++;
			return;
		}
		is = x;
	}
	if (g->relayed && !relayed && is != NO_SESSION) {
		judge_complain(j,
			       "wrong pairing: session %lld is said to be "
			       "relayed, true session %u is not",
			       (long long)g->id, is);
		j->t->wrong_pair++;
	}
}

static bool pairable(const struct judge *j, uint32_t sess, int p, int q)
{
	for (int w = 0; w < 2; w++)
		for (size_t i = 0; i < j->roots[sess * 2 + (uint32_t)w].n;
		     i++) {
			uint32_t id = j->roots[sess * 2 + (uint32_t)w].at[i];
			const struct truth_pkt *t = &j->s->truth.at[id];

			if (t->at[p].frame && t->at[q].frame &&
			    t->kind != K_ACK)
				return true;
		}
	return false;
}

static bool same_content(const struct session *a, const struct session *b)
{
	if (a->what != b->what || a->proto != b->proto || a->v6 != b->v6 ||
	    a->client_right != b->client_right)
		return false;
	if (a->what != S_TCP)
		return a->dgram_len == b->dgram_len && a->count == b->count &&
		       a->dgram && b->dgram &&
		       !memcmp(a->dgram, b->dgram,
			       (size_t)a->count * a->dgram_len);
	for (int d = 0; d < 2; d++)
		if (a->mss[d] != b->mss[d] || a->wscale[d] != b->wscale[d] ||
		    a->sackok[d] != b->sackok[d] || a->ts[d] != b->ts[d])
			return false;
	if (a->silent || a->refused || b->silent || b->refused)
		return a->silent == b->silent && a->refused == b->refused;
	for (int d = 0; d < 2; d++)
		if (a->total[d] != b->total[d] ||
		    memcmp(a->content[d], b->content[d], a->total[d]))
			return false;
	return true;
}

/* A kept field is the same at both points and differs between sessions. */
static bool field_tells(const struct sim *s, const struct session *e, int p,
			int q)
{
	const struct net_end *a = e->client_right ? e->right : e->left;
	bool seq = true, ts = e->ts[0] && e->ts[1], id = !e->v6;

	if (a[p + 1].port == a[q + 1].port ||
	    !net_addr_cmp(&a[p + 1].addr, &a[q + 1].addr))
		return true;
	for (int i = p + 1; i <= q; i++) {
		seq &= !s->box[i].reseq[0] && !s->box[i].reseq[1];
		ts &= !s->box[i].rewrite_ts && !s->box[i].strip_ts;
		id &= !s->box[i].rewrite_id;
	}
	id &= e->id_mode[0] != ID_ZERO;
	return (e->proto == IPPROTO_TCP && (seq || ts)) || id;
}

static bool indistinct_at(struct pairing *w, uint32_t x, uint32_t y, int p,
			  int q)
{
	struct judge *j = w->j;
	const struct sim *s = j->s;
	const struct got_clock *a = &j->a.clock[p], *b = &j->a.clock[q];
	bool clocks = (p == 0 || a->fitted) && (q == 0 || b->fitted) &&
		      j->clean[p][q] && j->clean[q][p];
	int64_t slack = (p ? a->high - a->low : 0) +
			(q ? b->high - b->low : 0) + j->delay_max[p][q] -
			j->delay_min[p][q] + j->delay_max[q][p] -
			j->delay_min[q][p] + 2 * s->point[p].clock.tick +
			2 * s->point[q].clock.tick;

	if (clocks && llabs(s->sess[x]->start - s->sess[y]->start) > slack)
		return false;
	return !field_tells(s, s->sess[x], p, q) ||
	       !field_tells(s, s->sess[y], p, q);
}

static bool indistinct(struct pairing *w, uint32_t x)
{
	struct judge *j = w->j;

	for (uint32_t y = 0; y < j->s->n_sess; y++) {
		if (y == x || !same_content(j->s->sess[x], j->s->sess[y]))
			continue;
		for (int p = 0; p < j->s->n_points; p++)
			for (int q = p + 1; q < j->s->n_points; q++)
				if (indistinct_at(w, x, y, p, q))
					return true;
	}
	return false;
}

static void check_session(struct pairing *w, uint32_t x)
{
	struct judge *j = w->j;
	bool can = false, apart = false, unsure = false;
	uint32_t first = NO_SESSION;

	for (int p = 0; p < j->s->n_points; p++)
		for (int q = p + 1; q < j->s->n_points; q++) {
			uint32_t a = w->at[x][p], b = w->at[x][q];

			if (!pairable(j, x, p, q))
				continue;
			can = true;
			if (a == NO_SESSION || a != b)
				apart = true;
			if (a != NO_SESSION && j->a.session.at[a].verdict == 1)
				unsure = true;
			if (b != NO_SESSION && j->a.session.at[b].verdict == 1)
				unsure = true;
			first = a;
		}
	if (!can)
		return;
	j->t->pairable++;
	if (!apart && !unsure) {
		j->sure[x] = true;
		j->t->paired++;
		return;
	}
	if (indistinct(w, x)) {
		j->t->ambiguous_fair++;
		return;
	}
	if (unsure)
		j->t->ambiguous_unfair++;
	else
		j->t->alone++;
	judge_complain(j, "true session %u is %s, tool session %lld", x,
		       unsure ? "ambiguous without need" : "not joined",
		       first == NO_SESSION
			       ? -1LL
			       : (long long)j->a.session.at[first].id);
}

static void prepare(struct pairing *w)
{
	struct judge *j = w->j;
	size_t n = j->s->n_sess, m = j->a.session.n;

	w->of = mem_zalloc(m + 1, sizeof *w->of);
	w->at = mem_zalloc(n + 1, sizeof *w->at);
	w->first = mem_zalloc((n + 1) * SIM_POINTS, sizeof *w->first);
	for (size_t i = 0; i < m; i++) {
		for (int p = 0; p < SIM_POINTS; p++)
			w->of[i].is[p] = NO_SESSION;
		if ((size_t)j->a.session.at[i].id > w->max_id)
			w->max_id = (size_t)j->a.session.at[i].id;
	}
	w->by_id = mem_alloc((w->max_id + 1) * sizeof *w->by_id);
	for (size_t i = 0; i <= w->max_id; i++)
		w->by_id[i] = NO_SESSION;
	for (uint32_t i = 0; i < m; i++)
		w->by_id[j->a.session.at[i].id] = i;
	for (size_t i = 0; i < n; i++)
		for (int p = 0; p < SIM_POINTS; p++)
			w->at[i][p] = NO_SESSION;
	for (int p = 0; p < j->s->n_points; p++)
		for (size_t i = j->s->frames[p].n; i-- > 0;) {
			const struct frame_pkt *f = &j->s->frames[p].at[i];
			uint32_t x = j->s->truth.at[f->pkt].sess;

			w->first[x * SIM_POINTS + (uint32_t)p] = f->frame;
		}
}

static void check_relations(struct pairing *w)
{
	size_t n = w->j->a.session.n;
	uint32_t *is = mem_alloc((n + 1) * sizeof *is);

	for (size_t i = 0; i < n; i++) {
		is[i] = NO_SESSION;
		for (int p = 0; p < w->j->s->n_points; p++)
			if (w->of[i].has[p] && w->of[i].is[p] != NO_SESSION)
				is[i] = w->of[i].is[p];
	}
	judge_web(w->j, is);
	free(is);
}

void judge_pairs(struct judge *j)
{
	struct pairing w = { .j = j };

	prepare(&w);
	place_all(&w);
	for (size_t i = 0; i < j->a.session.n; i++)
		check_wrong(&w, i);
	for (uint32_t x = 0; x < j->s->n_sess; x++)
		check_session(&w, x);
	judge_relays(j, w.at);
	check_relations(&w);
	free(w.of);
	free(w.at);
	free(w.first);
	free(w.by_id);
}
