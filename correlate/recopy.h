/* Which TCP records of a strand are retransmissions of which.
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
	uint32_t n;                          /* records processed */
	uint64_t end;                        /* end of all their numbers */
	struct VEC(struct recopy_row) first; /* records of new bytes,
					      * ascending */
	struct VEC(struct recopy_run) again; /* others, in order of time */
	/* ranges of numbers, each covering up to RECOPY_PIECE consecutive
	 * entries of `again` */
	struct VEC(struct recopy_piece) piece;
};

/* Processes the records of @s before @to that it has not processed yet.  Best
 * done while they are at hand, but optional. */
void recopy_look(struct recopy *r, const struct strand *s, uint32_t to);
/* Processes the rest; after that the index can be queried. */
void recopy_build(struct recopy *r, const struct strand *s);
void recopy_release(struct recopy *r);

/* The copy number of record @i; 1 for new bytes. */
uint32_t recopy_number(const struct recopy *r, uint32_t i);
/* First record from @i on that has any of [s, e); UINT32_MAX: none. */
uint32_t recopy_next(const struct recopy *r, uint32_t i, uint64_t s,
		     uint64_t e);
/* Last one before @i. */
uint32_t recopy_previous(const struct recopy *r, uint32_t i, uint64_t s,
			 uint64_t e);
