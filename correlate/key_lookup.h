/* Exact look-ups by key: which flow has these ends, or the same content.
 *
 * reads:  struct flow       writes: point.tuples, point.twins
 */
#pragma once

#include "correlate/pair_int.h"

/* As many flows with the same first turns are found, at most. */
#define KEY_BUCKET 64

/* Fill the tables: flows by key_tuple(), TCP flows by key_twins() and by
 * key_first_turns(): two of the former key, KEY_BUCKET of the latter. */
void point_index_tuples(struct point *p);
void point_index_twins(struct point *p);

/* Does @p have, beside its flow @f, another one with the key_tuple() @name?
 * 0 names none. */
bool point_has_other(const struct point *p, const struct flow *f,
		     uint64_t name);

/* Does any flow name the ends of another? */
bool point_names(const struct point *p);
/* Sets @named, by the case's number of a flow, for each flow that names one: the
 * key_tuple() of what it names. */
void point_note_names(const struct point *p, uint64_t *named);
