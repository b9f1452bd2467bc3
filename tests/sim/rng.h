/* Random numbers for the simulator: xoshiro256**, seeded by splitmix64
 * (Blackman and Vigna, 2018).  Integers only, so that a seed gives the same
 * run on every machine and compiler.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

static inline uint64_t rng_mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline void rng_seed(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = rng_mix(&seed);
}

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t x = r->s[1] * 5, t = r->s[1] << 17;
	uint64_t out = (x << 7 | x >> 57) * 9;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = r->s[3] << 45 | r->s[3] >> 19;
	return out;
}

static inline uint32_t rng_u32(struct rng *r)
{
	return (uint32_t)(rng_next(r) >> 32);
}

/* In [lo,hi], both ends included. */
static inline int64_t rng_range(struct rng *r, int64_t lo, int64_t hi)
{
	uint64_t span = (uint64_t)(hi - lo) + 1;

	return lo + (int64_t)(span ? rng_next(r) % span : rng_next(r));
}

static inline int rng_int(struct rng *r, int lo, int hi)
{
	return (int)rng_range(r, lo, hi);
}

/* True with probability @ppm in a million. */
static inline bool rng_ppm(struct rng *r, uint32_t ppm)
{
	return ppm && rng_next(r) % 1000000 < ppm;
}

static inline bool rng_pct(struct rng *r, int pct)
{
	return rng_ppm(r, (uint32_t)pct * 10000);
}

/* About exponential with the given mean, at most 12 means: -ln(u) in 16-bit
 * fixed point, log2 of the mantissa by a parabola (error under 0.01). */
static inline int64_t rng_exp(struct rng *r, int64_t mean)
{
	uint64_t u = rng_next(r) | 1;
	int lead = __builtin_clzll(u);
	uint64_t m = lead == 63 ? 0 : u << (lead + 1) >> 48; /* Q16 */
	uint64_t log2m = m + (m * (65536 - m) >> 16) * 22489 / 65536;
	uint64_t bits = (uint64_t)(lead + 1) * 65536 - log2m; /* -log2(u) */
	uint64_t e = bits * 45426 / 65536;                    /* -ln(u), Q16 */

	if (e > 12 * 65536)
		e = 12 * 65536;
	return mean * (int64_t)e / 65536; /* means under a day */
}
