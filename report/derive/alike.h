/* Sessions that the same befell on one hop in one direction: one finding.
 *
 * reads:  sessions     writes: a draft for each hop and direction
 */
#pragma once

#include "report/derive/words.h"

struct alike {
	int from_pos, to_pos, dir; /* in the direction of travel */
	uint64_t sessions;
	int64_t first_ns, last_ns; /* when, by one point's clock */
	struct draft *draft;       /* NULL: the caller is to make it */
	char who[WORDS];           /* the first session */
	json_t *servers;           /* address and port: sessions; owned */
	uint64_t packets;          /* the caller's count */
	int64_t idle_ns; /* the least of a span that the caller names */
	uint32_t fail_least, pass_most; /* the caller's: IP bytes; 0: none */
};

struct alikes VEC(struct alike);

/* That of the fact's or tail's hop, from flow @from of @v to flow @to; a new one
 * has no draft.  Valid until the next one is asked for. */
struct alike *alike_of(struct alikes *all, const struct session_view *v,
		       int from, int to, int dir);
/* Counts the span; call it before alike_add(). */
void alike_idle(struct alike *g, int64_t idle_ns);
/* Counts @v, to which it happened at @at_ns, as flow @flow has it. */
void alike_add(struct alike *g, const struct session_view *v, int flow,
	       int64_t at_ns);
/* Of more than one session: which is the first, and what @how ("are reset so")
 * of all, by @clock's clock.  And the measures of any number. */
void alike_tell(struct alike *g, const char *how, const char *clock);
