/* Gathers the bits under a mask into the lowest ones, and scatters them back,
 * on processors with fast instructions for it (BMI2): for varints, which hold
 * seven bits in each byte.
 *
 * Use: write the code as an inline function with a constant argument that
 * selects the instructions; inline it into one function with
 * __attribute__((target(GATHER_TARGET))), called if gather_fits(), and into one
 * without, called otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ALWAYS_INLINE inline __attribute__((always_inline))

#ifdef __x86_64__
#define GATHER 1
#define GATHER_TARGET "bmi,bmi2,popcnt"

/* AMD's processors before Zen 3 do it in microcode, bit by bit. */
static inline bool gather_fits(void)
{
	return __builtin_cpu_supports("bmi2") &&
	       __builtin_cpu_supports("popcnt") &&
	       !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2") &&
	       !__builtin_cpu_is("amdfam15h");
}

/* In assembly, since the functions it passes through when inlined are compiled
 * for all processors. */
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

/* Never called; for the compiler only. */
static inline uint64_t gather_bits(uint64_t v, uint64_t mask)
{
	return v & mask;
}

static inline uint64_t scatter_bits(uint64_t v, uint64_t mask)
{
	return v & mask;
}
#endif
