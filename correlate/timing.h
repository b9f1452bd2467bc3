/* Steady time of all points of a case, record by record.
 *
 * reads:  point file clock      writes: nothing
 *
 * correlate/steady.h has what steady time is; this adds the places of records
 * that it needs, by file and frame.
 */
#pragma once

#include "correlate/steady.h"

struct timings;

struct timing { /* of a point */
	const struct timings *all;
	struct steady steady;
	bool by_time; /* its files overlap: no places */
};

struct timings {
	struct timing *point; /* by path position - 1; owned */
	size_t n;
	const struct file_row *file; /* by id; not owned */
	size_t n_files;
	uint64_t *rank; /* of each file; owned */
};

/* @p by path position; @file must stay valid.  @t must not move, as points
 * refer to it.  Free with timings_release(). */
void timings_build(struct timings *t, const struct point_row *p, size_t n,
		   const struct file_row *file, size_t n_files,
		   const struct clock_row *clock, size_t n_clocks);
void timings_release(struct timings *t);

/* The steady time of a record of the point: frame @frame of file @file, stamped
 * @t_ns. */
int64_t timing_steady(const struct timing *t, int64_t file, uint64_t frame,
		      int64_t t_ns);
