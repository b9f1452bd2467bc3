/* Exact assignment with margins: which left goes with which right.
 *
 * reads:  struct assign_edge    writes: struct assign_edge.chosen, .margin
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct assign_edge {
	uint32_t row, col; /* numbers within the problem */
	uint32_t tag;      /* for the caller's use */
	int32_t gain;      /* what joining them is worth compared with joining
			    * neither; integer (1/16 bits) */
	bool chosen;
	int32_t margin; /* of a chosen edge: the least loss from giving either
			 * end another partner; ASSIGN_FAR if there is none
			 * within that */
};

#define ASSIGN_FAR (64 * 16)

/* Chooses edges so that no row and no column has two and the sum of gains is
 * maximal; edges without gain are never chosen.  Rows are below @rows, columns
 * below @cols; no two edges have the same ends. @e is reordered by row. */
void assign_solve(struct assign_edge *e, size_t n, uint32_t rows,
		  uint32_t cols);
