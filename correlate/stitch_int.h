/* What the files share that make a point's parts into flows.
 *
 * reads:  part              writes: struct flow, point.sample, point.parts
 */
#pragma once

#include "correlate/pair_int.h"

/* --- flow_take.c: a part as a flow of its own --- */
void flow_take(struct point *p, struct addr_table *addrs, struct flow *f,
	       const struct part *part);

/* --- flow_samples.c: which contents of a flow are kept --- */
/* Appends the samples of a part's direction.  Return: how many. */
uint8_t flow_samples_take(struct point *p, const struct part *part,
			  const struct part_dir *d);
/* Gives @a the samples of both flows.  @swap: @b's directions are exchanged. */
void flow_samples_join(struct point *p, struct flow *a, const struct flow *b,
		       int swap);

/* --- flow_join.c: a later flow as part of an earlier one --- */
/* Adds @b to @a; @b is gone then (n_parts 0). */
void flow_join(struct point *p, struct flow *a, struct flow *b, int swap);

/* --- stitch.c: which flows carry on from one another --- */
/* Joins them, drops what was joined, and puts the rest in the order of ids. */
void point_stitch(struct point *p);
