/* The longest round trip of a session that no loss explains, as two frames.
 *
 * reads:  block     writes: struct draft
 */
#pragma once

#include "report/rules.h"

/* A piece of data and what acknowledges it, at the point of flow @flow. */
struct round_trip {
	int dir;             /* of the data */
	uint64_t sent, back; /* records: of @dir, of the other direction */
	int64_t ns;          /* 0: none was found */
};

/* @out_only: of the client's data only. */
struct round_trip delay_longest_trip(const struct model *m,
				     const struct session_view *v, size_t flow,
				     bool out_only);
/* Of the heaviest session of @g, a queue: both frames, at the point nearest to the
 * client. */
void delay_trip_frames(struct draft *f, const struct model *m,
		       const struct group *g);
