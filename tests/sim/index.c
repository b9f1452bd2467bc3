/* Indexes over the truth that the judge asks: packets of a frame, copies of a
 * packet, packets of a session and way, what each point saw of time, and how
 * often points can be checked against each other.
 */
#include "tests/sim/judge.h"

#include <stdlib.h>

static void index_copies(struct judge *j)
{
	size_t n = j->s->truth.n;

	j->child = mem_alloc((n + 1) * sizeof *j->child);
	j->sibling = mem_alloc((n + 1) * sizeof *j->sibling);
	for (size_t i = 0; i < n; i++)
		j->child[i] = j->sibling[i] = UINT32_MAX;
	for (uint32_t i = (uint32_t)n; i-- > 0;) {
		uint32_t p = j->s->truth.at[i].parent;

		if (p == UINT32_MAX)
			continue;
		j->sibling[i] = j->child[p];
		j->child[p] = i;
	}
}

static void index_roots(struct judge *j)
{
	j->roots = mem_zalloc(2 * j->s->n_sess + 1, sizeof *j->roots);
	for (uint32_t i = 0; i < j->s->truth.n; i++) {
		const struct truth_pkt *t = &j->s->truth.at[i];

		if (t->parent == UINT32_MAX)
			*VEC_PUSH(&j->roots[t->sess * 2 + t->way]) = i;
	}
}

static void index_frames(struct judge *j, int p)
{
	const struct sim *s = j->s;
	uint32_t n = s->frames[p].n ? s->frames[p].at[s->frames[p].n - 1].frame
				    : 0;

	j->n_frames[p] = n;
	j->frame_at[p] = mem_zalloc(n + 2, sizeof *j->frame_at[p]);
	/* of frames that are another point's there are none */
	for (uint32_t k = 0; k < n + 2; k++)
		j->frame_at[p][k] = UINT32_MAX;
	for (size_t i = s->frames[p].n; i-- > 0;)
		j->frame_at[p][s->frames[p].at[i].frame] = (uint32_t)i;
	j->frame_at[p][n + 1] = (uint32_t)s->frames[p].n;
	for (uint32_t k = n + 1; k-- > 0;)
		if (j->frame_at[p][k] == UINT32_MAX)
			j->frame_at[p][k] = j->frame_at[p][k + 1];
	if (!n)
		return;
	j->first_t[p] = s->truth.at[s->frames[p].at[0].pkt].at[p].t;
	j->last_t[p] =
		s->truth.at[s->frames[p].at[s->frames[p].n - 1].pkt].at[p].t;
}

const struct frame_pkt *index_frame(const struct judge *j, int point,
				    uint32_t frame, int *n)
{
	*n = 0;
	if (!frame || frame > j->n_frames[point])
		return NULL;
	*n = (int)(j->frame_at[point][frame + 1] - j->frame_at[point][frame]);
	return j->s->frames[point].at + j->frame_at[point][frame];
}

bool index_clean(const struct judge *j, const struct truth_pkt *t, int p, int q)
{
	int n, m;

	index_frame(j, p, t->at[p].frame, &n);
	index_frame(j, q, t->at[q].frame, &m);
	return n == 1 && m == 1 && (p > q) == t->way;
}

/* Delays from @p to @q of what passed both, and how many were captured alone
 * in their frame at both. */
static void index_delays(struct judge *j, int p, int q)
{
	int64_t lo = NEVER, hi = 0;

	for (uint32_t i = 0; i < j->s->truth.n; i++) {
		const struct truth_pkt *t = &j->s->truth.at[i];

		if (!t->at[p].pass || !t->at[q].pass || (p > q) != t->way)
			continue;
		int64_t d = t->at[q].t - t->at[p].t;

		hi = d > hi ? d : hi;
		if (!index_clean(j, t, p, q))
			continue;
		lo = d < lo ? d : lo;
		j->clean[p][q]++;
	}
	j->delay_min[p][q] = lo;
	j->delay_max[p][q] = hi;
}

/* One packet on the hop from @p to @q. */
static void show(struct judge *j, const struct truth_pkt *t, int p, int q)
{
	bool next = q == p + 1 || q == p - 1;

	if (next && t->at[q].frame)
		j->proven[p]++;
	if (!t->at[p].frame)
		return;
	if (t->kind == K_DATA || t->kind == K_SYN || t->kind == K_FIN) {
		j->shown[p][q].sure++;
		j->shown[p][q].sure_lost += !t->at[q].pass;
		if (next && t->at[q].pass)
			j->proven[q]++;
	} else {
		j->shown[p][q].open++;
		j->shown[p][q].absent += !t->at[q].frame;
	}
}

static void index_shown(struct judge *j)
{
	const struct sim *s = j->s;

	for (size_t i = 0; i < s->truth.n; i++) {
		const struct truth_pkt *t = &s->truth.at[i];

		for (int p = 0; p < j->s->n_points; p++)
			for (int q = 0; q < j->s->n_points; q++)
				if (p != q && (p > q) == t->way &&
				    !relay_between(s->sess[t->sess], p, q))
					show(j, t, p, q);
	}
}

void index_build(struct judge *j)
{
	index_copies(j);
	index_roots(j);
	for (int p = 0; p < j->s->n_points; p++)
		index_frames(j, p);
	for (int p = 0; p < j->s->n_points; p++)
		for (int q = 0; q < j->s->n_points; q++)
			if (p != q)
				index_delays(j, p, q);
	index_shown(j);
	j->over_relay = mem_zalloc(j->s->truth.n + 1, sizeof *j->over_relay);
	j->joined = mem_zalloc(j->s->n_sess + 1, sizeof *j->joined);
	j->sure = mem_zalloc(j->s->n_sess + 1, sizeof *j->sure);
}

void index_release(struct judge *j)
{
	free(j->over_relay);
	free(j->joined);
	free(j->sure);
	free(j->child);
	free(j->sibling);
	for (size_t i = 0; i < 2 * j->s->n_sess; i++)
		VEC_FREE(&j->roots[i]);
	free(j->roots);
	for (int p = 0; p < j->s->n_points; p++)
		free(j->frame_at[p]);
}
