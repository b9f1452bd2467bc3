/* Finding what a relay turned exchanges into: see the header.
 *
 * A relay that adds or removes header lines leaves no content at the same place
 * of the stream; one that shares connections sends what arrived on several over
 * one, or the reverse.  Such sessions stay separate, with packets, fates and
 * losses of their own.  What is reported is that requests of one were forwarded
 * over the other, and how much time that took beyond the back side's answer.
 *
 * Evidence is that of exchanges: a request and an equal one (method, path,
 * status) behind the relay, asked later and answered earlier on one clock
 * (strip.h), which all of them share.
 *
 * Steps, for two points, the nearest first:
 *   1  whose clocks: strip_fit(), with the clients' side on the left, and on the
 *      right; the one that fits far better
 *   2  for each front exchange those at the back that fit (relate_match.c)
 *   3  a pair in which neither has another candidate is a match; what matched
 *      is no longer a candidate for others.  Of several candidates only those
 *      count whose answers' lengths differ by the usual amount, or, if neither
 *      session has matches elsewhere, the one of the same sessions
 *   4  how certain that is (relate_weigh.c): by chance some other exchange of
 *      the kind would fit as often as the kind is frequent, nearby or overall,
 *      in the time that there was for it; against that counts how much of what
 *      the servers got is found on the other side
 *   5  matches by sessions are relations; RELATE_BITS and log2 of the front
 *      exchanges are asked for
 *
 * This comes before pairs of connections with the same bytes (score_relay.c):
 * what is known to continue as several cannot be one of them.
 *
 * Nothing is said unless it is proven that there is a relay between that server
 * and what is behind it: sessions that have several on the other side, or
 * lengths that differ.  Flows that pairing found ambiguous take no part: they
 * may be one connection at both points.
 *
 * A flow is compared with those of the next points of the path that its session
 * does not have, from its nearest one; what was matched there is not looked for
 * farther away.
 *
 * What is left after all pairing is tried by its form alone (relate_forms()): a
 * relay that ends TLS, or speaks another protocol on its other side, leaves
 * neither bytes nor names in common, only who speaks when, and about how much.
 * Exchanges are then turns (turns.h); all are of one kind, so more of them are
 * needed, and their lengths are compared allowing for encryption and framing
 * (relate_lengths.c). Exchanges without a counterpart count against it.
 * Nothing depends on such a relation: it comes last, and does not constrain
 * other pairs.  It is not tried for sessions whose requests can be read on both
 * sides.
 *
 * Cost: O(candidates), at most CANDIDATES per exchange, found in at most LOOKS
 * steps; an exchange with more is left out, as are all beyond ASKS_MAX of a
 * point. Without HTTP messages at two points only the list of blocks is read.
 */
#include "correlate/relate.h"

#include <math.h>
#include <stdlib.h>

#include "correlate/keys.h"
#include "correlate/relate_int.h"
#include "correlate/turns.h"

#define CLEARLY 2 /* times as many exchanges as the other way round */
/* ns: more than clocks are off by coarsely, and drift in a day at 10 ppm */
#define CLOCKS_ROOM 2e9

struct all { /* points */
	struct pair_case *c;
	bool form;          /* of turns, not of messages */
	struct asks *asks;  /* by point; mate: 0 once it is reported */
	uint8_t *ambiguous; /* by flow */
	struct relations *out;
};

/* Has the session of @flow no flow at the points from @i to @j? */
static bool has_none(struct pair_case *c, uint32_t flow, size_t i, size_t j)
{
	uint64_t points = c->points_of[sets_root(c, flow, NULL)];

	for (size_t k = i; k <= j; k++)
		if (points >> k & 1)
			return false;
	return true;
}

/* What is related by messages needs no relation by form. */
static bool is_told(const struct all *a, uint32_t flow)
{
	return a->form && a->c->related &&
	       a->c->related[sets_root(a->c, flow, NULL)];
}

static void read_point(struct all *a, size_t i)
{
	const struct point *p = &a->c->point[i];
	uint8_t *wants = mem_zalloc(p->n + 1, 1);

	for (size_t k = 0; k < p->n; k++) {
		uint32_t flow = p->base + (uint32_t)k;

		wants[k] = !a->ambiguous[flow] && !is_told(a, flow) &&
			   ((i && has_none(a->c, flow, i - 1, i - 1)) ||
			    (i + 1 < a->c->n &&
			     has_none(a->c, flow, i + 1, i + 1)));
	}
	if (a->form)
		turns_read(a->c, i, wants, &a->asks[i]);
	else
		asks_read(a->c, i, wants, &a->asks[i]);
	free(wants);
}

/* Exchanges of point @i of sessions without a flow from @from to @to, not
 * reported yet. */
static void take_side(struct all *a, size_t i, size_t from, size_t to,
		      struct side *s)
{
	const struct asks *in = &a->asks[i];

	s->point = i;
	s->p = &a->c->point[i];
	s->n_asks = mem_zalloc(s->p->n + 1, sizeof *s->n_asks);
	s->first_ns = INT64_MAX;
	s->last_ns = INT64_MIN;
	for (size_t k = 0; k < in->n; k++) {
		struct ask x = in->at[k];

		s->n_asks[x.flow]++;
		if (x.mate != ASK_NONE ||
		    !has_none(a->c, s->p->base + x.flow, from, to))
			continue;
		x.place = (uint32_t)k;
		*VEC_PUSH(&s->asks) = x;
		s->first_ns = x.asked < s->first_ns ? x.asked : s->first_ns;
		s->last_ns = x.told > s->last_ns ? x.told : s->last_ns;
	}
}

static void side_release(struct side *s)
{
	VEC_FREE(&s->asks);
	free(s->n_asks);
}

static void note_told(struct all *a, const struct relating *r)
{
	for (size_t i = 0; i < r->front.asks.n; i++) {
		const struct ask *f = front_ask(r, i);

		if (f->mate == ASK_NONE)
			continue;
		a->asks[r->front.point].at[f->place].mate = 0;
		a->asks[r->back.point].at[back_ask(r, f->mate)->place].mate = 0;
	}
}

/* Whose clients are on which side: the strip that fits far better. */
static bool fit_sides(struct side *near, struct side *far, bool form,
		      struct relating *r)
{
	struct strip out, back = { .known = false };
	int64_t tick = near->p->resolution_ns + far->p->resolution_ns;
	void (*fit)(const struct asks *front, const struct asks *back,
		    int64_t tick_ns, struct strip *out) = form ? strip_fit_forms
							       : strip_fit;

	fit(&near->asks, &far->asks, tick, &out);
	if (!form || out.bits < STRIP_ENOUGH_BITS)
		fit(&far->asks, &near->asks, tick, &back);
	if (out.known && (!back.known || out.n > CLEARLY * back.n)) {
		*r = (struct relating){
			.front = *near, .back = *far, .strip = out, .form = form
		};
		return true;
	}
	if (back.known && (!out.known || back.n > CLEARLY * out.n)) {
		*r = (struct relating){ .front = *far,
					.back = *near,
					.strip = back,
					.form = form };
		return true;
	}
	return false;
}

/* Do sessions that two points share show another difference of their clocks than
 * the turns of @r would need?  These fit somewhere by chance, or as one program
 * speaks to many in the same way. */
static bool clocks_forbid(const struct all *a, const struct relating *r)
{
	const struct pair_case *c = a->c;
	size_t i = r->front.point, j = r->back.point;
	double apart, off;

	if (!r->form || !c->same || c->same[i] != c->same[j])
		return false;
	apart = (double)time_sub(c->offset[j], c->offset[i]);
	off = fmax(r->strip.low - apart, apart - r->strip.high);
	return off > CLOCKS_ROOM;
}

static void relate_two(struct all *a, size_t i, size_t j)
{
	struct side near = { 0 }, far = { 0 };
	struct relating r;

	take_side(a, i, i + 1, j, &near);
	take_side(a, j, i, j - 1, &far);
	if (fit_sides(&near, &far, a->form, &r) && !clocks_forbid(a, &r)) {
		relate_match(&r);
		relate_weigh(&r, a->out);
		note_told(a, &r);
		relate_match_release(&r);
	}
	side_release(&near);
	side_release(&far);
}

/* A key that does not depend on which is in front. */
static uint64_t key_changed(const struct flow *a, const struct flow *b)
{
	uint64_t x = key_end(a, 1), y = key_end(b, 1);

	return x < y ? key_mix(x, y) : key_mix(y, x);
}

static bool is_known(const struct pair_case *c, uint64_t key)
{
	size_t pos = SIZE_MAX;

	return htab_find(&c->changed, key, &pos) != HTAB_NONE;
}

bool relate_knows(const struct pair_case *c, const struct flow *l,
		  const struct flow *r)
{
	return c->changed.n && is_known(c, key_changed(l, r));
}

static void note_related(struct pair_case *c, const struct relations *r)
{
	uint64_t key;
	size_t point;

	if (!r->n)
		return;
	c->related = mem_zalloc((size_t)c->n_flows + 1, 1);
	for (size_t i = 0; i < r->n; i++) {
		c->related[sets_root(c, r->at[i].front, NULL)] = 1;
		c->related[sets_root(c, r->at[i].back, NULL)] = 1;
		key = key_changed(case_flow(c, r->at[i].front, &point),
				  case_flow(c, r->at[i].back, &point));
		if (!is_known(c, key))
			htab_put(&c->changed, key, 0);
	}
}

static void relate_all(struct all *a)
{
	struct pair_case *c = a->c;

	a->asks = mem_zalloc(c->n, sizeof *a->asks);
	a->ambiguous = mem_zalloc((size_t)c->n_flows + 1, 1);
	for (size_t i = 0; i < c->rival.n; i++)
		a->ambiguous[c->rival.at[i].flow] = 1;
	for (size_t i = 0; i < c->n; i++)
		read_point(a, i);
	for (size_t apart = 1; apart < c->n; apart++)
		for (size_t i = 0; i + apart < c->n; i++)
			if (a->asks[i].n && a->asks[i + apart].n)
				relate_two(a, i, i + apart);
	for (size_t i = 0; i < c->n; i++)
		VEC_FREE(&a->asks[i]);
	free(a->asks);
	free(a->ambiguous);
}

void relate_points(struct pair_case *c, struct relations *out)
{
	struct all a = { .c = c, .out = out };

	if (c->n < 2)
		return;
	relate_all(&a);
	note_related(c, out);
}

void relate_forms(struct pair_case *c, struct relations *out)
{
	struct all a = { .c = c, .form = true, .out = out };

	if (c->n > 1)
		relate_all(&a);
}

void relate_put(struct pair_case *c, const struct relations *r,
		const int64_t *session_of)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct relation *x = &r->at[i];
		struct relay_row row = x->row;

		row.front = session_of[sets_root(c, x->front, NULL)];
		row.back = session_of[sets_root(c, x->back, NULL)];
		store_relay_put(c->store, &row);
	}
}
