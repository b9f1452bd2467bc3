/* Shared by the files of steady time: steps of rows, and whose clock they
 * belong to.  Private to correlate/steady*.
 *
 * reads:  struct clock_row      writes: nothing
 */
#pragma once

#include "correlate/clock_int.h"
#include "correlate/steady.h"

/* A step between two pieces of a row. */
struct step {
	int64_t by;        /* of the offset */
	int64_t gap;       /* between the pieces on the point's clock */
	int64_t first_gap; /* and on the first one's; < 0: they overlap */
	int64_t first_from, first_to;   /* the stamps next to it there */
	uint64_t first_low, first_high; /* and the places; 0: not known */
};

enum whose { WHOSE_OPEN, WHOSE_OWN, WHOSE_FIRST };

static inline int64_t offset_at(const struct clock_piece *p, int64_t t)
{
	return clock_piece_at(p, t).mid;
}

#define PIECES_MOST 512 /* we never write more: a damaged case */

/* Is the row usable? */
static inline bool is_bounded(const struct clock_row *c)
{
	return c && c->n <= PIECES_MOST &&
	       (c->status == CLOCK_FITTED || c->status == CLOCK_ONE_WAY);
}

/* --- steady_whose.c --- */
/* The step between @p and the piece after it. */
struct step step_after(const struct clock_piece *p);
/* Whose clock it is, as far as this row tells. */
enum whose step_whose(const struct clock_piece *p, const struct step *s);
/* Can the steps @s and @t of two rows be the same step of the first clock? */
bool step_is_same(const struct step *s, const struct step *t);
/* Is the step after @p the first clock's, by all rows (by point)? */
bool step_is_firsts(const struct clock_row *const *clock, size_t n,
		    const struct clock_piece *p, const struct step *s);
