/* What the files of fitting strips share: votes.
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
	int64_t from_ns, base_ns; /* D is counted from base */
	struct VEC(struct interval) vote;
	double length;
};

/* Times are those of front exchanges [from, to), of which there is one. */
void fit_span(struct fit *x, size_t from, size_t to);
/* That exchanges @a of the front and @b of the back are a pair; nothing where
 * they cannot be. */
void fit_vote(struct fit *x, size_t a, size_t b);
/* Votes by width; not more than @most of them. */
void fit_sort(struct fit *x, size_t most);
/* What the votes say; n 0: nothing. */
struct strip fit_drifts(const struct fit *x, int64_t tick_ns);
/* Of sorted votes all, and the narrower ones alone: what is known, and less of
 * a chance than @out, to @out. */
void fit_narrower(struct fit *x, int64_t tick_ns, struct strip *out);
