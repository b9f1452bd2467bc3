/* Shared by the files that fit strips: votes.
 *
 * reads:  struct asks       writes: struct strip
 */
#pragma once

#include "correlate/strip.h"

struct interval {
	double at; /* ns after the first exchange */
	double low, high;
	uint32_t front, back;
};

struct fit {
	const struct asks *front, *back;
	int64_t from_ns, base_ns; /* D is relative to base */
	struct VEC(struct interval) vote;
	double length;
};

/* Sets the span from front exchanges [from, to), which must not be empty. */
void fit_span(struct fit *x, size_t from, size_t to);
/* Adds a vote that exchanges @a of the front and @b of the back are a pair,
 * unless they cannot be. */
void fit_vote(struct fit *x, size_t a, size_t b);
/* Sorts votes by width; keeps at most @most. */
void fit_sort(struct fit *x, size_t most);
/* The strip by the votes; n 0: none. */
struct strip fit_drifts(const struct fit *x, int64_t tick_ns);
/* Fits all of the sorted votes, and the narrower ones alone; a known strip that
 * is less likely by chance than @out replaces it. */
void fit_narrower(struct fit *x, int64_t tick_ns, struct strip *out);
