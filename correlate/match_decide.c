/* Two points: which candidates are pairs, and which are rivals.
 *
 * Exact assignment over all edges; a pair needs MARGIN_BITS over its best
 * rival, and SURE_OVER bits above log2 of the flows.  What lacks them is
 * ambiguous: its flows are not joined, and each names its rivals.
 */
#include "correlate/match_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "correlate/assign.h"
#include "correlate/score_int.h"

#define SURE_OVER 4.0
#define MARGIN_BITS 10
#define SCALE 16
#define CHUNK 256           /* scores taken by a core at a time */
#define STRIDE (64 * CHUNK) /* kept at a time */
#define TOLERATED 12.0      /* bits of contradiction that count only once */
#define LATE_TOLERATED 4.0  /* the same for times */

static int8_t rounded(float bits)
{
	long v = lroundf(bits);

	return (int8_t)(v < -120 ? -120 : v > 120 ? 120 : v);
}

struct link match_link_of(const struct match *w, uint32_t l, uint32_t r,
			  const struct score *s, double margin)
{
	struct link k = {
		.a = w->m.l->base + l,
		.b = w->m.r->base + r,
		.bits = (float)s->bits,
		.margin = (float)margin,
		.swap = s->swap,
		.relayed = s->relayed,
		.client_side = s->client_side,
	};

	for (int e = 0; e < EV_KINDS; e++)
		k.part[e] = rounded(s->part[e]);
	for (int d = 0; d < 2; d++) {
		k.delta[d] = s->delta[d];
		k.ts_delta[d] = s->ts_delta[d];
		k.delta_known[d] = s->delta_known[d] &&
				   flow_is_tcp(&w->m.l->flow[l]);
		k.ts_known[d] = s->ts_known[d];
		k.isn_equal[d] = s->isn_equal[d];
	}
	return k;
}

static double sure_bits(const struct match *w)
{
	return w->m.log_n + SURE_OVER;
}

/* Dense numbers for the flows of edges. */
static uint32_t *number_flows(const struct match *w, bool right, uint32_t *n)
{
	size_t flows = right ? w->m.r->n : w->m.l->n;
	uint32_t *number = mem_resize(NULL, flows + 1, sizeof *number);

	memset(number, 0xff, (flows + 1) * sizeof *number);
	*n = 0;
	for (size_t i = 0; i < w->edge.n; i++) {
		const struct edge *e = &w->edge.at[i];
		uint32_t *x = &number[right ? e->r : e->l];

		if (*x == UINT32_MAX)
			*x = (*n)++;
	}
	return number;
}

static void solve(struct match *w)
{
	uint32_t rows, cols;
	uint32_t *row = number_flows(w, false, &rows);
	uint32_t *col = number_flows(w, true, &cols);
	struct VEC(struct assign_edge) a = { 0 };

	for (size_t i = 0; i < w->edge.n; i++) {
		const struct edge *e = &w->edge.at[i];
		/* A candidate too weak to be a pair is still a rival of one. */
		double gain = SCALE *
			      ((double)e->bits - sure_bits(w) + MARGIN_BITS);

		if (gain < 1)
			continue;
		*VEC_PUSH(&a) = (struct assign_edge){
			.row = row[e->l],
			.col = col[e->r],
			.tag = (uint32_t)i,
			.gain = (int32_t)gain,
		};
	}
	assign_solve(a.at, a.n, rows, cols);
	for (size_t i = 0; i < a.n; i++)
		w->edge.at[a.at[i].tag].margin = a.at[i].chosen ? a.at[i].margin
								: -1;
	VEC_FREE(&a);
	free(row);
	free(col);
}

static bool is_sure(const struct match *w, const struct edge *e)
{
	return e->margin >= MARGIN_BITS * SCALE &&
	       (double)e->bits >= sure_bits(w);
}

/* Strong contradictions count twice, and so do times that hardly any delay
 * explains: what is left must still suffice. */
static bool outweighs(const struct match *w, const struct score *s)
{
	double against = (double)s->part[EV_AGAINST] + TOLERATED;
	double late = (double)s->part[EV_TIME] + LATE_TOLERATED;
	double twice = fmin(against, 0) + fmin(late, 0);

	return twice >= 0 || s->bits + twice >= sure_bits(w);
}

static bool is_moved(const struct score *s)
{
	for (int d = 0; d < 2; d++)
		if (s->isn_equal[d] || (s->delta_known[d] && !s->delta[d]))
			return false;
	return true;
}

/* What is known of the devices between points @i and @j, for flows that a pair of
 * @w's would bring together. */
static struct custom custom_between(const struct match *w, size_t i, size_t j)
{
	size_t l = (size_t)(w->m.l - w->c->point);
	size_t r = (size_t)(w->m.r - w->c->point);
	struct custom x = sets_custom(w->c, i, j);

	return i <= l && r <= j ? custom_both(x, w->m.habits.here) : x;
}

/* Is it the same connection by its ends, numbers and time stamps, whatever the
 * places of its contents say?  A stream that repeats itself shows wrong places
 * at a point that missed the first of its repetitions. */
static bool is_known_again(const struct score *s)
{
	return s->part[EV_ISN] + s->part[EV_SEQ] + s->part[EV_TS] +
		       s->part[EV_IPID] + s->part[EV_ENDS] >=
	       (float)DIFFERENT_CONTENT;
}

/* Do flows @a and @b, of any two points, contradict each other?  If they are said to
 * be @one connection, the two sides of a relay contradict each other as well. */
static bool contradict(const struct match *w, uint32_t a, uint32_t b, bool one)
{
	size_t i, j;
	const struct flow *x = case_flow(w->c, a, &i);
	const struct flow *y = case_flow(w->c, b, &j);
	struct score_model m = { .l = &w->c->point[i < j ? i : j],
				 .r = &w->c->point[i < j ? j : i],
				 .log_n = w->m.log_n,
				 .n_maps = w->m.n_maps,
				 .maps = w->m.maps };
	struct score s;

	m.habits.known = custom_between(w, i < j ? i : j, i < j ? j : i);
	score_flows(&m, i < j ? x : y, i < j ? y : x, &s);
	return (s.contradicts && !is_known_again(&s)) ||
	       (one && s.relayed && !s.veto);
}

/* Where a device shifts the numbers of both ways, two flows have little in common.
 * Then no other flow of the two sessions may contradict, as other points may have
 * seen more.  @one: @a and @b are one connection. */
static bool others_allow(const struct match *w, uint32_t a, uint32_t b,
			 bool one)
{
	uint32_t x = a, y = b;

	do {
		do {
			if ((x != a || y != b) && contradict(w, x, y, one))
				return false;
			y = w->c->next[y];
		} while (y != b);
		x = w->c->next[x];
	} while (x != a);
	return true;
}

/* Edges that are sure, scored on all cores. */
struct sure {
	struct match *w;
	struct VEC(uint32_t) edge;
	size_t from, to; /* whose scores there are */
	struct score *score;
};

/* Prefetches the flows of [@from, @to). */
static void fetch_sure(const struct sure *x, size_t from, size_t to)
{
	uint64_t pair[MATCH_FETCH];
	size_t n = 0;

	for (size_t i = from; i < to && n < MATCH_FETCH; i++) {
		const struct edge *e = &x->w->edge.at[x->edge.at[i]];

		pair[n++] = (uint64_t)e->l << 32 | e->r;
	}
	match_fetch(x->w, pair, n, true);
}

static void score_sure(void *ctx, unsigned worker, size_t chunk)
{
	struct sure *x = ctx;
	const struct score_model *m = &x->w->m;
	size_t from = x->from + chunk * CHUNK;
	size_t to = x->to - from < CHUNK ? x->to : from + CHUNK;

	(void)worker;
	for (size_t i = from; i < to; i++) {
		const struct edge *e = &x->w->edge.at[x->edge.at[i]];

		if ((i - from) % MATCH_FETCH == 0)
			fetch_sure(x, i, to);
		score_flows(m, &m->l->flow[e->l], &m->r->flow[e->r],
			    &x->score[i - x->from]);
	}
}

/* Return: whether the two became one. */
static bool link_edge(struct match *w, const struct edge *e,
		      const struct score *s)
{
	double margin = e->margin >= ASSIGN_FAR ? 1e9
						: (double)e->margin / SCALE;
	struct link k;

	if (!outweighs(w, s) ||
	    (w->c->n > 2 && flow_is_tcp(&w->m.l->flow[e->l]) && is_moved(s) &&
	     !others_allow(w, w->m.l->base + e->l, w->m.r->base + e->r,
			   !s->relayed)))
		return false;
	k = match_link_of(w, e->l, e->r, s, margin);
	sets_join(w->c, &k);
	return true;
}

static void link_sure(struct match *w, uint8_t *l, uint8_t *r)
{
	struct sure x = { .w = w };

	for (size_t i = 0; i < w->edge.n; i++)
		if (is_sure(w, &w->edge.at[i]))
			*VEC_PUSH(&x.edge) = (uint32_t)i;
	x.score = mem_resize(NULL, x.edge.n < STRIDE ? x.edge.n : STRIDE,
			     sizeof *x.score);
	for (; x.from < x.edge.n; x.from = x.to) {
		x.to = x.edge.n - x.from < STRIDE ? x.edge.n : x.from + STRIDE;
		parallel_run((x.to - x.from + CHUNK - 1) / CHUNK, score_sure,
			     &x);
		for (size_t i = x.from; i < x.to; i++) {
			const struct edge *e = &w->edge.at[x.edge.at[i]];

			if (link_edge(w, e, &x.score[i - x.from]))
				l[e->l] = r[e->r] = 1;
		}
	}
	VEC_FREE(&x.edge);
	free(x.score);
}

/* The most bits of any edge of a flow; the least there can be where it has none. */
static float *most_bits(size_t flows)
{
	float *bits = mem_resize(NULL, flows + 1, sizeof *bits);

	for (size_t i = 0; i <= flows; i++)
		bits[i] = -1e9f;
	return bits;
}

static void add_rival(struct match *w, const struct edge *e)
{
	uint32_t a = w->m.l->base + e->l, b = w->m.r->base + e->r;
	float margin = e->margin < 0 ? 0 : (float)e->margin / SCALE;

	*VEC_PUSH(&w->c->rival) = (struct rival){ a, b, e->bits, margin };
	*VEC_PUSH(&w->c->rival) = (struct rival){ b, a, e->bits, margin };
}

/* Drops the edges of flows that have a certain partner, and those that are far
 * behind the best of both their flows. */
static void drop_beaten(struct match *w, const uint8_t *l, const uint8_t *r)
{
	float *bl = most_bits(w->m.l->n), *br = most_bits(w->m.r->n);
	size_t n = 0;

	for (size_t i = 0; i < w->edge.n; i++) {
		const struct edge *e = &w->edge.at[i];

		if (l[e->l] || r[e->r])
			continue;
		bl[e->l] = e->bits > bl[e->l] ? e->bits : bl[e->l];
		br[e->r] = e->bits > br[e->r] ? e->bits : br[e->r];
	}
	for (size_t i = 0; i < w->edge.n; i++) {
		const struct edge *e = &w->edge.at[i];

		if (!l[e->l] && !r[e->r] &&
		    (e->bits >= bl[e->l] - MARGIN_BITS ||
		     e->bits >= br[e->r] - MARGIN_BITS))
			w->edge.at[n++] = *e;
	}
	w->edge.n = n;
	free(bl);
	free(br);
}

/* What remains are rivals, if there is a choice.  A single candidate with too little
 * evidence is none. */
static void name_rivals(struct match *w, const uint8_t *l, const uint8_t *r)
{
	uint8_t *nl = mem_zalloc(w->m.l->n + 1, 1); /* edges, 2 for more */
	uint8_t *nr = mem_zalloc(w->m.r->n + 1, 1);

	drop_beaten(w, l, r);
	for (size_t i = 0; i < w->edge.n; i++) {
		uint8_t *a = &nl[w->edge.at[i].l], *b = &nr[w->edge.at[i].r];

		*a = (uint8_t)(*a < 2 ? *a + 1 : 2);
		*b = (uint8_t)(*b < 2 ? *b + 1 : 2);
	}
	for (size_t i = 0; i < w->edge.n; i++) {
		const struct edge *e = &w->edge.at[i];

		if (nl[e->l] >= 2 || nr[e->r] >= 2)
			add_rival(w, e);
	}
	free(nl);
	free(nr);
}

void match_decide(struct match *w)
{
	uint8_t *l = mem_zalloc(w->m.l->n + 1, 1);
	uint8_t *r = mem_zalloc(w->m.r->n + 1, 1);

	solve(w);
	link_sure(w, l, r);
	if (w->pass >= MATCH_ANY)
		name_rivals(w, l, r);
	free(l);
	free(r);
}
