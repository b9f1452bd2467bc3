/* Shared by the files that write sessions.
 *
 * reads:  struct pair_case, sets and links     writes: rows, by any thread
 */
#pragma once

#include "correlate/session_ends.h"
#include "correlate/session_lines.h"
#include "correlate/sets.h"

struct writer {
	struct pair_case *c;
	struct groups members, links; /* by root */
	uint32_t *root;               /* by flow */
	uint8_t *turned;              /* by flow: reversed against its root's
			      * directions */
	uint8_t *flipped;    /* by flow: reversed against what match.c saw */
	struct radix *order; /* roots in the order of their sessions */
	size_t n;            /* sessions */
	struct ends ends;
	struct expected_list expected; /* by root */
	struct lines lines;
};

/* Prefetches the flows of the sessions [@from, @to), so that several misses
 * overlap. */
void writer_fetch(const struct writer *w, size_t from, size_t to);
#define WRITER_FETCH 8 /* sessions at once */

/* --- session_offsets.c --- */
struct offsets { /* of a member against the session's first */
	uint32_t seq[2], ts[2];
	bool seq_known[2], ts_known[2], reached;
	unsigned side; /* of a relay: 0 as the first member, 1 the other */
};
/* @o: filled in, by place in w->members: the member's numbers less the
 * first one's. */
void session_offsets(const struct writer *w, uint32_t root, struct offsets *o);

/* --- session_rows.c --- */
/* Writes rows of all flows, and of expected ones. */
void writer_put_flows(struct writer *w);
/* Writes rows of all sessions, which are oriented; finally decides their
 * ends. */
void writer_put_sessions(struct writer *w, struct order_tally *tally);
