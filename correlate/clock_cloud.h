/* The packets that two points share, as bounds on the offset of their clocks.
 *
 * Private to correlate/clock*.  The far point is the later one on the path;
 * the offset is the far clock minus the near one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "correlate/hull.h"

struct cloud_point {
	double x; /* time at the far point, ns from cloud.x0 */
	double y; /* bound of the offset, ns from cloud.y0 */
	double near_tick, far_tick;     /* of the clocks, ns */
	uint64_t near_order, far_order; /* capture order at each point */
	uint32_t session; /* any number that tells sessions apart */
	bool back;        /* travelled from far to near: a lower bound */
	bool weak;        /* may pair two copies of one packet */
	bool dropped;     /* contradicts the others: a suspect match */
};

struct cloud {
	struct cloud_point *at; /* owned */
	size_t n, cap;
	int64_t x0, y0;
};

/* A stretch of the cloud that one line fits. */
struct segment {
	size_t from, to; /* points [from, to) of the cloud */
	double slack;    /* ns that the fit needs; mostly 0 */
	bool joined;     /* the clock's rate changed here, without a step */
	double limit;    /* of |drift|, as a ratio */
	bool by_near;    /* cut in the near point's capture order: it is the
			    * near clock that was stepped */
};

struct segments {
	struct segment *at; /* owned; in order of time */
	size_t n, cap;
};

/* |drift| that one clock may have against another, usually and at most: see
 * clock_fit.c. */
#define CLOCK_DRIFT_LIMIT 250e-6
#define CLOCK_DRIFT_MOST 1000e-6

/* Builds the strip of the points [from, to) that are not dropped.  @s
 * zeroed. */
void cloud_strip(const struct cloud *c, size_t from, size_t to,
		 struct strip *s);

/* Sorts the points [from, to) into capture order at the near or far point. */
void cloud_order(struct cloud *c, size_t from, size_t to, bool by_near);

/* Drops suspect points among [from, to) if only a few of them (at most one in
 * @keep) keep a line from fitting with @slack.  The points are in the far
 * point's order, before and after.  Return: false, with none dropped, if they
 * are not few, or look like a step.  (clock_peel.c) */
bool cloud_peel(struct cloud *c, size_t from, size_t to, double slack,
		size_t keep);

/* Reverses the few sessions whose direction of travel pairing got wrong, by the
 * time stamps of neighbouring packets.  (clock_way.c) */
void cloud_turn(struct cloud *c);
/* Removes weak points that alone would determine a bound.  Sorts the cloud into
 * the far point's capture order.  (clock_trim.c) */
void cloud_trim(struct cloud *c);
/* Loosens each bound by the resolution of its two time stamps.  To be called
 * once. */
void cloud_loosen(struct cloud *c);

/* The first point after the clearest step among [from, to), in their current
 * order; 0: none.  @least: how badly its levels explain the packets beside it.
 * (clock_jump.c) */
size_t cloud_jump(const struct cloud *c, size_t from, size_t to, double *least);
/* For groups [right][back] with one slope: the summed distances from the
 * levels, in units of @q, and the slope that minimises them. */
double jump_cost(struct hull g[2][2], const double q[2], double slope);
double jump_slope(struct hull g[2][2], const double q[2]);

/* The likely drift over the points [from, to), whose solved strip is @s. Within
 * its slope bounds.  (clock_pace.c) */
double cloud_pace(const struct cloud *c, size_t from, size_t to,
		  const struct strip *s);

/* Moves the step between two consecutive segments to where both fit best.
 * Return: was it moved?  (clock_recut.c) */
bool cloud_recut(struct cloud *c, struct segment *left, struct segment *right);

/* Makes segments one again whose steps are late stamps of single packets, with
 * the slack that these need.  Each in the far point's order.  (clock_jitter.c)
 */
void cloud_steady(struct cloud *c, struct segments *g);

/* Cuts the cloud into segments; reorders its points.  Segments, and the points
 * of each, are in the order of capture.  (clock_steps.c) */
void cloud_cut(struct cloud *c, struct segments *out);
