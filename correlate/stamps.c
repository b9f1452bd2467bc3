/* Stamps: a point's clock is a line within a second, so two look-ups a second
 * of capture do for all of its packets; a step within that second is blurred.
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
	int64_t end = time_add(t_ns, SECOND), a = t_ns, b = end, low, high;

	if (!clock_to_first(s->clock, t_ns, &a, &low, &high))
		a = t_ns;
	if (!clock_to_first(s->clock, end, &b, &low, &high))
		b = end;
	s->at_ns = t_ns;
	s->off_ns = time_sub(a, t_ns);
	s->slope = (double)time_sub(time_sub(b, a), SECOND) / SECOND;
	if (s->slope > 0.01 || s->slope < -0.01)
		s->slope = 0; /* a step lies between: no drift is like that */
}

static bool to_first(const struct clock_row *c, int64_t t, int64_t *mid,
		     int64_t *low, int64_t *high)
{
	*mid = *low = *high = t;
	if (!c || c->status == CLOCK_REFERENCE)
		return true;
	return clock_to_first(c, t, mid, low, high);
}

void stamps_bounds(const struct clock_row *near, const struct clock_row *far,
		   int64_t t_ns, int64_t *low, int64_t *high)
{
	int64_t n_mid, n_low, n_high, f_mid, f_low, f_high, t = t_ns;

	*low = INT64_MIN;
	*high = INT64_MAX;
	if (!to_first(near, t_ns, &n_mid, &n_low, &n_high))
		return;
	for (int k = 0; k < 3; k++) {
		if (!to_first(far, t, &f_mid, &f_low, &f_high))
			return;
		if (k < 2)
			t = time_add(t, time_sub(n_mid, f_mid));
	}
	if (n_low != INT64_MIN && f_high != INT64_MAX)
		*low = time_add(time_sub(t, t_ns), time_sub(n_low, f_high));
	if (n_high != INT64_MAX && f_low != INT64_MIN)
		*high = time_add(time_sub(t, t_ns), time_sub(n_high, f_low));
}
