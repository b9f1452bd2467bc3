/* Matches by sessions: which of them are relations.
 *
 * Steps 4 and 5 of relate.c.
 *
 * A match is wrong if the front exchange's true counterpart was not captured,
 * and another of the kind fits by chance (relate_chance()) whose own front one
 * was not captured either: otherwise one of the two would have had two
 * candidates.  The rest of the server's exchanges, in front and at the back,
 * tells how often that happens (rate_of()).
 *
 * A server's relations are reported only if they cannot be one connection at
 * both points (is_proven()).
 */
#include "correlate/relate_int.h"

#include <math.h>
#include <stdlib.h>

#include "correlate/keys.h"

#define RELATE_BITS 8.0
#define FORM_BITS 16.0 /* if only the form is known */
#define CAP_BITS 20.0  /* of an exchange */
#define PROVEN 2       /* exchanges of other lengths, at least */
#define BEST_RATE 0.99
#define BEST_BACK_RATE 0.95 /* some may have been missed on both sides */
#define SURE_OVER 10.0      /* bits, for a high confidence */

struct server { /* at one side */
	uint64_t end;
	size_t asks, found; /* with candidates, or being one */
	size_t matches;
	double chance;  /* sum over matches */
	size_t lengths; /* of matches in relations, that differ */
	bool shared;    /* relations have flows in common */
};

struct match {
	const struct ask *front, *back;
	double chance;
};

struct weighing {
	struct relating *of;
	struct htab by_end; /* of front ones, and of back ones */
	struct VEC(struct server) servers;
	struct VEC(struct match) match; /* by front flow, back flow, time */
	struct relations found;         /* by front flow, back flow */
	/* by flow of the front, of the back: exchanges without a candidate,
	 * though both points ran; owned */
	uint32_t *missing[2];
};

/* Valid until the next call. */
static struct server *server_at(struct weighing *w, bool back, uint32_t flow)
{
	const struct side *s = back ? &w->of->back : &w->of->front;
	uint64_t end = key_mix(back, key_end(&s->p->flow[flow], 1));
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&w->by_end, end, &pos)) != HTAB_NONE)
		if (i < w->servers.n && w->servers.at[i].end == end)
			return &w->servers.at[i];
	htab_put(&w->by_end, end, (uint32_t)w->servers.n);
	*VEC_PUSH(&w->servers) = (struct server){ .end = end };
	return &w->servers.at[w->servers.n - 1];
}

static struct server *server_of(struct weighing *w, uint32_t front)
{
	return server_at(w, false, front);
}

/* --- 4: how sure --- */

/* Was the back point capturing exchanges at the time of the front exchange? */
static bool both_ran(const struct relating *r, const struct ask *f)
{
	double low, high;

	strip_range(&r->strip, f->asked, &low, &high);
	return (double)f->told + high >= (double)r->back.first_ns &&
	       (double)f->asked + low <= (double)r->back.last_ns;
}

/* The same of a back exchange. */
static bool front_ran(const struct relating *r, const struct ask *b)
{
	double low, high;

	/* by its drift the strip moves as much as its slack, or less, in the
	 * time that lies between */
	strip_range(&r->strip, r->strip.at_ns, &low, &high);
	return (double)b->told >= (double)r->front.first_ns + low &&
	       (double)b->asked <= (double)r->front.last_ns + high;
}

/* How many of the back exchanges may have come from the front ones. */
static void count_back(struct weighing *w)
{
	const struct relating *r = w->of;
	uint8_t *is = mem_zalloc(r->back.asks.n + 1, 1);

	for (size_t i = 0; i < r->cand.n; i++)
		is[r->cand.at[i]] = 1;
	for (size_t i = 0; i < r->back.asks.n; i++) {
		const struct ask *b = back_ask(r, i);
		struct server *v = server_at(w, true, b->flow);

		v->asks += front_ran(r, b);
		v->found += front_ran(r, b) && is[i];
		w->missing[1][b->flow] += front_ran(r, b) && !is[i];
	}
	free(is);
}

static int by_sessions(const void *a, const void *b)
{
	const struct match *x = a, *y = b;

	if (x->front->flow != y->front->flow)
		return x->front->flow < y->front->flow ? -1 : 1;
	if (x->back->flow != y->back->flow)
		return x->back->flow < y->back->flow ? -1 : 1;
	if (x->front->asked != y->front->asked)
		return x->front->asked < y->front->asked ? -1 : 1;
	return x->front->frame[0] < y->front->frame[0]
		       ? -1
		       : x->front->frame[0] > y->front->frame[0];
}

static void list_matches(struct weighing *w)
{
	const struct relating *r = w->of;

	for (size_t i = 0; i < r->front.asks.n; i++) {
		const struct ask *f = front_ask(r, i), *b;
		struct server *v = server_of(w, f->flow);
		bool ran = both_ran(r, f);
		double chance;

		v->asks += ran;
		v->found += ran && relate_cands(r, i);
		w->missing[0][f->flow] += ran && !relate_cands(r, i);
		if (f->mate == ASK_NONE)
			continue;
		b = back_ask(r, f->mate);
		chance = relate_chance(r, f, b);
		v->matches++;
		v->chance += chance;
		*VEC_PUSH(&w->match) = (struct match){ f, b, chance };
		v = server_at(w, true, b->flow);
		v->matches++;
		v->chance += chance;
	}
	if (w->match.n)
		qsort(w->match.at, w->match.n, sizeof *w->match.at,
		      by_sessions);
}

/* How often the requests that @v got are found behind it, beyond chance. */
static double rate_of(const struct server *v, double best)
{
	double chance = fmin(v->chance / (double)(v->matches + 1), 0.9);
	double found = ((double)v->found + 0.5) / ((double)v->asks + 1);
	double rate = (found - chance) / (1 - chance);

	return fmin(fmax(rate, 1 - best), best);
}

/* What a relation is asked for. */
static double least_bits(const struct relating *r)
{
	return (r->form ? FORM_BITS : RELATE_BITS) +
	       log2((double)r->front.asks.n);
}

/* Of a relay that shares connections a relation may have one exchange: where there are
 * so many that more than CAP_BITS are asked for, its own bits must tell. */
static double match_bits(struct weighing *w, const struct match *m)
{
	double front = rate_of(server_of(w, m->front->flow), BEST_RATE);
	double back = rate_of(server_at(w, true, m->back->flow),
			      BEST_BACK_RATE);
	double bits = log2(front / (1 - front)) - log2(1 - back) -
		      log2(fmax(m->chance, 1e-9));

	return fmin(bits,
		    w->of->form ? CAP_BITS : fmax(CAP_BITS, least_bits(w->of)));
}

/* --- 5: relations --- */

static int64_t longer_by(int64_t from, int64_t to, int64_t back_from,
			 int64_t back_to)
{
	return time_sub(time_sub(to, from), time_sub(back_to, back_from));
}

/* The time in addition to the back side's until the answer began: from the
 * complete request on, if the answer waited for it. */
static int64_t added_of(const struct match *m)
{
	const struct ask *f = m->front, *b = m->back;
	int64_t t = longer_by(f->asked_last, f->told, b->asked_last, b->told);

	if (t < 0 || f->told < f->asked_last || b->told < b->asked_last)
		t = longer_by(f->asked, f->told, b->asked, b->told);
	return t > 0 ? t : 0;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void add_times(const struct match *m, size_t n, struct relay_row *row)
{
	int64_t *t = mem_resize(NULL, n + 1, sizeof *t);

	for (size_t i = 0; i < n; i++)
		t[i] = added_of(&m[i]);
	qsort(t, n, sizeof *t, by_size);
	row->added_min = t[0];
	row->added_median = t[(n - 1) / 2];
	row->added_p95 = t[(n - 1) * 95 / 100];
	row->added_max = t[n - 1];
	free(t);
}

static struct relay_end end_of(const struct side *s, const struct ask *a)
{
	return (struct relay_end){
		.point_pos = s->p->pos,
		.exchanges = s->n_asks[a->flow],
		.part = a->part,
		.frame = a->frame[0],
		.time_ns = a->asked,
	};
}

/* Evidence against a relation: exchanges of its sessions without a counterpart,
 * while others of the server mostly have one. */
static double missing_bits(struct weighing *w, const struct match *m)
{
	const struct server *f = server_of(w, m->front->flow), *b;
	double bits = w->missing[0][m->front->flow] *
		      -log2(1 - rate_of(f, BEST_RATE));

	b = server_at(w, true, m->back->flow);
	return bits + w->missing[1][m->back->flow] *
			      -log2(1 - rate_of(b, BEST_BACK_RATE));
}

static bool other_length(const struct ask *f, const struct ask *b, int k)
{
	return f->len[k] && b->len[k] && f->len[k] != b->len[k];
}

/* Adds the relation of matches of the same two sessions. */
static void add_relation(struct weighing *w, const struct match *m, size_t n)
{
	const struct relating *r = w->of;
	double least = least_bits(r);
	struct server *v;
	struct relation *x;
	double bits = 0;

	for (size_t i = 0; i < n; i++)
		bits += match_bits(w, &m[i]);
	if (r->form)
		bits -= missing_bits(w, m);
	if (bits < least)
		return;
	x = VEC_PUSH(&w->found);
	*x = (struct relation){
		.front = m->front->flow,
		.back = m->back->flow,
		.row = { .exchanges = n,
			 .bits = bits,
			 .sure = !r->form && bits >= least + SURE_OVER,
			 .form = r->form,
			 .end = { end_of(&r->front, m->front),
				  end_of(&r->back, m->back) } },
	};
	add_times(m, n, &x->row);
	v = server_of(w, m->front->flow);
	for (size_t i = 0; i < n; i++)
		v->lengths += other_length(m[i].front, m[i].back, 0) ||
			      other_length(m[i].front, m[i].back, 1);
}

static void find_relations(struct weighing *w)
{
	for (size_t i = 0, n; i < w->match.n; i += n) {
		const struct match *m = &w->match.at[i];

		for (n = 1;
		     i + n < w->match.n && m[n].front->flow == m->front->flow &&
		     m[n].back->flow == m->back->flow;
		     n++)
			;
		add_relation(w, m, n);
	}
}

/* Finds shared connections: sessions with several relations.  Those that share
 * one may be of several servers. */
static void find_shared(struct weighing *w)
{
	uint32_t *with = mem_zalloc(w->of->back.p->n + 1, sizeof *with);

	for (size_t i = 0; i < w->found.n; i++) /* how many a back one has */
		with[w->found.at[i].back]++;
	for (size_t i = 0; i < w->found.n; i++) {
		const struct relation *x = &w->found.at[i];

		if ((i && x[-1].front == x->front) || with[x->back] > 1)
			server_of(w, x->front)->shared = true;
	}
	free(with);
}

static bool is_proven(const struct server *v)
{
	return v->shared || v->lengths >= PROVEN;
}

/* Drops matches that are in no relation, so that points farther away may match
 * them. */
static void part_others(struct weighing *w, const uint8_t *told)
{
	for (size_t i = 0; i < w->match.n; i++) {
		size_t f = (size_t)(w->match.at[i].front -
				    w->of->front.asks.at);

		if (!told[i])
			front_ask(w->of, f)->mate = ASK_NONE;
	}
}

/* Puts relations into @out; exchanges that are in none lose their mates. */
static void tell(struct weighing *w, struct relations *out)
{
	uint8_t *told = mem_zalloc(w->match.n + 1, 1);
	size_t at = 0;

	for (size_t i = 0; i < w->found.n; i++) {
		const struct relation *x = &w->found.at[i];
		struct relation *y;

		if (!is_proven(server_of(w, x->front)))
			continue;
		while (w->match.at[at].front->flow != x->front ||
		       w->match.at[at].back->flow != x->back)
			at++;
		for (size_t k = 0; k < x->row.exchanges; k++)
			told[at++] = 1;
		y = VEC_PUSH(out);
		*y = *x;
		y->front += w->of->front.p->base;
		y->back += w->of->back.p->base;
	}
	part_others(w, told);
	free(told);
}

void relate_weigh(struct relating *r, struct relations *out)
{
	struct weighing w = { .of = r };

	w.missing[0] = mem_zalloc(r->front.p->n + 1, sizeof *w.missing[0]);
	w.missing[1] = mem_zalloc(r->back.p->n + 1, sizeof *w.missing[1]);
	count_back(&w);
	list_matches(&w);
	find_relations(&w);
	find_shared(&w);
	tell(&w, out);
	htab_release(&w.by_end);
	VEC_FREE(&w.servers);
	VEC_FREE(&w.match);
	VEC_FREE(&w.found);
	free(w.missing[0]);
	free(w.missing[1]);
}
