/* Conflict groups: rows that share columns with no others.
 *
 * reads:  struct assign_edge    writes: struct assign_groups, the order of edges
 */
#pragma once

#include "correlate/assign.h"

struct assign_groups {
	uint32_t *row;   /* rows with edges, by group, ascending; owned */
	uint32_t *start; /* group i: row[start[i]..start[i+1]); owned */
	uint32_t n;
};

/* Sorts @e by row, then column.  Groups are in the order of their first
 * rows. */
void assign_groups_find(struct assign_groups *g, struct assign_edge *e,
			size_t n, uint32_t rows, uint32_t cols);
void assign_groups_free(struct assign_groups *g);
