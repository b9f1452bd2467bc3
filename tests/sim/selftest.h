/* The simulator's own checks: `sim --selftest`. */
#pragma once

#include "tests/sim/sim.h"

int selftest(void); /* Return: exit code */
void selftest_check(bool ok, const char *what, uint64_t seed);
void selftest_judge(struct sim *s);
void selftest_silence(struct sim *s);
