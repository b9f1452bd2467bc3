/* A point's time on the first point's clock.
 *
 * A piece bounds the offset at its knots.  Within a piece the offset is a line
 * (that is what a piece is), so the chord from knot to knot of upper bounds is
 * an upper bound, and the chord of lower ones a lower bound.  Beyond the ends
 * the drift bounds extrapolate.  clock_piece_at() does that.
 *
 * Which piece applies at a time t of the point's clock?  One that covers t.
 * More than one does if the clock was set back, as it showed t twice.  A step
 * is somewhere between the last packet before and the first one after it;
 * either piece may apply during that pause (pause_after()).  The answer is the
 * union of all that may apply: clock_row_at().
 *
 * Cost: O(pieces) a call; a piece is O(1), as knots are evenly spread.
 */
#include <math.h>

#include "base/gather.h"
#include "correlate/clock_int.h"

#define ROUNDED_NS 4096 /* more than chords are off: doubles of 2^62 */

/* ceil() and floor(), which here are calls: this is asked a dozen times of each
 * session. */
static ALWAYS_INLINE int64_t whole(double d, bool up)
{
	int64_t i;

	if (!(fabs(d) < 0x1p63)) /* of a damaged case */
		return d < 0 ? INT64_MIN : INT64_MAX;
	i = (int64_t)d; /* towards 0 */
	return up ? i + ((double)i < d) : i - ((double)i > d);
}

static ALWAYS_INLINE int64_t drift_over(double ppm, int64_t ns, bool up)
{
	double d = ppm * 1e-6 * (double)ns;

	if (!(fabs(d) < 4e18))
		return d < 0 ? INT64_MIN : INT64_MAX;
	return whole(d, up);
}

int64_t clock_knot_ns(const struct clock_piece *p, unsigned i)
{
	double span = (double)p->to_ns - (double)p->from_ns;

	return i + 1 == CLOCK_KNOTS
		       ? p->to_ns
		       : clock_add(p->from_ns,
				   (int64_t)(span * i / (CLOCK_KNOTS - 1)));
}

/* Bounds known at @at_ns, extrapolated to @t_ns by the drift bounds. */
static struct clock_at carry(const struct clock_piece *p, int64_t low,
			     int64_t high, int64_t at_ns, int64_t t_ns)
{
	int64_t d = clock_sub(t_ns, at_ns);
	bool later = d >= 0;
	struct clock_at a = { 0, low, high };

	if (low != INT64_MIN)
		a.low = clock_add(low, drift_over(later ? p->drift_low_ppm
							: p->drift_high_ppm,
						  d, false));
	if (high != INT64_MAX)
		a.high = clock_add(high, drift_over(later ? p->drift_high_ppm
							  : p->drift_low_ppm,
						    d, true));
	return a;
}

static ALWAYS_INLINE int64_t chord(int64_t a, int64_t b, double share, bool up)
{
	double d;

	if (a == INT64_MIN || a == INT64_MAX || b == INT64_MIN ||
	    b == INT64_MAX)
		return up ? INT64_MAX : INT64_MIN;
	d = ((double)b - (double)a) * share;
	return clock_add(a, whole(d, up));
}

/* Where @t_ns, within the piece, is between knots. */
static ALWAYS_INLINE unsigned knot_before(const struct clock_piece *p,
					  int64_t t_ns, double *share)
{
	double span = (double)p->to_ns - (double)p->from_ns;
	double pos = span > 0 ? (double)clock_sub(t_ns, p->from_ns) / span *
					(CLOCK_KNOTS - 1)
			      : 0;
	unsigned k = pos >= CLOCK_KNOTS - 1 ? CLOCK_KNOTS - 2 : (unsigned)pos;

	*share = pos - k;
	return k;
}

static ALWAYS_INLINE struct clock_at between(const struct clock_piece *p,
					     int64_t t_ns)
{
	double share;
	unsigned k = knot_before(p, t_ns, &share);

	return (struct clock_at){
		0,
		chord(p->knot_low_ns[k], p->knot_low_ns[k + 1], share, false),
		chord(p->knot_high_ns[k], p->knot_high_ns[k + 1], share, true),
	};
}

/* The offset, unless bounds forbid it. */
static ALWAYS_INLINE int64_t likely(const struct clock_piece *p, int64_t t_ns)
{
	return clock_add(p->offset_ns,
			 drift_over(p->drift_ppm, clock_sub(t_ns, p->at_ns),
				    false));
}

/* Is it certain, without the bounds, that they do not forbid offset @mid?  Chords
 * are between their ends, but for rounding. */
static ALWAYS_INLINE bool is_free(const struct clock_piece *p, int64_t t_ns,
				  int64_t mid)
{
	const int64_t *low = p->knot_low_ns, *high = p->knot_high_ns;
	double share;
	unsigned k;

	if (p->n_knots != CLOCK_KNOTS || t_ns < p->from_ns || t_ns > p->to_ns)
		return false;
	k = knot_before(p, t_ns, &share);
	return clock_sub(mid, low[k]) > ROUNDED_NS &&
	       clock_sub(mid, low[k + 1]) > ROUNDED_NS &&
	       clock_sub(high[k], mid) > ROUNDED_NS &&
	       clock_sub(high[k + 1], mid) > ROUNDED_NS;
}

static ALWAYS_INLINE struct clock_at piece_at(const struct clock_piece *p,
					      int64_t t_ns)
{
	struct clock_at a;

	if (p->n_knots != CLOCK_KNOTS)
		a = carry(p, p->offset_low_ns, p->offset_high_ns, p->at_ns,
			  t_ns);
	else if (t_ns < p->from_ns)
		a = carry(p, p->knot_low_ns[0], p->knot_high_ns[0], p->from_ns,
			  t_ns);
	else if (t_ns > p->to_ns)
		a = carry(p, p->knot_low_ns[CLOCK_KNOTS - 1],
			  p->knot_high_ns[CLOCK_KNOTS - 1], p->to_ns, t_ns);
	else
		a = between(p, t_ns);
	a.mid = likely(p, t_ns);
	if (a.mid < a.low)
		a.mid = a.low;
	if (a.mid > a.high)
		a.mid = a.high;
	return a;
}

struct clock_at clock_piece_at(const struct clock_piece *p, int64_t t_ns)
{
	return piece_at(p, t_ns);
}

static void widen(struct clock_at *a, struct clock_at b)
{
	a->low = b.low < a->low ? b.low : a->low;
	a->high = b.high > a->high ? b.high : a->high;
}

/* The longest possible pause between the end of @p and the next piece: by the
 * clock itself or by the reference, as only one of the two was stepped. */
static int64_t pause_after(const struct clock_piece *p)
{
	struct clock_at a = clock_piece_at(p, p->to_ns);
	struct clock_at b = clock_piece_at(p + 1, p[1].from_ns);
	int64_t end = clock_sub(p->to_ns, a.high);
	int64_t begin = clock_sub(p[1].from_ns, b.low);
	int64_t own = clock_sub(p[1].from_ns, p->to_ns);
	int64_t other = clock_sub(begin, end);
	int64_t most = own > other ? own : other;

	return most > 0 ? most : 0;
}

/* May piece @i apply at @t_ns: inside it, or in the pauses next to it? */
static bool may_hold(const struct clock_row *c, size_t i, int64_t t_ns)
{
	const struct clock_piece *p = &c->piece[i];

	if (i + 1 < c->n && t_ns > p->to_ns &&
	    clock_sub(t_ns, p->to_ns) > pause_after(p))
		return false;
	if (i && t_ns < p->from_ns &&
	    clock_sub(p->from_ns, t_ns) > pause_after(p - 1))
		return false;
	return true;
}

/* The piece that ends or begins nearest to @t_ns. */
static const struct clock_piece *nearest(const struct clock_row *c,
					 int64_t t_ns)
{
	const struct clock_piece *best = c->piece;
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < c->n; i++) {
		const struct clock_piece *p = &c->piece[i];
		int64_t d = t_ns > p->to_ns ? clock_sub(t_ns, p->to_ns)
					    : clock_sub(p->from_ns, t_ns);

		if (d < least) {
			least = d;
			best = p;
		}
	}
	return best;
}

struct clock_at clock_row_at(const struct clock_row *c, int64_t t_ns)
{
	struct clock_at out = { 0, 0, 0 };
	bool found = false;

	if (c->n == 1)
		return clock_piece_at(c->piece, t_ns);
	for (size_t i = 0; i < c->n; i++) {
		struct clock_at a;

		if (!may_hold(c, i, t_ns))
			continue;
		a = clock_piece_at(&c->piece[i], t_ns);
		if (found)
			widen(&out, a);
		else
			out = a;
		found = true;
	}
	return found ? out : clock_piece_at(nearest(c, t_ns), t_ns);
}

bool clock_to_first(const struct clock_row *c, int64_t t_ns, int64_t *mid,
		    int64_t *low, int64_t *high)
{
	struct clock_at a;

	*mid = *low = *high = t_ns;
	if (c->status == CLOCK_REFERENCE)
		return true;
	if (c->status == CLOCK_NONE || !c->n)
		return false;
	/* nobody set it: as a rule */
	a = c->n == 1 ? piece_at(c->piece, t_ns) : clock_row_at(c, t_ns);
	*mid = clock_sub(t_ns, a.mid);
	*low = !c->high_known || a.high == INT64_MAX ? INT64_MIN
						     : clock_sub(t_ns, a.high);
	*high = !c->low_known || a.low == INT64_MIN ? INT64_MAX
						    : clock_sub(t_ns, a.low);
	return true;
}

bool clock_mid_to_first(const struct clock_row *c, int64_t t_ns, int64_t *mid)
{
	int64_t low, high;

	if (c->n == 1 && c->status != CLOCK_REFERENCE &&
	    c->status != CLOCK_NONE) {
		int64_t off = likely(c->piece, t_ns);

		if (is_free(c->piece, t_ns, off)) {
			*mid = clock_sub(t_ns, off);
			return true;
		}
	}
	return clock_to_first(c, t_ns, mid, &low, &high);
}
