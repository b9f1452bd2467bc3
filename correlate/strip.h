/* The difference of two clocks, from exchanges relayed from one side to the
 * other.
 *
 * reads:  struct asks       writes: struct strip
 */
#pragma once

#include "correlate/asks.h"

/* The back clock less the front one is within [low, high] at the front's time
 * at_ns, and changes by drift; pairs that are off by more than slack do not
 * fit. */
struct strip {
	bool known;
	int64_t at_ns;
	double low, high, slack; /* ns */
	double drift;
	size_t n;    /* exchanges that agree */
	double bits; /* bits of evidence against chance */
};

/* Both by what, then time.  @tick_ns: of both clocks. */
void strip_fit(const struct asks *front, const struct asks *back,
	       int64_t tick_ns, struct strip *out);

/* The same for turns (turns.h), both by time; stops at so many bits. */
#define STRIP_ENOUGH_BITS 60.0
void strip_fit_forms(const struct asks *front, const struct asks *back,
		     int64_t tick_ns, struct strip *out);

/* Does the pair fit? */
bool strip_fits(const struct strip *s, const struct ask *front,
		const struct ask *back);
/* The back clock's time when the front's is @at_ns, at least and at most. */
void strip_range(const struct strip *s, int64_t at_ns, double *low,
		 double *high);
