/* Which TCP records of a strand are copies of which.
 *
 * reads:  struct strand     writes: an index, in memory
 */
#pragma once

#include "base/mem.h"
#include "correlate/strand.h"

struct recopy_run {        /* a record and the sequence space that it takes */
	uint64_t seq, end; /* seq64 of the strand */
	uint32_t idx;
	uint32_t copy; /* from 1 */
};

struct recopy_row { /* @n records in a row, of @len numbers each */
	uint64_t seq;
	uint32_t idx, n, len;
};

#define RECOPY_PIECE 64

struct recopy_piece {
	uint64_t seq, end;
};

struct recopy {
	bool built;
	uint32_t n;                          /* records that were looked at */
	uint64_t end;                        /* of all of their numbers */
	struct VEC(struct recopy_row) first; /* records of new bytes, rising */
	struct VEC(struct recopy_run) again; /* others, in order of time */
	/* numbers that some of RECOPY_PIECE of `again` in a row lie within */
	struct VEC(struct recopy_piece) piece;
};

/* Looks at the records of @s before @to that it has not yet looked at: to be done
 * while they are at hand, but all the same if it is not. */
void recopy_look(struct recopy *r, const struct strand *s, uint32_t to);
/* The same with all of them: now it can be asked. */
void recopy_build(struct recopy *r, const struct strand *s);
void recopy_release(struct recopy *r);

/* Number of the copy that record @i is; 1 for new bytes. */
uint32_t recopy_number(const struct recopy *r, uint32_t i);
/* First record from @i on that takes any of [s, e); UINT32_MAX: none. */
uint32_t recopy_next(const struct recopy *r, uint32_t i, uint64_t s,
		     uint64_t e);
/* Last one before @i. */
uint32_t recopy_previous(const struct recopy *r, uint32_t i, uint64_t s,
			 uint64_t e);
