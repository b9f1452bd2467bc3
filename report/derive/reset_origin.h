/* What a reset's own packets tell of who made it, and why.
 *
 * reads:  records around a reset     writes: text and measures of a draft
 */
#pragma once

#include "report/derive/words.h"

#define REST_NS 1000000000ll /* a pause that is one */

/* Did the server's reset @rst of flow @f come from another distance than the
 * server's other packets there?  @ttls: "64, the server's other packets 63". */
bool reset_from_elsewhere(const struct derive *d, const struct flow_row *f,
			  const struct record *rst, char ttls[static WORDS]);

/* Has the server's reset @rst the time to live of its other packets there? */
bool reset_from_as_far(const struct derive *d, const struct flow_row *f,
		       const struct record *rst);
/* How long after the client's last data the server's reset @rst came, if it answers
 * that; else -1. */
int64_t reset_took(const struct derive *d, const struct flow_row *f,
		   const struct record *rst);
/* Does the server's reset @rst answer what the client had sent so shortly before that
 * the server's answers take several times as long here? */
struct reset_haste {
	int64_t after_ns, least_ns; /* that, and the server's quickest answer */
	bool acks;                  /* the reset acknowledges what it answers */
	bool steady;                /* several answers took about as long */
};
bool reset_too_soon(const struct derive *d, const struct flow_view *w,
		    const struct record *rst, struct reset_haste *x);

/* How long the session had rested before the client sent what was reset at
 * @at_ns, by the clock of flow @f. */
int64_t reset_rest(const struct derive *d, const struct flow_row *f,
		   int64_t at_ns);
/* How long the session had rested at @at_ns, by the clock of flow @f; 0: not
 * known. */
int64_t rest_before(const struct derive *d, const struct flow_row *f,
		    int64_t at_ns);
/* A sentence, if @rest_ns, the least of @sessions, is long. */
void reset_tell_rest(struct draft *f, int64_t rest_ns, uint64_t sessions);
/* The client's last data before the reset at @at_ns, if it came soon after it, as
 * evidence: it may be what was not liked. */
void reset_show_asked(struct draft *f, const struct derive *d,
		      const struct flow_view *w, int64_t at_ns);
