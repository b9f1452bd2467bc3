/* SYNs that another address answers than was asked.
 *
 * reads:  sessions, records     writes: a draft
 */
#pragma once

#include "report/derive/words.h"

struct reply_syn {       /* the answer to a session's SYNs */
	size_t flow;     /* of the session: the point that has both */
	int64_t session; /* that the answer is of */
	struct net_end by;
	struct record answer;
	int64_t file;
	bool reset; /* the client resets it */
};

/* Is @v, in which nothing comes back, answered from elsewhere? */
bool reply_syn_find(struct derive *d, const struct session_view *v,
		    struct reply_syn *x);

struct reply_syns {
	struct draft *draft; /* NULL: none yet */
	uint64_t sessions, syns, resets;
	json_t *servers; /* asked: how many sessions; owned */
};

void reply_syn_add(struct reply_syns *s, struct derive *d,
		   const struct session_view *v);
/* Writes the finding, if any; frees what @s owns. */
void reply_syn_tell(struct reply_syns *s);
