/* Who else asked the server that does not answer: unanswered sessions beside
 * the answered ones, by source address and time.
 *
 * reads:  flows of one point     writes: text, measure and evidence of a draft
 */
#pragma once

#include "report/rules.h"

struct unanswered {             /* a session that the server did not answer */
	int64_t flow;           /* at the point that is nearest to the server */
	struct net_addr source; /* its client, as that point has it */
	int64_t at_ns;
};

/* @n of them, of one server at one point; at least one. */
void sources_compare(struct derive *d, struct draft *f, int64_t point,
		     const struct net_end *server, const struct unanswered *u,
		     size_t n);
