/* What the files of writing sessions share.
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
	uint8_t *turned;     /* by flow: against its root's directions */
	uint8_t *flipped;    /* by flow: turned against what match.c saw */
	struct radix *order; /* roots in the order of their sessions */
	size_t n;            /* sessions */
	struct ends ends;
	struct expected_list expected; /* by root */
	struct lines lines;
};

/* Asks for the flows of the sessions from @from to before @to, so that misses of
 * several overlap. */
void writer_fetch(const struct writer *w, size_t from, size_t to);
#define WRITER_FETCH 8 /* sessions at once */

/* --- session_rows.c --- */
/* Rows of all flows, and of what is expected. */
void writer_put_flows(struct writer *w);
/* Rows of all sessions, which are turned; decides their ends for good. */
void writer_put_sessions(struct writer *w, struct order_tally *tally);
