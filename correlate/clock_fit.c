/* From a cloud to pieces with bounds.
 *
 * Each segment that cloud_cut() makes becomes a piece: its strip solved with
 * the least slack that it needs, bounds at the knots, and as the estimate the
 * middle between the two lines of the likeliest slope (clock_pace.c) that touch
 * the clouds (equal least delays both ways: captures cannot tell more).
 *
 * The drift limit of +-250 ppm is a prior, not measured: the crystals of hosts
 * are within +-100 ppm of nominal, and NTP (RFC 5905) corrects the deviation.
 * A strip of height W over a time T tells drift to about W/T, so for less than
 * a minute or two nothing else would bound it.  Packets that need more (a clock
 * being slewed, by up to 500 ppm; a bad one) get more: is_fast() in
 * clock_steps.c.
 *
 * What a time stamp t of a clock with tick r leaves open: clocks truncate ([t,
 * t+r)) or round (t +- r/2), so that the moment is in [t - r/2, t + r): see
 * cloud_loosen() in clock_way.c.
 *
 * A piece with one direction only, among others with both, gets its other side
 * from the longest transit believed in; a cloud with one direction only is
 * one-way: that side stays unknown.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "correlate/clock_int.h"
#include "correlate/place.h"

static int64_t rounded(int64_t origin, double v, bool up)
{
	if (!(fabs(v) < 4e18))
		return v < 0 ? INT64_MIN : INT64_MAX;
	return clock_add(origin, (int64_t)(up ? ceil(v) : floor(v)));
}

/* Time at the far point of a cut: when a packet passed there, or the earliest
 * or latest time corresponding to when it passed the near point. */
static double cut_time(const struct cloud_point *p, const struct strip *s,
		       bool by_near, bool latest)
{
	double level;

	if (!by_near)
		return p->x;
	level = latest ? strip_high(s, p->x) : strip_low(s, p->x);
	if (!isfinite(level))
		return p->x;
	return p->x - p->y + level;
}

/* The segment's extent at the far point, ns from x0. */
static void extent(const struct cloud *c, const struct segment *g,
		   const struct strip *s, bool end_by_near, double *from,
		   double *to)
{
	*from = INFINITY;
	*to = -INFINITY;
	for (size_t i = g->from; i < g->to; i++) {
		const struct cloud_point *p = &c->at[i];

		*from = fmin(*from, cut_time(p, s, g->by_near, true));
		*to = fmax(*to, cut_time(p, s, end_by_near, false));
	}
	if (*to < *from)
		*to = *from;
}

static void fill_places(const struct cloud *c, const struct segment *g,
			struct clock_piece *p)
{
	for (size_t i = g->from; i < g->to; i++) {
		const struct cloud_point *q = &c->at[i];

		if (q->dropped)
			continue;
		place_widen(p->place, q->far_order);
		place_widen(p->first_place, q->near_order);
	}
}

static void fill_knots(const struct cloud *c, const struct strip *s,
		       struct clock_piece *p)
{
	p->n_knots = CLOCK_KNOTS;
	for (unsigned i = 0; i < CLOCK_KNOTS; i++) {
		double x = (double)clock_sub(clock_knot_ns(p, i), c->x0);

		p->knot_low_ns[i] = rounded(c->y0, strip_low(s, x), false);
		p->knot_high_ns[i] = rounded(c->y0, strip_high(s, x), true);
	}
	p->at_ns = p->from_ns;
	p->offset_low_ns = p->knot_low_ns[0];
	p->offset_high_ns = p->knot_high_ns[0];
}

static void fill_estimate(const struct cloud *c, const struct strip *s,
			  double b, struct clock_piece *p)
{
	double x = (double)clock_sub(p->at_ns, c->x0), sum = 0;

	if (s->ceiling.n)
		sum += hull_level(&s->ceiling, b) + b * x;
	if (s->floor.n)
		sum += hull_level(&s->floor, b) + b * x;
	if (s->ceiling.n && s->floor.n)
		sum /= 2;
	p->offset_ns = rounded(c->y0, sum, false);
	if (p->offset_ns < p->offset_low_ns)
		p->offset_ns = p->offset_low_ns;
	if (p->offset_ns > p->offset_high_ns)
		p->offset_ns = p->offset_high_ns;
	p->drift_ppm = b * 1e6;
	p->drift_low_ppm = s->slope_low * 1e6;
	p->drift_high_ppm = s->slope_high * 1e6;
}

/* The time that both points' captures cover, by the far clock; the pieces at
 * its ends extend to there. */
static void reach(const struct cloud *c, const struct strip *s, double b,
		  const struct clock_span *near, const struct clock_span *far,
		  bool first, bool last, struct clock_piece *p)
{
	double level;
	int64_t offset, begin, end;

	level = s->ceiling.n ? hull_level(&s->ceiling, b)
			     : hull_level(&s->floor, b);
	offset = rounded(c->y0, level, false);
	begin = clock_add(near->first_ns, offset);
	end = clock_add(near->last_ns, offset);
	if (begin < far->first_ns)
		begin = far->first_ns;
	if (end > far->last_ns)
		end = far->last_ns;
	if (first && begin < p->from_ns)
		p->from_ns = begin;
	if (last && end > p->to_ns)
		p->to_ns = end;
}

/* Fills in the sides of a piece that no packet bounds. */
static void fill_sides(struct clock_piece *p, int64_t transit)
{
	for (unsigned i = 0; i < CLOCK_KNOTS; i++) {
		if (p->knot_low_ns[i] == INT64_MIN)
			p->knot_low_ns[i] = clock_sub(p->knot_high_ns[i],
						      transit);
		if (p->knot_high_ns[i] == INT64_MAX)
			p->knot_high_ns[i] = clock_add(p->knot_low_ns[i],
						       transit);
	}
	p->offset_low_ns = p->knot_low_ns[0];
	p->offset_high_ns = p->knot_high_ns[0];
}

static void fit_piece(const struct cloud *c, const struct segments *g, size_t i,
		      const struct clock_span *near,
		      const struct clock_span *far, struct clock_row *out)
{
	struct clock_piece *p = &out->piece[out->n++];
	bool last = i + 1 == g->n;
	struct strip s = { .slack = 0 };
	double from, to, pace;

	*p = (struct clock_piece){ .joined = g->at[i].joined };
	cloud_strip(c, g->at[i].from, g->at[i].to, &s);
	s.slope_limit = g->at[i].limit;
	strip_solve(&s, g->at[i].slack);
	pace = cloud_pace(c, g->at[i].from, g->at[i].to, &s);
	extent(c, &g->at[i], &s, !last && g->at[i + 1].by_near, &from, &to);
	p->from_ns = rounded(c->x0, from, false);
	p->to_ns = rounded(c->x0, to, true);
	reach(c, &s, pace, near, far, i == 0, last, p);
	fill_places(c, &g->at[i], p);
	fill_knots(c, &s, p);
	fill_estimate(c, &s, pace, p);
	if (g->at[i].slack > (double)out->slack_ns)
		out->slack_ns = rounded(0, g->at[i].slack, true);
	strip_release(&s);
}

static void set_status(struct clock_row *c, int64_t transit)
{
	for (size_t i = 0; i < c->n; i++) {
		c->low_known |= c->piece[i].offset_low_ns != INT64_MIN;
		c->high_known |= c->piece[i].offset_high_ns != INT64_MAX;
	}
	c->status = !c->n                           ? CLOCK_NONE
		    : c->low_known && c->high_known ? CLOCK_FITTED
						    : CLOCK_ONE_WAY;
	if (c->status == CLOCK_FITTED)
		for (size_t i = 0; i < c->n; i++)
			fill_sides(&c->piece[i], transit);
}

void clock_fit(struct cloud *c, const struct clock_span *near,
	       const struct clock_span *far, int64_t max_transit_ns,
	       struct clock_row *out)
{
	struct segments g = { 0 };

	cloud_cut(c, &g);
	out->piece = mem_zalloc(g.n + 1, sizeof *out->piece);
	for (size_t i = 0; i < g.n; i++)
		fit_piece(c, &g, i, near, far, out);
	set_status(out, max_transit_ns ? max_transit_ns : CLOCK_TRANSIT);
	VEC_FREE(&g);
}
