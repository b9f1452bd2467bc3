/* The strip between two clouds: all lines that no packet contradicts.
 *
 * reads:  points (time, bound)      writes: slope and offset bounds
 *
 * Private to correlate/clock*.  x and y are nanoseconds, relative to an origin
 * chosen by the caller, so that a double is exact to well under one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct strip_point {
	double x, y;
};

/* One side of the strip: a cloud that the line has to stay below (or, the other
 * side, above), its convex hull, and sums for estimates. */
struct hull {
	struct strip_point *at; /* owned; vertices in order of x */
	size_t n, cap;
	bool upper;          /* upper hull: the line stays above */
	size_t points;       /* of the cloud */
	double sum_x, sum_y; /* over the cloud */
};

struct strip {
	struct hull ceiling;          /* lower hull of upper bounds */
	struct hull floor;            /* upper hull of lower bounds */
	double slope_limit;           /* |slope| is at most this */
	double slack;                 /* by which every bound is loosened, ns */
	double slope_low, slope_high; /* of feasible lines */
};

/* Sorts @p by x. */
void strip_sort(struct strip_point *p, size_t n);

/* Builds from n points in order of x; adds to no earlier content. */
void hull_build(struct hull *h, const struct strip_point *p, size_t n);
/* The vertex that a line of @slope touches: the one with the least (upper: the
 * greatest) y - slope * x.  The hull must have one. */
const struct strip_point *hull_touch(const struct hull *h, double slope);
/* y - slope * x of that vertex: the level of the line that touches. */
double hull_level(const struct hull *h, double slope);
/* Mean distance of the cloud's points from that line, at least 0; 0 without
 * any. */
double hull_residual(const struct hull *h, double slope);
/* Derivative of the summed distances by slope: never decreases with slope. */
double hull_residual_rise(const struct hull *h, double slope);
void hull_release(struct hull *h);

/* @s zeroed or released; both arrays in order of x; either may be empty. */
void strip_init(struct strip *s, const struct strip_point *upper_bounds,
		size_t n_upper, const struct strip_point *lower_bounds,
		size_t n_lower, double slope_limit);
/* The least slack with which some line fits: at most 0 if one fits without
 * (then minus half the strip's greatest height); -INFINITY with an empty side.
 * @slope (or NULL): that line's. */
double strip_need(const struct strip *s, double *slope);
/* Sets slack and the slope bounds.  Return: false if no line fits. */
bool strip_solve(struct strip *s, double slack);
/* After strip_solve(): the highest and lowest that a feasible line is at x;
 * INFINITY, -INFINITY where that side is empty. */
double strip_high(const struct strip *s, double x);
double strip_low(const struct strip *s, double x);
/* The likely slope: see hull.c.  Within [slope_low, slope_high]. */
double strip_slope(const struct strip *s);
void strip_release(struct strip *s);
