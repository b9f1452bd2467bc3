/* Steady time: what the points' clocks would show had they not been stepped.
 *
 * reads:  clock file      writes: nothing
 *
 * A clock that is set back shows some times twice, and one that is set forward
 * shifts everything after that.  Within a capture the order of packets tells
 * what was before a step, so every record can be given the time that the clock
 * would have shown if it had simply run on: one shift for everything between
 * two steps.
 */
#pragma once

#include "base/mem.h"
#include "store/store.h"

struct era {                    /* between two steps */
	uint64_t place[2];      /* known to belong to it; 0, 0: not known */
	int64_t from_ns, to_ns; /* their stamps */
	int64_t shift_ns;       /* to add */
};

struct steady {                     /* of one point */
	struct VEC(struct era) era; /* empty: never stepped */
	struct clock_row row;       /* the clock in steady time; piece owned */
	bool known;                 /* row is valid */
};

/* @clock and @out by point, the first one first; NULL: no row.  Caller calls
 * steady_release() for each. */
void steady_build(const struct clock_row *const *clock, size_t n,
		  struct steady *out);
void steady_release(struct steady *s);

/* Whose clock was stepped between the pieces @i and @i + 1 of @c, the row of a
 * point other than the first? */
enum steady_whose {
	STEADY_OWN,
	STEADY_FIRST, /* the first point's: @first has it in its eras */
	STEADY_EITHER /* taken for the point's own, without evidence */
};
enum steady_whose steady_whose(const struct steady *first,
			       const struct clock_row *c, size_t i);

/* What to add to a stamp of the point at @place (0: not known). */
int64_t steady_shift(const struct steady *s, uint64_t place, int64_t t_ns);
/* Converts to steady time the extent of a file with stamps from *from to *to
 * and places from @first to @last. */
void steady_extent(const struct steady *s, uint64_t first, uint64_t last,
		   int64_t *from, int64_t *to);
