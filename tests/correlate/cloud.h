/* Clouds of packets with known clocks, for the tests of the clock stage. */
#pragma once

#include <math.h>
#include <stdint.h>

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
