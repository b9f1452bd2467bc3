/* The points' clocks: offset and drift with hard bounds, steps.
 *
 * reads:  session flow block (a bounded sample)      writes: clock
 */
#pragma once

#include "store/store.h"

struct clock_options {
	int64_t max_transit_ns; /* 0: default 30 s */
};

/* Is @text valid after --clock @point=?  Does not check which points exist.
 * Return: 0, or -1 with @err. */
int clock_check(const char *text, const char *point, struct err *err);
/* Reads --clock overrides from point_row.clock.  Return: 0 or -1. */
int clock_run(struct store *s, const struct clock_options *o, struct err *err);

/* A time of @c's point on the first point's clock: estimate and bounds.
 * Return: false if status is none (outputs: t itself).  One-way clocks give an
 * unbounded side as INT64_MIN or INT64_MAX.  A time near a step, or one that
 * the clock showed twice, gets the union of both sides' bounds. */
bool clock_to_first(const struct clock_row *c, int64_t t_ns, int64_t *mid,
		    int64_t *low, int64_t *high);
/* The estimate alone, in less time. */
bool clock_mid_to_first(const struct clock_row *c, int64_t t_ns, int64_t *mid);
