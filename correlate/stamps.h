/* Times of several points, cheaply: correlate/clock.h for every packet.
 *
 * reads:  clock     writes: nothing
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "store/store.h"

struct stamps {                        /* of one point */
	const struct clock_row *clock; /* NULL: the first point's own */
	bool known;                    /* a common time exists; stamps_init() */
	int64_t at_ns;                 /* the line below applies around here */
	int64_t off_ns; /* first point's time minus this point's */
	double slope;
};

void stamps_init(struct stamps *s, const struct clock_row *c);
void stamps_move(struct stamps *s, int64_t t_ns);

/* @t_ns of this point on the first point's clock: the best estimate. */
static inline int64_t stamps_mid(struct stamps *s, int64_t t_ns)
{
	int64_t d = time_sub(t_ns, s->at_ns);

	if (!s->clock)
		return t_ns;
	if (d > 1000000000 || d < -1000000000) {
		stamps_move(s, t_ns);
		d = time_sub(t_ns, s->at_ns);
	}
	return time_held(time_add(
		t_ns, time_add(s->off_ns, (int64_t)(s->slope * (double)d))));
}

/* Stamp at @far minus stamp at @near of a packet that takes no time, around
 * @t_ns of near's clock: bounds.  INT64_MIN, INT64_MAX: that side is open. */
void stamps_bounds(const struct clock_row *near, const struct clock_row *far,
		   int64_t t_ns, int64_t *low, int64_t *high);
/* The same when both sides are open, but both points' clocks are known one way:
 * a rough value, off by the delays of those ways.  Return: false if one is not
 * known at all. */
bool stamps_guess(const struct clock_row *near, const struct clock_row *far,
		  int64_t t_ns, int64_t *f);
