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

struct recopy {
	bool built;
	struct VEC(struct recopy_run) first; /* records of new bytes, rising */
	struct VEC(struct recopy_run) again; /* others, in order of time */
};

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
