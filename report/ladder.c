/* Collecting a ladder.
 *
 * What: a session's fates come by direction and hop; a ladder needs them by
 * time, with the hops of one transmission side by side.  A transmission has the
 * same number on all hops (fate_entry.tx), and if it was cut on the way its
 * pieces share that number.
 *
 * Steps: sweep the session for its time and count; halve the window around the
 * anchor until its contents fit (narrow); sweep again and keep the legs in the
 * window (collect); sort them by direction, number and hop; the j-th legs of
 * each hop make the number's j-th row (assemble); sort rows by time.
 *
 * Invariants: at most LADDER_ROWS legs are kept, whatever the session.
 */
#include "report/ladder.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/mem.h"
#include "correlate/clock.h"
#include "correlate/strand.h"
#include "report/derive/words.h"
#include "report/told.h"

#define NARROW_MOST 40 /* halvings: from 2^40 to 1 */

struct kept { /* a leg, before it has a row */
	struct ladder_leg leg;
	int dir;
	size_t hop; /* in the direction of travel */
	size_t order;
	char *what; /* owned until a row has it */
};

struct collector {
	const struct model *m;
	const struct session_view *v;
	struct told told;
	size_t n_legs;
	int64_t from_ns, to_ns; /* window */
	struct VEC(struct kept) kept;
	uint64_t inside, outside;
	int64_t first_ns, last_ns;
	bool clocks;
};

static int64_t on_first(struct collector *c, int flow, int64_t t)
{
	const struct clock_row *clock = model_clock(c->m,
						    c->v->flow[flow].row.point);
	int64_t mid = t, low, high;

	if (!clock || !clock_to_first(clock, t, &mid, &low, &high))
		c->clocks = false;
	return mid;
}

/* The graver finding of those that name either frame. */
static const struct finding_row *told_of_leg(const struct collector *c,
					     const struct fate_row *r)
{
	const struct finding_row *near =
		r->near ? told_of(&c->told, r->near_file, r->near->frame)
			: NULL;
	const struct finding_row *far =
		r->far ? told_of(&c->told, r->far_file, r->far->frame) : NULL;

	return !near || (far && far->id < near->id) ? far : near;
}

static struct ladder_leg leg_of(struct collector *c, const struct fate_row *r,
				const struct fate_proof *why)
{
	struct ladder_leg l = { .there = true,
				.e = r->e,
				.from = r->from,
				.to = r->to,
				.proof_frame = why->ack ? why->ack->frame : 0,
				.proof_at = why->flow };

	l.told = told_of_leg(c, r);
	l.taken = l.told && told_is_taken(l.told) && r->dir == 0 && !r->far &&
		  r->to != r->from && r->e.kind != KIND_RST &&
		  (r->e.fate == FATE_LOST || r->e.fate == FATE_UNDECIDED);
	if (r->near) {
		l.near_frame = r->near->frame;
		l.near_ns = l.far_ns = on_first(c, r->from, r->near->time_ns);
	}
	if (r->far) {
		l.far_frame = r->far->frame;
		l.far_ns = on_first(c, r->to, r->far->time_ns);
		if (!r->near)
			l.near_ns = l.far_ns;
	}
	return l;
}

static char *what_of(const struct session_view *v, const struct fate_row *r)
{
	struct fact k = fact_of(r);
	char words[WORDS];

	return mem_strdup(words_packet(v, &k, words));
}

static void collect_one(struct collector *c, const struct fate_row *r,
			const struct fate_proof *why, size_t hop, bool keep)
{
	struct ladder_leg l = leg_of(c, r, why);
	struct kept *k;

	if (l.near_ns < c->first_ns)
		c->first_ns = l.near_ns;
	if (l.near_ns > c->last_ns)
		c->last_ns = l.near_ns;
	if (l.near_ns < c->from_ns || l.near_ns > c->to_ns) {
		c->outside++;
		return;
	}
	c->inside++;
	if (!keep || c->kept.n == LADDER_ROWS)
		return;
	k = VEC_PUSH(&c->kept);
	*k = (struct kept){ l, r->dir, hop, c->kept.n, what_of(c->v, r) };
}

/* A session that only one point saw has no hops: its packets are the rows. */
static void sweep_point(struct collector *c, bool keep)
{
	const struct flow_view *w = c->v->flow;
	const struct fate_proof none = { 0 };
	struct fate_row r = { 0 };

	for (r.dir = 0; r.dir < 2; r.dir++) {
		struct recs *recs = recs_open(c->m->store, &w->row, r.dir);

		for (uint64_t i = 0; i < recs_count(recs); i++) {
			r.near_file = recs_file(recs, i);
			r.near = recs_get(recs, i);
			r.e.tx = r.e.near = i;
			r.e.far = FATE_NO_RECORD;
			r.e.len = r.near->pay_len;
			r.e.copy = 1;
			r.e.kind = (uint8_t)record_kind(
				r.near, w->row.proto == IPPROTO_TCP);
			collect_one(c, &r, &none, 0, keep);
		}
		recs_close(recs);
	}
}

static void sweep_hops(struct collector *c, bool keep)
{
	struct fate_cursor *in = fate_cursor_open(c->m->store, c->v->row.id);
	struct fate_proof why;
	struct fate_row r;
	int dir = -1, from = -1;
	size_t hop = 0;

	while (fate_cursor_next(in, &r)) {
		if (r.dir != dir)
			hop = 0;
		else if (r.from != from)
			hop++;
		dir = r.dir;
		from = r.from;
		if (!fate_cursor_proof(in, &r, &why))
			break;
		if ((r.near || r.far) && hop < c->n_legs)
			collect_one(c, &r, &why, hop, keep);
	}
	fate_cursor_close(in);
}

static void sweep(struct collector *c, bool keep)
{
	c->inside = c->outside = 0;
	if (c->v->row.n_flows > 1)
		sweep_hops(c, keep);
	else if (c->v->row.n_flows)
		sweep_point(c, keep);
}

/* Chooses the window. */
static void narrow(struct collector *c, int64_t anchor)
{
	int64_t half;

	c->from_ns = INT64_MIN;
	c->to_ns = INT64_MAX;
	c->first_ns = INT64_MAX;
	c->last_ns = INT64_MIN;
	sweep(c, false);
	if (c->inside <= LADDER_ROWS)
		return;
	if (anchor == INT64_MIN)
		anchor = c->first_ns;
	half = (c->last_ns - c->first_ns) / 2;
	for (int i = 0; i < NARROW_MOST && c->inside > LADDER_ROWS; i++) {
		half /= 2;
		c->from_ns = anchor - half;
		c->to_ns = anchor + half;
		sweep(c, false);
	}
}

static int by_number(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	if (x->leg.e.tx != y->leg.e.tx)
		return x->leg.e.tx < y->leg.e.tx ? -1 : 1;
	if (x->hop != y->hop)
		return x->hop < y->hop ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static int by_time(const void *a, const void *b)
{
	const struct ladder_row *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	return x->leg < y->leg ? -1 : 1;
}

static void row_add(struct ladder_row *row, struct kept *k)
{
	if (!row->what) {
		row->what = k->what;
		k->what = NULL;
		row->dir = k->dir;
		row->at_ns = k->leg.near_ns;
	}
	if (k->leg.near_ns < row->at_ns)
		row->at_ns = k->leg.near_ns;
	row->leg[k->hop] = k->leg;
}

/* Rows of one number: its legs @k[0..n), sorted by hop. */
static size_t rows_of_number(struct ladder *l, size_t first, struct kept *k,
			     size_t n)
{
	size_t most = 0;

	for (size_t i = 0, j = 0; i < n; i++) {
		j = i && k[i].hop == k[i - 1].hop ? j + 1 : 0;
		struct ladder_row *row = &l->row[first + j];

		row->leg = &l->legs[(first + j) * l->n_legs];
		row_add(row, &k[i]);
		if (j + 1 > most)
			most = j + 1;
	}
	return most;
}

static void assemble(struct ladder *l, struct kept *k, size_t n)
{
	if (n)
		qsort(k, n, sizeof *k, by_number);
	l->row = mem_zalloc(n + 1, sizeof *l->row);
	l->legs = mem_zalloc(n * l->n_legs + 1, sizeof *l->legs);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n; end++)
			if (k[end].dir != k[i].dir ||
			    k[end].leg.e.tx != k[i].leg.e.tx)
				break;
		l->n += rows_of_number(l, l->n, k + i, end - i);
	}
	for (size_t i = 0; i < n; i++)
		free(k[i].what);
	if (l->n)
		qsort(l->row, l->n, sizeof *l->row, by_time);
}

void ladder_load(struct ladder *l, const struct model *m,
		 const struct session_view *v, int64_t anchor_ns)
{
	struct collector c = { .m = m, .v = v, .clocks = true };

	c.n_legs = v->row.n_flows > 1 ? v->row.n_flows - 1 : 1;
	told_make(&c.told, m);
	narrow(&c, anchor_ns);
	sweep(&c, true);
	*l = (struct ladder){
		.n_legs = c.n_legs,
		.left_out = c.outside,
		.first_ns = c.first_ns,
		.clocks = c.clocks,
	};
	assemble(l, c.kept.at, c.kept.n);
	told_release(&c.told);
	VEC_FREE(&c.kept);
}

void ladder_release(struct ladder *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->row[i].what);
	free(l->row);
	free(l->legs);
	*l = (struct ladder){ 0 };
}

static bool find_in(const struct model *m, const struct flow_row *flow,
		    uint64_t frame, int64_t *t)
{
	bool found = false;

	for (int dir = 0; dir < 2 && !found; dir++) {
		struct recs *r = recs_open(m->store, flow, dir);

		for (uint64_t i = 0; i < recs_count(r) && !found; i++)
			if (recs_get(r, i)->frame == frame) {
				*t = recs_get(r, i)->time_ns;
				found = true;
			}
		recs_close(r);
	}
	return found;
}

bool ladder_find(const struct model *m, const struct session_view *v,
		 int64_t point, uint64_t frame, int64_t *at_ns)
{
	for (size_t i = 0; i < v->row.n_flows; i++) {
		const struct clock_row *clock = model_clock(m, point);
		int64_t t, low, high;

		if (v->flow[i].row.point != point ||
		    !find_in(m, &v->flow[i].row, frame, &t))
			continue;
		*at_ns = t;
		if (clock)
			clock_to_first(clock, t, at_ns, &low, &high);
		return true;
	}
	return false;
}
