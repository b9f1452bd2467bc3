/* Clocks of more than two points, made consistent.
 *
 * Every pair of points that share packets gives bounds, which hold whatever the
 * other pairs say.  Offsets add up along the points, so bounds of any two pairs
 * give bounds of the third: clock_compose().  What is known of a clock is the
 * intersection over all paths to it: clock_narrow().  (On constant offsets that
 * is the all-pairs shortest path of difference constraints; an empty
 * intersection is its negative cycle.)
 *
 * Offsets change with time, so they are added at one instant: where the outer
 * clock shows t, its offset o(t) is in some interval, so the middle clock shows
 * t - o(t), in an interval too, and the inner bounds are taken over all of
 * that.  At the knots of a piece that gives new bounds; as both offsets are
 * lines there, so is their sum, and the chords stay valid.  Rates multiply: 1 -
 * drift = (1 - outer drift)(1 - inner drift), as drift is by the far clock.
 *
 * Cost: O(pieces) each.
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "correlate/clock_int.h"

#define PPM 1e-6

static void include(struct clock_at *a, struct clock_at b)
{
	a->low = b.low < a->low ? b.low : a->low;
	a->high = b.high > a->high ? b.high : a->high;
}

/* Bounds of @p over all of [a, b]: at its ends, as in between are lines. */
static struct clock_at over(const struct clock_piece *p, int64_t a, int64_t b)
{
	struct clock_at out = clock_piece_at(p, a);

	include(&out, clock_piece_at(p, b));
	for (unsigned i = 0; i < CLOCK_KNOTS && p->n_knots; i++) {
		int64_t t = clock_knot_ns(p, i);

		if (t > a && t < b)
			include(&out, clock_piece_at(p, t));
	}
	return out;
}

/* a + b, where a side that is not known stays so. */
static int64_t sum(int64_t a, int64_t b, bool up)
{
	int64_t none = up ? INT64_MAX : INT64_MIN;

	return a == none || b == none ? none : clock_add(a, b);
}

/* --- the other way round --- */

/* Bounds of @p over the instants t + o with o in @a; an unknown side is taken
 * to be the longest plausible transit. */
static struct clock_at over_offsets(const struct clock_piece *p, int64_t t_ns,
				    struct clock_at a)
{
	if (a.low == INT64_MIN)
		a.low = clock_sub(a.mid, CLOCK_TRANSIT);
	if (a.high == INT64_MAX)
		a.high = clock_add(a.mid, CLOCK_TRANSIT);
	return over(p, clock_add(t_ns, a.low), clock_add(t_ns, a.high));
}

static struct clock_at inverse_at(const struct clock_piece *p, int64_t t_ns)
{
	/* this clock shows t, so the other shows t + o, o at that instant:
	 * drift is below a thousandth, so two evaluations bracket it */
	struct clock_at a = clock_piece_at(p, clock_add(t_ns, p->offset_ns));
	struct clock_at b = over_offsets(p, t_ns, a);

	include(&a, b);
	b = over_offsets(p, t_ns, a);
	return (struct clock_at){
		clock_sub(0, clock_piece_at(p, clock_add(t_ns, a.mid)).mid),
		b.high == INT64_MAX ? INT64_MIN : clock_sub(0, b.high),
		b.low == INT64_MIN ? INT64_MAX : clock_sub(0, b.low),
	};
}

static double inverse_drift(double ppm)
{
	/* dt' = dt (1 - d): d' = -d / (1 - d) */
	return -ppm / (1 - ppm * PPM);
}

static void set_start(struct clock_piece *p, int64_t mid)
{
	p->at_ns = p->from_ns;
	p->offset_low_ns = p->knot_low_ns[0];
	p->offset_high_ns = p->knot_high_ns[0];
	p->offset_ns = mid;
	if (p->offset_ns < p->offset_low_ns)
		p->offset_ns = p->offset_low_ns;
	if (p->offset_ns > p->offset_high_ns)
		p->offset_ns = p->offset_high_ns;
}

static void invert_piece(const struct clock_piece *p, struct clock_piece *out)
{
	*out = (struct clock_piece){ .joined = p->joined,
				     .n_knots = CLOCK_KNOTS };
	for (int i = 0; i < 2; i++) {
		out->place[i] = p->first_place[i];
		out->first_place[i] = p->place[i];
	}
	out->from_ns = clock_sub(p->from_ns, clock_piece_at(p, p->from_ns).mid);
	out->to_ns = clock_sub(p->to_ns, clock_piece_at(p, p->to_ns).mid);
	if (out->to_ns < out->from_ns)
		out->to_ns = out->from_ns;
	for (unsigned i = 0; i < CLOCK_KNOTS; i++) {
		struct clock_at a = inverse_at(p, clock_knot_ns(out, i));

		out->knot_low_ns[i] = a.low;
		out->knot_high_ns[i] = a.high;
	}
	set_start(out, inverse_at(p, out->from_ns).mid);
	out->drift_ppm = inverse_drift(p->drift_ppm);
	out->drift_low_ppm = inverse_drift(p->drift_high_ppm);
	out->drift_high_ppm = inverse_drift(p->drift_low_ppm);
}

void clock_invert(const struct clock_row *c, struct clock_row *out)
{
	*out = *c;
	out->low_known = c->high_known;
	out->high_known = c->low_known;
	out->piece = mem_zalloc(c->n + 1, sizeof *out->piece);
	for (size_t i = 0; i < c->n; i++)
		invert_piece(&c->piece[i], &out->piece[i]);
}

/* --- one after another --- */

static struct clock_at compose_at(const struct clock_piece *outer,
				  const struct clock_piece *inner, int64_t t_ns)
{
	struct clock_at a = clock_piece_at(outer, t_ns), b, m;

	if (a.low == INT64_MIN || a.high == INT64_MAX)
		b = m = clock_piece_at(inner, clock_sub(t_ns, a.mid));
	else {
		b = over(inner, clock_sub(t_ns, a.high),
			 clock_sub(t_ns, a.low));
		m = clock_piece_at(inner, clock_sub(t_ns, a.mid));
	}
	return (struct clock_at){ clock_add(a.mid, m.mid),
				  sum(a.low, b.low, false),
				  sum(a.high, b.high, true) };
}

static double compose_drift(double a, double b)
{
	return a + b - a * b * PPM;
}

static void compose_piece(const struct clock_piece *outer,
			  const struct clock_piece *inner, int64_t from,
			  int64_t to, struct clock_piece *out)
{
	*out = (struct clock_piece){ .from_ns = from,
				     .to_ns = to,
				     .n_knots = CLOCK_KNOTS };
	for (unsigned i = 0; i < CLOCK_KNOTS; i++) {
		struct clock_at a = compose_at(outer, inner,
					       clock_knot_ns(out, i));

		out->knot_low_ns[i] = a.low;
		out->knot_high_ns[i] = a.high;
	}
	set_start(out, compose_at(outer, inner, from).mid);
	out->drift_ppm = compose_drift(outer->drift_ppm, inner->drift_ppm);
	out->drift_low_ppm = compose_drift(outer->drift_low_ppm,
					   inner->drift_low_ppm);
	out->drift_high_ppm = compose_drift(outer->drift_high_ppm,
					    inner->drift_high_ppm);
}

/* The range of the outer clock in which the inner piece certainly applies. */
static void inner_extent(const struct clock_piece *outer,
			 const struct clock_row *inner, size_t i, int64_t *from,
			 int64_t *to)
{
	const struct clock_piece *q = &inner->piece[i];
	struct clock_at a = clock_piece_at(outer, clock_add(q->from_ns,
							    outer->offset_ns));

	*from = i ? sum(q->from_ns, a.high, true) : INT64_MIN;
	a = clock_piece_at(outer, clock_add(q->to_ns, outer->offset_ns));
	*to = i + 1 < inner->n ? sum(q->to_ns, a.low, false) : INT64_MAX;
}

void clock_compose(const struct clock_row *outer, const struct clock_row *inner,
		   struct clock_row *out)
{
	*out = (struct clock_row){ .status = CLOCK_NONE };
	if (outer->status == CLOCK_NONE || inner->status == CLOCK_NONE)
		return;
	out->slack_ns = clock_add(outer->slack_ns, inner->slack_ns);
	out->low_known = outer->low_known && inner->low_known;
	out->high_known = outer->high_known && inner->high_known;
	out->piece = mem_zalloc(outer->n * inner->n + 1, sizeof *out->piece);
	for (size_t i = 0; i < outer->n; i++)
		for (size_t k = 0; k < inner->n; k++) {
			const struct clock_piece *p = &outer->piece[i];
			int64_t from, to;

			inner_extent(p, inner, k, &from, &to);
			from = p->from_ns > from ? p->from_ns : from;
			to = p->to_ns < to ? p->to_ns : to;
			if (from > to)
				continue;
			compose_piece(p, &inner->piece[k], from, to,
				      &out->piece[out->n]);
			out->piece[out->n++].joined = k ? inner->piece[k].joined
							: p->joined;
		}
	if (!out->n || (!out->low_known && !out->high_known))
		return;
	out->status = out->low_known && out->high_known ? CLOCK_FITTED
							: CLOCK_ONE_WAY;
}

/* --- narrower --- */

static bool narrow_bounds(int64_t *low, int64_t *high, struct clock_at a,
			  int64_t slack)
{
	int64_t l = a.low > *low ? a.low : *low;
	int64_t h = a.high < *high ? a.high : *high;

	if (l > h) {
		if (clock_sub(l, h) > slack)
			return false;
		/* late stamps: either may be off, keep both */
		int64_t t = l;

		l = h;
		h = t;
	}
	*low = l;
	*high = h;
	return true;
}

/* The drift bounds that @other's pieces allow over the time of @p. */
static void narrow_drift(struct clock_piece *p, const struct clock_row *other)
{
	double low = INFINITY, high = -INFINITY;
	double span = (double)p->to_ns - (double)p->from_ns;
	unsigned z = CLOCK_KNOTS - 1;

	for (size_t i = 0; i < other->n; i++) {
		low = fmin(low, other->piece[i].drift_low_ppm);
		high = fmax(high, other->piece[i].drift_high_ppm);
	}
	if (span > 0 && p->knot_low_ns[0] != INT64_MIN &&
	    p->knot_high_ns[0] != INT64_MAX && p->knot_low_ns[z] != INT64_MIN &&
	    p->knot_high_ns[z] != INT64_MAX) {
		low = fmax(low, ((double)p->knot_low_ns[z] -
				 (double)p->knot_high_ns[0]) /
					span / PPM);
		high = fmin(high, ((double)p->knot_high_ns[z] -
				   (double)p->knot_low_ns[0]) /
					  span / PPM);
	}
	low = fmax(low, p->drift_low_ppm);
	high = fmin(high, p->drift_high_ppm);
	if (low > high)
		return;
	p->drift_low_ppm = low;
	p->drift_high_ppm = high;
	p->drift_ppm = fmin(fmax(p->drift_ppm, low), high);
}

static bool narrow_piece(struct clock_piece *p, const struct clock_row *other,
			 int64_t slack)
{
	for (unsigned i = 0; i < CLOCK_KNOTS; i++)
		if (!narrow_bounds(&p->knot_low_ns[i], &p->knot_high_ns[i],
				   clock_row_at(other, clock_knot_ns(p, i)),
				   slack))
			return false;
	set_start(p, p->offset_ns);
	narrow_drift(p, other);
	return true;
}

static void copy_row(struct clock_row *to, const struct clock_row *from)
{
	int64_t point = to->point, resolution = to->resolution_ns;

	free(to->piece);
	*to = *from;
	to->point = point;
	to->resolution_ns = resolution;
	to->piece = mem_zalloc(from->n + 1, sizeof *to->piece);
	for (size_t i = 0; i < from->n; i++)
		to->piece[i] = from->piece[i];
}

bool clock_narrow(struct clock_row *c, const struct clock_row *other,
		  int64_t slack_ns)
{
	struct clock_row trial = { 0 };

	if (other->status == CLOCK_NONE)
		return true;
	if (c->status == CLOCK_NONE) {
		copy_row(c, other);
		return true;
	}
	trial.point = c->point;
	trial.resolution_ns = c->resolution_ns;
	copy_row(&trial, c);
	for (size_t i = 0; i < trial.n; i++)
		if (!narrow_piece(&trial.piece[i], other, slack_ns)) {
			free(trial.piece);
			return false;
		}
	trial.low_known |= other->low_known;
	trial.high_known |= other->high_known;
	if (trial.low_known && trial.high_known)
		trial.status = CLOCK_FITTED;
	free(c->piece);
	*c = trial;
	return true;
}

void clock_constant(const struct clock_span *span, int64_t low_ns,
		    int64_t high_ns, struct clock_row *out)
{
	double t = (double)span->last_ns - (double)span->first_ns;
	double most = t > 0 ? ((double)high_ns - (double)low_ns) / t / PPM
			    : CLOCK_DRIFT_LIMIT / PPM;
	struct clock_piece *p = mem_zalloc(1, sizeof *p);

	most = fmin(most, CLOCK_DRIFT_LIMIT / PPM);
	*out = (struct clock_row){ .status = CLOCK_FITTED,
				   .low_known = true,
				   .high_known = true,
				   .n = 1,
				   .piece = p };
	p->from_ns = span->first_ns;
	p->to_ns = span->last_ns > span->first_ns ? span->last_ns
						  : span->first_ns;
	p->n_knots = CLOCK_KNOTS;
	for (unsigned i = 0; i < CLOCK_KNOTS; i++) {
		p->knot_low_ns[i] = low_ns;
		p->knot_high_ns[i] = high_ns;
	}
	set_start(p, low_ns + (high_ns - low_ns) / 2);
	p->drift_low_ppm = -most;
	p->drift_high_ppm = most;
}
