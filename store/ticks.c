/* The effective resolution of a clock.
 *
 * What: a file's time stamps may be written finer than the clock ticks that
 * made them (a 1/64 s tick in microseconds).  A candidate tick fits while all
 * time stamps are multiples of it, from 1970 or from the first one, within the
 * rounding of the declared resolution.  Candidates are dropped at the first
 * stamp that does not fit, so that a fine clock costs a few divisions in all.
 *
 * The coarsest one left counts only after DISTINCT_MIN changes of the time
 * stamp: fewer could fit by chance.
 */
#include "store/index_int.h"

#define DISTINCT_MIN 20

static const int64_t candidates[TICK_CANDIDATES] = {
	100,
	1000,
	10000,
	100000,
	976562 /* 1/1024 s */,
	1000000,
	3906250 /* 1/256 s */,
	4000000,
	10000000,
	15625000 /* 1/64 s */,
	100000000,
	500000000,
	1000000000,
};

static bool fits(int64_t ns, int64_t tick, int64_t tolerance)
{
	int64_t rest = ns % tick;

	if (rest < 0)
		rest += tick;
	return rest <= tolerance || tick - rest <= tolerance;
}

static void ticks_begin(struct ticks *t, int64_t ns, int64_t declared_ns)
{
	*t = (struct ticks){ .declared_ns = declared_ns,
			     .first_ns = ns,
			     .last_ns = ns,
			     .distinct = 1 };
	for (unsigned k = 0; k < TICK_CANDIDATES; k++)
		if (candidates[k] > declared_ns)
			t->absolute |= 1u << k;
	t->relative = t->absolute;
}

static uint32_t still(uint32_t set, int64_t ns, int64_t tolerance)
{
	for (unsigned k = 0; k < TICK_CANDIDATES; k++)
		if (set >> k & 1 && !fits(ns, candidates[k], tolerance))
			set &= ~(1u << k);
	return set;
}

void ticks_look(struct ticks *t, int64_t time_ns, int64_t declared_ns)
{
	int64_t tolerance = declared_ns - 1;

	if (!t->distinct)
		ticks_begin(t, time_ns, declared_ns);
	else if (time_ns == t->last_ns)
		return;
	else
		t->distinct++;
	t->last_ns = time_ns;
	if (t->absolute)
		t->absolute = still(t->absolute, time_ns, tolerance);
	if (t->relative)
		t->relative = still(
			t->relative,
			(int64_t)((uint64_t)time_ns - (uint64_t)t->first_ns),
			tolerance);
}

int64_t ticks_resolution(const struct ticks *t)
{
	uint32_t left = t->absolute | t->relative;

	if (t->distinct < DISTINCT_MIN || !left)
		return t->declared_ns > 0 ? t->declared_ns : 1;
	return candidates[31 - __builtin_clz(left)];
}
