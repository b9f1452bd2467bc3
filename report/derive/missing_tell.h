/* What is said of sessions that a point nearer to the server lacks.
 *
 * reads:  counts of missing.c     writes: titles and places of a draft
 */
#pragma once

#include "report/derive/missed.h"
#include "report/derive/words.h"

struct lack {
	bool reset;
	bool some; /* others of the same service are accepted at both */
	enum severity severity;
	int from_pos, to_pos;
	uint64_t sessions;
	struct spread spread;
	bool foreign;    /* a TTL proves it */
	uint32_t beside; /* of the first session's host: sessions at both
			  * points */
	struct draft *draft;
	char who[NET_END_TEXT]; /* the first server */
	json_t *servers;        /* address and port: sessions; owned */
};

/* Who may refuse some, where others are accepted. */
void lack_places(struct draft *f);
/* The title and the measures; takes the servers. */
void lack_tell(struct lack *g, const struct model *m);
