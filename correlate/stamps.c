/* Stamps: a point's clock is a line within a second, so two look-ups per second
 * of capture serve all of its packets; a step within that second is blurred.
 *
 * Bounds between two points come from each one's bounds against the first:
 * the instant of near's stamp t lies in [low, high] of the first clock, so
 * does that of any far stamp; their difference is what may be added.
 */
#include "correlate/stamps.h"

#include "correlate/clock.h"

#define SECOND 1000000000

void stamps_init(struct stamps *s, const struct clock_row *c)
{
	*s = (struct stamps){ .clock = c, .known = true };
	if (!c)
		return;
	s->known = c->status != CLOCK_NONE;
	if (c->status == CLOCK_REFERENCE || !s->known)
		s->clock = NULL;
	s->at_ns = INT64_MIN / 4;
}

void stamps_move(struct stamps *s, int64_t t_ns)
{
	int64_t end = time_add(t_ns, SECOND), a = t_ns, b = end;

	if (!clock_mid_to_first(s->clock, t_ns, &a))
		a = t_ns;
	if (!clock_mid_to_first(s->clock, end, &b))
		b = end;
	s->at_ns = t_ns;
	s->off_ns = time_sub(a, t_ns);
	s->slope = (double)time_sub(time_sub(b, a), SECOND) / SECOND;
	if (s->slope > 0.01 || s->slope < -0.01)
		s->slope = 0; /* there is a step in between: no drift is so
			       * large */
}

static bool to_first(const struct clock_row *c, int64_t t, int64_t *mid,
		     int64_t *low, int64_t *high)
{
	*mid = *low = *high = t;
	if (!c || c->status == CLOCK_REFERENCE)
		return true;
	return clock_to_first(c, t, mid, low, high);
}

static bool mid_to_first(const struct clock_row *c, int64_t t, int64_t *mid)
{
	*mid = t;
	if (!c || c->status == CLOCK_REFERENCE)
		return true;
	return clock_mid_to_first(c, t, mid);
}

struct instant { /* on the first clock */
	int64_t mid, low, high;
};

/* The first clock's time where near's shows @t_ns, and far's stamp then, *t. */
static bool at_both(const struct clock_row *near, const struct clock_row *far,
		    int64_t t_ns, struct instant *n, struct instant *f,
		    int64_t *t)
{
	*t = t_ns;
	if (!to_first(near, t_ns, &n->mid, &n->low, &n->high))
		return false;
	for (int k = 0; k < 2; k++) {
		if (!mid_to_first(far, *t, &f->mid))
			return false;
		*t = time_add(*t, time_sub(n->mid, f->mid));
	}
	return to_first(far, *t, &f->mid, &f->low, &f->high);
}

void stamps_bounds(const struct clock_row *near, const struct clock_row *far,
		   int64_t t_ns, int64_t *low, int64_t *high)
{
	struct instant n, f;
	int64_t t;

	*low = INT64_MIN;
	*high = INT64_MAX;
	if (!at_both(near, far, t_ns, &n, &f, &t))
		return;
	if (n.low != INT64_MIN && f.high != INT64_MAX)
		*low = time_add(time_sub(t, t_ns), time_sub(n.low, f.high));
	if (n.high != INT64_MAX && f.low != INT64_MIN)
		*high = time_add(time_sub(t, t_ns), time_sub(n.high, f.low));
}

bool stamps_guess(const struct clock_row *near, const struct clock_row *far,
		  int64_t t_ns, int64_t *f)
{
	struct instant x, y;
	int64_t t;

	if (!near || !far || !at_both(near, far, t_ns, &x, &y, &t))
		return false;
	*f = time_sub(t, t_ns);
	return true;
}
