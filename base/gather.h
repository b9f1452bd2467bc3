/* Bits under a mask gathered to the lowest ones, and scattered from there, where the
 * processor has instructions for it (BMI2) that take no longer than an addition:
 * varints are seven bits of each byte.
 *
 * Use: a function with __attribute__((target(GATHER_TARGET))) that everything is
 * inlined to with a constant that says so, called where gather_fits(), and the same
 * without for all others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))

#ifdef __x86_64__
#define GATHER 1
#define GATHER_TARGET "bmi,bmi2,popcnt"

/* AMD's before Zen 3 do it in microcode, bit by bit. */
static inline bool gather_fits(void)
{
	return __builtin_cpu_supports("bmi2") &&
	       __builtin_cpu_supports("popcnt") &&
	       !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2") &&
	       !__builtin_cpu_is("amdfam15h");
}

/* In assembly, as what is inlined to others on its way must be for all processors. */
static inline uint64_t gather_bits(uint64_t v, uint64_t mask)
{
	uint64_t got;

	__asm__("pext %2, %1, %0" : "=r"(got) : "r"(v), "rm"(mask));
	return got;
}

static inline uint64_t scatter_bits(uint64_t v, uint64_t mask)
{
	uint64_t got;

	__asm__("pdep %2, %1, %0" : "=r"(got) : "r"(v), "rm"(mask));
	return got;
}
#else
#define GATHER 0

/* Not called: for the compiler. */
static inline uint64_t gather_bits(uint64_t v, uint64_t mask)
{
	return v & mask;
}

static inline uint64_t scatter_bits(uint64_t v, uint64_t mask)
{
	return v & mask;
}
#endif
