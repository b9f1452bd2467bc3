/* Clouds of packets with known clocks, for the tests of the clock stage. */
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Of n seeds those to run: a quarter with TEST_BRIEF set, for sanitizers, which
 * look for paths of the code and not for rates. */
static inline uint64_t seeds(uint64_t n)
{
	return getenv("TEST_BRIEF") ? (n + 3) / 4 : n;
}

struct rng {
	uint64_t s;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = (r->s += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline double rng_unit(struct rng *r) /* [0, 1) */
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

static inline double rng_range(struct rng *r, double low, double high)
{
	return low + (high - low) * rng_unit(r);
}

static inline double rng_exp(struct rng *r, double mean)
{
	return -mean * log(1 - rng_unit(r));
}

#define MS 1e6
#define SEC 1e9
#define PPM 1e-6

/* Two clocks and the path between their points.  True time runs from 0. */
struct world {
	struct rng r;
	double span;                /* ns of true time */
	double offset, slope;       /* far - near at 0; drift */
	double step_at, step_by;    /* of one clock; 0: none */
	int near_steps;             /* the near clock is set back by step_by */
	double up, down, queue;     /* least delays, mean queueing, ns */
	double route_at, route_by;  /* more delay upwards from then on */
	double tick_near, tick_far; /* time stamps are cut to these */
};

/* Far minus near clock at true time t, which is the near clock before steps. */
static inline double world_offset(const struct world *w, double t)
{
	double o = w->offset + w->slope * t;

	return w->step_by != 0 && t >= w->step_at ? o + w->step_by : o;
}

static inline double world_near(const struct world *w, double t)
{
	return w->near_steps && t >= w->step_at ? t - w->step_by : t;
}

static inline double world_far(const struct world *w, double t)
{
	return world_near(w, t) + world_offset(w, t);
}

static inline double tick_down(double v, double tick)
{
	return tick > 0 ? floor(v / tick) * tick : v;
}

/* A packet that leaves at true time t: stamps at the points, and the true
 * times of its passing there. */
struct passing {
	double near, far; /* stamps */
	double near_t, far_t;
};

static inline struct passing world_packet(struct world *w, double t, int back)
{
	double delay = (back ? w->down : w->up) + rng_exp(&w->r, w->queue);
	struct passing p;

	if (!back && w->route_by != 0 && t >= w->route_at)
		delay += w->route_by;
	p.near_t = back ? t + delay : t;
	p.far_t = back ? t : t + delay;
	p.near = tick_down(world_near(w, p.near_t), w->tick_near);
	p.far = tick_down(world_far(w, p.far_t), w->tick_far);
	return p;
}
