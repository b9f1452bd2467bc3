/* Who else asked the server that does not answer: compares unanswered sessions
 * with answered ones, by source address and time.
 *
 * reads:  flows of one point     writes: text, measure and evidence of a draft
 */
#pragma once

#include "report/rules.h"

struct unanswered {             /* a session that the server did not answer */
	int64_t flow;           /* at the point nearest to the server */
	struct net_addr source; /* its client, as seen at that point */
	int64_t at_ns;
};

/* @n sessions, at least one, of one server at one point: the first of @of.
 * @alone: there is no other capture, so what is beyond the point is not known. */
void sources_compare(struct derive *d, struct draft *f, int64_t point,
		     const struct net_end *server, const struct unanswered *u,
		     size_t n, uint64_t of, bool alone);
